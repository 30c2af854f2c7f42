/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The rules of binfmt_misc: magic and mask derived from an architecture's facts, the line
 * that registers them, and the kernel's own way of matching a file. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "binfmt/arch.h"

#define RULE_SIZE     20   /* bytes: an ELF header up to and with e_machine */
#define RULE_LINE_MAX 1920 /* bytes the kernel takes in one write (bm_register_write) */
#define RULE_NAME_MAX 255  /* bytes, NAME_MAX of the kernel */

struct rule {
	uint8_t magic[RULE_SIZE];
	uint8_t mask[RULE_SIZE];
};

void rule_of(const struct arch *arch, struct rule *rule);

/* Whether the kernel would choose this magic for a file that begins with head. mask may
 * be NULL: all bits count. */
bool rule_matches(const uint8_t *magic, const uint8_t *mask, size_t size, size_t offset,
		  const uint8_t *head, size_t head_size);

/* A list of flags the kernel knows, each once: letters of "POCF", not empty, with F. */
bool rule_flags_valid(const char *flags);

/* A name the kernel takes for an entry: 1 to 255 bytes, no slash, not one of its own. */
bool rule_name_valid(const char *name);

/*
 * The line to write to `register`, NUL-terminated. -EINVAL if no delimiter is free for
 * the path, -ENAMETOOLONG if the line is longer than the kernel takes.
 */
int rule_format(const struct rule *rule, const char *name, const char *interpreter,
		const char *flags, char out[RULE_LINE_MAX + 1], struct err *err);
