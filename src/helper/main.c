/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * binfmt-helper: the one program that writes to binfmt_misc. Its arguments are all it
 *reads.
 *
 *	check argv -> mount -> open what is needed -> lock down -> write -> report
 *
 * Everything that allocates, looks up or opens comes before the lock-down; after it there
 *is only write(2), and openat(2) of the stand-in entries named beforehand.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/io.h"
#include "binfmt/binfs.h"
#include "binfmt/elf.h"
#include "binfmt/interp.h"
#include "helper/lockdown.h"
#include "helper/mount.h"
#include "helper/ops.h"

enum { EXIT_USAGE = 2 };

#define LOCK_TIMEOUT_MS 10000

/* An operation made ready: after the lock-down nothing more is needed than these. */
struct ready {
	const struct op *op;
	struct err err; /* of what failed while making ready; code 0: none */
	char line[RULE_LINE_MAX + 1];
	char stand_in_line[RULE_LINE_MAX + 1];
	char interpreter[PATH_MAX];
	const char *stand_in; /* in sealed memory */
	int old;	      /* the entry to delete, open for writing */
};

/* The names of the stand-in entries, in pages of their own that are sealed when complete.
 */
struct sealed {
	char names[OPS_MAX][ARCH_ENTRY_NAME];
	const char *list[OPS_MAX];
	size_t count;
};

static int make_rule(const struct interp_search *search, struct ready *ready,
		     struct sealed *sealed)
{
	const struct arch *arch = ready->op->arch;
	struct err *err = &ready->err;
	char name[ARCH_ENTRY_NAME];
	struct interp interp;
	struct rule rule;
	int rc;

	/* Nothing on the machine would start any more (ELOOP). */
	if (elf_is_own(arch))
		return err_set(
			err, EINVAL,
			"%s is this machine's own architecture; to register it would "
			"stop every program, so it is never done",
			arch->name);
	rc = interp_find(search, arch, &interp, err);
	if (rc)
		return rc;
	memcpy(ready->interpreter, interp.path, sizeof interp.path);
	rule_of(arch, &rule);
	rc = rule_format(&rule, arch_entry_name(arch, name), interp.path,
			 ready->op->flags, ready->line, err);
	if (rc || ready->op->kind != OP_REPLACE)
		return rc;
	ready->stand_in = arch_stand_in_name(arch, sealed->names[sealed->count]);
	sealed->list[sealed->count++] = ready->stand_in;
	return rule_format(&rule, ready->stand_in, interp.path, ready->op->flags,
			   ready->stand_in_line, err);
}

static int open_old(int dir, struct ready *ready)
{
	const struct op *op = ready->op;
	char own[ARCH_ENTRY_NAME];
	const char *name = op->kind == OP_REMOVE ? op->name
						 : arch_entry_name(op->arch, own);
	int rc = binfs_open_entry(dir, name, &ready->old, &ready->err);

	/* Replacing what has gone meanwhile is adding. */
	if (rc == -ENOENT && op->kind == OP_REPLACE)
		rc = ready->err.code = 0;
	return rc;
}

static int make_ready(const struct ops *ops, int dir, struct ready *ready,
		      struct sealed *sealed, int *register_fd, struct err *err)
{
	_cleanup_interp_search_ struct interp_search search;
	int rc = interp_search_open(&search, ops->interpreter_dir, err);

	for (size_t i = 0; rc == 0 && i < ops->count; i++) {
		const struct op *op = &ops->list[i];

		ready[i].op = op;
		ready[i].old = -1;
		if (op->kind != OP_REMOVE && *register_fd < 0)
			rc = binfs_open_register(dir, register_fd, err);
		if (rc)
			break;
		if (op->kind != OP_REMOVE && make_rule(&search, &ready[i], sealed))
			continue;
		if (op->kind != OP_ADD)
			open_old(dir, &ready[i]);
	}
	return rc;
}

