/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>

#include "binfmt/plan.h"

#define WORDS_MAX 6

/* What is registered, the newest first, unless a row says otherwise. */
static const char *const usual[] = {
	"qemu-s390x", "python3.11", "qemu-aarch64",
	"WSLInterop", "jar",	    "qemu-hexagon",
	"qemu",	      "wine.exe",   "binfmt-install.qemu-arm",
	NULL,
};

struct want {
	enum plan_action action;
	const char *name, *arch, *reason; /* arch NULL: none that we know */
};

#define ARM64                                              \
	{                                                  \
		PLAN_REMOVE, "qemu-aarch64", "arm64", NULL \
	}
#define S390X                                            \
	{                                                \
		PLAN_REMOVE, "qemu-s390x", "s390x", NULL \
	}
#define HEXAGON                                         \
	{                                               \
		PLAN_REMOVE, "qemu-hexagon", NULL, NULL \
	}
#define LEFT                                                        \
	{                                                           \
		PLAN_REMOVE, "binfmt-install.qemu-arm", "arm", NULL \
	}
#define ABSENT "not registered"
#define NOBODY "full name"
/* By architecture, those of none last. */
#define EVERYTHING                          \
	{                                   \
		LEFT, ARM64, S390X, HEXAGON \
	}

static const struct row {
	const char *label, *words[WORDS_MAX];
	struct want want[WORDS_MAX];
	const char *const *have; /* NULL: the usual */
} rows[] = {
	/* By architecture, in any spelling. */
	{ .label = "arm64", .words = { "arm64" }, .want = { ARM64 } },
	{ .label = "AArch64", .words = { "AArch64" }, .want = { ARM64 } },
	{ .label = "linux/arm64", .words = { "linux/arm64" }, .want = { ARM64 } },
	{ .label = "qemu-aarch64-static",
	  .words = { "qemu-aarch64-static" },
	  .want = { ARM64 } },
	{ .label = "QEMU-s390x", .words = { "QEMU-s390x" }, .want = { S390X } },

	/* By name. */
	{ .label = "qemu-aarch64", .words = { "qemu-aarch64" }, .want = { ARM64 } },
	{ .label = "of an architecture we do not know",
	  .words = { "qemu-hexagon" },
	  .want = { HEXAGON } },
	{ .label = "python's, by full name",
	  .words = { "python3.11" },
	  .want = { { PLAN_REMOVE, "python3.11", NULL, NULL } } },
	{ .label = "WSL's, by full name",
	  .words = { "WSLInterop" },
	  .want = { { PLAN_REMOVE, "WSLInterop", NULL, NULL } } },
	{ .label = "an entry named as an architecture",
	  .words = { "arm" },
	  .want = { { PLAN_REMOVE, "qemu-arm", "arm", NULL } },
	  .have = (const char *const[]){ "qemu-arm", "arm", NULL } },
	{ .label = "an entry named as an architecture that has none",
	  .words = { "arm" },
	  .want = { { PLAN_REMOVE, "arm", NULL, NULL } },
	  .have = (const char *const[]){ "qemu-s390x", "arm", NULL } },
	{ .label = "another's entry named as a glob",
	  .words = { "*" },
	  .want = { { PLAN_REMOVE, "qemu-arm", "arm", NULL } },
	  .have = (const char *const[]){ "qemu-arm", "*", NULL } },
	{ .label = "another's entry named all",
	  .words = { "all" },
	  .want = { { PLAN_REMOVE, "qemu-arm", "arm", NULL } },
	  .have = (const char *const[]){ "qemu-arm", "all", NULL } },

	/* By glob: QEMU's alone. */
	{ .label = "all", .words = { "all" }, .want = EVERYTHING },
	{ .label = "ALL", .words = { "ALL" }, .want = EVERYTHING },
	{ .label = "*", .words = { "*" }, .want = EVERYTHING },
	{ .label = "qemu-*", .words = { "qemu-*" }, .want = EVERYTHING },
	{ .label = "qemu-a*", .words = { "qemu-a*" }, .want = { LEFT, ARM64 } },
	{ .label = "qemu-[rs]390?", .words = { "qemu-[rs]390?" }, .want = { S390X } },
	{ .label = "*x*", .words = { "*x*" }, .want = { S390X, HEXAGON } },
	{ .label = "python*",
	  .words = { "python*" },
	  .want = { { PLAN_KEEP, "python*", NULL, NOBODY } } },
	{ .label = "WSL*",
	  .words = { "WSL*" },
	  .want = { { PLAN_KEEP, "WSL*", NULL, NOBODY } } },
	{ .label = "?ar",
	  .words = { "?ar" },
	  .want = { { PLAN_KEEP, "?ar", NULL, NOBODY } } },
	{ .label = "QEMU-*",
	  .words = { "QEMU-*" },
	  .want = { { PLAN_KEEP, "QEMU-*", NULL, NOBODY } } },
	{ .label = "qemu-m*, none there",
	  .words = { "qemu-m*" },
	  .want = { { PLAN_KEEP, "qemu-m*", NULL, NOBODY } } },
	{ .label = "all, of others alone",
	  .words = { "all" },
	  .want = { { PLAN_KEEP, "all", NULL, NOBODY } },
	  .have = (const char *const[]){ "python3.11", "jar", "qemu", NULL } },
	{ .label = "all, nothing there",
	  .words = { "all" },
	  .want = { { PLAN_KEEP, "all", NULL, NOBODY } },
	  .have = (const char *const[]){ NULL } },

	/* What is absent is as it should be. */
	{ .label = "absent, by architecture",
	  .words = { "ppc64el" },
	  .want = { { PLAN_KEEP, "qemu-ppc64le", "ppc64le", ABSENT } } },
	{ .label = "absent, by name",
	  .words = { "qemu-ppc64le" },
	  .want = { { PLAN_KEEP, "qemu-ppc64le", "ppc64le", ABSENT } } },
	{ .label = "absent, one we do not know",
	  .words = { "qemu-sparc64" },
	  .want = { { PLAN_KEEP, "qemu-sparc64", NULL, ABSENT } } },
	{ .label = "absent, nothing there",
	  .words = { "arm64" },
	  .want = { { PLAN_KEEP, "qemu-aarch64", "arm64", ABSENT } },
	  .have = (const char *const[]){ NULL } },

	/* What a killed run left goes with the entry. */
	{ .label = "a stand-in alone",
	  .words = { "armhf" },
	  .want = { { PLAN_KEEP, "qemu-arm", "arm", ABSENT }, LEFT } },
	{ .label = "an entry and its stand-in",
	  .words = { "arm" },
	  .want = { { PLAN_REMOVE, "qemu-arm", "arm", NULL }, LEFT },
	  .have = (const char *const[]){ "binfmt-install.qemu-arm", "qemu-arm", NULL } },
	{ .label = "an entry by name, and its stand-in",
	  .words = { "qemu-arm" },
	  .want = { { PLAN_REMOVE, "qemu-arm", "arm", NULL }, LEFT },
	  .have = (const char *const[]){ "qemu-arm", "binfmt-install.qemu-arm", NULL } },

	/* What is no name of anything. */
	{ .label = "arm65",
	  .words = { "arm65" },
	  .want = { { PLAN_REFUSE, "arm65", NULL,
		      "arm65|neither|did you mean|arm64" } } },
	{ .label = "aarch46",
	  .words = { "aarch46" },
	  .want = { { PLAN_REFUSE, "aarch46", NULL, "did you mean arm64" } } },
	{ .label = "windows",
	  .words = { "windows" },
	  .want = { { PLAN_REFUSE, "windows", NULL, "windows|neither|!did you mean" } } },
	{ .label = "Python3.11",
	  .words = { "Python3.11" },
	  .want = { { PLAN_REFUSE, "Python3.11", NULL, "neither" } } },
	{ .label = "control bytes",
	  .words = { "a\033m\n" },
	  .want = { { PLAN_REFUSE, "a\033m\n", NULL, "a\\x1bm\\x0a|!\033|!\n" } } },

	/* Several. */
	{ .label = "the order given",
	  .words = { "s390x", "jar", "arm64" },
	  .want = { S390X, { PLAN_REMOVE, "jar", NULL, NULL }, ARM64 } },
	{ .label = "the same in four spellings",
	  .words = { "arm64", "qemu-aarch64", "aarch64", "arm64" },
	  .want = { ARM64 } },
	{ .label = "absent twice",
	  .words = { "ppc64", "qemu-ppc64" },
	  .want = { { PLAN_KEEP, "qemu-ppc64", "ppc64", ABSENT } } },
	{ .label = "unknown twice",
	  .words = { "windows", "windows" },
	  .want = { { PLAN_REFUSE, "windows", NULL, "neither" } } },
	{ .label = "python's twice",
	  .words = { "python3.11", "python3.11" },
	  .want = { { PLAN_REMOVE, "python3.11", NULL, NULL } } },
	{ .label = "one, then all",
	  .words = { "s390x", "all" },
	  .want = { S390X, LEFT, ARM64, HEXAGON } },
	{ .label = "all, then one", .words = { "all", "s390x" }, .want = EVERYTHING },
	{ .label = "all twice", .words = { "all", "qemu-*" }, .want = EVERYTHING },
	{ .label = "all, and another's",
	  .words = { "all", "jar" },
	  .want = { LEFT, ARM64, S390X, HEXAGON, { PLAN_REMOVE, "jar", NULL, NULL } } },
	{ .label = "good, bad, good",
	  .words = { "arm64", "windows", "s390x" },
	  .want = { ARM64, { PLAN_REFUSE, "windows", NULL, "neither" }, S390X } },
	{ .label = "no words", .words = { NULL }, .want = { { 0 } } },
};

