// SPDX-License-Identifier: Apache-2.0
/* From a cgroup's id to the cgroup, by looking through the hierarchy: for what is rare, and has nothing but the id. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "kernel/cgroup.h"
#include "kernel/mounts.h"

#define DEPTH_MAX 64

/* Below @folder, which is left open. 1: it is in *@ret_fd; 0: not there; or a negative errno. */
static int find_below(int folder, uint64_t id, int depth, int *ret_fd)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	_cleanup_close_ int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = 0;

	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return -errno;
	TAKE_FD(fd);
	if (depth > DEPTH_MAX)
		return -ELOOP;
	while (!r && (errno = 0, entry = readdir(dir))) {
		_cleanup_close_ int inner = -1;
		struct stat st;

		if (entry->d_type != DT_DIR || !strcmp(entry->d_name, ".") ||
		    !strcmp(entry->d_name, ".."))
			continue;
		inner = openat(folder, entry->d_name,
			       O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (inner < 0 || fstat(inner, &st)) {
			/* It went meanwhile. */
			r = errno == ENOENT || errno == ENODEV ? 0 : -errno;
			continue;
		}
		r = st.st_ino == id ? 1 : find_below(inner, id, depth + 1, ret_fd);
		if (r == -ENODEV || r == -ENOENT)
			r = 0;
		else if (r == 1 && *ret_fd < 0)
			*ret_fd = TAKE_FD(inner);
	}
	return r ?: -errno;
}

bool cgroup_populated_id(uint64_t id)
{
	struct cgroup cgroup = CGROUP_NONE;
	_cleanup_close_ int top = -1;
	struct mount mount = {0};
	bool populated = true, all;
	int r = mount_find("cgroup2", &mount, NULL);

	if (r)
		return true;
	top = open(mount.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	all = !strcmp(mount.root, "/");
	mount_done(&mount);
	r = top < 0 ? -errno : find_below(top, id, 0, &cgroup.fd);
	if (r == 1)
		populated = cgroup_populated(&cgroup);
	else if (!r)
		/* It may be outside of what is mounted. */
		populated = !all;
	cgroup_done(&cgroup);
	return populated;
}
