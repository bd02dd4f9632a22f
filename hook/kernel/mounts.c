// SPDX-License-Identifier: Apache-2.0
/*
 * Reading /proc/self/mountinfo (proc(5)): root and mount point with octal escapes, the type after
 * a lone "-".
 */
#include "kernel/mounts.h"

#include <string.h>

#include "base/cleanup.h"

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

int mount_find(const char *type, struct mount *ret, struct error *err)
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

void mount_done(struct mount *mount)
{
	free(mount->path);
	free(mount->root);
	memset(mount, 0, sizeof(*mount));
}
