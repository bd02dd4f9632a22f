/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the objects that hold calls against a policy have in common: what is set before load, where
 * the policy lies, and how a call fails. Part of the programs; user space sees it by the skeletons.
 */
#ifndef SOCKOPT_CLASS_H
#define SOCKOPT_CLASS_H

#include "sockopt-table.h"

/* By size class. */
const volatile __u64 bound_cells = SOCKOPT_SMALL_CELLS;
const volatile __u64 bound_steps = SOCKOPT_SMALL_STEPS;
/*
 * bpf_set_retval exists (5.18); without it a reject is always EPERM. Kernels that have LSM_CGROUP
 * have it.
 */
const volatile __u8 have_set_retval = 1;

/* The programs and their companion share one. */
struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_STORAGE);
	/* the cgroup's id alone: all attach types share one slot */
	__uint(key_size, sizeof(__u64));
	__uint(value_size, sizeof(struct sockopt_policy) + SOCKOPT_SMALL_CELLS * SOCKOPT_CELL);
} policies SEC(".maps");

/* The call fails. Returns what the program returns. */
SOCKOPT_INLINE int refuse(__u64 error)
{
	__s64 retval;

	/* Verifiers ask for -4095 to 0 (7.2), and lose bounds by a negation, not by a subtraction. */
	error &= 4095;
	asm volatile("%0 = 0\n\t%0 -= %1" : "=&r"(retval) : "r"(error));
	/* Return 0 alone would keep an error that is there already, and is always EPERM. */
	if (have_set_retval)
		bpf_set_retval((int)retval);
	return 0;
}

#endif
