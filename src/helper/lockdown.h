/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Giving up every privilege before the first write. Used by binfmt-helper alone.
 */

#include <stddef.h>

#include "base/err.h"

/* A string whose very address may be passed to openat(2) afterwards. */
struct lockdown_paths {
	const char *const *paths;
	size_t count;
};

/*
 * In this order: no capability in any set (libcap; the bounding set as far as CAP_SETPCAP
 * allows it, no_new_privs makes the rest moot), no_new_privs, a seccomp filter that
 * kills. After it the process can write to what is open, close it, and open for writing
 * below `dir` the given paths, which must lie in memory that can no longer be changed;
 * then exit. Whatever cannot be done is an error, and nothing may be written then.
 */
int lockdown_enter(int dir, const struct lockdown_paths *paths, struct err *err);

/* The flags that openat(2) must be called with afterwards. */
extern const int lockdown_open_flags;
