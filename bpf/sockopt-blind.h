/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The decision over a call whose value nobody can see, and which cannot be changed: what an LSM
 * program knows of one. Level, option and socket decide as always; a rule that would look at the
 * value, or make another call of it, refuses it. Plain C, compiled into the companion's programs and
 * into user space. Knows no map and no helper.
 */
#ifndef SOCKOPT_BLIND_H
#define SOCKOPT_BLIND_H

#include "sockopt-engine.h"

struct sockopt_blind {
	/* the call */
	__u32 level, optname;
	__u32 family, type, protocol;
	__u32 get;
	/* the walk, and what it ends with */
	__u64 index; /* of the step to come */
	__u64 op;    /* SOCKOPT_OP_ALLOW or _DENY */
	__u64 error; /* DENY: positive errno */
	__u64 rule;  /* or SOCKOPT_NO_RULE */
	__u64 log;   /* the rule wants an event */
};

/* Begin with the call in @b. Returns whether that was the end: the policy has nothing to say of it. */
SOCKOPT_INLINE int sockopt_blind_begin(struct sockopt_blind *b, const struct sockopt_policy *policy,
				       const struct sockopt_bounds *bounds)
{
	const struct bpf_sockopt ctx = {.level = (__s32)b->level, .optname = (__s32)b->optname};

	b->op = SOCKOPT_OP_DENY;
	b->error = EPERM;
	b->rule = SOCKOPT_NO_RULE;
	b->log = b->index = 0;
	if (policy->magic != SOCKOPT_MAGIC)
		return 1;
	if (!sockopt_concerns(policy, &ctx)) {
		b->op = SOCKOPT_OP_ALLOW;
		return 1;
	}
	b->index = sockopt_first(policy, &ctx, b->get != 0, bounds);
	return 0;
}

/* One step. Returns whether the walk ends with it. */
SOCKOPT_INLINE int sockopt_blind_step(struct sockopt_blind *b, const struct sockopt_policy *policy,
				      const struct sockopt_bounds *bounds)
{
	const struct sockopt_step *step = sockopt_step(policy, b->index, bounds);
	int met;

	if (!step)
		return 1;
	if (step->op == SOCKOPT_OP_SOCKET) {
		met = sockopt_bit(step->a, b->family) && sockopt_bit(step->b, b->type);
	} else if (step->op == SOCKOPT_OP_PROTOCOL) {
		met = b->protocol >= step->a && b->protocol <= step->b;
	} else {
		b->rule = step->rule;
		b->log = step->log;
		if (step->op == SOCKOPT_OP_ALLOW)
			b->op = SOCKOPT_OP_ALLOW;
		else if (step->op == SOCKOPT_OP_DENY)
			b->error = step->a;
		return 1;
	}
	b->index = met ? step->yes : step->no;
	return 0;
}

#endif
