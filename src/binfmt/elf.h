/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What this project needs of the ELF format: judging an interpreter, telling this
 * machine's own architecture, and building the probe of another. Reads files, writes
 * none.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "binfmt/arch.h"

/*
 * Whether the file can be an interpreter on this machine, in any root: an ELF program,
 * not cut short, for this machine, without a dynamic loader. `path` is for the message.
 * -ENOEXEC with the reason, or -errno.
 */
int elf_check_interpreter(int fd, const char *path, struct err *err);

/* Whether this very program is of the architecture, so that the machine surely runs it.
 */
bool elf_is_own(const struct arch *arch);

#define ELF_PROBE_MAX 512 /* bytes */

/*
 * Builds the architecture's probe: one static ELF program of less than ELF_PROBE_MAX
 * bytes that prints the architecture's name and a newline and exits with 0. Returns its
 * size.
 */
size_t elf_probe(const struct arch *arch, uint8_t out[ELF_PROBE_MAX]);

/*
 * Builds a program of the architecture that can never start, since its loader cannot
 * exist. execve(2) of it fails with ENOENT or ENOTDIR if the kernel takes the
 * architecture, for then it has looked for the loader, and with ENOEXEC if not
 * (load_elf_binary()). Returns its size.
 */
size_t elf_unstartable(const struct arch *arch, uint8_t out[ELF_PROBE_MAX]);

/*
 * The beginnings of the kinds of programs that an architecture has: fixed and position-
 * independent ones, each with the OS ABI of none and of GNU. The first is the probe's.
 */
#define ELF_KINDS 4
struct elf_heads {
	uint8_t head[ELF_KINDS][ELF_PROBE_MAX];
};
void elf_heads(const struct arch *arch, struct elf_heads *heads);

/*
 * The version that a QEMU user emulator would print, "7.2.22 (Debian 1:7.2+dfsg-7)", read
 * from its read-only data without starting it: `qemu-aarch64 version ...` stands there as
 * one string (linux-user/main.c). 0, -ENODATA if there is none, or -errno.
 */
int elf_qemu_version(int fd, const char *qemu, char *out, size_t size);
