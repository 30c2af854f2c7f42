/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>

#include "binfmt/plan.h"

/* arm64's rule, and one that differs from it in the machine. */
#define BYTES(text) ((const uint8_t *)(text))
#define MAGIC	    BYTES("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\267\0")
#define OTHER_MAGIC BYTES("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\363\0")
#define MASK                                                   \
	BYTES("\377\377\377\377\377\377\377\0\377\377\377\377" \
	      "\377\377\377\377\376\377\377\377")

#define OURS	 "qemu-aarch64"
#define STAND_IN "binfmt-install.qemu-aarch64"

/* An entry that is registered, the newest first. */
struct have {
	const char *name, *flags;
	enum { FINE, DISABLED, OF_OTHERS, EXTENSION, UNREADABLE } how;
};

/* What was found out, and what was asked for. */
enum {
	NATIVE = 1,
	NO_INTERP = 2,
	WORKS = 4, /* what answers now */
	FAILS = 8,
	REPLACE_IT = 16,
	CREDENTIALS = 32,
	OLD_KERNEL = 64, /* before 5.12 */
};

#define OBSTACLE "there is none; install qemu-user-static"
#define FAULT	 "it printed nothing"

/* A step as it must be; of `reason` and `rival` see unit_says(). */
struct want {
	enum plan_action action;
	const char *name, *flags, *reason, *rival;
};

/* Macros that are initializers, and a table: */
/* clang-format off */
#define OTHERS \
	{ { "python3.11", "", OF_OTHERS }, { "jar", "", EXTENSION }, \
	  { "WSLInterop", "PF", OF_OTHERS } }
#define NOTHING	  { { 0 } }
#define MINE	  { OURS, "OPF", FINE }
#define RIVAL	  { "other", "F", FINE }
#define STANDS_IN { STAND_IN, "OPF", FINE }

#define KEEP(rival)	      { PLAN_KEEP, OURS, "", NULL, rival }
#define KEEP_NATIVE	      { PLAN_KEEP, OURS, "", "by itself|arm64", NULL }
#define ADD(flags, rival)     { PLAN_ADD, OURS, flags, NULL, rival }
#define REPLACE(reason)	      { PLAN_REPLACE, OURS, "OPF", reason, NULL }
#define REFUSE(reason, rival) { PLAN_REFUSE, OURS, "", reason, rival }
#define CLEAR		      { PLAN_REMOVE, STAND_IN, "", "a run that was ended", NULL }

#define WE_ARE_NEWER   "entry other|same magic|" OURS " is newer|!in place of"
#define OTHER_IS_NEWER "entry other|is newer|in place of " OURS "|--replace"

