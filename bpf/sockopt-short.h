/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The short way through a policy, for what most calls are: a few steps that look at no more than a
 * whole int, and a verdict that nobody wants to hear of. It decides and carries out in one, and calls
 * no function: where the kernel guards its returns against speculation, a call costs more than the
 * steps do. What it does is what sockopt_decide(), sockopt_plan() and sockopt_apply() do; what it
 * does not know it leaves to them.
 */
#ifndef SOCKOPT_SHORT_H
#define SOCKOPT_SHORT_H

#include "sockopt-engine.h"

/* A value, a bound, a verdict. */
#define SOCKOPT_SHORT_STEPS 3

/* Whether @step reads four bytes, the first, that the kernel takes as they are. */
SOCKOPT_INLINE int sockopt_is_int(const struct sockopt_step *step)
{
	return step->op == SOCKOPT_OP_VALUE && step->width == sizeof(__u32) && !step->offset &&
	       !(step->flags & ~SOCKOPT_PLAIN);
}

struct sockopt_short {
	__u64 index;   /* in: the step to begin at. Out, where not settled: the step to go on at */
	__u64 rule;    /* settled: by which; or SOCKOPT_NO_RULE */
	__u64 changes; /* settled: 1: the call is another now */
};

/*
 * Returns whether the call is settled; else nothing was done. A walk goes on at the step it began
 * at, or at the denial that the short way led to: a denial needs nothing of what was found before.
 */
SOCKOPT_INLINE int sockopt_settle_short(const struct sockopt_policy *policy,
					struct bpf_sockopt *ctx, int get,
					const struct sockopt_bounds *bounds,
					struct sockopt_short *s)
{
	__u64 index = s->index, acc = 0, value = 0, edited, flags = 0;
	__u8 *p = (__u8 *)(long)ctx->optval;
	const struct sockopt_step *step;

	if (policy->flags & SOCKOPT_FLAG_AUDIT || (get && ctx->retval < 0))
		return 0;
	if (ctx->optlen < (__s32)sizeof(__u32) || ctx->optlen > SOCKOPT_PAGE ||
	    p + sizeof(__u32) > (__u8 *)(long)ctx->optval_end)
		return 0;
	for (int i = 0; i < SOCKOPT_SHORT_STEPS; i++) {
		step = sockopt_step(policy, index, bounds);
		if (!step)
			return 0;
		if (step->op == SOCKOPT_OP_RANGE) {
			index = acc >= step->a && acc <= step->b ? step->yes : step->no;
			continue;
		}
		if (step->op >= SOCKOPT_OP_ALLOW)
			break;
		if (!sockopt_is_int(step))
			return 0;
		flags = step->flags;
		value = *(__u32 *)p;
		if (flags & SOCKOPT_SIGNED)
			value = (__u64)(__s64)(__s32)value;
		acc = (value & step->a) ^ step->b;
		index = step->yes;
	}
	if (step->op == SOCKOPT_OP_DENY)
		s->index = index;
	s->rule = step->rule;
	s->changes = 0;
	if (step->log)
		return 0;
	if (step->op == SOCKOPT_OP_ALLOW)
		return 1;
	if (step->op != SOCKOPT_OP_CLAMP && step->op != SOCKOPT_OP_MASK)
		return 0;
	edited = sockopt_edit(step->op, value, step->a, step->b, flags);
	if (edited != value) {
		*(__u32 *)p = (__u32)edited;
		s->changes = 1;
	}
	return 1;
}

#endif
