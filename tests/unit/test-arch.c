/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <ctype.h>

#include "binfmt/arch.h"

/* What people type, by architecture; the platforms are those of the container world. */
static const struct row {
	const char *name, *qemu, *platforms, *spellings;
} rows[] = {
	{ "386", "i386", "linux/386", "386 i386 i486 i586 i686 x86 ia32 x86-32" },
	{ "amd64", "x86_64", "linux/amd64",
	  "amd64 x86_64 x86-64 x64 amd64/v1 amd64/v2 amd64/v3 amd64/v4" },
	{ "arm", "arm", "linux/arm/v7 linux/arm/v6",
	  "arm armhf armel arm/v5 arm/v6 arm/v7 arm/v8 arm32v5 arm32v6 arm32v7 armv5 "
	  "armv5l armv5tel armv6 armv6l armv7 armv7a armv7l armv8l armv7hl armv7h" },
	{ "arm64", "aarch64", "linux/arm64",
	  "arm64 aarch64 arm64/v8 arm64v8 armv8 aarch64le" },
	{ "loong64", "loongarch64", "linux/loong64",
	  "loong64 loongarch64 loong loongarch" },
	{ "mips64", "mips64", "linux/mips64", "mips64 mips64r2 mips64eb" },
	{ "mips64le", "mips64el", "linux/mips64le", "mips64le mips64el mips64r2el" },
	{ "ppc64", "ppc64", "linux/ppc64", "ppc64 powerpc64" },
	{ "ppc64le", "ppc64le", "linux/ppc64le",
	  "ppc64le ppc64el powerpc64le powerpc64el" },
	{ "riscv32", "riscv32", "linux/riscv32", "riscv32 rv32 rv32gc riscv32gc" },
	{ "riscv64", "riscv64", "linux/riscv64", "riscv64 riscv rv64 rv64gc riscv64gc" },
	{ "s390x", "s390x", "linux/s390x", "s390x s390 zarch" },
};

static void check_means(const char *spelling, const char *name)
{
	const struct arch *arch = arch_find(spelling);

	CHECK(spelling, arch != NULL);
	CHECK_TEXT(spelling, arch->name, name);
}

/* In every dress that people put around it. */
static void check_dressed(const char *word, const char *name)
{
	static const char *const dresses[] = {
		"%s",	     "linux/%s",       "qemu-%s",
		"%s-static", "qemu-%s-static", "linux/qemu-%s"
	};
	char text[100];

	for (size_t i = 0; i < COUNT(dresses); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(text, sizeof text, dresses[i], word);
#pragma GCC diagnostic pop
		check_means(text, name);
		text[0] = toupper((unsigned char)text[0]);
		check_means(text, name);
		for (char *p = text; *p; p++)
			*p = toupper((unsigned char)*p);
		check_means(text, name);
	}
}

static void every_spelling(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *list = strdup(rows[i].spellings), *save = NULL;

		for (char *word = strtok_r(list, " ", &save); word;
		     word = strtok_r(NULL, " ", &save))
			check_dressed(word, rows[i].name);
		free(list);
	}
}

static void facts_of_the_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct arch *arch = arch_find(rows[i].name);
		char platforms[200] = "";
		size_t n = 0;

		CHECK(rows[i].name, arch != NULL);
		CHECK_TEXT(rows[i].name, arch->qemu, rows[i].qemu);
		for (const char *const *p = arch->platforms; *p; p++) {
			check_means(*p, rows[i].name);
			n += snprintf(platforms + n, sizeof platforms - n, "%s%s",
				      n ? " " : "", *p);
		}
		CHECK_TEXT(rows[i].name, platforms, rows[i].platforms);
	}
}

static void table_is_in_order(void **state)
{
	(void)state;
	assert_true(arch_count >= COUNT(rows));
	for (size_t i = 1; i < arch_count; i++)
		CHECK(arch_table[i].name,
		      strcmp(arch_table[i - 1].name, arch_table[i].name) < 0);
}

static const char *spelling_of(const struct arch *arch, size_t index)
{
	return index == 0   ? arch->name
	       : index == 1 ? arch->qemu
			    : arch->aliases[index - 2];
}

/* Whatever interpreters/ says in time to come: a spelling is of one architecture alone.
 */
static void no_spelling_means_two(void **state)
{
	const char *word, *other;

	(void)state;
	for (size_t a = 0; a < arch_count; a++)
		for (size_t i = 0; (word = spelling_of(&arch_table[a], i)); i++) {
			check_means(word, arch_table[a].name);
			for (size_t b = 0; b < arch_count; b++)
				for (size_t j = 0;
				     b != a && (other = spelling_of(&arch_table[b], j));
				     j++)
					CHECK(word, strcasecmp(word, other) != 0);
		}
}

