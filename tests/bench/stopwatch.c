/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Times commands against each other in one run, turn by turn, so that whatever the
 *machine does meanwhile meets them all.
 *
 *	stopwatch ROUNDS BEFORE NAME COMMAND [BEFORE NAME COMMAND]...
 *
 * BEFORE (a shell command, may be empty) is run before each start and not timed; COMMAND
 *is taken apart at blanks and started without a shell. Prints `NAME TAB MEDIAN-MS` lines,
 *and fails if a command does.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/io.h"

extern char **environ;

#define ROUNDS_MAX 1000
#define WORDS_MAX  64

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double run(char *command)
{
	char *copy = strdup(command), *words[WORDS_MAX + 1], *save = NULL;
	posix_spawn_file_actions_t quiet;
	int count = 0, status;
	double start;
	pid_t pid;

	for (char *word = strtok_r(copy, " ", &save); word && count < WORDS_MAX;
	     word = strtok_r(NULL, " ", &save))
		words[count++] = word;
	words[count] = NULL;
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	start = io_now_ms();
	if (count == 0 || posix_spawnp(&pid, words[0], &quiet, NULL, words, environ) ||
	    waitpid(pid, &status, 0) < 0 || status != 0) {
		fprintf(stderr, "stopwatch: failed: %s\n", command);
		exit(1);
	}
	start = io_now_ms() - start;
	posix_spawn_file_actions_destroy(&quiet);
	free(copy);
	return start;
}

int main(int argc, char *argv[])
{
	int rounds = argc > 1 ? atoi(argv[1]) : 0, count = (argc - 2) / 3;
	double *times = calloc(ROUNDS_MAX * (count + 1), sizeof *times);

	if (rounds < 1 || rounds > ROUNDS_MAX || count < 1 || !times)
		return fprintf(stderr,
			       "usage: stopwatch ROUNDS BEFORE NAME COMMAND...\n"),
		       2;
	for (int round = 0; round < rounds; round++) {
		for (int i = 0; i < count; i++) {
			char **job = argv + 2 + 3 * i;

			if (*job[0] && system(job[0]) != 0)
				return fprintf(stderr, "stopwatch: failed: %s\n", job[0]),
				       1;
			times[i * ROUNDS_MAX + round] = run(job[2]);
		}
	}
	for (int i = 0; i < count; i++) {
		qsort(times + i * ROUNDS_MAX, rounds, sizeof *times, compare);
		printf("%s\t%.3f\n", argv[2 + 3 * i + 1],
		       times[i * ROUNDS_MAX + rounds / 2]);
	}
	return 0;
}
