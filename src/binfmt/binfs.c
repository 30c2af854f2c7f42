/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "binfmt/binfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "binfmt/owner.h"
#include "binfmt/rule.h"

#define BINFMTFS_MAGIC 0x42494e4d /* linux/magic.h */

/* A register line has 1920 bytes; as shown, each byte of magic and mask takes two. */
#define ENTRY_TEXT_MAX 8192

static int not_mounted(const char *path, struct err *err)
{
	if (strcmp(path, BINFS_PATH))
		return err_set(
			err, ENOTDIR,
			"%s is not a binfmt_misc file system; give a folder in which "
			"one is mounted, such as a container's bind mount of " BINFS_PATH,
			path);
	return err_set(err, ENOTCONN, "binfmt_misc is not mounted at %s", path);
}

int binfs_open(const char *path, int *dir, struct err *err)
{
	/* Not O_PATH: an automount point (systemd's) is mounted by being opened. */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;
	struct stat st;

	if (fd < 0 && errno == ENOENT && !strcmp(path, BINFS_PATH))
		return not_mounted(path, err);
	if (fd < 0)
		return err_set(err, errno, "%s: %s; check --binfmt-dir", path,
			       strerror(errno));
	if (fstatfs(fd, &fs) < 0)
		return err_set(err, errno, "%s: %s", path, strerror(errno));
	if (fs.f_type != BINFMTFS_MAGIC)
		return not_mounted(path, err);
	/*
	 * In a user namespace, the instance that shines through from outside belongs to
	 * somebody we are not: root here can mount one of its own over it.
	 */
	if (geteuid() == 0 && fstat(fd, &st) == 0 && st.st_uid != 0 &&
	    owner_is_root(st.st_uid))
		return not_mounted(path, err);
	*dir = take_fd(&fd);
	return 0;
}

/*
 * The device number of our own user namespace's instance, 0 if it cannot be had. To ask
 * for it makes it, so that entries outside no longer count here: only for who mounts it
 * anyway.
 */
static dev_t own_device(void)
{
	dev_t device = 0;
#ifdef SYS_fsopen
	_cleanup_close_ int fs =
		syscall(SYS_fsopen, "binfmt_misc", 1 /* FSOPEN_CLOEXEC */);
	_cleanup_close_ int root = -1;
	struct stat st;

	if (fs >= 0 &&
	    syscall(SYS_fsconfig, fs, 6 /* FSCONFIG_CMD_CREATE */, 0, 0, 0) == 0)
		root = syscall(SYS_fsmount, fs, 1 /* FSMOUNT_CLOEXEC */, 0);
	if (root >= 0 && fstat(root, &st) == 0)
		device = st.st_dev;
#endif
	return device;
}

int binfs_open_own(const char *path, int *dir, struct err *err)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	dev_t own;
	int rc = binfs_open(path, &fd, err);

	if (rc)
		return rc;
	if (!owner_namespace_is_first() && !strcmp(path, BINFS_PATH) &&
	    !binfs_is_made_here(fd)) {
		own = own_device();
		if (own && fstat(fd, &st) == 0 && st.st_dev != own)
			return not_mounted(path, err);
	}
	*dir = take_fd(&fd);
	return 0;
}

/* A growing array of entries, and the texts that they point into, in blocks. */
struct block {
	struct block *next;
	size_t used, size;
	char text[];
};

static char *keep(struct snapshot *snapshot, const char *text, size_t size)
{
	struct block *block = snapshot->memory;
	char *kept;

	if (!block || block->size - block->used < size) {
		size_t room = size > 65536 ? size : 65536;

		block = malloc(sizeof *block + room);
		if (!block)
			return NULL;
		*block = (struct block){ .next = snapshot->memory, .size = room };
		snapshot->memory = block;
	}
	kept = block->text + block->used;
	memcpy(kept, text, size);
	block->used += size;
	return kept;
}

void snapshot_free(struct snapshot *snapshot)
{
	struct block *block = snapshot->memory;

	while (block) {
		struct block *next = block->next;

		free(block);
		block = next;
	}
	free(snapshot->entries);
	*snapshot = (struct snapshot){ 0 };
}

static struct entry *grow(struct snapshot *snapshot)
{
	size_t n = snapshot->count;

	/* Room for a power of two of entries. */
	if ((n & (n - 1)) == 0) {
		struct entry *more =
			realloc(snapshot->entries, (n ? 2 * n : 1) * sizeof *more);

		if (!more)
			return NULL;
		snapshot->entries = more;
	}
	return &snapshot->entries[snapshot->count];
}

/*
 * Reads the text of an entry: it comes whole, with one read(2). There may be thousands,
 * so nothing is done twice here.
 */
static int read_text(int dir, const char *name, char text[ENTRY_TEXT_MAX], size_t *length)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, ENTRY_TEXT_MAX);
	int rc = 0;

	if (n < 0 || n >= ENTRY_TEXT_MAX) {
		rc = n < 0 ? -errno : -EFBIG; /* longer than the kernel's can be */
		n = 0;
	}
	text[n] = '\0';
	*length = n;
	return rc;
}

