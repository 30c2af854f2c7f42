/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <getopt.h>

#include "install/options.h"

#define ARGS_MAX 10

/* Parses a copy of the arguments, which getopt reorders, from the start. */
static int parse(const char *const *args, struct options *options, struct err *err)
{
	char *argv[ARGS_MAX + 2] = { "binfmt-install" };
	int argc = 1;

	for (; argc <= ARGS_MAX && args[argc - 1]; argc++)
		argv[argc] = (char *)args[argc - 1];
	memset(options, 0xa5, sizeof *options);
	memset(err, 0, sizeof *err);
	optind = 0;
	return options_parse(argc, argv, options, err);
}

/* The arguments in one line, to name a row. */
static const char *line_of(const char *const *args, char out[200])
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < ARGS_MAX && args[i] && n < 150; i++)
		n += snprintf(out + n, 200 - n, "%s%.50s", i ? " " : "", args[i]);
	return out;
}

enum {
	DRY_RUN = 1,
	REPLACE = 2,
	JSON = 4,
	CREDENTIALS = 8,
	NO_VERIFY = 16,
	QUIET = 32,
	VERBOSE = 64,
};

static unsigned flags_of(const struct options *options)
{
	return (options->dry_run ? DRY_RUN : 0) | (options->replace ? REPLACE : 0) |
	       (options->json ? JSON : 0) | (options->credentials ? CREDENTIALS : 0) |
	       (options->no_verify ? NO_VERIFY : 0) | (options->quiet ? QUIET : 0) |
	       (options->verbose ? VERBOSE : 0);
}

