/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "binfmt/entry.h"

#define MAGIC "7f454c460201010000000000000000000200b700"
#define MASK  "ffffffffffffff00fffffffffffffffffeffffff"
#define QEMU  "/usr/bin/qemu-aarch64-static"

/* Texts as kernels show them (bm_entry_read), and what may stand there one day. */
static const struct row {
	const char *label, *text;
	enum entry_kind kind;
	bool enabled;
	const char *interpreter, *flags, *extension;
	size_t offset;
	const char *magic, *mask; /* hex; "" if there is none */
} rows[] = {
	{ "qemu-aarch64",
	  "enabled\ninterpreter " QEMU "\nflags: POF\noffset 0\nmagic " MAGIC
	  "\nmask " MASK "\n",
	  ENTRY_MAGIC, true, QEMU, "POF", "", 0, MAGIC, MASK },
	{ "disabled",
	  "disabled\ninterpreter " QEMU "\nflags: POCF\noffset 0\nmagic " MAGIC
	  "\nmask " MASK "\n",
	  ENTRY_MAGIC, false, QEMU, "POCF", "", 0, MAGIC, MASK },
	{ "python3.11",
	  "enabled\ninterpreter /usr/bin/python3.11\nflags: \noffset 0\nmagic a70d0d0a\n",
	  ENTRY_MAGIC, true, "/usr/bin/python3.11", "", "", 0, "a70d0d0a", "" },
	{ "jar",
	  "enabled\ninterpreter /usr/bin/jexec\nflags: \noffset 0\nmagic 504b0304\n",
	  ENTRY_MAGIC, true, "/usr/bin/jexec", "", "", 0, "504b0304", "" },
	{ "WSLInterop", "enabled\ninterpreter /init\nflags: PF\noffset 0\nmagic 4d5a\n",
	  ENTRY_MAGIC, true, "/init", "PF", "", 0, "4d5a", "" },
	{ "extension", "enabled\ninterpreter /usr/bin/wine\nflags: \nextension .exe\n",
	  ENTRY_EXTENSION, true, "/usr/bin/wine", "", "exe", 0, "", "" },
	{ "extension with a dot",
	  "enabled\ninterpreter /w\nflags: F\nextension .tar.gz\n", ENTRY_EXTENSION, true,
	  "/w", "F", "tar.gz", 0, "", "" },
	{ "offset", "enabled\ninterpreter /i\nflags: F\noffset 128\nmagic 4d5a\n",
	  ENTRY_MAGIC, true, "/i", "F", "", 128, "4d5a", "" },
	{ "flags and a space",
	  "enabled\ninterpreter /i\nflags: OC \noffset 0\nmagic 4d5a\n", ENTRY_MAGIC,
	  true, "/i", "OC ", "", 0, "4d5a", "" },
	{ "flags of a later kernel",
	  "enabled\ninterpreter /i\nflags: PXF\noffset 0\nmagic 4d5a\n", ENTRY_MAGIC,
	  true, "/i", "PXF", "", 0, "4d5a", "" },
	{ "lines of a later kernel",
	  "enabled\nnamespace 4026531837\ninterpreter /i\nflags: F\ncolour blue\n"
	  "offset 0\nmagic 4d5a\nmask ffff\nshadow 1\n\n",
	  ENTRY_MAGIC, true, "/i", "F", "", 0, "4d5a", "ffff" },
	{ "a type of a later kernel",
	  "enabled\ninterpreter /i\nflags: F\nprogram bpf_7\n", ENTRY_UNKNOWN, true, "/i",
	  "F", "", 0, "", "" },
	{ "an interpreter with blanks",
	  "enabled\ninterpreter /opt/my qemu/a b \nflags: F\noffset 0\nmagic 4d5a\n",
	  ENTRY_MAGIC, true, "/opt/my qemu/a b ", "F", "", 0, "4d5a", "" },
	/* A newline in the path must not pass for a line of the kernel's. */
	{ "a disabled one whose path says enabled",
	  "disabled\ninterpreter /a\nenabled\nflags: F\noffset 0\nmagic 4d5a\n",
	  ENTRY_MAGIC, false, "/a", "F", "", 0, "4d5a", "" },
	{ "an enabled one whose path says disabled",
	  "enabled\ninterpreter /a\ndisabled\nflags: F\noffset 0\nmagic 4d5a\n",
	  ENTRY_MAGIC, true, "/a", "F", "", 0, "4d5a", "" },
	{ "a path that says extension",
	  "enabled\ninterpreter /a\nextension .b\nflags: F\noffset 0\nmagic 4d5a\n",
	  ENTRY_MAGIC, true, "/a", "F", "", 0, "4d5a", "" },
	{ "upper case digits",
	  "enabled\ninterpreter /i\nflags: F\noffset 0\nmagic A9B0cFf9\n", ENTRY_MAGIC,
	  true, "/i", "F", "", 0, "a9b0cff9", "" },
	{ "no newline at the end",
	  "enabled\ninterpreter /i\nflags: F\noffset 0\nmagic 4d5a", ENTRY_MAGIC, true,
	  "/i", "F", "", 0, "4d5a", "" },
	{ "empty", "", ENTRY_UNKNOWN, false, "", "", "", 0, "", "" },
	{ "newlines", "\n\n\n", ENTRY_UNKNOWN, false, "", "", "", 0, "", "" },
	{ "garbage", "\001\377 enabled\nmagic\nflags:\nmask \ninterpreter", ENTRY_UNKNOWN,
	  false, "", "", "", 0, "", "" },
	{ "enabled is not the whole line", "enabled?\nmagic 4d5a\n", ENTRY_MAGIC, false,
	  "", "", "", 0, "4d5a", "" },
	{ "a magic of an odd number of digits", "enabled\noffset 0\nmagic 4d5\n",
	  ENTRY_UNKNOWN, true, "", "", "", 0, "", "" },
	{ "an empty magic", "enabled\noffset 0\nmagic \n", ENTRY_UNKNOWN, true, "", "",
	  "", 0, "", "" },
	{ "a magic that is not hex", "enabled\noffset 0\nmagic 4d5x\n", ENTRY_UNKNOWN,
	  true, "", "", "", 0, "", "" },
	{ "a magic whose first digit is none", "enabled\noffset 0\nmagic x44d\n",
	  ENTRY_UNKNOWN, true, "", "", "", 0, "", "" },
	{ "a magic with a blank", "enabled\noffset 0\nmagic 4d 5a\n", ENTRY_UNKNOWN, true,
	  "", "", "", 0, "", "" },
	{ "offset that is no number", "enabled\noffset x\nmagic 4d5a\n", ENTRY_MAGIC,
	  true, "", "", "", 0, "4d5a", "" },
};

