/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The one module that touches binfmt_misc. The first half reads and locks and may be used
 * by anyone; the second half writes and is for binfmt-helper alone. Policy is elsewhere.
 *
 * An instance is one set of entries. The machine has one, and since Linux 6.7 a user
 * namespace can have its own; several mounts may show the same instance.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "binfmt/entry.h"

#define BINFS_PATH "/proc/sys/fs/binfmt_misc"

/*
 * Opens the folder in which an instance is mounted and makes sure that it is one. The fd
 * goes to *dir and is the caller's.
 * -ENOTCONN: nothing, or the instance of another user namespace, is mounted at
 * BINFS_PATH, so mounting helps. -ENOTDIR, -ENOENT, ...: the path is wrong.
 */
int binfs_open(const char *path, int *dir, struct err *err);

/*
 * The same for who wants to change something. In a user namespace of its own, an instance
 * that is seen at BINFS_PATH may be that of the namespace outside, which root there may
 * well be allowed to write: this is -ENOTCONN too. Another path is taken as it was named.
 */
int binfs_open_own(const char *path, int *dir, struct err *err);

/* What is registered, the newest entry first, as the kernel searches and lists it. */
struct snapshot {
	struct entry *entries;
	size_t count;
	bool disabled; /* all of them at once, by the status file */
	void *memory;  /* the texts that the entries point into */
};

/* Reads all entries. One that cannot be read has readable == false. */
int binfs_read(int dir, struct snapshot *snapshot, struct err *err);

void snapshot_free(struct snapshot *snapshot);
#define _cleanup_snapshot_ __attribute__((cleanup(snapshot_free)))

const struct entry *snapshot_find(const struct snapshot *snapshot, const char *name);

/* The entry that the kernel would choose for a file that begins with head, or NULL. */
const struct entry *snapshot_winner(const struct snapshot *snapshot, const uint8_t *head,
				    size_t size);

/*
 * Takes the lock by which runs exclude each other: flock(2) on the instance's own
 * `status` file, which holds across mounts and containers. Waits timeout_ms at the most,
 * and calls waiting(pid) once after a second; pid of the holder, or 0 if it cannot be
 * seen. The lock lasts until *lock is closed. -EBUSY: held all the time.
 */
int binfs_lock(int dir, unsigned timeout_ms, void (*waiting)(int pid), int *lock,
	       struct err *err);

/*
 * Whether the instance that dir is open in was mounted in this very mount namespace by
 * binfs_mount(), and did not come from outside with it.
 */
bool binfs_is_made_here(int dir);

/* The source of a mount of ours, as mountinfo shows it: with the mount namespace's inode.
 */
#define BINFS_SOURCE "binfmt-install:%lu"

/* --- for binfmt-helper alone --- */

/*
 * Mounts binfmt_misc at BINFS_PATH in this mount namespace. Needs CAP_SYS_ADMIN. -ENODEV:
 * the kernel has none.
 */
int binfs_mount(struct err *err);

/* Opens `register` for writing: the only point at which the kernel checks a permission.
 */
int binfs_open_register(int dir, int *fd, struct err *err);

/* Opens an entry for writing. -ENOENT if there is none. */
int binfs_open_entry(int dir, const char *name, int *fd, struct err *err);

/* Writes one line of rule_format() to `register`. Makes no other system call. */
int binfs_register(int register_fd, const char *line);

/* Deletes the entry by writing to its file. Makes no other system call. */
int binfs_delete(int entry_fd);
