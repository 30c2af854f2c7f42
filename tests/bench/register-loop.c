/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The least that registering can cost: a bare loop of writes of the same lines.
 *
 *	register-loop INTERPRETER-FOLDER FLAGS ARCH...
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "binfmt/binfs.h"
#include "binfmt/rule.h"

int main(int argc, char *argv[])
{
	int fd = open(BINFS_PATH "/register", O_WRONLY | O_CLOEXEC);

	for (int i = 3; i < argc; i++) {
		const struct arch *arch = arch_find(argv[i]);
		char name[ARCH_ENTRY_NAME], path[256], line[RULE_LINE_MAX + 1];
		struct rule rule;
		struct err err;

		if (!arch)
			return 2;
		rule_of(arch, &rule);
		arch_entry_name(arch, name);
		snprintf(path, sizeof path, "%s/%s-static", argv[1], name);
		if (rule_format(&rule, name, path, argv[2], line, &err) ||
		    write(fd, line, strlen(line)) < 0)
			return 1;
	}
	return 0;
}
