/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "binfmt/probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "binfmt/child.h"
#include "binfmt/elf.h"
#include "binfmt/jail.h"

#define EMPTY_PATH 0x1000 /* AT_EMPTY_PATH, of linux/fcntl.h */

/* A probe's note: the way it goes, and the errno of an exec that failed. */
#define NOTE_FROM_MEMORY 0x10000
#define NOTE_ERROR	 0xffff

/* One start of a program: of a probe, or to ask its emulator for the version. */
struct task {
	struct child child;
	struct probe *probe; /* NULL: the slot is free */
	bool version;
	int jail; /* -1: the child finds its own way */
};

/* Starts an interpreter that is not registered, with the probe from memory. */
static int exec_interpreter(const struct probe *probe)
{
	int file = jail_memory_file(probe->arch);
	char path[32], *argv[] = { (char *)probe->interpreter, path, NULL },
		       *env[] = { NULL };

	if (file < 0)
		return -file;
	snprintf(path, sizeof path, "/proc/self/fd/%d", file);
	execve(probe->interpreter, argv, env);
	return errno;
}

/* In the child: finds the best place there is, says which, and starts the probe there. */
static void exec_task(int notes, const void *data)
{
	const struct task *task = data;
	const struct arch *arch = task->probe->arch;
	char path[64], *argv[] = { path, NULL }, version[] = "QEMU_VERSION=1";
	char *env[] = { task->version ? version : NULL, NULL };
	int jail = task->jail, file, rc = 0;

	if (task->probe->interpreter) {
		child_note(notes, NOTE_FROM_MEMORY | exec_interpreter(task->probe));
		return;
	}
	snprintf(path, sizeof path, "/%s", arch->name);
	if (jail < 0) {
		jail = jail_open_private();
		rc = jail < 0 ? jail : jail_put(jail, arch);
	}
	if (rc == 0)
		rc = jail_enter(jail, arch);
	if (rc == 0) {
		execve(path, argv, env);
		child_note(notes, errno);
		return;
	}
	child_note(notes, NOTE_FROM_MEMORY);
	file = jail_memory_file(arch);
	if (file >= 0)
		syscall(SYS_execveat, file, "", argv, env, EMPTY_PATH);
	child_note(notes, NOTE_FROM_MEMORY | (file < 0 ? -file : errno));
}

static void start(struct task *task, struct probe *probe, bool version, int jail,
		  unsigned timeout_ms)
{
	int rc;

	task->probe = probe;
	task->version = version;
	task->jail = jail;
	/* Without a jail it has to look for a namespace of its own. */
	rc = child_start(&task->child, exec_task, task, jail < 0, timeout_ms);
	if (rc) {
		snprintf(probe->reason, sizeof probe->reason,
			 "it could not be started: %s", strerror(-rc));
		task->probe = NULL;
	}
}

/* The last line the program wrote to stderr as ": LINE", or "". */
static const char *complaint(const struct child *child, char out[160])
{
	char text[sizeof child->text[0]], shown[140], *line;
	size_t n = strlen(child->text[1]);

	memcpy(text, child->text[1], n + 1);
	while (n > 0 && text[n - 1] == '\n')
		text[--n] = '\0';
	line = strrchr(text, '\n');
	line = line ? line + 1 : text;
	snprintf(out, 160, "%s%s", *line ? ": " : "",
		 io_printable(line, shown, sizeof shown));
	return out;
}

static void judge_exec(struct probe *probe, int error)
{
	const char *why = strerror(error);

	if (error == ENOEXEC) {
		probe->verdict = PROBE_NOBODY;
		why = "no enabled entry takes its programs";
	} else if (error == ENOENT) {
		why = "the interpreter is not there in another root (no F flag, or it is "
		      "dynamically linked)";
	} else if (error == ELOOP) {
		why = "an entry takes its own interpreter, so that each start leads to another";
	}
	snprintf(probe->reason, sizeof probe->reason, "%s", why);
}

static void judge(struct probe *probe, const struct child *child, unsigned timeout_ms)
{
	int status = child->status, error = child->note & NOTE_ERROR;
	char want[64], said[160], *reason = probe->reason;
	size_t size = sizeof probe->reason;

	probe->ms = child->ms;
	probe->way = child->note & NOTE_FROM_MEMORY ? PROBE_FROM_MEMORY : PROBE_IN_CHROOT;
	snprintf(want, sizeof want, "%s\n", probe->arch->name);
	complaint(child, said);
	if (child->late)
		snprintf(reason, size, "it did not end within %u s", timeout_ms / 1000);
	else if (error)
		judge_exec(probe, error);
	else if (WIFSIGNALED(status))
		snprintf(reason, size, "it was killed by %s%s",
			 strsignal(WTERMSIG(status)), said);
	else if (WEXITSTATUS(status) != 0)
		snprintf(reason, size, "it exited with %d%s", WEXITSTATUS(status), said);
	else if (strcmp(child->text[0], want))
		snprintf(reason, size,
			 "it exited with 0 without having run: its name was not "
			 "printed%s",
			 said);
	else
		probe->verdict = PROBE_WORKS;
}

/* "qemu-aarch64 version 7.2.22 (Debian ...)" and more lines; anything else is not QEMU.
 */
