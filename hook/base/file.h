/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole files and private folders: read with a limit, written whole or not at all. Every descriptor
 * is close-on-exec. Errors say what failed; the caller puts the path in front.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/*
 * Open the regular file @path below @dirfd for reading, without waiting for
 * whatever else it may be (-EINVAL).
 * @nofollow: a link in its last part is an error (-ELOOP).
 */
int file_open_at(int dirfd, const char *path, bool nofollow, int *ret_fd, struct error *err);

/*
 * Read all that is left of @fd, a file or a pipe; -EFBIG beyond @max bytes. *@ret_text ends in a
 * NUL that *@ret_length does not count, and is the caller's.
 */
int file_read_fd(int fd, size_t max, char **ret_text, size_t *ret_length, struct error *err);

/* The same, but -ETIMEDOUT where the end has not come after @seconds. */
int file_read_within(int fd, size_t max, unsigned int seconds, char **ret_text, size_t *ret_length,
		     struct error *err);

/* Whether both paths lead to one file or folder. False where either is missing. */
bool file_is_same(const char *a, const char *b);

/*
 * -EPERM unless @fd is a regular file that belongs to root or to the caller (effective user id) and
 * that neither group nor others may write.
 */
int file_check_trusted(int fd, struct error *err);

/*
 * Make @name in the folder @dirfd hold @text, mode 0600: whole or not at all, under a name of its
 * own until it is on disk, then renamed over what was there.
 */
int file_write_at(int dirfd, const char *name, const char *text, size_t length, struct error *err);
/* The same with @mode, whatever the umask; nobody sees it with another. */
int file_write_mode_at(int dirfd, const char *name, const char *text, size_t length,
		       unsigned int mode, struct error *err);

/*
 * Open the folder @path, which has to belong to the caller (effective user id), must not be
 * writable by group or others, and must not be a link. @create: make it and its missing parents,
 * mode 0700; else -ENOENT.
 */
int folder_open_private(const char *path, bool create, int *ret_fd, struct error *err);

#endif
