/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * How long what was registered will last. Since Linux 6.7 (and stable kernels before it)
 * the entries of an instance go with its last mount, so an instance that only a
 * container's own mount namespace holds ends with the container. lifetime_judge() is
 * pure; lifetime_look() reads /proc and changes nothing.
 */

#include <stdbool.h>

enum lifetime {
	LIFETIME_MACHINE,   /* until it is shut down, or somebody unmounts it */
	LIFETIME_NAMESPACE, /* as long as this container or namespace, which it belongs to
			     */
	LIFETIME_RUN,	    /* it ends when this container or command does */
};

struct lifetime_facts {
	bool first_user_ns; /* we are in the machine's own user namespace */
	bool first_pid_ns;  /* and its own PID namespace: process 1 is the machine's init
			     */
	bool init_holds;   /* process 1 has the instance mounted in its mount namespace */
	bool init_is_us;   /* process 1 is this program: the container ends with it */
	bool parent_holds; /* the process that started us is in our mount namespace */
	bool older;	   /* it came from outside with our mount namespace */
};

enum lifetime lifetime_judge(const struct lifetime_facts *facts);

/*
 * Finds the facts about the instance that `dir` is open in. `mounted`: by us, just now;
 * then its age says nothing about who else holds it.
 */
void lifetime_look(int dir, bool mounted, struct lifetime_facts *facts);

/* What to tell the user of one that does not last: "...; remedy". */
const char *lifetime_warning(void);
