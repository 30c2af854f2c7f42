/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"

int io_write_all(int fd, const void *data, size_t size)
{
	const char *p = data;

	while (size > 0) {
		ssize_t n = write(fd, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		size -= n;
	}
	return 0;
}

int io_read_at(int dirfd, const char *name, char *buf, size_t size, size_t *length)
{
	_cleanup_close_ int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t used = 0;

	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t n = read(fd, buf + used, size - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += n;
		if (used == size)
			return -EFBIG;
	}
	buf[used] = '\0';
	*length = used;
	return 0;
}

double io_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

char *io_printable(const char *text, char *out, size_t size)
{
	size_t used = 0;

	for (; *text && used + 5 <= size; text++) {
		unsigned char c = *text;

		if (c >= 0x20 && c < 0x7f)
			out[used++] = c;
		else
			used += sprintf(out + used, "\\x%02x", c);
	}
	out[used] = '\0';
	return out;
}