static void good_lines(void **state)
{
	static const struct row {
		const char *args[ARGS_MAX];
		enum mode mode;
		unsigned flags;
		const char *words; /* with a | behind each */
	} rows[] = {
		{ { NULL }, MODE_STATUS, 0, "" },
		{ { "-s" }, MODE_STATUS, 0, "" },
		{ { "--status" }, MODE_STATUS, 0, "" },
		{ { "--status", "arm64" }, MODE_STATUS, 0, "arm64|" },
		{ { "arm64", "-s" }, MODE_STATUS, 0, "arm64|" },
		{ { "--json" }, MODE_STATUS, JSON, "" },
		{ { "--no-verify", "-q" }, MODE_STATUS, NO_VERIFY | QUIET, "" },
		{ { "-sv", "--json" }, MODE_STATUS, VERBOSE | JSON, "" },

		{ { "arm64" }, MODE_INSTALL, 0, "arm64|" },
		{ { "all" }, MODE_INSTALL, 0, "all|" },
		{ { "s390x", "arm64", "all" }, MODE_INSTALL, 0, "s390x|arm64|all|" },
		{ { "arm64,arm", "386" }, MODE_INSTALL, 0, "arm64|arm|386|" },
		{ { ",arm64,,arm," }, MODE_INSTALL, 0, "arm64|arm|" },
		{ { "linux/arm/v7,linux/arm64" },
		  MODE_INSTALL,
		  0,
		  "linux/arm/v7|linux/arm64|" },
		{ { "", "arm64" }, MODE_INSTALL, 0, "arm64|" },
		{ { "arm64", "-n" }, MODE_INSTALL, DRY_RUN, "arm64|" },
		{ { "--dry-run", "arm64" }, MODE_INSTALL, DRY_RUN, "arm64|" },
		{ { "--replace", "arm64" }, MODE_INSTALL, REPLACE, "arm64|" },
		{ { "arm64", "--credentials" }, MODE_INSTALL, CREDENTIALS, "arm64|" },
		{ { "-nv", "--replace", "--credentials", "--json", "--no-verify", "arm" },
		  MODE_INSTALL,
		  DRY_RUN | VERBOSE | REPLACE | CREDENTIALS | JSON | NO_VERIFY,
		  "arm|" },
		{ { "-qq", "-q", "arm" }, MODE_INSTALL, QUIET, "arm|" },
		{ { "--verbose", "arm" }, MODE_INSTALL, VERBOSE, "arm|" },
		{ { "--", "arm" }, MODE_INSTALL, 0, "arm|" },
		{ { "--", "-s" }, MODE_INSTALL, 0, "-s|" },
		{ { "-" }, MODE_INSTALL, 0, "-|" },

		{ { "-r", "arm64" }, MODE_REMOVE, 0, "arm64|" },
		{ { "arm64", "--remove" }, MODE_REMOVE, 0, "arm64|" },
		{ { "--remove", "qemu-*,python3.11" },
		  MODE_REMOVE,
		  0,
		  "qemu-*|python3.11|" },
		{ { "-rn", "all" }, MODE_REMOVE, DRY_RUN, "all|" },
		{ { "-r", "--remove", "all" }, MODE_REMOVE, 0, "all|" },
		{ { "-r", "an entry" }, MODE_REMOVE, 0, "an entry|" },

		/* The form that container users type. */
		{ { "--install", "all" }, MODE_INSTALL, 0, "all|" },
		{ { "--install=arm64,riscv64" }, MODE_INSTALL, 0, "arm64|riscv64|" },
		{ { "--install", "arm64, arm\tppc64\n" },
		  MODE_INSTALL,
		  0,
		  "arm64|arm|ppc64|" },
		{ { "--install", "arm64", "arm" }, MODE_INSTALL, 0, "arm64|arm|" },
		{ { "--install", "arm64", "--install", "arm" },
		  MODE_INSTALL,
		  0,
		  "arm64|arm|" },
		{ { "--uninstall", "qemu-*" }, MODE_REMOVE, 0, "qemu-*|" },
		{ { "--uninstall=arm64", "-r" }, MODE_REMOVE, 0, "arm64|" },

		{ { "-h" }, MODE_HELP, 0, "" },
		{ { "--help" }, MODE_HELP, 0, "" },
		{ { "-r", "--help" }, MODE_HELP, 0, "" },
		{ { "--version" }, MODE_VERSION, 0, "" },
		{ { "arm64", "--version" }, MODE_VERSION, 0, "" },
		{ { "--install", "arm64", "--help", "--bogus" }, MODE_HELP, 0, "arm64|" },
		{ { "--stat" }, MODE_STATUS, 0, "" }, /* getopt's abbreviation */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		char label[200], words[200] = "";
		struct options options;
		struct err err;
		size_t n = 0;

		line_of(row->args, label);
		CHECK_TEXT(label, parse(row->args, &options, &err) ? err.text : "", "");
		CHECK_INT(label, options.mode, row->mode);
		CHECK_INT(label, flags_of(&options), row->flags);
		for (size_t j = 0; j < options.word_count; j++)
			n += snprintf(words + n, sizeof words - n, "%s|",
				      options.words[j]);
		CHECK_TEXT(label, words, row->words);
		CHECK_INT(label, options.timeout_ms, 20000);
		CHECK(label, !options.binfmt_dir && !options.interpreter_dir);
		options_free(&options);
		CHECK(label, !options.words && options.word_count == 0);
	}
}

