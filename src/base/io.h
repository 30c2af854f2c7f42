/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Reading and writing whole things, and the clock. Knows nothing of binfmt_misc. Never
 * prints and never retries anything but an interrupted call.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Writes all of it; 0 or -errno. */
int io_write_all(int fd, const void *data, size_t size);

/*
 * Reads the file `name` under dirfd into buf and ends it with a NUL. *length is the
 * number of bytes before that. 0, -EFBIG if it does not fit, or -errno.
 */
int io_read_at(int dirfd, const char *name, char *buf, size_t size, size_t *length);

/* Milliseconds on the monotonic clock. */
double io_now_ms(void);

/*
 * Copies text to out so that it can be shown: every byte that is not printable ASCII
 * becomes \xHH. Doing it twice is the same as once. Cuts at size. Returns out.
 */
char *io_printable(const char *text, char *out, size_t size);
