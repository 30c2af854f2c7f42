/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "binfmt/plan.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "binfmt/elf.h"

bool plan_step_changes(const struct plan_step *step)
{
	return step->action == PLAN_ADD || step->action == PLAN_REPLACE ||
	       step->action == PLAN_REMOVE;
}

const char *plan_action_name(enum plan_action action)
{
	static const char *const names[] = {
		[PLAN_KEEP] = "KEEP",	    [PLAN_ADD] = "ADD",
		[PLAN_REPLACE] = "REPLACE", [PLAN_REMOVE] = "REMOVE",
		[PLAN_REFUSE] = "REFUSE",
	};

	return names[action];
}

/* A new step at the end, or NULL if there is no room. */
static struct plan_step *append(struct plan *plan, enum plan_action action,
				const struct arch *arch, const char *name)
{
	struct plan_step *step;

	if (plan->count == PLAN_MAX)
		return NULL;
	step = &plan->steps[plan->count++];
	step->action = action;
	step->arch = arch;
	step->native = false;
	snprintf(step->name, sizeof step->name, "%s", name);
	step->flags[0] = step->reason[0] = step->rival[0] = '\0';
	return step;
}

static int too_long(struct err *err)
{
	return err_set(err, E2BIG, "more than %d steps at once; name fewer entries",
		       PLAN_MAX);
}

/* Whether the entry takes programs of all the kinds, or, with `any`, of one at least. */
static bool takes(const struct entry *entry, const struct elf_heads *heads, bool any)
{
	for (unsigned i = 0; i < ELF_KINDS; i++)
		if (entry_matches(entry, heads->head[i], ELF_PROBE_MAX) == any)
			return any;
	return !any;
}

bool plan_takes_all(const struct entry *entry, const struct arch *arch)
{
	struct elf_heads heads;

	elf_heads(arch, &heads);
	return takes(entry, &heads, false);
}

/* The newest entry of others that takes some of the programs, or NULL. */
static const struct entry *find_rival(const struct snapshot *snapshot, const char *own,
				      const struct elf_heads *heads)
{
	for (size_t i = 0; i < snapshot->count; i++) {
		const struct entry *entry = &snapshot->entries[i];

		if (entry->enabled && strcmp(entry->name, own) &&
		    strncmp(entry->name, ARCH_STAND_IN, strlen(ARCH_STAND_IN)) &&
		    takes(entry, heads, true))
			return entry;
	}
	return NULL;
}

/* What is wrong with the entry so that it must be registered again, or "". */
static void find_fault(const struct wish *wish, const struct entry *entry,
		       const struct entry *winner, const struct entry *rival,
		       const struct elf_heads *heads, const struct plan_options *options,
		       char out[400])
{
	char shown[128];

	out[0] = '\0';
	if (!entry->readable)
		snprintf(out, 400, "it cannot be read");
	else if (!entry->enabled)
		snprintf(out, 400, "it was disabled");
	else if (!takes(entry, heads, false))
		snprintf(out, 400, "its magic is not that of all %s programs",
			 wish->arch->name);
	else if (!entry_has_flag(entry, 'F'))
		snprintf(out, 400, "it has no F flag, so it cannot work in containers");
	else if (wish->tried == TRIED_FAILS && winner != entry)
		snprintf(out, 400,
			 "the newer entry %s answers in its place and does not work: %s",
			 io_printable(winner ? winner->name : "?", shown, sizeof shown),
			 wish->fault);
	else if (wish->tried == TRIED_FAILS)
		snprintf(out, 400, "it does not work: %s", wish->fault);
	else if (rival && rival < entry &&
		 !entry_matches(rival, heads->head[0], ELF_PROBE_MAX))
		snprintf(out, 400, "the newer entry %s takes some of its programs",
			 io_printable(rival->name, shown, sizeof shown));
	else if (options->credentials && !entry_has_flag(entry, 'C'))
		snprintf(out, 400, "it has no C flag");
}

/*
 * Says which other entry takes the same programs, and which of both the kernel chooses
 * once the step is done. A stand-in is none: it goes.
 */
