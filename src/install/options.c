/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "install/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* Options without a letter are told apart by numbers above all letters. */
enum {
	OPT_REPLACE = 256,
	OPT_JSON,
	OPT_CREDENTIALS,
	OPT_INTERPRETER_DIR,
	OPT_BINFMT_DIR,
	OPT_NO_VERIFY,
	OPT_TIMEOUT,
	OPT_VERSION,
	OPT_INSTALL,
	OPT_UNINSTALL,
};

static const struct row {
	int id; /* the letter, or one of the above */
	const char *name;
	const char *argument; /* NULL: takes none */
	const char *help;
} table[] = {
	{ 'r', "remove", NULL,
	  "remove: architectures, entry names, globs ('qemu-*'), or all" },
	{ 's', "status", NULL,
	  "what is registered, and whether each entry really works" },
	{ 'n', "dry-run", NULL, "print the plan and change nothing" },
	{ OPT_REPLACE, "replace", NULL, "replace a working entry too" },
	{ OPT_JSON, "json", NULL, "the report as JSON on stdout" },
	{ OPT_CREDENTIALS, "credentials", NULL,
	  "add the C flag: setuid programs run with their owner's rights" },
	{ OPT_INTERPRETER_DIR, "interpreter-dir", "DIR",
	  "look for interpreters here first" },
	{ OPT_BINFMT_DIR, "binfmt-dir", "DIR", "where binfmt_misc is mounted" },
	{ OPT_NO_VERIFY, "no-verify", NULL, "do not prove by execution that it works" },
	{ OPT_TIMEOUT, "timeout", "SECONDS", "time limit of each proof (default 20)" },
	{ 'q', "quiet", NULL, "no table, errors alone" },
	{ 'v', "verbose", NULL, "say what is done" },
	{ OPT_VERSION, "version", NULL, "print the version" },
	{ 'h', "help", NULL, "print this help" },
	{ OPT_INSTALL, "install", "LIST", "the same as naming the architectures" },
	{ OPT_UNINSTALL, "uninstall", "LIST", "the same as --remove LIST" },
};

#define ROWS (sizeof table / sizeof *table)

void options_help(FILE *out)
{
	fputs("Usage: binfmt-install [OPTION]... [ARCH...]\n"
	      "Makes this machine run programs and container images of other architectures.\n"
	      "Without ARCH it shows the status.\n"
	      "\n"
	      "ARCH is arm64, arm, s390x, ppc64le, riscv64, ... in any usual spelling (aarch64,\n"
	      "linux/arm/v7), a list with commas, or all.\n"
	      "\n",
	      out);
	for (size_t i = 0; i < ROWS; i++) {
		char left[48];

		snprintf(left, sizeof left, "%c%c%s --%s%s%s",
			 table[i].id < 256 ? '-' : ' ',
			 table[i].id < 256 ? table[i].id : ' ',
			 table[i].id < 256 ? "," : " ", table[i].name,
			 table[i].argument ? "=" : "",
			 table[i].argument ? table[i].argument : "");
		fprintf(out, "  %-27s %s\n", left, table[i].help);
	}
	fputs("\n"
	      "Examples:\n"
	      "  binfmt-install arm64            run arm64 programs, proved by running one\n"
	      "  binfmt-install all              every architecture that has an interpreter\n"
	      "  binfmt-install                  what is registered, and does it work?\n"
	      "  binfmt-install --dry-run arm    what would be done\n"
	      "  binfmt-install --remove arm64   take it back\n"
	      "\n"
	      "Exit status: 0 all that was asked for is in place and works; 1 something failed;\n"
	      "2 usage; 3 it was registered but does not work, or will not last.\n",
	      out);
}

/* getopt's two views of the table. */
static void build(struct option longs[ROWS + 1], char shorts[3 * ROWS + 2])
{
	char *p = shorts;

	*p++ = ':'; /* a missing argument is told apart from an unknown option */
	for (size_t i = 0; i < ROWS; i++) {
		bool takes = table[i].argument != NULL;

		longs[i] = (struct option){ table[i].name,
					    takes ? required_argument : no_argument, NULL,
					    table[i].id };
		if (table[i].id < 256)
			*p++ = table[i].id;
	}
	longs[ROWS] = (struct option){ 0 };
	*p = '\0';
}

/* Takes a list apart. The words are copies, freed with the options. */
static int add_words(struct options *options, const char *list, const char *separators,
		     struct err *err)
{
	while (*list) {
		size_t n = strcspn(list, separators);
		const char **more =
			realloc(options->words, (options->word_count + 1) * sizeof *more);
		char *word = strndup(list, n);

		if (more)
			options->words = more;
		if (!more || !word) {
			free(word);
			return err_set(err, ENOMEM, "out of memory");
		}
		if (n > 0)
			options->words[options->word_count++] = word;
		else
			free(word);
		list += n + strspn(list + n, separators);
	}
	return 0;
}

void options_free(struct options *options)
{
	for (size_t i = 0; i < options->word_count; i++)
		free((char *)options->words[i]);
	free(options->words);
	options->words = NULL;
	options->word_count = 0;
}

