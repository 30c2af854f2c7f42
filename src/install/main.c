/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * binfmt-install: options -> survey -> plan -> apply (by binfmt-helper) -> verify ->
 * report.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "binfmt/lifetime.h"
#include "install/apply.h"
#include "install/change.h"
#include "install/options.h"
#include "install/report.h"
#include "install/status.h"
#include "install/survey.h"

enum { EXIT_USAGE = 2, EXIT_NOT_WORKING = 3 };

#define LOCK_TIMEOUT_MS 10000

/* The architectures that were asked for, in the order of the list. */
struct asked {
	size_t order[ARCH_MAX];
	size_t count;
	arch_set set;
	bool all;
};

static void ask(struct asked *asked, size_t index)
{
	if (asked->set[index])
		return;
	asked->set[index] = true;
	asked->order[asked->count++] = index;
}

/*
 * `all`: those that have an interpreter here, even a bad one, and are not native; of the
 * status also those that are registered.
 */
static void ask_all(struct asked *asked, struct survey *survey, bool registered)
{
	arch_set set = { 0 };

	asked->all = true;
	for (size_t i = 0; i < arch_count; i++)
		set[i] = survey_interp(survey, &arch_table[i])->obstacle.code != ENOENT;
	survey_native(survey, set);
	for (size_t i = 0; i < arch_count; i++)
		if ((set[i] && survey->archs[i].native != NATIVE_YES) ||
		    (registered && survey->archs[i].entry))
			ask(asked, i);
}

/* Fills err and returns the exit status. */
static int unknown(const char *word, struct err *err)
{
	char near[160], shown[200], all[400];
	size_t used = 0;

	arch_nearest(word, near, sizeof near);
	for (size_t i = 0; i < arch_count && used < sizeof all; i++)
		used += snprintf(all + used, sizeof all - used, "%s, ",
				 arch_table[i].name);
	err_set(err, EINVAL,
		"%s: no such architecture; %s%s%sthere are %sand all; nothing was changed",
		io_printable(word, shown, sizeof shown), *near ? "did you mean " : "",
		near, *near ? "? " : "", all);
	return EXIT_USAGE;
}

/* The words are all known already. */
static int resolve(const struct options *options, struct survey *survey,
		   struct asked *asked, struct err *err)
{
	for (size_t i = 0; i < options->word_count; i++) {
		const struct arch *arch = arch_find(options->words[i]);

		if (arch) {
			ask(asked, arch_index(arch));
		} else {
			ask_all(asked, survey, options->mode == MODE_STATUS);
		}
	}
	if (asked->all && asked->count == 0)
		return err_set(
			err, ENOENT,
			"all: no interpreter of any architecture was found in " INTERPRETER_DIR
			" or " DISTRO_DIR
			"; install qemu-user-static, or name its folder with "
			"--interpreter-dir");
	return 0;
}

static void waiting(int pid)
{
	if (pid > 0)
		log_info("waiting for another run to end (process %d)", pid);
	else
		log_info("waiting for another run to end");
}

/* Opens binfmt_misc, with a mount before it where that is needed and something is to be
 * registered. Not mounted is no error for what only reads or removes: nothing is there.
 */
static int open_binfs(const struct options *options, struct survey *survey,
		      struct err *err)
{
	const char *dir = options->binfmt_dir ? options->binfmt_dir : BINFS_PATH;
	bool changes = options->mode != MODE_STATUS && !options->dry_run;
	int rc = changes ? binfs_open_own(dir, &survey->dir, err)
			 : binfs_open(dir, &survey->dir, err);

	if (rc == -ENOTCONN && changes && options->mode == MODE_INSTALL) {
		log_debug("mounting binfmt_misc");
		rc = apply_mount(err);
		if (rc == 0)
			rc = binfs_open_own(dir, &survey->dir, err);
		survey->mounted = true;
	} else if (rc == -ENOTCONN) {
		log_info(
			"%s, so nothing is registered; installing an architecture as root "
			"mounts it",
			err->text);
		rc = 0;
	}
	if (rc == 0)
		err->code = 0; /* that it was not mounted is no error any more */
	if (rc == 0 && changes && survey->dir >= 0)
		rc = binfs_lock(survey->dir, LOCK_TIMEOUT_MS, waiting, &survey->lock,
				err);
	return rc;
}

/* How long what is in place will last, as far as we may look; NULL: not looked. */
static const char *judge_lifetime(const struct survey *survey, bool *vanishes)
{
	static const char *const words[] = {
		[LIFETIME_MACHINE] = "machine",
		[LIFETIME_NAMESPACE] = "namespace",
		[LIFETIME_RUN] = "run",
	};
	struct lifetime_facts facts;
	enum lifetime lifetime;

	/* For others than root, process 1 is hidden, and nothing could be said. */
	if (survey->dir < 0 || geteuid() != 0)
		return NULL;
	lifetime_look(survey->dir, survey->mounted, &facts);
	lifetime = lifetime_judge(&facts);
	*vanishes = lifetime == LIFETIME_RUN;
	return words[lifetime];
}

