/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guards what people type: arch_find(), arch_nearest() and plan_remove(), each input line
 * being a word. A spelling leads to an architecture that its own names lead to as well; a
 * suggestion is a list of names that exist; and no word, glob or `all` removes an entry
 * of others, such as python's or WSL's, unless it is the entry's full name.
 */
#include <ctype.h>
#include <errno.h>
#include <strings.h>

#include "binfmt/plan.h"
#include "check.h"

#define TEXT_MAX      4096 /* bytes */
#define WORDS_MAX     300  /* more than PLAN_MAX */
#define NEAREST_MAX   160  /* bytes, as plan_remove() gives */
#define NEAREST_WORDS 4	   /* looked at more closely, which takes its time */

/* Entries as they are found together, and some whose names are made to be mistaken. */
static struct entry entries[] = {
	{ .name = "qemu-aarch64" },
	{ .name = "binfmt-install.qemu-aarch64" }, /* stands in for the one above */
	{ .name = "qemu-arm" },
	{ .name = "qemu-riscv64" },
	{ .name = "binfmt-install.qemu-s390x" }, /* stands in for one that has gone */
	{ .name = "qemu-m68k" },		 /* of QEMU, but not in our table */
	{ .name = "python3" },
	{ .name = "WSLInterop" },
	{ .name = "jar" },
	{ .name = "rosetta" },
	{ .name = "aarch64-linux" },
	{ .name = "qemu" },
	{ .name = "QEMU-aarch64" },
	{ .name = "xqemu-arm" },
	{ .name = "binfmt-install" },
	/* These hide what the same words mean otherwise: only in `hostile`. */
	{ .name = "arm64" },
	{ .name = "all" },
	{ .name = "*" },
	{ .name = "[a-z]*" },
};

#define ENTRIES (sizeof entries / sizeof *entries)

static const struct snapshot usual = { .entries = entries, .count = ENTRIES - 4 };
static const struct snapshot hostile = { .entries = entries, .count = ENTRIES };

/* The case of the letters does not matter. */
static void check_case(const char *word, const struct arch *arch)
{
	char *other = strdup(word);

	CHECK(other != NULL);
	for (char *p = other; *p; p++)
		*p = toupper((unsigned char)*p);
	CHECK(arch_find(other) == arch);
	for (char *p = other; *p; p++)
		*p = tolower((unsigned char)*p);
	CHECK(arch_find(other) == arch);
	free(other);
}

static void check_find(const char *word)
{
	const struct arch *arch = arch_find(word);

	check_case(word, arch);
	if (!arch)
		return;
	CHECK(arch >= arch_table && arch < arch_table + arch_count);
	CHECK(arch_find(arch->name) == arch);
	CHECK(arch_find(arch->qemu) == arch);
	for (const char *const *alias = arch->aliases; *alias; alias++)
		CHECK(arch_find(*alias) == arch);
	for (const char *const *platform = arch->platforms; *platform; platform++)
		CHECK(arch_find(*platform) == arch);
}

/* Whether the list begins with an architecture's name, which is *size bytes long. */
static bool begins_with_name(const char *list, size_t *size)
{
	*size = strcspn(list, ",");
	for (size_t i = 0; i < arch_count; i++)
		if (strlen(arch_table[i].name) == *size &&
		    !memcmp(arch_table[i].name, list, *size))
			return true;
	return false;
}

static void check_nearest(const char *word)
{
	char *out = malloc(NEAREST_MAX), *small;
	size_t listed = 0, n;

	CHECK(out != NULL);
	memset(out, 'x', NEAREST_MAX);
	CHECK(arch_nearest(word, out, NEAREST_MAX) == out);
	CHECK(memchr(out, '\0', NEAREST_MAX) != NULL);
	for (const char *p = out; *p;) {
		CHECK(begins_with_name(p, &n));
		CHECK(++listed <= arch_count);
		p += n;
		CHECK(*p == '\0' || (!strncmp(p, ", ", 2) && p[2]));
		p += *p ? 2 : 0;
	}
	/* With less room, the beginning of the same. */
	n = 1 + strlen(word) % 16;
	small = malloc(n);
	CHECK(small != NULL);
	memset(small, 'x', n);
	CHECK(arch_nearest(word, small, n) == small);
	CHECK(memchr(small, '\0', n) != NULL);
	CHECK(!strncmp(small, out, strlen(small)));
	CHECK(strlen(small) == (strlen(out) < n ? strlen(out) : n - 1));
	free(small);
	free(out);
}

