/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/lockdown.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>

const int lockdown_open_flags = O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY;

static void free_caps(cap_t *caps)
{
	if (*caps)
		cap_free(*caps);
}

static void free_filter(scmp_filter_ctx *filter)
{
	if (*filter)
		seccomp_release(*filter);
}

static int drop_capabilities(struct err *err)
{
	__attribute__((cleanup(free_caps))) cap_t none = cap_init();

	if (!none)
		return err_set(err, errno, "capabilities: %s", strerror(errno));
	/*
	 * The bounding set counts at an exec alone, and no_new_privs takes what an exec
	 * could give. So a container that has capabilities but not CAP_SETPCAP may keep
	 * its bounds.
	 */
	for (cap_value_t cap = 0; cap < cap_max_bits(); cap++)
		if (cap_drop_bound(cap) < 0 && errno != EPERM)
			return err_set(err, errno, "bounding set: %s", strerror(errno));
	if (cap_reset_ambient() < 0 &&
	    errno != EINVAL) /* before Linux 4.3 there is none */
		return err_set(err, errno, "ambient capabilities: %s", strerror(errno));
	if (cap_set_proc(none) < 0)
		return err_set(err, errno, "capabilities: %s", strerror(errno));
	return 0;
}

/* Adds a rule; the arguments after `count` are comparisons. Keeps the first error. */
#define ALLOW(filter, rc, name, ...)                                                  \
	do {                                                                          \
		if (rc == 0)                                                          \
			rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(name), \
					      __VA_ARGS__);                           \
	} while (0)

static int load_filter(int dir, const struct lockdown_paths *paths, struct err *err)
{
	__attribute__((cleanup(free_filter)))
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	/* no_new_privs is on already, by our own hand: without it the load has to fail.
	 */
	int rc = filter ? seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0) : -ENOMEM;

	ALLOW(filter, rc, write, 0);
	ALLOW(filter, rc, close, 0);
	ALLOW(filter, rc, exit_group, 0);
	/*
	 * A filter cannot read a path, but it can compare the pointer: to the few strings
	 * that lie in a sealed page. So the one call that could open anything opens only
	 * these.
	 */
	for (size_t i = 0; i < paths->count; i++)
		ALLOW(filter, rc, openat, 3, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)dir),
		      SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)(uintptr_t)paths->paths[i]),
		      SCMP_A2(SCMP_CMP_EQ, (scmp_datum_t)lockdown_open_flags));
	if (rc == 0)
		rc = seccomp_load(filter);
	if (rc)
		return err_set(err, -rc, "seccomp filter: %s", strerror(-rc));
	return 0;
}

int lockdown_enter(int dir, const struct lockdown_paths *paths, struct err *err)
{
	int rc = drop_capabilities(err);

	if (rc == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		rc = err_set(err, errno, "no_new_privs: %s", strerror(errno));
	if (rc == 0)
		rc = load_filter(dir, paths, err);
	return rc ? err_wrap(
			    err,
			    "the helper could not give up its privileges, so nothing was "
			    "written")
		  : 0;
}
