/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From an option to the first step of its rules: the cells of a compiled policy and the
 * look-up of a key. Also what the BPF programs and user space compile differently.
 * Knows no value and no verdict.
 */
#ifndef SOCKOPT_TABLE_H
#define SOCKOPT_TABLE_H

#include "sockopt-abi.h"

#define SOCKOPT_INLINE static inline __attribute__((always_inline))
#ifdef __bpf__
/*
 * The verifier checks a global function once, for all arguments; what it returns is a number like
 * any other. Inlined, each of its ways would be walked again for every step of a policy.
 * Before 5.12 it takes the context and scalars only.
 */
#define SOCKOPT_ONCE __attribute__((noinline))
#else
#define SOCKOPT_ONCE static inline
#endif

/* The compiler may not derive anything from what it knows of @x so far. */
#define sockopt_opaque(x) asm volatile("" : "+r"(x))
/*
 * Adding a zero that the verifier does not know makes of a constant a number like any other, so
 * that all ways through one step meet again.
 */
#define sockopt_forget(x, zero) ((x) += (zero))

/* Bounds of a size class, constants to the verifier. */
struct sockopt_bounds {
	__u64 cells;
	__u64 steps;
	/* the kernel has bpf_loop() (5.17), and verifies parts alone that are given pointers (5.12) */
	int apart;
	/* for sockopt_forget(): a 0 that the verifier does not know; where `apart`, one that it does */
	__u64 zero;
};

SOCKOPT_INLINE const void *sockopt_cell(const struct sockopt_policy *policy, __u64 cell, __u64 size,
					const struct sockopt_bounds *bounds)
{
	/* Checked and used in one register, or the verifier does not see that they are one. */
	sockopt_opaque(cell);
	if (cell > bounds->cells - size / SOCKOPT_CELL)
		return 0;
	sockopt_opaque(cell);
	return policy->arena + cell * SOCKOPT_CELL;
}

SOCKOPT_INLINE const struct sockopt_step *
sockopt_step(const struct sockopt_policy *policy, __u64 index, const struct sockopt_bounds *bounds)
{
	__u64 cell = policy->steps + index * (sizeof(struct sockopt_step) / SOCKOPT_CELL);

	return sockopt_cell(policy, cell, sizeof(struct sockopt_step), bounds);
}

/* ---- from the option to the first step ---- */

SOCKOPT_INLINE __u64 sockopt_hash(__u64 seed, __u32 level, __u32 optname)
{
	__u64 h = ((__u64)level << 32 | optname) ^ seed;

	return h * 0x9e3779b97f4a7c15ull;
}

SOCKOPT_INLINE __u64 sockopt_bucket(__u64 hash, __u64 n_buckets)
{
	return (hash >> 48) * n_buckets >> 16;
}

/*
 * Hash and displace: a bucket's displacement moves all its keys to free places. It turns high bits
 * too, or keys whose hashes are alike in the low ones would keep their distance.
 */
SOCKOPT_INLINE __u64 sockopt_slot(__u64 hash, __u64 displacement, __u64 n_slots)
{
	__u64 h = (hash ^ displacement * 0x9e3779b97f4a7c15ull) * 0xd6e8feb86659fd93ull;

	return (h >> 32) * n_slots >> 32;
}

SOCKOPT_INLINE const struct sockopt_key *sockopt_find(const struct sockopt_policy *policy,
						      __u32 level, __u32 optname,
						      const struct sockopt_bounds *bounds)
{
	__u64 hash = sockopt_hash(policy->seed, level, optname);
	__u64 bucket = sockopt_bucket(hash, policy->n_buckets);
	const struct sockopt_key *key;
	__u64 displacement;

	sockopt_opaque(bucket);
	if (bucket >= bounds->cells * (SOCKOPT_CELL / sizeof(__u16)))
		return 0;
	sockopt_opaque(bucket);
	displacement = ((const __u16 *)policy->arena)[bucket];
	key = sockopt_cell(policy, policy->keys + sockopt_slot(hash, displacement, policy->n_slots),
			   sizeof(*key), bounds);
	if (!key || !key->used || key->level != level || key->optname != optname)
		return 0;
	return key;
}

/* Whether the policy may have anything to say of the option; where it has not, the call passes. */
SOCKOPT_INLINE int sockopt_concerns(const struct sockopt_policy *policy,
				    const struct bpf_sockopt *ctx)
{
	__u64 hash = sockopt_hash(policy->seed, (__u32)ctx->level, (__u32)ctx->optname);

	return policy->concerns[hash >> 62] >> (hash >> 56 & 63) & 1;
}

/* The step to begin at. */
SOCKOPT_INLINE __u64 sockopt_first(const struct sockopt_policy *policy,
				   const struct bpf_sockopt *ctx, int get,
				   const struct sockopt_bounds *bounds)
{
	__u32 level = (__u32)ctx->level, optname = (__u32)ctx->optname;
	const struct sockopt_key *key;

	if (!policy->n_slots)
		return policy->first[get];
	key = sockopt_find(policy, level, optname, bounds);
	if (!key && policy->flags & SOCKOPT_FLAG_LEVELS)
		key = sockopt_find(policy, level, SOCKOPT_ANY, bounds);
	return key ? key->first[get] : policy->first[get];
}

#endif
