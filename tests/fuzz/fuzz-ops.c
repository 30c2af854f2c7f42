/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guards the only door of binfmt-helper, its arguments, which a hostile caller may
 * choose. ops_parse() must accept exactly what is written down here a second time, and
 * what it accepted must be fit to use: known architectures, valid flags and names,
 * absolute paths, no more than there is room for, and lines that the kernel reads as they
 * were meant.
 */
#include <errno.h>
#include <limits.h>

#include "check.h"
#include "helper/ops.h"

#define TEXT_MAX  8192 /* bytes */
#define WORDS_MAX 300  /* more than OPS_MAX */

/* What follows the prefix, or NULL. */
static const char *behind(const char *word, const char *prefix)
{
	return strncmp(word, prefix, strlen(prefix)) ? NULL : word + strlen(prefix);
}

static const struct arch *find_qemu(const char *qemu, size_t size)
{
	for (size_t i = 0; i < arch_count; i++)
		if (strlen(arch_table[i].qemu) == size &&
		    !memcmp(arch_table[i].qemu, qemu, size))
			return &arch_table[i];
	return NULL;
}

/* Letters of POCF, each once at the most, and F. */
static bool are_flags(const char *flags)
{
	unsigned seen[256] = { 0 };

	for (const char *p = flags; *p; p++)
		seen[(unsigned char)*p]++;
	return seen['P'] <= 1 && seen['O'] <= 1 && seen['C'] <= 1 && seen['F'] == 1 &&
	       seen['P'] + seen['O'] + seen['C'] + seen['F'] == strlen(flags);
}

/* A file that is neither one of the kernel's own nor in another folder. */
static bool is_name(const char *name)
{
	static const char *const never[] = { "", ".", "..", "register", "status" };

	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		if (!strcmp(name, never[i]))
			return false;
	return strlen(name) <= NAME_MAX && strcspn(name, "/") == strlen(name);
}

static bool is_qemus(const char *name)
{
	return behind(name, "qemu-") || behind(name, "binfmt-install.");
}

/* QEMU:FLAGS */
static bool is_rule(const char *rest)
{
	size_t n = strcspn(rest, ":");

	return rest[n] == ':' && find_qemu(rest, n) && are_flags(rest + n + 1);
}

static bool is_operation(const char *word)
{
	const char *rest;

	if ((rest = behind(word, "add:")) || (rest = behind(word, "replace:")))
		return is_rule(rest);
	if ((rest = behind(word, "remove:")))
		return is_name(rest) && is_qemus(rest);
	rest = behind(word, "remove-other:");
	return rest && is_name(rest);
}

/* The name of the entry that a valid operation is about. */
static void entry_of(const char *word, char name[NAME_MAX + 1])
{
	const char *rest = strchr(word, ':') + 1;

	if (behind(word, "remove"))
		snprintf(name, NAME_MAX + 1, "%s", rest);
	else
		snprintf(name, NAME_MAX + 1, "qemu-%.*s", (int)strcspn(rest, ":"), rest);
}

/* What the words ask for, or that they are not to be accepted. */
struct request {
	bool accepted, mount, locked;
	const char *dir, *interpreter_dir;
	const char *operations[WORDS_MAX];
	size_t count;
};

static bool take_dir(const char *path, const char **dir)
{
	if (*dir || *path != '/')
		return false;
	*dir = path;
	return true;
}

/* Takes an operation on an entry that none before it is about. */
static bool take_operation(const char *word, struct request *request)
{
	char name[NAME_MAX + 1], before[NAME_MAX + 1];

	if (!is_operation(word))
		return false;
	entry_of(word, name);
	for (size_t i = 0; i < request->count; i++) {
		entry_of(request->operations[i], before);
		if (!strcmp(name, before))
			return false;
	}
	request->operations[request->count++] = word;
	return true;
}

static void read_request(const char *const *words, size_t count, struct request *request)
{
	bool good = true;

	for (size_t i = 0; i < count; i++) {
		const char *word = words[i], *rest;

		if (!strcmp(word, "mount"))
			request->mount = true;
		else if (!strcmp(word, "locked"))
			request->locked = true;
		else if ((rest = behind(word, "dir:")))
			good = good && take_dir(rest, &request->dir);
		else if ((rest = behind(word, "interpreter-dir:")))
			good = good && take_dir(rest, &request->interpreter_dir);
		else
			good = good && take_operation(word, request);
	}
	request->accepted = good && request->count <= OPS_MAX &&
			    !(request->mount && request->dir) &&
			    (request->mount || request->count > 0);
}

/* The next field of a line to register, as the kernel cuts it (bm_register_write). */
static char *next_field(char **line, char delimiter)
{
	char *field = *line, *end = strchr(field, delimiter);

	CHECK(end != NULL);
	*end = '\0';
	*line = end + 1;
	return field;
}

