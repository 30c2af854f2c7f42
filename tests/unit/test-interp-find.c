/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "program.h"

#include <errno.h>
#include <sys/stat.h>

#include "binfmt/interp.h"

/* An architecture of which no distribution has an interpreter. */
static const char *const none[] = { NULL };
static const struct arch nowhere = {
	.name = "nowhere", .qemu = "no_such_machine", .aliases = none, .platforms = none
};

static void make_folder(const char *folder, const char *name, mode_t mode)
{
	char path[UNIT_PATH];

	snprintf(path, sizeof path, "%.40s/%s", folder, name);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void make_link(const char *folder, const char *name, const char *target)
{
	char path[UNIT_PATH];

	snprintf(path, sizeof path, "%.40s/%s", folder, name);
	assert_int_equal(symlink(target, path), 0);
}

static int find(const char *dir, struct interp *interp, struct err *err)
{
	struct interp_search search;
	int rc = interp_search_open(&search, dir, err);

	if (rc == 0)
		rc = interp_find(&search, &nowhere, interp, err);
	interp_search_close(&search);
	return rc;
}

/*
 * Whoever runs this: a folder in which others than root can put files is refused as a
 * whole, and in one of root's there is nothing for a machine that does not exist.
 */
static void folders_of_interpreters(void **state)
{
	static const struct row {
		const char *label;
		const char *dir; /* without a / in front: in the test's own folder */
		int rc;
		const char *says;
	} rows[] = {
		{ "everybody's", "open", -EACCES, "/open" },
		{ "in everybody's", "open/inner", -EACCES, "/open" },
		{ "link to everybody's", "link-to-open", -EACCES, "/open" },
		{ "missing", "missing", -ENOTDIR, "/missing" },
		{ "dangling link", "link-to-nowhere", -ENOTDIR, "/link-to-nowhere" },
		{ "root's", "/etc", -ENOENT, "/etc|qemu-no_such_machine-static|install" },
		{ "root's, with a slash", "/etc/", -ENOENT, "/etc" },
		{ "link to root's", "link-to-etc", -ENOENT, "no interpreter" },
		{ "the root folder", "/", -ENOENT, "no interpreter" },
		{ "none", NULL, -ENOENT, "qemu-no_such_machine|--interpreter-dir" },
	};
	const struct program program = make_program();
	char path[UNIT_PATH];

	make_link(*state, "link-to-open", "open");
	make_link(*state, "link-to-nowhere", "/missing/folder");
	make_link(*state, "link-to-etc", "/etc");
	make_folder(*state, "open", 0777);
	make_folder(*state, "open/inner", 0755);
	chmod(unit_file(*state, "open/qemu-no_such_machine", &program, sizeof program,
			path),
	      0755);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *dir = rows[i].dir;
		struct interp interp = { .path = "untouched" };
		struct err err = { 0 };

		snprintf(path, sizeof path, "%.40s/%s", (char *)*state, dir ? dir : "");
		CHECK_INT(rows[i].label,
			  find(dir && *dir != '/' ? path : dir, &interp, &err),
			  rows[i].rc);
		CHECK_INT(rows[i].label, err.code, -rows[i].rc);
		CHECK_SAYS(rows[i].label, err.text, rows[i].says);
		CHECK_TEXT(rows[i].label, interp.path, "untouched");
	}
}

static void folder_of_a_long_name(void **state)
{
	char dir[PATH_MAX + 100], label[32];
	struct interp interp = { .path = "untouched" };

	(void)state;
	for (size_t n = PATH_MAX - 40; n < sizeof dir; n++) {
		struct err err = { 0 };

		/* "/./././..." is short for the kernel in nothing but its meaning. */
		for (size_t i = 0; i < n; i++)
			dir[i] = i % 2 ? '.' : '/';
		dir[n] = '\0';
		snprintf(label, sizeof label, "%zu bytes", n);
		CHECK(label, find(dir, &interp, &err) < 0);
		CHECK(label, err.code > 0 && *err.text);
		CHECK_TEXT(label, interp.path, "untouched");
	}
}

static void put_program(int dir, const char *name, mode_t mode, unsigned type)
{
	struct program program = make_program();
	_cleanup_close_ int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	program.phdr[0].p_type = type;
	assert_int_equal(write(fd, &program, sizeof program), sizeof program);
	assert_int_equal(fchmod(fd, mode), 0);
}

/*
 * What lies in the three folders, in the order of the search: '.' nothing, 'g' a good
 * program, 's' a good one named -static, 'd' a dynamic one, 'w' one that others may
 * write, 'x' one that others may not execute, 'f' a FIFO, 'F' one named -static, 'o' a
 * folder, 'l' a link that leads nowhere, '!' the folder itself is not to be used.
 */
