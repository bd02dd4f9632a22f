/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The decision: what becomes of one setsockopt or getsockopt call under one compiled policy. Plain
 * C over the policy and the call (struct bpf_sockopt), compiled into the BPF programs and into user
 * space, where unit tests, fuzzers and `sockoptctl` run it. It knows no map and no helper; what
 * needs one (a socket's storage, the errno) is left to the caller.
 *
 * sockopt_decide() reads and changes nothing of the call; what carrying the verdict out means stands
 * in sockopt-effect.h.
 *
 * How a policy holds against length games (measured on 6.18, read in 5.10 to 6.17):
 *  - The kernel acts on the program's buffer only where optlen comes back as 1..SOCKOPT_PAGE. At 0,
 *    and above a page, it reads user memory again, which another thread may have rewritten. So a
 *    step that looks at a value settles optlen first, or refuses the call with EINVAL.
 *  - optlen 0 may also be the work of a nested cgroup's program on a call that has a value. So it
 *    is never taken as "there is no value" where a value decides: it is settled too.
 *  - optlen -1 means that a nested cgroup's program took the call and the kernel will not see it:
 *    there is no value, and nothing to change.
 */
#ifndef SOCKOPT_ENGINE_H
#define SOCKOPT_ENGINE_H

#include <linux/bpf.h>
#include <linux/errno.h>

#include "sockopt-value.h"

/* The optlen with which a program tells the kernel to skip its own handler. */
#define SOCKOPT_SKIP_KERNEL (-1)

struct sockopt_verdict {
	__u64 op;    /* SOCKOPT_OP_ALLOW and above */
	__u64 error; /* DENY: positive errno */
	__u64 step;  /* index of the step that gave the verdict */
	__u64 rule;  /* or SOCKOPT_NO_RULE */
	__u64 log;   /* the rule wants an event */
	/* what the walk found on its way */
	__u64 level;
	__u64 optname;
	__s64 optlen; /* settled */
	__u64 fill;   /* bytes of `value` to write at 0, for optlen was too short; 0: none */
	__u64 offset; /* where `value` was read */
	__u64 width;  /* bytes of it */
	__u64 value;  /* as the kernel would understand it, sign-extended */
	__u64 flags;  /* of the step that read it */
	/* from sockopt_plan() */
	__u64 edited;  /* CLAMP, MASK: what takes the place of `value` */
	__u64 changes; /* 1: the call, or what it reports, will be another */
	/* the caller may be none of the policy's: see sockopt-caller.h */
	__u64 unsure;
};

/* ---- the walk ---- */

/* Bit @n of @bits; no bits mean any. */
SOCKOPT_INLINE int sockopt_bit(__u64 bits, __u32 n)
{
	return !bits || (n <= 63 && (bits >> (n & 63) & 1));
}

SOCKOPT_INLINE void sockopt_refuse(struct sockopt_verdict *v, __u64 error)
{
	v->op = SOCKOPT_OP_DENY;
	v->error = error;
}

/* The walk from step to step. All of it are numbers that the verifier need not know. */
struct sockopt_walk {
	__u64 index;  /* of the step to come */
	__u64 acc;    /* what VALUE read, masked and biased */
	__u64 length; /* of what TEXT settled */
	/* no value to look at: the kernel failed, or a nested cgroup's program took the call */
	__u64 nothing;
	struct sockopt_verdict v;
};

/*
 * The value that @step wants to look at. Returns whether there is one, or -1
 * where the call has to be refused.
 */
SOCKOPT_INLINE int sockopt_look(struct sockopt_walk *w, struct bpf_sockopt *ctx,
				const struct sockopt_step *step, int get, __u64 zero)
{
	struct sockopt_verdict *v = &w->v;
	__u64 look, kind;

	if (w->nothing)
		return 0;
	if (step->op == SOCKOPT_OP_VALUE)
		look = sockopt_look_value(ctx, ctx->optlen,
					  step->offset | (__u64)step->size << 16 |
						  (__u64)step->width << 32,
					  step->flags, get);
	else
		look = sockopt_look_text(ctx, ctx->optlen, step->size, step->flags, get);
	kind = sockopt_look_kind(look);
	if (kind == SOCKOPT_LOOK_REFUSE)
		return -1;
	w->length = sockopt_look_length(look);
	v->fill = sockopt_look_fill(look);
	v->optlen = (__s64)sockopt_look_settled(look);
	v->offset = step->offset;
	v->width = w->length;
	v->flags = step->flags;
	v->value = zero;
	if (step->op == SOCKOPT_OP_VALUE) {
		if (kind == SOCKOPT_LOOK_LOAD)
			v->value = sockopt_load(ctx, v->offset, w->length);
		v->value = sockopt_norm(v->value, w->length, step->width, step->flags);
		w->acc = (v->value & step->a) ^ step->b;
	}
	return 1;
}

/* Begin at step @index. Until a step gives a verdict, it is the denial that protects against our own mistakes. */
SOCKOPT_INLINE void sockopt_walk_begin(struct sockopt_walk *w, struct bpf_sockopt *ctx, int get,
				       __u64 index, __u64 zero)
{
	struct sockopt_verdict *v = &w->v;

	w->nothing = get ? ctx->retval < 0 : ctx->optlen == SOCKOPT_SKIP_KERNEL;
	w->index = index;
	w->acc = w->length = zero;
	v->op = SOCKOPT_OP_DENY;
	v->error = EPERM;
	v->rule = SOCKOPT_NO_RULE;
	v->step = v->fill = v->offset = v->width = v->value = v->flags = zero;
	v->edited = v->changes = v->log = v->unsure = zero;
	v->level = (__u32)ctx->level;
	v->optname = (__u32)ctx->optname;
	v->optlen = ctx->optlen;
	sockopt_forget(w->nothing, zero);
	sockopt_forget(v->op, zero);
	sockopt_forget(v->error, zero);
	sockopt_forget(v->rule, zero);
	sockopt_forget(v->level, zero);
	sockopt_forget(v->optname, zero);
	sockopt_forget(v->optlen, zero);
}

/* Whether the test that @step makes is met, or -1 where the call has to be refused. */
SOCKOPT_INLINE int sockopt_test(struct sockopt_walk *w, struct bpf_sockopt *ctx,
				const struct sockopt_step *step, int get, __u64 zero)
{
	__u64 op = step->op, rest = 0;

	if (op == SOCKOPT_OP_RANGE)
		return w->acc >= step->a && w->acc <= step->b;
	if (op == SOCKOPT_OP_VALUE || op == SOCKOPT_OP_TEXT)
		return sockopt_look(w, ctx, step, get, zero);
	if (op == SOCKOPT_OP_WORD) {
		if (w->length > step->offset)
			rest = w->length - step->offset;
		sockopt_forget(rest, zero);
		return (sockopt_load(ctx, step->offset, rest) & step->a) == step->b;
	}
	if (op == SOCKOPT_OP_LENGTH)
		return w->length >= step->a && w->length <= step->b;
	if (op == SOCKOPT_OP_SOCKET)
		return sockopt_bit(step->a, ctx->sk->family) && sockopt_bit(step->b, ctx->sk->type);
	if (op == SOCKOPT_OP_PROTOCOL)
		return ctx->sk->protocol >= step->a && ctx->sk->protocol <= step->b;
	w->v.level = step->a;
	w->v.optname = step->b;
	return 1;
}

SOCKOPT_INLINE void sockopt_walk_forget(struct sockopt_walk *w, __u64 zero)
{
	sockopt_forget(w->index, zero);
	sockopt_forget(w->length, zero);
	sockopt_forget(w->acc, zero);
	sockopt_forget(w->v.value, zero);
	sockopt_forget(w->v.width, zero);
	sockopt_forget(w->v.offset, zero);
	sockopt_forget(w->v.fill, zero);
	sockopt_forget(w->v.optlen, zero);
	sockopt_forget(w->v.level, zero);
	sockopt_forget(w->v.optname, zero);
	sockopt_forget(w->v.flags, zero);
}

/* The same apart, see struct sockopt_bounds: verified once, for all that the walk may hold. */
SOCKOPT_ONCE int sockopt_test_set(struct bpf_sockopt *ctx, struct sockopt_walk *w,
				  const struct sockopt_step *step)
{
	return w && step ? sockopt_test(w, ctx, step, 0, 0) : -1;
}

SOCKOPT_ONCE int sockopt_test_get(struct bpf_sockopt *ctx, struct sockopt_walk *w,
				  const struct sockopt_step *step)
{
	return w && step ? sockopt_test(w, ctx, step, 1, 0) : -1;
}

/* One step. Returns 1 where the walk ends: with a verdict, or with the one that begin() left, which denies. */
SOCKOPT_INLINE int sockopt_walk_step(struct sockopt_walk *w, const struct sockopt_policy *policy,
				     struct bpf_sockopt *ctx, int get,
				     const struct sockopt_bounds *bounds)
{
	const struct sockopt_step *step = sockopt_step(policy, w->index, bounds);
	__u64 zero = bounds->zero;
	int met;

	if (!step)
		return 1;
	if (step->op >= SOCKOPT_OP_ALLOW) {
		w->v.op = step->op;
		w->v.error = step->a;
		w->v.rule = step->rule;
		w->v.log = step->log;
		w->v.step = w->index;
		return 1;
	}
	if (!bounds->apart)
		met = sockopt_test(w, ctx, step, get, zero);
	else
		met = get ? sockopt_test_get(ctx, w, step) : sockopt_test_set(ctx, w, step);
	if (met < 0) {
		w->v.error = EINVAL + zero;
		w->v.rule = step->rule;
		w->v.step = w->index;
		return 1;
	}
	w->index = met ? step->yes : step->no;
	sockopt_walk_forget(w, zero);
	return 0;
}

/*
 * What @policy says of the call. Reads only. A policy that was never written, or whose walk does
 * not end within the bounds, denies.
 */
SOCKOPT_INLINE void sockopt_decide(const struct sockopt_policy *policy, struct bpf_sockopt *ctx,
				   int get, const struct sockopt_bounds *bounds,
				   struct sockopt_verdict *v)
{
	struct sockopt_walk w;

	sockopt_walk_begin(&w, ctx, get, sockopt_first(policy, ctx, get, bounds), bounds->zero);
	if (policy->magic == SOCKOPT_MAGIC && !sockopt_concerns(policy, ctx)) {
		w.v.op = SOCKOPT_OP_ALLOW;
	} else if (policy->magic == SOCKOPT_MAGIC) {
		for (__u64 i = 0; i < SOCKOPT_LARGE_STEPS && i < bounds->steps; i++) {
			if (sockopt_walk_step(&w, policy, ctx, get, bounds))
				break;
		}
	}
	*v = w.v;
}

#endif
