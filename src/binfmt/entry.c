/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "binfmt/entry.h"

#include <stdlib.h>
#include <string.h>

#include "binfmt/rule.h"

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Hex digits to bytes, in place. False if it is not an even number of hex digits. */
static bool unhex(char *text, size_t *size)
{
	size_t n = strlen(text);

	if (n == 0 || n % 2)
		return false;
	for (size_t i = 0; i < n; i += 2) {
		int high = digit(text[i]), low = digit(text[i + 1]);

		if (high < 0 || low < 0)
			return false;
		((uint8_t *)text)[i / 2] = high << 4 | low;
	}
	*size = n / 2;
	return true;
}

/* The rest of the line if it begins with the word, else NULL. */
static char *after(char *line, const char *word)
{
	size_t n = strlen(word);

	return strncmp(line, word, n) ? NULL : line + n;
}

static void parse_line(char *line, struct entry *entry, size_t *mask_size)
{
	char *rest;

	if ((rest = after(line, "interpreter "))) {
		entry->interpreter = rest;
	} else if ((rest = after(line, "flags: "))) {
		entry->flags = rest; /* an empty list, if it has none */
	} else if ((rest = after(line, "offset "))) {
		entry->offset = strtoul(rest, NULL, 10);
	} else if ((rest = after(line, "extension ."))) {
		entry->extension = rest;
		entry->kind = ENTRY_EXTENSION;
	} else if ((rest = after(line, "magic ")) && unhex(rest, &entry->size)) {
		entry->magic = (uint8_t *)rest;
		entry->kind = ENTRY_MAGIC;
	} else if ((rest = after(line, "mask "))) {
		entry->mask = (uint8_t *)rest;
		if (!unhex(rest, mask_size))
			*mask_size = 0;
	}
}

void entry_parse(const char *name, char *text, struct entry *entry)
{
	size_t mask_size = 0;

	*entry = (struct entry){
		.name = name,
		.readable = true,
		.interpreter = "",
		.flags = "",
		.extension = "",
	};
	for (char *line = text, *next; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		/* The path of an interpreter may hold a newline: only the first line
		 * counts. */
		if (line == text)
			entry->enabled = !strcmp(line, "enabled");
		parse_line(line, entry, &mask_size);
	}
	if (entry->kind != ENTRY_EXTENSION)
		entry->extension = "";
	/* A mask that is no hex, or of another length than its magic, is none we
	 * understand. */
	if (entry->kind == ENTRY_MAGIC && entry->mask && mask_size != entry->size)
		entry->kind = ENTRY_UNKNOWN;
}

bool entry_has_flag(const struct entry *entry, char flag)
{
	return strchr(entry->flags, flag) != NULL;
}

bool entry_matches(const struct entry *entry, const uint8_t *head, size_t size)
{
	return entry->kind == ENTRY_MAGIC &&
	       rule_matches(entry->magic, entry->mask, entry->size, entry->offset, head,
			    size);
}
