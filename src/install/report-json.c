/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <json.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "install/report.h"

static void free_json(json_object **object)
{
	json_object_put(*object);
}

/*
 * Names of entries and files may hold any bytes, and JSON must be UTF-8: what is not
 * printable ASCII is shown as \xHH, as in the table.
 */
static void add_text(json_object *to, const char *key, const char *text)
{
	char shown[4096];

	if (text)
		io_printable(text, shown, sizeof shown);
	json_object_object_add(to, key, text ? json_object_new_string(shown) : NULL);
}

static void add_hex(json_object *to, const char *key, const uint8_t *bytes, size_t size)
{
	char hex[2 * 256 + 1] = "";

	for (size_t i = 0; bytes && i < size && i < 256; i++)
		sprintf(hex + 2 * i, "%02x", bytes[i]);
	json_object_object_add(to, key, bytes ? json_object_new_string(hex) : NULL);
}

static void add_entry(json_object *to, const struct entry *entry)
{
	if (!entry)
		return;
	json_object_object_add(to, "enabled", json_object_new_boolean(entry->enabled));
	if (entry->kind == ENTRY_MAGIC) {
		json_object_object_add(to, "offset",
				       json_object_new_int64(entry->offset));
		add_hex(to, "magic", entry->magic, entry->size);
		add_hex(to, "mask", entry->mask, entry->size);
	} else if (entry->kind == ENTRY_EXTENSION) {
		add_text(to, "extension", entry->extension);
	}
}

static json_object *row_json(const struct row *row, bool change)
{
	const struct probe *probe = row->probe;
	json_object *to = json_object_new_object();
	char ms[32];

	add_text(to, "name", row->name);
	add_text(to, "arch", row->arch ? row->arch->name : NULL);
	if (change)
		add_text(to, "action", plan_action_name(row->action));
	add_text(to, change ? "result" : "state", row_result(row));
	add_text(to, "interpreter", row->interpreter);
	add_text(to, "flags", row->flags);
	add_entry(to, row->entry);
	json_object_object_add(
		to, "works",
		probe ? json_object_new_boolean(probe->verdict == PROBE_WORKS) : NULL);
	if (probe) {
		add_text(to, "proof",
			 probe->way == PROBE_IN_CHROOT ? "chroot" : "memory");
		snprintf(ms, sizeof ms, "%.1f", probe->ms);
		json_object_object_add(to, "ms", json_object_new_double_s(probe->ms, ms));
		add_text(to, "emulator", *probe->version ? probe->version : NULL);
	}
	add_text(to, "note", row->note);
	return to;
}

static json_object *rows_json(const struct report *report, bool changes)
{
	json_object *list = json_object_new_array();

	for (size_t i = 0; report && i < report->count; i++)
		json_object_array_add(list, row_json(&report->rows[i], changes));
	return list;
}

/* What this machine runs now, natively or not, by proof. */
static json_object *supported(const struct survey *survey)
{
	json_object *list = json_object_new_array();

	/* The machine's own first, as container users know it. */
	for (int native = 1; native >= 0; native--) {
		for (size_t i = 0; i < arch_count; i++) {
			const struct survey_arch *about = &survey->archs[i];
			bool works = native ? about->native == NATIVE_YES
					    : about->native != NATIVE_YES &&
						      about->probed &&
						      about->probe.verdict == PROBE_WORKS;

			for (const char *const *platform = arch_table[i].platforms;
			     works && *platform; platform++)
				json_object_array_add(list,
						      json_object_new_string(*platform));
		}
	}
	return list;
}

static json_object *emulators(const struct report *status)
{
	json_object *list = json_object_new_array();
	char shown[1100];

	for (size_t i = 0; i < status->count; i++)
		if (status->rows[i].entry && status->rows[i].state != ROW_OTHER)
			json_object_array_add(list, json_object_new_string(io_printable(
							    status->rows[i].name, shown,
							    sizeof shown)));
	return list;
}

int report_json(const struct report *changes, const struct report *status,
		const struct survey *survey, const char *lifetime, struct err *err)
{
	__attribute__((cleanup(free_json))) json_object *root = json_object_new_object();
	const char *text;

	json_object_object_add(root, "schema", json_object_new_int(1));
	json_object_object_add(root, "supported", supported(survey));
	json_object_object_add(root, "emulators", emulators(status));
	json_object_object_add(root, "entries", rows_json(status, false));
	json_object_object_add(root, "changes", rows_json(changes, true));
	json_object_object_add(root, "mounted",
			       json_object_new_boolean(survey->dir >= 0));
	add_text(root, "lasts", lifetime);
	text = json_object_to_json_string_ext(
		root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
			      JSON_C_TO_STRING_NOSLASHESCAPE);
	if (!text)
		return err_set(err, ENOMEM, "the JSON could not be built");
	puts(text);
	return report_flush(err);
}
