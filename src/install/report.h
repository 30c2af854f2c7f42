/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What is said at the end: rows, printed as a table for people or as JSON for programs.
 * The report goes to stdout; the reasons behind it, which are sentences, go to stderr
 * with the table and into the JSON.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "binfmt/plan.h"
#include "install/survey.h"

enum row_state {
	ROW_PLANNED, /* --dry-run */
	ROW_ADDED,
	ROW_REPLACED,
	ROW_KEPT,
	ROW_REMOVED,
	ROW_NATIVE,   /* the machine runs its programs by itself */
	ROW_ABSENT,   /* was to be removed and is not there */
	ROW_REFUSED,  /* could not be done, and nothing was changed */
	ROW_FAILED,   /* was tried and not done */
	ROW_BROKEN,   /* is registered and does not work */
	ROW_WORKS,    /* status: proved */
	ROW_UNPROVED, /* status: registered, and not tried (--no-verify) */
	ROW_MISSING,  /* status: asked about and not registered */
	ROW_OTHER,    /* status: of another program; none of our business */
};

struct row {
	enum row_state state;
	enum plan_action action;   /* of ROW_PLANNED, and what a change was to be */
	const struct arch *arch;   /* NULL: none that we know */
	const char *name;	   /* of the entry */
	const struct entry *entry; /* as it is now, or NULL */
	const char *flags;	   /* NULL: none */
	const struct probe *probe; /* NULL: not tried */
	const char *interpreter;   /* NULL: none */
	char *note;   /* why, and what helps; NULL: nothing to say; allocated */
	bool warning; /* the note is not about a failure but worth a word */
};

struct report {
	struct row *rows; /* allocated */
	size_t count;
	bool changes; /* rows are of a change; else of the status */
	bool quiet, json;
};

/* A new row at the end, or NULL if memory is short. */
struct row *report_add(struct report *report);
void report_free(struct report *report);

/* Fills in what the entry says, and the architecture if it is not known yet. */
void row_entry(struct row *row, const struct entry *entry);

/* Sets the note, or adds a sentence to it. Nothing happens for an empty one. */
void row_note(struct row *row, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Whether the row is of a kind that makes the exit status 1, or 3. */
bool row_failed(const struct row *row);
bool row_is_broken(const struct row *row);

/* The word of the row's result: "added". */
const char *row_result(const struct row *row);

/*
 * Prints the table on stdout, colours only if that is a terminal, and the notes on
 * stderr. -errno if stdout did not take it.
 */
int report_print(const struct report *report, struct err *err);

/*
 * Prints the JSON: `changes` are the rows of what was done (NULL: nothing was asked for),
 * `status` those of all the entries as they are now. Everything in `survey` must be found
 * out already. -errno if it cannot be built.
 */
int report_json(const struct report *changes, const struct report *status,
		const struct survey *survey, const char *lifetime, struct err *err);

/* Hands over what was printed so far. -errno if stdout does not take it. */
int report_flush(struct err *err);

/* The same for the last time, when a full disk may show at last. Closes stdout. */
int report_close(struct err *err);
