/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <elf.h>

#include "binfmt/elf.h"
#include "binfmt/rule.h"

static const struct row {
	const char *name;
	unsigned bits;
	bool big;
	unsigned machine;
	uint32_t flags;
} rows[] = {
	{ "386", 32, false, EM_386, 0 },
	{ "amd64", 64, false, EM_X86_64, 0 },
	{ "arm", 32, false, EM_ARM, 0x05000000 },
	{ "arm64", 64, false, EM_AARCH64, 0 },
	{ "loong64", 64, false, 258, 0x43 },
	{ "mips64", 64, true, EM_MIPS, 0x80000000 },
	{ "mips64le", 64, false, EM_MIPS, 0x80000000 },
	{ "ppc64", 64, true, EM_PPC64, 2 },
	{ "ppc64le", 64, false, EM_PPC64, 2 },
	{ "riscv32", 32, false, EM_RISCV, 0 },
	{ "riscv64", 64, false, EM_RISCV, 0 },
	{ "s390x", 64, true, EM_S390, 0 },
};

/* A number of `size` bytes, as a machine of that byte order reads it. */
static uint64_t number(const uint8_t *at, unsigned size, bool big)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value = value << 8 | at[big ? i : size - 1 - i];
	return value;
}

static void check_header(const struct row *row, const uint8_t *probe)
{
	bool wide = row->bits == 64, big = row->big;
	unsigned ehsize = wide ? 64 : 52, phsize = wide ? 56 : 32;

	CHECK_HEX(row->name, probe, 4, "7f454c46");
	CHECK_INT(row->name, probe[4], wide ? 2 : 1);
	CHECK_INT(row->name, probe[5], big ? 2 : 1);
	CHECK_INT(row->name, probe[6], 1);
	CHECK_HEX(row->name, probe + 7, 9, "000000000000000000");
	CHECK_INT(row->name, number(probe + 16, 2, big), 2); /* e_type: ET_EXEC */
	CHECK_INT(row->name, number(probe + 18, 2, big), row->machine);
	CHECK_INT(row->name, number(probe + 20, 4, big), 1); /* e_version */
	/* e_phoff, e_shoff, e_flags, e_ehsize, e_phentsize, e_phnum, e_shnum */
	CHECK_INT(row->name, number(probe + (wide ? 32 : 28), wide ? 8 : 4, big), ehsize);
	CHECK_INT(row->name, number(probe + (wide ? 40 : 32), wide ? 8 : 4, big), 0);
	CHECK_INT(row->name, number(probe + (wide ? 48 : 36), 4, big), row->flags);
	CHECK_INT(row->name, number(probe + (wide ? 52 : 40), 2, big), ehsize);
	CHECK_INT(row->name, number(probe + (wide ? 54 : 42), 2, big), phsize);
	CHECK_INT(row->name, number(probe + (wide ? 56 : 44), 2, big), 1);
	CHECK_INT(row->name, number(probe + (wide ? 60 : 48), 2, big), 0);
}

/* The one program header loads the whole file, readable and executable. */
static void check_segment(const struct row *row, const uint8_t *probe, size_t size)
{
	bool wide = row->bits == 64, big = row->big;
	const uint8_t *ph = probe + (wide ? 64 : 52);
	unsigned word = wide ? 8 : 4;
	uint64_t address = number(ph + (wide ? 16 : 8), word, big);
	uint64_t entry = number(probe + 24, word, big), align;
	size_t headers = wide ? 64 + 56 : 52 + 32;

	CHECK_INT(row->name, number(ph, 4, big), 1);		       /* PT_LOAD */
	CHECK_INT(row->name, number(ph + (wide ? 4 : 24), 4, big), 5); /* p_flags: r-x */
	CHECK_INT(row->name, number(ph + (wide ? 8 : 4), word, big), 0); /* p_offset */
	CHECK_INT(row->name, number(ph + (wide ? 32 : 16), word, big),
		  size); /* p_filesz */
	CHECK_INT(row->name, number(ph + (wide ? 40 : 20), word, big),
		  size); /* p_memsz */
	/* Where every kernel lets a program be, and at a boundary of pages of 64 KiB. */
	CHECK(row->name, address >= 0x10000 && address < 0x7fff0000);
	CHECK_INT(row->name, address % 0x10000, 0);
	align = number(ph + (wide ? 48 : 28), word, big);
	CHECK(row->name, align >= 0x1000 && (align & (align - 1)) == 0);
	CHECK_INT(row->name, address % align, 0);
	/* It is entered behind the headers, inside the file, at an instruction's address.
	 */
	CHECK(row->name, entry >= address + headers && entry < address + size);
	CHECK_INT(row->name, entry % 4, 0);
}

