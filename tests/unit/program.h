/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * An ELF program of this machine, made by hand, for the tests of interpreters. It does
 * nothing and is never started.
 */

#include "unit.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <unistd.h>

#include "base/cleanup.h"

#define PHDRS 65

/* A program of this machine, by hand; statically linked until a row changes it. */
struct program {
	ElfW(Ehdr) head;
	ElfW(Phdr) phdr[PHDRS];
	char text[200];
};

static inline struct program make_program(void)
{
	_cleanup_close_ int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct program program = {
		.head = { .e_type = ET_EXEC,
			  .e_version = EV_CURRENT,
			  .e_entry = 0x400000 + offsetof(struct program, text),
			  .e_phoff = offsetof(struct program, phdr),
			  .e_ehsize = sizeof(ElfW(Ehdr)),
			  .e_phentsize = sizeof(ElfW(Phdr)),
			  .e_phnum = 3 },
		.phdr = { { .p_type = PT_GNU_STACK },
			  { .p_type = PT_LOAD,
			    .p_flags = PF_R | PF_X,
			    .p_vaddr = 0x400000,
			    .p_filesz = sizeof(struct program),
			    .p_memsz = sizeof(struct program) },
			  { .p_type = PT_NOTE } },
	};

	/* Class, byte order and machine are those of the test itself. */
	assert_true(self >= 0);
	assert_int_equal(pread(self, program.head.e_ident, EI_NIDENT, 0), EI_NIDENT);
	assert_int_equal(pread(self, &program.head.e_machine, 2, 18), 2);
	return program;
}
