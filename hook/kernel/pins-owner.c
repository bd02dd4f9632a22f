// SPDX-License-Identifier: Apache-2.0
/*
 * Whose the policies are that are pinned in our folder: a word of the caller's, kept as the target of a link that nobody
 * follows, which is the only kind of text that bpffs holds.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/pins-place.h"

static char *owner_path(const struct pins *pins)
{
	char *path;

	return asprintf(&path, "%s/runDir", pins->root) < 0 ? NULL : path;
}

int pins_claim(const struct pins *pins, const char *owner, char other[PATH_MAX], struct error *err)
{
	_cleanup_free_ char *path = owner_path(pins);
	ssize_t length;

	if (!path)
		return error_set(err, ENOMEM, "out of memory");
	for (int i = 0; i < 2; i++) {
		length = readlink(path, other, PATH_MAX - 1);
		if (length >= 0)
			break;
		if (errno != ENOENT)
			return error_errno(err, errno, "%s", path);
		if (!symlink(owner, path))
			return 0;
		/* Another was faster. */
		if (errno != EEXIST)
			return error_errno(err, errno, "%s", path);
	}
	/* Not -EEXIST, which names the other in @other. */
	if (length < 0)
		return error_set(err, EAGAIN, "%s: others make and remove it, try again", path);
	other[length] = '\0';
	return strcmp(other, owner) ? error_set(err, EEXIST, "%s is of %s", path, other) : 0;
}

bool pins_owner(const struct pins *pins, char ret[PATH_MAX])
{
	_cleanup_free_ char *path = owner_path(pins);
	ssize_t length = path ? readlink(path, ret, PATH_MAX - 1) : -1;

	if (length >= 0)
		ret[length] = '\0';
	return length >= 0;
}

int pins_disown(const struct pins *pins, struct error *err)
{
	_cleanup_free_ char *path = owner_path(pins);

	if (!path)
		return error_set(err, ENOMEM, "out of memory");
	return unlink(path) && errno != ENOENT ? error_errno(err, errno, "%s", path) : 0;
}