static void check_escaped(const char *field, const uint8_t bytes[RULE_SIZE])
{
	CHECK(strlen(field) == 4 * RULE_SIZE);
	for (size_t i = 0; i < RULE_SIZE; i++) {
		char escaped[5];

		snprintf(escaped, sizeof escaped, "\\x%02x", bytes[i]);
		CHECK(!memcmp(field + 4 * i, escaped, 4));
	}
}

static void check_line(const struct op *op, const char *name, const char *path)
{
	char line[RULE_LINE_MAX + 1], *at = line + 1;
	/* Seven delimiters, the M, four characters for each byte. */
	size_t size = 7 + 1 + 2 * 4 * RULE_SIZE + strlen(name) + strlen(path) +
		      strlen(op->flags);
	struct err err = { 0 };
	struct rule rule;
	int rc;

	memset(line, 'x', sizeof line);
	rule_of(op->arch, &rule);
	rc = rule_format(&rule, name, path, op->flags, line, &err);
	if (rc) {
		CHECK(rc == -err.code && (rc == -EINVAL || rc == -ENAMETOOLONG));
		CHECK(rc != -EINVAL || strpbrk(path, ":|;,!"));
		CHECK(rc != -ENAMETOOLONG || size > RULE_LINE_MAX);
		return;
	}
	CHECK(memchr(line, '\0', sizeof line) != NULL);
	CHECK(strlen(line) == size && size <= RULE_LINE_MAX);
	CHECK(!strcmp(next_field(&at, line[0]), name));
	CHECK(!strcmp(next_field(&at, line[0]), "M"));
	CHECK(!strcmp(next_field(&at, line[0]), ""));
	check_escaped(next_field(&at, line[0]), rule.magic);
	check_escaped(next_field(&at, line[0]), rule.mask);
	CHECK(!strcmp(next_field(&at, line[0]), path));
	CHECK(!strcmp(at, op->flags));
}

static void check_rule(const struct ops *ops, const struct op *op, const char *rest)
{
	char name[ARCH_ENTRY_NAME], path[PATH_MAX];
	const char *colon = strchr(rest, ':');

	CHECK(op->arch != NULL);
	CHECK(op->arch == find_qemu(rest, colon - rest));
	CHECK(memchr(op->flags, '\0', sizeof op->flags) != NULL);
	CHECK(are_flags(op->flags));
	CHECK(!strcmp(op->flags, colon + 1));
	CHECK(!op->name);
	snprintf(path, sizeof path, "%s/qemu-%s-static",
		 ops->interpreter_dir ? ops->interpreter_dir : INTERPRETER_DIR,
		 op->arch->qemu);
	check_line(op, arch_entry_name(op->arch, name), path);
	check_line(op, arch_stand_in_name(op->arch, name), path);
}

static void check_op(const struct ops *ops, const struct op *op)
{
	const char *rest;

	switch (op->kind) {
	case OP_ADD:
		rest = behind(op->word, "add:");
		CHECK(rest != NULL);
		check_rule(ops, op, rest);
		break;
	case OP_REPLACE:
		rest = behind(op->word, "replace:");
		CHECK(rest != NULL);
		check_rule(ops, op, rest);
		break;
	case OP_REMOVE:
		CHECK(op->name != NULL && is_name(op->name));
		CHECK(op->name == behind(op->word, "remove-other:") ||
		      (op->name == behind(op->word, "remove:") && is_qemus(op->name)));
		CHECK(!op->arch);
		break;
	default:
		CHECK(!"an operation adds, replaces or removes");
	}
}

static void check_ops(const struct ops *ops, const struct request *request)
{
	CHECK(ops->count <= OPS_MAX);
	CHECK(ops->count == request->count);
	CHECK(ops->mount == request->mount);
	CHECK(ops->locked == request->locked);
	CHECK(ops->dir == request->dir);
	CHECK(!ops->dir || *ops->dir == '/');
	CHECK(ops->interpreter_dir == request->interpreter_dir);
	CHECK(!ops->interpreter_dir || *ops->interpreter_dir == '/');
	for (size_t i = 0; i < ops->count; i++) {
		CHECK(ops->list[i].word == request->operations[i]);
		check_op(ops, &ops->list[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = check_text(data, &size, TEXT_MAX);
	const char *argv[WORDS_MAX + 2] = { "binfmt-helper" };
	size_t count = check_split(text, size, argv + 1, WORDS_MAX);
	struct request request = { 0 };
	struct err err = { 0 };
	struct ops ops;
	int rc;

	memset(&ops, 'x', sizeof ops); /* it must not trust what was there */
	read_request(argv + 1, count, &request);
	rc = ops_parse(count + 1, (char *const *)argv, &ops, &err);
	CHECK((rc == 0) == request.accepted);
	if (rc == 0) {
		check_ops(&ops, &request);
	} else {
		CHECK(rc == -EINVAL || rc == -E2BIG);
		CHECK(err.code == -rc);
		CHECK(memchr(err.text, '\0', sizeof err.text) != NULL);
		CHECK(err.text[0] != '\0' && check_printable(err.text));
	}
	free(text);
	return 0;
}