static void note_rival(struct plan_step *step, const struct entry *own,
		       const struct entry *winner, const struct entry *rival)
{
	char shown[128];

	if (!rival)
		return;
	io_printable(rival->name, shown, sizeof shown);
	/* The snapshot has the newest first. */
	if (step->action == PLAN_KEEP && rival < own)
		snprintf(
			step->rival, sizeof step->rival,
			"entry %s has the same magic and is newer, so it answers in place of %s; "
			"--replace makes %s the newer one",
			shown, step->name, step->name);
	else if (step->action == PLAN_REFUSE && rival == winner)
		snprintf(step->rival, sizeof step->rival, "entry %s takes its programs",
			 shown);
	else if (step->action == PLAN_REFUSE && winner != own)
		return; /* a stand-in answers, and goes on to */
	else
		snprintf(step->rival, sizeof step->rival,
			 "entry %s has the same magic; %s is newer, so %s answers", shown,
			 step->name, step->name);
}

static void decide(const struct wish *wish, const struct snapshot *snapshot,
		   const struct plan_options *options, struct plan_step *step)
{
	struct elf_heads heads;
	const struct entry *entry = snapshot_find(snapshot, step->name), *winner;
	const struct entry *rival;
	char fault[400] = "";
	bool wrong;

	elf_heads(wish->arch, &heads);
	winner = snapshot_winner(snapshot, heads.head[0], ELF_PROBE_MAX);
	rival = find_rival(snapshot, step->name, &heads);
	if (wish->native == NATIVE_YES) {
		/* An entry that is there all the same does not work, or this was not
		 * tried. */
		step->action = entry && entry->enabled ? PLAN_REMOVE : PLAN_KEEP;
		step->native = step->action == PLAN_KEEP;
		snprintf(
			step->reason, sizeof step->reason,
			"this machine runs %s programs by itself, so there is nothing to "
			"install",
			wish->arch->name);
		return;
	}
	if (entry)
		find_fault(wish, entry, winner, rival, &heads, options, fault);
	wrong = fault[0] != '\0';
	if (entry && !wrong && !options->replace) {
		step->action = PLAN_KEEP;
	} else if (!entry && wish->native == NATIVE_UNKNOWN) {
		step->action = PLAN_REFUSE;
		snprintf(
			step->reason, sizeof step->reason,
			"whether this machine runs %s programs by itself cannot be tried here "
			"(files in memory may not be executed, or no process can be started), "
			"and emulating what is native would slow it down",
			wish->arch->name);
	} else if (!wish->interpreter) {
		step->action = PLAN_REFUSE;
		snprintf(step->reason, sizeof step->reason, "%s%s%s%s",
			 wrong ? "entry " : "", wrong ? step->name : "",
			 wrong ? ": " : "", fault);
		snprintf(step->reason + strlen(step->reason),
			 sizeof step->reason - strlen(step->reason), "%s%s",
			 wrong ? "; and " : "", wish->obstacle);
	} else {
		step->action = entry ? PLAN_REPLACE : PLAN_ADD;
		snprintf(step->reason, sizeof step->reason, "%s",
			 wrong	 ? fault
			 : entry ? "asked for"
				 : "");
		snprintf(step->flags, sizeof step->flags, "O%sF%s",
			 options->argv0 ? "P" : "", options->credentials ? "C" : "");
	}
	note_rival(step, entry, winner, rival);
}

int plan_install(const struct wish *wishes, size_t count, const struct snapshot *snapshot,
		 const struct plan_options *options, struct plan *plan, struct err *err)
{
	char name[ARCH_ENTRY_NAME];

	plan->count = 0;
	for (size_t i = 0; i < count; i++) {
		const struct arch *arch = wishes[i].arch;
		struct plan_step *step =
			append(plan, PLAN_KEEP, arch, arch_entry_name(arch, name));

		if (!step)
			return too_long(err);
		decide(&wishes[i], snapshot, options, step);
		/* A stand-in goes last, and only once the real entry is there. */
		if (step->action == PLAN_REFUSE ||
		    !snapshot_find(snapshot, arch_stand_in_name(arch, name)))
			continue;
		step = append(plan, PLAN_REMOVE, arch, name);
		if (!step)
			return too_long(err);
		snprintf(step->reason, sizeof step->reason,
			 "it was left by a run that was ended");
	}
	return 0;
}

static bool is_ours(const char *name)
{
	return !strncmp(name, "qemu-", 5) ||
	       !strncmp(name, ARCH_STAND_IN, strlen(ARCH_STAND_IN));
}

static bool is_planned(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->count; i++)
		if (!strcmp(plan->steps[i].name, name))
			return true;
	return false;
}

static const struct arch *arch_behind(const char *name)
{
	size_t n = strlen(ARCH_STAND_IN);

	return arch_of_entry_name(strncmp(name, ARCH_STAND_IN, n) ? name : name + n);
}

