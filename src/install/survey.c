/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "install/survey.h"

#include <errno.h>
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
	survey->dir = -1;
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

void survey_native(struct survey *survey, const bool *set)
{
	const struct arch *asked[ARCH_MAX] = { 0 };
	bool native[ARCH_MAX];
	size_t count = 0;

	for (size_t i = 0; i < arch_count; i++) {
		struct survey_arch *about = &survey->archs[i];

		if (!set[i] || about->native_known)
			continue;
		/* An emulator would answer in the kernel's place. */
		about->native_known = true;
		about->native = elf_is_own(&arch_table[i]);
		if (!about->native && !about->winner)
			asked[count++] = &arch_table[i];
	}
	probe_native(asked, count, native, survey->timeout_ms);
	for (size_t i = 0; i < count; i++)
		survey->archs[arch_index(asked[i])].native = native[i];
}

void survey_progress(size_t running, unsigned seconds)
{
	if (isatty(STDERR_FILENO))
		log_info("waiting for %zu program%s to run (%u s)", running,
			 running == 1 ? "" : "s", seconds);
}

static unsigned processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof set, &set) < 0 ? 1 : CPU_COUNT(&set);
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
	probe_run(probes, count, processors(), survey->timeout_ms, survey_progress);
	for (size_t i = 0; i < count; i++) {
		struct survey_arch *about = &survey->archs[arch_index(probes[i].arch)];

		about->probe = probes[i];
		about->probed = true;
		if (read[i][0])
			memcpy(about->probe.version, read[i], sizeof read[i]);
	}
}