static const struct row {
	const char *label;
	unsigned facts;
	struct have have[4];
	struct want want[3];
} rows[] = {
	/* Nothing of that name is there. */
	{ "nothing there", 0, NOTHING, { ADD("OPF", NULL) } },
	{ "an old kernel", OLD_KERNEL, NOTHING, { ADD("OF", NULL) } },
	{ "--credentials", CREDENTIALS, NOTHING, { ADD("OPFC", NULL) } },
	{ "--credentials, an old kernel", CREDENTIALS | OLD_KERNEL, NOTHING,
	  { ADD("OFC", NULL) } },
	{ "--replace, nothing there", REPLACE_IT, NOTHING, { ADD("OPF", NULL) } },
	{ "no interpreter", NO_INTERP, NOTHING, { REFUSE(OBSTACLE "|!entry", NULL) } },
	{ "entries of others", 0, OTHERS, { ADD("OPF", NULL) } },

	/* What the machine runs by itself is never registered. */
	{ "native", NATIVE, NOTHING, { KEEP_NATIVE } },
	{ "native, no interpreter", NATIVE | NO_INTERP, NOTHING, { KEEP_NATIVE } },
	{ "native, --replace", NATIVE | REPLACE_IT | CREDENTIALS, NOTHING,
	  { KEEP_NATIVE } },
	{ "native, with an entry", NATIVE | FAILS, { { OURS, "F", FINE } },
	  { { PLAN_REMOVE, OURS, "", "by itself", NULL } } },

	/* A working entry is kept, whoever made it. */
	{ "works", WORKS, { MINE }, { KEEP(NULL) } },
	{ "works, no interpreter", WORKS | NO_INTERP, { { OURS, "F", FINE } },
	  { KEEP(NULL) } },
	{ "works, with fewer flags", WORKS, { { OURS, "F", FINE } }, { KEEP(NULL) } },
	{ "works, with C", WORKS, { { OURS, "POCF", FINE } }, { KEEP(NULL) } },
	{ "works, with a later flag", WORKS, { { OURS, "PXF", FINE } }, { KEEP(NULL) } },
	{ "--no-verify", 0, { MINE }, { KEEP(NULL) } },
	{ "works, --replace", WORKS | REPLACE_IT, { MINE }, { REPLACE("asked for") } },
	{ "works, --replace, no interpreter", WORKS | REPLACE_IT | NO_INTERP, { MINE },
	  { REFUSE(OBSTACLE "|!entry", NULL) } },
	{ "works, --credentials", WORKS | CREDENTIALS, { MINE },
	  { { PLAN_REPLACE, OURS, "OPFC", "C flag", NULL } } },
	{ "works, --credentials, with C", WORKS | CREDENTIALS, { { OURS, "POCF", FINE } },
	  { KEEP(NULL) } },
	{ "works, --credentials, no interpreter", WORKS | CREDENTIALS | NO_INTERP,
	  { MINE }, { REFUSE(OURS "|C flag|" OBSTACLE, NULL) } },

	/* A broken one is registered again. */
	{ "disabled", 0, { { OURS, "OPF", DISABLED } }, { REPLACE("disabled") } },
	{ "disabled, an old kernel", OLD_KERNEL, { { OURS, "OPF", DISABLED } },
	  { { PLAN_REPLACE, OURS, "OF", "disabled", NULL } } },
	{ "without F", 0, { { OURS, "OPC", FINE } },
	  { REPLACE("no F flag|containers") } },
	{ "without F, works here", WORKS, { { OURS, "OP", FINE } },
	  { REPLACE("F flag") } },
	{ "without flags", WORKS, { { OURS, "", FINE } }, { REPLACE("F flag") } },
	{ "wrong magic", 0, { { OURS, "OPF", OF_OTHERS } }, { REPLACE("magic|arm64") } },
	{ "an extension", 0, { { OURS, "OPF", EXTENSION } }, { REPLACE("magic") } },
	{ "unreadable", 0, { { OURS, "", UNREADABLE } }, { REPLACE("cannot be read") } },
	{ "fails", FAILS, { MINE }, { REPLACE("does not work|" FAULT) } },
	{ "fails, --replace", FAILS | REPLACE_IT, { MINE },
	  { REPLACE("does not work|" FAULT "|!asked for") } },
	{ "fails, without C, --credentials", FAILS | CREDENTIALS, { MINE },
	  { { PLAN_REPLACE, OURS, "OPFC", FAULT, NULL } } },

	/* What is broken and cannot be mended is told with both reasons. */
	{ "disabled, no interpreter", NO_INTERP, { { OURS, "OPF", DISABLED } },
	  { REFUSE(OURS "|disabled|" OBSTACLE, NULL) } },
	{ "without F, no interpreter", NO_INTERP | WORKS, { { OURS, "OP", FINE } },
	  { REFUSE(OURS "|F flag|" OBSTACLE, NULL) } },
	{ "fails, no interpreter", NO_INTERP | FAILS, { MINE },
	  { REFUSE(OURS "|does not work|" FAULT "|" OBSTACLE, NULL) } },

	/* Another entry takes the same programs; the newest wins. */
	{ "a rival alone, works", WORKS, { RIVAL }, { ADD("OPF", WE_ARE_NEWER) } },
	{ "a rival alone, fails", FAILS, { { "other", "", FINE } },
	  { ADD("OPF", WE_ARE_NEWER) } },
	{ "a rival alone, disabled", 0, { { "other", "F", DISABLED } },
	  { ADD("OPF", NULL) } },
	{ "a rival alone, no interpreter", WORKS | NO_INTERP, { RIVAL },
	  { REFUSE(OBSTACLE, "entry other takes") } },
	{ "an older rival", WORKS, { MINE, RIVAL }, { KEEP(WE_ARE_NEWER) } },
	{ "an older rival, fails", FAILS, { MINE, RIVAL },
	  { { PLAN_REPLACE, OURS, "OPF", "does not work|" FAULT "|!other",
	      WE_ARE_NEWER } } },
	{ "an older rival, --replace, no interpreter", WORKS | REPLACE_IT | NO_INTERP,
	  { MINE, RIVAL }, { REFUSE(OBSTACLE, WE_ARE_NEWER) } },
	{ "a newer rival, works", WORKS, { RIVAL, MINE }, { KEEP(OTHER_IS_NEWER) } },
	{ "a newer rival, not tried", 0, { RIVAL, MINE }, { KEEP(OTHER_IS_NEWER) } },
	{ "a newer rival, works, --replace", WORKS | REPLACE_IT, { RIVAL, MINE },
	  { { PLAN_REPLACE, OURS, "OPF", "asked for", WE_ARE_NEWER } } },
	{ "a newer rival, fails", FAILS, { { "other", "", FINE }, MINE },
	  { { PLAN_REPLACE, OURS, "OPF", "entry other|does not work|" FAULT,
	      WE_ARE_NEWER } } },
	{ "a newer rival, fails, no interpreter", FAILS | NO_INTERP,
	  { { "other", "", FINE }, MINE },
	  { REFUSE("entry other|" FAULT "|" OBSTACLE, "entry other takes") } },
	{ "a newer rival, ours disabled", WORKS, { RIVAL, { OURS, "OPF", DISABLED } },
	  { { PLAN_REPLACE, OURS, "OPF", "disabled", WE_ARE_NEWER } } },
	{ "a newer rival, disabled", WORKS,
	  { { "other", "F", DISABLED }, { OURS, "F", FINE } }, { KEEP(NULL) } },
	{ "a newer entry of another magic", WORKS,
	  { { "other", "F", OF_OTHERS }, { OURS, "F", FINE } }, { KEEP(NULL) } },
	{ "a rival whose name is not to be shown as it is", WORKS,
	  { { "a\033[m", "F", FINE } }, { ADD("OPF", "a\\x1b[m|!\033") } },

	/* What a run left that was killed while it replaced the entry. */
	{ "a stand-in alone", WORKS, { STANDS_IN }, { ADD("OPF", NULL), CLEAR } },
	{ "a stand-in, newer", WORKS, { STANDS_IN, MINE }, { KEEP(NULL), CLEAR } },
	{ "a stand-in, older", WORKS, { MINE, STANDS_IN }, { KEEP(NULL), CLEAR } },
	{ "a stand-in, ours disabled", WORKS, { STANDS_IN, { OURS, "F", DISABLED } },
	  { REPLACE("disabled"), CLEAR } },
	{ "a stand-in that fails", FAILS, { STANDS_IN, { OURS, "F", FINE } },
	  { REPLACE("does not work"), CLEAR } },
	{ "a stand-in alone, disabled", 0, { { STAND_IN, "OPF", DISABLED } },
	  { ADD("OPF", NULL), CLEAR } },
	/* It is all that works; so it stays. */
	{ "a stand-in alone, no interpreter", WORKS | NO_INTERP, { STANDS_IN },
	  { REFUSE(OBSTACLE, NULL) } },
	{ "a stand-in, ours disabled, no interpreter", WORKS | NO_INTERP,
	  { STANDS_IN, { OURS, "F", DISABLED } },
	  { REFUSE("disabled|" OBSTACLE, NULL) } },
	{ "a stand-in, native", NATIVE, { STANDS_IN }, { KEEP_NATIVE, CLEAR } },
	{ "another's stand-in", 0,
	  { { "binfmt-install.qemu-riscv64", "OPF", OF_OTHERS } }, { ADD("OPF", NULL) } },
	{ "a stand-in, then a rival, no interpreter", WORKS | NO_INTERP,
	  { STANDS_IN, RIVAL },
	  { REFUSE(OBSTACLE, "!" OURS " is newer|!takes") } },
	{ "a stand-in, ours disabled, a rival, no interpreter", WORKS | NO_INTERP,
	  { STANDS_IN, { OURS, "F", DISABLED }, RIVAL },
	  { REFUSE("disabled|" OBSTACLE, "!" OURS " is newer|!takes") } },
	/* Once it is gone, the rival answers. */
	{ "a stand-in, then a rival, then ours", WORKS, { STANDS_IN, RIVAL, MINE },
	  { KEEP(OTHER_IS_NEWER), CLEAR } },
};
/* clang-format on */

