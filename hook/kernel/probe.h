/* SPDX-License-Identifier: Apache-2.0 */
/* What this kernel can do, found by doing it; asked once, when the programs are loaded. */
#ifndef KERNEL_PROBE_H
#define KERNEL_PROBE_H

#include <stdbool.h>

/*
 * bpf_set_retval() in cgroup sockopt programs (5.18): an errno other than EPERM can be given. 1: it is there, 0: it is
 * not; a negative errno where that cannot be told (no memory, no right to load).
 */
int probe_set_retval(void);

/* bpf_get_current_pid_tgid() in cgroup sockopt programs; without it events name no process. As above. */
int probe_pid(void);

/*
 * bpf_get_current_ancestor_cgroup_id() in cgroup sockopt programs; without it a process of a nested cgroup cannot be
 * told from one of elsewhere. As above.
 */
int probe_ancestor(void);

/*
 * Whether a setsockopt with an optlen beyond a page, which a program leaves alone, fails
 * with EFAULT (before 6.4 and its backports). Tried in a cgroup that is made for it
 * below the caller's own, by a child. Where that cannot be done, or programs of cgroups above would
 * take part: true, since what is done about it is right on every kernel.
 */
bool probe_long_fails(void);

#endif
