/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The least that a proof can cost: starting the probes directly under their QEMU, as many
 *at once as there are processors.
 *
 *	start-probes INTERPRETER-FOLDER PROBE-FOLDER ARCH...
 */
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "binfmt/arch.h"

int main(int argc, char *argv[])
{
	int running = 0, failed = 0, status, processors;
	posix_spawn_file_actions_t quiet;
	cpu_set_t set;

	sched_getaffinity(0, sizeof set, &set);
	processors = CPU_COUNT(&set);
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	for (int i = 3; i < argc || running > 0;) {
		if (i < argc && running < processors) {
			const struct arch *arch = arch_find(argv[i++]);
			char interpreter[256], probe[256];
			char *child[] = { interpreter, probe, NULL }, *none[] = { NULL };
			pid_t pid;

			if (!arch)
				return 2;
			snprintf(interpreter, sizeof interpreter, "%s/qemu-%s-static",
				 argv[1], arch->qemu);
			snprintf(probe, sizeof probe, "%s/%s", argv[2], arch->name);
			if (posix_spawn(&pid, interpreter, &quiet, NULL, child, none))
				return 1;
			running++;
			continue;
		}
		wait(&status);
		failed |= status;
		running--;
	}
	return failed != 0;
}
