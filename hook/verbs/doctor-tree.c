// SPDX-License-Identifier: Apache-2.0
/*
 * Files below the root of `sockoptctl doctor`. In an image a link to "/etc/x" means the image's:
 * the kernel resolves it so.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "verbs/doctor.h"

#define FILE_BYTES_MAX (1 << 20)

int doctor_open(const struct doctor *d, const char *path, int flags)
{
	struct open_how how = {
		.flags = (__u64)(flags | O_CLOEXEC | (flags & O_PATH ? 0 : O_NOCTTY)),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, d->root_fd, path, &how, sizeof(how));
}

int doctor_read(const struct doctor *d, const char *path, char **ret, size_t *ret_length,
		struct error *err)
{
	_cleanup_close_ int fd = doctor_open(d, path, O_RDONLY | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return error_errno(err, errno, "open");
	if (!S_ISREG(st.st_mode))
		return error_set(err, EINVAL, "is not a regular file");
	return file_read_fd(fd, FILE_BYTES_MAX, ret, ret_length, err);
}

char *doctor_resolve(const struct doctor *d, const char *path)
{
	_cleanup_close_ int fd = doctor_open(d, path, O_PATH);
	char link[64];

	if (fd < 0)
		return NULL;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return realpath(link, NULL);
}

bool doctor_exists(const struct doctor *d, const char *path)
{
	_cleanup_close_ int fd = doctor_open(d, path, O_PATH);

	return fd >= 0;
}

static bool ends_in(const char *name, const char *suffix)
{
	size_t length = strlen(name), end = strlen(suffix);

	return length > end && !strcmp(name + length - end, suffix);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void doctor_names_add(struct doctor *d, struct doctor_names *names, const char *name)
{
	char **more = reallocarray(names->names, names->n + 1, sizeof(*more));
	char *copy = strdup(name);

	if (more)
		names->names = more;
	if (more && copy)
		more[names->n++] = TAKE_PTR(copy);
	else
		d->out_of_memory = true;
	free(copy);
}

int doctor_list(struct doctor *d, const char *path, const char *suffix, struct doctor_names *ret)
{
	int fd = doctor_open(d, path, O_RDONLY | O_DIRECTORY);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	*ret = (struct doctor_names){0};
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		if (suffix ? entry->d_name[0] != '.' && ends_in(entry->d_name, suffix)
			   : strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			doctor_names_add(d, ret, entry->d_name);
	}
	if (ret->n)
		qsort(ret->names, ret->n, sizeof(*ret->names), by_text);
	return 0;
}

void doctor_names_done(struct doctor_names *names)
{
	free_strings(names->names, names->n);
	*names = (struct doctor_names){0};
}
