/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Tame children: processes that can gain no privilege, inherit nothing, dump no core, are
 * killed with us or when their time is up, and whose output is read. Knows nothing of
 * what they execute.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum child_stream { CHILD_NOTES, CHILD_STDOUT, CHILD_STDERR, CHILD_STREAMS };

struct child {
	pid_t pid; /* 0: none */
	int pidfd; /* readable when it has ended; -1 before Linux 5.3 */
	/* Our ends of its pipes, -1 when at their end; in the child [CHILD_NOTES] is its
	 * own. */
	int fd[CHILD_STREAMS];
	int note; /* the last that it left before its exec; 0: none */
	/* The beginnings of stdout and stderr, NUL-terminated. */
	char text[2][512];
	size_t length[2];
	double start, ms; /* of io_now_ms(); how long it took */
	bool done;
	bool late;  /* it was killed because its time was up */
	int status; /* as waitpid(2) has it; of a child that is done */
};

/*
 * Starts one, with stdin from /dev/null, in which run(notes, data) is called: it has to
 * leave notes with child_note() and to exec, which closes the pipe of the notes;
 * returning ends it. own_memory: it has a copy of our memory, as after fork(2). Else it
 * shares ours and we stand still until its exec, as after vfork(2): much faster, but
 * run() must change nothing of ours, and cannot move to a user namespace. 0 or -errno.
 */
int child_start(struct child *child, void (*run)(int notes, const void *data),
		const void *data, bool own_memory, unsigned timeout_ms);

/* In the child: leaves a note for the parent. */
void child_note(int notes, int note);

/*
 * Waits, for a second at the most, until one of the children is done: its output at the
 * end and its status known, or its time up and the whole of its session killed.
 */
void child_wait(struct child *const children[], size_t count, unsigned timeout_ms);