static size_t make_entries(const char *const *names, struct entry *entries)
{
	size_t n = 0;

	for (; names[n]; n++)
		entries[n] = (struct entry){
			.name = names[n],
			.kind = n % 2 ? ENTRY_UNKNOWN : ENTRY_MAGIC,
			.readable = n % 3 != 0,
			.enabled = n % 2,
			.interpreter = "/i",
			.flags = "",
			.extension = "",
		};
	return n;
}

static size_t count_words(const char *const words[WORDS_MAX])
{
	size_t n = 0;

	while (n < WORDS_MAX && words[n])
		n++;
	return n;
}

static void remove_what_is_named(void **state)
{
	static struct plan plan;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct entry entries[16];
		const struct snapshot snapshot = {
			entries, make_entries(row->have ? row->have : usual, entries),
			NULL
		};
		struct err err = { 0 };
		size_t count = 0;

		memset(&plan, 0xa5, sizeof plan);
		CHECK_INT(row->label,
			  plan_remove(row->words, count_words(row->words), &snapshot,
				      &plan, &err),
			  0);
		for (; count < WORDS_MAX && row->want[count].name; count++) {
			const struct want *want = &row->want[count];
			const struct plan_step *step = &plan.steps[count];

			CHECK(row->label, plan.count > count);
			CHECK_TEXT(row->label, step->name, want->name);
			CHECK_TEXT(row->label, plan_action_name(step->action),
				   plan_action_name(want->action));
			CHECK_TEXT(row->label, step->arch ? step->arch->name : "none",
				   want->arch ? want->arch : "none");
			CHECK_SAYS(row->label, step->reason, want->reason);
			CHECK_TEXT(row->label, step->flags, "");
			CHECK_TEXT(row->label, step->rival, "");
			CHECK_INT(row->label, step->native, false);
		}
		CHECK_INT(row->label, plan.count, count);
	}
}

