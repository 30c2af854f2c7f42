/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The one error type. A function that can fail returns 0 or -errno and fills the
 * caller's struct err with the same errno and a message of one line, without a full
 * stop at the end. Callers put context in front on the way up. Never prints.
 */

#define ERR_TEXT 1024

struct err {
	int code; /* errno, positive; 0: no error */
	char text[ERR_TEXT];
};

/* Fills err with code and message; returns -code, so that it can end a function. */
int err_set(struct err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "context: " in front of the message; returns -err->code. */
int err_wrap(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