static int remove_matching(const char *word, const struct snapshot *snapshot,
			   struct plan *plan, struct err *err)
{
	const char *glob = !strcasecmp(word, "all") ? "*" : word;
	struct plan_step *none;
	bool matched = false;

	for (size_t i = 0; i < snapshot->count; i++) {
		const char *name = snapshot->entries[i].name;
		const char *real = strncmp(name, ARCH_STAND_IN, strlen(ARCH_STAND_IN))
					   ? name
					   : name + strlen(ARCH_STAND_IN);

		if (!is_ours(name) || fnmatch(glob, real, 0))
			continue;
		matched = true;
		if (!is_planned(plan, name) &&
		    !append(plan, PLAN_REMOVE, arch_behind(name), name))
			return too_long(err);
	}
	if (matched || is_planned(plan, word))
		return 0;
	none = append(plan, PLAN_KEEP, NULL, word);
	if (!none)
		return too_long(err);
	snprintf(
		none->reason, sizeof none->reason,
		"no entry of QEMU (qemu-*) is registered that it means; entries of others are "
		"removed by their full names alone");
	return 0;
}

/* One entry that is named, and what may have been left beside it. */
static int remove_named(const char *word, const char *name, const struct arch *arch,
			const struct snapshot *snapshot, struct plan *plan,
			struct err *err)
{
	char stand_in[ARCH_ENTRY_NAME], near[160], shown[160];
	struct plan_step *step;
	bool there = snapshot_find(snapshot, name) != NULL;

	if (is_planned(plan, name))
		return 0;
	step = append(plan, there ? PLAN_REMOVE : PLAN_KEEP, arch, name);
	if (!step)
		return too_long(err);
	if (!there && (arch || is_ours(name))) {
		snprintf(step->reason, sizeof step->reason, "it is not registered");
	} else if (!there) {
		step->action = PLAN_REFUSE;
		arch_nearest(word, near, sizeof near);
		snprintf(
			step->reason, sizeof step->reason,
			"%s is neither an architecture nor a registered entry%s%s%s; see "
			"`binfmt-install --status`",
			io_printable(word, shown, sizeof shown),
			*near ? " (did you mean " : "", near, *near ? "?)" : "");
	}
	if (arch && snapshot_find(snapshot, arch_stand_in_name(arch, stand_in)) &&
	    !is_planned(plan, stand_in) && !append(plan, PLAN_REMOVE, arch, stand_in))
		return too_long(err);
	return 0;
}

/* By architecture, those of none last, then by name. */
static int compare_steps(const void *a, const void *b)
{
	const struct plan_step *x = a, *y = b;
	int by_arch =
		strcmp(x->arch ? x->arch->name : "~", y->arch ? y->arch->name : "~");

	return by_arch ? by_arch : strcmp(x->name, y->name);
}

int plan_remove(const char *const *words, size_t count, const struct snapshot *snapshot,
		struct plan *plan, struct err *err)
{
	plan->count = 0;
	for (size_t i = 0; i < count; i++) {
		const struct arch *arch = arch_find(words[i]);
		bool glob = !strcasecmp(words[i], "all") || strpbrk(words[i], "*?[");
		size_t first = plan->count;
		char name[ARCH_ENTRY_NAME], shown[40];
		int rc;

		if (strlen(words[i]) > RULE_NAME_MAX)
			return err_set(err, EINVAL,
				       "%s...: no entry has a name of more than "
				       "%d bytes",
				       io_printable(words[i], shown, sizeof shown),
				       RULE_NAME_MAX);
		/* `all` and globs never mean an entry of others, even if one is named so.
		 */
		if (glob)
			rc = remove_matching(words[i], snapshot, plan, err);
		else if (arch && (snapshot_find(snapshot, arch_entry_name(arch, name)) ||
				  !snapshot_find(snapshot, words[i])))
			rc = remove_named(words[i], arch_entry_name(arch, name), arch,
					  snapshot, plan, err);
		else if (snapshot_find(snapshot, words[i]))
			rc = remove_named(words[i], words[i],
					  arch_of_entry_name(words[i]), snapshot, plan,
					  err);
		else
			rc = remove_named(words[i], words[i], NULL, snapshot, plan, err);
		if (rc)
			return rc;
		if (glob)
			qsort(plan->steps + first, plan->count - first,
			      sizeof *plan->steps, compare_steps);
	}
	return 0;
}
