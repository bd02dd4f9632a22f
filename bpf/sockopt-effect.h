/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What becomes of a call under a verdict. sockopt_plan() works it out and writes nothing, so that in
 * audit mode it can be told and left; sockopt_apply() writes. Knows no map and no helper: emulated
 * options and the errno are the caller's.
 */
#ifndef SOCKOPT_EFFECT_H
#define SOCKOPT_EFFECT_H

#include "sockopt-engine.h"

/* What carrying a verdict out needs of the policy. */
struct sockopt_operands {
	const struct sockopt_step *step;
	/* of REPLACE, ANSWER and EMULATE */
	const struct sockopt_value *value;
};

/*
 * Find them. Returns 0, or -1 where they are not in the policy: then the call is to be refused.
 * What is not there, or not needed, has something else in its place.
 */
SOCKOPT_INLINE int sockopt_find_operands(const struct sockopt_policy *policy,
					 const struct sockopt_verdict *v,
					 const struct sockopt_bounds *bounds,
					 struct sockopt_operands *ret)
{
	const void *step = sockopt_step(policy, v->step, bounds), *value;
	__u64 cell = 0;

	ret->step = step ?: policy->arena;
	if (v->op >= SOCKOPT_OP_REPLACE)
		cell = ret->step->offset / SOCKOPT_CELL;
	value = sockopt_cell(policy, cell, SOCKOPT_VALUE_MAX, bounds);
	ret->value = value ?: policy->arena;
	return (step && value) || v->op <= SOCKOPT_OP_DENY ? 0 : -1;
}

/* Whether REPLACE, ANSWER, IGNORE and EMULATE find nothing to do: the call is settled already. */
SOCKOPT_INLINE int sockopt_is_settled(const struct bpf_sockopt *ctx, int get, __u64 op)
{
	return get ? op == SOCKOPT_OP_REPLACE && ctx->retval < 0
		   : ctx->optlen == SOCKOPT_SKIP_KERNEL;
}

/* CLAMP and MASK, whose operands are @step's. */
SOCKOPT_INLINE void sockopt_plan_edit(struct sockopt_verdict *v, const struct sockopt_step *step,
				      int get)
{
	__u64 value = sockopt_edit(v->op, v->value, step->a, step->b, v->flags);

	/* Four bytes could not say "beyond 32 bits, yet not unlimited". */
	if (!get && v->flags & SOCKOPT_WIDE && value != v->value)
		v->fill = 8;
	if (get && v->flags & SOCKOPT_SHORT_BYTE && v->width == 1 && value > 0xff)
		return sockopt_refuse(v, EINVAL);
	/* Four bytes tell what is beyond them as "unlimited", as the kernel does. */
	if (get && v->flags & SOCKOPT_WIDE && v->width == 4 && value > 0xffffffff)
		value = ~0ull;
	v->edited = value;
	if (value != v->value)
		v->changes = 1;
}

/*
 * Complete @v: the value to write, its length, and whether anything changes. Reads only. What cannot
 * be carried out becomes DENY with EINVAL.
 */
SOCKOPT_INLINE void sockopt_plan(const struct sockopt_step *step, struct bpf_sockopt *ctx, int get,
				 struct sockopt_verdict *v)
{
	v->edited = v->value;
	if (v->level != (__u32)ctx->level || v->optname != (__u32)ctx->optname)
		v->changes = 1;
	if (v->op == SOCKOPT_OP_ALLOW || v->op == SOCKOPT_OP_DENY)
		return;
	if (v->op == SOCKOPT_OP_CLAMP || v->op == SOCKOPT_OP_MASK)
		return sockopt_plan_edit(v, step, get);
	v->changes = !sockopt_is_settled(ctx, get, v->op);
	if (!v->changes)
		return;
	if (v->op == SOCKOPT_OP_EMULATE || v->op == SOCKOPT_OP_IGNORE) {
		if (!get)
			v->optlen = SOCKOPT_SKIP_KERNEL;
		return;
	}
	/* At optlen 0 the kernel would take the caller's value after all. */
	if (!get && (!step->size || !sockopt_room(ctx, step->size)))
		return sockopt_refuse(v, EINVAL);
	v->optlen = step->size;
}

/* REPLACE and ANSWER. Returns 0, or -1 where the value does not fit. */
SOCKOPT_INLINE int sockopt_put(const struct sockopt_operands *o, struct bpf_sockopt *ctx, int get,
			       int apart, const struct sockopt_verdict *v)
{
	__u64 done = sockopt_copy_in(ctx, o->value, o->step->size, apart);

	if (get) {
		/* More than the caller's buffer holds would be EFAULT: it gets the beginning. */
		ctx->optlen = (__s32)done;
		ctx->retval = 0;
		return 0;
	}
	if (!done || done != o->step->size)
		return -1;
	ctx->level = (__s32)v->level;
	ctx->optname = (__s32)v->optname;
	ctx->optlen = (__s32)done;
	return 0;
}

/*
 * Carry out the planned @v: value, length, level and option, and for getsockopt retval. DENY,
 * EMULATE and the errno are the caller's.
 */
SOCKOPT_INLINE void sockopt_apply(const struct sockopt_operands *o, struct bpf_sockopt *ctx,
				  int get, int apart, struct sockopt_verdict *v)
{
	if (v->op == SOCKOPT_OP_IGNORE && !get)
		ctx->optlen = SOCKOPT_SKIP_KERNEL;
	if (v->op == SOCKOPT_OP_DENY || v->op == SOCKOPT_OP_EMULATE || v->op == SOCKOPT_OP_IGNORE)
		return;
	if (v->op == SOCKOPT_OP_REPLACE || v->op == SOCKOPT_OP_ANSWER) {
		if (v->changes && sockopt_put(o, ctx, get, apart, v))
			sockopt_refuse(v, EINVAL);
		return;
	}
	if (v->edited != v->value && !v->fill && sockopt_store(ctx, v->offset, v->width, v->edited))
		return sockopt_refuse(v, EINVAL);
	if (v->fill) {
		if (sockopt_store(ctx, 0, v->fill, v->edited))
			return sockopt_refuse(v, EINVAL);
		v->optlen = (__s64)v->fill;
	}
	if (get) {
		/* Or the kernel drops the edit. Such a length is another thread's, or the value over it. */
		if (v->edited != v->value && ctx->optlen > SOCKOPT_PAGE)
			ctx->optlen = (__s32)v->optlen;
		return;
	}
	if (ctx->optlen != (__s32)v->optlen)
		ctx->optlen = (__s32)v->optlen;
	if (ctx->level != (__s32)v->level)
		ctx->level = (__s32)v->level;
	if (ctx->optname != (__s32)v->optname)
		ctx->optname = (__s32)v->optname;
}

#endif
