/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Whose a file is, seen from a user namespace. Reads /proc; changes nothing. */

#include <stdbool.h>
#include <sys/types.h>

/* Whether this process is in the machine's first user namespace. */
bool owner_namespace_is_first(void);

/*
 * Whether a file of this owner is root's: uid 0, or, in a user namespace of its own, the
 * overflow uid (65534), as which the machine's root shows there; unless that uid is
 * mapped, for then it is an ordinary user of the namespace.
 */
bool owner_is_root(uid_t uid);
