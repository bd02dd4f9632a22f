// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The two programs that hold calls against a policy: context in, verdict out, counted and told. Each
 * has a second form for kernels before 5.17, and a third program makes storage. The policy lies in
 * the storage of the cgroup that a program is attached to; one object serves all cgroups. What is
 * decided, and why, stands in sockopt-engine.h; what becomes of the call in sockopt-effect.h.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "sockopt-effect.h"
#include "sockopt-short.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Set before load, by size class and by what the kernel was found to have. */
const volatile __u64 bound_cells = SOCKOPT_SMALL_CELLS;
const volatile __u64 bound_steps = SOCKOPT_SMALL_STEPS;
/* bpf_set_retval exists (5.18); without it a reject is always EPERM. */
const volatile __u8 have_set_retval = 1;
/* A setsockopt whose optlen exceeds a page fails with EFAULT unless a program sets optlen to 0. */
const volatile __u8 long_needs_zero = 0;

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_STORAGE);
	/* the cgroup's id alone: both attach types share one slot */
	__uint(key_size, sizeof(__u64));
	__uint(value_size, sizeof(struct sockopt_policy) + SOCKOPT_SMALL_CELLS * SOCKOPT_CELL);
} policies SEC(".maps");

#include "sockopt-emulate.h"
#include "sockopt-tell.h"

/* The call goes on as it is. Returns what the program returns. */
SOCKOPT_INLINE int pass(struct bpf_sockopt *ctx, int get)
{
	/* On such kernels the same holds for a length that getsockopt reports, and for one of a call that failed. */
	if (long_needs_zero && (ctx->optlen > SOCKOPT_PAGE || (get && ctx->retval < 0)))
		ctx->optlen = 0;
	return 1;
}

/* The call fails. Returns what the program returns. */
SOCKOPT_INLINE int refuse(__u64 error)
{
	/* Return 0 alone would keep an error that is there already, and is always EPERM. */
	if (have_set_retval)
		bpf_set_retval(-(int)error);
	return 0;
}

/* Carry out the planned verdict, but for the errno. */
SOCKOPT_INLINE void carry_out(struct sockopt_verdict *v, const struct sockopt_policy *policy,
			      struct bpf_sockopt *ctx, int get, const struct sockopt_bounds *bounds)
{
	const struct sockopt_step *step;

	sockopt_apply(policy, ctx, get, bounds, v);
	if (v->op != SOCKOPT_OP_EMULATE)
		return;
	step = sockopt_step(policy, v->step, bounds);
	v->error = !step ? EINVAL
		   : get ? emulate_get(ctx, policy, bounds, step)
			 : emulate_set(ctx, policy, bounds, step);
	if (v->error)
		v->op = SOCKOPT_OP_DENY;
}

/* In audit mode: what only carrying it out would show. */
SOCKOPT_INLINE void foresee(struct sockopt_verdict *v, const struct sockopt_policy *policy,
			    const struct bpf_sockopt *ctx, int get,
			    const struct sockopt_bounds *bounds)
{
	const struct sockopt_step *step;

	if (get || v->op != SOCKOPT_OP_EMULATE || !v->changes)
		return;
	step = sockopt_step(policy, v->step, bounds);
	if (!step || !emulated_fits(step, ctx->optlen))
		sockopt_refuse(v, EINVAL);
}

/* Plan the verdict, and unless it is only to be watched, carry it out. */
SOCKOPT_INLINE void settle(struct sockopt_verdict *v, struct sockopt_policy *policy,
			   struct bpf_sockopt *ctx, int get, const struct sockopt_bounds *bounds)
{
	__u64 zero = bounds->zero;

	sockopt_plan(policy, ctx, get, bounds, v);
	if (policy->flags & SOCKOPT_FLAG_AUDIT)
		foresee(v, policy, ctx, get, bounds);
	else
		carry_out(v, policy, ctx, get, bounds);
	sockopt_forget(v->op, zero);
	sockopt_forget(v->error, zero);
	sockopt_forget(v->changes, zero);
	sockopt_forget(v->optlen, zero);
	sockopt_forget(v->fill, zero);
	sockopt_forget(v->edited, zero);
}

/*
 * The parts of a program, each a global function: the verifier looks at it once, by itself, for all
 * that may be in the memory it is given, and not again for each way that leads to it. From 5.12 on;
 * before it such a function takes no pointer but the context. The memory is always there; where it
 * were not, @without is what is returned.
 */
#define PART(name, type, without, body)                                                            \
	__attribute__((noinline)) int name(struct bpf_sockopt *ctx, type *m)                       \
	{                                                                                          \
		const struct sockopt_bounds bounds = {bound_cells, bound_steps, 1, 0};             \
		struct sockopt_policy *policy = bpf_get_local_storage(&policies, 0);               \
                                                                                                   \
		if (!m)                                                                            \
			return without;                                                            \
		body;                                                                              \
	}

#define STRIDE 16
PART(step_set, struct sockopt_walk, 1, return sockopt_walk_step(m, policy, ctx, 0, &bounds))
PART(step_get, struct sockopt_walk, 1, return sockopt_walk_step(m, policy, ctx, 1, &bounds))

/* Up to STRIDE steps. Returns whether that was the end. */
#define STRIDES(name, step)                                                                        \
	__attribute__((noinline)) int name(struct bpf_sockopt *ctx, struct sockopt_walk *w)        \
	{                                                                                          \
		for (int i = 0; i < STRIDE && w; i++) {                                            \
			if (step(ctx, w))                                                          \
				return 1;                                                          \
		}                                                                                  \
		return 0;                                                                          \
	}
