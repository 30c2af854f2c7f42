/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/io.h"

static enum log_level threshold = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
	threshold = level;
}

__attribute__((format(printf, 2, 0))) static void say(enum log_level level,
						      const char *fmt, va_list ap)
{
	char line[2048], shown[2048];

	if (level > threshold)
		return;
	vsnprintf(line, sizeof line, fmt, ap);
	/* Names and paths from outside are among it. */
	fprintf(stderr, "%s: %s\n", program_invocation_short_name,
		io_printable(line, shown, sizeof shown));
}

#define DEFINE_LOG(name, level)         \
	void name(const char *fmt, ...) \
	{                               \
		va_list ap;             \
                                        \
		va_start(ap, fmt);      \
		say(level, fmt, ap);    \
		va_end(ap);             \
	}

DEFINE_LOG(log_error, LOG_LEVEL_ERROR)
DEFINE_LOG(log_info, LOG_LEVEL_INFO)
DEFINE_LOG(log_debug, LOG_LEVEL_DEBUG)