/* Entries of others: nothing but the full name means them. */
static void others_are_never_meant(void **state)
{
	static const char *const others[] = {
		"python3.11",	 "jar",	       "WSLInterop",	 "WSLInterop-late",
		"rosetta",	 "FEX-x86_64", "box64",		 "qemu",
		"aarch64-linux", "QEMU-arm",   "binfmt-install", NULL
	};
	static const char *const words[] = { "all",   "*",     "?*",   "*[a-zA-Z0-9]*",
					     "[!q]*", "*-*",   "WSL*", "python3.1?",
					     "*64*",  "amd64", "arm",  "qemu-*" };
	struct entry entries[16];
	const struct snapshot snapshot = { entries, make_entries(others, entries), NULL };
	static struct plan plan;
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		CHECK_INT(words[i], plan_remove(&words[i], 1, &snapshot, &plan, &err), 0);
		for (size_t j = 0; j < plan.count; j++)
			CHECK(words[i], !plan_step_changes(&plan.steps[j]));
	}
	for (size_t i = 0; others[i]; i++) {
		CHECK_INT(others[i], plan_remove(&others[i], 1, &snapshot, &plan, &err),
			  0);
		CHECK_INT(others[i], plan.count, 1);
		CHECK_INT(others[i], plan.steps[0].action, PLAN_REMOVE);
		CHECK_TEXT(others[i], plan.steps[0].name, others[i]);
	}
}

