/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the host attached above a container: would our programs be refused, or displace one of the
 * host's? And afterwards: do ours run, and do all of the host's still run?
 */
#ifndef KERNEL_ANCESTRY_H
#define KERNEL_ANCESTRY_H

#include "kernel/bpf.h"
#include "kernel/cgroup.h"

/* What ran for the cgroup before we attached, by call. */
struct ancestry {
	struct attached before[2];
};

/*
 * Look at @cgroup and every cgroup above it, for the @calls (CALL_SETSOCKOPT, CALL_GETSOCKOPT) that
 * will be attached. Refused (-EPERM), naming cgroup, program id and name: a program attached with
 * no flag (the kernel would refuse ours), one attached with ALLOW_OVERRIDE (ours would silently
 * displace it; also above a level with ALLOW_MULTI, where it is displaced already).
 */
int ancestry_check(const struct cgroup *cgroup, unsigned int calls, struct ancestry *ret,
		   struct error *err);

/*
 * Ask the kernel what runs now: program @prog_ids[call] of ours must be in the order, first of all
 * but for programs that the host attached to run before (BPF_F_PREORDER) or that were at the cgroup
 * itself already, and everything that ran before must still run, in its order; and what runs for the cgroup above
 * must run here too (-EPERM, as ancestry_check() says it, for what came with ALLOW_OVERRIDE since). 0 as id:
 * nothing was attached for that call.
 */
int ancestry_confirm(const struct cgroup *cgroup, const struct ancestry *before,
		     const uint32_t prog_ids[2], struct error *err);

#endif
