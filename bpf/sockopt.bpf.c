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

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	/* BPF_F_CLONE: accepted sockets inherit what was set */
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct sockopt_kept);
} kept SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE);
	__uint(key_size, sizeof(__u64));
	__uint(value_size, sizeof(struct sockopt_unmatched));
} unmatched SEC(".maps");

#include "sockopt-tell.h"

/* What a socket keeps for the option that the call names; a free entry is taken where @create. */
SOCKOPT_INLINE struct sockopt_kept_entry *kept_find(struct bpf_sockopt *ctx,
						    const struct sockopt_policy *policy, int create)
{
	__u64 option = (__u64)(__u32)ctx->level << 32 | (__u32)ctx->optname;
	__u64 owner = policy->owner, found = SOCKOPT_KEPT_MAX;
	struct sockopt_kept_entry *entry;
	struct sockopt_kept *all;

	all = bpf_sk_storage_get(&kept, ctx->sk, 0, create ? BPF_SK_STORAGE_GET_F_CREATE : 0);
	if (!all)
		return 0;
	for (__u64 i = 0; i < SOCKOPT_KEPT_MAX; i++) {
		entry = &all->entries[i];
		if (create ? !entry->owner || (entry->owner == owner && entry->option == option)
			   : entry->owner == owner && entry->option == option) {
			found = i;
			break;
		}
	}
	sockopt_forget(found, policy->zero);
	sockopt_opaque(found);
	if (found >= SOCKOPT_KEPT_MAX)
		return 0;
	sockopt_opaque(found);
	entry = &all->entries[found];
	if (create) {
		entry->owner = owner;
		entry->option = option;
	}
	return entry;
}

/* Whether the value of a setsockopt, of @length bytes, is one that an emulated option can have. */
SOCKOPT_INLINE int emulated_fits(const struct sockopt_step *step, __s64 length)
{
	__s64 most = (__s64)step->a;

	return length >= 0 && (step->flags & SOCKOPT_FIXED ? length >= most : length <= most);
}

/*
 * setsockopt of an emulated option: the value goes to the socket, the kernel is
 * not asked. Returns 0 or an errno.
 */
SOCKOPT_INLINE int emulate_set(struct bpf_sockopt *ctx, const struct sockopt_policy *policy,
			       const struct sockopt_step *step)
{
	__s64 length = ctx->optlen, most = (__s64)step->a;
	struct sockopt_kept_entry *entry;

	if (length == SOCKOPT_SKIP_KERNEL || (have_set_retval && bpf_get_retval() < 0))
		return 0; /* a nested cgroup's program has settled the call */
	if (!emulated_fits(step, length))
		return EINVAL;
	if (length > most)
		length = most;
	if (!sockopt_room(ctx, (__u64)length))
		return EINVAL;
	entry = kept_find(ctx, policy, 1);
	if (!entry)
		return ENOMEM;
	entry->length = (__u32)length;
	for (__u64 i = 0; i < SOCKOPT_VALUE_MAX && i < (__u64)length; i += 8)
		*(__u64 *)(entry->value + i) = sockopt_load(ctx, i, (__u64)length - i);
	ctx->optlen = SOCKOPT_SKIP_KERNEL;
	return 0;
}

/* getsockopt of an emulated option: what the socket keeps, or the policy's initial value. */
SOCKOPT_INLINE int emulate_get(struct bpf_sockopt *ctx, const struct sockopt_policy *policy,
			       const struct sockopt_bounds *bounds, const struct sockopt_step *step)
{
	const struct sockopt_kept_entry *entry = kept_find(ctx, policy, 0);
	const __u8 *value;

	if (entry) {
		ctx->optlen = (__s32)sockopt_copy_in(ctx, entry->value, entry->length);
	} else {
		value = sockopt_cell(policy, step->offset / SOCKOPT_CELL, SOCKOPT_VALUE_MAX,
				     bounds);
		if (!value)
			return EINVAL;
		ctx->optlen = (__s32)sockopt_copy_in(ctx, value, step->size);
	}
	ctx->retval = 0;
	return 0;
}

/* The call goes on as it is. Returns what the program returns. */
SOCKOPT_INLINE int pass(struct bpf_sockopt *ctx, int get)
{
	/* On such kernels the same holds for a length that getsockopt reports, and for one of a call that failed. */
	if (long_needs_zero && (ctx->optlen > SOCKOPT_PAGE || (get && ctx->retval < 0)))
		ctx->optlen = 0;
	return 1;
}

