/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "program.h"

#include <errno.h>
#include <sys/stat.h>

#include "binfmt/elf.h"
#include "binfmt/interp.h"

/* A field that is changed: where it is, its size, and its value. */
struct change {
	size_t at, size;
	uint64_t value;
};

/* clang-format off */
#define SET(field, to) \
	{ offsetof(struct program, field), sizeof(((struct program *)0)->field), to }
/* clang-format on */

static void apply(struct program *program, const struct change *change)
{
	char *at = (char *)program + change->at;
	uint8_t one = change->value;
	uint16_t two = change->value;
	uint32_t four = change->value;

	memcpy(at,
	       change->size == 1   ? (void *)&one
	       : change->size == 2 ? (void *)&two
	       : change->size == 4 ? (void *)&four
				   : (void *)&change->value,
	       change->size);
}

#define OTHER_CLASS (sizeof(void *) == 8 ? ELFCLASS32 : ELFCLASS64)
#define OTHER_ORDER \
	(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2MSB : ELFDATA2LSB)
#define SIZE sizeof(struct program)

static void judged_by_their_headers(void **state)
{
	static const struct row {
		const char *label, *says; /* NULL: it is good */
		struct change changes[2];
	} rows[] = {
		{ "static", NULL, { { 0 } } },
		{ "static PIE",
		  NULL,
		  { SET(head.e_type, ET_DYN), SET(phdr[2].p_type, PT_DYNAMIC) } },
		{ "variables of no value", NULL, { SET(phdr[1].p_memsz, 1 << 20) } },
		{ "OSABI GNU", NULL, { SET(head.e_ident[EI_OSABI], ELFOSABI_GNU) } },
		{ "64 program headers", NULL, { SET(head.e_phnum, 64) } },
		{ "an empty segment at the end",
		  NULL,
		  { SET(phdr[2].p_type, PT_LOAD), SET(phdr[2].p_offset, SIZE) } },
		{ "dynamic",
		  "dynamically linked|container",
		  { SET(phdr[0].p_type, PT_INTERP) } },
		{ "dynamic PIE",
		  "dynamically linked",
		  { SET(head.e_type, ET_DYN), SET(phdr[2].p_type, PT_INTERP) } },
		{ "script",
		  "not an ELF program",
		  { SET(head.e_ident[0], '#'), SET(head.e_ident[1], '!') } },
		{ "almost ELF",
		  "not an ELF program",
		  { SET(head.e_ident[EI_MAG3], 'f') } },
		{ "another machine", "another machine", { SET(head.e_machine, 0xfeed) } },
		{ "another class",
		  "another machine",
		  { SET(head.e_ident[EI_CLASS], OTHER_CLASS) } },
		{ "another byte order",
		  "another machine",
		  { SET(head.e_ident[EI_DATA], OTHER_ORDER) } },
		{ "object file", "not a program", { SET(head.e_type, ET_REL) } },
		{ "core dump", "not a program", { SET(head.e_type, ET_CORE) } },
		{ "no program headers", "program headers", { SET(head.e_phnum, 0) } },
		{ "65 program headers", "program headers", { SET(head.e_phnum, 65) } },
		{ "65535 program headers",
		  "program headers",
		  { SET(head.e_phnum, 65535) } },
		{ "program headers of another size",
		  "program headers",
		  { SET(head.e_phentsize, sizeof(ElfW(Phdr)) + 1) } },
		{ "program headers behind the end",
		  "cut short",
		  { SET(head.e_phoff, SIZE - 3 * sizeof(ElfW(Phdr)) + 1) } },
		{ "program headers far behind the end",
		  "cut short",
		  { SET(head.e_phoff, -1) } },
		{ "a segment a byte too long",
		  "cut short",
		  { SET(phdr[1].p_filesz, SIZE + 1) } },
		{ "a segment behind the end",
		  "cut short",
		  { SET(phdr[1].p_offset, SIZE + 1), SET(phdr[1].p_filesz, 0) } },
		{ "a segment that overflows",
		  "cut short",
		  { SET(phdr[1].p_offset, 2), SET(phdr[1].p_filesz, -1) } },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct program program = make_program();
		_cleanup_close_ int fd = -1;
		char path[UNIT_PATH];
		struct err err = { 0 };

		for (size_t j = 0; j < 2; j++)
			apply(&program, &rows[i].changes[j]);
		unit_file(*state, "program", &program, sizeof program, path);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		CHECK_INT(rows[i].label, elf_check_interpreter(fd, "/the/path", &err),
			  rows[i].says ? -ENOEXEC : 0);
		CHECK_INT(rows[i].label, err.code, rows[i].says ? ENOEXEC : 0);
		CHECK_SAYS(rows[i].label, err.text, rows[i].says);
		if (rows[i].says)
			CHECK_SAYS(rows[i].label, err.text, "/the/path");
	}
}

