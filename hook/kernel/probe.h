/* SPDX-License-Identifier: Apache-2.0 */
/* What this kernel can do, found by doing it; asked once, when the programs are loaded. */
#ifndef KERNEL_PROBE_H
#define KERNEL_PROBE_H

#include "base/error.h"

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
 * Whether a setsockopt with an optlen beyond a page, which a program leaves alone, fails with EFAULT (before 6.4 and its
 * backports): 1 or 0. Tried by a child, in a cgroup that is made for it below the caller's own. Negative where that cannot
 * be told (-EBUSY: programs of cgroups above would take part): who sets optlen to 0 then does what is right on
 * every kernel.
 */
int probe_long_fails(struct error *err);

#endif
