/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the probe of the architecture named by argv[1] to stdout. */
#include <stdio.h>

#include "base/io.h"
#include "binfmt/elf.h"

int main(int argc, char *argv[])
{
	const struct arch *arch = argc == 2 ? arch_find(argv[1]) : NULL;
	uint8_t probe[ELF_PROBE_MAX];

	if (!arch)
		return fprintf(stderr, "usage: make-probe ARCH\n"), 2;
	return io_write_all(1, probe, elf_probe(arch, probe)) ? 1 : 0;
}
