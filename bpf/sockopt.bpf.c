// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The two programs that hold calls against a policy: context in, verdict out, counted and told. Each
 * has a second form for kernels before 5.17, and a third program makes storage. The policy lies in
 * the storage of the cgroup that a program is attached to; one object serves all cgroups. What is
 * decided, and why, stands in sockopt-engine.h; what becomes of the call in sockopt-effect.h.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "sockopt-class.h"
#include "sockopt-effect.h"
#include "sockopt-short.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/*
 * Set before load: a setsockopt whose optlen exceeds a page fails with EFAULT unless a program sets
 * optlen to 0.
 */
const volatile __u8 long_needs_zero = 0;

#include "sockopt-caller.h"
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

/* Carry out the planned verdict, but for the errno. */
SOCKOPT_INLINE void carry_out(struct sockopt_verdict *v, const struct sockopt_policy *policy,
			      const struct sockopt_operands *o, struct bpf_sockopt *ctx, int get,
			      int apart)
{
	sockopt_apply(o, ctx, get, apart, v);
	if (v->op != SOCKOPT_OP_EMULATE)
		return;
	v->error =
		get ? emulate_get(ctx, policy, o, apart) : emulate_set(ctx, policy, o->step, apart);
	if (v->error)
		v->op = SOCKOPT_OP_DENY;
}

/* In audit mode: what only carrying it out would show. */
SOCKOPT_INLINE void foresee(struct sockopt_verdict *v, const struct sockopt_operands *o,
			    const struct bpf_sockopt *ctx, int get)
{
	if (!get && v->op == SOCKOPT_OP_EMULATE && v->changes &&
	    !emulated_fits(o->step, ctx->optlen))
		sockopt_refuse(v, EINVAL);
}

/* Plan the verdict; carry it out, unless it is only to be watched; and tell of it. */
SOCKOPT_INLINE void settle(struct sockopt_verdict *v, struct sockopt_policy *policy,
			   const struct sockopt_operands *o, struct bpf_sockopt *ctx, int get,
			   int apart)
{
	__u64 zero = apart ? 0 : policy->zero, audit = policy->flags & SOCKOPT_FLAG_AUDIT;
	struct tale tale;

	tale_begin(&tale, ctx, get, audit || v->log || v->op == SOCKOPT_OP_DENY);
	/* Or the compiler keeps the address of a member, which the verifier does not let it use. */
	sockopt_opaque(ctx);
	sockopt_plan(o->step, ctx, get, v);
	if (v->unsure && v->changes)
		sockopt_refuse(v, EPERM);
	if (audit)
		foresee(v, o, ctx, get);
	else
		carry_out(v, policy, o, ctx, get, apart);
	sockopt_forget(v->op, zero);
	sockopt_forget(v->error, zero);
	sockopt_forget(v->changes, zero);
	sockopt_forget(v->optlen, zero);
	sockopt_forget(v->fill, zero);
	sockopt_forget(v->edited, zero);
	if (is_told(policy, v, audit))
		tell(policy, ctx, v, get, o, &tale);
}

/*
 * The same apart, see struct sockopt_bounds. All of one call is by one policy: an update puts
 * another in its place meanwhile, so that asking for it a second time may give another.
 */
#define SETTLE(name, get)                                                                          \
	__attribute__((noinline)) int name(struct bpf_sockopt *ctx, struct sockopt_verdict *v,     \
					   struct sockopt_policy *policy,                          \
					   const struct sockopt_step *step,                        \
					   const struct sockopt_value *value)                      \
	{                                                                                          \
		const struct sockopt_operands o = {step, value};                                   \
                                                                                                   \
		if (!v || !policy || !step || !value)                                              \
			return -1;                                                                 \
		settle(v, policy, &o, ctx, get, 1);                                                \
		return 0;                                                                          \
	}
