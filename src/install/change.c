/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "install/change.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "install/apply.h"

/* AT_FLAGS tells the interpreter of the P flag since Linux 5.12. */
static bool kernel_tells_p(void)
{
	unsigned major = 0, minor = 0;
	struct utsname name;

	return uname(&name) == 0 && sscanf(name.release, "%u.%u", &major, &minor) == 2 &&
	       (major > 5 || (major == 5 && minor >= 12));
}

static void make_wishes(struct survey *survey, const struct options *options,
			const size_t *order, size_t count, struct wish *wishes)
{
	arch_set set = { 0 };

	for (size_t i = 0; i < count; i++)
		set[order[i]] = true;
	if (!options->no_verify)
		survey_probe(survey, set, false);
	survey_native(survey, set);
	for (size_t i = 0; i < count; i++) {
		const struct arch *arch = &arch_table[order[i]];
		struct survey_arch *about = survey_interp(survey, arch);

		wishes[i] = (struct wish){
			.arch = arch,
			.native = about->native,
			.interpreter = about->obstacle.code ? NULL : about->interp.path,
			.obstacle = about->obstacle.text,
			.tried = !about->probed			       ? TRIED_NOT
				 : about->probe.verdict == PROBE_WORKS ? TRIED_WORKS
								       : TRIED_FAILS,
			.fault = about->probe.reason,
		};
	}
}

/*
 * What works is replaced only by what works: the new interpreter is tried beforehand, and
 * the step refused if it fails.
 */
static void try_replacements(struct survey *survey, struct plan *plan)
{
	struct plan_step *steps[ARCH_MAX];
	struct probe probes[ARCH_MAX];
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++) {
		struct plan_step *step = &plan->steps[i];
		struct survey_arch *about;

		if (step->action != PLAN_REPLACE)
			continue;
		about = &survey->archs[arch_index(step->arch)];
		if (!about->probed || about->probe.verdict != PROBE_WORKS)
			continue;
		steps[count] = step;
		probes[count++] = (struct probe){ .arch = step->arch,
						  .interpreter = about->interp.path };
	}
	probe_run(probes, count, count, survey->timeout_ms, survey_progress);
	for (size_t i = 0; i < count; i++) {
		if (probes[i].verdict == PROBE_WORKS)
			continue;
		steps[i]->action = PLAN_REFUSE;
		snprintf(
			steps[i]->reason, sizeof steps[i]->reason,
			"%s does not work (%s), so the entry, which does, is left as it is",
			probes[i].interpreter, probes[i].reason);
	}
}

/* What became of an entry that was to be added or replaced, or was kept. */
static void judge_entry(struct row *row, const struct survey_arch *about,
			enum row_state good, bool verify)
{
	if (about->entry)
		row_entry(row, about->entry);
	row->state = good;
	if (!about->entry || !about->entry->enabled ||
	    !entry_has_flag(about->entry, 'F')) {
		row->state = ROW_FAILED;
		row_note(
			row,
			"the entry is not there as it was registered; somebody else changes "
			"binfmt_misc at the same time; run the command again");
	} else if (verify && about->probed) {
		row->probe = &about->probe;
		if (about->probe.verdict != PROBE_WORKS) {
			row->state = ROW_BROKEN;
			free(row->note); /* why it was registered is of no interest now */
			row->note = NULL;
			row_note(
				row,
				"it is registered but does not work: %s; install another "
				"QEMU and run this again, or take it back with "
				"`binfmt-install --remove %s`",
				about->probe.reason, row->arch->name);
		}
	} else if (verify) {
		row->state = ROW_BROKEN;
		row_note(row, "it is registered but does not take %s programs",
			 row->arch->name);
	}
}

static void judge_install(struct row *row, const struct plan_step *step,
			  const struct err *error, const struct survey_arch *about,
			  bool verify)
{
	switch (step->action) {
	case PLAN_KEEP:
		judge_entry(row, about, ROW_KEPT, verify);
		break;
	case PLAN_ADD:
	case PLAN_REPLACE:
		if (error->code) {
			row->state = ROW_FAILED;
			row_note(row, "%s", error->text);
			break;
		}
		judge_entry(row, about,
			    step->action == PLAN_ADD ? ROW_ADDED : ROW_REPLACED, verify);
		break;
	default:
		row->state = ROW_REFUSED;
		if (about->entry)
			row_entry(row, about->entry);
	}
}