static void values(void **state)
{
	static const struct row {
		const char *args[ARGS_MAX];
		unsigned timeout_ms;
		const char *binfmt_dir, *interpreter_dir; /* "": not given */
	} rows[] = {
		{ { "--timeout", "1" }, 1000, "", "" },
		{ { "--timeout=90" }, 90000, "", "" },
		{ { "--timeout=3600" }, 3600000, "", "" },
		{ { "--timeout=5", "--timeout=7" }, 7000, "", "" },
		{ { "--timeout=007" }, 7000, "", "" },
		{ { "--binfmt-dir=/binfmt" }, 20000, "/binfmt", "" },
		{ { "--binfmt-dir", "/a b" }, 20000, "/a b", "" },
		{ { "--interpreter-dir=/opt/qemu", "arm64" }, 20000, "", "/opt/qemu" },
		{ { "--interpreter-dir", "/i", "--binfmt-dir", "/b", "arm" },
		  20000,
		  "/b",
		  "/i" },
		{ { "--binfmt-dir=/" }, 20000, "/", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct options options;
		struct err err;
		char label[200];

		line_of(rows[i].args, label);
		CHECK_TEXT(label, parse(rows[i].args, &options, &err) ? err.text : "",
			   "");
		CHECK_INT(label, options.timeout_ms, rows[i].timeout_ms);
		CHECK_TEXT(label, options.binfmt_dir ? options.binfmt_dir : "",
			   rows[i].binfmt_dir);
		CHECK_TEXT(label, options.interpreter_dir ? options.interpreter_dir : "",
			   rows[i].interpreter_dir);
		options_free(&options);
	}
}

static void bad_lines(void **state)
{
	static const struct row {
		const char *args[ARGS_MAX], *says;
	} rows[] = {
		{ { "--bogus" }, "--bogus|no such option|--help" },
		{ { "arm64", "--bogus=3", "arm" }, "--bogus=3|no such option" },
		{ { "-x" }, "-x|no such option" },
		{ { "-xq" }, "-x|no such option|!binfmt-install" },
		{ { "-qx" }, "-x|no such option" },
		{ { "-qxq", "arm64" }, "-x|no such option|!arm64" },
		{ { "arm64", "-xq" }, "-x|no such option|!arm64" },
		{ { "-install", "arm64" }, "-i|no such option" },
		{ { "--in=/x" }, "--in=/x" },
		{ { "--json=yes" }, "--json|argument" },
		{ { "--remove=arm64" }, "--remove|argument" },
		{ { "--timeout" }, "--timeout|needs an argument" },
		{ { "arm64", "--interpreter-dir" },
		  "--interpreter-dir|needs an argument" },
		{ { "--binfmt-dir" }, "--binfmt-dir|needs an argument" },
		{ { "--install" }, "--install|needs an argument" },
		{ { "--uninstall" }, "--uninstall|needs an argument" },
		{ { "--timeout=0" }, "--timeout=0|1 to 3600" },
		{ { "--timeout=3601" }, "--timeout=3601|1 to 3600" },
		{ { "--timeout=-1" }, "--timeout=-1|1 to 3600" },
		{ { "--timeout=+1" }, "1 to 3600" },
		{ { "--timeout= 1" }, "1 to 3600" },
		{ { "--timeout=1s" }, "--timeout=1s|1 to 3600" },
		{ { "--timeout=1.5" }, "1 to 3600" },
		{ { "--timeout=0x10" }, "1 to 3600" },
		{ { "--timeout=" }, "1 to 3600" },
		{ { "--timeout=99999999999999999999999" }, "1 to 3600" },
		{ { "--timeout=4294967297" }, "1 to 3600" },
		{ { "--binfmt-dir=binfmt" }, "--binfmt-dir=binfmt|whole path" },
		{ { "--binfmt-dir=" }, "--binfmt-dir=|whole path" },
		{ { "--interpreter-dir=./x", "arm" },
		  "--interpreter-dir=./x|whole path" },
		{ { "--remove" }, "--remove|what" },
		{ { "-r", "," }, "--remove|what" },
		{ { "--uninstall", "" }, "what" },
		{ { "--install", "" }, "--install|what" },
		{ { "--install=, ," }, "--install|what" },
		{ { "--replace" }, "--replace" },
		{ { "--credentials" }, "--credentials" },
		{ { "--replace", "-r", "arm" }, "--replace" },
		{ { "--credentials", "-s", "arm" }, "--credentials" },
		{ { "--dry-run" }, "--dry-run" },
		{ { "-ns", "arm64" }, "--dry-run" },
		{ { "-qv" }, "--quiet|--verbose" },
		{ { "-q", "--verbose", "arm64" }, "--quiet|--verbose" },
		{ { "-r", "-s", "arm" }, "--status|--remove" },
		{ { "-s", "-r", "arm" }, "--remove|--status" },
		{ { "--install=arm", "--uninstall=arm" }, "--uninstall|--install" },
		{ { "--uninstall=arm", "--install=arm" }, "--install|--uninstall" },
		{ { "--install=arm", "-r" }, "--remove|--install" },
		{ { "--install=arm", "-s" }, "--status|--install" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct options options;
		struct err err;
		char label[200];

		line_of(rows[i].args, label);
		CHECK_INT(label, parse(rows[i].args, &options, &err), -EINVAL);
		CHECK_INT(label, err.code, EINVAL);
		CHECK_SAYS(label, err.text, rows[i].says);
		options_free(&options);
	}
}

static const struct option_row {
	const char *help; /* what stands left of the explanation */
	const char *value;
} every[] = {
	{ "-r, --remove", NULL },
	{ "-s, --status", NULL },
	{ "-n, --dry-run", NULL },
	{ "    --replace", NULL },
	{ "    --json", NULL },
	{ "    --credentials", NULL },
	{ "    --interpreter-dir=DIR", "/x" },
	{ "    --binfmt-dir=DIR", "/x" },
	{ "    --no-verify", NULL },
	{ "    --timeout=SECONDS", "5" },
	{ "-q, --quiet", NULL },
	{ "-v, --verbose", NULL },
	{ "    --version", NULL },
	{ "-h, --help", NULL },
	{ "    --install=LIST", "arm" },
	{ "    --uninstall=LIST", "arm" },
};

static char *help_text(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	options_help(out);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* A line of its own for each option, with an explanation. */
static void help_has_every_option(void **state)
{
	char *help = help_text(), line[80];

	(void)state;
	for (size_t i = 0; i < COUNT(every); i++) {
		const char *at;

		snprintf(line, sizeof line, "\n  %s ", every[i].help);
		at = strstr(help, line);
		CHECK(every[i].help, at != NULL);
		at += strlen(line);
		at += strspn(at, " ");
		CHECK(every[i].help, strcspn(at, "\n") > 8);
		CHECK(every[i].help, strstr(at, line) == NULL);
	}
	CHECK_SAYS("help", help, "Usage: binfmt-install|Exit status|ARCH|--remove arm64");
	free(help);
}

/* What --help shows is what is understood, in its long and its short form. */
static void help_tells_the_truth(void **state)
{
	char *help = help_text(), *save = NULL;
	size_t count = 0;

	(void)state;
	for (char *line = strtok_r(help, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char name[60], brief[3] = "", *equals;
		const char *args[] = { name, NULL, NULL };
		struct options options;
		struct err err;

		if (strncmp(line, "  -", 3) && strncmp(line, "      --", 8))
			continue;
		count++;
		snprintf(name, sizeof name, "%.*s", (int)strcspn(line + 6, " "),
			 line + 6);
		equals = strchr(name, '=');
		if (equals)
			*equals = '\0';
		CHECK(line, !strncmp(name, "--", 2));
		parse(args, &options, &err);
		options_free(&options);
		CHECK_SAYS(line, err.text,
			   equals ? "needs an argument"
				  : "!no such|!needs an argument|!takes no");
		if (line[2] != '-')
			continue;
		memcpy(brief, line + 2, 2);
		args[0] = brief;
		parse(args, &options, &err);
		options_free(&options);
		CHECK_SAYS(line, err.text, "!no such|!needs an argument");
	}
	assert_true(count >= COUNT(every));
	free(help);
}

static void every_option_takes_its_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(every); i++) {
		char name[60];
		const char *args[] = { name, every[i].value, NULL };
		struct options options;
		struct err err;

		snprintf(name, sizeof name, "%.*s", (int)strcspn(every[i].help + 4, "="),
			 every[i].help + 4);
		parse(args, &options, &err);
		options_free(&options);
		CHECK_SAYS(
			every[i].help, err.text,
			"!no such option|!needs an argument|!takes no|!whole path|!3600");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_lines),
		cmocka_unit_test(values),
		cmocka_unit_test(bad_lines),
		cmocka_unit_test(help_has_every_option),
		cmocka_unit_test(help_tells_the_truth),
		cmocka_unit_test(every_option_takes_its_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