/* What an errno of the kernel's register means here, and what helps. */
static int explain(struct ready *ready, int rc)
{
	const char *path = ready->interpreter;
	struct err *err = &ready->err;

	switch (-rc) {
	case EEXIST:
		return err_set(err, EEXIST,
			       "an entry of this name is there already; run the "
			       "command again");
	case ETXTBSY:
		return err_set(
			err, ETXTBSY,
			"%s is open for writing, perhaps by an upgrade; run the command "
			"again when that has ended",
			path);
	case EACCES:
		return err_set(
			err, EACCES,
			"the kernel may not execute %s (a noexec mount, or its mode)",
			path);
	case ENOENT:
		return err_set(err, ENOENT, "%s has gone; install it again", path);
	case EINVAL:
		return err_set(err, EINVAL,
			       "the kernel does not understand the entry (flags %s "
			       "need Linux 4.8)",
			       ready->op->flags);
	default:
		return err_set(err, -rc, "the kernel refused: %s", strerror(-rc));
	}
}

static int remove_stand_in(int dir, const struct ready *ready)
{
	int fd = openat(dir, ready->stand_in, lockdown_open_flags);
	int rc = fd < 0 ? -errno : binfs_delete(fd);

	if (fd >= 0)
		close(fd);
	return rc == -ENOENT ? 0 : rc;
}

/*
 * The stand-in is newer than the old entry, so it answers from the moment it is there;
 * the new one is newer still. At no moment does nobody answer, and whenever we are killed
 * one of them is left.
 */
static int replace(int dir, int register_fd, struct ready *ready)
{
	int rc = binfs_register(register_fd, ready->stand_in_line), late;

	/* One that a killed run left may be anything: the old entry still answers, so go.
	 */
	if (rc == -EEXIST) {
		rc = remove_stand_in(dir, ready);
		if (rc == 0)
			rc = binfs_register(register_fd, ready->stand_in_line);
	}
	if (rc)
		return explain(ready, rc);
	rc = ready->old >= 0 ? binfs_delete(ready->old) : 0;
	if (rc == 0)
		rc = binfs_register(register_fd, ready->line);
	/* Somebody else was faster: there is an entry of that name, and no need to stand
	 * in. */
	if (rc && rc != -EEXIST)
		return err_set(&ready->err, -rc,
			       "the kernel refused: %s; entry %s stands in for it",
			       strerror(-rc), ready->stand_in);
	late = remove_stand_in(dir, ready);
	if (late)
		return err_set(&ready->err, -late, "entry %s is left over: %s; remove it",
			       ready->stand_in, strerror(-late));
	return rc ? explain(ready, rc) : 0;
}

static int carry_out(int dir, int register_fd, struct ready *ready)
{
	int rc;

	if (ready->err.code)
		return -ready->err.code;
	switch (ready->op->kind) {
	case OP_ADD:
		rc = binfs_register(register_fd, ready->line);
		return rc ? explain(ready, rc) : 0;
	case OP_REPLACE:
		return replace(dir, register_fd, ready);
	default:
		rc = binfs_delete(ready->old);
		return rc ? err_set(&ready->err, -rc, "the kernel refused: %s",
				    strerror(-rc))
			  : 0;
	}
}

/*
 * One line an operation: `ok OPERATION`, or `error OPERATION ERRNO MESSAGE`, tabs
 * between; the operation - stands for all of them.
 */
static int report(const char *word, const struct err *err)
{
	char line[ERR_TEXT + 512], shown[300], text[ERR_TEXT];

	io_printable(word, shown, sizeof shown);
	if (err->code)
		snprintf(line, sizeof line, "error\t%s\t%d\t%s\n", shown, err->code,
			 io_printable(err->text, text, sizeof text));
	else
		snprintf(line, sizeof line, "ok\t%s\n", shown);
	return io_write_all(STDOUT_FILENO, line, strlen(line));
}

static void say(const char *text)
{
	static const char name[] = "binfmt-helper: ";

	io_write_all(STDERR_FILENO, name, strlen(name));
	io_write_all(STDERR_FILENO, text, strlen(text));
	io_write_all(STDERR_FILENO, "\n", 1);
}