static int read_entry(int dir, const char *name, struct snapshot *snapshot)
{
	char text[ENTRY_TEXT_MAX], *kept_name, *kept_text;
	struct entry *entry = grow(snapshot);
	size_t length;
	int rc = read_text(dir, name, text, &length);

	if (rc == -ENOENT) /* deleted since it was listed */
		return 0;
	kept_name = keep(snapshot, name, strlen(name) + 1);
	kept_text = keep(snapshot, text, length + 1);
	if (!entry || !kept_name || !kept_text)
		return -ENOMEM;
	entry_parse(kept_name, kept_text, entry);
	entry->readable = rc == 0;
	snapshot->count++;
	return 0;
}

int binfs_read(int dir, struct snapshot *snapshot, struct err *err)
{
	/* A descriptor of its own, whose position in the list nobody else moves. */
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_closedir_ DIR *list = fd < 0 ? NULL : fdopendir(fd);
	char status[ENTRY_TEXT_MAX];
	struct snapshot read = { 0 };
	struct dirent *item;
	size_t length;
	int rc = 0;

	if (!list)
		return err_set(err, errno, "binfmt_misc cannot be listed: %s",
			       strerror(errno));
	read.disabled = read_text(dir, "status", status, &length) == 0 &&
			!strcmp(status, "disabled\n");
	while (rc == 0 && (errno = 0, item = readdir(list)))
		if (rule_name_valid(item->d_name))
			rc = read_entry(dir, item->d_name, &read);
	if (rc == 0)
		rc = -errno;
	if (rc) {
		snapshot_free(&read);
		return err_set(err, -rc, "binfmt_misc cannot be read: %s", strerror(-rc));
	}
	*snapshot = read;
	return 0;
}

const struct entry *snapshot_find(const struct snapshot *snapshot, const char *name)
{
	for (size_t i = 0; i < snapshot->count; i++)
		if (!strcmp(snapshot->entries[i].name, name))
			return &snapshot->entries[i];
	return NULL;
}

const struct entry *snapshot_winner(const struct snapshot *snapshot, const uint8_t *head,
				    size_t size)
{
	for (size_t i = 0; i < snapshot->count; i++)
		if (snapshot->entries[i].enabled &&
		    entry_matches(&snapshot->entries[i], head, size))
			return &snapshot->entries[i];
	return NULL;
}

/* The process that holds a flock on the file, as /proc/locks tells; 0 if it does not. */
static int lock_holder(int fd)
{
	_cleanup_fclose_ FILE *locks = fopen("/proc/locks", "re");
	unsigned major_, minor_;
	unsigned long inode;
	struct stat st;
	char line[256];
	int pid;

	if (!locks || fstat(fd, &st) < 0)
		return 0;
	while (fgets(line, sizeof line, locks))
		if (sscanf(line, "%*u: FLOCK %*s %*s %d %x:%x:%lu", &pid, &major_,
			   &minor_, &inode) == 4 &&
		    inode == st.st_ino && major_ == major(st.st_dev) &&
		    minor_ == minor(st.st_dev))
			return pid > 0 ? pid : 0;
	return 0;
}

static int still_held(int fd, unsigned timeout_ms, struct err *err)
{
	int pid = lock_holder(fd);
	char who[32] = "";

	if (pid > 0)
		snprintf(who, sizeof who, ", process %d,", pid);
	return err_set(
		err, EBUSY,
		"another run%s has held binfmt_misc for %u s; wait for it or end it", who,
		timeout_ms / 1000);
}

int binfs_lock(int dir, unsigned timeout_ms, void (*waiting)(int pid), int *lock,
	       struct err *err)
{
	_cleanup_close_ int fd = openat(dir, "status", O_RDONLY | O_CLOEXEC);
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	double start = io_now_ms();
	bool told = false;

	if (fd < 0)
		return err_set(err, errno, "binfmt_misc cannot be locked: status: %s",
			       strerror(errno));
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		double waited = io_now_ms() - start;

		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_set(err, errno, "binfmt_misc cannot be locked: %s",
				       strerror(errno));
		if (waited > timeout_ms)
			return still_held(fd, timeout_ms, err);
		if (!told && waited > 1000 && waiting) {
			waiting(lock_holder(fd));
			told = true;
		}
		nanosleep(&pause, NULL);
	}
	*lock = take_fd(&fd);
	return 0;
}

bool binfs_is_made_here(int dir)
{
	_cleanup_fclose_ FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char line[4096], here[64];
	unsigned major_, minor_;
	struct stat st, ns;

	if (!mounts || fstat(dir, &st) < 0 || stat("/proc/self/ns/mnt", &ns) < 0)
		return false;
	snprintf(here, sizeof here, " " BINFS_SOURCE " ", (unsigned long)ns.st_ino);
	while (fgets(line, sizeof line, mounts))
		if (sscanf(line, "%*u %*u %u:%u", &major_, &minor_) == 2 &&
		    makedev(major_, minor_) == st.st_dev && strstr(line, here))
			return true;
	return false;
}
