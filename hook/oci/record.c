// SPDX-License-Identifier: Apache-2.0
/*
 * The files of run records: keys, the folder, names, listing. Their content is record-json.c's;
 * knows nothing of cgroups and links.
 */
#include "oci/record.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/hash.h"
#include "oci/record-json.h"

#define SUFFIX	    ".json"
#define HASH_DIGITS 16
#define ID_PART_MAX (RECORD_KEY_MAX - HASH_DIGITS - 1)

/* A policy of 64 KiB, escaped sixfold in the worst case, and room for the names around it. */
#define RECORD_BYTES_MAX (1 << 20)

#define KEY_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-."

/* ---- keys ---- */

/* With the NUL, so that "ab" + "c" differs from "a" + "bc". */
static uint64_t hash_text(uint64_t hash, const char *text)
{
	return hash_bytes(hash, text, strlen(text) + 1);
}

int record_key(const char *id, const char *bundle, char **ret, struct error *err)
{
	uint64_t hash = hash_text(hash_text(HASH_BASIS, id), bundle ? bundle : "");
	size_t length = strnlen(id, ID_PART_MAX);
	char *key;

	if (length == 0)
		return error_set(err, EINVAL, "a run record needs an id");
	if (asprintf(&key, "%.*s@%016" PRIx64, (int)length, id, hash) < 0)
		return error_set(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < length; i++)
		if (!strchr(KEY_BYTES, key[i]))
			key[i] = '_';
	if (*key == '.')
		*key = '_';
	*ret = key;
	return 0;
}

/* A key becomes a file's name. */
static bool key_valid(const char *key, size_t length)
{
	return length >= 1 && length <= RECORD_KEY_MAX && *key != '.' &&
	       strspn(key, KEY_BYTES "@") >= length;
}

static int file_name(const char *key, char name[NAME_MAX + 1], struct error *err)
{
	if (!key_valid(key, strlen(key)))
		return error_set(err, EINVAL, "\"%s\" is no key of a run record", key);
	snprintf(name, NAME_MAX + 1, "%s" SUFFIX, key);
	return 0;
}

bool record_is_of(const struct run_record *record, const char *id, const char *bundle)
{
	return !strcmp(record->id, id) && !strcmp(record->bundle, bundle ? bundle : "");
}

/* ---- files ---- */

static int write_text(const char *run_dir, const char *name, const char *text, size_t length,
		      struct error *err)
{
	_cleanup_close_ int dirfd = -1;
	int r;

	/* what could not be read again would not be found at the container's end */
	if (length > RECORD_BYTES_MAX)
		return error_set(err, EFBIG, "needs %zu bytes; at most %d are read", length,
				 RECORD_BYTES_MAX);
	r = folder_open_private(run_dir, true, &dirfd, err);
	return r < 0 ? r : file_write_at(dirfd, name, text, length, err);
}

int record_write(const char *run_dir, const struct run_record *record, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	char name[NAME_MAX + 1];
	size_t length;
	int r = file_name(record->key, name, err);

	if (r < 0)
		return r;
	r = record_to_json(record, &text, &length, err);
	if (r == 0)
		r = write_text(run_dir, name, text, length, err);
	return r < 0 ? error_prefix(err, "run record %s/%s", run_dir, name) : 0;
}

static int read_text(const char *run_dir, const char *name, char **ret, size_t *ret_length,
		     struct error *err)
{
	_cleanup_close_ int dirfd = -1, fd = -1;
	int r = folder_open_private(run_dir, false, &dirfd, err);

	if (r == 0)
		r = file_open_at(dirfd, name, true, &fd, err);
	return r < 0 ? r : file_read_fd(fd, RECORD_BYTES_MAX, ret, ret_length, err);
}

int record_read(const char *run_dir, const char *key, struct run_record *ret, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	struct run_record record = {};
	char name[NAME_MAX + 1];
	size_t length;
	int r = file_name(key, name, err);

	if (r < 0)
		return r;
	r = read_text(run_dir, name, &text, &length, err);
	if (r == 0)
		r = record_from_json(text, length, &record, err);
	if (r == 0 && strcmp(record.key, key))
		r = error_set(err, EBADMSG, "holds the record of \"%s\"", record.key);
	if (r < 0) {
		record_done(&record);
		error_prefix(err, "run record %s/%s", run_dir, name);
		return r;
	}
	*ret = record;
	return 0;
}

bool record_exists(const char *run_dir, const char *key)
{
	_cleanup_close_ int dirfd = -1;
	char name[NAME_MAX + 1];

	return !file_name(key, name, NULL) && !folder_open_private(run_dir, false, &dirfd, NULL) &&
	       !faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW);
}

int record_remove(const char *run_dir, const char *key, struct error *err)
{
	_cleanup_close_ int dirfd = -1;
	char name[NAME_MAX + 1];
	int r = file_name(key, name, err);

	if (r < 0)
		return r;
	r = folder_open_private(run_dir, false, &dirfd, err);
	if (r == -ENOENT)
		return 0;
	if (r == 0 && unlinkat(dirfd, name, 0) < 0 && errno != ENOENT)
		r = error_errno(err, errno, "remove");
	return r < 0 ? error_prefix(err, "run record %s/%s", run_dir, name) : 0;
}

/* ---- listing ---- */

struct keys {
	char **items;
	size_t n;
};

static void keys_done(struct keys *keys)
{
	free_strings(keys->items, keys->n);
}

/* Temporary files and what others put there are no records. */
static size_t key_length(const char *name)
{
	size_t length = strlen(name);

	if (length <= strlen(SUFFIX) || strcmp(name + length - strlen(SUFFIX), SUFFIX))
		return 0;
	length -= strlen(SUFFIX);
	return key_valid(name, length) ? length : 0;
}

static int keys_add(struct keys *keys, const char *name, size_t length, struct error *err)
{
	char **larger = reallocarray(keys->items, keys->n + 1, sizeof(*keys->items));

	if (!larger)
		return error_set(err, ENOMEM, "out of memory");
	keys->items = larger;
	larger[keys->n] = strndup(name, length);
	if (!larger[keys->n])
		return error_set(err, ENOMEM, "out of memory");
	keys->n++;
	return 0;
}

static int keys_read(DIR *dir, struct keys *keys, struct error *err)
{
	int r = 0;

	while (r == 0) {
		struct dirent *entry;
		size_t length;

		errno = 0;
		entry = readdir(dir);
		if (!entry)
			return errno ? error_errno(err, errno, "read the folder") : 0;
		length = key_length(entry->d_name);
		if (length)
			r = keys_add(keys, entry->d_name, length, err);
	}
	return r;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int open_folder(const char *run_dir, DIR **ret, struct error *err)
{
	_cleanup_close_ int fd = -1;
	int r = folder_open_private(run_dir, false, &fd, err);

	if (r < 0)
		return r;
	*ret = fdopendir(fd);
	if (!*ret)
		return error_errno(err, errno, "open");
	TAKE_FD(fd);
	return 0;
}

int record_list(const char *run_dir, char ***ret_keys, size_t *ret_count, struct error *err)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct keys keys = {};
	int r = open_folder(run_dir, &dir, err);

	if (r == 0)
		r = keys_read(dir, &keys, err);
	if (r < 0 && r != -ENOENT) {
		keys_done(&keys);
		return error_prefix(err, "run records in %s", run_dir);
	}
	if (keys.n)
		qsort(keys.items, keys.n, sizeof(*keys.items), by_name);
	*ret_keys = keys.items;
	*ret_count = keys.n;
	return 0;
}