/* Carry out the planned verdict, but for the errno. */
SOCKOPT_INLINE void carry_out(struct sockopt_walk *w, int get, const struct sockopt_bounds *bounds)
{
	const struct sockopt_step *step;
	struct sockopt_verdict *v = &w->v;

	sockopt_apply(w->policy, w->ctx, get, bounds, v);
	if (v->op != SOCKOPT_OP_EMULATE)
		return;
	step = sockopt_step(w->policy, v->step, bounds);
	v->error = !step ? EINVAL
		   : get ? emulate_get(w->ctx, w->policy, bounds, step)
			 : emulate_set(w->ctx, w->policy, step);
	if (v->error)
		v->op = SOCKOPT_OP_DENY;
}

/* In audit mode: what only carrying it out would show. */
SOCKOPT_INLINE void foresee(struct sockopt_walk *w, int get, const struct sockopt_bounds *bounds)
{
	const struct sockopt_step *step;
	struct sockopt_verdict *v = &w->v;

	if (get || v->op != SOCKOPT_OP_EMULATE || !v->changes)
		return;
	step = sockopt_step(w->policy, v->step, bounds);
	if (!step || !emulated_fits(step, w->ctx->optlen))
		sockopt_refuse(v, EINVAL);
}

/* What remains when the verdict is given. Returns what the program returns. */
SOCKOPT_INLINE int finish(struct sockopt_walk *w, struct sockopt_policy *policy, int get,
			  const struct sockopt_bounds *bounds)
{
	struct sockopt_verdict *v = &w->v;
	struct tale tale;
	__u64 audit, wanted;

	/* Where a rule looked at the value, and did not match, its length has been settled. */
	if (v->op == SOCKOPT_OP_ALLOW && v->rule == SOCKOPT_NO_RULE && !v->fill &&
	    v->optlen == w->ctx->optlen) {
		count_unmatched(get);
		return pass(w->ctx, get);
	}
	audit = policy->flags & SOCKOPT_FLAG_AUDIT;
	wanted = audit || v->log || v->op == SOCKOPT_OP_DENY;
	tale_begin(&tale, w->ctx, get, wanted);
	sockopt_plan(policy, w->ctx, get, bounds, v);
	if (audit)
		foresee(w, get, bounds);
	else
		carry_out(w, get, bounds);
	sockopt_forget(v->op, policy->zero);
	sockopt_forget(v->error, policy->zero);
	sockopt_forget(v->changes, policy->zero);
	sockopt_forget(v->optlen, policy->zero);
	sockopt_forget(v->fill, policy->zero);
	sockopt_forget(v->edited, policy->zero);
	count(policy, bounds, v);
	if (is_told(policy, v, audit))
		tell(policy, w->ctx, v, get, bounds, &tale);
	if (audit || v->op != SOCKOPT_OP_DENY)
		return pass(w->ctx, get);
	/* Return 0 alone would keep an error that is there already, and is always EPERM. */
	if (have_set_retval)
		bpf_set_retval(-(int)v->error);
	return 0;
}

/*
 * The walk by bpf_loop (5.17): the verifier looks at one step, not at as many as a policy may have,
 * and the programs load in a fraction of the time. Before it, by a plain loop.
 */
static long next_set(__u64 i, struct sockopt_walk *w)
{
	const struct sockopt_bounds bounds = {bound_cells, bound_steps};

	(void)i;
	return sockopt_walk_step(w, 0, &bounds);
}

static long next_get(__u64 i, struct sockopt_walk *w)
{
	const struct sockopt_bounds bounds = {bound_cells, bound_steps};

	(void)i;
	return sockopt_walk_step(w, 1, &bounds);
}

SOCKOPT_INLINE int run(struct bpf_sockopt *ctx, int get, int by_helper)
{
	struct sockopt_policy *policy = bpf_get_local_storage(&policies, 0);
	const struct sockopt_bounds bounds = {bound_cells, bound_steps};
	struct sockopt_walk w;

	if (!sockopt_walk_begin(&w, policy, ctx, get, &bounds) &&
	    !sockopt_walk_step(&w, get, &bounds)) {
		if (by_helper) {
			bpf_loop(bound_steps, get ? next_get : next_set, &w, 0);
		} else {
			for (__u64 i = 1; i < SOCKOPT_LARGE_STEPS && i < bound_steps; i++) {
				if (sockopt_walk_step(&w, get, &bounds))
					break;
			}
		}
	}
	return finish(&w, policy, get, &bounds);
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
	return bpf_get_local_storage(&policies, 0) && bpf_get_local_storage(&unmatched, 0);
}
