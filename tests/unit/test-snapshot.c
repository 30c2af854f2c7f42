/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "binfmt/binfs.h"

#define BYTES(text) ((const uint8_t *)(text))
#define MZ(entry_name, is_enabled)                                         \
	{                                                                  \
		.name = entry_name, .kind = ENTRY_MAGIC, .readable = true, \
		.enabled = is_enabled, .interpreter = "/i", .flags = "F",  \
		.extension = "", .size = 2, .magic = BYTES("MZ")           \
	}

static struct entry entries[] = {
	MZ("disabled", false),
	{ .name = "exe",
	  .kind = ENTRY_EXTENSION,
	  .readable = true,
	  .enabled = true,
	  .interpreter = "/i",
	  .flags = "",
	  .extension = "exe",
	  .magic = BYTES("MZ"),
	  .size = 2 },
	{ .name = "later",
	  .kind = ENTRY_UNKNOWN,
	  .readable = true,
	  .enabled = true,
	  .interpreter = "/i",
	  .flags = "",
	  .extension = "",
	  .magic = BYTES("MZ"),
	  .size = 2 },
	{ .name = "masked",
	  .kind = ENTRY_MAGIC,
	  .readable = true,
	  .enabled = true,
	  .interpreter = "/i",
	  .flags = "",
	  .extension = "",
	  .size = 2,
	  .offset = 1,
	  .magic = BYTES("b\0"),
	  .mask = BYTES("\377\0") },
	MZ("newer", true),
	MZ("older", true),
	MZ("newer", true),
};

static void find_by_name(void **state)
{
	static const struct row {
		const char *name;
		int at; /* -1: there is none */
	} rows[] = {
		{ "disabled", 0 }, { "exe", 1 },     { "later", 2 },
		{ "newer", 4 },	   { "older", 5 },   { "Newer", -1 },
		{ "newe", -1 },	   { "newer2", -1 }, { "", -1 },
	};
	const struct snapshot snapshot = { entries, COUNT(entries), NULL };
	const struct snapshot empty = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct entry *want = rows[i].at < 0 ? NULL : &entries[rows[i].at];

		CHECK(rows[i].name, snapshot_find(&snapshot, rows[i].name) == want);
		CHECK(rows[i].name, snapshot_find(&empty, rows[i].name) == NULL);
	}
}

static void who_answers(void **state)
{
	static const struct row {
		const char *label, *head;
		size_t size, first; /* the snapshot begins with this entry */
		const char *want;   /* NULL: nobody */
	} rows[] = {
		{ "the newest of two, past what does not count", "MZ", 2, 0, "newer" },
		{ "the newest, with nothing before it", "MZ", 2, 4, "newer" },
		{ "the order counts, not the name", "MZ", 2, 5, "older" },
		{ "a longer file", "MZ and more", 11, 0, "newer" },
		{ "a shorter file", "M", 1, 0, NULL },
		{ "an empty file", "", 0, 0, NULL },
		{ "the offset and the mask", "abcd", 4, 0, "masked" },
		{ "the offset is not there", "bb", 2, 0, NULL },
		{ "nobody's", "#!/bin/sh", 9, 0, NULL },
		{ "no entries", "MZ", 2, COUNT(entries), NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct snapshot snapshot = { entries + rows[i].first,
						   COUNT(entries) - rows[i].first, NULL };
		const struct entry *winner =
			snapshot_winner(&snapshot, BYTES(rows[i].head), rows[i].size);

		CHECK(rows[i].label, !winner == !rows[i].want);
		CHECK_TEXT(rows[i].label, winner ? winner->name : "nobody",
			   rows[i].want ? rows[i].want : "nobody");
	}
}

static void entries_are_read(void **state)
{
	static const char good[] =
		"enabled\ninterpreter /i\nflags: F\noffset 0\nmagic 4d5a";
	_cleanup_close_ int dir = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct snapshot snapshot;
	const struct entry *entry;
	char path[UNIT_PATH], name[32], *big = malloc(9000);
	struct err err;

	assert_non_null(big);
	memset(big, 'x', 9000);
	unit_file(*state, "register", "enabled\n", 8, path);
	unit_file(*state, "status", "enabled\n", 8, path);
	unit_file(*state, "empty", "", 0, path);
	unit_file(*state, "too-big", big, 9000, path);
	snprintf(path, sizeof path, "%.40s/folder", (char *)*state);
	assert_int_equal(mkdir(path, 0700), 0);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "entry-%u", i);
		unit_file(*state, name, good, sizeof good - 1, path);
	}
	assert_int_equal(binfs_read(dir, &snapshot, &err), 0);
	assert_int_equal(snapshot.count, 103);
	assert_null(snapshot_find(&snapshot, "register"));
	assert_null(snapshot_find(&snapshot, "status"));
	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "entry-%u", i);
		entry = snapshot_find(&snapshot, name);
		CHECK(name, entry && entry->readable && entry->enabled);
		CHECK_TEXT(name, entry->interpreter, "/i");
		CHECK_HEX(name, entry->magic, entry->size, "4d5a");
	}
	entry = snapshot_find(&snapshot, "empty");
	assert_true(entry && entry->readable && !entry->enabled);
	for (unsigned i = 0; i < 2; i++) {
		entry = snapshot_find(&snapshot, i ? "folder" : "too-big");
		assert_true(entry && !entry->readable && entry->kind == ENTRY_UNKNOWN);
	}
	snapshot_free(&snapshot);
	assert_null(snapshot.entries);
	assert_int_equal(snapshot.count, 0);
	snapshot_free(&snapshot);
	free(big);
}

