/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "binfmt/arch.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SPELLING_MAX 64

/* Lower case, without what people put around the name. False if it cannot be a name. */
static bool normalise(const char *spelling, char out[SPELLING_MAX])
{
	static const char *const before[] = { "linux/", "qemu-" };
	static const char after[] = "-static";
	size_t n = strlen(spelling);
	char *start = out;

	if (n == 0 || n >= SPELLING_MAX)
		return false;
	for (size_t i = 0; i <= n; i++)
		out[i] = tolower((unsigned char)spelling[i]);
	for (size_t i = 0; i < sizeof before / sizeof *before; i++)
		if (!strncmp(start, before[i], strlen(before[i])))
			start += strlen(before[i]);
	n = strlen(start);
	if (n > strlen(after) && !strcmp(start + n - strlen(after), after))
		n -= strlen(after);
	memmove(out, start, n);
	out[n] = '\0';
	return n > 0;
}

static bool is_spelling(const struct arch *arch, const char *name)
{
	if (!strcmp(arch->name, name) || !strcmp(arch->qemu, name))
		return true;
	for (const char *const *alias = arch->aliases; *alias; alias++)
		if (!strcmp(*alias, name))
			return true;
	return false;
}

const struct arch *arch_find(const char *spelling)
{
	char name[SPELLING_MAX];

	if (!normalise(spelling, name))
		return NULL;
	for (size_t i = 0; i < arch_count; i++)
		if (is_spelling(&arch_table[i], name))
			return &arch_table[i];
	return NULL;
}

/* Edit distance (Levenshtein's) of two names shorter than SPELLING_MAX. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[SPELLING_MAX + 1];
	size_t n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			unsigned best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[n];
}

static unsigned nearness(const struct arch *arch, const char *name)
{
	unsigned best = distance(name, arch->name), d = distance(name, arch->qemu);

	if (d < best)
		best = d;
	for (const char *const *alias = arch->aliases; *alias; alias++) {
		d = distance(name, *alias);
		if (d < best)
			best = d;
	}
	return best;
}

const char *arch_nearest(const char *spelling, char *out, size_t size)
{
	char name[SPELLING_MAX];
	unsigned limit, listed = 0, distances[ARCH_MAX];
	size_t used = 0;

	out[0] = '\0';
	if (!normalise(spelling, name))
		return out;
	for (size_t i = 0; i < arch_count; i++)
		distances[i] = nearness(&arch_table[i], name);
	/* A third of the letters may be wrong, and never all of them. */
	limit = strlen(name) < 3 ? 1 : 1 + strlen(name) / 3;
	for (unsigned near = 0; near <= limit && listed < 3; near++) {
		for (size_t i = 0; i < arch_count && listed < 3 && used < size; i++) {
			if (distances[i] != near)
				continue;
			used += snprintf(out + used, size - used, "%s%s",
					 listed++ ? ", " : "", arch_table[i].name);
		}
	}
	return out;
}

char *arch_entry_name(const struct arch *arch, char out[ARCH_ENTRY_NAME])
{
	snprintf(out, ARCH_ENTRY_NAME, "qemu-%s", arch->qemu);
	return out;
}

char *arch_stand_in_name(const struct arch *arch, char out[ARCH_ENTRY_NAME])
{
	snprintf(out, ARCH_ENTRY_NAME, ARCH_STAND_IN "qemu-%s", arch->qemu);
	return out;
}

const struct arch *arch_of_entry_name(const char *name)
{
	if (strncmp(name, "qemu-", 5))
		return NULL;
	for (size_t i = 0; i < arch_count; i++)
		if (!strcmp(arch_table[i].qemu, name + 5))
			return &arch_table[i];
	return NULL;
}
