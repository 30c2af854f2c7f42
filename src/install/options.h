/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The command line of binfmt-install. One table is the source of the options, of --help,
 * and of what the tests compare the completions and the manual with. Only fills a struct.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

enum mode {
	MODE_STATUS,
	MODE_INSTALL,
	MODE_REMOVE,
	MODE_HELP,
	MODE_VERSION,
};

struct options {
	enum mode mode;
	bool dry_run, replace, json, credentials, no_verify, quiet, verbose;
	const char *binfmt_dir;	     /* or NULL */
	const char *interpreter_dir; /* or NULL */
	unsigned timeout_ms;	     /* of one probe */
	const char **words;	     /* architectures, names, globs: lists taken apart */
	size_t word_count;
};

/* Reads argv. -EINVAL: the message says what is wrong. Free with options_free(). */
int options_parse(int argc, char *argv[], struct options *options, struct err *err);
void options_free(struct options *options);

void options_help(FILE *out);
