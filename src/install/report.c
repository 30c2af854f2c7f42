/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "install/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"

enum colour { PLAIN, GREEN, RED, YELLOW };

static const struct {
	const char *word;
	enum colour colour;
	bool failed, broken;
} states[] = {
	[ROW_PLANNED] = { "", PLAIN, false, false }, /* its action is the word */
	[ROW_ADDED] = { "added", GREEN, false, false },
	[ROW_REPLACED] = { "replaced", GREEN, false, false },
	[ROW_KEPT] = { "kept", GREEN, false, false },
	[ROW_REMOVED] = { "removed", GREEN, false, false },
	[ROW_NATIVE] = { "native", GREEN, false, false },
	[ROW_ABSENT] = { "absent", PLAIN, false, false },
	[ROW_REFUSED] = { "refused", RED, true, false },
	[ROW_FAILED] = { "failed", RED, true, false },
	[ROW_BROKEN] = { "broken", RED, false, true },
	[ROW_WORKS] = { "works", GREEN, false, false },
	[ROW_UNPROVED] = { "unproved", YELLOW, false, false },
	[ROW_MISSING] = { "missing", RED, true, false },
	[ROW_OTHER] = { "other", PLAIN, false, false },
};

struct row *report_add(struct report *report)
{
	size_t n = report->count;

	if ((n & (n - 1)) == 0) {
		struct row *more = realloc(report->rows, (n ? 2 * n : 1) * sizeof *more);

		if (!more)
			return NULL;
		report->rows = more;
	}
	report->rows[n] = (struct row){ 0 };
	report->count++;
	return &report->rows[n];
}

void report_free(struct report *report)
{
	for (size_t i = 0; i < report->count; i++)
		free(report->rows[i].note);
	free(report->rows);
	report->rows = NULL;
	report->count = 0;
}

void row_entry(struct row *row, const struct entry *entry)
{
	row->entry = entry;
	row->name = entry->name;
	row->interpreter = *entry->interpreter ? entry->interpreter : NULL;
	row->flags = *entry->flags ? entry->flags : NULL;
	if (!row->arch)
		row->arch = survey_arch_of(entry);
}

void row_note(struct row *row, const char *fmt, ...)
{
	char *before = row->note, *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (!text || !*text) {
		free(text);
		return;
	}
	if (before && asprintf(&row->note, "%s; %s", before, text) >= 0) {
		free(before);
		free(text);
	} else {
		row->note = text;
	}
}

bool row_failed(const struct row *row)
{
	return states[row->state].failed ||
	       (row->state == ROW_PLANNED && row->action == PLAN_REFUSE);
}

bool row_is_broken(const struct row *row)
{
	return states[row->state].broken;
}

const char *row_result(const struct row *row)
{
	return row->state == ROW_PLANNED ? plan_action_name(row->action)
					 : states[row->state].word;
}

enum column { ARCH, ENTRY, RESULT, PROOF, EMULATOR, FLAGS, INTERPRETER, COLUMNS };

static const char *const titles[COLUMNS] = {
	"ARCH", "ENTRY", "RESULT", "PROOF", "EMULATOR", "FLAGS", "INTERPRETER",
};

#define CELL 280

static void cell(char *out, const char *text)
{
	io_printable(text && *text ? text : "-", out, CELL);
}

static void fill(const struct row *row, char cells[COLUMNS][CELL])
{
	const struct probe *probe = row->probe;

	cell(cells[ARCH], row->arch ? row->arch->name : NULL);
	cell(cells[ENTRY], row->name);
	cell(cells[RESULT], row_result(row));
	cell(cells[FLAGS], row->flags);
	cell(cells[INTERPRETER], row->interpreter);
	cell(cells[PROOF], NULL);
	cell(cells[EMULATOR], NULL);
	if (!probe)
		return;
	if (probe->verdict == PROBE_WORKS)
		snprintf(cells[PROOF], CELL, "ran in %.0f ms%s",
			 probe->ms < 1 ? 1 : probe->ms,
			 probe->way == PROBE_FROM_MEMORY ? ", no chroot" : "");
	else
		snprintf(cells[PROOF], CELL, "did not run");
	if (*probe->version)
		snprintf(cells[EMULATOR], CELL, "QEMU %.*s",
			 (int)strcspn(probe->version, " "), probe->version);
}

static void print_line(char cells[COLUMNS][CELL], const size_t widths[COLUMNS],
		       enum colour colour)
{
	static const char *const codes[] = { "", "\033[32m", "\033[31m", "\033[33m" };

	for (int c = 0; c < COLUMNS; c++) {
		bool last = c == COLUMNS - 1, coloured = c == RESULT && colour != PLAIN;

		printf("%s%-*s%s%s", coloured ? codes[colour] : "",
		       last ? 0 : (int)widths[c], cells[c], coloured ? "\033[0m" : "",
		       last ? "\n" : "  ");
	}
}

static void print_table(const struct report *report)
{
	bool colours = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	char cells[COLUMNS][CELL];
	size_t widths[COLUMNS];

	for (int c = 0; c < COLUMNS; c++)
		widths[c] = strlen(titles[c]);
	for (size_t i = 0; i < report->count; i++) {
		fill(&report->rows[i], cells);
		for (int c = 0; c < COLUMNS; c++)
			if (strlen(cells[c]) > widths[c])
				widths[c] = strlen(cells[c]);
	}
	for (int c = 0; c < COLUMNS; c++)
		cell(cells[c], titles[c]);
	print_line(cells, widths, PLAIN);
	for (size_t i = 0; i < report->count; i++) {
		const struct row *row = &report->rows[i];

		fill(row, cells);
		print_line(cells, widths, colours ? states[row->state].colour : PLAIN);
	}
}

int report_print(const struct report *report, struct err *err)
{
	int rc;

	if (!report->json && !report->quiet && report->count > 0)
		print_table(report);
	/* In the order in which a terminal would show them. */
	rc = report_flush(err);
	for (size_t i = 0; i < report->count; i++) {
		const struct row *row = &report->rows[i];
		char shown[300];
		const char *about =
			row->arch ? row->arch->name
				  : io_printable(row->name, shown, sizeof shown);

		if (!row->note)
			continue;
		if (row_failed(row) || row_is_broken(row))
			log_error("%s: %s", about, row->note);
		else if (row->warning)
			log_info("%s: %s", about, row->note);
		else
			log_debug("%s: %s", about, row->note);
	}
	return rc;
}

static int lost(struct err *err)
{
	int code = errno ? errno : EIO;

	return err_set(err, code,
		       "the report could not be written to stdout: %s; what it was "
		       "about to say was done all the same",
		       strerror(code));
}

int report_flush(struct err *err)
{
	errno = 0;
	return fflush(stdout) || ferror(stdout) ? lost(err) : 0;
}

int report_close(struct err *err)
{
	errno = 0;
	return fclose(stdout) ? lost(err) : 0;
}
