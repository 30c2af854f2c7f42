/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/ops.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"

static int bad(struct err *err, const char *word, const char *why)
{
	char shown[200];

	return err_set(err, EINVAL, "operation '%s': %s",
		       io_printable(word, shown, sizeof shown), why);
}

/* The rest of the word behind "prefix:", or NULL. */
static const char *after(const char *word, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(word, prefix, n) || word[n] != ':' ? NULL : word + n + 1;
}

/* QEMU:FLAGS. QEMU's own name alone, exactly: no other spelling reaches the table. */
static int parse_rule(const char *word, const char *rest, struct op *op, struct err *err)
{
	const char *colon = strchr(rest, ':');
	char name[ARCH_ENTRY_NAME];

	if (!colon)
		return bad(err, word, "it must be add:QEMU:FLAGS");
	snprintf(name, sizeof name, "qemu-%.*s", (int)(colon - rest), rest);
	op->arch = arch_of_entry_name(name);
	if (!op->arch || strlen(op->arch->qemu) != (size_t)(colon - rest))
		return bad(err, word,
			   "QEMU has no such architecture, or we do not know it");
	if (!rule_flags_valid(colon + 1))
		return bad(err, word,
			   "flags are letters of POCF, each once, F among them");
	snprintf(op->flags, sizeof op->flags, "%s", colon + 1);
	return 0;
}

static int parse_name(const char *word, const char *name, bool any, struct op *op,
		      struct err *err)
{
	if (!rule_name_valid(name))
		return bad(err, word, "this cannot be the name of an entry");
	if (!any && strncmp(name, "qemu-", 5) &&
	    strncmp(name, ARCH_STAND_IN, strlen(ARCH_STAND_IN)))
		return bad(err, word, "only entries of QEMU (qemu-*) are removed so");
	op->name = name;
	return 0;
}

static int parse_path(const char *word, const char *path, const char **out,
		      struct err *err)
{
	if (*path != '/')
		return bad(err, word, "the path must begin with /");
	if (*out)
		return bad(err, word, "it stands twice");
	*out = path;
	return 0;
}

static int parse_op(const char *word, struct op *op, struct err *err)
{
	const char *rest;

	op->word = word;
	if ((rest = after(word, "add"))) {
		op->kind = OP_ADD;
		return parse_rule(word, rest, op, err);
	}
	if ((rest = after(word, "replace"))) {
		op->kind = OP_REPLACE;
		return parse_rule(word, rest, op, err);
	}
	op->kind = OP_REMOVE;
	if ((rest = after(word, "remove")))
		return parse_name(word, rest, false, op, err);
	if ((rest = after(word, "remove-other")))
		return parse_name(word, rest, true, op, err);
	return bad(err, word, "there is no such operation; see binfmt-helper(8)");
}

static const char *entry_of(const struct op *op, char name[ARCH_ENTRY_NAME])
{
	return op->kind == OP_REMOVE ? op->name : arch_entry_name(op->arch, name);
}

/* Whether the last operation is on the entry of one before it. */
static bool is_twice(const struct ops *ops)
{
	char last[ARCH_ENTRY_NAME], name[ARCH_ENTRY_NAME];
	const char *entry = entry_of(&ops->list[ops->count], last);

	for (size_t i = 0; i < ops->count; i++)
		if (!strcmp(entry_of(&ops->list[i], name), entry))
			return true;
	return false;
}

int ops_parse(int argc, char *const argv[], struct ops *ops, struct err *err)
{
	memset(ops, 0, sizeof *ops);
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i], *rest;
		int rc = 0;

		if (!strcmp(word, "mount")) {
			ops->mount = true;
		} else if (!strcmp(word, "locked")) {
			ops->locked = true;
		} else if ((rest = after(word, "dir"))) {
			rc = parse_path(word, rest, &ops->dir, err);
		} else if ((rest = after(word, "interpreter-dir"))) {
			rc = parse_path(word, rest, &ops->interpreter_dir, err);
		} else if (ops->count == OPS_MAX) {
			rc = err_set(err, E2BIG, "more than %d operations at once",
				     OPS_MAX);
		} else {
			rc = parse_op(word, &ops->list[ops->count], err);
			if (rc == 0 && is_twice(ops))
				rc = bad(err, word,
					 "another operation is on the same entry");
			if (rc == 0)
				ops->count++;
		}
		if (rc)
			return rc;
	}
	if (ops->mount && ops->dir)
		return err_set(err, EINVAL,
			       "mount and dir: do not go together: it is mounted "
			       "at /proc/sys/fs/binfmt_misc");
	if (ops->count == 0 && !ops->mount)
		return err_set(err, EINVAL,
			       "there is nothing to do; see binfmt-helper(8)");
	return 0;
}
