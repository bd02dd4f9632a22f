/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process's capabilities, by phase (libcap). Order matters: what is dropped
 * from permitted does not come back.
 */
#ifndef BASE_CAPS_H
#define BASE_CAPS_H

#include <stdbool.h>

#include "base/error.h"

enum caps_work {
	/*
	 * Opening pins, detaching and unpinning: CAP_BPF, without which older kernels refuse every
	 * bpf() call where kernel.unprivileged_bpf_disabled is set.
	 */
	CAPS_REMOVE,
	/* CAP_NET_ADMIN too, to ask the kernel what is attached, and what caps_raise() raises. */
	CAPS_ATTACH,
};

/*
 * Keep permitted what @work needs at some step; CAP_BPF and CAP_NET_ADMIN of it stay effective too.
 * Drop all other capabilities from permitted, effective, inheritable and ambient. A capability that
 * the process never had is not an error here.
 */
int caps_limit(enum caps_work work, struct error *err);

enum caps_need {
	/*
	 * BPF_PROG_GET_FD_BY_ID, for the name of a host's program in a message: CAP_SYS_ADMIN.
	 */
	CAPS_NAME_PROGRAM,
	/*
	 * Loading the programs: CAP_PERFMON, without which the verifier allows no variable offsets
	 * in a policy (measured on 6.18) and slows every access down against speculation;
	 * CAP_SYS_RESOURCE, since before 5.11 maps count against RLIMIT_MEMLOCK; CAP_DAC_OVERRIDE,
	 * for a probe makes a cgroup below the caller's, and the root cgroup's folder is 0555.
	 */
	CAPS_LOAD_PROGRAM,
};

/* The effective set as it was; ended by caps_restore(). */
struct caps_saved {
	void *caps;
};

/*
 * Raise what @need says in the effective set, as far as it is permitted: where it is not, the call
 * that needs it says so itself.
 */
int caps_raise(enum caps_need need, struct caps_saved *ret, struct error *err);
/* Back to the effective set as it was before caps_raise(). */
void caps_restore(struct caps_saved *saved);

/* Drop everything that is left. */
int caps_drop_all(struct error *err);

#endif