static void remove_too_many(void **state)
{
	static char names[PLAN_MAX + 1][16];
	static const char *words[PLAN_MAX + 1], *all = "all";
	static struct entry entries[PLAN_MAX + 1];
	struct plan *plan = malloc(sizeof *plan);

	(void)state;
	assert_non_null(plan);
	for (size_t i = 0; i <= PLAN_MAX; i++) {
		snprintf(names[i], sizeof names[i], "qemu-%zu", i);
		entries[i].name = words[i] = names[i];
	}
	/* By a glob, by the names of what is there, and of what is not. */
	for (size_t n = PLAN_MAX; n <= PLAN_MAX + 1; n++) {
		const struct snapshot full = { entries, n, NULL }, empty = { 0 };
		int want = n > PLAN_MAX ? -E2BIG : 0;
		struct err err = { 0 };

		assert_int_equal(plan_remove(&all, 1, &full, plan, &err), want);
		assert_int_equal(err.code, -want);
		assert_int_equal(plan_remove(words, n, &full, plan, &err), want);
		assert_int_equal(plan_remove(words, n, &empty, plan, &err), want);
		assert_int_equal(err.code, -want);
		CHECK_SAYS("message", err.text, want ? "256" : NULL);
		if (want == 0)
			assert_int_equal(plan->count, PLAN_MAX);
	}
	free(plan);
}

/* A word longer than any name is an error, and a long one is cut where it is shown. */
static void remove_long_word(void **state)
{
	static struct plan plan;
	static char word[5001];
	const char *words[] = { word };
	const struct snapshot snapshot = { 0 };
	struct err err = { 0 };

	(void)state;
	memset(word, 'w', 255);
	assert_int_equal(plan_remove(words, 1, &snapshot, &plan, &err), 0);
	assert_int_equal(plan.count, 1);
	assert_int_equal(plan.steps[0].action, PLAN_REFUSE);
	assert_string_equal(plan.steps[0].name, word);
	CHECK_SAYS("255 bytes", plan.steps[0].reason, "wwwwwwwwww|neither|--status");
	word[255] = 'w';
	assert_int_equal(plan_remove(words, 1, &snapshot, &plan, &err), -EINVAL);
	CHECK_SAYS("256 bytes", err.text, "wwwwwwwwww|255");
	memset(word, '*', 5000);
	assert_int_equal(plan_remove(words, 1, &snapshot, &plan, &err), -EINVAL);
	assert_int_equal(err.code, EINVAL);
	assert_true(strlen(err.text) < 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(remove_what_is_named),
		cmocka_unit_test(others_are_never_meant),
		cmocka_unit_test(remove_too_many),
		cmocka_unit_test(remove_long_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
