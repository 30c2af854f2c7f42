/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What to do, decided from what is wanted, what is registered and what was found out
 * about both. Pure: no system call, no clock, no printing.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "binfmt/arch.h"
#include "binfmt/binfs.h"
#include "binfmt/probe.h"
#include "binfmt/rule.h"

enum plan_action {
	PLAN_KEEP, /* it is as it should be */
	PLAN_ADD,
	PLAN_REPLACE,
	PLAN_REMOVE,
	PLAN_REFUSE, /* `reason` says why, and what helps */
};

/* One architecture that is wanted, with the facts that the plan rests on. */
struct wish {
	const struct arch *arch;
	enum native native;	 /* whether the kernel runs its programs by itself */
	const char *interpreter; /* NULL: there is none to register */
	const char *obstacle;	 /* why there is none */
	enum { TRIED_NOT, TRIED_WORKS, TRIED_FAILS } tried; /* what answers now */
	const char *fault;				    /* why it fails */
};

struct plan_step {
	enum plan_action action;
	const struct arch *arch; /* NULL: an entry of none that we know */
	bool native;		 /* a KEEP because there is nothing to do */
	char name[RULE_NAME_MAX + 1];
	char flags[8];	  /* of ADD and REPLACE */
	char reason[640]; /* "" if there is nothing to say */
	char rival[320];  /* about another entry with the same magic, or "" */
};

#define PLAN_MAX 256 /* steps; the helper takes as many operations */

struct plan {
	struct plan_step steps[PLAN_MAX];
	size_t count;
};

struct plan_options {
	bool replace;	  /* a working entry too */
	bool credentials; /* with the C flag */
	bool argv0; /* the kernel sets AT_FLAGS (5.12), so that P can be understood */
};

/* The steps that fulfil the wishes, in their order. -E2BIG: more than PLAN_MAX. */
int plan_install(const struct wish *wishes, size_t count, const struct snapshot *snapshot,
		 const struct plan_options *options, struct plan *plan, struct err *err);

/*
 * The steps that remove what the words name: architectures, entries by full name, globs,
 * or all. Globs and all mean entries of QEMU (qemu-*) and what our own runs left, never
 * others.
 */
int plan_remove(const char *const *words, size_t count, const struct snapshot *snapshot,
		struct plan *plan, struct err *err);

/* Whether the entry takes all kinds of programs of the architecture (elf_heads()). */
bool plan_takes_all(const struct entry *entry, const struct arch *arch);

/* Whether a step changes anything. */
bool plan_step_changes(const struct plan_step *step);

/* "KEEP", "ADD", ... */
const char *plan_action_name(enum plan_action action);