/* Memory that can be sealed: whole pages of our own. Zeroed. */
static void *pages(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

/* Opens, locks down, writes. Returns the exit status, or -errno if nothing was written.
 */
static int run(const struct ops *ops, struct err *err)
{
	const char *path = ops->dir ? ops->dir : BINFS_PATH;
	struct ready *ready = pages(ops->count * sizeof *ready);
	struct sealed *sealed = pages(sizeof *sealed);
	struct lockdown_paths paths;
	int dir, lock, register_fd = -1, rc, status = EXIT_SUCCESS;

	if (!ready || !sealed)
		return err_set(err, ENOMEM, "out of memory");
	/* A caller who holds the lock has looked whose instance it is. */
	rc = ops->locked ? binfs_open(path, &dir, err) : binfs_open_own(path, &dir, err);
	if (rc == 0 && !ops->locked)
		rc = binfs_lock(dir, LOCK_TIMEOUT_MS, NULL, &lock, err);
	if (rc == 0)
		rc = make_ready(ops, dir, ready, sealed, &register_fd, err);
	if (rc)
		return rc;
	paths = (struct lockdown_paths){ sealed->list, sealed->count };
	if (mprotect(sealed, sizeof *sealed, PROT_READ) < 0)
		return err_set(err, errno, "memory cannot be sealed: %s",
			       strerror(errno));
	rc = lockdown_enter(dir, &paths, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < ops->count; i++) {
		if (carry_out(dir, register_fd, &ready[i]))
			status = EXIT_FAILURE;
		if (report(ready[i].op->word, &ready[i].err))
			status = EXIT_FAILURE;
	}
	return status;
}

static const char help[] =
	"Usage: binfmt-helper OPERATION...\n"
	"Writes to binfmt_misc for binfmt-install(8), which is the program to use.\n"
	"\n"
	"  mount                  mount binfmt_misc at " BINFS_PATH "\n"
	"  dir:PATH               where binfmt_misc is mounted, if not there\n"
	"  interpreter-dir:PATH   where to look for interpreters first\n"
	"  locked                 the caller holds the lock\n"
	"  add:QEMU:FLAGS         register an architecture, by QEMU's name for it\n"
	"  replace:QEMU:FLAGS     the same in place of the entry there, without a gap\n"
	"  remove:NAME            delete an entry of QEMU (qemu-*)\n"
	"  remove-other:NAME      delete an entry of anybody\n"
	"\n"
	"Example: binfmt-helper mount add:aarch64:OPF\n";

int main(int argc, char *argv[])
{
	static struct ops ops;
	struct err err = { 0 };
	int rc;

	/* With one of them closed, an entry's file would take its place and get our
	 * report. */
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0) {
			if (fcntl(STDERR_FILENO, F_GETFD) >= 0)
				say("stdin, stdout and stderr must be open; nothing was done");
			_exit(EXIT_USAGE);
		}
	clearenv();
	/* A lost report is an error, not a death half way. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
		return fputs(help, stdout) < 0 || fflush(stdout) ? EXIT_FAILURE
								 : EXIT_SUCCESS;
	if (argc == 2 && !strcmp(argv[1], "--version"))
		return puts("binfmt-helper " VERSION) < 0 || fflush(stdout)
			       ? EXIT_FAILURE
			       : EXIT_SUCCESS;
	if (ops_parse(argc, argv, &ops, &err)) {
		say(err.text);
		_exit(EXIT_USAGE);
	}
	if (ops.mount) {
		mount_lasting(&err);
		if (report("mount", &err) || err.code)
			_exit(EXIT_FAILURE);
	}
	rc = ops.count > 0 ? run(&ops, &err) : EXIT_SUCCESS;
	if (rc < 0)
		report("-", &err); /* none of the operations was begun */
	/*
	 * After the lock-down nothing that a library does at exit is allowed, nor what a
	 * sanitizer does before _exit(2).
	 */
	for (;;)
		syscall(SYS_exit_group, rc < 0 ? EXIT_FAILURE : rc);
}
