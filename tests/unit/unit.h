/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the unit tests share: checks for the rows of a table, which name the row that
 * fails, and a temporary folder. Include it before anything else.
 */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

__attribute__((format(printf, 4, 5))) static inline void
unit_fail(const char *file, int line, const char *row, const char *fmt, ...)
{
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	print_error("row \"%s\": %s\n", row, text);
	_fail(file, line);
}

#define CHECK(row, condition)                                                         \
	do {                                                                          \
		if (!(condition))                                                     \
			unit_fail(__FILE__, __LINE__, row, "not so: %s", #condition); \
	} while (0)

static inline void unit_int(const char *file, int line, const char *row, const char *what,
			    long long got, long long want)
{
	if (got != want)
		unit_fail(file, line, row, "%s is %lld and not %lld", what, got, want);
}

#define CHECK_INT(row, got, want) unit_int(__FILE__, __LINE__, row, #got, got, want)

static inline void unit_text(const char *file, int line, const char *row,
			     const char *what, const char *got, const char *want)
{
	if (strcmp(got, want))
		unit_fail(file, line, row, "%s is\n  \"%s\" and not\n  \"%s\"", what, got,
			  want);
}

#define CHECK_TEXT(row, got, want) unit_text(__FILE__, __LINE__, row, #got, got, want)

/*
 * Whether a message says what it must: "a|b|!c" means with "a" and "b" and without "c" in
 * it; NULL means that it must be empty.
 */
static inline void unit_says(const char *file, int line, const char *row,
			     const char *text, const char *parts)
{
	char part[200];

	if (!parts && *text)
		unit_fail(file, line, row, "there is nothing to say, but it says \"%s\"",
			  text);
	while (parts && *parts) {
		size_t n = strcspn(parts, "|");
		bool without = *parts == '!';

		snprintf(part, sizeof part, "%.*s", (int)(n - without), parts + without);
		if (!strstr(text, part) != without)
			unit_fail(file, line, row, "\"%s\" must%s have \"%s\" in it",
				  text, without ? " not" : "", part);
		parts += n + (parts[n] == '|');
	}
}

#define CHECK_SAYS(row, text, parts) unit_says(__FILE__, __LINE__, row, text, parts)

static inline void unit_hex(const char *file, int line, const char *row, const char *what,
			    const uint8_t *bytes, size_t size, const char *want)
{
	char got[1024] = "";

	for (size_t i = 0; i < size && 2 * i + 3 <= sizeof got; i++)
		snprintf(got + 2 * i, 3, "%02x", bytes[i]);
	unit_text(file, line, row, what, got, want);
}

#define CHECK_HEX(row, bytes, size, want) \
	unit_hex(__FILE__, __LINE__, row, #bytes, bytes, size, want)

/* A copy on the heap of exactly its size, so that a byte read or written behind is
 * noticed. */
static inline char *unit_copy(const char *text, size_t size)
{
	char *copy = malloc(size + 1);

	assert_non_null(copy);
	memcpy(copy, text, size);
	copy[size] = '\0';
	return copy;
}

/* Set-up and tear-down of a test: *state is the path of a folder of its own. */
static inline int unit_folder(void **state)
{
	*state = mkdtemp(unit_copy("/tmp/unit-XXXXXX", strlen("/tmp/unit-XXXXXX")));
	return *state ? 0 : -1;
}

static inline int unit_remove_one(const char *path, const struct stat *st, int kind,
				  struct FTW *place)
{
	(void)st, (void)kind, (void)place;
	return remove(path);
}

static inline int unit_remove_folder(void **state)
{
	int rc = nftw(*state, unit_remove_one, 8, FTW_DEPTH | FTW_PHYS);

	free(*state);
	return rc;
}

#define TEST_IN_FOLDER(test) \
	cmocka_unit_test_setup_teardown(test, unit_folder, unit_remove_folder)

/* Makes a file of the folder; returns its path in `path`. */
#define UNIT_PATH 300
static inline char *unit_file(const char *folder, const char *name, const void *data,
			      size_t size, char path[UNIT_PATH])
{
	FILE *file;

	snprintf(path, UNIT_PATH, "%.40s/%.250s", folder, name);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	return path;
}
