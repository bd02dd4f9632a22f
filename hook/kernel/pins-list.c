// SPDX-License-Identifier: Apache-2.0
/* The keys under which links are pinned: all of them, or a few. What is pinned is pins.c's. */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/cleanup.h"
#include "kernel/pins-place.h"

struct keys {
	char **items;
	size_t n;
};

static void keys_done(struct keys *keys)
{
	free_strings(keys->items, keys->n);
	*keys = (struct keys){0};
}

/* A pending folder is listed as its key: whoever sweeps removes both. */
static int add_key(struct keys *keys, const char *name, struct error *err)
{
	size_t prefix = strlen(PENDING_PREFIX);
	char *key = strdup(!strncmp(name, PENDING_PREFIX, prefix) ? name + prefix : name);
	char **more = reallocarray(keys->items, keys->n + 1, sizeof(*keys->items));

	keys->items = more ?: keys->items;
	if (!key || !more) {
		free(key);
		return error_set(err, ENOMEM, "out of memory");
	}
	for (char *p = key; *p; p++) {
		if (*p == '%')
			*p = '.';
	}
	keys->items[keys->n++] = key;
	return 0;
}

static int open_folder(const struct pins *pins, int *ret_fd, struct error *err)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/containers", pins->root) < 0) {
		path = NULL;
		return error_set(err, ENOMEM, "out of memory");
	}
	*ret_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret_fd < 0 ? error_errno(err, errno, "%s", path) : 0;
}

/*
 * The entries that are read next, up to @most keys in all; one read, since @buffer is small for a
 * few and large for all. Returns how many bytes came, or a negative errno.
 */
static int read_some(int fd, char *buffer, size_t size, size_t most, struct keys *keys,
		     struct error *err)
{
	ssize_t length = getdents64(fd, buffer, size);
	int r = 0;

	if (length < 0)
		return error_errno(err, errno, "reading the folder of pins");
	for (ssize_t at = 0; at < length && keys->n < most && !r;) {
		const struct dirent64 *entry = (const struct dirent64 *)(buffer + at);

		at += entry->d_reclen;
		if (entry->d_name[0] != '.')
			r = add_key(keys, entry->d_name, err);
	}
	return r ?: (int)length;
}

static int finish(struct keys *keys, int r, char ***ret_keys, size_t *ret_count)
{
	if (r < 0) {
		keys_done(keys);
		return r;
	}
	*ret_keys = keys->items;
	*ret_count = keys->n;
	return 0;
}

int pins_list(const struct pins *pins, char ***ret_keys, size_t *ret_count, struct error *err)
{
	_Alignas(struct dirent64) char buffer[16384];
	_cleanup_close_ int fd = -1;
	struct keys keys = {0};
	int r = open_folder(pins, &fd, err);

	for (int more = 1; !r && more > 0;) {
		more = read_some(fd, buffer, sizeof(buffer), SIZE_MAX, &keys, err);
		r = more < 0 ? more : 0;
	}
	return finish(&keys, r, ret_keys, ret_count);
}

/* A folder's count of links is that of the folders in it, itself and the one above. */
static size_t count_folders(int fd)
{
	struct stat st;

	return fstat(fd, &st) || st.st_nlink < 2 ? 0 : (size_t)st.st_nlink - 2;
}

size_t pins_count(const struct pins *pins)
{
	_cleanup_close_ int fd = -1;

	return open_folder(pins, &fd, NULL) ? 0 : count_folders(fd);
}

/*
 * To another place each time; there are fewer than @most entries behind some. The oldest keys are
 * the last, and as likely to be read as any. The first are not, but do not stay the first. bpffs
 * counts places in entries, "." and ".." first.
 */
static void go_anywhere(int fd, size_t most)
{
	size_t n = count_folders(fd);
	struct timespec now;

	if (n <= most)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	lseek(fd, (off_t)(2 + (size_t)now.tv_nsec / 1000 % n), SEEK_SET);
}

int pins_sample(const struct pins *pins, size_t most, char ***ret_keys, size_t *ret_count,
		struct error *err)
{
	_Alignas(struct dirent64) char buffer[4096];
	_cleanup_close_ int fd = -1;
	struct keys keys = {0};
	int r = open_folder(pins, &fd, err);

	if (!r) {
		go_anywhere(fd, most);
		r = read_some(fd, buffer, sizeof(buffer), most, &keys, err);
	}
	return finish(&keys, r, ret_keys, ret_count);
}
