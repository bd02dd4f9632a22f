/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cgroup of the version 2 hierarchy, from a process or from a path, and
 * held by a folder's descriptor.
 */
#ifndef KERNEL_CGROUP_H
#define KERNEL_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct cgroup {
	int fd;	     /* of its folder; -1: none */
	uint64_t id; /* the kernel's cgroup id, which is the folder's inode number */
	char *path;  /* below the hierarchy's root, as /proc/PID/cgroup says: "/kubepods/x" */
	char *mount; /* where the hierarchy is mounted */
	char *root;  /* which cgroup is mounted there, "/" for all */
};

/*
 * The cgroup that @pid is in. Refused: the root cgroup (it holds all processes of the host), and a
 * cgroup that this process is in too, itself or below (then there is none of the container's own).
 * @pid is held by a pidfd meanwhile, so that another process that got its
 * number cannot be taken for it.
 */
int cgroup_of_pid(pid_t pid, struct cgroup *ret, struct error *err);

/* The cgroup of this process. No refusals. */
int cgroup_of_self(struct cgroup *ret, struct error *err);

/*
 * The cgroup at @path: below the hierarchy ("kubepods.slice", "/kubepods.slice") or absolute with
 * the mount in front. Not the root.
 */
int cgroup_at(const char *path, struct cgroup *ret, struct error *err);

/* Make the cgroup @name below @parent; removed again by cgroup_remove(). */
int cgroup_make(const struct cgroup *parent, const char *name, struct cgroup *ret,
		struct error *err);
/* Move @pid (0: the caller) into @cgroup. */
int cgroup_enter(const struct cgroup *cgroup, pid_t pid, struct error *err);
/*
 * Kill all that is left in @cgroup and in cgroups below it, and remove
 * them. Waits at most a few seconds.
 */
int cgroup_remove(const struct cgroup *cgroup, struct error *err);

/*
 * Remove the empty cgroups @prefix<pid> below @parent whose process is gone: what one left that was
 * killed.
 */
void cgroup_sweep(const struct cgroup *parent, const char *prefix);

/* Whether a process is in @cgroup or below it. True where the kernel does not tell. */
bool cgroup_populated(const struct cgroup *cgroup);

/*
 * The same of the cgroup with this @id, which all of the hierarchy is searched for. False where there is none.
 */
bool cgroup_populated_id(uint64_t id);

void cgroup_done(struct cgroup *cgroup);
#define CGROUP_NONE                                                                                \
	{                                                                                          \
		.fd = -1                                                                           \
	}

#endif
