/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "binfmt/rule.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define AT_E_TYPE    16
#define AT_E_MACHINE 18

/* A 16-bit field of the header, in the byte order of the architecture. */
static void put16(const struct arch *arch, uint8_t *at, unsigned value)
{
	bool big = arch->elf_data == ELFDATA2MSB;

	at[big ? 0 : 1] = value >> 8;
	at[big ? 1 : 0] = value & 0xff;
}

void rule_of(const struct arch *arch, struct rule *rule)
{
	memset(rule->magic, 0, sizeof rule->magic);
	memcpy(rule->magic, ELFMAG, SELFMAG);
	rule->magic[EI_CLASS] = arch->elf_class;
	rule->magic[EI_DATA] = arch->elf_data;
	rule->magic[EI_VERSION] = EV_CURRENT;
	put16(arch, rule->magic + AT_E_TYPE, ET_EXEC);
	put16(arch, rule->magic + AT_E_MACHINE, arch->machine);

	memset(rule->mask, 0xff, sizeof rule->mask);
	rule->mask[EI_OSABI] = 0x00; /* GNU/Linux binaries carry 0 or 3 there */
	put16(arch, rule->mask + AT_E_TYPE, 0xfffe); /* ET_EXEC and ET_DYN (PIE) */
	for (size_t i = 0; i < sizeof arch->mask / sizeof *arch->mask; i++)
		if (arch->mask[i].value != 0xff)
			rule->mask[arch->mask[i].at] = arch->mask[i].value;
}

bool rule_matches(const uint8_t *magic, const uint8_t *mask, size_t size, size_t offset,
		  const uint8_t *head, size_t head_size)
{
	if (size == 0 || offset > head_size || size > head_size - offset)
		return false;
	for (size_t i = 0; i < size; i++)
		if ((head[offset + i] ^ magic[i]) & (mask ? mask[i] : 0xff))
			return false;
	return true;
}

bool rule_flags_valid(const char *flags)
{
	for (const char *p = flags; *p; p++)
		if (!strchr("POCF", *p) || strchr(p + 1, *p))
			return false;
	return strchr(flags, 'F') != NULL;
}

bool rule_name_valid(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n <= RULE_NAME_MAX && !strchr(name, '/') && strcmp(name, ".") &&
	       strcmp(name, "..") && strcmp(name, "register") && strcmp(name, "status");
}

static void hex(const uint8_t bytes[RULE_SIZE], char out[4 * RULE_SIZE + 1])
{
	for (size_t i = 0; i < RULE_SIZE; i++)
		sprintf(out + 4 * i, "\\x%02x", bytes[i]);
}

int rule_format(const struct rule *rule, const char *name, const char *interpreter,
		const char *flags, char out[RULE_LINE_MAX + 1], struct err *err)
{
	char magic[4 * RULE_SIZE + 1], mask[4 * RULE_SIZE + 1];
	const char *d = ":|;,!";
	int n;

	/* The kernel unescapes magic and mask alone, so the path needs a free delimiter.
	 */
	while (*d && (strchr(interpreter, *d) || strchr(name, *d)))
		d++;
	if (!*d)
		return err_set(err, EINVAL,
			       "%s has every delimiter of :|;,! in it, so it cannot be "
			       "registered; move it to a plainer path",
			       interpreter);
	hex(rule->magic, magic);
	hex(rule->mask, mask);
	n = snprintf(out, RULE_LINE_MAX + 1, "%c%s%cM%c%c%s%c%s%c%s%c%s", *d, name, *d,
		     *d, *d, magic, *d, mask, *d, interpreter, *d, flags);
	if (n > RULE_LINE_MAX) {
		out[0] = '\0';
		return err_set(err, ENAMETOOLONG,
			       "the path of the interpreter is too long for the kernel "
			       "(a line has at most %d bytes); move it to a shorter path",
			       RULE_LINE_MAX);
	}
	return 0;
}
