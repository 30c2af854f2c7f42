/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Messages for people, on stderr, each with the program's name in front. Used by the
 * programs alone: the libraries return struct err instead. Never writes to stdout, which
 * belongs to the report.
 */

enum log_level {
	LOG_LEVEL_ERROR, /* --quiet */
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG, /* --verbose */
};

void log_set_level(enum log_level level);

void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