static void texts_of_entries(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		char *text = unit_copy(row->text, strlen(row->text));
		struct entry entry;

		memset(&entry, 0xa5, sizeof entry);
		entry_parse("name", text, &entry);
		CHECK_TEXT(row->label, entry.name, "name");
		CHECK_INT(row->label, entry.kind, row->kind);
		CHECK_INT(row->label, entry.readable, true);
		CHECK_INT(row->label, entry.enabled, row->enabled);
		CHECK_TEXT(row->label, entry.interpreter, row->interpreter);
		CHECK_TEXT(row->label, entry.flags, row->flags);
		CHECK_TEXT(row->label, entry.extension, row->extension);
		CHECK_INT(row->label, entry.offset, row->offset);
		if (row->kind == ENTRY_MAGIC) {
			CHECK_HEX(row->label, entry.magic, entry.size, row->magic);
			CHECK_INT(row->label, entry.mask != NULL, *row->mask != '\0');
		}
		if (row->kind == ENTRY_MAGIC && entry.mask)
			CHECK_HEX(row->label, entry.mask, entry.size, row->mask);
		free(text);
	}
}

/* A mask that cannot be understood: then nobody knows what the entry takes. */
static void odd_masks(void **state)
{
	static const struct mask_row {
		const char *label, *mask;
		enum entry_kind want;
	} masks[] = {
		{ "as long as the magic", "ffff", ENTRY_MAGIC },
		{ "shorter than the magic", "ff", ENTRY_UNKNOWN },
		{ "longer than the magic", "ffffff", ENTRY_UNKNOWN },
		{ "an odd number of digits", "fff", ENTRY_UNKNOWN },
		{ "not hex", "ffxx", ENTRY_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(masks); i++) {
		struct entry entry;
		char text[100];

		snprintf(text, sizeof text, "enabled\noffset 0\nmagic 4d5a\nmask %s\n",
			 masks[i].mask);
		entry_parse("name", text, &entry);
		CHECK_INT(masks[i].label, entry.kind, masks[i].want);
		CHECK_INT(masks[i].label, entry_matches(&entry, (const uint8_t *)"MZ", 2),
			  masks[i].want == ENTRY_MAGIC);
	}
}

static void texts_cut_anywhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t length = strlen(rows[i].text);

		for (size_t n = 0; n < length; n++) {
			char *text = unit_copy(rows[i].text, n), label[100];
			const uint8_t head[64] = { 0 };
			struct entry entry;

			snprintf(label, sizeof label, "%s, cut to %zu", rows[i].label, n);
			entry_parse("name", text, &entry);
			/* All that it points to is there to be read. */
			CHECK(label, strlen(entry.interpreter) <= n);
			CHECK(label, strlen(entry.flags) + strlen(entry.extension) <= n);
			CHECK(label, entry.kind != ENTRY_MAGIC || entry.size > 0);
			CHECK(label, 2 * entry.size <= n);
			CHECK(label, n < 7 ? !entry.enabled : true);
			entry_matches(&entry, head, sizeof head);
			free(text);
		}
	}
}