/* The modes exclude each other, whichever order they come in. */
static int set_mode(struct options *options, enum mode mode, const char *name,
		    bool *chosen, struct err *err)
{
	if (*chosen && options->mode != mode)
		return err_set(err, EINVAL,
			       "--%s does not go with another of --install, --remove, "
			       "--uninstall and --status; run them one after the other",
			       name);
	*chosen = true;
	options->mode = mode;
	return 0;
}

static int set_dir(const char **dir, const char *name, struct err *err)
{
	if (*optarg != '/')
		return err_set(err, EINVAL,
			       "--%s=%s: give the whole path, beginning with /", name,
			       optarg);
	*dir = optarg;
	return 0;
}

static int set_timeout(struct options *options, struct err *err)
{
	char *end;
	unsigned long seconds = strtoul(optarg, &end, 10);

	if (*optarg < '0' || *optarg > '9' || *end || seconds < 1 || seconds > 3600)
		return err_set(err, EINVAL,
			       "--timeout=%s: give a number of seconds from 1 to 3600",
			       optarg);
	options->timeout_ms = seconds * 1000;
	return 0;
}

static int take(struct options *options, int id, bool *chosen, struct err *err)
{
	int rc;

	switch (id) {
	case 'r':
		return set_mode(options, MODE_REMOVE, "remove", chosen, err);
	case 's':
		return set_mode(options, MODE_STATUS, "status", chosen, err);
	case OPT_INSTALL:
		rc = set_mode(options, MODE_INSTALL, "install", chosen, err);
		return rc ? rc : add_words(options, optarg, ", \t\n", err);
	case OPT_UNINSTALL:
		rc = set_mode(options, MODE_REMOVE, "uninstall", chosen, err);
		return rc ? rc : add_words(options, optarg, ", \t\n", err);
	case OPT_INTERPRETER_DIR:
		return set_dir(&options->interpreter_dir, "interpreter-dir", err);
	case OPT_BINFMT_DIR:
		return set_dir(&options->binfmt_dir, "binfmt-dir", err);
	case OPT_TIMEOUT:
		return set_timeout(options, err);
	case 'n':
		options->dry_run = true;
		break;
	case OPT_REPLACE:
		options->replace = true;
		break;
	case OPT_JSON:
		options->json = true;
		break;
	case OPT_CREDENTIALS:
		options->credentials = true;
		break;
	case OPT_NO_VERIFY:
		options->no_verify = true;
		break;
	case 'q':
		options->quiet = true;
		break;
	case 'v':
		options->verbose = true;
		break;
	}
	return 0;
}

/* getopt leaves the option in optopt if it knows it or it is a letter. */
static int bad_option(int id, const char *word, struct err *err)
{
	if (id == ':')
		return err_set(err, EINVAL,
			       "%s: the option needs an argument; see --help", word);
	for (size_t i = 0; i < ROWS; i++)
		if (optopt && table[i].id == optopt)
			return err_set(err, EINVAL, "--%s takes no argument; see --help",
				       table[i].name);
	if (optopt)
		return err_set(err, EINVAL, "-%c: no such option; see --help", optopt);
	return err_set(
		err, EINVAL,
		"%s: no such option, or not the only one that begins so; see --help",
		word);
}

/* What only the whole command line can show. */
static int check(struct options *options, bool chosen, bool words, struct err *err)
{
	bool status;

	if (!chosen && words)
		options->mode = MODE_INSTALL;
	status = options->mode == MODE_STATUS;
	if (options->mode == MODE_REMOVE && options->word_count == 0)
		return err_set(err, EINVAL,
			       "--remove needs to know what: architectures, entry "
			       "names, 'qemu-*', or all");
	if (options->mode == MODE_INSTALL && options->word_count == 0)
		return err_set(err, EINVAL,
			       "--install needs to know what: architectures, or all");
	if (options->mode != MODE_INSTALL && (options->replace || options->credentials))
		return err_set(err, EINVAL,
			       "--replace and --credentials go with architectures to "
			       "install");
	if (status && options->dry_run)
		return err_set(err, EINVAL,
			       "--dry-run goes with something to install or remove");
	if (options->quiet && options->verbose)
		return err_set(err, EINVAL, "--quiet and --verbose exclude each other");
	return 0;
}

int options_parse(int argc, char *argv[], struct options *options, struct err *err)
{
	struct option longs[ROWS + 1];
	char shorts[3 * ROWS + 2];
	bool chosen = false, words;
	int id, rc = 0;

	*options = (struct options){ .mode = MODE_STATUS, .timeout_ms = 20000 };
	build(longs, shorts);
	opterr = 0;
	while (rc == 0 && (id = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (id == 'h' || id == OPT_VERSION) {
			options->mode = id == 'h' ? MODE_HELP : MODE_VERSION;
			return 0;
		}
		if (id == '?' || id == ':')
			return bad_option(id, argv[optind - 1], err);
		rc = take(options, id, &chosen, err);
	}
	words = optind < argc;
	while (rc == 0 && optind < argc)
		/* Not at blanks: the name of an entry may have one. */
		rc = add_words(options, argv[optind++], ",", err);
	return rc ? rc : check(options, chosen, words, err);
}
