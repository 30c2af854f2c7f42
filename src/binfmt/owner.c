/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "binfmt/owner.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/io.h"

#define FIRST_USER_NAMESPACE 0xEFFFFFFD /* inode; PROC_USER_INIT_INO, part of the ABI */

bool owner_namespace_is_first(void)
{
	struct stat st;

	/* Where /proc does not tell, the strict rules of the first one hold. */
	return stat("/proc/self/ns/user", &st) < 0 || st.st_ino == FIRST_USER_NAMESPACE;
}

bool owner_is_root(uid_t uid)
{
	char text[16];
	size_t length;

	if (uid == 0)
		return true;
	if (owner_namespace_is_first())
		return false;
	if (io_read_at(AT_FDCWD, "/proc/sys/kernel/overflowuid", text, sizeof text,
		       &length))
		return uid == 65534;
	return uid == strtoul(text, NULL, 10);
}