STRIDES(stride_set, step_set)
STRIDES(stride_get, step_get)

PART(settle_set, struct sockopt_verdict, 0, settle(m, policy, ctx, 0, &bounds); return 0)
PART(settle_get, struct sockopt_verdict, 0, settle(m, policy, ctx, 1, &bounds); return 0)

/* Whether the call goes on as if no rule had looked at it. Where one did, its length may have been settled. */
SOCKOPT_INLINE int is_unmatched(const struct sockopt_verdict *v, const struct bpf_sockopt *ctx)
{
	return v->op == SOCKOPT_OP_ALLOW && v->rule == SOCKOPT_NO_RULE && !v->log && !v->fill &&
	       v->optlen == ctx->optlen;
}

/* What remains when the verdict is given. Returns what the program returns. */
SOCKOPT_INLINE int finish(struct sockopt_verdict *v, struct sockopt_policy *policy,
			  struct bpf_sockopt *ctx, int get, const struct sockopt_bounds *bounds)
{
	struct tale tale;
	__u64 audit;

	if (is_unmatched(v, ctx)) {
		count_unmatched(policy, get);
		return pass(ctx, get);
	}
	audit = policy->flags & SOCKOPT_FLAG_AUDIT;
	tale_begin(&tale, ctx, get, audit || v->log || v->op == SOCKOPT_OP_DENY);
	if (!bounds->apart)
		settle(v, policy, ctx, get, bounds);
	else if (get)
		settle_get(ctx, v);
	else
		settle_set(ctx, v);
	count(policy, bounds, v->rule, v->op == SOCKOPT_OP_DENY, v->changes);
	if (is_told(policy, v, audit))
		tell(policy, ctx, v, get, bounds, &tale);
	if (audit || v->op != SOCKOPT_OP_DENY)
		return pass(ctx, get);
	return refuse(v->error);
}

PART(finish_set, struct sockopt_verdict, 0, return finish(m, policy, ctx, 0, &bounds))
PART(finish_get, struct sockopt_verdict, 0, return finish(m, policy, ctx, 1, &bounds))

/* In parts. */
SOCKOPT_INLINE int run(struct bpf_sockopt *ctx, int get)
{
	struct sockopt_policy *policy = bpf_get_local_storage(&policies, 0);
	const struct sockopt_bounds bounds = {bound_cells, bound_steps, 1, 0};
	struct sockopt_walk w;
	__u64 rule, changes;
	int r;

	if (policy->magic != SOCKOPT_MAGIC)
		return refuse(EPERM);
	if (!sockopt_concerns(policy, ctx)) {
		count_unmatched(policy, get);
		return pass(ctx, get);
	}
	if (sockopt_settle_short(policy, ctx, get, &bounds, &rule, &changes)) {
		if (rule == SOCKOPT_NO_RULE && !changes)
			count_unmatched(policy, get);
		else
			count(policy, &bounds, rule, 0, changes);
		return pass(ctx, get);
	}
	sockopt_walk_begin(&w, ctx, get, sockopt_first(policy, ctx, get, &bounds), 0);
	for (__u64 i = 0; i < SOCKOPT_LARGE_STEPS && i < bounds.steps; i += STRIDE) {
		if (get ? stride_get(ctx, &w) : stride_set(ctx, &w))
			break;
	}
	r = get ? finish_get(ctx, &w.v) : finish_set(ctx, &w.v);
	sockopt_opaque(r);
	return r != 0;
}

/* In one piece. */
SOCKOPT_INLINE int run_old(struct bpf_sockopt *ctx, int get)
{
	struct sockopt_policy *policy = bpf_get_local_storage(&policies, 0);
	const struct sockopt_bounds bounds = {bound_cells, bound_steps, 0, policy->zero};
	struct sockopt_walk w;

	if (policy->magic != SOCKOPT_MAGIC)
		return refuse(EPERM);
	if (!sockopt_concerns(policy, ctx)) {
		count_unmatched(policy, get);
		return pass(ctx, get);
	}
	sockopt_walk_begin(&w, ctx, get, sockopt_first(policy, ctx, get, &bounds), bounds.zero);
	for (__u64 i = 0; i < SOCKOPT_LARGE_STEPS && i < bounds.steps; i++) {
		if (sockopt_walk_step(&w, policy, ctx, get, &bounds))
			break;
	}
	return finish(&w.v, policy, ctx, get, &bounds);
}

SEC("cgroup/setsockopt")
int sockopt_set(struct bpf_sockopt *ctx)
{
	return run(ctx, 0);
}

SEC("cgroup/getsockopt")
int sockopt_get(struct bpf_sockopt *ctx)
{
	return run(ctx, 1);
}

SEC("?cgroup/setsockopt")
int sockopt_set_old(struct bpf_sockopt *ctx)
{
	return run_old(ctx, 0);
}

SEC("?cgroup/getsockopt")
int sockopt_get_old(struct bpf_sockopt *ctx)
{
	return run_old(ctx, 1);
}

/*
 * Does nothing. Attaching it makes the storage of a cgroup, so that a policy can be written there before the programs
 * that read it come.
 */
SEC("cgroup/setsockopt")
int sockopt_pass(struct bpf_sockopt *ctx)
{
	(void)ctx;
	return !!bpf_get_local_storage(&policies, 0);
}
