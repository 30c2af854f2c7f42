/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "binfmt/interp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "binfmt/elf.h"
#include "binfmt/owner.h"

/* Static builds first: in /usr/bin of many distributions the other is dynamic. */
static const char *const suffixes[] = { "-static", "" };

static int check_owner(const struct stat *st, const char *path, struct err *err)
{
	if (!owner_is_root(st->st_uid))
		return err_set(
			err, EACCES,
			"%s is owned by user %u, who could replace what runs as root; "
			"`chown root` it or use another interpreter",
			path, st->st_uid);
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return err_set(
			err, EACCES,
			"%s is writable by others than root, who could replace what "
			"runs as root; `chmod go-w` it or use another interpreter",
			path);
	return 0;
}

/* Every folder above the canonical path, from the nearest to the root. */
static int check_folders(const char *path, struct err *err)
{
	char folder[PATH_MAX];
	struct stat st;
	size_t n = strlen(path);
	int rc = 0;

	memcpy(folder, path, n + 1);
	while (rc == 0 && n > 1) {
		while (n > 0 && folder[n - 1] != '/')
			n--;
		if (n > 1)
			n--; /* the slash, but for the root's */
		folder[n] = '\0';
		if (lstat(folder, &st) < 0)
			return err_set(err, errno, "%s: %s", folder, strerror(errno));
		rc = check_owner(&st, folder, err);
	}
	return rc;
}

static int check_file(int fd, const char *path, struct err *err)
{
	struct statvfs fs;
	struct stat st;
	int rc;

	if (fstat(fd, &st) < 0 || fstatvfs(fd, &fs) < 0)
		return err_set(err, errno, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, EACCES, "%s is not a regular file", path);
	rc = check_owner(&st, path, err);
	if (rc)
		return rc;
	/* The kernel takes credentials from the interpreter: it would make everybody
	 * root. */
	if (st.st_mode & (S_ISUID | S_ISGID) ||
	    fgetxattr(fd, "security.capability", NULL, 0) > 0)
		return err_set(
			err, EACCES,
			"%s is setuid, setgid or has file capabilities, which every "
			"program that it runs would have too; take them off (`chmod ug-s`, "
			"`setcap -r`)",
			path);
	if (!(st.st_mode & S_IXUSR) || !(st.st_mode & S_IXOTH))
		return err_set(err, EACCES,
			       "%s is not executable for everybody; run `chmod 755 %s`",
			       path, path);
	if (fs.f_flag & ST_NOEXEC)
		return err_set(
			err, EACCES,
			"%s is on a file system mounted noexec; move it to another",
			path);
	rc = elf_check_interpreter(fd, path, err);
	if (rc == -ENOEXEC)
		snprintf(err->text + strlen(err->text), ERR_TEXT - strlen(err->text),
			 "; install qemu-user-static");
	return rc;
}

/* O_NONBLOCK: opening a FIFO must not wait. */
#define OPEN_FLAGS (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)

static int check_name(const struct interp_folder *folder, const char *name,
		      struct interp *interp, struct err *err)
{
	_cleanup_close_ int fd = openat(folder->fd, name, OPEN_FLAGS);
	char path[PATH_MAX], canonical[PATH_MAX];
	int rc = 0;

	if (snprintf(path, sizeof path, "%s/%s", folder->path, name) >= (int)sizeof path)
		return err_set(err, ENAMETOOLONG, "%.64s...: the path is too long", path);
	/* A link: what it leads to is judged, with the folders above that. */
	if (fd < 0 && errno == ELOOP) {
		if (!realpath(path, canonical))
			return err_set(err, errno, "%s: %s", path, strerror(errno));
		memcpy(path, canonical, sizeof path);
		fd = open(path, OPEN_FLAGS);
		rc = fd < 0 ? 0 : check_folders(path, err);
	}
	if (fd < 0)
		return err_set(err, errno, "%s cannot be opened: %s", path,
			       strerror(errno));
	if (rc == 0)
		rc = check_file(fd, path, err);
	if (rc == 0)
		memcpy(interp->path, path, sizeof path);
	return rc;
}

/* -ENOENT if the folder has none, else the verdict on the first good or the first bad. */
static int find_in(const struct interp_folder *folder, const struct arch *arch,
		   struct interp *interp, struct err *err)
{
	struct err first = { 0 };

	if (folder->fd < 0) {
		*err = folder->err;
		return -err->code;
	}
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
		char name[ARCH_ENTRY_NAME + sizeof "-static"];
		struct err this;

		snprintf(name, sizeof name, "qemu-%s%s", arch->qemu, suffixes[i]);
		if (check_name(folder, name, interp, &this) == 0)
			return 0;
		if (this.code != ENOENT && !first.code)
			first = this;
	}
	if (!first.code)
		return -ENOENT;
	*err = first;
	return -first.code;
}

static void open_folder(struct interp_folder *folder, const char *path)
{
	struct err *err = &folder->err;
	char inside[PATH_MAX + 2];

	folder->fd = -1;
	if (!path)
		err_set(err, ENOENT, "none is named");
	else if (strlen(path) >= PATH_MAX - 64) /* room for a name in it */
		err_set(err, ENAMETOOLONG, "%.64s...: the path is too long", path);
	else if (!realpath(path, folder->path))
		err_set(err, errno, "interpreter folder %s: %s", path, strerror(errno));
	else if (snprintf(inside, sizeof inside, "%s/.",
			  strcmp(folder->path, "/") ? folder->path : "") >= PATH_MAX)
		err_set(err, ENAMETOOLONG, "%.64s...: the path is too long", path);
	else if (check_folders(inside, err) == 0) {
		folder->fd = open(folder->path,
				  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (folder->fd < 0)
			err_set(err, errno, "interpreter folder %s: %s", path,
				strerror(errno));
	}
}

int interp_search_open(struct interp_search *search, const char *named, struct err *err)
{
	struct interp_folder *first = &search->folders[0];

	search->named = named;
	open_folder(&search->folders[0], named);
	open_folder(&search->folders[1], INTERPRETER_DIR);
	open_folder(&search->folders[2], DISTRO_DIR);
	if (!named || first->fd >= 0)
		return 0;
	/* Where nothing was named, ENOENT means that nobody minds. */
	return err_set(err, first->err.code == ENOENT ? ENOTDIR : first->err.code, "%s",
		       first->err.text);
}

void interp_search_close(struct interp_search *search)
{
	for (size_t i = 0; i < sizeof search->folders / sizeof *search->folders; i++)
		if (search->folders[i].fd >= 0)
			close(search->folders[i].fd);
}

int interp_find(const struct interp_search *search, const struct arch *arch,
		struct interp *interp, struct err *err)
{
	struct err first = { 0 };

	for (size_t i = 0; i < sizeof search->folders / sizeof *search->folders; i++) {
		struct err this;
		int rc = find_in(&search->folders[i], arch, interp, &this);

		if (rc == 0)
			return 0;
		if (rc != -ENOENT && !first.code)
			first = this;
		if (rc != -ENOENT && i == 0)
			break;
	}
	if (first.code) {
		*err = first;
		return -first.code;
	}
	return err_set(
		err, ENOENT,
		"no interpreter: neither qemu-%s-static nor qemu-%s is in %s%s%s or %s; "
		"install qemu-user-static, or name its folder with --interpreter-dir",
		arch->qemu, arch->qemu, search->named ? search->named : "",
		search->named ? ", " : "", INTERPRETER_DIR, DISTRO_DIR);
}

int interp_version(const struct arch *arch, const char *path, char *out, size_t size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	return fd < 0 ? -errno : elf_qemu_version(fd, arch->qemu, out, size);
}