SETTLE(settle_set, 0)
SETTLE(settle_get, 1)

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
	struct sockopt_operands o;
	int failed = 0;

	if (is_unmatched(v, ctx)) {
		count_unmatched(policy, get);
		return pass(ctx, get);
	}
	if (sockopt_find_operands(policy, v, bounds, &o))
		sockopt_refuse(v, EINVAL);
	if (!bounds->apart)
		settle(v, policy, &o, ctx, get, 0);
	else if (get)
		failed = settle_get(ctx, v, policy, o.step, o.value);
	else
		failed = settle_set(ctx, v, policy, o.step, o.value);
	if (failed)
		return refuse(EPERM);
	count(policy, bounds, v->rule, v->op == SOCKOPT_OP_DENY, v->changes);
	if (policy->flags & SOCKOPT_FLAG_AUDIT || v->op != SOCKOPT_OP_DENY)
		return pass(ctx, get);
	return refuse(v->error);
}

/* What a step of the walk by bpf_loop() (5.17) is given. */
struct course {
	struct bpf_sockopt *ctx;
	const struct sockopt_policy *policy;
	struct sockopt_walk w;
};

static long next_set(__u64 i, struct course *c)
{
	const struct sockopt_bounds bounds = {bound_cells, bound_steps, 1, 0};

	(void)i;
	return sockopt_walk_step(&c->w, c->policy, c->ctx, 0, &bounds);
}

static long next_get(__u64 i, struct course *c)
{
	const struct sockopt_bounds bounds = {bound_cells, bound_steps, 1, 0};

	(void)i;
	return sockopt_walk_step(&c->w, c->policy, c->ctx, 1, &bounds);
}

SOCKOPT_INLINE void walk(struct course *c, int get, const struct sockopt_bounds *bounds)
{
	if (bounds->apart) {
		bpf_loop(bound_steps, get ? next_get : next_set, c, 0);
		return;
	}
	for (__u64 i = 0; i < SOCKOPT_LARGE_STEPS && i < bounds->steps; i++) {
		if (sockopt_walk_step(&c->w, c->policy, c->ctx, get, bounds))
			return;
	}
}

/* @apart: on kernels that take the parts, and bpf_loop(). */
SOCKOPT_INLINE int run(struct bpf_sockopt *ctx, int get, int apart)
{
	struct sockopt_policy *policy = bpf_get_local_storage(&policies, 0);
	const struct sockopt_bounds bounds = {bound_cells, bound_steps, apart,
					      apart ? 0 : policy->zero};
	struct course c = {.ctx = ctx, .policy = policy};
	struct sockopt_short s;
	int caller = CALLER_OWN;

	if (policy->magic != SOCKOPT_MAGIC)
		return refuse(EPERM);
	if (!sockopt_concerns(policy, ctx)) {
		count_unmatched(policy, get);
		return pass(ctx, get);
	}
	if (ctx->sk->family == FAMILY_UNIX)
		caller = caller_of(policy->owner);
	if (caller == CALLER_OTHER)
		return pass(ctx, get);
	s.index = sockopt_first(policy, ctx, get, &bounds);
	if (apart && caller == CALLER_OWN && sockopt_settle_short(policy, ctx, get, &bounds, &s)) {
		if (s.rule == SOCKOPT_NO_RULE)
			count_unmatched(policy, get);
		else
			count(policy, &bounds, s.rule, 0, s.changes);
		return pass(ctx, get);
	}
	sockopt_walk_begin(&c.w, ctx, get, s.index, bounds.zero);
	c.w.v.unsure = caller == CALLER_UNSURE;
	walk(&c, get, &bounds);
	return finish(&c.w.v, policy, ctx, get, &bounds);
}

SEC("cgroup/setsockopt")
int sockopt_set(struct bpf_sockopt *ctx)
{
	return run(ctx, 0, 1);
}

SEC("cgroup/getsockopt")
int sockopt_get(struct bpf_sockopt *ctx)
{
	return run(ctx, 1, 1);
}

SEC("?cgroup/setsockopt")
int sockopt_set_old(struct bpf_sockopt *ctx)
{
	return run(ctx, 0, 0);
}

SEC("?cgroup/getsockopt")
int sockopt_get_old(struct bpf_sockopt *ctx)
{
	return run(ctx, 1, 0);
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
