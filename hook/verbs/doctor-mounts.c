// SPDX-License-Identifier: Apache-2.0
/* `sockoptctl doctor`: the file systems of cgroups and BPF, and the rights on our folder there. */
#include <fcntl.h>
#include <ftw.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "kernel/mounts.h"
#include "kernel/pins.h"
#include "kernel/probe-features.h"
#include "verbs/doctor.h"

void doctor_cgroup2(struct doctor *d)
{
	struct mount v1 = {0}, v2 = {0};
	bool hybrid = !mount_find("cgroup", &v1, NULL);

	if (mount_find("cgroup2", &v2, NULL)) {
		doctor_say(d, DOCTOR_FAIL,
			   "cgroup v2 is not mounted: there is nothing to attach to");
		doctor_todo(d,
			    "boot with systemd.unified_cgroup_hierarchy=1, or mount -t cgroup2 "
			    "cgroup2 %s",
			    hybrid ? "/sys/fs/cgroup/unified" : "/sys/fs/cgroup");
	} else if (strcmp(v2.root, "/")) {
		doctor_say(d, DOCTOR_WARN,
			   "at %s only the part below %s is mounted: cgroups outside of it are not "
			   "reached",
			   v2.path, v2.root);
		doctor_todo(d, "run where all of the hierarchy is mounted");
	} else {
		doctor_say(d, DOCTOR_OK, "cgroup v2 is at %s%s", v2.path,
			   hybrid ? ", beside version 1 (hybrid), which is fine" : "");
	}
	mount_done(&v1);
	mount_done(&v2);
}

/* /proc/cgroups: name, hierarchy (0: none of version 1), number of cgroups, enabled. */
static bool has_children(const char *controller)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/cgroups", "re");
	unsigned int hierarchy, count;
	char line[256], name[64];

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63s %u %u", name, &hierarchy, &count) == 3 &&
		    !strcmp(name, controller))
			return hierarchy && count > 1;
	}
	return false;
}

void doctor_net_classes(struct doctor *d)
{
	bool cls = has_children("net_cls"), prio = has_children("net_prio");
	int shared = cls || prio ? probe_shared_socket_word_here() : 0;

	if (!cls && !prio) {
		doctor_say(d, DOCTOR_OK, "net_cls and net_prio have no cgroups");
	} else if (!shared) {
		doctor_say(d, DOCTOR_OK, "%s in use, which takes no socket out of its cgroup here",
			   cls && prio ? "net_cls and net_prio are"
			   : cls       ? "net_cls is"
				       : "net_prio is");
	} else {
		doctor_say(
			d, DOCTOR_WARN,
			"%s has cgroups, and %s: the first process that moves into one takes all "
			"sockets out of their cgroups until the next boot",
			cls ? "net_cls" : "net_prio",
			shared > 0 ? "this kernel keeps its classes in place of a socket's cgroup"
				   : "this kernel may keep its classes in place of a socket's "
				     "cgroup (its types are not shown)");
		doctor_todo(d,
			    "boot with cgroup_no_v1=net_cls,net_prio, or use kernel 5.15 or newer");
	}
}

static bool is_bpffs(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && fs.f_type == BPF_FS_MAGIC;
}

/* Where bpffs is or should be; the caller frees. */
static char *bpffs_path(const struct doctor *d, bool *ret_mounted)
{
	struct mount mount = {0};
	char *path;

	if (d->config.bpffs) {
		*ret_mounted = is_bpffs(d->config.bpffs);
		return strdup(d->config.bpffs);
	}
	*ret_mounted = !mount_find("bpf", &mount, NULL);
	path = strdup(*ret_mounted ? mount.path : "/sys/fs/bpf");
	mount_done(&mount);
	return path;
}

