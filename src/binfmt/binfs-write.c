/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "binfmt/binfs.h"

/*
 * The mount point appears with the module, so a mount cannot load it. Asking for the file
 * system without a place does (fsopen(2), Linux 5.2).
 */
static void load_module(void)
{
#ifdef SYS_fsopen
	_cleanup_close_ int fd =
		syscall(SYS_fsopen, "binfmt_misc", 1 /* FSOPEN_CLOEXEC */);

	(void)fd;
#endif
}

int binfs_mount(struct err *err)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	char source[64];
	struct stat ns = { 0 };

	stat("/proc/self/ns/mnt", &ns);
	snprintf(source, sizeof source, BINFS_SOURCE, (unsigned long)ns.st_ino);
	if (mount(source, BINFS_PATH, "binfmt_misc", flags, NULL) == 0)
		return 0;
	if (errno == ENOENT) {
		load_module();
		if (mount(source, BINFS_PATH, "binfmt_misc", flags, NULL) == 0)
			return 0;
	}
	switch (errno) {
	case ENODEV:
	case ENOENT:
		return err_set(
			err, ENODEV,
			"this kernel has no binfmt_misc; run `modprobe binfmt_misc`, or "
			"use a kernel with CONFIG_BINFMT_MISC");
	case EPERM:
	case EACCES:
		if (geteuid() != 0)
			return err_set(
				err, EPERM,
				"binfmt_misc is not mounted at " BINFS_PATH
				" and only root may mount it; run the command with sudo");
		return err_set(
			err, EPERM,
			"binfmt_misc is not mounted at " BINFS_PATH
			" and may not be mounted from here (CAP_SYS_ADMIN is missing, or "
			"a container forbids it); mount it on the host: `mount -t "
			"binfmt_misc binfmt_misc " BINFS_PATH "`");
	default:
		return err_set(err, errno,
			       "binfmt_misc cannot be mounted at " BINFS_PATH ": %s",
			       strerror(errno));
	}
}

static int open_for_writing(int dir, const char *name, int *fd, struct err *err)
{
	int opened = openat(dir, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);

	if (opened >= 0) {
		*fd = opened;
		return 0;
	}
	switch (errno) {
	case EROFS:
		return err_set(
			err, EROFS,
			"binfmt_misc is mounted read-only here; run `mount -o remount,rw " BINFS_PATH
			"`, or give a container a writable bind mount of it");
	case EACCES:
	case EPERM:
		return err_set(
			err, EACCES,
			"only root may change binfmt_misc; run the command with sudo");
	default:
		return err_set(err, errno, "%s of binfmt_misc cannot be opened: %s", name,
			       strerror(errno));
	}
}

int binfs_open_register(int dir, int *fd, struct err *err)
{
	return open_for_writing(dir, "register", fd, err);
}

int binfs_open_entry(int dir, const char *name, int *fd, struct err *err)
{
	return open_for_writing(dir, name, fd, err);
}

static int write_once(int fd, const char *text)
{
	size_t size = strlen(text);
	ssize_t n;

	do
		n = write(fd, text, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -EIO;
}

int binfs_register(int register_fd, const char *line)
{
	return write_once(register_fd, line);
}

int binfs_delete(int entry_fd)
{
	return write_once(entry_fd, "-1");
}
