/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "binfmt/elf.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The header of this program as it was loaded; the linker defines the symbol. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

#define PHDRS_MAX 64

/* Reads the header and the program headers of a file of this machine's kind. */
static int read_headers(int fd, const char *path, ElfW(Ehdr) * head,
			ElfW(Phdr) phdr[PHDRS_MAX], struct err *err)
{
	ssize_t n = pread(fd, head, sizeof *head, 0);

	if (n < 0)
		return err_set(err, errno, "%s cannot be read: %s", path,
			       strerror(errno));
	if (n < SELFMAG || memcmp(head->e_ident, ELFMAG, SELFMAG))
		return err_set(err, ENOEXEC, "%s is not an ELF program", path);
	if (n < (ssize_t)sizeof *head)
		return err_set(err, ENOEXEC, "%s is cut short", path);
	if (head->e_ident[EI_CLASS] != __ehdr_start.e_ident[EI_CLASS] ||
	    head->e_ident[EI_DATA] != __ehdr_start.e_ident[EI_DATA] ||
	    head->e_machine != __ehdr_start.e_machine)
		return err_set(
			err, ENOEXEC,
			"%s is a program for another machine (ELF machine %u), so it "
			"cannot run here",
			path, head->e_machine);
	if (head->e_type != ET_EXEC && head->e_type != ET_DYN)
		return err_set(err, ENOEXEC, "%s is an ELF file but not a program", path);
	if (head->e_phentsize != sizeof *phdr || head->e_phnum == 0 ||
	    head->e_phnum > PHDRS_MAX)
		return err_set(err, ENOEXEC, "%s has no usable program headers", path);
	n = pread(fd, phdr, head->e_phnum * sizeof *phdr, head->e_phoff);
	if (n < 0 || (size_t)n < head->e_phnum * sizeof *phdr)
		return err_set(err, ENOEXEC, "%s is cut short", path);
	return 0;
}

int elf_check_interpreter(int fd, const char *path, struct err *err)
{
	ElfW(Phdr) phdr[PHDRS_MAX];
	ElfW(Ehdr) head;
	struct stat st;
	bool loads = false;
	int rc = read_headers(fd, path, &head, phdr, err);

	if (rc)
		return rc;
	if (fstat(fd, &st) < 0)
		return err_set(err, errno, "%s: %s", path, strerror(errno));
	for (size_t i = 0; i < head.e_phnum; i++) {
		if (phdr[i].p_type == PT_INTERP)
			return err_set(err, ENOEXEC,
				       "%s is dynamically linked, so it cannot work in a "
				       "container",
				       path);
		loads |= phdr[i].p_type == PT_LOAD;
		if (phdr[i].p_type == PT_LOAD &&
		    (phdr[i].p_offset > (size_t)st.st_size ||
		     phdr[i].p_filesz > (size_t)st.st_size - phdr[i].p_offset))
			return err_set(err, ENOEXEC, "%s is cut short", path);
	}
	if (!loads)
		return err_set(err, ENOEXEC, "%s has nothing to load", path);
	return 0;
}

bool elf_is_own(const struct arch *arch)
{
	return arch->elf_class == __ehdr_start.e_ident[EI_CLASS] &&
	       arch->elf_data == __ehdr_start.e_ident[EI_DATA] &&
	       arch->machine == __ehdr_start.e_machine;
}

/* Appends a field of `size` bytes in the byte order of the architecture. */
static void put(const struct arch *arch, uint8_t **at, unsigned size, uint64_t value)
{
	for (unsigned i = 0; i < size; i++) {
		unsigned byte = arch->elf_data == ELFDATA2MSB ? size - 1 - i : i;

		*(*at)++ = value >> (8 * byte);
	}
}

/* A program of one segment, of this type, that holds all of the file or what is behind.
 */
