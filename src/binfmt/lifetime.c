/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "binfmt/lifetime.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "binfmt/binfs.h"
#include "binfmt/owner.h"

#define FIRST_PID_NAMESPACE 0xEFFFFFFC /* inode; PROC_PID_INIT_INO, part of the ABI */

enum lifetime lifetime_judge(const struct lifetime_facts *facts)
{
	/* It came to us from outside, so somebody outside has it. */
	if (facts->older)
		return LIFETIME_MACHINE;
	if (facts->init_holds && facts->first_pid_ns)
		return LIFETIME_MACHINE;
	/*
	 * In a container without a user namespace of its own, the instance is the
	 * machine's, but the mount is the container's: whatever holds it here, it ends
	 * with it.
	 */
	if (facts->first_user_ns)
		return LIFETIME_RUN;
	/* The instance is the namespace's own: no one outside could use it anyway. */
	if (facts->init_holds && !facts->init_is_us)
		return LIFETIME_NAMESPACE;
	return facts->parent_holds ? LIFETIME_NAMESPACE : LIFETIME_RUN;
}

const char *lifetime_warning(void)
{
	return "it will not last: only this container's or command's own mount of binfmt_misc "
	       "holds the entries, and they go with it; mount binfmt_misc on the host (`mount -t "
	       "binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc`) and run this again, or give "
	       "the container --pid=host";
}

/* Whether the process is in our mount namespace; false if that cannot be seen. */
static bool shares_mounts(const char *pid, const struct stat *ours)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof path, "/proc/%s/ns/mnt", pid);
	return stat(path, &st) == 0 && st.st_ino == ours->st_ino &&
	       st.st_dev == ours->st_dev;
}

/* Whether process 1, elsewhere, has a mount of the file system that this device number
 * is. */
static bool init_has_mount(dev_t device)
{
	_cleanup_fclose_ FILE *mounts = fopen("/proc/1/mountinfo", "re");
	unsigned major_, minor_;
	char line[4096];

	while (mounts && fgets(line, sizeof line, mounts))
		if (sscanf(line, "%*u %*u %u:%u", &major_, &minor_) == 2 &&
		    makedev(major_, minor_) == device)
			return true;
	return false;
}

/* Fields 4 and 22 of /proc/PID/stat: the parent, and the start in seconds since boot. */
static bool read_process(const char *pid, int *parent, double *start)
{
	unsigned long long ticks;
	char path[64], text[1024], *rest;
	size_t length;

	snprintf(path, sizeof path, "/proc/%s/stat", pid);
	if (io_read_at(AT_FDCWD, path, text, sizeof text, &length))
		return false;
	rest = strrchr(text, ')'); /* the name before it may hold anything */
	if (!rest ||
	    sscanf(rest + 1,
		   " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
		   "%*d %*d %llu",
		   parent, &ticks) != 2)
		return false;
	*start = (double)ticks / sysconf(_SC_CLK_TCK);
	return true;
}

/* When the first process that we know of in our mount namespace was started. */
static double first_start(const struct stat *ours)
{
	char pid[16] = "self";
	double first = 1e18, start;
	int parent;

	if (shares_mounts("1", ours) && read_process("1", &parent, &start))
		first = start;
	while (read_process(pid, &parent, &start)) {
		if (start < first)
			first = start;
		snprintf(pid, sizeof pid, "%d", parent);
		if (parent <= 0 || !shares_mounts(pid, ours))
			break;
	}
	return first;
}

/*
 * Whether it is older than our mount namespace, by so many seconds. The status file is
 * made with the instance and its times never change. They may lag by a tick of the
 * kernel's clock (10 ms at the most), and the start of a process is told rounded down to
 * 10 ms: with 20 ms to spare a mount of our own is never taken for an older one, but
 * rather the other way round.
 */
static bool is_older(int dir, const struct stat *ours, double seconds)
{
	struct timespec real, boot;
	struct stat st;
	double born, first = first_start(ours);

	if (first > 1e17 || fstatat(dir, "status", &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	born = boot.tv_sec + boot.tv_nsec / 1e9 -
	       (real.tv_sec - st.st_mtim.tv_sec +
		(real.tv_nsec - st.st_mtim.tv_nsec) / 1e9);
	return born + seconds < first;
}

void lifetime_look(int dir, bool mounted, struct lifetime_facts *facts)
{
	struct stat ours, pidns, fs;
	char parent[16];

	*facts = (struct lifetime_facts){
		.first_user_ns = owner_namespace_is_first(),
		.init_is_us = getpid() == 1,
	};
	if (stat("/proc/self/ns/mnt", &ours) < 0 || fstat(dir, &fs) < 0)
		return;
	facts->first_pid_ns = stat("/proc/self/ns/pid", &pidns) == 0 &&
			      pidns.st_ino == FIRST_PID_NAMESPACE;
	facts->init_holds = shares_mounts("1", &ours) || init_has_mount(fs.st_dev);
	/*
	 * The usual cases, in which nothing more counts: the machine's own root; and a
	 * namespace that has an instance of its own and a process 1 that outlives us.
	 */
	if (facts->init_holds &&
	    (facts->first_pid_ns || (!facts->first_user_ns && !facts->init_is_us)))
		return;
	snprintf(parent, sizeof parent, "%d", getppid());
	facts->parent_holds = getppid() > 0 && shares_mounts(parent, &ours);
	/*
	 * One that was mounted here, now or before, is older if somebody else holds it:
	 * the machine, usually since it was started, or another container that ends too,
	 * usually one of the same moment. A minute tells them apart. And where process 1
	 * is the machine's, and can be seen not to have it, nobody lasting does.
	 */
	facts->older =
		!(facts->first_pid_ns && access("/proc/1/mountinfo", R_OK) == 0) &&
		is_older(dir, &ours, mounted || binfs_is_made_here(dir) ? 60 : 0.02);
}
