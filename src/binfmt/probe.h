/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Proof by execution: starts the probes of architectures and judges what came of it. A
 * verdict of PROBE_WORKS means that the probe printed its architecture's name and exited
 * with 0, and nothing less. Leaves no process, file or mount behind.
 */

#include <stdbool.h>
#include <stddef.h>

#include "binfmt/arch.h"

enum probe_verdict {
	PROBE_FAILED, /* it ran wrongly or not at all; `reason` says how */
	PROBE_NOBODY, /* ENOEXEC: neither the kernel nor an entry takes it */
	PROBE_WORKS,
};

enum probe_way {
	PROBE_IN_CHROOT,   /* in a root that holds nothing else: shows a missing F flag */
	PROBE_FROM_MEMORY, /* where no chroot is allowed: F must be read from the entry */
};

struct probe {
	const struct arch *arch; /* in */
	bool ask_version;	 /* in: also ask the emulator for its version */
	const char *interpreter; /* in: start this with the probe, as an entry with P and
				  * F would; NULL: let the kernel choose */

	enum probe_verdict verdict;
	enum probe_way way;
	double ms;	   /* from start to end of the program, milliseconds */
	char version[128]; /* the emulator's own words; "" if it is not QEMU or not asked
			    */
	char reason[256];  /* "" if it works */
};

/* Called about once a second while probes run: how many still do, and for how long
 * already, in seconds. */
typedef void probe_progress(size_t running, unsigned seconds);

/*
 * Runs all the probes, at most `parallel` at a time, each for timeout_ms at the most,
 * with a clean environment, no core dumps, no privileges to gain, and killed with this
 * process.
 */
void probe_run(struct probe *probes, size_t count, unsigned parallel, unsigned timeout_ms,
	       probe_progress *progress);

enum native {
	NATIVE_UNKNOWN, /* it could not be tried */
	NATIVE_NO,
	NATIVE_YES,
};

/*
 * Whether the kernel runs programs of these architectures by itself: native[i] for
 * archs[i], found by having it start one that cannot start (elf_unstartable()). Right
 * here, in no time, where no entry may take them, which would answer in the kernel's
 * place; or aside: in a process that hides all entries behind an empty instance of its
 * own (Linux 6.7), for timeout_ms at the most.
 */
void probe_native(const struct arch *const *archs, size_t count, bool aside,
		  enum native *native, unsigned timeout_ms);
