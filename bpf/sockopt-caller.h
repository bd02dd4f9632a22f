/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whose call it is, where that is not the socket's cgroup. What a UNIX listener accepts was made by
 * who connected, in the cgroup of who connected; so the calls of a daemon outside would be under the
 * policy of its clients, who could answer for the kernel when it asks who they are. Part of the
 * programs; user space never sees it.
 */
#ifndef SOCKOPT_CALLER_H
#define SOCKOPT_CALLER_H

/* bpf_get_current_ancestor_cgroup_id() exists in programs of this type; in those of LSM_CGROUP it does. */
const volatile __u8 have_ancestor = 1;

#define FAMILY_UNIX 1
/* Deeper no cgroup of a policy is looked for; a call from below is the policy's own. */
#define CALLER_LEVELS 64

#define CALLER_OWN   0
#define CALLER_OTHER 1
#define CALLER_UNSURE                                                                              \
	2 /* of the cgroup below a policy's own, or of another: this kernel does not tell */

/* @owner: the cgroup of the policy. Asked of UNIX sockets alone: no others are made by the other end. */
__attribute__((noinline)) int caller_of(__u64 owner)
{
	if (bpf_get_current_cgroup_id() == owner)
		return CALLER_OWN;
	if (!have_ancestor)
		return CALLER_UNSURE;
	for (int level = 0; level < CALLER_LEVELS; level++) {
		__u64 id = bpf_get_current_ancestor_cgroup_id(level);

		if (id == owner)
			return CALLER_OWN;
		if (!id)
			return CALLER_OTHER;
	}
	return CALLER_OWN;
}

#endif
