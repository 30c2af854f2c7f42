/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>

#include "helper/ops.h"

#define WORDS_MAX 6

static int parse(const char *const *words, struct ops *ops, struct err *err)
{
	char *argv[WORDS_MAX + 2] = { "binfmt-helper" };
	int argc = 1;

	for (; *words; words++)
		argv[argc++] = (char *)*words;
	return ops_parse(argc, argv, ops, err);
}

static void one_operation(void **state)
{
	static const struct row {
		const char *word;
		enum op_kind kind;
		const char *arch, *flags, *name; /* NULL: not of this kind */
	} rows[] = {
		{ "add:aarch64:OPF", OP_ADD, "arm64", "OPF", NULL },
		{ "add:arm:F", OP_ADD, "arm", "F", NULL },
		{ "add:x86_64:OF", OP_ADD, "amd64", "OF", NULL },
		{ "replace:mips64el:OPFC", OP_REPLACE, "mips64le", "OPFC", NULL },
		{ "replace:ppc64:POCF", OP_REPLACE, "ppc64", "POCF", NULL },
		{ "remove:qemu-aarch64", OP_REMOVE, NULL, NULL, "qemu-aarch64" },
		{ "remove:qemu-hexagon", OP_REMOVE, NULL, NULL, "qemu-hexagon" },
		{ "remove:qemu-a:b", OP_REMOVE, NULL, NULL, "qemu-a:b" },
		{ "remove:binfmt-install.qemu-arm", OP_REMOVE, NULL, NULL,
		  "binfmt-install.qemu-arm" },
		{ "remove-other:python3.11", OP_REMOVE, NULL, NULL, "python3.11" },
		{ "remove-other:qemu-arm", OP_REMOVE, NULL, NULL, "qemu-arm" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		const char *const words[] = { row->word, NULL };
		struct err err = { 0 };
		struct ops ops;

		memset(&ops, 0xa5, sizeof ops);
		CHECK_INT(row->word, parse(words, &ops, &err), 0);
		CHECK_INT(row->word, ops.count, 1);
		CHECK_INT(row->word, ops.list[0].kind, row->kind);
		CHECK(row->word, ops.list[0].word == row->word);
		CHECK(row->word, !ops.list[0].arch == !row->arch);
		CHECK(row->word, !ops.list[0].name == !row->name);
		if (row->arch) {
			CHECK_TEXT(row->word, ops.list[0].arch->name, row->arch);
			CHECK_TEXT(row->word, ops.list[0].flags, row->flags);
		} else {
			CHECK_TEXT(row->word, ops.list[0].name, row->name);
		}
		CHECK(row->word,
		      !ops.mount && !ops.locked && !ops.dir && !ops.interpreter_dir);
	}
}

static void several_words(void **state)
{
	static const struct row {
		const char *label, *words[WORDS_MAX];
		bool mount, locked;
		const char *dir, *interpreter_dir;
		size_t count;
	} rows[] = {
		{ .label = "mount alone", .words = { "mount" }, .mount = true },
		{ .label = "mount and add",
		  .words = { "mount", "add:arm:F" },
		  .mount = true,
		  .count = 1 },
		{ .label = "mount behind",
		  .words = { "add:arm:F", "mount" },
		  .mount = true,
		  .count = 1 },
		{ .label = "locked",
		  .words = { "locked", "remove:qemu-arm" },
		  .locked = true,
		  .count = 1 },
		{ .label = "dir",
		  .words = { "dir:/binfmt", "add:arm:F" },
		  .dir = "/binfmt",
		  .count = 1 },
		{ .label = "dir with a colon",
		  .words = { "dir:/a:b", "add:arm:F" },
		  .dir = "/a:b",
		  .count = 1 },
		{ .label = "both folders",
		  .words = { "interpreter-dir:/i", "add:arm:F", "dir:/b", "add:s390x:F" },
		  .dir = "/b",
		  .interpreter_dir = "/i",
		  .count = 2 },
		{ .label = "an entry and its stand-in",
		  .words = { "replace:arm:F", "remove:binfmt-install.qemu-arm" },
		  .count = 2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct err err = { 0 };
		struct ops ops;

		CHECK_INT(row->label, parse(row->words, &ops, &err), 0);
		CHECK_INT(row->label, ops.mount, row->mount);
		CHECK_INT(row->label, ops.locked, row->locked);
		CHECK_TEXT(row->label, ops.dir ? ops.dir : "", row->dir ? row->dir : "");
		CHECK_TEXT(row->label, ops.interpreter_dir ? ops.interpreter_dir : "",
			   row->interpreter_dir ? row->interpreter_dir : "");
		CHECK_INT(row->label, ops.count, row->count);
	}
}

static void order_is_kept(void **state)
{
	const char *const words[] = { "remove:qemu-hexagon", "add:s390x:F",
				      "replace:arm:OF", "remove-other:jar", NULL };
	struct err err = { 0 };
	struct ops ops;

	(void)state;
	assert_int_equal(parse(words, &ops, &err), 0);
	assert_int_equal(ops.count, 4);
	for (size_t i = 0; i < 4; i++)
		CHECK_TEXT(words[i], ops.list[i].word, words[i]);
	assert_int_equal(ops.list[0].kind, OP_REMOVE);
	assert_int_equal(ops.list[1].kind, OP_ADD);
	assert_int_equal(ops.list[2].kind, OP_REPLACE);
	assert_int_equal(ops.list[3].kind, OP_REMOVE);
}

#define LONG_NAME                                                                \
	"0123456789012345678901234567890123456789012345678901234567890123456789" \
	"0123456789012345678901234567890123456789012345678901234567890123456789" \
	"0123456789012345678901234567890123456789012345678901234567890123456789" \
	"0123456789012345678901234567890123456789012345678901234567890123456789"

/* All of them are refused with -EINVAL, and the message names the word. */
static void what_is_refused(void **state)
{
	static const struct row {
		const char *words[WORDS_MAX], *says;
	} rows[] = {
		{ { NULL }, "nothing to do" },
		{ { "locked" }, "nothing to do" },
		{ { "dir:/b" }, "nothing to do" },
		{ { "" }, "''" },
		{ { "--help" }, "'--help'" },
		{ { "arm64" }, "'arm64'" },
		{ { "ADD:arm:F" }, "'ADD:arm:F'" },
		{ { "mount:/" }, "'mount:/'" },
		{ { "mounts" }, "'mounts'" },
		{ { "locked:" }, "'locked:'" },
		{ { "add" }, "'add'" },
		{ { "add:" }, "'add:'" },
		{ { "add:arm" }, "'add:arm'" },
		{ { "add:arm:" }, "'add:arm:'|flags" },
		{ { "add::F" }, "'add::F'" },
		{ { "add:arm:OP" }, "'add:arm:OP'|flags" },
		{ { "add:arm:FF" }, "'add:arm:FF'|flags" },
		{ { "add:arm:FX" }, "'add:arm:FX'|flags" },
		{ { "add:arm:F:" }, "'add:arm:F:'|flags" },
		{ { "add:arm:F:x" }, "'add:arm:F:x'|flags" },
		{ { "add:arm:F\n" }, "flags|\\x0a|!\n" },
		/* QEMU's own name, exactly; no other spelling. */
		{ { "add:arm64:F" }, "'add:arm64:F'|architecture" },
		{ { "add:AARCH64:F" }, "architecture" },
		{ { "add:qemu-aarch64:F" }, "architecture" },
		{ { "add:aarch64-static:F" }, "architecture" },
		{ { "add:aarch6:F" }, "architecture" },
		{ { "add:../aarch64:F" }, "architecture" },
		{ { "add: arm:F" }, "architecture" },
		{ { "add:" LONG_NAME ":F" }, "architecture" },
		{ { "replace:hexagon:F" }, "'replace:hexagon:F'|architecture" },
		{ { "remove:" }, "'remove:'" },
		{ { "remove:python3.11" }, "'remove:python3.11'|QEMU" },
		{ { "remove:qemu" }, "'remove:qemu'" },
		{ { "remove:xqemu-arm" }, "'remove:xqemu-arm'" },
		{ { "remove:status" }, "'remove:status'" },
		{ { "remove:qemu-a/../status" }, "'remove:qemu-a/../status'" },
		{ { "remove:qemu-" LONG_NAME }, "name" },
		{ { "remove-other:" }, "'remove-other:'" },
		{ { "remove-other:status" }, "'remove-other:status'" },
		{ { "remove-other:register" }, "'remove-other:register'" },
		{ { "remove-other:.." }, "'remove-other:..'" },
		{ { "remove-other:a/b" }, "'remove-other:a/b'" },
		{ { "dir:", "add:arm:F" }, "'dir:'" },
		{ { "dir:binfmt", "add:arm:F" }, "'dir:binfmt'" },
		{ { "dir:/a", "dir:/a", "add:arm:F" }, "'dir:/a'|twice" },
		{ { "interpreter-dir:x", "add:arm:F" }, "'interpreter-dir:x'" },
		{ { "interpreter-dir:/a", "interpreter-dir:/b", "add:arm:F" },
		  "'interpreter-dir:/b'|twice" },
		{ { "mount", "dir:/a", "add:arm:F" }, "mount|dir" },
		{ { "dir:/a", "mount" }, "mount|dir" },
		{ { "add:arm:F", "bogus" }, "'bogus'|!arm" },
		{ { "bogus", "add:arm:F" }, "'bogus'|!arm" },
		/* One entry, one operation. */
		{ { "add:arm:F", "add:arm:F" }, "'add:arm:F'|same entry" },
		{ { "add:arm:F", "replace:arm:OF" }, "'replace:arm:OF'|same entry" },
		{ { "remove:qemu-arm", "add:arm:F" }, "'add:arm:F'|same entry" },
		{ { "remove:qemu-arm", "remove-other:qemu-arm" },
		  "'remove-other:qemu-arm'|same entry" },
		{ { "remove-other:jar", "mount", "remove-other:jar" }, "same entry" },
		{ { "a\033[31m\tb" }, "'a\\x1b[31m\\x09b'|!\033|!\t" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *label = rows[i].words[0] ? rows[i].words[0] : "no words";
		struct err err = { 0 };
		struct ops ops;

		CHECK_INT(label, parse(rows[i].words, &ops, &err), -EINVAL);
		CHECK_INT(label, err.code, EINVAL);
		CHECK_SAYS(label, err.text, rows[i].says);
	}
}

static void as_many_as_there_is_room_for(void **state)
{
	static char *argv[OPS_MAX + 3] = { "binfmt-helper", "locked" };
	static char words[OPS_MAX + 1][32];
	struct ops *ops = malloc(sizeof *ops);
	struct err err = { 0 };

	(void)state;
	assert_non_null(ops);
	for (size_t i = 0; i < OPS_MAX + 1; i++) {
		snprintf(words[i], sizeof words[i], "remove:qemu-%zu", i);
		argv[2 + i] = words[i];
	}
	assert_int_equal(ops_parse(2 + OPS_MAX, argv, ops, &err), 0);
	assert_int_equal(ops->count, OPS_MAX);
	assert_int_equal(ops_parse(3 + OPS_MAX, argv, ops, &err), -E2BIG);
	assert_int_equal(err.code, E2BIG);
	/* The helper is started with what a plan holds. */
	assert_true(OPS_MAX >= 256);
	free(ops);
}

static void no_arguments_at_all(void **state)
{
	char *argv[] = { NULL };
	struct err err = { 0 };
	struct ops ops;

	(void)state;
	assert_int_equal(ops_parse(0, argv, &ops, &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_operation),
		cmocka_unit_test(several_words),
		cmocka_unit_test(order_is_kept),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(as_many_as_there_is_room_for),
		cmocka_unit_test(no_arguments_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
