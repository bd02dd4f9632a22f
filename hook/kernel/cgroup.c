// SPDX-License-Identifier: Apache-2.0
/*
 * From a pid or a path to a cgroup's folder, and which cgroups are refused. Making and removing:
 * cgroup-make.c.
 */
#include "kernel/cgroup.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "kernel/mounts.h"

/* The root of the hierarchy has this id on every kernel (kernfs roots start at 1). */
#define CGROUP_ROOT_ID 1

/*
 * The `0::` line of /proc/@who/cgroup; hybrid systems list version 1 lines
 * besides. The caller frees *@ret.
 */
static int read_path(const char *who, char **ret, struct error *err)
{
	_cleanup_fclose_ FILE *f = NULL;
	_cleanup_free_ char *line = NULL;
	char name[64];
	size_t size = 0;

	snprintf(name, sizeof(name), "/proc/%s/cgroup", who);
	f = fopen(name, "re");
	if (!f)
		return error_errno(err, errno, "%s", name);
	while (getline(&line, &size, f) > 0) {
		if (strncmp(line, "0::", 3))
			continue;
		line[strcspn(line, "\n")] = '\0';
		*ret = strdup(line + 3);
		return *ret ? 0 : error_set(err, ENOMEM, "out of memory");
	}
	return error_set(err, ENOENT,
			 "%s: no \"0::\" line: this kernel runs without cgroup v2, which the "
			 "programs attach to",
			 name);
}

/* Whether cgroup path @inner is @outer or below it. */
static bool is_within(const char *inner, const char *outer)
{
	size_t length = strlen(outer);

	return !length ||
	       (!strncmp(inner, outer, length) && (inner[length] == '\0' || inner[length] == '/'));
}

/* Open the folder of @path; takes over @path whatever happens. */
static int open_folder(char *path, struct cgroup *ret, struct error *err)
{
	struct cgroup cgroup = {.fd = -1, .path = path};
	struct mount mount = {0};
	const char *below;
	struct stat st;
	char *full;
	int r = mount_find("cgroup2", &mount, err);

	if (r) {
		cgroup_done(&cgroup);
		return error_prefix(err, "cgroup v2");
	}
	cgroup.mount = mount.path;
	cgroup.root = mount.root;
	below = cgroup.path;
	if (strcmp(mount.root, "/"))
		below = is_within(below, mount.root) ? below + strlen(mount.root) : NULL;
	if (!below || asprintf(&full, "%s%s", cgroup.mount, below) < 0) {
		r = error_set(err, ENOENT,
			      "cgroup %s is not below %s, which is all that is mounted at %s",
			      cgroup.path, cgroup.root, cgroup.mount);
		cgroup_done(&cgroup);
		return r;
	}
	cgroup.fd = open(full, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (cgroup.fd < 0 || fstat(cgroup.fd, &st))
		r = error_errno(err, errno, "cgroup %s", full);
	free(full);
	if (r) {
		cgroup_done(&cgroup);
		return r;
	}
	cgroup.id = st.st_ino;
	*ret = cgroup;
	return 0;
}

static int refuse_root(const struct cgroup *cgroup, struct error *err)
{
	if (cgroup->id != CGROUP_ROOT_ID && strcmp(cgroup->path, "/"))
		return 0;
	return error_set(err, EPERM,
			 "it is the root cgroup, which holds every process of the host: use a "
			 "cgroup below it");
}

/*
 * A namespace of the reader's shows what lies outside it as "/../x"; a
 * removed cgroup has a mark at its end.
 */
static int refuse_unreachable(const char *path, struct error *err)
{
	static const char deleted[] = " (deleted)";
	size_t length = strlen(path);

	if (!strncmp(path, "/..", 3))
		return error_set(err, EXDEV, "cgroup %s lies outside this cgroup namespace", path);
	if (length >= sizeof(deleted) && !strcmp(path + length - sizeof(deleted) + 1, deleted))
		return error_set(err, ENOENT, "cgroup %s is gone", path);
	return 0;
}

static int refuse_shared(const struct cgroup *cgroup, struct error *err)
{
	_cleanup_free_ char *own = NULL;
	int r = read_path("self", &own, err);

	if (r)
		return r;
	if (!is_within(own, cgroup->path))
		return 0;
	return error_set(err, EPERM,
			 "the container shares cgroup %s with the runtime that starts it: give it "
			 "a cgroup of its own",
			 cgroup->path);
}

/* Still the same process, and still there: its number cannot have been given to another. */
static int check_alive(int pidfd, pid_t pid, struct error *err)
{
	if (syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) && errno != EPERM)
		return error_errno(err, errno, "process %d", pid);
	return 0;
}

int cgroup_of_pid(pid_t pid, struct cgroup *ret, struct error *err)
{
	struct cgroup cgroup = CGROUP_NONE;
	_cleanup_close_ int pidfd = -1;
	_cleanup_free_ char *path = NULL;
	char who[16];
	int r;

	if (pid <= 0)
		return error_set(err, ESRCH, "the state names no process");
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		return error_errno(err, errno, "process %d", pid);
	snprintf(who, sizeof(who), "%d", pid);
	r = read_path(who, &path, err);
	r = r ?: refuse_unreachable(path, err);
	r = r ?: open_folder(TAKE_PTR(path), &cgroup, err);
	if (r)
		return r;
	r = refuse_root(&cgroup, err);
	r = r ?: refuse_shared(&cgroup, err);
	r = r ?: check_alive(pidfd, pid, err);
	if (r) {
		cgroup_done(&cgroup);
		return error_prefix(err, "cgroup of process %d", pid);
	}
	*ret = cgroup;
	return 0;
}

int cgroup_of_self(struct cgroup *ret, struct error *err)
{
	char *path;
	int r = read_path("self", &path, err);

	return r ?: open_folder(path, ret, err);
}

/* Whether some part of @path is "..". */
static bool climbs(const char *path)
{
	for (const char *p = strstr(path, ".."); p; p = strstr(p + 1, "..")) {
		if ((p == path || p[-1] == '/') && (p[2] == '\0' || p[2] == '/'))
			return true;
	}
	return false;
}

int cgroup_at(const char *path, struct cgroup *ret, struct error *err)
{
	struct cgroup cgroup = CGROUP_NONE;
	struct mount mount = {0};
	char *below = NULL;
	size_t length;
	int r = mount_find("cgroup2", &mount, err);

	if (r)
		return r;
	if (is_within(path, mount.path))
		path += strlen(mount.path);
	path += strspn(path, "/");
	if (climbs(path))
		r = error_set(err, EINVAL, "cgroup %s: name it without \"..\"", path);
	/* A path of ours, as the kernel tells it, has the mounted cgroup in front already. */
	else if (asprintf(&below, "%s/%s", is_within(path, mount.root + 1) ? "" : mount.root,
			  path) < 0)
		r = error_set(err, ENOMEM, "out of memory");
	mount_done(&mount);
	if (r)
		return r;
	for (length = strlen(below); length > 1 && below[length - 1] == '/';)
		below[--length] = '\0';
	r = open_folder(below, &cgroup, err);
	if (r)
		return r;
	r = refuse_root(&cgroup, err);
	if (r) {
		cgroup_done(&cgroup);
		return error_prefix(err, "cgroup /%s", path);
	}
	*ret = cgroup;
	return 0;
}

void cgroup_done(struct cgroup *cgroup)
{
	if (cgroup->fd >= 0)
		close(cgroup->fd);
	free(cgroup->path);
	free(cgroup->mount);
	free(cgroup->root);
	*cgroup = (struct cgroup)CGROUP_NONE;
}
