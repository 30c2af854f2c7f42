/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guards entry_parse(): much of the text of a binfmt_misc entry was chosen by whoever
 * registered it, and later kernels add lines. Whatever it is, every field must be a
 * string or bytes inside the text, say what the text says, and match as the kernel would.
 */
#include <ctype.h>

#include "binfmt/elf.h"
#include "binfmt/entry.h"
#include "check.h"

#define TEXT_MAX 8191 /* bytes; binfs_read() takes no longer ones */

/* The text as it was, and the copy that was parsed and that the fields point into. */
struct parsed {
	const char *was;
	const char *text;
	size_t size; /* without the NUL behind */
};

/* Whether a line ends here. */
static bool ends(char c)
{
	return c == '\0' || c == '\n';
}

/* What follows the word in the last line that begins with it, or NULL; *size bytes. */
static const char *last_line(const char *text, const char *word, size_t *size)
{
	const char *found = NULL;

	for (const char *line = text; *line;) {
		size_t n = strcspn(line, "\n");

		if (n >= strlen(word) && !memcmp(line, word, strlen(word))) {
			found = line + strlen(word);
			*size = n - strlen(word);
		}
		line += n + (line[n] == '\n');
	}
	return found;
}

/* A string of the entry: the rest of the last line that begins with the word, or "". */
static void check_string(const struct parsed *parsed, const char *word, const char *value)
{
	size_t size = 0;
	const char *line = last_line(parsed->was, word, &size);

	CHECK(value != NULL);
	if (value < parsed->text || value > parsed->text + parsed->size) {
		CHECK(*value == '\0');
		CHECK(line == NULL);
		return;
	}
	CHECK(strlen(value) <= (size_t)(parsed->text + parsed->size - value));
	CHECK(line != NULL);
	CHECK(strlen(value) == size);
	CHECK(!memcmp(value, line, size));
}

/* Bytes of the entry: the hex digits of a whole line that begins with the word. */
static void check_bytes(const struct parsed *parsed, const char *word,
			const uint8_t *bytes, size_t size)
{
	const char *start = (const char *)bytes;
	const char *hex = parsed->was + (start - parsed->text);
	size_t n = strlen(word);

	CHECK(start >= parsed->text + n && start <= parsed->text + parsed->size);
	CHECK(size > 0 && 2 * size <= (size_t)(parsed->text + parsed->size - start));
	CHECK(!memcmp(hex - n, word, n));
	CHECK(hex - n == parsed->was || hex[-(ptrdiff_t)n - 1] == '\n');
	CHECK(ends(hex[2 * size]));
	for (size_t i = 0; i < size; i++) {
		char digits[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		CHECK(isxdigit((unsigned char)digits[0]));
		CHECK(isxdigit((unsigned char)digits[1]));
		CHECK(strtoul(digits, NULL, 16) == bytes[i]);
	}
}

static void check_enabled(const struct parsed *parsed, const struct entry *entry)
{
	size_t n = strcspn(parsed->was, "\n");

	/* The first line says it; a later one may be part of an interpreter's path. */
	CHECK(entry->enabled ==
	      (n == strlen("enabled") && !memcmp(parsed->was, "enabled", n)));
}

/* The offset of a line that the kernel can have written: one to three digits. */
static void check_offset(const struct parsed *parsed, const struct entry *entry)
{
	size_t size = 0, value = 0;
	const char *line = last_line(parsed->was, "offset ", &size);

	if (!line)
		CHECK(entry->offset == 0);
	if (!line || size == 0 || size > 3)
		return;
	for (size_t i = 0; i < size; i++) {
		if (!isdigit((unsigned char)line[i]))
			return;
		value = 10 * value + line[i] - '0';
	}
	CHECK(entry->offset == value);
}

static void check_flags(const struct entry *entry)
{
	for (const char *flag = "POCFX"; *flag; flag++) {
		bool has = false;

		for (const char *p = entry->flags; *p; p++)
			if (*p == *flag)
				has = true;
		CHECK(entry_has_flag(entry, *flag) == has);
	}
}

/* Whether the kernel hands the file over (search_binfmt_handler). */
static bool would_match(const struct entry *entry, const uint8_t *head, size_t size)
{
	if (entry->kind != ENTRY_MAGIC)
		return false;
	for (size_t i = 0; i < entry->size; i++) {
		uint8_t mask = entry->mask ? entry->mask[i] : 0xff;

		if (entry->offset >= size || i >= size - entry->offset ||
		    (entry->magic[i] & mask) != (head[entry->offset + i] & mask))
			return false;
	}
	return true;
}

static void check_matches(const struct entry *entry)
{
	static const size_t sizes[] = { 0, 1, 19, 20, 256, ELF_PROBE_MAX };

	for (size_t i = 0; i < arch_count; i++) {
		uint8_t head[ELF_PROBE_MAX];

		elf_probe(&arch_table[i], head);
		for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++)
			CHECK(entry_matches(entry, head, sizes[j]) ==
			      would_match(entry, head, sizes[j]));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char name[] = "qemu-aarch64";
	char *was = check_text(data, &size, TEXT_MAX);
	char *text = check_text(data, &size, size);
	struct parsed parsed = { was, text, size };
	struct entry entry;

	entry_parse(name, text, &entry);
	CHECK(entry.name == name);
	CHECK(entry.readable);
	CHECK(text[size] == '\0');
	check_string(&parsed, "interpreter ", entry.interpreter);
	check_string(&parsed, "flags: ", entry.flags);
	if (entry.kind == ENTRY_EXTENSION)
		check_string(&parsed, "extension .", entry.extension);
	else
		CHECK(!*entry.extension);
	if (entry.magic)
		check_bytes(&parsed, "magic ", entry.magic, entry.size);
	CHECK(entry.kind != ENTRY_MAGIC || entry.magic);
	if (entry.kind == ENTRY_MAGIC && entry.mask)
		check_bytes(&parsed, "mask ", entry.mask, entry.size);
	check_enabled(&parsed, &entry);
	check_offset(&parsed, &entry);
	check_flags(&entry);
	check_matches(&entry);
	free(text);
	free(was);
	return 0;
}