static void what_is_no_name(void **state)
{
	static const char *const words[] = {
		"",
		" ",
		"all",
		"qemu",
		"qemu-",
		"linux",
		"linux/",
		"linux/qemu-",
		"-static",
		"qemu--static",
		"../x",
		"/arm64",
		"arm64/",
		"../arm64",
		"./arm",
		" arm64",
		"arm64 ",
		"arm64,arm",
		"arm64\n",
		"\narm64",
		"arm\0336",
		"\001",
		"\177",
		"\377\376",
		"arm6",
		"armm",
		"64",
		"*",
		"qemu-*",
		"arm64-static-static",
		"qemu-qemu-arm",
		"linux/linux/arm",
		"windows/amd64",
		"arm64/v9",
		"mips",
		"qemu-linux/arm",
	};
	char word[201];

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++)
		CHECK(words[i], arch_find(words[i]) == NULL);
	for (size_t n = 20; n < sizeof word; n++) {
		char *exact;

		memset(word, 'a', n);
		memcpy(word, "arm64", 5);
		exact = unit_copy(word, n);
		CHECK(exact, arch_find(exact) == NULL);
		free(exact);
	}
}

static void nearest_names(void **state)
{
	/* `first` is the first, `among` is one of the names; NULL: there is none. */
	static const struct nearest_row {
		const char *word, *first, *among;
	} nearest[] = {
		{ "arm65", "arm", "arm64" },   /* armv5 is as near */
		{ "amr64", "amd64", "arm64" }, /* one letter off, then two */
		{ "aarch46", "arm64", "arm64" },
		{ "ARM65", "arm", "arm64" },
		{ "linux/arm65", "arm", "arm64" },
		{ "qemu-aarch46-static", "arm64", "arm64" },
		{ "risv64", "riscv64", "riscv64" },
		{ "ppc64l", "ppc64", "ppc64le" },
		{ "s390z", "s390x", "s390x" },
		{ "x86_46", "amd64", "amd64" },
		{ "i387", "386", "386" },
		{ "armv64", "arm",
		  "arm64" }, /* four are near; the best three are named */
		{ "a64", "amd64", "arm64" },
		{ "", NULL, NULL },
		{ "linux/", NULL, NULL },
		{ "z", NULL, NULL },
		{ "python3", NULL, NULL },
		{ "../x", NULL, NULL },
		{ "windows", NULL, NULL },
		{ "zzzzzzzzzzzzzzzzzzzz", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(nearest); i++) {
		const char *word = nearest[i].word, *first = nearest[i].first;
		char out[160] = "?", begin[40], all[170];
		unsigned commas = 0;

		CHECK(word, arch_nearest(word, out, sizeof out) == out);
		if (!first) {
			CHECK_TEXT(word, out, "");
			continue;
		}
		snprintf(begin, sizeof begin, "%.*s", (int)strcspn(out, ","), out);
		CHECK_TEXT(word, begin, first);
		snprintf(begin, sizeof begin, ", %s,", nearest[i].among);
		snprintf(all, sizeof all, ", %s,", out);
		CHECK_SAYS(word, all, begin);
		for (const char *p = out; *p; p++)
			commas += *p == ',';
		CHECK(word, commas <= 2);
	}
}

static void nearest_names_have_limits(void **state)
{
	char word[201], whole[160];

	(void)state;
	memset(word, 'a', 200);
	word[200] = '\0';
	assert_string_equal(arch_nearest(word, whole, sizeof whole), "");
	arch_nearest("risv64", whole, sizeof whole);
	assert_true(strlen(whole) > 12);
	for (size_t size = 1; size <= strlen(whole) + 1; size++) {
		char *out = malloc(size), label[32];

		assert_non_null(out);
		snprintf(label, sizeof label, "size %zu", size);
		arch_nearest("risv64", out, size);
		CHECK(label, strlen(out) < size);
		CHECK(label, !strncmp(out, whole, strlen(out)));
		free(out);
	}
}

static void names_of_entries(void **state)
{
	char name[ARCH_ENTRY_NAME], want[ARCH_ENTRY_NAME];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct arch *arch = arch_find(rows[i].name);

		snprintf(want, sizeof want, "qemu-%s", rows[i].qemu);
		CHECK(rows[i].name, arch_entry_name(arch, name) == name);
		CHECK_TEXT(rows[i].name, name, want);
		CHECK(rows[i].name, arch_of_entry_name(want) == arch);
		snprintf(want, sizeof want, "binfmt-install.qemu-%s", rows[i].qemu);
		CHECK(rows[i].name, arch_stand_in_name(arch, name) == name);
		CHECK_TEXT(rows[i].name, name, want);
		CHECK(rows[i].name, arch_of_entry_name(want) == NULL);
	}
}

static void names_of_other_entries(void **state)
{
	static const char *const names[] = {
		"",
		"qemu-",
		"qemu-arm64",
		"aarch64",
		"QEMU-aarch64",
		"qemu-aarch6",
		"qemu-aarch64-static",
		"qemu-aarch642",
		"python3.11",
		" qemu-aarch64",
		"qemu-AARCH64",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		CHECK(names[i], arch_of_entry_name(names[i]) == NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_spelling),
		cmocka_unit_test(facts_of_the_table),
		cmocka_unit_test(table_is_in_order),
		cmocka_unit_test(no_spelling_means_two),
		cmocka_unit_test(what_is_no_name),
		cmocka_unit_test(nearest_names),
		cmocka_unit_test(nearest_names_have_limits),
		cmocka_unit_test(names_of_entries),
		cmocka_unit_test(names_of_other_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
