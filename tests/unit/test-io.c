/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/io.h"

static void printable_text(void **state)
{
	static const struct row {
		const char *label, *text, *want;
	} rows[] = {
		{ "empty", "", "" },
		{ "plain", "qemu-aarch64 (x86_64)~", "qemu-aarch64 (x86_64)~" },
		{ "newline", "a\nb", "a\\x0ab" },
		{ "escape sequence", "\033[31mred", "\\x1b[31mred" },
		{ "delete", "\177", "\\x7f" },
		{ "what was made so already", "a\\x0a\\", "a\\x0a\\" },
		{ "UTF-8", "\303\244", "\\xc3\\xa4" },
		{ "high byte alone", "\377", "\\xff" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char out[64];

		CHECK(rows[i].label, io_printable(rows[i].text, out, sizeof out) == out);
		CHECK_TEXT(rows[i].label, out, rows[i].want);
	}
}

/* However small the buffer, what is there is a beginning, and no escape is cut in two. */
static void printable_is_cut_at_size(void **state)
{
	static const char text[] = "ab\ncd\n\n", whole[] = "ab\\x0acd\\x0a\\x0a";

	(void)state;
	assert_string_equal(io_printable("\n", (char[5]){ "zzzz" }, 5), "\\x0a");
	assert_string_equal(io_printable("\n", (char[4]){ "zzz" }, 4), "");
	for (size_t size = 1; size <= 40; size++) {
		char *out = malloc(size), label[32];
		size_t n;

		snprintf(label, sizeof label, "size %zu", size);
		assert_non_null(out);
		n = strlen(io_printable(text, out, size));
		CHECK(label, n < size);
		CHECK(label, !strncmp(out, whole, n));
		CHECK(label, n == 0 || n == 1 || n == 2 || n >= 6);
		CHECK(label, n < 3 || n == 6 || n == 7 || n == 8 || n == 12 || n == 16);
		if (size > 20)
			CHECK_TEXT(label, out, whole);
		free(out);
	}
}

static void read_at_limits(void **state)
{
	static const struct row {
		const char *label;
		size_t file, buffer;
		int rc;
	} rows[] = {
		{ "empty file", 0, 8, 0 },
		{ "fits", 5, 8, 0 },
		{ "just fits with its NUL", 7, 8, 0 },
		{ "no room for the NUL", 8, 8, -EFBIG },
		{ "too long", 9, 8, -EFBIG },
		{ "far too long", 4000, 8, -EFBIG },
		{ "several pages", 20000, 20001, 0 },
	};
	static char data[20000];

	memset(data, 'x', sizeof data);
	for (size_t i = 0; i < COUNT(rows); i++) {
		char path[UNIT_PATH], *buffer = malloc(rows[i].buffer);
		size_t length = 12345;
		_cleanup_close_ int dir = open(*state, O_PATH | O_DIRECTORY | O_CLOEXEC);

		assert_non_null(buffer);
		memset(buffer, 'z', rows[i].buffer);
		unit_file(*state, "file", data, rows[i].file, path);
		CHECK_INT(rows[i].label,
			  io_read_at(dir, "file", buffer, rows[i].buffer, &length),
			  rows[i].rc);
		CHECK_INT(rows[i].label, length, rows[i].rc ? 12345 : rows[i].file);
		if (rows[i].rc == 0) {
			CHECK_INT(rows[i].label, strlen(buffer), rows[i].file);
			CHECK(rows[i].label, !memcmp(buffer, data, rows[i].file));
		}
		free(buffer);
	}
}

static void read_at_errors(void **state)
{
	_cleanup_close_ int dir = open(*state, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char buffer[16];
	size_t length = 7;

	assert_int_equal(io_read_at(dir, "missing", buffer, sizeof buffer, &length),
			 -ENOENT);
	assert_int_equal(io_read_at(dir, ".", buffer, sizeof buffer, &length), -EISDIR);
	assert_int_equal(io_read_at(-1, "relative", buffer, sizeof buffer, &length),
			 -EBADF);
	assert_int_equal(length, 7);
}

static void write_all(void **state)
{
	char path[UNIT_PATH], back[16] = "";
	_cleanup_close_ int fd = -1;

	unit_file(*state, "file", "", 0, path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(io_write_all(fd, "a\0b", 3), 0);
	assert_int_equal(io_write_all(fd, "", 0), 0);
	assert_int_equal(io_write_all(fd, "cd", 2), 0);
	assert_int_equal(pread(fd, back, sizeof back, 0), 5);
	assert_memory_equal(back, "a\0bcd", 5);
	assert_int_equal(io_write_all(-1, "x", 1), -EBADF);
}

static void do_nothing(int number)
{
	(void)number;
}

/* The other end of a pipe: reads slowly, and tells by its status whether all came. */
static void read_slowly(int fd, size_t size)
{
	unsigned char block[4096];
	size_t got = 0;
	ssize_t n;

	while ((n = read(fd, block, sizeof block)) > 0) {
		for (ssize_t i = 0; i < n; i++, got++)
			if (block[i] != got % 251)
				_exit(1);
		usleep(300);
	}
	_exit(n == 0 && got == size ? 0 : 2);
}

/* What a signal interrupts is gone on with, from where it was. */
static void write_all_is_interrupted(void **state)
{
	const struct itimerval often = { { 0, 1000 }, { 0, 1000 } }, never = { 0 };
	const struct sigaction action = { .sa_handler = do_nothing };
	const size_t size = 1 << 20;
	unsigned char *data = malloc(size);
	int pipes[2], status;
	pid_t pid;

	(void)state;
	assert_non_null(data);
	for (size_t i = 0; i < size; i++)
		data[i] = i % 251;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		close(pipes[1]);
		read_slowly(pipes[0], size);
	}
	assert_true(pid > 0);
	close(pipes[0]);
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	assert_int_equal(io_write_all(pipes[1], data, size), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	close(pipes[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	free(data);
}

static void clock_goes_forward(void **state)
{
	double before = io_now_ms(), after;

	(void)state;
	usleep(20000);
	after = io_now_ms();
	assert_true(after - before >= 20);
	assert_true(after - before < 20000);
}

static void err_is_set(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_int_equal(err_set(&err, ENOENT, "%s has %d", "box", 3), -ENOENT);
	assert_int_equal(err.code, ENOENT);
	assert_string_equal(err.text, "box has 3");
	assert_int_equal(err_set(&err, EINVAL, "100%%"), -EINVAL);
	assert_int_equal(err.code, EINVAL);
	assert_string_equal(err.text, "100%");
}

static void err_is_wrapped(void **state)
{
	struct err err;

	(void)state;
	err_set(&err, EACCES, "it is a %% of trouble");
	assert_int_equal(err_wrap(&err, "%s", "arm64"), -EACCES);
	assert_string_equal(err.text, "arm64: it is a % of trouble");
	assert_int_equal(err_wrap(&err, "install"), -EACCES);
	assert_int_equal(err.code, EACCES);
	assert_string_equal(err.text, "install: arm64: it is a % of trouble");
}

/* A message longer than its place is cut, never written past the end. */
static void err_is_cut(void **state)
{
	struct err *err = malloc(sizeof *err);
	char *text = malloc(5000);

	(void)state;
	assert_non_null(err);
	assert_non_null(text);
	memset(text, 'x', 4999);
	text[4999] = '\0';
	assert_int_equal(err_set(err, EIO, "%s", text), -EIO);
	assert_int_equal(strlen(err->text), ERR_TEXT - 1);
	assert_int_equal(err_wrap(err, "front"), -EIO);
	assert_int_equal(strlen(err->text), ERR_TEXT - 1);
	assert_memory_equal(err->text, "front: xxx", 10);
	assert_int_equal(err_wrap(err, "%s", text), -EIO);
	assert_int_equal(strlen(err->text), ERR_TEXT - 1);
	free(text);
	free(err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(printable_text),
		cmocka_unit_test(printable_is_cut_at_size),
		TEST_IN_FOLDER(read_at_limits),
		TEST_IN_FOLDER(read_at_errors),
		TEST_IN_FOLDER(write_all),
		cmocka_unit_test(write_all_is_interrupted),
		cmocka_unit_test(clock_goes_forward),
		cmocka_unit_test(err_is_set),
		cmocka_unit_test(err_is_wrapped),
		cmocka_unit_test(err_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
