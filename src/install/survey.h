/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What is known of this machine, found out once and only as far as it is asked for: the
 * entries, and for each architecture its interpreter, whether it is native, and what a
 * probe showed. Changes nothing.
 */

#include <stdbool.h>

#include "binfmt/arch.h"
#include "binfmt/binfs.h"
#include "binfmt/interp.h"
#include "binfmt/probe.h"

struct survey_arch {
	const struct entry *entry;  /* named qemu-X, or NULL */
	const struct entry *winner; /* the one that the kernel chooses, or NULL */
	bool native_known;
	enum native native;
	bool probed;
	struct probe probe;
	bool interp_known;
	struct interp interp;
	struct err obstacle; /* why there is no interpreter; code 0: there is one */
};

struct survey {
	int dir;      /* of binfmt_misc; -1: it is not mounted */
	int lock;     /* by which runs exclude each other; -1: not taken */
	bool mounted; /* it was mounted by us, in this run */
	struct snapshot snapshot;
	struct survey_arch
		*archs; /* as arch_table; allocated, since few of it is touched */
	struct interp_search search;
	unsigned timeout_ms;
};

/* A set of architectures, as arch_table. */
typedef bool arch_set[ARCH_MAX];

static inline size_t arch_index(const struct arch *arch)
{
	return arch - arch_table;
}

/* -errno if the interpreter folder that somebody named (or NULL) cannot be used. */
int survey_init(struct survey *survey, const char *interpreter_dir, unsigned timeout_ms,
		struct err *err);
void survey_free(struct survey *survey);

/* Reads the entries anew and forgets what was found out of changed[] (NULL: of none). */
int survey_entries(struct survey *survey, const bool *changed, struct err *err);

/* The architecture whose name the entry has, or else whose programs it takes; or NULL. */
const struct arch *survey_arch_of(const struct entry *entry);

/* Looks for the interpreter of one architecture. */
struct survey_arch *survey_interp(struct survey *survey, const struct arch *arch);

/*
 * Finds out of each in the set whether it is native; that this very program runs is proof
 * for its own architecture. One that an entry takes, and as far as is known rightly, is
 * not tried: NATIVE_NO. Call it after survey_probe().
 */
void survey_native(struct survey *survey, const bool *set);

/* Tells a person at a terminal that there is still something to wait for. */
void survey_progress(size_t running, unsigned seconds);

/*
 * Probes, side by side, those of the set that an entry takes and that are not probed yet.
 * fresh: their entries were registered just now, so the emulator's version is that of the
 * file, which costs nothing; else the emulator itself is asked, since an entry with the F
 * flag goes on with the file it had when it was registered.
 */
void survey_probe(struct survey *survey, const bool *set, bool fresh);
