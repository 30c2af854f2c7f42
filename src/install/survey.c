/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "install/survey.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "binfmt/elf.h"

int survey_init(struct survey *survey, const char *interpreter_dir, unsigned timeout_ms,
		struct err *err)
{
	memset(survey, 0, sizeof *survey);
	survey->dir = survey->lock = -1;
	survey->timeout_ms = timeout_ms;
	survey->archs = calloc(arch_count, sizeof *survey->archs);
	if (!survey->archs)
		return err_set(err, ENOMEM, "out of memory");
	return interp_search_open(&survey->search, interpreter_dir, err);
}

int survey_entries(struct survey *survey, const bool *changed, struct err *err)
{
	struct snapshot fresh = { 0 };
	int rc = survey->dir < 0 ? 0 : binfs_read(survey->dir, &fresh, err);

	if (rc)
		return rc;
	snapshot_free(&survey->snapshot);
	survey->snapshot = fresh;
	for (size_t i = 0; i < arch_count; i++) {
		struct survey_arch *about = &survey->archs[i];
		uint8_t head[ELF_PROBE_MAX];
		char name[ARCH_ENTRY_NAME];

		elf_probe(&arch_table[i], head);
		about->entry = snapshot_find(&survey->snapshot,
					     arch_entry_name(&arch_table[i], name));
		about->winner = snapshot_winner(&survey->snapshot, head, sizeof head);
		if (changed && changed[i])
			about->probed = about->native_known = false;
	}
	return 0;
}

void survey_free(struct survey *survey)
{
	snapshot_free(&survey->snapshot);
	free(survey->archs);
	interp_search_close(&survey->search);
	if (survey->lock >= 0)
		close(survey->lock);
	if (survey->dir >= 0)
		close(survey->dir);
}

const struct arch *survey_arch_of(const struct entry *entry)
{
	const struct arch *named = arch_of_entry_name(entry->name);
	uint8_t head[ELF_PROBE_MAX];

	for (size_t i = 0; !named && i < arch_count; i++) {
		elf_probe(&arch_table[i], head);
		if (entry_matches(entry, head, sizeof head))
			named = &arch_table[i];
	}
	return named;
}

struct survey_arch *survey_interp(struct survey *survey, const struct arch *arch)
{
	struct survey_arch *about = &survey->archs[arch_index(arch)];

	if (!about->interp_known)
		interp_find(&survey->search, arch, &about->interp, &about->obstacle);
	about->interp_known = true;
	return about;
}

/*
 * An entry would answer in the kernel's place: one that takes its programs, or, where no
 * instance can be seen, one that may be there all the same.
 */
static bool needs_aside(const struct survey *survey, const struct survey_arch *about)
{
	return survey->dir < 0 || about->winner;
}

/* An emulator that works, or is not to be tried, is left alone, whatever the kernel
 * could. */
static bool is_settled(const struct survey_arch *about)
{
	return about->winner && (!about->probed || about->probe.verdict == PROBE_WORKS);
}

static void ask_native(struct survey *survey, const bool *set, bool aside)
{
	const struct arch *asked[ARCH_MAX] = { 0 };
	enum native native[ARCH_MAX] = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < arch_count; i++) {
		struct survey_arch *about = &survey->archs[i];

		if (!set[i] || about->native_known || needs_aside(survey, about) != aside)
			continue;
		about->native_known = true;
		about->native = elf_is_own(&arch_table[i]) ? NATIVE_YES : NATIVE_NO;
		if (about->native == NATIVE_NO && !is_settled(about))
			asked[count++] = &arch_table[i];
	}
	probe_native(asked, count, aside, native, survey->timeout_ms);
	for (size_t i = 0; i < count; i++)
		survey->archs[arch_index(asked[i])].native = native[i];
}

void survey_native(struct survey *survey, const bool *set)
{
	ask_native(survey, set, false);
	ask_native(survey, set, true);
}

void survey_progress(size_t running, unsigned seconds)
{
	if (isatty(STDERR_FILENO))
		log_info("waiting for %zu program%s to run (%u s)", running,
			 running == 1 ? "" : "s", seconds);
}

static unsigned side_by_side(void)
{
	cpu_set_t set;

	int count = sched_getaffinity(0, sizeof set, &set) < 0 ? 1 : CPU_COUNT(&set);

	/* At least a few: one that hangs must not hold up the others. */
	return count < 4 ? 4 : count;
}

/*
 * From memory, without a chroot, a program starts also by an entry that fails in every
 * container: what a chroot would have shown is read from the entry that answered.
 */
static void judge_without_chroot(struct survey_arch *about)
{
	struct probe *probe = &about->probe;
	struct err err = { 0 };
	int fd;

	if (!entry_has_flag(about->winner, 'F')) {
		err_set(&err, ENOENT,
			"the entry that answers has no F flag, so it cannot work in "
			"containers");
	} else {
		fd = open(about->winner->interpreter, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0) {
			elf_check_interpreter(fd, about->winner->interpreter, &err);
			close(fd);
		}
	}
	if (!err.code)
		return;
	probe->verdict = PROBE_FAILED;
	snprintf(probe->reason, sizeof probe->reason, "%s", err.text);
}

void survey_probe(struct survey *survey, const bool *set, bool fresh)
{
	struct probe probes[ARCH_MAX];
	char read[ARCH_MAX][sizeof probes->version];
	size_t count = 0;

	for (size_t i = 0; i < arch_count; i++) {
		struct survey_arch *about = &survey->archs[i];

		if (!set[i] || !about->winner || about->probed)
			continue;
		read[count][0] = '\0';
		if (fresh)
			interp_version(&arch_table[i], about->winner->interpreter,
				       read[count], sizeof read[count]);
		probes[count] = (struct probe){ .arch = &arch_table[i],
						.ask_version = !read[count][0] };
		count++;
	}
	probe_run(probes, count, side_by_side(), survey->timeout_ms, survey_progress);
	for (size_t i = 0; i < count; i++) {
		struct survey_arch *about = &survey->archs[arch_index(probes[i].arch)];

		about->probe = probes[i];
		about->probed = true;
		if (about->probe.verdict == PROBE_WORKS &&
		    about->probe.way == PROBE_FROM_MEMORY)
			judge_without_chroot(about);
		if (read[i][0])
			memcpy(about->probe.version, read[i], sizeof read[i]);
	}
}
