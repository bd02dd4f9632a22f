// SPDX-License-Identifier: Apache-2.0
/*
 * First a look at the usual places, then reading /proc/self/mountinfo (proc(5)): root and mount
 * point with octal escapes, the type after a lone "-". On a host with many containers that file
 * has thousands of lines, all of them written anew for each reader.
 */
#include "kernel/mounts.h"

#include <linux/magic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/cleanup.h"

/* The first cgroup namespace (PROC_CGROUP_INIT_INO in the kernel, the same on all). */
#define CGROUP_NAMESPACE_INIT 0xEFFFFFFBu

/* Where they are on nearly every host. */
static const struct {
	const char *type, *path;
	long magic;
} usual[] = {
	{"cgroup2", "/sys/fs/cgroup", CGROUP2_SUPER_MAGIC},
	{"cgroup2", "/sys/fs/cgroup/unified", CGROUP2_SUPER_MAGIC},
	{"bpf", "/sys/fs/bpf", BPF_FS_MAGIC},
};

/*
 * Whether all of a file system is mounted at @path. A root's number tells for both; that of a cgroup
 * root is true for every reader, but in a cgroup namespace its paths do not begin there.
 */
static bool is_whole(const char *path, long magic)
{
	struct stat root, namespace;

	if (stat(path, &root) || root.st_ino != 1)
		return false;
	return magic != CGROUP2_SUPER_MAGIC || (!stat("/proc/self/ns/cgroup", &namespace) &&
						namespace.st_ino == CGROUP_NAMESPACE_INIT);
}

/* NULL: not at a usual place, or not as usual. */
static const char *find_usual(const char *type)
{
	struct statfs fs;

	for (size_t i = 0; i < ARRAY_SIZE(usual); i++) {
		if (!strcmp(usual[i].type, type) && !statfs(usual[i].path, &fs) &&
		    fs.f_type == usual[i].magic && is_whole(usual[i].path, usual[i].magic))
			return usual[i].path;
	}
	return NULL;
}

/* mountinfo writes space, tab, newline and backslash as \ooo. */
static void unescape(char *text)
{
	char *out = text;

	for (const char *p = text; *p;) {
		if (p[0] == '\\' && p[1] >= '0' && p[1] <= '3' && p[2] >= '0' && p[2] <= '7' &&
		    p[3] >= '0' && p[3] <= '7') {
			*out++ = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
			p += 4;
		} else {
			*out++ = *p++;
		}
	}
	*out = '\0';
}

/* The fields of one line that we want; they point into @line. */
static int split(char *line, char **root, char **path, char **type)
{
	char *save = NULL, *field, *rest = strstr(line, " - ");

	if (!rest)
		return -1;
	*rest = '\0';
	*type = strtok_r(rest + 3, " \n", &save);
	field = strtok_r(line, " ", &save);
	for (int i = 0; field && i < 4; i++) {
		if (i == 3)
			*root = field;
		field = strtok_r(NULL, " ", &save);
	}
	*path = field;
	return *type && *path ? 0 : -1;
}

static int search(const char *type, struct mount *ret, struct error *err)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/mountinfo", "re");
	struct mount found = {0};
	_cleanup_free_ char *line = NULL;
	char *root, *path, *line_type;
	size_t size = 0;

	if (!f)
		return error_errno(err, errno, "/proc/self/mountinfo");
	while (getline(&line, &size, f) > 0) {
		if (split(line, &root, &path, &line_type) || strcmp(line_type, type))
			continue;
		unescape(root);
		unescape(path);
		if (found.path && strcmp(root, "/"))
			continue;
		mount_done(&found);
		found = (struct mount){.path = strdup(path), .root = strdup(root)};
		if (!found.path || !found.root) {
			mount_done(&found);
			return error_set(err, ENOMEM, "out of memory");
		}
		if (!strcmp(found.root, "/"))
			break;
	}
	if (!found.path)
		return error_set(err, ENOENT, "no %s file system is mounted", type);
	*ret = found;
	return 0;
}

int mount_find(const char *type, struct mount *ret, struct error *err)
{
	const char *path = find_usual(type);

	if (!path)
		return search(type, ret, err);
	*ret = (struct mount){.path = strdup(path), .root = strdup("/")};
	if (ret->path && ret->root)
		return 0;
	mount_done(ret);
	return error_set(err, ENOMEM, "out of memory");
}

void mount_done(struct mount *mount)
{
	free(mount->path);
	free(mount->root);
	memset(mount, 0, sizeof(*mount));
}
