/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <elf.h>
#include <errno.h>

#include "binfmt/rule.h"

/* As everybody in the field registers them; see also the mask exceptions of each. */
static void magic_and_mask(void **state)
{
	static const struct row {
		const char *name, *magic, *mask;
	} rows[] = {
		{ "arm64", "7f454c460201010000000000000000000200b700",
		  "ffffffffffffff00fffffffffffffffffeffffff" },
		{ "arm", "7f454c4601010100000000000000000002002800",
		  "ffffffffffffff00fffffffffffffffffeffffff" },
		{ "s390x", "7f454c4602020100000000000000000000020016",
		  "ffffffffffffff00fffffffffffffffffffeffff" },
		{ "ppc64le", "7f454c4602010100000000000000000002001500",
		  "ffffffffffffff00fffffffffffffffffeffff00" },
		{ "ppc64", "7f454c4602020100000000000000000000020015",
		  "ffffffffffffff00fffffffffffffffffffeffff" },
		{ "riscv64", "7f454c460201010000000000000000000200f300",
		  "ffffffffffffff00fffffffffffffffffeffffff" },
		{ "riscv32", "7f454c460101010000000000000000000200f300",
		  "ffffffffffffff00fffffffffffffffffeffffff" },
		{ "386", "7f454c4601010100000000000000000002000300",
		  "fffffffffffefe00fffffffffffffffffeffffff" },
		{ "amd64", "7f454c4602010100000000000000000002003e00",
		  "fffffffffffefe00fffffffffffffffffeffffff" },
		{ "mips64", "7f454c4602020100000000000000000000020008",
		  "ffffffffffffff0000fffffffffffffffffeffff" },
		{ "mips64le", "7f454c4602010100000000000000000002000800",
		  "ffffffffffffff0000fffffffffffffffeffffff" },
		{ "loong64", "7f454c4602010100000000000000000002000201",
		  "fffffffffffffffc00fffffffffffffffeffffff" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct arch *arch = arch_find(rows[i].name);
		struct rule rule;

		CHECK(rows[i].name, arch != NULL);
		memset(&rule, 0xa5, sizeof rule);
		rule_of(arch, &rule);
		CHECK_HEX(rows[i].name, rule.magic, sizeof rule.magic, rows[i].magic);
		CHECK_HEX(rows[i].name, rule.mask, sizeof rule.mask, rows[i].mask);
	}
}

/* Fields of an ELF header by their place in it; a row changes one or two bytes. */
enum { TYPE = 16, MACHINE = 18 };

static void programs_that_match(void **state)
{
	static const struct row {
		const char *label, *arch;
		unsigned at, value;
		bool want;
	} rows[] = {
		{ "ET_EXEC", "arm64", TYPE, ET_EXEC, true },
		{ "ET_DYN, a PIE", "arm64", TYPE, ET_DYN, true },
		{ "ET_NONE", "arm64", TYPE, ET_NONE, false },
		{ "ET_REL, an object file", "arm64", TYPE, ET_REL, false },
		{ "ET_CORE", "arm64", TYPE, ET_CORE, false },
		{ "the high byte of e_type", "arm64", TYPE + 1, 1, false },
		{ "OSABI System V", "arm64", EI_OSABI, ELFOSABI_SYSV, true },
		{ "OSABI GNU", "arm64", EI_OSABI, ELFOSABI_GNU, true },
		{ "OSABI standalone", "arm64", EI_OSABI, ELFOSABI_STANDALONE, true },
		{ "ABI version", "arm64", EI_ABIVERSION, 1, false },
		{ "padding", "arm64", EI_PAD, 1, false },
		{ "another class", "arm64", EI_CLASS, ELFCLASS32, false },
		{ "another byte order", "arm64", EI_DATA, ELFDATA2MSB, false },
		{ "another version", "arm64", EI_VERSION, 2, false },
		{ "another machine", "arm64", MACHINE, EM_X86_64, false },
		{ "the machine's high byte", "arm64", MACHINE + 1, 1, false },
		{ "no ELF", "arm64", 0, '#', false },
		{ "ET_DYN, big-endian", "s390x", TYPE + 1, ET_DYN, true },
		{ "ET_REL, big-endian", "s390x", TYPE + 1, ET_REL, false },
		{ "OSABI GNU, big-endian", "s390x", EI_OSABI, ELFOSABI_GNU, true },
		{ "high byte of e_type, big-endian", "s390x", TYPE, 1, false },
		{ "ET_DYN", "386", TYPE, ET_DYN, true },
		{ "ET_DYN", "amd64", TYPE, ET_DYN, true },
		{ "OSABI GNU", "amd64", EI_OSABI, ELFOSABI_GNU, true },
		{ "ET_CORE", "amd64", TYPE, ET_CORE, false },
		{ "ABI version", "mips64", EI_ABIVERSION, 5, true },
		{ "ABI version", "mips64le", EI_ABIVERSION, 5, true },
		{ "ABI version", "loong64", EI_ABIVERSION, 1, true },
		{ "OSABI GNU", "loong64", EI_OSABI, ELFOSABI_GNU, true },
		{ "OSABI of others", "loong64", EI_OSABI, 4, false },
		{ "OSABI GNU", "mips64", EI_OSABI, ELFOSABI_GNU, true },
		{ "the machine's high byte", "ppc64le", MACHINE + 1, 1, true },
		{ "another machine", "ppc64le", MACHINE, EM_S390, false },
		{ "the machine's high byte", "ppc64", MACHINE, 1, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t head[64];
		struct rule rule;
		char label[80];

		snprintf(label, sizeof label, "%s: %s", rows[i].arch, rows[i].label);
		rule_of(arch_find(rows[i].arch), &rule);
		memset(head, 0xee, sizeof head); /* what follows does not count */
		memcpy(head, rule.magic, RULE_SIZE);
		CHECK(label, rule_matches(rule.magic, rule.mask, RULE_SIZE, 0, head, 64));
		head[rows[i].at] = rows[i].value;
		CHECK_INT(label,
			  rule_matches(rule.magic, rule.mask, RULE_SIZE, 0, head, 64),
			  rows[i].want);
	}
}

static void matching_has_limits(void **state)
{
	static const struct row {
		const char *label, *magic, *mask;
		size_t size, offset;
		const char *head;
		size_t head_size;
		bool want;
	} rows[] = {
		{ "no mask, equal", "abcd", NULL, 4, 0, "abcdX", 5, true },
		{ "no mask, a bit is wrong", "abcd", NULL, 4, 0, "abceX", 5, false },
		{ "mask of all", "abcd", "\377\377\377\377", 4, 0, "abcd", 4, true },
		{ "mask of none", "abcd", "\0\0\0\0", 4, 0, "wxyz", 4, true },
		{ "masked bit", "abcd", "\377\377\377\376", 4, 0, "abce", 4, true },
		{ "bit beside the mask", "abcd", "\377\377\377\376", 4, 0, "abcf", 4,
		  false },
		{ "magic with bits outside the mask", "a\1", "\377\0", 2, 0, "a\2", 2,
		  true },
		{ "the file is as long", "abcd", NULL, 4, 0, "abcd", 4, true },
		{ "the file is a byte shorter", "abcd", NULL, 4, 0, "abc", 3, false },
		{ "the file is empty", "abcd", NULL, 4, 0, "", 0, false },
		{ "an empty magic", "", NULL, 0, 0, "abcd", 4, false },
		{ "offset", "cd", NULL, 2, 2, "abcd", 4, true },
		{ "offset, wrong", "cd", NULL, 2, 1, "abcd", 4, false },
		{ "offset to a byte behind", "cd", NULL, 2, 3, "abcd", 4, false },
		{ "offset to the end", "cd", NULL, 2, 4, "abcd", 4, false },
		{ "offset behind the end", "cd", NULL, 2, 5, "abcd", 4, false },
		{ "offset that overflows", "cd", NULL, 2, SIZE_MAX, "abcd", 4, false },
		{ "size that overflows", "cd", NULL, SIZE_MAX, 1, "abcd", 4, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_INT(rows[i].label,
			  rule_matches((const uint8_t *)rows[i].magic,
				       (const uint8_t *)rows[i].mask, rows[i].size,
				       rows[i].offset, (const uint8_t *)rows[i].head,
				       rows[i].head_size),
			  rows[i].want);
}

static void line_of_arm64(void **state)
{
	char line[RULE_LINE_MAX + 1];
	struct rule rule;
	struct err err;

	(void)state;
	rule_of(arch_find("arm64"), &rule);
	assert_int_equal(rule_format(&rule, "qemu-aarch64",
				     "/usr/bin/qemu-aarch64-static", "OPF", line, &err),
			 0);
	assert_string_equal(line, ":qemu-aarch64:M::"
				  "\\x7f\\x45\\x4c\\x46\\x02\\x01\\x01\\x00\\x00\\x00"
				  "\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\xb7\\x00:"
				  "\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\xff\\xff"
				  "\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\xff:"
				  "/usr/bin/qemu-aarch64-static:OPF");
}

static void delimiters(void **state)
{
	static const struct row {
		const char *label, *name, *path, *begin, *end; /* begin NULL: -EINVAL */
	} rows[] = {
		{ "plain", "n", "/q", ":n:M::\\x7f", "\\xff:/q:F" },
		{ "colon in the path", "n", "/a:b", "|n|M||\\x7f", "\\xff|/a:b|F" },
		{ "colon in the name", "n:m", "/q", "|n:m|M||\\x7f", "\\xff|/q|F" },
		{ "two taken", "n", "/a:b|c", ";n;M;;\\x7f", "\\xff;/a:b|c;F" },
		{ "three taken", "n", "/:|;", ",n,M,,\\x7f", "\\xff,/:|;,F" },
		{ "one by the name", "n|", "/:;", ",n|,M,,\\x7f", "\\xff,/:;,F" },
		{ "all but one taken", "n", "/:|;,", "!n!M!!\\x7f", "\\xff!/:|;,!F" },
		{ "all taken", "n", "/:|;,!", NULL, NULL },
		{ "all taken by both", ":|", "/;,!", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		char line[RULE_LINE_MAX + 1];
		struct err err = { 0 };
		struct rule rule;
		int rc;

		rule_of(arch_find("arm64"), &rule);
		rc = rule_format(&rule, row->name, row->path, "F", line, &err);
		CHECK_INT(row->label, rc, row->begin ? 0 : -EINVAL);
		if (rc) {
			CHECK_INT(row->label, err.code, EINVAL);
			CHECK_SAYS(row->label, err.text, row->path);
			continue;
		}
		CHECK(row->label, !strncmp(line, row->begin, strlen(row->begin)));
		CHECK_TEXT(row->label, line + strlen(line) - strlen(row->end), row->end);
	}
}

/* With a name and a flag of one byte, 170 of the 1920 bytes are not the path's. */
static void long_paths(void **state)
{
	static const struct row {
		size_t length;
		int rc;
	} rows[] = {
		{ 1000, 0 },
		{ 1749, 0 },
		{ 1750, 0 },
		{ 1751, -ENAMETOOLONG },
		{ 1752, -ENAMETOOLONG },
		{ 4095, -ENAMETOOLONG },
		{ 9000, -ENAMETOOLONG },
	};
	char path[9001];
	struct rule rule;

	(void)state;
	rule_of(arch_find("arm64"), &rule);
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *line = malloc(RULE_LINE_MAX + 1), label[32];
		struct err err = { 0 };

		assert_non_null(line);
		snprintf(label, sizeof label, "%zu bytes", rows[i].length);
		memset(path, 'p', rows[i].length);
		path[0] = '/';
		path[rows[i].length] = '\0';
		CHECK_INT(label, rule_format(&rule, "n", path, "F", line, &err),
			  rows[i].rc);
		CHECK_INT(label, err.code, -rows[i].rc);
		if (rows[i].rc == 0)
			CHECK_INT(label, strlen(line), 170 + rows[i].length);
		free(line);
	}
}

static void flags(void **state)
{
	static const struct row {
		const char *flags;
		bool want;
	} rows[] = {
		{ "F", true },	  { "OPF", true },  { "POCF", true },	{ "FCOP", true },
		{ "CF", true },	  { "", false },    { "P", false },	{ "OP", false },
		{ "POC", false }, { "FF", false },  { "POPF", false },	{ "f", false },
		{ "FX", false },  { "XF", false },  { " F", false },	{ "F ", false },
		{ "F:", false },  { "F\n", false }, { "OPFC:", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_INT(rows[i].flags, rule_flags_valid(rows[i].flags), rows[i].want);
}

static void names(void **state)
{
	static const struct row {
		const char *name;
		bool want;
	} rows[] = {
		{ "qemu-aarch64", true }, { "a", true },	 { "a b", true },
		{ "...", true },	  { ".a", true },	 { "register2", true },
		{ "Status", true },	  { "", false },	 { ".", false },
		{ "..", false },	  { "register", false }, { "status", false },
		{ "/", false },		  { "a/b", false },	 { "../etc", false },
	};
	char name[257];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_INT(rows[i].name, rule_name_valid(rows[i].name), rows[i].want);
	memset(name, 'n', 256);
	name[256] = '\0';
	assert_false(rule_name_valid(name));
	name[255] = '\0';
	assert_true(rule_name_valid(name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(magic_and_mask),
		cmocka_unit_test(programs_that_match),
		cmocka_unit_test(matching_has_limits),
		cmocka_unit_test(line_of_arm64),
		cmocka_unit_test(delimiters),
		cmocka_unit_test(long_paths),
		cmocka_unit_test(flags),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
