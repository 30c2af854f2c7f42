/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "install/apply.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"

/*
 * The helper beside this program, as in a build tree or an image, else the installed one.
 * Whoever can put a file beside this program can replace the program.
 */
static void find_helper(char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - sizeof "binfmt-helper");
	char *slash;

	path[n > 0 ? n : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash) {
		strcpy(slash + 1, "binfmt-helper");
		if (access(path, X_OK) == 0)
			return;
	}
	snprintf(path, PATH_MAX, "%s/binfmt-helper", HELPER_DIR);
}

/*
 * Starts it with an empty environment and its stdout in a pipe. It inherits the lock,
 * which holds so long as either of us lives: a helper that outlives us must not meet
 * another run.
 */
static int start(const char *argv[], int lock, pid_t *pid, int *out, struct err *err)
{
	char path[PATH_MAX], *none[] = { NULL };
	posix_spawn_file_actions_t actions;
	int ends[2], rc;

	find_helper(path);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(err, errno, "pipe: %s", strerror(errno));
	argv[0] = path;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	if (lock >= 0)
		posix_spawn_file_actions_adddup2(&actions, lock, STDERR_FILENO + 1);
	rc = posix_spawn(pid, path, &actions, NULL, (char *const *)argv, none);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (rc) {
		close(ends[0]);
		return err_set(err, rc, "%s: %s; is the package complete?", path,
			       strerror(rc));
	}
	*out = ends[0];
	return 0;
}

static char *read_all(int fd)
{
	size_t size = 0, room = 0;
	char *text = NULL;
	ssize_t n;

	do {
		if (room - size < 4096) {
			char *more = realloc(text, room + 16384);

			if (!more)
				break;
			text = more;
			room += 16384;
		}
		n = read(fd, text + size, room - size - 1);
		if (n > 0)
			size += n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (text)
		text[size] = '\0';
	return text;
}

/* Runs it to its end. *said is its report, to be freed; also when it was killed. */
static int run(const char *argv[], int lock, char **said, struct err *err)
{
	_cleanup_close_ int out = -1;
	int status = 0, rc;
	pid_t pid;

	for (const char **word = argv + 1; *word; word++)
		log_debug("binfmt-helper %s", *word);
	rc = start(argv, lock, &pid, &out, err);
	if (rc)
		return rc;
	*said = read_all(out);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		return err_set(err, ECHILD, "binfmt-helper was killed by %s",
			       strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status) == 2)
		return err_set(err, EINVAL,
			       "binfmt-helper did not understand us; are both of "
			       "version " VERSION "?");
	return *said ? 0 : err_set(err, ENOMEM, "out of memory");
}

/* The line of the report that begins so, and what follows there; or NULL. */
static const char *line_after(const char *said, const char *start)
{
	size_t n = strlen(start);

	for (const char *line = said; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, start, n))
			return line + n;
	}
	return NULL;
}

/* What the report says of one word: 0, or the error; -ENODATA if it says nothing. */
static int find_line(const char *said, const char *word, struct err *err)
{
	char shown[300], start[320];
	const char *rest;
	int code, used;

	io_printable(word, shown, sizeof shown);
	snprintf(start, sizeof start, "ok\t%s\n", shown);
	if (line_after(said, start))
		return 0;
	snprintf(start, sizeof start, "error\t%s\t", shown);
	rest = line_after(said, start);
	if (!rest || sscanf(rest, "%d\t%n", &code, &used) != 1)
		return -ENODATA;
	rest += used;
	return err_set(err, code, "%.*s", (int)strcspn(rest, "\n"), rest);
}

int apply_mount(struct err *err)
{
	const char *argv[] = { NULL, "mount", NULL };
	_cleanup_free_ char *said = NULL;
	int rc = run(argv, -1, &said, err);

	if (rc == 0)
		rc = find_line(said, "mount", err);
	if (rc == -ENODATA)
		rc = find_line(said, "-", err);
	return rc;
}

static char *operation(const struct plan_step *step)
{
	char *word = NULL;
	int n = -1;

	switch (step->action) {
	case PLAN_ADD:
		n = asprintf(&word, "add:%s:%s", step->arch->qemu, step->flags);
		break;
	case PLAN_REPLACE:
		n = asprintf(&word, "replace:%s:%s", step->arch->qemu, step->flags);
		break;
	case PLAN_REMOVE:
		n = asprintf(&word, "remove%s:%s",
			     !strncmp(step->name, "qemu-", 5) ||
					     !strncmp(step->name, ARCH_STAND_IN,
						      strlen(ARCH_STAND_IN))
				     ? ""
				     : "-other",
			     step->name);
		break;
	default:
		break;
	}
	return n < 0 ? NULL : word;
}

/* Reads the report for every step; what it does not mention has the error of all. */
static void settle(const struct plan *plan, char *const words[], const char *said,
		   const struct err *all, struct err *errors)
{
	for (size_t i = 0; i < plan->count; i++)
		if (words[i] && find_line(said, words[i], &errors[i]) == -ENODATA)
			errors[i] = *all;
}

void apply_plan(const struct plan *plan, const struct options *options, int lock,
		struct err *errors)
{
	const char *argv[PLAN_MAX + 5];
	char *words[PLAN_MAX] = { NULL };
	char dir[PATH_MAX + 8], interpreter_dir[PATH_MAX + 24];
	_cleanup_free_ char *said = NULL;
	struct err all = { 0 };
	size_t argc = 1;

	argv[argc++] = "locked";
	if (options->binfmt_dir) {
		snprintf(dir, sizeof dir, "dir:%s", options->binfmt_dir);
		argv[argc++] = dir;
	}
	if (options->interpreter_dir) {
		snprintf(interpreter_dir, sizeof interpreter_dir, "interpreter-dir:%s",
			 options->interpreter_dir);
		argv[argc++] = interpreter_dir;
	}
	for (size_t i = 0; i < plan->count; i++) {
		errors[i].code = 0;
		words[i] = operation(&plan->steps[i]);
		if (words[i])
			argv[argc++] = words[i];
	}
	argv[argc] = NULL;
	if (run(argv, lock, &said, &all) == 0 && find_line(said, "-", &all) == -ENODATA)
		err_set(&all, EIO, "binfmt-helper ended without a word about it");
	settle(plan, words, said ? said : "", &all, errors);
	for (size_t i = 0; i < plan->count; i++)
		free(words[i]);
}