static struct entry make_entry(const struct have *have)
{
	struct entry entry = {
		.name = have->name,
		.kind = ENTRY_MAGIC,
		.readable = have->how != UNREADABLE,
		.enabled = have->how != DISABLED && have->how != UNREADABLE,
		.interpreter = "/usr/bin/qemu-aarch64",
		.flags = have->flags,
		.extension = "",
		.size = 20,
		.magic = have->how == OF_OTHERS ? OTHER_MAGIC : MAGIC,
		.mask = MASK,
	};

	if (have->how == EXTENSION || have->how == UNREADABLE) {
		entry.kind = have->how == EXTENSION ? ENTRY_EXTENSION : ENTRY_UNKNOWN;
		entry.extension = have->how == EXTENSION ? "exe" : "";
		entry.magic = entry.mask = NULL;
		entry.size = 0;
	}
	return entry;
}

static struct wish make_wish(const char *arch, unsigned facts)
{
	return (struct wish){
		.arch = arch_find(arch),
		.native = facts & NATIVE ? NATIVE_YES : NATIVE_NO,
		.interpreter = facts & NO_INTERP ? NULL : "/usr/bin/qemu-aarch64-static",
		.obstacle = OBSTACLE,
		.tried = facts & WORKS	 ? TRIED_WORKS
			 : facts & FAILS ? TRIED_FAILS
					 : TRIED_NOT,
		.fault = FAULT,
	};
}

