/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Finding the interpreter of an architecture and judging whether it may be registered.
 * Both binfmt-install, to plan, and binfmt-helper, which trusts nobody, call it. Reads
 * files, changes nothing.
 */

#include <limits.h>
#include <stdbool.h>

#include "base/err.h"
#include "binfmt/arch.h"

struct interp {
	char path[PATH_MAX]; /* canonical: no symbolic link in it */
};

/* The folders to look in, each judged once. */
struct interp_search {
	struct interp_folder {
		char path[PATH_MAX]; /* canonical */
		int fd;		     /* -1: it is not there, or not to be used */
		struct err err;	     /* why not; ENOENT: it is not there */
	} folders[3];
	const char *named; /* the one that somebody named, as they did; or NULL */
};

/*
 * Opens the folders: `named` (may be NULL), the package's own, the distribution's. A
 * folder is used only if it and every folder above it are root's and not writable by
 * others. -ENOTDIR, -EACCES, ...: the named one cannot be used. Close with
 * interp_search_close().
 */
int interp_search_open(struct interp_search *search, const char *named, struct err *err);
void interp_search_close(struct interp_search *search);
#define _cleanup_interp_search_ __attribute__((cleanup(interp_search_close)))

/*
 * The interpreter to register for the architecture: the first good one of qemu-X-static
 * and qemu-X in the folders. A good one is a regular file, executable, statically linked
 * for this machine, root's and not writable by others, and so is every folder above it.
 * One in the named folder that is not good ends the search, since somebody asked for it.
 * -ENOENT: there is none. -ENOEXEC, -EACCES, ...: there is one, but it cannot be used.
 */
int interp_find(const struct interp_search *search, const struct arch *arch,
		struct interp *interp, struct err *err);

/*
 * The version of the QEMU in the file, as elf_qemu_version(). Of an entry with the F flag
 * this is what would run after registering it again, not necessarily what runs now.
 */
int interp_version(const struct arch *arch, const char *path, char *out, size_t size);