static size_t build(const struct arch *arch, uint32_t type, const void *behind,
		    size_t size, uint8_t out[ELF_PROBE_MAX])
{
	/* Linked at 4 MiB, above every mmap_min_addr, and aligned for pages of 64 KiB. */
	const uint64_t base = 0x400000, align = 0x10000;
	bool wide = arch->elf_class == ELFCLASS64;
	unsigned ehsize = wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
	unsigned phsize = wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	unsigned word = wide ? 8 : 4;
	size_t total = ehsize + phsize + size;
	size_t offset = type == PT_LOAD ? 0 : ehsize + phsize;
	uint8_t *at = out;

	memset(out, 0, ELF_PROBE_MAX);
	if (total > ELF_PROBE_MAX)
		return 0;
	memcpy(at, ELFMAG, SELFMAG);
	at[EI_CLASS] = arch->elf_class;
	at[EI_DATA] = arch->elf_data;
	at[EI_VERSION] = EV_CURRENT;
	at += EI_NIDENT;
	put(arch, &at, 2, ET_EXEC);
	put(arch, &at, 2, arch->machine);
	put(arch, &at, 4, EV_CURRENT);
	put(arch, &at, word,
	    base + ehsize + phsize);  /* e_entry: right behind the headers */
	put(arch, &at, word, ehsize); /* e_phoff */
	put(arch, &at, word, 0);      /* e_shoff */
	put(arch, &at, 4, arch->e_flags);
	put(arch, &at, 2, ehsize);
	put(arch, &at, 2, phsize);
	put(arch, &at, 2, 1); /* e_phnum */
	at = out + ehsize;    /* no sections */

	put(arch, &at, 4, type);
	if (wide)
		put(arch, &at, 4, PF_R | PF_X);
	put(arch, &at, word, offset);
	put(arch, &at, word, base + offset);  /* p_vaddr */
	put(arch, &at, word, base + offset);  /* p_paddr */
	put(arch, &at, word, total - offset); /* p_filesz */
	put(arch, &at, word, total - offset); /* p_memsz */
	if (!wide)
		put(arch, &at, 4, PF_R | PF_X);
	put(arch, &at, word, align);

	memcpy(at, behind, size);
	return total;
}

size_t elf_probe(const struct arch *arch, uint8_t out[ELF_PROBE_MAX])
{
	return build(arch, PT_LOAD, arch->code, arch->code_size, out);
}

size_t elf_unstartable(const struct arch *arch, uint8_t out[ELF_PROBE_MAX])
{
	/* No file can be below a device. */
	static const char loader[] = "/dev/null/no-loader";

	return build(arch, PT_INTERP, loader, sizeof loader, out);
}

void elf_heads(const struct arch *arch, struct elf_heads *heads)
{
	size_t low = arch->elf_data == ELFDATA2MSB ? 17 : 16; /* of e_type */

	for (unsigned i = 0; i < ELF_KINDS; i++) {
		elf_probe(arch, heads->head[i]);
		heads->head[i][low] = i & 1 ? ET_DYN : ET_EXEC;
		heads->head[i][EI_OSABI] = i & 2 ? ELFOSABI_GNU : ELFOSABI_NONE;
	}
}

/*
 * Looks for the key in `length` bytes from `offset` on, and copies what stands behind it
 * up to the end of its line. By reading, not by mapping: a file that is cut short
 * meanwhile must not be able to kill us.
 */
static int find_line(int fd, off_t offset, uint64_t length, const char *key, char *out,
		     size_t size)
{
	enum { BLOCK = 65536, LINE = 256 };
	char *block = malloc(BLOCK + LINE);
	size_t kept = 0;
	int rc = -ENODATA;

	while (block && rc == -ENODATA && length > 0) {
		ssize_t n =
			pread(fd, block + kept, length < BLOCK ? length : BLOCK, offset);
		char *found, *end = NULL;

		if (n <= 0)
			break;
		offset += n;
		length -= n;
		found = memmem(block, kept + n, key, strlen(key));
		if (found)
			end = memchr(found, '\n', block + kept + n - found);
		if (end) {
			found += strlen(key);
			snprintf(out, size, "%.*s", (int)(end - found), found);
			rc = 0;
		}
		/* The line may go on in the next block. */
		n += kept;
		kept = n < LINE ? n : LINE;
		memmove(block, block + n - kept, kept);
	}
	free(block);
	return rc;
}

int elf_qemu_version(int fd, const char *qemu, char *out, size_t size)
{
	ElfW(Phdr) phdr[PHDRS_MAX];
	ElfW(Ehdr) head;
	char key[80];
	struct err err;
	int rc = read_headers(fd, "", &head, phdr, &err);

	if (rc)
		return rc;
	snprintf(key, sizeof key, "qemu-%s version ", qemu);
	rc = -ENODATA;
	/*
	 * String constants are read-only data: neither code nor variables. From the last
	 * segment on: the first holds relocations, much of it, and no text.
	 */
	for (size_t i = head.e_phnum; i-- > 0 && rc == -ENODATA;)
		if (phdr[i].p_type == PT_LOAD && phdr[i].p_flags == PF_R)
			rc = find_line(fd, phdr[i].p_offset, phdr[i].p_filesz, key, out,
				       size);
	return rc;
}
