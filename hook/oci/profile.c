// SPDX-License-Identifier: Apache-2.0
/* Profiles by name, and nothing outside their folder. Knows no annotations. */
#include "oci/profile.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "policy/names.h"
#include "policy/policy.h"

#define NAME_FIRST "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
#define NAME_REST  NAME_FIRST ".-"
#define NAME_BYTES 64

/*
 * openat2() answers EAGAIN while somebody renames below the folder, which is soon over.
 */
#define OPEN_TRIES 16

int profile_name_check(const char *name, struct error *err)
{
	size_t length = strlen(name);
	char clip[NAME_CLIP_MAX];

	if (length >= 1 && length <= NAME_BYTES && strchr(NAME_FIRST, name[0]) &&
	    strspn(name, NAME_REST) == length)
		return 0;
	return error_set(err, EINVAL,
			 "\"%s\" is no profile name: 1 to %d letters, digits, \"_\" and, but not "
			 "first, \".\" or \"-\"",
			 name_clip(name, clip), NAME_BYTES);
}

/* Links inside the folder are fine: a mounted Kubernetes ConfigMap consists of them. */
static int open_beneath(int dirfd, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	long fd = -1;

	for (int i = 0; i < OPEN_TRIES; i++) {
		fd = syscall(SYS_openat2, dirfd, name, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return (int)fd;
}

static int explain_open(int code, const char *name, const char *folder, struct error *err)
{
	switch (code) {
	case ENOENT:
		return error_set(
			err, code,
			"no such profile; install it there, or name one that is in %s (annotation "
			"profile.sockopt.oci, or \"defaultProfile\" in the host's configuration)",
			folder);
	case EXDEV:
		return error_set(err, code,
				 "the link leads out of %s; put the file itself there as %s.json",
				 folder, name);
	default:
		return error_errno(err, code, "open");
	}
}

static int read_checked(const struct host_config *config, const char *name, const char *path,
			char **ret_text, size_t *ret_length, struct error *err)
{
	_cleanup_close_ int dirfd = -1, fd = -1;
	int r;

	dirfd = open(config->profiles_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dirfd >= 0)
		fd = open_beneath(dirfd, strrchr(path, '/') + 1);
	if (fd < 0)
		return explain_open(errno, name, config->profiles_dir, err);
	r = file_check_trusted(fd, err);
	return r < 0 ? r : file_read_fd(fd, POLICY_JSON_MAX, ret_text, ret_length, err);
}

int profile_read(const struct host_config *config, const char *name, char **ret_text,
		 size_t *ret_length, char **ret_path, struct error *err)
{
	_cleanup_free_ char *path = NULL;
	int r = profile_name_check(name, err);

	if (r < 0)
		return r;
	if (asprintf(&path, "%s/%s.json", config->profiles_dir, name) < 0) {
		path = NULL;
		return error_set(err, ENOMEM, "out of memory");
	}
	if (read_checked(config, name, path, ret_text, ret_length, err) < 0)
		return error_prefix(err, "profile %s (%s)", name, path);
	*ret_path = TAKE_PTR(path);
	return 0;
}
