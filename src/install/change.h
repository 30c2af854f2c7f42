/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Installing and removing: plan, apply, verify, and a row for each step. */

#include "install/options.h"
#include "install/report.h"
#include "install/survey.h"

/*
 * Installs the architectures in `order` (indices into arch_table). The survey has the
 * entries; the caller holds the lock, unless it is a dry run.
 */
int change_install(struct survey *survey, const struct options *options,
		   const size_t *order, size_t count, struct report *report,
		   struct err *err);

/* Removes what options->words name. */
int change_remove(struct survey *survey, const struct options *options,
		  struct report *report, struct err *err);
