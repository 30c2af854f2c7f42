/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "binfmt/owner.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/io.h"

#define FIRST_USER_NAMESPACE 0xEFFFFFFD /* inode; PROC_USER_INIT_INO, part of the ABI */

bool owner_namespace_is_first(void)
{
	struct stat st;

	/* Where /proc does not tell, the strict rules of the first one hold. */
	return stat("/proc/self/ns/user", &st) < 0 || st.st_ino == FIRST_USER_NAMESPACE;
}

/* Whether the uid is somebody's in this user namespace. */
static bool is_mapped(uid_t uid)
{
	_cleanup_fclose_ FILE *map = fopen("/proc/self/uid_map", "re");
	unsigned long long inside, count;

	while (map && fscanf(map, "%llu %*u %llu", &inside, &count) == 2)
		if (uid >= inside && uid - inside < count)
			return true;
	return !map;
}

bool owner_is_root(uid_t uid)
{
	unsigned long overflow = 65534;
	char text[16];
	size_t length;

	if (uid == 0)
		return true;
	if (owner_namespace_is_first())
		return false;
	if (io_read_at(AT_FDCWD, "/proc/sys/kernel/overflowuid", text, sizeof text,
		       &length) == 0)
		overflow = strtoul(text, NULL, 10);
	return uid == overflow && !is_mapped(uid);
}