static bool is_in_place(const struct row *row)
{
	return row->state == ROW_ADDED || row->state == ROW_REPLACED ||
	       row->state == ROW_KEPT || row->state == ROW_WORKS;
}

static int exit_status(const struct report *report, bool vanishes)
{
	int status = EXIT_SUCCESS;

	for (size_t i = 0; i < report->count; i++) {
		if (row_failed(&report->rows[i]))
			return EXIT_FAILURE;
		if (row_is_broken(&report->rows[i]) ||
		    (vanishes && is_in_place(&report->rows[i])))
			status = EXIT_NOT_WORKING;
	}
	return status;
}

/* Prints everything and returns the exit status, or -errno. */
static int conclude(const struct options *options, struct survey *survey,
		    struct report *changes, struct report *status, struct err *err)
{
	struct report *main_report = options->mode == MODE_STATUS ? status : changes;
	bool vanishes = false;
	const char *lifetime = judge_lifetime(survey, &vanishes);
	arch_set every;
	int rc = 0, code;

	memset(every, true, sizeof every);
	if (options->mode != MODE_STATUS && options->json)
		rc = status_rows(survey, every, true, false, !options->no_verify, status,
				 err);
	if (rc)
		return rc;
	rc = report_print(main_report, err);
	if (rc == 0 && options->json)
		rc = report_json(options->mode == MODE_STATUS ? NULL : changes, status,
				 survey, lifetime, err);
	code = exit_status(main_report,
			   vanishes && options->mode != MODE_REMOVE && !options->dry_run);
	if (code == EXIT_NOT_WORKING && vanishes)
		log_error("%s", lifetime_warning());
	return rc ? rc : code;
}

static int run(const struct options *options, struct err *err)
{
	struct survey survey;
	struct report changes = { .quiet = options->quiet, .json = options->json };
	struct report status = { .quiet = options->quiet, .json = options->json };
	struct asked asked = { 0 };
	bool whole = options->word_count == 0;
	int rc;

	/* Before anything is mounted or locked: a misspelt name must change nothing. */
	for (size_t i = 0; i < options->word_count && options->mode != MODE_REMOVE; i++)
		if (!arch_find(options->words[i]) && strcasecmp(options->words[i], "all"))
			return unknown(options->words[i], err);
	rc = survey_init(&survey,
			 options->mode == MODE_INSTALL ? options->interpreter_dir : NULL,
			 options->timeout_ms, err);
	if (rc == 0)
		rc = open_binfs(options, &survey, err);
	if (rc == 0)
		rc = survey_entries(&survey, NULL, err);
	if (rc == 0 && survey.snapshot.disabled && options->mode != MODE_REMOVE)
		rc = err_set(
			err, EPERM,
			"binfmt_misc is disabled as a whole, so no emulator runs, whatever "
			"is registered; `echo 1 > %s/status` as root enables it",
			options->binfmt_dir ? options->binfmt_dir : BINFS_PATH);
	if (rc == 0 && options->mode != MODE_REMOVE)
		rc = resolve(options, &survey, &asked, err);
	if (rc == 0 && options->mode == MODE_INSTALL)
		rc = change_install(&survey, options, asked.order, asked.count, &changes,
				    err);
	else if (rc == 0 && options->mode == MODE_REMOVE)
		rc = change_remove(&survey, options, &changes, err);
	else if (rc == 0) {
		if (whole)
			memset(asked.set, true, sizeof asked.set);
		rc = status_rows(&survey, asked.set, whole, !whole, !options->no_verify,
				 &status, err);
	}
	if (rc == 0)
		rc = conclude(options, &survey, &changes, &status, err);
	report_free(&changes);
	report_free(&status);
	survey_free(&survey);
	return rc;
}

/* A descriptor that came closed must not become one of our files. Reading from what
 * stands in for stdout fails as writing to it does: a lost report stays an error. */
static void open_standard_streams(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
			_exit(EXIT_FAILURE);
}

int main(int argc, char *argv[])
{
	struct options options;
	struct err err = { 0 };
	int rc;

	open_standard_streams();
	/* A reader that left or a file that is full is an error to report, not a death.
	 */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (options_parse(argc, argv, &options, &err)) {
		log_error("%s", err.text);
		options_free(&options);
		return EXIT_USAGE;
	}
	log_set_level(options.quiet	? LOG_LEVEL_ERROR
		      : options.verbose ? LOG_LEVEL_DEBUG
					: LOG_LEVEL_INFO);
	switch (options.mode) {
	case MODE_HELP:
		options_help(stdout);
		rc = 0;
		break;
	case MODE_VERSION:
		puts("binfmt-install " VERSION);
		rc = 0;
		break;
	default:
		rc = run(&options, &err);
	}
	options_free(&options);
	/* After a report that was lost already there is nothing more to lose. */
	if (rc >= 0 && report_close(&err))
		rc = -err.code;
	if (err.code && rc != 0)
		log_error("%s", err.text);
	return rc < 0 ? EXIT_FAILURE : rc;
}