static void probes_are_elf_programs(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct arch *arch = arch_find(rows[i].name);
		uint8_t *probe = malloc(ELF_PROBE_MAX);
		char text[40];
		size_t size;

		CHECK(rows[i].name, arch != NULL);
		assert_non_null(probe);
		memset(probe, 0xa5, ELF_PROBE_MAX);
		size = elf_probe(arch, probe);
		CHECK(rows[i].name, size > 84 && size < ELF_PROBE_MAX);
		check_header(&rows[i], probe);
		check_segment(&rows[i], probe, size);
		snprintf(text, sizeof text, "%s\n", rows[i].name);
		CHECK(rows[i].name,
		      memmem(probe + 84, size - 84, text, strlen(text)) != NULL);
		for (size_t j = size; j < ELF_PROBE_MAX; j++)
			CHECK_INT(rows[i].name, probe[j], 0);
		free(probe);
	}
}

static void entry_is_the_first_byte_of_the_code(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct arch *arch = arch_find(rows[i].name);
		bool wide = rows[i].bits == 64;
		const size_t headers = wide ? 120 : 84;
		uint8_t probe[ELF_PROBE_MAX];
		size_t size = elf_probe(arch, probe);
		uint64_t entry = number(probe + 24, wide ? 8 : 4, rows[i].big);
		uint64_t address = number(probe + headers - (wide ? 40 : 24),
					  wide ? 8 : 4, rows[i].big);

		CHECK_INT(rows[i].name, size, headers + arch->code_size);
		CHECK_INT(rows[i].name, entry - address, headers);
		CHECK(rows[i].name,
		      !memcmp(probe + (entry - address), arch->code, arch->code_size));
	}
}

static void a_code_too_long_gives_no_probe(void **state)
{
	static const uint8_t code[ELF_PROBE_MAX];
	static const char *const none[] = { NULL };
	struct arch arch = {
		.name = "long",
		.qemu = "long",
		.aliases = none,
		.platforms = none,
		.elf_class = ELFCLASS64,
		.elf_data = ELFDATA2LSB,
		.machine = 1,
		.code = code,
		.code_size = ELF_PROBE_MAX - 119,
	};
	uint8_t *probe = malloc(ELF_PROBE_MAX);

	(void)state;
	assert_non_null(probe);
	assert_int_equal(elf_probe(&arch, probe), 0);
	arch.code_size = 40;
	assert_int_equal(elf_probe(&arch, probe), 160);
	free(probe);
}

static void probes_match_their_own_rule_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < arch_count; i++) {
		uint8_t probe[ELF_PROBE_MAX];
		size_t size = elf_probe(&arch_table[i], probe);
		char label[100];

		for (size_t j = 0; j < arch_count; j++) {
			struct rule rule;

			snprintf(label, sizeof label, "probe of %s, rule of %s",
				 arch_table[i].name, arch_table[j].name);
			rule_of(&arch_table[j], &rule);
			CHECK_INT(label,
				  rule_matches(rule.magic, rule.mask, RULE_SIZE, 0, probe,
					       size),
				  i == j);
		}
	}
}

/* The compiler's word for what the test was built for. */
static const char *built_for(void)
{
#if defined(__x86_64__) && !defined(__ILP32__)
	return "amd64";
#elif defined(__i386__)
	return "386";
#elif defined(__aarch64__) && defined(__AARCH64EL__)
	return "arm64";
#elif defined(__ARMEL__)
	return "arm";
#elif defined(__riscv)
	return __riscv_xlen == 64 ? "riscv64" : "riscv32";
#elif defined(__powerpc64__)
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? "ppc64le" : "ppc64";
#elif defined(__s390x__)
	return "s390x";
#elif defined(__loongarch_lp64)
	return "loong64";
#elif defined(__mips64)
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? "mips64le" : "mips64";
#else
	return "";
#endif
}

static void own_architecture(void **state)
{
	(void)state;
	for (size_t i = 0; i < arch_count; i++)
		CHECK_INT(arch_table[i].name, elf_is_own(&arch_table[i]),
			  !strcmp(arch_table[i].name, built_for()));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(probes_are_elf_programs),
		cmocka_unit_test(entry_is_the_first_byte_of_the_code),
		cmocka_unit_test(a_code_too_long_gives_no_probe),
		cmocka_unit_test(probes_match_their_own_rule_alone),
		cmocka_unit_test(own_architecture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
