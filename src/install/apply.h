/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Running binfmt-helper: one process for a whole plan. This program itself writes nothing
 * to binfmt_misc.
 */

#include "base/err.h"
#include "binfmt/plan.h"
#include "install/options.h"

/* Has binfmt_misc mounted. 0, or -errno with what the helper said. */
int apply_mount(struct err *err);

/*
 * Has the steps that change something carried out; `lock` is the lock that the caller
 * holds. errors[i], as plan->steps[i], says what the helper said of each: code 0, or why
 * it was not done. Whether it is so only a fresh look tells.
 */
void apply_plan(const struct plan *plan, const struct options *options, int lock,
		struct err *errors);