static void take_version(struct probe *probe, const struct child *child)
{
	const char *at = strstr(child->text[0], " version ");
	char line[sizeof probe->version];

	if (child->late || strncmp(child->text[0], "qemu-", 5) || !at)
		return;
	at += strlen(" version ");
	snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
	io_printable(line, probe->version, sizeof probe->version);
}

/* Waits for a task, and settles those that are done. Returns how many still run. */
static unsigned settle(struct task *tasks, unsigned slots, unsigned timeout_ms)
{
	struct child *running[ARCH_MAX];
	unsigned count = 0, left = 0;

	for (unsigned i = 0; i < slots; i++)
		if (tasks[i].probe)
			running[count++] = &tasks[i].child;
	if (count > 0)
		child_wait(running, count, timeout_ms);
	for (unsigned i = 0; i < slots; i++) {
		struct task *task = &tasks[i];

		if (!task->probe)
			continue;
		if (!task->child.done) {
			left++;
			continue;
		}
		if (task->version)
			take_version(task->probe, &task->child);
		else
			judge(task->probe, &task->child, timeout_ms);
		task->probe = NULL;
	}
	return left;
}

/* One jail for all, or -1: then each child looks for a way of its own (exec_task). */
static int prepare_jail(const struct arch *const *archs, size_t count)
{
	int jail = jail_open();

	for (size_t i = 0; jail >= 0 && i < count; i++) {
		if (jail_put(jail, archs[i])) {
			close(jail);
			jail = -1;
		}
	}
	return jail;
}

void probe_run(struct probe *probes, size_t count, unsigned parallel, unsigned timeout_ms,
	       probe_progress *progress)
{
	const struct arch *archs[ARCH_MAX];
	struct task tasks[ARCH_MAX];
	_cleanup_close_ int jail = -1;
	unsigned running = 0, told = 0;
	double begin = io_now_ms();
	size_t next =
		0; /* 2i: the probe i; 2i+1: the question for its emulator's version */

	if (count == 0)
		return;
	if (parallel > ARCH_MAX)
		parallel = ARCH_MAX;
	if (parallel < 1)
		parallel = 1;
	for (size_t i = 0; i < count; i++) {
		archs[i] = probes[i].arch;
		probes[i].verdict = PROBE_FAILED;
		probes[i].version[0] = probes[i].reason[0] = '\0';
	}
	for (unsigned i = 0; i < parallel; i++)
		tasks[i].probe = NULL;
	jail = prepare_jail(archs, count);
	while (next < 2 * count || running > 0) {
		for (unsigned i = 0; i < parallel && next < 2 * count; i++) {
			struct probe *probe = &probes[next / 2];

			if (tasks[i].probe)
				continue;
			if (next % 2 == 0 || probe->ask_version)
				start(&tasks[i], probe, next % 2, jail, timeout_ms);
			next++;
		}
		running = settle(tasks, parallel, timeout_ms);
		if (running > 0 && io_now_ms() - begin > 1000 * (told + 1)) {
			told = (io_now_ms() - begin) / 1000;
			progress(running, told);
		}
	}
}

/* Asks the kernel for one, with a file in memory that serves for all. */
static enum native try_native(int file, const struct arch *arch)
{
	char path[64], *argv[] = { path, NULL }, *env[] = { NULL };
	uint8_t program[ELF_PROBE_MAX];
	size_t size = elf_unstartable(arch, program);

	snprintf(path, sizeof path, "/%s", arch->name);
	if (file < 0 || pwrite(file, program, size, 0) != (ssize_t)size)
		return NATIVE_UNKNOWN;
	syscall(SYS_execveat, file, "", argv, env, EMPTY_PATH);
	switch (errno) {
	case ENOEXEC:
		return NATIVE_NO;
	case ENOENT:
	case ENOTDIR:
		return NATIVE_YES;
	default: /* of memory, of rights, ...: no word about the architecture */
		return NATIVE_UNKNOWN;
	}
}

struct candidates {
	const struct arch *const *archs;
	size_t count;
};

/* In the child: one digit on stdout for each. */
static void try_aside(int notes, const void *data)
{
	const struct candidates *these = data;
	char answer[ARCH_MAX];
	int file;

	if (jail_hide_entries())
		return;
	file = jail_memory_file(these->archs[0]);
	for (size_t i = 0; i < these->count; i++)
		answer[i] = '0' + try_native(file, these->archs[i]);
	io_write_all(STDOUT_FILENO, answer, these->count);
	child_note(notes, 0);
}

void probe_native(const struct arch *const *archs, size_t count, bool aside,
		  enum native *native, unsigned timeout_ms)
{
	struct candidates these = { archs, count };
	struct child child, *one[] = { &child };
	_cleanup_close_ int file = -1;

	for (size_t i = 0; i < count; i++)
		native[i] = NATIVE_UNKNOWN;
	if (count == 0)
		return;
	if (!aside) {
		file = jail_memory_file(archs[0]);
		for (size_t i = 0; i < count; i++)
			native[i] = try_native(file, archs[i]);
		return;
	}
	if (child_start(&child, try_aside, &these, true, timeout_ms))
		return;
	while (!child.done)
		child_wait(one, 1, timeout_ms);
	for (size_t i = 0; i < count && child.length[0] == count; i++)
		native[i] = child.text[0][i] - '0';
}
