/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of a test's own, with everything in it removed at the end; and small files in it. */
#ifndef TEST_TEMP_H
#define TEST_TEMP_H

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char temp_root[PATH_MAX];

__attribute__((unused)) static int temp_remove_one(const char *path, const struct stat *st,
						   int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

__attribute__((unused)) static void temp_remove(void)
{
	if (*temp_root)
		nftw(temp_root, temp_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Ends the test where there is no folder to be had: nothing after it would mean anything. */
__attribute__((unused)) static void temp_make(void)
{
	const char *parent = getenv("TMPDIR");

	snprintf(temp_root, sizeof(temp_root), "%s/sockopt-test-XXXXXX", parent ? parent : "/tmp");
	if (!mkdtemp(temp_root)) {
		perror(temp_root);
		exit(1);
	}
	atexit(temp_remove);
}

/* "<root>/<formatted>", good until the eighth next call. */
__attribute__((unused, format(printf, 1, 2))) static const char *temp_path(const char *fmt, ...)
{
	static char paths[8][2 * PATH_MAX];
	static unsigned int next;
	char *path = paths[next++ % 8];
	size_t used = (size_t)snprintf(path, sizeof(paths[0]), "%s/", temp_root);
	va_list args;

	va_start(args, fmt);
	vsnprintf(path + used, sizeof(paths[0]) - used, fmt, args);
	va_end(args);
	return path;
}

/* Returns @path. */
__attribute__((unused)) static const char *temp_write(const char *path, const char *text,
						      size_t length, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, length) != (ssize_t)length || fchmod(fd, mode) < 0) {
		perror(path);
		exit(1);
	}
	close(fd);
	return path;
}

#endif