static void cut_anywhere(void **state)
{
	const struct program program = make_program();
	_cleanup_close_ int fd = -1;
	char path[UNIT_PATH], label[32];

	unit_file(*state, "program", &program, sizeof program, path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	for (size_t n = sizeof program; n-- > 0;) {
		struct err err = { 0 };

		snprintf(label, sizeof label, "cut to %zu", n);
		assert_int_equal(ftruncate(fd, n), 0);
		CHECK_INT(label, elf_check_interpreter(fd, path, &err), -ENOEXEC);
		CHECK_SAYS(label, err.text, n < 4 ? "not an ELF program" : "cut short");
	}
}

static void what_is_no_file(void **state)
{
	_cleanup_close_ int dir = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct err err = { 0 };

	assert_int_equal(elf_check_interpreter(dir, "/the/path", &err), -EISDIR);
	CHECK_SAYS("folder", err.text, "/the/path");
	assert_int_equal(elf_check_interpreter(-1, "/the/path", &err), -EBADF);
	CHECK_SAYS("closed", err.text, "/the/path");
}

/* The version stands in read-only data, as QEMU's linux-user/main.c has it. */
static void version_of_qemu(void **state)
{
	static const struct row {
		const char *label, *text;
		unsigned flags, skip;
		int rc;
		const char *want;
	} rows[] = {
		{ "7.2", "\0\0qemu-arm version 7.2.22 (Debian 1:7.2+dfsg-7)\nCopyright",
		  PF_R, 0, 0, "7.2.22 (Debian 1:7.2+dfsg-7)" },
		{ "segment that begins inside a page", "xqemu-arm version 10.0\n", PF_R,
		  1, 0, "10.0" },
		{ "empty", "qemu-arm version \n", PF_R, 0, 0, "" },
		{ "too long for its place",
		  "qemu-arm version 0123456789012345678901234567890123456789\n", PF_R, 0,
		  0, "012345678901234567890123456789012345678" },
		{ "another QEMU", "qemu-aarch64 version 7.2\n", PF_R, 0, -ENODATA, NULL },
		{ "longer name", "qemu-armeb version 7.2\n", PF_R, 0, -ENODATA, NULL },
		{ "no end", "qemu-arm version 7.2", PF_R, 0, -ENODATA, NULL },
		{ "code", "qemu-arm version 7.2\n", PF_R | PF_X, 0, -ENODATA, NULL },
		{ "variables", "qemu-arm version 7.2\n", PF_R | PF_W, 0, -ENODATA, NULL },
		{ "no QEMU", "busybox", PF_R, 0, -ENODATA, NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct program program = make_program();
		char path[UNIT_PATH], out[40] = "untouched";
		_cleanup_close_ int fd = -1;

		program.phdr[0] = program.phdr[1];
		program.phdr[1].p_flags = rows[i].flags;
		program.phdr[1].p_offset = offsetof(struct program, text) + rows[i].skip;
		program.phdr[1].p_filesz = sizeof program.text - rows[i].skip;
		/* What follows is no NUL, which would end a search for a string's end. */
		memset(program.text, 'y', sizeof program.text);
		memcpy(program.text, rows[i].text,
		       rows[i].text[0] ? strlen(rows[i].text)
				       : 2 + strlen(rows[i].text + 2));
		unit_file(*state, "program", &program, sizeof program, path);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		CHECK_INT(rows[i].label, elf_qemu_version(fd, "arm", out, sizeof out),
			  rows[i].rc);
		CHECK_TEXT(rows[i].label, out, rows[i].rc ? "untouched" : rows[i].want);
	}
}

/* A file that was cut short after its headers is an error, never the end of the program.
 */
static void version_of_a_cut_file(void **state)
{
	struct program program = make_program();
	_cleanup_close_ int fd = -1;
	char path[UNIT_PATH], out[40];

	program.phdr[1].p_flags = PF_R;
	program.phdr[1].p_filesz = 1 << 20;
	unit_file(*state, "program", &program, sizeof program, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(elf_qemu_version(fd, "arm", out, sizeof out) < 0);
}

static void version_of_what_is_none(void **state)
{
	char path[UNIT_PATH], out[40];

	unit_file(*state, "script", "#!/bin/sh\n", 10, path);
	assert_int_equal(interp_version(arch_find("arm"), path, out, sizeof out),
			 -ENOEXEC);
	assert_int_equal(interp_version(arch_find("arm"), "/missing/x", out, sizeof out),
			 -ENOENT);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_true(interp_version(arch_find("arm"), path, out, sizeof out) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_FOLDER(judged_by_their_headers),
		TEST_IN_FOLDER(cut_anywhere),
		TEST_IN_FOLDER(what_is_no_file),
		TEST_IN_FOLDER(version_of_qemu),
		TEST_IN_FOLDER(version_of_what_is_none),
		TEST_IN_FOLDER(version_of_a_cut_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
