/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "binfmt/binfs.h"

static void mount_for_init(void)
{
	_cleanup_close_ int ours = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int theirs = open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int there = -1;
	struct stat a, b;
	struct err err;

	if (ours < 0 || theirs < 0 || fstat(ours, &a) < 0 || fstat(theirs, &b) < 0 ||
	    a.st_ino == b.st_ino)
		return;
	if (setns(theirs, CLONE_NEWNS) < 0)
		return;
	if (binfs_open(BINFS_PATH, &there, &err) == -ENOTCONN)
		binfs_mount(&err);
	/* Back, or everything after would be looked up in the wrong place: better stop.
	 */
	if (setns(ours, CLONE_NEWNS) < 0)
		_exit(1);
}

int mount_lasting(struct err *err)
{
	_cleanup_close_ int dir = -1;
	int rc = binfs_open(BINFS_PATH, &dir, err);

	if (rc == -ENOTCONN) {
		rc = binfs_mount(err);
		if (rc == 0)
			mount_for_init();
	}
	if (rc == 0)
		err->code = 0; /* that it was not mounted is no error any more */
	return rc;
}
