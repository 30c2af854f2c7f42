/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "binfmt/binfs.h"

/* In a child of its own: who enters another mount namespace leaves a chroot behind. */
static int mount_there(int theirs)
{
	_cleanup_close_ int dir = -1;
	struct err err;

	if (setns(theirs, CLONE_NEWNS) < 0)
		return -errno;
	return binfs_open(BINFS_PATH, &dir, &err) == -ENOTCONN ? binfs_mount(&err) : 0;
}

static void mount_for_init(void)
{
	_cleanup_close_ int theirs = open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC);
	struct stat a, b;
	pid_t pid;

	if (theirs < 0 || fstat(theirs, &a) < 0 || stat("/proc/self/ns/mnt", &b) < 0 ||
	    a.st_ino == b.st_ino)
		return;
	pid = fork();
	if (pid == 0)
		_exit(mount_there(theirs) ? 1 : 0);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

int mount_lasting(struct err *err)
{
	_cleanup_close_ int dir = -1;
	int rc = binfs_open_own(BINFS_PATH, &dir, err);

	if (rc == -ENOTCONN) {
		rc = binfs_mount(err);
		if (rc == 0)
			mount_for_init();
	}
	if (rc == 0)
		err->code = 0; /* that it was not mounted is no error any more */
	return rc;
}