static void flags_of_entries(void **state)
{
	struct entry entry = { .flags = "POF " };

	(void)state;
	assert_true(entry_has_flag(&entry, 'P'));
	assert_true(entry_has_flag(&entry, 'O'));
	assert_true(entry_has_flag(&entry, 'F'));
	assert_false(entry_has_flag(&entry, 'C'));
	assert_false(entry_has_flag(&entry, 'f'));
	entry.flags = "";
	assert_false(entry_has_flag(&entry, 'F'));
}

static void files_that_match(void **state)
{
	static const struct match_row {
		const char *label, *text, *head;
		size_t size;
		bool want;
	} matches[] = {
		{ "magic", "enabled\noffset 0\nmagic 4d5a\n", "MZxx", 4, true },
		{ "another magic", "enabled\noffset 0\nmagic 4d5a\n", "MYxx", 4, false },
		{ "disabled is not asked here", "disabled\noffset 0\nmagic 4d5a\n", "MZ",
		  2, true },
		{ "offset", "enabled\noffset 2\nmagic 4d5a\n", "xxMZ", 4, true },
		{ "offset, at the start", "enabled\noffset 2\nmagic 4d5a\n", "MZxx", 4,
		  false },
		{ "a file too short", "enabled\noffset 0\nmagic 4d5a\n", "M", 1, false },
		{ "mask", "enabled\noffset 0\nmagic 4d5a\nmask ff00\n", "Mx", 2, true },
		{ "mask, wrong byte", "enabled\noffset 0\nmagic 4d5a\nmask 00ff\n", "Mx",
		  2, false },
		{ "extension", "enabled\nextension .MZ\n", "MZ", 2, false },
		{ "a later type", "enabled\nprogram MZ\n", "MZ", 2, false },
		{ "offset below zero", "enabled\noffset -1\nmagic 4d5a\n", "MZ", 2,
		  false },
		{ "offset too large",
		  "enabled\noffset 99999999999999999999\nmagic 4d5a\n", "MZ", 2, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(matches); i++) {
		char *text = unit_copy(matches[i].text, strlen(matches[i].text));
		struct entry entry;

		entry_parse("name", text, &entry);
		CHECK_INT(matches[i].label,
			  entry_matches(&entry, (const uint8_t *)matches[i].head,
					matches[i].size),
			  matches[i].want);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_of_entries),   cmocka_unit_test(odd_masks),
		cmocka_unit_test(texts_cut_anywhere), cmocka_unit_test(flags_of_entries),
		cmocka_unit_test(files_that_match),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
