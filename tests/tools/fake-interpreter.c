/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An interpreter that does not do its work, to see that nobody is deceived. What it does
 * stands in its own data, where a test changes it:
 *
 *	sed 's/behaviour=silent/behaviour=hang  /' fake-interpreter > qemu-aarch64
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static volatile const char behaviour[] = "behaviour=silent";

int main(void)
{
	const char *what = (const char *)behaviour + strlen("behaviour=");

	if (!strncmp(what, "hang", 4))
		for (;;)
			pause();
	if (!strncmp(what, "spin", 4))
		for (;;)
			;
	if (!strncmp(what, "quit", 4)) { /* closes its output, and goes on */
		close(0), close(1), close(2);
		for (;;)
			pause();
	}
	if (!strncmp(what, "wrong", 5))
		puts("arm");
	if (!strncmp(what, "more", 4))
		puts("arm64\narm64");
	if (!strncmp(what, "crash", 5))
		raise(SIGSEGV);
	if (!strncmp(what, "fail", 4)) {
		puts("arm64");
		fputs("fake: no memory for you\n", stderr);
		return 7;
	}
	if (!strncmp(what, "flood", 5))
		for (;;)
			puts("arm64");
	return 0; /* silent */
}