static void check_step(const char *label, const struct plan_step *step,
		       const struct want *want)
{
	CHECK_TEXT(label, step->name, want->name);
	CHECK_TEXT(label, plan_action_name(step->action), plan_action_name(want->action));
	CHECK_TEXT(label, step->flags, want->flags);
	CHECK_SAYS(label, step->reason, want->reason);
	CHECK_SAYS(label, step->rival, want->rival);
	CHECK(label, step->arch && !strcmp(step->arch->name, "arm64"));
}

static void install_one(void **state)
{
	static struct plan plan;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		const struct wish wish = make_wish("arm64", row->facts);
		const struct plan_options options = {
			.replace = row->facts & REPLACE_IT,
			.credentials = row->facts & CREDENTIALS,
			.argv0 = !(row->facts & OLD_KERNEL),
		};
		struct entry entries[COUNT(row->have)];
		struct snapshot snapshot = { .entries = entries };
		struct err err = { 0 };
		size_t count = 0;

		while (row->have[snapshot.count].name) {
			entries[snapshot.count] = make_entry(&row->have[snapshot.count]);
			snapshot.count++;
		}
		memset(&plan, 0xa5, sizeof plan);
		CHECK_INT(row->label,
			  plan_install(&wish, 1, &snapshot, &options, &plan, &err), 0);
		while (row->want[count].name)
			count++;
		CHECK_INT(row->label, plan.count, count);
		for (size_t j = 0; j < count; j++)
			check_step(row->label, &plan.steps[j], &row->want[j]);
		CHECK_INT(row->label, plan.steps[0].native,
			  row->facts & NATIVE && plan.steps[0].action == PLAN_KEEP);
	}
}

