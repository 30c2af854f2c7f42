/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The text of one binfmt_misc entry, as the kernel shows it (bm_entry_read), parsed
 * tolerantly: lines, flags and types of later kernels are passed over. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum entry_kind {
	ENTRY_UNKNOWN, /* unreadable, or a type of a later kernel */
	ENTRY_MAGIC,
	ENTRY_EXTENSION,
};

struct entry {
	const char *name;
	enum entry_kind kind;
	bool readable; /* false: only the name is known */
	bool enabled;
	const char *interpreter; /* "" if not said */
	const char *flags;	 /* "POCF", "" if none */
	const char *extension;	 /* without the dot; "" if kind is another */
	size_t offset;		 /* bytes */
	size_t size;		 /* of magic and mask, bytes */
	const uint8_t *magic;
	const uint8_t *mask; /* NULL: all bits count */
};

/*
 * Parses text, which ends with a NUL and is overwritten: the strings and bytes of *entry
 * point into it, so it must live as long. What cannot be understood is left at its
 * default; an entry of which neither magic nor extension is understood is of kind
 * ENTRY_UNKNOWN.
 */
void entry_parse(const char *name, char *text, struct entry *entry);

bool entry_has_flag(const struct entry *entry, char flag);

/* Whether the kernel would hand a file that begins with head to this entry. */
bool entry_matches(const struct entry *entry, const uint8_t *head, size_t size);