/* Who else may put a folder in the place of ours: with the sticky bit, whoever comes first. */
static void judge_place(struct doctor *d, const char *path)
{
	_cleanup_free_ char *ours = NULL;
	struct stat st = {0};
	bool writable, sticky;

	if (asprintf(&ours, "%s/oci-sockopt-hook", path) < 0) {
		ours = NULL;
		d->out_of_memory = true;
		return;
	}
	if (stat(path, &st)) {
		doctor_say(d, DOCTOR_FAIL, "bpffs %s: %s", path, strerror(errno));
		doctor_todo(d, "run as root");
		return;
	}
	writable = st.st_mode & 022;
	sticky = st.st_mode & S_ISVTX;
	if (!st.st_uid && (!writable || (sticky && !access(ours, F_OK)))) {
		doctor_say(d, DOCTOR_OK, "bpffs is at %s", path);
		return;
	}
	if (!st.st_uid && sticky)
		doctor_say(d, DOCTOR_WARN,
			   "bpffs is at %s, where others may make our folder first (mode %04o): "
			   "containers would be refused then",
			   path, st.st_mode & 07777);
	else
		doctor_say(
			d, DOCTOR_FAIL,
			"bpffs %s is of user %u with mode %04o: others may take our folder away, "
			"and every policy is refused",
			path, st.st_uid, st.st_mode & 07777);
	doctor_todo(d, "chown 0 %s && chmod 0700 %s; at every boot by mode=0700 in /etc/fstab",
		    path, path);
}

void doctor_bpffs(struct doctor *d)
{
	bool mounted = false;
	_cleanup_free_ char *path = bpffs_path(d, &mounted);

	if (!path) {
		d->out_of_memory = true;
	} else if (mounted) {
		judge_place(d, path);
	} else {
		doctor_say(d, DOCTOR_FAIL, "no bpffs is mounted%s%s: nothing can be pinned",
			   d->config.bpffs ? " at " : "", d->config.bpffs ?: "");
		doctor_todo(d,
			    "mount -t bpf -o mode=0700 bpf %s; at every boot by this line in "
			    "/etc/fstab: bpf %s bpf mode=0700 0 0",
			    path, path);
	}
}

/* nftw() hands nothing through. */
static struct {
	size_t looked_at, wrong;
	char *first;
	bool first_is_folder;
} rights;

static int look_at(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)type, (void)ftw;
	rights.looked_at++;
	/* The mode of a link means nothing. */
	if (st->st_uid == geteuid() && (S_ISLNK(st->st_mode) || !(st->st_mode & 077)))
		return 0;
	if (!rights.wrong++) {
		rights.first = strdup(path);
		rights.first_is_folder = S_ISDIR(st->st_mode);
	}
	return 0;
}

/* Who may open a pin needs no capability to use it. */
static void judge_rights(struct doctor *d, const char *root)
{
	memset(&rights, 0, sizeof(rights));
	if (nftw(root, look_at, 16, FTW_PHYS)) {
		doctor_say(d, DOCTOR_FAIL, "%s: %s", root, strerror(errno));
		doctor_todo(d, "run as root");
		return;
	}
	if (!rights.wrong) {
		doctor_say(d, DOCTOR_OK, "%s and the %zu pins and folders in it are root's alone",
			   root, rights.looked_at - 1);
		return;
	}
	doctor_say(d, DOCTOR_FAIL, "%s%s can be used by others than user %u", rights.first ?: root,
		   rights.wrong > 1 ? " and more below it" : "", geteuid());
	doctor_todo(d, "chown -R %u %s && chmod -R go= %s", geteuid(), root, root);
	free(rights.first);
}

void doctor_pins(struct doctor *d)
{
	bool mounted = false;
	_cleanup_free_ char *path = bpffs_path(d, &mounted), *root = NULL;

	if (!path || asprintf(&root, "%s/oci-sockopt-hook", path) < 0) {
		root = NULL;
		d->out_of_memory = true;
	} else if (!mounted) {
		return; /* "bpffs" said so */
	} else if (access(root, F_OK) && errno == ENOENT) {
		doctor_say(d, DOCTOR_OK, "%s is not there yet; the first policy makes it", root);
	} else {
		judge_rights(d, root);
	}
}
