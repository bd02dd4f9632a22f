/* SPDX-License-Identifier: Apache-2.0 */
/* Where the kernel's file systems are mounted: asked of the kernel, never assumed. */
#ifndef KERNEL_MOUNTS_H
#define KERNEL_MOUNTS_H

#include "base/error.h"

struct mount {
	char *path; /* where it is mounted */
	char *root; /* which folder of the file system is mounted there; "/" for all of it */
};

/*
 * Where file system @type ("cgroup2", "bpf") is mounted in this process's mount namespace: at its
 * usual place, if all of it is there, else the first mount; one of the whole file system is
 * preferred. -ENOENT where there is none. Freed by mount_done().
 */
int mount_find(const char *type, struct mount *ret, struct error *err);
void mount_done(struct mount *mount);

#endif
