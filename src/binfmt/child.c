/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "binfmt/child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/securebits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "binfmt/arch.h"

static void tame(unsigned timeout_ms, pid_t parent)
{
	const struct rlimit none = { 0, 0 };
	const struct rlimit cpu = { timeout_ms / 1000 + 1, timeout_ms / 1000 + 2 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it died before the line above */
		_exit(1);
	setsid(); /* no terminal; and a group of its own, to be killed as a whole */
	setrlimit(RLIMIT_CORE, &none);
	setrlimit(RLIMIT_CPU, &cpu);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	/* Root's exec gives capabilities back unless this says no; for others it is moot.
	 */
	prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED, 0, 0, 0);
	signal(SIGPIPE, SIG_DFL);
}

/* What the child needs to know, in memory that it may share with us. */
struct start {
	int pipes[CHILD_STREAMS][2];
	void (*run)(int notes, const void *data);
	const void *data;
	unsigned timeout_ms;
	pid_t parent;
};

/* In the child. Writes to nothing but its own stack. */
static int live(void *data)
{
	const struct start *start = data;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), fd[CHILD_STREAMS];

	/* Moved out of the way first: any of 0 to 2 may have been closed. */
	for (int i = 0; i < CHILD_STREAMS; i++)
		fd[i] = fcntl(start->pipes[i][1], F_DUPFD_CLOEXEC, 3);
	if (null >= 0)
		dup2(null, STDIN_FILENO);
	dup2(fd[CHILD_STDOUT], STDOUT_FILENO);
	dup2(fd[CHILD_STDERR], STDERR_FILENO);
	tame(start->timeout_ms, start->parent);
	start->run(fd[CHILD_NOTES], start->data);
	_exit(127);
}

/* A sanitizer keeps books of every stack, which a borrowed memory upsets. */
#if defined(__SANITIZE_ADDRESS__)
#define MAY_SHARE 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MAY_SHARE 0
#endif
#endif
#ifndef MAY_SHARE
#define MAY_SHARE 1
#endif

static pid_t spawn(struct start *start, bool own_memory)
{
	_Alignas(16) char stack[65536];
	pid_t pid;

	if (MAY_SHARE && !own_memory)
		return clone(live, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD,
			     start);
	pid = fork();
	if (pid == 0)
		live(start);
	return pid;
}

int child_start(struct child *child, void (*run)(int notes, const void *data),
		const void *data, bool own_memory, unsigned timeout_ms)
{
	struct start start = {
		.run = run, .data = data, .timeout_ms = timeout_ms, .parent = getpid()
	};
	int error;

	*child = (struct child){ .start = io_now_ms() };
	for (int i = 0; i < CHILD_STREAMS; i++) {
		if (pipe2(start.pipes[i], O_CLOEXEC) == 0)
			continue;
		error = errno;
		while (i-- > 0) {
			close(start.pipes[i][0]);
			close(start.pipes[i][1]);
		}
		return -error;
	}
	child->pid = spawn(&start, own_memory);
	error = errno;
	child->pidfd = child->pid < 0 ? -1 : syscall(SYS_pidfd_open, child->pid, 0);
	for (int i = 0; i < CHILD_STREAMS; i++) {
		close(start.pipes[i][1]);
		child->fd[i] = start.pipes[i][0];
		if (child->pid < 0)
			close(child->fd[i]);
	}
	return child->pid < 0 ? -error : 0;
}

void child_note(int notes, int note)
{
	io_write_all(notes, &note, sizeof note);
}