/* The list's order is the plan's, and a stand-in goes right behind the real entry. */
static void install_in_order(void **state)
{
	static const struct have have[] = {
		{ "qemu-riscv64", "F", OF_OTHERS },
		{ STAND_IN, "F", FINE },
		{ "binfmt-install.qemu-s390x", "F", OF_OTHERS },
		{ "python3.11", "", OF_OTHERS },
	};
	static const struct order_row {
		const char *name;
		enum plan_action action;
	} want[] = {
		{ "qemu-s390x", PLAN_ADD },
		{ "binfmt-install.qemu-s390x", PLAN_REMOVE },
		{ "qemu-riscv64", PLAN_KEEP },
		{ OURS, PLAN_ADD },
		{ STAND_IN, PLAN_REMOVE },
		{ "qemu-i386", PLAN_REFUSE },
		{ "qemu-x86_64", PLAN_KEEP },
		{ "qemu-mips64el", PLAN_ADD },
	};
	const struct wish wishes[] = {
		make_wish("s390x", 0),	    make_wish("riscv64", WORKS),
		make_wish("arm64", 0),	    make_wish("386", NO_INTERP),
		make_wish("amd64", NATIVE), make_wish("mips64le", 0),
	};
	const struct plan_options options = { .argv0 = true };
	struct entry entries[COUNT(have)];
	const struct snapshot snapshot = { entries, COUNT(have), NULL };
	static struct plan plan;
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(have); i++)
		entries[i] = make_entry(&have[i]);
	assert_int_equal(
		plan_install(wishes, COUNT(wishes), &snapshot, &options, &plan, &err), 0);
	assert_int_equal(plan.count, COUNT(want));
	for (size_t i = 0; i < COUNT(want); i++) {
		CHECK_TEXT(want[i].name, plan.steps[i].name, want[i].name);
		CHECK_TEXT(want[i].name, plan_action_name(plan.steps[i].action),
			   plan_action_name(want[i].action));
	}
	assert_int_equal(plan_install(NULL, 0, &snapshot, &options, &plan, &err), 0);
	assert_int_equal(plan.count, 0);
}

static void install_too_many(void **state)
{
	static const struct row_of_many {
		const char *label;
		size_t wishes;
		bool stand_in;
		int rc;
	} many[] = {
		{ "all that there is room for", PLAN_MAX, false, 0 },
		{ "one more", PLAN_MAX + 1, false, -E2BIG },
		{ "one more, a stand-in", PLAN_MAX, true, -E2BIG },
		{ "half, each with a stand-in", PLAN_MAX / 2, true, 0 },
	};
	const struct have have = { STAND_IN, "F", FINE };
	const struct plan_options options = { .argv0 = true };
	struct wish *wishes = calloc(PLAN_MAX + 1, sizeof *wishes);
	struct plan *plan = malloc(sizeof *plan);
	struct entry entry = make_entry(&have);

	(void)state;
	assert_true(wishes && plan);
	for (size_t i = 0; i <= PLAN_MAX; i++)
		wishes[i] = make_wish("arm64", 0);
	for (size_t i = 0; i < COUNT(many); i++) {
		const struct snapshot snapshot = { &entry, many[i].stand_in, NULL };
		struct err err = { 0 };

		CHECK_INT(many[i].label,
			  plan_install(wishes, many[i].wishes, &snapshot, &options, plan,
				       &err),
			  many[i].rc);
		CHECK_INT(many[i].label, err.code, -many[i].rc);
		CHECK_SAYS(many[i].label, err.text, many[i].rc ? "256" : NULL);
		if (many[i].rc == 0)
			CHECK_INT(many[i].label, plan->count, PLAN_MAX);
	}
	free(wishes);
	free(plan);
}

static void actions(void **state)
{
	static const struct action_row {
		enum plan_action action;
		const char *name;
		bool changes;
	} every[] = {
		{ PLAN_KEEP, "KEEP", false },	   { PLAN_ADD, "ADD", true },
		{ PLAN_REPLACE, "REPLACE", true }, { PLAN_REMOVE, "REMOVE", true },
		{ PLAN_REFUSE, "REFUSE", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(every); i++) {
		const struct plan_step step = { .action = every[i].action };

		CHECK_TEXT(every[i].name, plan_action_name(every[i].action),
			   every[i].name);
		CHECK_INT(every[i].name, plan_step_changes(&step), every[i].changes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(install_one),
		cmocka_unit_test(install_in_order),
		cmocka_unit_test(install_too_many),
		cmocka_unit_test(actions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
