/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "install/status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"

/* An F entry goes on with the file it was registered with, whatever lies there now. */
static void note_upgrade(struct row *row)
{
	char installed[128];

	if (row->probe && *row->probe->version &&
	    interp_version(row->arch, row->entry->interpreter, installed,
			   sizeof installed) == 0 &&
	    strcmp(installed, row->probe->version)) {
		row_note(
			row,
			"it runs QEMU %s, but %s is now %s; `binfmt-install --replace %s` "
			"changes over",
			row->probe->version, row->entry->interpreter, installed,
			row->arch->name);
		row->warning = true;
	}
}

/* An entry that is named as ours are, or a stand-in of ours. */
static void judge_own(struct row *row, const struct survey_arch *about)
{
	const struct entry *entry = row->entry;
	const char *arch = row->arch->name;
	char shown[300];

	row->state = ROW_BROKEN;
	if (strncmp(entry->name, "qemu-", 5)) {
		row_note(
			row,
			"it was left by a run that was ended; the next `binfmt-install %s` "
			"clears it",
			arch);
	} else if (!entry->readable) {
		row_note(row, "it cannot be read; run the command with sudo");
	} else if (!entry->enabled) {
		row_note(row, "it is disabled; `binfmt-install %s` registers it again",
			 arch);
	} else if (!entry_has_flag(entry, 'F')) {
		row_note(row,
			 "it has no F flag, so it cannot work in containers; "
			 "`binfmt-install %s` registers it rightly",
			 arch);
	} else if (!plan_takes_all(entry, row->arch)) {
		row_note(
			row,
			"it does not take all %s programs; `binfmt-install %s` registers it "
			"rightly",
			arch, arch);
	} else if (about->winner && about->winner != entry) {
		row->state = ROW_UNPROVED;
		row->warning = true;
		row_note(row, "the newer entry %s answers in its place",
			 io_printable(about->winner->name, shown, sizeof shown));
	} else {
		row->state = ROW_UNPROVED;
	}
}

/*
 * The one that answers for its architecture, whoever made it, is judged by the probe. One
 * of others that fails is a failure where somebody counts on it: who asks for the
 * architecture, or has an entry of ours behind it.
 */
static void judge_winner(struct row *row, const struct survey_arch *about, bool asked)
{
	bool ours = about->entry == row->entry;
	const char *arch = row->arch->name;

	row->probe = &about->probe;
	if (about->probe.verdict == PROBE_WORKS) {
		row->state = ROW_WORKS;
		note_upgrade(row);
		return;
	}
	row->state = ours || about->entry || asked ? ROW_BROKEN : ROW_OTHER;
	row->warning = true;
	row_note(row, "it does not work: %s; `binfmt-install %s` %s", about->probe.reason,
		 arch,
		 ours ? "tries to mend it"
		      : "registers one that is proved, in front of it");
}

static int add_entries(struct survey *survey, const bool *set, bool others, bool asked,
		       struct report *report)
{
	for (size_t i = 0; i < survey->snapshot.count; i++) {
		const struct entry *entry = &survey->snapshot.entries[i];
		const struct arch *arch = survey_arch_of(entry);
		const struct survey_arch *about = arch ? &survey->archs[arch_index(arch)]
						       : NULL;
		struct row *row;

		if (arch ? !set[arch_index(arch)] : !others)
			continue;
		row = report_add(report);
		if (!row)
			return -ENOMEM;
		row_entry(row, entry);
		row->state = ROW_OTHER;
		if (arch && (arch_of_entry_name(entry->name) == arch ||
			     !strncmp(entry->name, ARCH_STAND_IN, strlen(ARCH_STAND_IN))))
			judge_own(row, about);
		if (arch && about->winner == entry && about->probed &&
		    row->state != ROW_BROKEN)
			judge_winner(row, about, asked);
	}
	return 0;
}

/* The architectures that have no entry of their own. */
static int add_rest(struct survey *survey, const bool *set, bool missing,
		    struct report *report)
{
	for (size_t i = 0; i < arch_count; i++) {
		const struct survey_arch *about = &survey->archs[i];
		struct row *row;

		if (!set[i] || about->entry || about->winner ||
		    (about->native != NATIVE_YES && !missing))
			continue;
		row = report_add(report);
		if (!row)
			return -ENOMEM;
		row->arch = &arch_table[i];
		row->state = about->native == NATIVE_YES ? ROW_NATIVE : ROW_MISSING;
		if (about->native != NATIVE_YES)
			row_note(row,
				 "it is not registered; `binfmt-install %s` does that",
				 arch_table[i].name);
	}
	return 0;
}

/* By architecture, those of no architecture last, then by name. */
static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (!x->arch != !y->arch)
		return x->arch ? -1 : 1;
	if (x->arch != y->arch)
		return x->arch < y->arch ? -1 : 1;
	return strcmp(x->name ? x->name : "", y->name ? y->name : "");
}

int status_rows(struct survey *survey, const bool *set, bool others, bool missing,
		bool verify, struct report *report, struct err *err)
{
	if (verify)
		survey_probe(survey, set, false);
	survey_native(survey, set);
	if (add_entries(survey, set, others, missing, report) ||
	    add_rest(survey, set, missing, report))
		return err_set(err, ENOMEM, "out of memory");
	if (report->count > 0)
		qsort(report->rows, report->count, sizeof *report->rows, compare_rows);
	return 0;
}