static void judge_remove(struct row *row, const struct plan_step *step,
			 const struct err *error, const struct survey *survey)
{
	const struct entry *left = snapshot_find(&survey->snapshot, step->name);
	const struct entry *winner =
		step->arch ? survey->archs[arch_index(step->arch)].winner : NULL;
	char shown[300];

	if (step->action == PLAN_REFUSE) {
		row->state = ROW_REFUSED;
	} else if (step->action == PLAN_KEEP) {
		row->state = ROW_ABSENT;
		row->warning = true;
	} else if (error->code && left) {
		row->state = ROW_FAILED;
		row_note(row, "%s", error->text);
	} else if (left) {
		row->state = ROW_FAILED;
		row_note(row, "it is there again; something else registers it");
	} else {
		row->state = ROW_REMOVED;
		if (winner && strcmp(winner->name, step->name) &&
		    arch_of_entry_name(winner->name) != step->arch) {
			row->warning = true;
			row_note(row, "its programs are still taken by entry %s",
				 io_printable(winner->name, shown, sizeof shown));
		}
	}
}

/* What is there now, or will be. */
static void plan_row(struct row *row, const struct plan_step *step,
		     const struct survey *survey)
{
	const struct entry *entry = snapshot_find(&survey->snapshot, step->name);

	row->state = ROW_PLANNED;
	if (step->action == PLAN_ADD || step->action == PLAN_REPLACE)
		row->interpreter = survey->archs[arch_index(step->arch)].interp.path;
	else if (entry)
		row_entry(row, entry);
}

static int add_rows(const struct plan *plan, const struct err *errors,
		    const struct survey *survey, const struct options *options,
		    struct report *report)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_step *step = &plan->steps[i];
		const struct survey_arch *about =
			step->arch ? &survey->archs[arch_index(step->arch)] : NULL;
		struct row *row = report_add(report);

		if (!row)
			return -ENOMEM;
		row->arch = step->arch;
		row->action = step->action;
		row->name = step->native ? NULL : step->name;
		row->flags = *step->flags ? step->flags : NULL;
		row_note(row, "%s", step->reason);
		row->warning = step->native;
		if (step->native)
			row->state = ROW_NATIVE;
		else if (options->dry_run)
			plan_row(row, step, survey);
		else if (options->mode == MODE_REMOVE || step->action == PLAN_REMOVE)
			judge_remove(row, step, &errors[i], survey);
		else
			judge_install(row, step, &errors[i], about, !options->no_verify);
		if (*step->rival) {
			row_note(row, "%s", step->rival);
			row->warning = true;
		}
	}
	return 0;
}

/* Has the plan carried out, looks again, tries what is new, and makes the rows. */
static int carry_out(struct survey *survey, const struct options *options,
		     struct plan *plan, struct report *report, struct err *err)
{
	_cleanup_free_ struct err *errors = calloc(plan->count + 1, sizeof *errors);
	arch_set changed = { 0 };
	bool any = false;
	int rc = 0;

	if (!errors)
		return err_set(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < plan->count; i++) {
		any |= plan_step_changes(&plan->steps[i]);
		if (plan->steps[i].arch)
			changed[arch_index(plan->steps[i].arch)] |=
				plan_step_changes(&plan->steps[i]);
	}
	if (any && !options->dry_run) {
		apply_plan(plan, options, survey->lock, errors);
		rc = survey_entries(survey, changed, err);
		if (rc == 0 && options->mode == MODE_INSTALL && !options->no_verify)
			survey_probe(survey, changed, true);
	}
	if (rc == 0 && add_rows(plan, errors, survey, options, report))
		rc = err_set(err, ENOMEM, "out of memory");
	return rc;
}

int change_install(struct survey *survey, const struct options *options,
		   const size_t *order, size_t count, struct report *report,
		   struct err *err)
{
	const struct plan_options how = {
		.replace = options->replace,
		.credentials = options->credentials,
		.argv0 = kernel_tells_p(),
	};
	struct wish wishes[ARCH_MAX];
	/* Kept to the end of the program: rows point into it. */
	static struct plan plan;
	int rc;

	make_wishes(survey, options, order, count, wishes);
	rc = plan_install(wishes, count, &survey->snapshot, &how, &plan, err);
	if (rc)
		return rc;
	if (!options->no_verify)
		try_replacements(survey, &plan);
	return carry_out(survey, options, &plan, report, err);
}

int change_remove(struct survey *survey, const struct options *options,
		  struct report *report, struct err *err)
{
	static struct plan plan;
	int rc = plan_remove(options->words, options->word_count, &survey->snapshot,
			     &plan, err);

	return rc ? rc : carry_out(survey, options, &plan, report, err);
}
