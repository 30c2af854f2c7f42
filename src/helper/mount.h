/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Mounting binfmt_misc where it lasts. Used by binfmt-helper alone, before its lock-down.
 */

#include "base/err.h"

/*
 * Mounts binfmt_misc in this mount namespace and, where this is not that of process 1 but
 * process 1 can be seen and its namespace entered (a container with --pid=host, a shell
 * of `unshare -m`), there too, so that the entries outlive us. The second is done as far
 * as it is allowed: whether it was enough is judged by lifetime_look().
 */
int mount_lasting(struct err *err);