static void an_empty_instance(void **state)
{
	_cleanup_close_ int dir = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct snapshot snapshot = { .count = 7 };
	struct err err;

	assert_int_equal(binfs_read(dir, &snapshot, &err), 0);
	assert_int_equal(snapshot.count, 0);
	snapshot_free(&snapshot);
	assert_true(binfs_read(-1, &snapshot, &err) < 0);
	assert_int_equal(err.code, EBADF);
}

static void folders_that_are_no_instance(void **state)
{
	char path[UNIT_PATH];
	struct err err = { 0 };
	int dir = -7;

	assert_int_equal(binfs_open(*state, &dir, &err), -ENOTDIR);
	CHECK_SAYS("a plain folder", err.text, *state);
	snprintf(path, sizeof path, "%.40s/missing", (char *)*state);
	assert_int_equal(binfs_open(path, &dir, &err), -ENOENT);
	CHECK_SAYS("missing", err.text, "/missing|--binfmt-dir");
	unit_file(*state, "file", "", 0, path);
	assert_int_equal(binfs_open(path, &dir, &err), -ENOTDIR);
	assert_int_equal(dir, -7);
}

static unsigned waited;

static void count_waiting(int pid)
{
	waited++;
	assert_true(pid == 0 || pid == getpid());
}

static void runs_exclude_each_other(void **state)
{
	_cleanup_close_ int dir = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int first = -1, second = -1;
	char path[UNIT_PATH];
	struct err err = { 0 };

	assert_int_equal(binfs_lock(dir, 0, NULL, &first, &err), -ENOENT);
	unit_file(*state, "status", "enabled\n", 8, path);
	assert_int_equal(binfs_lock(dir, 0, NULL, &first, &err), 0);
	assert_true(first >= 0);
	assert_int_equal(binfs_lock(dir, 30, NULL, &second, &err), -EBUSY);
	assert_int_equal(err.code, EBUSY);
	assert_int_equal(second, -1);
	CHECK_SAYS("held", err.text, "process |wait for it");
	/* After a second the caller is told, once. */
	assert_int_equal(binfs_lock(dir, 1100, count_waiting, &second, &err), -EBUSY);
	assert_int_equal(waited, 1);
	close(first);
	first = -1;
	assert_int_equal(binfs_lock(dir, 1100, count_waiting, &second, &err), 0);
	assert_int_equal(waited, 1);
	assert_true(second >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(find_by_name),
		cmocka_unit_test(who_answers),
		TEST_IN_FOLDER(entries_are_read),
		TEST_IN_FOLDER(an_empty_instance),
		TEST_IN_FOLDER(folders_that_are_no_instance),
		TEST_IN_FOLDER(runs_exclude_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
