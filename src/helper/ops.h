/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The protocol of binfmt-helper: its arguments. Everything is checked here, before
 * anything is opened. Pure.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "binfmt/arch.h"
#include "binfmt/rule.h"

enum op_kind {
	OP_ADD,	    /* add:QEMU:FLAGS */
	OP_REPLACE, /* replace:QEMU:FLAGS, without a gap */
	OP_REMOVE, /* remove:NAME of an entry of QEMU's; remove-other:NAME of anybody's */
};

struct op {
	enum op_kind kind;
	const char *word;	 /* as it stands in argv */
	const struct arch *arch; /* of ADD and REPLACE */
	char flags[8];		 /* of ADD and REPLACE */
	const char *name;	 /* of REMOVE; points into argv */
};

#define OPS_MAX 256

struct ops {
	const char *dir;	     /* dir:PATH, where binfmt_misc is; or NULL */
	const char *interpreter_dir; /* interpreter-dir:PATH; or NULL */
	bool locked;		     /* locked: the caller holds the lock for us */
	bool mount;		     /* mount: mount binfmt_misc first */
	struct op list[OPS_MAX];
	size_t count;
};

/*
 * Reads argv[1..]. On the first word that is not understood nothing counts: -EINVAL, and
 * the message names the word. -E2BIG: more than OPS_MAX.
 */
int ops_parse(int argc, char *const argv[], struct ops *ops, struct err *err);
