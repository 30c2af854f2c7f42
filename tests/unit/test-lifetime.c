/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "binfmt/lifetime.h"

#define FACTS 6

/*
 * The truth table. A column is '1', '0' or '-', which is either; the columns are:
 * older, first_user_ns, first_pid_ns, init_holds, init_is_us, parent_holds.
 */
static const struct row {
	const char *label, *facts;
	enum lifetime want;
} rows[] = {
	{ "it came from outside", "1-----", LIFETIME_MACHINE },
	{ "the machine's init has it", "0-11--", LIFETIME_MACHINE },
	/* Without a user namespace of one's own the instance is the machine's. */
	{ "the machine's, and its init has it not", "0110--", LIFETIME_RUN },
	{ "docker run --privileged", "010---", LIFETIME_RUN },
	/* The instance is the namespace's own. */
	{ "a container's own, its init has it", "00010-", LIFETIME_NAMESPACE },
	{ "a container's own, we are its init", "000110", LIFETIME_RUN },
	{ "a container's own, we are its init, started inside", "000111",
	  LIFETIME_NAMESPACE },
	{ "a container's own, the caller has it", "0000-1", LIFETIME_NAMESPACE },
	{ "a container's own, nobody else has it", "0000-0", LIFETIME_RUN },
	{ "unshare -Urm, by a shell inside", "0010-1", LIFETIME_NAMESPACE },
	{ "unshare -Urm binfmt-install", "0010-0", LIFETIME_RUN },
};

static bool fits(const char *pattern, const char *facts)
{
	for (size_t i = 0; i < FACTS; i++)
		if (pattern[i] != '-' && pattern[i] != facts[i])
			return false;
	return true;
}

static void truth_table(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits < 1 << FACTS; bits++) {
		char facts[FACTS + 1] = "", label[100];
		size_t found = 0;
		const struct lifetime_facts given = {
			.older = bits & 1,
			.first_user_ns = bits & 2,
			.first_pid_ns = bits & 4,
			.init_holds = bits & 8,
			.init_is_us = bits & 16,
			.parent_holds = bits & 32,
		};

		for (size_t i = 0; i < FACTS; i++)
			facts[i] = bits >> i & 1 ? '1' : '0';
		for (size_t i = 0; i < COUNT(rows); i++) {
			if (!fits(rows[i].facts, facts))
				continue;
			found++;
			snprintf(label, sizeof label, "%s: %s", facts, rows[i].label);
			CHECK_INT(label, lifetime_judge(&given), rows[i].want);
		}
		/* Each case of the 64 stands in the table, and only once. */
		CHECK_INT(facts, found, 1);
	}
}

static void warning_says_why_and_what_helps(void **state)
{
	(void)state;
	CHECK_SAYS("warning", lifetime_warning(),
		   "will not last|mount|on the host|--pid=host");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(truth_table),
		cmocka_unit_test(warning_says_why_and_what_helps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
