// SPDX-License-Identifier: Apache-2.0
/* Whole files and private folders. Knows nothing of what is in them. */
#include "base/file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/process.h"

#define READ_STEP	   4096
#define WRITABLE_BY_OTHERS (S_IWGRP | S_IWOTH)

int file_open_at(int dirfd, const char *path, bool nofollow, int *ret_fd, struct error *err)
{
	/* O_NONBLOCK: opening a FIFO that nobody writes to would wait for ever */
	int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (nofollow ? O_NOFOLLOW : 0);
	_cleanup_close_ int fd = openat(dirfd, path, flags);
	struct stat st;

	if (fd < 0)
		return error_errno(err, errno, "open");
	if (fstat(fd, &st) < 0)
		return error_errno(err, errno, "stat");
	if (!S_ISREG(st.st_mode))
		return error_set(err, EINVAL, "is not a regular file");
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* For all of a file whose length is known, and for its end; the length need not be true. */
static size_t first_step(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && st.st_size > READ_STEP - 2 ? (size_t)st.st_size + 2 : READ_STEP;
}

/* Make room for at least one byte and the NUL, but never for more than one byte beyond @max. */
static int grow(char **text, size_t *size, size_t used, size_t first, size_t max, struct error *err)
{
	size_t wanted = *size ? *size * 2 : first;
	char *larger;

	if (*size > used + 1)
		return 0;
	if (wanted > max + 2)
		wanted = max + 2;
	larger = realloc(*text, wanted);
	if (!larger)
		return error_set(err, ENOMEM, "out of memory");
	*text = larger;
	*size = wanted;
	return 0;
}

/* Until there is something to read, or the end. @until: by process_now(); 0: wait for ever. */
static int await(int fd, int64_t until, struct error *err)
{
	struct pollfd input = {.fd = fd, .events = POLLIN};
	int64_t left;
	int n;

	/* poll() never says anything of a negative descriptor. */
	if (!until || fd < 0)
		return 0;
	do {
		left = until - process_now();
		n = left > 0 ? poll(&input, 1, (int)left) : 0;
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(err, errno, "poll");
	return n ? 0 : error_set(err, ETIMEDOUT, "did not come to its end in time");
}

static int read_until(int fd, size_t max, int64_t until, char **ret_text, size_t *ret_length,
		      struct error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0, used = 0, first = first_step(fd);
	ssize_t n;
	int r;

	do {
		r = grow(&text, &size, used, first, max, err);
		r = r ?: await(fd, until, err);
		if (r < 0)
			return r;
		n = read(fd, text + used, size - used - 1);
		if (n < 0 && errno != EINTR)
			return error_errno(err, errno, "read");
		used += n > 0 ? (size_t)n : 0;
		if (used > max)
			return error_set(err, EFBIG, "is larger than %zu bytes", max);
	} while (n != 0);
	text[used] = '\0';
	*ret_text = TAKE_PTR(text);
	*ret_length = used;
	return 0;
}

int file_read_fd(int fd, size_t max, char **ret_text, size_t *ret_length, struct error *err)
{
	return read_until(fd, max, 0, ret_text, ret_length, err);
}

int file_read_within(int fd, size_t max, unsigned int seconds, char **ret_text, size_t *ret_length,
		     struct error *err)
{
	return read_until(fd, max, process_now() + seconds * 1000, ret_text, ret_length, err);
}

bool file_is_same(const char *a, const char *b)
{
	struct stat one, other;

	return !stat(a, &one) && !stat(b, &other) && one.st_dev == other.st_dev &&
	       one.st_ino == other.st_ino;
}

int file_check_trusted(int fd, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_errno(err, errno, "stat");
	if (!S_ISREG(st.st_mode))
		return error_set(err, EPERM, "is not a regular file");
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return error_set(err, EPERM, "belongs to user %u; chown it to root",
				 (unsigned int)st.st_uid);
	if (st.st_mode & WRITABLE_BY_OTHERS)
		return error_set(
			err, EPERM,
			"has mode %04o; take the right to write from group and others (chmod go-w)",
			(unsigned int)st.st_mode & 07777);
	return 0;
}

static int write_all(int fd, const char *text, size_t length, struct error *err)
{
	while (length > 0) {
		ssize_t n = write(fd, text, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, errno, "write");
		text += n;
		length -= (size_t)n;
	}
	/* before the rename, or a power cut could leave the new name with nothing in it */
	return fsync(fd) < 0 ? error_errno(err, errno, "fsync") : 0;
}

int file_write_at(int dirfd, const char *name, const char *text, size_t length, struct error *err)
{
	return file_write_mode_at(dirfd, name, text, length, 0600, err);
}

int file_write_mode_at(int dirfd, const char *name, const char *text, size_t length,
		       unsigned int mode, struct error *err)
{
	_cleanup_close_ int fd = -1;
	uint64_t unique;
	char temporary[32];
	int r;

	/* no process id in it: those of two pid namespaces can be the same */
	if (getrandom(&unique, sizeof(unique), 0) != sizeof(unique))
		return error_errno(err, errno, "getrandom");
	snprintf(temporary, sizeof(temporary), ".tmp-%016" PRIx64, unique);
	fd = openat(dirfd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_errno(err, errno, "create");
	r = write_all(fd, text, length, err);
	if (r == 0 && fchmod(fd, mode) < 0)
		r = error_errno(err, errno, "chmod");
	if (r == 0 && renameat(dirfd, temporary, dirfd, name) < 0)
		r = error_errno(err, errno, "rename");
	if (r < 0)
		unlinkat(dirfd, temporary, 0);
	return r;
}

/* Replace *@dirfd by its sub-folder @name; @last is the one that the caller asked for. */
static int enter(int *dirfd, const char *name, bool last, bool create, struct error *err)
{
	int flags = O_DIRECTORY | O_CLOEXEC | (last ? O_RDONLY | O_NOFOLLOW : O_PATH);
	int fd = openat(*dirfd, name, flags);

	if (fd < 0 && errno == ENOENT && create) {
		/* EEXIST: another process was faster, and its folder is as good */
		if (mkdirat(*dirfd, name, 0700) < 0 && errno != EEXIST)
			return error_errno(err, errno, "create folder \"%s\"", name);
		fd = openat(*dirfd, name, flags | O_NOFOLLOW);
	}
	if (fd < 0)
		return error_errno(err, errno, "open folder \"%s\"", name);
	close(*dirfd);
	*dirfd = fd;
	return 0;
}

/*
 * Where nothing has to be made: one step for all parts. Behind a last "/" the kernel would follow a
 * link. Which part is at fault, only the walk can say.
 */
static int open_whole(const char *path)
{
	size_t length = strlen(path);

	if (!length || path[length - 1] == '/')
		return -1;
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

static int walk(const char *path, bool create, int *ret_fd, struct error *err)
{
	_cleanup_close_ int fd = open_whole(path);
	_cleanup_free_ char *copy = NULL;
	char *rest = NULL, *name;
	int r = 0;

	if (fd >= 0) {
		*ret_fd = TAKE_FD(fd);
		return 0;
	}
	copy = strdup(path);
	if (!copy)
		return error_set(err, ENOMEM, "out of memory");
	fd = open(*path == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, errno, "open");
	name = strtok_r(copy, "/", &rest);
	while (r == 0 && name) {
		char *next = strtok_r(NULL, "/", &rest);

		r = enter(&fd, name, !next, create, err);
		name = next;
	}
	if (r == 0)
		*ret_fd = TAKE_FD(fd);
	return r;
}

int folder_open_private(const char *path, bool create, int *ret_fd, struct error *err)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r = walk(path, create, &fd, err);

	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return error_errno(err, errno, "stat");
	if (st.st_uid != geteuid())
		return error_set(
			err, EPERM,
			"belongs to user %u, not to user %u who is to use it; chown or remove it",
			(unsigned int)st.st_uid, (unsigned int)geteuid());
	if (st.st_mode & WRITABLE_BY_OTHERS)
		return error_set(err, EPERM,
				 "has mode %04o; only its owner may write there (chmod 0700)",
				 (unsigned int)st.st_mode & 07777);
	*ret_fd = TAKE_FD(fd);
	return 0;
}
