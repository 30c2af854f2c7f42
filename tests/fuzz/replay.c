/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a fuzz target without a fuzzer: every file named on the command line, and every
 * file of the folders named, goes through LLVMFuzzerTestOneInput() once, and the outcome
 * comes out as TAP. Each file runs in a process of its own, so that one that ends it does
 * not hide the others, and in memory of exactly its size, so that a sanitizer or valgrind
 * sees every step over its end.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "check.h"

struct tally {
	unsigned count, failed;
};

static void report(struct tally *tally, const char *file, const char *why)
{
	tally->count++;
	if (why)
		tally->failed++;
	printf("%s %u - %s: %s%s%s\n", why ? "not ok" : "ok", tally->count,
	       program_invocation_short_name, file, why ? ": " : "", why ? why : "");
}

/* The whole file, in memory of its exact size; NULL and errno if it cannot be read. */
static uint8_t *read_file(const char *path, size_t *size)
{
	_cleanup_fclose_ FILE *file = fopen(path, "rbe");
	struct stat st;
	uint8_t *data;

	if (!file || fstat(fileno(file), &st) < 0)
		return NULL;
	data = malloc(st.st_size);
	if (!data && st.st_size > 0)
		return NULL;
	*size = st.st_size;
	if (fread(data, 1, *size, file) == *size)
		return data;
	if (!ferror(file))
		errno = EIO; /* it became shorter */
	free(data);
	return NULL;
}

/* Runs the target in a child. Returns the child's status, or -1 and errno. */
static int run(const uint8_t *data, size_t size)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return -1;
	if (pid == 0)
		exit(LLVMFuzzerTestOneInput(data, size) ? EXIT_FAILURE : EXIT_SUCCESS);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

static void replay_file(const char *path, struct tally *tally)
{
	_cleanup_free_ uint8_t *data = NULL;
	char why[80];
	size_t size;
	int status;

	errno = ENOMEM;
	data = read_file(path, &size);
	if (!data) {
		report(tally, path, strerror(errno));
		return;
	}
	status = run(data, size);
	if (status == 0) {
		report(tally, path, NULL);
		return;
	}
	if (status < 0)
		snprintf(why, sizeof why, "%s", strerror(errno));
	else if (WIFSIGNALED(status))
		snprintf(why, sizeof why, "ended by signal %d", WTERMSIG(status));
	else
		snprintf(why, sizeof why, "ended with status %d", WEXITSTATUS(status));
	report(tally, path, why);
}

static int is_wanted(const struct dirent *item)
{
	return item->d_name[0] != '.';
}

/* A file, or a folder with all that is in it, in the order of the names. */
static void replay(const char *path, struct tally *tally)
{
	struct dirent **items;
	struct stat st;
	int count;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
		replay_file(path, tally);
		return;
	}
	count = scandir(path, &items, is_wanted, alphasort);
	if (count < 0) {
		report(tally, path, strerror(errno));
		return;
	}
	for (int i = 0; i < count; i++) {
		_cleanup_free_ char *inner = NULL;

		if (asprintf(&inner, "%s/%s", path, items[i]->d_name) < 0)
			abort();
		replay(inner, tally);
		free(items[i]);
	}
	free(items);
}

int main(int argc, char *argv[])
{
	struct tally tally = { 0 };

	for (int i = 1; i < argc; i++)
		replay(argv[i], &tally);
	/* A run of nothing proves nothing; "1..0" would be taken for a skip. */
	if (tally.count == 0)
		report(&tally, argc > 1 ? argv[1] : "no file or folder given",
		       "there is nothing to replay");
	printf("1..%u\n", tally.count);
	if (fflush(stdout) || ferror(stdout))
		return EXIT_FAILURE;
	return tally.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
