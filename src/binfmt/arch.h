/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The architectures that programs can be emulated for: facts from interpreters/NAME.arch,
 * turned into one table by interpreters/generate. Lookup by any usual spelling.
 * Everything here is constant and nothing touches the system.
 */

#include <stddef.h>
#include <stdint.h>

struct arch_mask_exception {
	uint8_t at; /* index of the byte, 0 to 19 */
	uint8_t value;
};

struct arch {
	const char *name;	      /* the container world's: arm64 */
	const char *qemu;	      /* QEMU's: aarch64 */
	const char *const *aliases;   /* other spellings, lower case, NULL at the end */
	const char *const *platforms; /* linux/arm64, NULL at the end */
	uint8_t elf_class;	      /* ELFCLASS32 or ELFCLASS64 */
	uint8_t elf_data;	      /* ELFDATA2LSB or ELFDATA2MSB */
	uint16_t machine;	      /* e_machine */
	uint32_t e_flags;	      /* of the probe */
	struct arch_mask_exception mask[2]; /* value 0xff: none */
	const uint8_t
		*code; /* the probe: position-independent, entered at its first byte */
	uint16_t code_size;
};

/* In the order of the names. */
extern const struct arch arch_table[];
extern const size_t arch_count;

#define ARCH_MAX 64 /* the most that fit the fixed arrays; the generator checks it */

/*
 * The architecture that a spelling means, in any case, with or without "linux/" or
 * "qemu-" in front or "-static" behind; NULL if it is none.
 */
const struct arch *arch_find(const char *spelling);

/* The names nearest to a misspelt one, "arm64, arm", best first; "" if none is near. */
const char *arch_nearest(const char *spelling, char *out, size_t size);

/* Writes "qemu-aarch64". Returns out. */
#define ARCH_ENTRY_NAME 80
char *arch_entry_name(const struct arch *arch, char out[ARCH_ENTRY_NAME]);

/*
 * Writes "binfmt-install.qemu-aarch64": the second entry that stands in while the first
 * is replaced. One that is found was left by a run that was killed. Returns out.
 */
#define ARCH_STAND_IN "binfmt-install."
char *arch_stand_in_name(const struct arch *arch, char out[ARCH_ENTRY_NAME]);

/* The architecture whose entry has this name, or NULL. */
const struct arch *arch_of_entry_name(const char *name);
