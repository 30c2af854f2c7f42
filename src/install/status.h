/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What is registered and whether it works: the rows of --status and of the JSON. */

#include "install/options.h"
#include "install/report.h"
#include "install/survey.h"

/*
 * Finds out what is not known yet (with verify: by execution), and adds a row for every
 * entry of an architecture in the set, and of other programs if `others`. An architecture
 * that has no entry gets one if it is native, or if `missing` asks for it.
 */
int status_rows(struct survey *survey, const bool *set, bool others, bool missing,
		bool verify, struct report *report, struct err *err);
