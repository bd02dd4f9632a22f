// SPDX-License-Identifier: Apache-2.0
/* Cgroups that we make ourselves: for `sockoptctl run` and for probes. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/cleanup.h"
#include "kernel/cgroup.h"

#define REMOVE_TRIES                                                                               \
	500 /* of ten milliseconds: a killed process leaves its cgroup when it is reaped */

int cgroup_make(const struct cgroup *parent, const char *name, struct cgroup *ret,
		struct error *err)
{
	struct cgroup cgroup = CGROUP_NONE;
	struct stat st;

	if (mkdirat(parent->fd, name, 0755))
		return error_errno(err, errno, "making cgroup %s below %s%s", name, parent->mount,
				   parent->path);
	cgroup.fd = openat(parent->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	cgroup.mount = strdup(parent->mount);
	cgroup.root = strdup(parent->root);
	if (asprintf(&cgroup.path, "%s/%s", strcmp(parent->path, "/") ? parent->path : "", name) <
	    0)
		cgroup.path = NULL;
	if (cgroup.fd < 0 || !cgroup.mount || !cgroup.root || !cgroup.path ||
	    fstat(cgroup.fd, &st)) {
		cgroup_done(&cgroup);
		unlinkat(parent->fd, name, AT_REMOVEDIR);
		return error_errno(err, errno ?: ENOMEM, "cgroup %s", name);
	}
	cgroup.id = st.st_ino;
	*ret = cgroup;
	return 0;
}

static int write_file(int folder, const char *name, const char *text)
{
	_cleanup_close_ int fd = openat(folder, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -errno;
	return 0;
}

int cgroup_enter(const struct cgroup *cgroup, pid_t pid, struct error *err)
{
	char text[16];
	int r;

	snprintf(text, sizeof(text), "%d", pid);
	r = write_file(cgroup->fd, "cgroup.procs", text);
	return r ? error_errno(err, -r, "moving process %d into cgroup %s", pid, cgroup->path) : 0;
}

/* cgroup.kill is there since 5.14; before it, each process in turn. */
static void kill_all(int folder)
{
	_cleanup_fclose_ FILE *f = NULL;
	int fd, pid;

	if (!write_file(folder, "cgroup.kill", "1"))
		return;
	fd = openat(folder, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	f = fd >= 0 ? fdopen(fd, "r") : NULL;
	while (f && fscanf(f, "%d", &pid) == 1)
		kill(pid, SIGKILL);
}

/* Remove the folders below @folder, innermost first. What is busy stays for the next try. */
static void remove_below(int folder)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	dir = fd >= 0 ? fdopendir(fd) : NULL;
	while (dir && (entry = readdir(dir))) {
		_cleanup_close_ int inner = -1;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		inner = openat(folder, entry->d_name,
			       O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (inner < 0)
			continue;
		kill_all(inner);
		remove_below(inner);
		unlinkat(folder, entry->d_name, AT_REMOVEDIR);
	}
}

int cgroup_remove(const struct cgroup *cgroup, struct error *err)
{
	const char *name = strrchr(cgroup->path, '/') + 1;
	_cleanup_close_ int parent = openat(cgroup->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (int i = 0; parent >= 0 && i < REMOVE_TRIES; i++) {
		kill_all(cgroup->fd);
		remove_below(cgroup->fd);
		if (!unlinkat(parent, name, AT_REMOVEDIR) || errno == ENOENT)
			return 0;
		if (errno != EBUSY)
			break;
		nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
	}
	return error_errno(err, errno, "removing cgroup %s", cgroup->path);
}

void cgroup_sweep(const struct cgroup *parent, const char *prefix)
{
	_cleanup_close_ int fd = openat(parent->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	size_t length = strlen(prefix);
	struct dirent *entry;

	if (dir)
		TAKE_FD(fd);
	while (dir && (entry = readdir(dir))) {
		pid_t pid =
			strncmp(entry->d_name, prefix, length) ? 0 : atoi(entry->d_name + length);

		if (pid > 0 && kill(pid, 0) && errno == ESRCH)
			unlinkat(parent->fd, entry->d_name, AT_REMOVEDIR);
	}
}

/* "populated 0" of cgroup.events counts the cgroups below, too. */
bool cgroup_populated(const struct cgroup *cgroup)
{
	_cleanup_close_ int fd = openat(cgroup->fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	char text[256] = "";

	return fd < 0 || read(fd, text, sizeof(text) - 1) <= 0 || !strstr(text, "populated 0");
}
