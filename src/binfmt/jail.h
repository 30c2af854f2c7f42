/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Places for probes to run in: folders of a tmpfs that is mounted nowhere, so that nobody
 * else sees it and nothing of it is left however we end. Each holds one probe and nothing
 * else; entering one is a chroot into it.
 */

#include "binfmt/arch.h"

/*
 * A new tmpfs, by its root folder: an fd, or -errno. Needs CAP_SYS_ADMIN in the user
 * namespace of the mount namespace, and Linux 5.2.
 */
int jail_open(void);

/* Like jail_open(), for a process without privilege that may be given up for it: it moves
 * to a user and mount namespace of its own first. */
int jail_open_private(void);

/*
 * Moves this process to a user namespace whose binfmt_misc is an empty one of its own, so
 * that no entry counts for what it executes. 0 or -errno (before Linux 6.7: -EPERM).
 */
int jail_hide_entries(void);

/* Puts the architecture's probe in as NAME/NAME. 0 or -errno. */
int jail_put(int jail, const struct arch *arch);

/* Changes the root to the probe's folder, so that the probe is /NAME. 0 or -errno. */
int jail_enter(int jail, const struct arch *arch);

/* The probe as an executable file in memory: an fd that stays open over exec, or -errno.
 */
int jail_memory_file(const struct arch *arch);
