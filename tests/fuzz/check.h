/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What all fuzz targets share: the check that ends the process when something that must
 * always hold does not, and the input as text. For the targets alone.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends the process, as fuzzers and replay notice, unless the condition holds. */
#define CHECK(condition)                                                            \
	do {                                                                        \
		if (!(condition)) {                                                 \
			fprintf(stderr, "%s:%d: %s: does not hold: %s\n", __FILE__, \
				__LINE__, __func__, #condition);                    \
			abort();                                                    \
		}                                                                   \
	} while (0)

/* The fuzzers' entry point: one run with one input. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * A copy of the input, cut at `max` bytes, with a NUL behind and not a byte more, so that
 * a sanitizer sees every step over its end. *size becomes its length without that NUL;
 * bytes of the input may be NUL too. To be freed.
 */
static inline char *check_text(const uint8_t *data, size_t *size, size_t max)
{
	char *text;

	if (*size > max)
		*size = max;
	text = malloc(*size + 1);
	CHECK(text != NULL);
	if (*size > 0)
		memcpy(text, data, *size);
	text[*size] = '\0';
	return text;
}

/*
 * Splits text, a copy from check_text(), into words at every newline and NUL. A word may
 * be empty; after the last newline none begins. Takes max words at the most and returns
 * how many it took. Overwrites the text.
 */
static inline size_t check_split(char *text, size_t size, const char **words, size_t max)
{
	size_t count = 0;

	for (size_t start = 0; start < size && count < max;) {
		size_t end = start;

		while (end < size && text[end] != '\n' && text[end] != '\0')
			end++;
		text[end] = '\0';
		words[count++] = text + start;
		start = end + 1;
	}
	return count;
}

/* Whether the text can be shown on a terminal as it is. */
static inline bool check_printable(const char *text)
{
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e)
			return false;
	return true;
}