static void put(int dir, char what)
{
	const char *name = "qemu-no_such_machine", *first = "qemu-no_such_machine-static";

	switch (what) {
	case 'g':
		put_program(dir, name, 0755, PT_NULL);
		break;
	case 's':
		put_program(dir, first, 0755, PT_NULL);
		break;
	case 'd':
		put_program(dir, name, 0755, PT_INTERP);
		break;
	case 'w':
		put_program(dir, name, 0775, PT_NULL);
		break;
	case 'x':
		put_program(dir, name, 0754, PT_NULL);
		break;
	case 'f':
	case 'F':
		assert_int_equal(mkfifoat(dir, what == 'f' ? name : first, 0755), 0);
		break;
	case 'o':
		assert_int_equal(mkdirat(dir, name, 0755), 0);
		break;
	case 'l':
		assert_int_equal(symlinkat("/missing/program", dir, first), 0);
		break;
	}
}

/* Root finds its own files good; what is another user's is good for nobody. */
static void which_of_several(void **state)
{
	static const struct row {
		const char *folders[3];
		int rc;		  /* if root runs this; else -EACCES, but for -ENOENT */
		const char *says; /* the end of the path that is found or blamed */
	} rows[] = {
		{ { ".", ".", "." }, -ENOENT, "no_such_machine" },
		{ { "l", ".", "." }, -ENOENT, "no_such_machine" },
		{ { "g", "g", "g" }, 0, "/0/qemu-no_such_machine" },
		{ { "gs", "g", "g" }, 0, "/0/qemu-no_such_machine-static" },
		{ { "lg", ".", "." }, 0, "/0/qemu-no_such_machine" },
		{ { ".", "g", "s" }, 0, "/1/qemu-no_such_machine" },
		{ { ".", ".", "s" }, 0, "/2/qemu-no_such_machine-static" },
		{ { "d", ".", "." }, -ENOEXEC, "/0/qemu-no_such_machine" },
		{ { "w", ".", "." }, -EACCES, "/0/qemu-no_such_machine" },
		{ { "x", ".", "." }, -EACCES, "/0/qemu-no_such_machine" },
		{ { "f", ".", "." }, -EACCES, "/0/qemu-no_such_machine" },
		{ { "o", ".", "." }, -EACCES, "/0/qemu-no_such_machine" },
		{ { "Fo", ".", "." }, -EACCES, "/0/qemu-no_such_machine-static" },
		{ { "Fg", ".", "." }, 0, "/0/qemu-no_such_machine" },
		/* One that was asked for ends the search; another does not. */
		{ { "f", "g", "g" }, -EACCES, "/0/qemu-no_such_machine" },
		{ { ".", "f", "g" }, 0, "/2/qemu-no_such_machine" },
		{ { ".", "f", "." }, -EACCES, "/1/qemu-no_such_machine" },
		{ { ".", "f", "o" }, -EACCES, "/1/qemu-no_such_machine" },
		{ { ".", "!", "g" }, 0, "/2/qemu-no_such_machine" },
		{ { ".", "!", "." }, -EACCES, "not to be used" },
	};
	struct interp_search *search = calloc(1, sizeof *search);
	char label[80];

	assert_non_null(search);
	for (size_t i = 0; i < COUNT(rows); i++) {
		int rc = geteuid() == 0 || rows[i].rc == -ENOENT ? rows[i].rc : -EACCES;
		struct interp interp = { .path = "" };
		struct err err = { 0 };

		snprintf(label, sizeof label, "%s %s %s", rows[i].folders[0],
			 rows[i].folders[1], rows[i].folders[2]);
		for (size_t j = 0; j < 3; j++) {
			struct interp_folder *folder = &search->folders[j];
			const char *what = rows[i].folders[j];

			snprintf(folder->path, sizeof folder->path, "%.40s/%zu",
				 (char *)*state, j);
			assert_int_equal(mkdir(folder->path, 0755), 0);
			folder->fd = open(folder->path, O_RDONLY | O_CLOEXEC);
			for (const char *p = what; *p; p++)
				put(folder->fd, *p);
			if (*what != '!')
				continue;
			close(folder->fd);
			folder->fd = -1;
			err_set(&folder->err, EACCES, "not to be used");
		}
		CHECK_INT(label, interp_find(search, &nowhere, &interp, &err), rc);
		CHECK_INT(label, err.code, -rc);
		CHECK_SAYS(label, rc ? err.text : interp.path,
			   rc == rows[i].rc ? rows[i].says : "");
		if (rc == 0) /* the whole path, and not one that only begins so */
			CHECK_TEXT(label, strrchr(interp.path, '/'),
				   strrchr(rows[i].says, '/'));
		interp_search_close(search);
		for (size_t j = 0; j < 3; j++)
			nftw(search->folders[j].path, unit_remove_one, 8,
			     FTW_DEPTH | FTW_PHYS);
	}
	free(search);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_FOLDER(folders_of_interpreters),
		cmocka_unit_test(folder_of_a_long_name),
		TEST_IN_FOLDER(which_of_several),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