static bool is_qemus(const char *name)
{
	return !strncmp(name, "qemu-", 5) || !strncmp(name, "binfmt-install.", 15);
}

/* Whether the word means as many as there are: then it means entries of QEMU's alone. */
static bool is_glob(const char *word)
{
	return !strcasecmp(word, "all") || strpbrk(word, "*?[");
}

/* Whether one of the words can have meant this entry. */
static bool is_asked_for(const struct plan_step *step, const char *const *words,
			 size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct arch *arch = arch_find(words[i]);

		if (!strcmp(words[i], step->name) && !is_glob(words[i]))
			return true;
		if (!is_qemus(step->name))
			continue;
		if (is_glob(words[i]) || (arch && arch == step->arch))
			return true;
	}
	return false;
}

/* Whether arch is the one whose entry, or whose stand-in, has this name. */
static bool is_arch_of(const struct arch *arch, const char *name)
{
	char own[ARCH_ENTRY_NAME], stand_in[ARCH_ENTRY_NAME];

	return !strcmp(arch_entry_name(arch, own), name) ||
	       !strcmp(arch_stand_in_name(arch, stand_in), name);
}

static void check_step(const struct plan_step *step, const struct snapshot *snapshot,
		       const char *const *words, size_t count)
{
	bool there = snapshot_find(snapshot, step->name) != NULL;

	CHECK(memchr(step->name, '\0', sizeof step->name) != NULL);
	CHECK(memchr(step->reason, '\0', sizeof step->reason) != NULL);
	CHECK(check_printable(step->reason));
	CHECK(!step->arch || is_arch_of(step->arch, step->name));
	switch (step->action) {
	case PLAN_REMOVE:
		CHECK(there);
		CHECK(is_asked_for(step, words, count));
		break;
	case PLAN_KEEP:
		CHECK(!there || is_glob(step->name));
		break;
	case PLAN_REFUSE:
		CHECK(!there);
		CHECK(step->reason[0] != '\0');
		break;
	default:
		CHECK(!"a removal only removes, keeps or refuses");
	}
}

static bool is_planned(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->count; i++)
		if (!strcmp(plan->steps[i].name, name))
			return true;
	return false;
}

/*
 * A full name means the entry, unless it is a glob or a spelling of an architecture whose
 * own entry is there, and `all` means every entry of QEMU's.
 */
static void check_complete(const struct plan *plan, const struct snapshot *snapshot,
			   const char *word)
{
	const struct arch *arch = arch_find(word);
	char own[ARCH_ENTRY_NAME];
	const char *meant = word;

	if (arch && snapshot_find(snapshot, arch_entry_name(arch, own)))
		meant = own;
	CHECK(is_glob(word) || !snapshot_find(snapshot, meant) ||
	      is_planned(plan, meant));
	if (strcasecmp(word, "all") && strcmp(word, "*"))
		return;
	for (size_t i = 0; i < snapshot->count; i++)
		CHECK(!is_qemus(entries[i].name) || is_planned(plan, entries[i].name));
}

static void check_remove(const struct snapshot *snapshot, const char *const *words,
			 size_t count)
{
	static struct plan plan; /* too big for the stack of a sanitized run */
	struct err err = { 0 };
	int rc = plan_remove(words, count, snapshot, &plan, &err);

	CHECK(plan.count <= PLAN_MAX);
	if (rc == -EINVAL) {
		CHECK(err.code == EINVAL && err.text[0] != '\0' &&
		      check_printable(err.text));
		return;
	}
	if (rc) {
		CHECK(rc == -E2BIG && err.code == E2BIG);
		CHECK(plan.count == PLAN_MAX);
		CHECK(err.text[0] != '\0' && check_printable(err.text));
	}
	for (size_t i = 0; i < plan.count; i++) {
		check_step(&plan.steps[i], snapshot, words, count);
		for (size_t j = 0; j < i; j++)
			CHECK(plan.steps[i].action != PLAN_REMOVE ||
			      strcmp(plan.steps[i].name, plan.steps[j].name));
	}
	for (size_t i = 0; i < count && rc == 0; i++)
		check_complete(&plan, snapshot, words[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = check_text(data, &size, TEXT_MAX);
	const char *words[WORDS_MAX] = { NULL };
	size_t count = check_split(text, size, words, WORDS_MAX);

	for (size_t i = 0; i < count; i++) {
		check_find(words[i]);
		if (i < NEAREST_WORDS)
			check_nearest(words[i]);
	}
	check_remove(&usual, words, count);
	check_remove(&hostile, words, count);
	if (count > 0)
		check_remove(&usual, words, 1);
	free(text);
	return 0;
}
