/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks at binfmt-helper from outside, at the very moment at which it registers an entry.
 *
 *	trace-helper show HELPER OPERATION...	prints what /proc/PID/status says then
 *	trace-helper call NAME HELPER OPERATION...	has it make a system call instead
 *of that write, and prints what came of it
 *
 * Works with ptrace(2): the tracer stops the helper when it enters a write that begins
 *like a rule of binfmt_misc, and a changed number is checked by the seccomp filter
 *afterwards.
 */
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	const char *name;
	long number;
} calls[] = {
	{ "openat", SYS_openat },     { "socket", SYS_socket },
	{ "execve", SYS_execve },     { "mount", SYS_mount },
	{ "setns", SYS_setns },	      { "ptrace", SYS_ptrace },
	{ "mprotect", SYS_mprotect }, { "clone", SYS_clone },
	{ "unlinkat", SYS_unlinkat }, { "capset", SYS_capset },
	{ "kill", SYS_kill },	      { "ioctl", SYS_ioctl },
};

/* The system call that the stopped process is entering, and its three first arguments. */
#if defined(__x86_64__)
typedef struct user_regs_struct regs;
#define NUMBER(r) (r).orig_rax
#define ARG1(r)	  (r).rsi
#elif defined(__aarch64__)
typedef struct user_regs_struct regs;
#define NUMBER(r) (r).regs[8]
#define ARG1(r)	  (r).regs[1]
#else
#error "teach trace-helper this machine's registers"
#endif

static bool get(pid_t pid, regs *r)
{
	struct iovec vec = { r, sizeof *r };

	return ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &vec) == 0;
}

static void set_number(pid_t pid, regs *r, long number)
{
	struct iovec vec = { r, sizeof *r };

	NUMBER(*r) = number;
	ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &vec);
#ifdef NT_ARM_SYSTEM_CALL
	{
		int n = number;
		struct iovec call = { &n, sizeof n };

		ptrace(PTRACE_SETREGSET, pid, (void *)NT_ARM_SYSTEM_CALL, &call);
	}
#endif
}

/* Whether it is entering a write of ":...": a rule. */
static bool is_registering(pid_t pid, regs *r)
{
	long word;

	if (!get(pid, r) || NUMBER(*r) != SYS_write)
		return false;
	errno = 0;
	word = ptrace(PTRACE_PEEKDATA, pid, (void *)ARG1(*r), NULL);
	return errno == 0 && (word & 0xff) == ':';
}

static void show(pid_t pid)
{
	char path[64], line[256];
	FILE *status;

	snprintf(path, sizeof path, "/proc/%d/status", pid);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof line, status))
		if (!strncmp(line, "Cap", 3) || !strncmp(line, "NoNewPrivs", 10) ||
		    !strncmp(line, "Seccomp:", 8))
			fputs(line, stdout);
	if (status)
		fclose(status);
}

int main(int argc, char *argv[])
{
	bool showing = argc > 2 && !strcmp(argv[1], "show"), stopped = false;
	char **helper = argv + (showing ? 2 : 3);
	long number = -1;
	int status;
	pid_t pid;
	regs r;

	for (size_t i = 0; !showing && argc > 3 && i < sizeof calls / sizeof *calls; i++)
		if (!strcmp(calls[i].name, argv[2]))
			number = calls[i].number;
	if (!showing && number < 0)
		return fprintf(stderr, "usage: trace-helper show|call NAME HELPER...\n"),
		       2;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execv(helper[0], helper);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	ptrace(PTRACE_SETOPTIONS, pid, NULL,
	       (void *)(long)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
	while (!WIFEXITED(status) && !WIFSIGNALED(status)) {
		int sig = WSTOPSIG(status);

		if (!stopped && sig == (SIGTRAP | 0x80) && is_registering(pid, &r)) {
			stopped = true;
			if (showing)
				show(pid);
			else
				set_number(pid, &r, number);
		}
		if (sig == SIGTRAP || sig == (SIGTRAP | 0x80))
			sig = 0;
		ptrace(stopped ? PTRACE_CONT : PTRACE_SYSCALL, pid, NULL,
		       (void *)(long)sig);
		waitpid(pid, &status, 0);
	}
	if (!stopped)
		return puts("it never registered"), 1;
	if (WIFSIGNALED(status))
		printf("killed by signal %d\n", WTERMSIG(status));
	else
		printf("exit %d\n", WEXITSTATUS(status));
	return 0;
}
