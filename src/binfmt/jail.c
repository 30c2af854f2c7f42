/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "binfmt/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "binfmt/elf.h"

/* linux/mount.h and linux/memfd.h; older C libraries know neither names nor calls. */
#define FSOPEN_CLOEXEC_	     1
#define FSMOUNT_CLOEXEC_     1
#define FSCONFIG_CMD_CREATE_ 6
#define MOUNT_ATTR_NOSUID_   2
#define MOUNT_ATTR_NODEV_    4
#define MFD_EXEC_	     0x10

/* A new file system of the type, mounted nowhere: its root folder, an fd, or -errno. */
static int mount_nowhere(const char *type)
{
#ifdef SYS_fsopen
	_cleanup_close_ int fs = syscall(SYS_fsopen, type, FSOPEN_CLOEXEC_);
	int root;

	if (fs < 0)
		return -errno;
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE_, NULL, NULL, 0) < 0)
		return -errno;
	root = syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC_,
		       MOUNT_ATTR_NOSUID_ | MOUNT_ATTR_NODEV_);
	return root < 0 ? -errno : root;
#else
	return -ENOSYS;
#endif
}

int jail_open(void)
{
	return mount_nowhere("tmpfs");
}

static int write_text(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : io_write_all(fd, text, strlen(text));
}

/* Moves to a user and mount namespace of our own, as the same user inside as outside:
 * what is made there needs an owner that exists there. */
static int leave(void)
{
	char users[32], groups[32];
	int rc;

	snprintf(users, sizeof users, "%u %u 1", geteuid(), geteuid());
	snprintf(groups, sizeof groups, "%u %u 1", getegid(), getegid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -errno;
	rc = write_text("/proc/self/uid_map", users);
	if (rc == 0)
		rc = write_text("/proc/self/setgroups", "deny");
	return rc ? rc : write_text("/proc/self/gid_map", groups);
}

int jail_open_private(void)
{
	int rc = leave();

	return rc ? rc : jail_open();
}

int jail_hide_entries(void)
{
	int rc = leave();

	/* An instance need not be mounted anywhere to count: it need only exist. */
	if (rc == 0)
		rc = mount_nowhere("binfmt_misc");
	return rc < 0 ? rc : 0;
}

int jail_put(int jail, const struct arch *arch)
{
	_cleanup_close_ int dir = -1, file = -1;
	uint8_t probe[ELF_PROBE_MAX];
	size_t size = elf_probe(arch, probe);

	if (mkdirat(jail, arch->name, 0755) < 0)
		return -errno;
	dir = openat(jail, arch->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	file = openat(dir, arch->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	if (file < 0)
		return -errno;
	/* Whatever the umask; the probe may run as anybody. */
	if (fchmod(dir, 0755) < 0 || fchmod(file, 0755) < 0)
		return -errno;
	return io_write_all(file, probe, size);
}

int jail_enter(int jail, const struct arch *arch)
{
	_cleanup_close_ int dir =
		openat(jail, arch->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0 || fchdir(dir) < 0 || chroot(".") < 0)
		return -errno;
	return 0;
}

int jail_memory_file(const struct arch *arch)
{
	uint8_t probe[ELF_PROBE_MAX];
	size_t size = elf_probe(arch, probe);
	_cleanup_close_ int fd = memfd_create(arch->name, MFD_EXEC_);
	int rc;

	if (fd < 0 && errno == EINVAL) /* before Linux 6.3 */
		fd = memfd_create(arch->name, 0);
	if (fd < 0)
		return -errno;
	rc = io_write_all(fd, probe, size);
	return rc ? rc : take_fd(&fd);
}