/* Takes what the stream has; false at its end. */
static bool drain(struct child *child, enum child_stream stream)
{
	char scrap[512], *text;
	size_t *length, room;
	ssize_t n;

	/* A note is shorter than PIPE_BUF, so each comes whole; the last one counts. */
	if (stream == CHILD_NOTES) {
		int notes[ARCH_MAX];

		n = read(child->fd[stream], notes, sizeof notes);
		if (n >= (ssize_t)sizeof *notes)
			child->note = notes[n / sizeof *notes - 1];
		return n > 0 || (n < 0 && errno == EINTR);
	}
	n = read(child->fd[stream], scrap, sizeof scrap);
	if (n <= 0)
		return n < 0 && errno == EINTR;
	text = child->text[stream - CHILD_STDOUT];
	length = &child->length[stream - CHILD_STDOUT];
	/* What does not fit is no answer that counts. */
	room = sizeof child->text[0] - 1 - *length;
	if ((size_t)n < room)
		room = n;
	memcpy(text + *length, scrap, room);
	*length += room;
	text[*length] = '\0';
	return true;
}

static bool at_end(const struct child *child)
{
	for (int i = 0; i < CHILD_STREAMS; i++)
		if (child->fd[i] >= 0)
			return false;
	return true;
}

/* What is left to do once it has ended, or is ended by us because its time is up. */
static void finish(struct child *child)
{
	if (child->late) {
		kill(-child->pid, SIGKILL);
		kill(child->pid, SIGKILL);
		waitpid(child->pid, &child->status, 0);
	}
	for (int i = 0; i < CHILD_STREAMS; i++)
		if (child->fd[i] >= 0)
			close(child->fd[i]);
	if (child->pidfd >= 0)
		close(child->pidfd);
	child->ms = io_now_ms() - child->start;
	child->done = true;
}

/*
 * How long to sleep: until the first one's time is up, for a second at the most; and
 * hardly at all if one has closed its output and cannot tell otherwise when it has ended.
 */
static struct timespec nap(struct child *const children[], size_t count,
			   unsigned timeout_ms)
{
	double now = io_now_ms(), left = 1000;

	for (size_t i = 0; i < count; i++) {
		double rest = children[i]->start + timeout_ms - now;

		if (rest < left)
			left = rest > 0 ? rest : 0;
		if (at_end(children[i]) && children[i]->pidfd < 0 && left > 0.05)
			left = 0.05;
	}
	return (struct timespec){ left / 1000, (long)(left * 1e6) % 1000000000 };
}

#define EVENTS (CHILD_STREAMS + 1) /* of each: its streams, and its end */

/* poll(2) passes over a negative fd. */
static size_t fill(const struct child *child, struct pollfd polls[EVENTS])
{
	for (int s = 0; s < CHILD_STREAMS; s++)
		polls[s] = (struct pollfd){ child->fd[s], POLLIN, 0 };
	polls[CHILD_STREAMS] = (struct pollfd){ child->pidfd, POLLIN, 0 };
	return EVENTS;
}

/* Takes what has come. False if nothing had. */
static bool take(struct child *child, const struct pollfd polls[EVENTS])
{
	bool any = false;

	for (int s = 0; s < CHILD_STREAMS; s++) {
		if (!polls[s].revents)
			continue;
		any = true;
		if (!drain(child, s)) {
			close(child->fd[s]);
			child->fd[s] = -1;
		}
	}
	return any;
}

void child_wait(struct child *const children[], size_t count, unsigned timeout_ms)
{
	struct timespec sleep = nap(children, count, timeout_ms);
	struct pollfd polls[EVENTS * ARCH_MAX];
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += fill(children[i], polls + n);
	if (ppoll(polls, n, &sleep, NULL) < 0)
		return; /* interrupted: nothing is known */
	for (size_t i = 0; i < count; i++) {
		struct child *child = children[i];
		struct pollfd *its = polls + EVENTS * i;

		take(child, its);
		if ((its[CHILD_STREAMS].revents || at_end(child)) &&
		    waitpid(child->pid, &child->status, WNOHANG) != 0) {
			/* What it wrote before its end is still there. */
			do
				fill(child, its);
			while (poll(its, CHILD_STREAMS, 0) > 0 && take(child, its));
			finish(child);
		} else if (io_now_ms() - child->start > timeout_ms) {
			child->late = true;
			finish(child);
		}
	}
}
