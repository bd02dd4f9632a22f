/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs leave behind of a verdict: counters, and events in the ring buffer. Part of
 * sockopt.bpf.c, whose maps and settings it uses; user space never sees it. No counter is exact
 * where a new policy is written meanwhile.
 */
#ifndef SOCKOPT_TELL_H
#define SOCKOPT_TELL_H

/* bpf_get_current_pid_tgid() exists for these programs; set before load. */
const volatile __u8 have_pid = 1;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, SOCKOPT_RING_BYTES);
} events SEC(".maps");

/* ---- counters ---- */

SOCKOPT_INLINE void count_unmatched(struct sockopt_policy *policy, int get)
{
	__u64 shard = bpf_get_smp_processor_id() % SOCKOPT_SHARDS;

	__sync_fetch_and_add(&policy->unmatched[shard].calls[get], 1);
}

SOCKOPT_INLINE void count(struct sockopt_policy *policy, const struct sockopt_bounds *bounds,
			  __u64 rule, __u64 denied, __u64 changes)
{
	__u64 at = rule == SOCKOPT_NO_RULE ? policy->n_rules : rule;
	struct sockopt_counter *c;
	__u64 *counted;

	sockopt_forget(at, bounds->zero);
	at = policy->counters * SOCKOPT_CELL + at * sizeof(*c);
	sockopt_opaque(at);
	if (at > bounds->cells * SOCKOPT_CELL - sizeof(*c))
		return;
	sockopt_opaque(at);
	c = (struct sockopt_counter *)(policy->arena + at);
	counted = denied ? &c->denials : changes ? &c->changes : &c->passes;
	__sync_fetch_and_add(counted, 1);
}

/* ---- events ---- */

/* The call as it was, for an event that may come of it. */
struct tale {
	__u64 before[2];
	__u32 level, optname;
	__s32 optlen, retval;
	__u64 length; /* bytes of `before` */
};

/* How many bytes of the value an event tells. */
SOCKOPT_ONCE __u64 tale_length(struct bpf_sockopt *ctx, __s64 optlen)
{
	if (optlen <= 0)
		return 0;
	if (optlen > SOCKOPT_EVENT_BYTES)
		optlen = SOCKOPT_EVENT_BYTES;
	return sockopt_room(ctx, (__u64)optlen) ? (__u64)optlen : 0;
}

SOCKOPT_ONCE __u64 tale_word(struct bpf_sockopt *ctx, __u64 at, __u64 length)
{
	return length > at ? sockopt_load(ctx, at, length - at) : 0;
}

/* @wanted: an event is certain or likely. One that comes of it all the same tells no value. */
SOCKOPT_INLINE void tale_begin(struct tale *tale, struct bpf_sockopt *ctx, int get, __u64 wanted)
{
	tale->level = ctx->level;
	tale->optname = ctx->optname;
	tale->optlen = ctx->optlen;
	tale->retval = get ? ctx->retval : 0;
	tale->length = tale->before[0] = tale->before[1] = 0;
	if (!wanted)
		return;
	tale->length = tale_length(ctx, ctx->optlen);
	tale->before[0] = tale_word(ctx, 0, tale->length);
	tale->before[1] = tale_word(ctx, 8, tale->length);
}

/* Whether an event is wanted. */
SOCKOPT_INLINE int is_told(const struct sockopt_policy *policy, const struct sockopt_verdict *v,
			   __u64 audit)
{
	if (!policy->event_interval)
		return 0;
	return v->op == SOCKOPT_OP_DENY || v->log || (audit && v->changes);
}

/*
 * Take a token. Two processors that find a full bucket at once may take one too many between them;
 * a program has no exchange that all kernels know.
 */
SOCKOPT_INLINE int take_token(struct sockopt_policy *policy, __u64 now)
{
	__u64 next = policy->event_next;

	if (next <= now) {
		policy->event_next = now + policy->event_interval;
		return 1;
	}
	if (next - now > policy->event_burst) {
		__sync_fetch_and_add(&policy->lost_rate, 1);
		return 0;
	}
	__sync_fetch_and_add(&policy->event_next, policy->event_interval);
	return 1;
}

/* Put the low @length bytes of @value over those of @word from @at on; @at may lie up to 8 before it. */
SOCKOPT_ONCE __u64 overlay(__u64 word, __s64 at, __u64 length, __u64 value)
{
	__u64 mask = length >= 8 ? ~0ull : (1ull << length * 8) - 1;

	if (at <= -8 || at >= 8)
		return word;
	if (at < 0)
		return (word & ~(mask >> -at * 8)) | (value & mask) >> -at * 8;
	return (word & ~(mask << at * 8)) | (value & mask) << at * 8;
}

/* The value of REPLACE and ANSWER. */
SOCKOPT_INLINE void foretell_value(const struct sockopt_operands *o, struct sockopt_event *e)
{
	const __u64 *words = o->value->blocks[0].words;

	((__u64 *)e->after)[0] = words[0];
	((__u64 *)e->after)[1] = words[1];
	e->after_length = o->step->size > SOCKOPT_EVENT_BYTES ? SOCKOPT_EVENT_BYTES : o->step->size;
}

/*
 * In audit mode nothing was written: what would have been. Of an emulated option nothing is kept, so
 * that nothing can be said of what would be reported.
 */
SOCKOPT_INLINE void foretell(const struct sockopt_operands *o, const struct sockopt_verdict *v,
			     struct sockopt_event *e)
{
	__u64 length = v->fill ? v->fill : v->width, at = v->fill ? 0 : v->offset;

	e->to_optlen = v->optlen;
	if (v->op == SOCKOPT_OP_EMULATE || e->to_optlen < 0) {
		e->after_length = 0;
		return;
	}
	if (v->changes && (v->op == SOCKOPT_OP_REPLACE || v->op == SOCKOPT_OP_ANSWER))
		return foretell_value(o, e);
	if (e->after_length > e->to_optlen)
		e->after_length = e->to_optlen;
	/* What a value stands for need not be what it is: 5 in a flag is 1. */
	if (v->edited == v->value && !v->fill)
		return;
	((__u64 *)e->after)[0] = overlay(((__u64 *)e->after)[0], at, length, v->edited);
	((__u64 *)e->after)[1] = overlay(((__u64 *)e->after)[1], at - 8, length, v->edited);
	if (v->fill)
		e->to_optlen = e->after_length = v->fill;
}

/* What was written. */
SOCKOPT_INLINE void tell_after(struct sockopt_event *e, struct bpf_sockopt *ctx)
{
	__u64 length = tale_length(ctx, ctx->optlen);

	e->to_optlen = ctx->optlen;
	((__u64 *)e->after)[0] = tale_word(ctx, 0, length);
	((__u64 *)e->after)[1] = tale_word(ctx, 8, length);
	e->after_length = length;
}

SOCKOPT_INLINE void tell_task(struct sockopt_event *e)
{
	__u64 id = have_pid ? bpf_get_current_pid_tgid() : 0;

	e->pid = id >> 32;
	e->tid = (__u32)id;
	e->uid = (__u32)bpf_get_current_uid_gid();
}

SOCKOPT_INLINE void tell_call(struct sockopt_event *e, const struct tale *tale,
			      const struct sockopt_verdict *v, int get)
{
	e->level = tale->level;
	e->optname = tale->optname;
	e->to_level = v->level;
	e->to_optname = v->optname;
	e->optlen = e->to_optlen = tale->optlen;
	e->retval = tale->retval;
	/* Where no errno can be given the caller sees this one. */
	e->error = v->op != SOCKOPT_OP_DENY ? 0 : have_set_retval ? v->error : EPERM;
	e->rule = v->rule;
	e->op = v->op;
	e->get = get;
	e->changes = v->changes;
	e->before_length = e->after_length = tale->length;
	((__u64 *)e->before)[0] = ((__u64 *)e->after)[0] = tale->before[0];
	((__u64 *)e->before)[1] = ((__u64 *)e->after)[1] = tale->before[1];
}

/* Room for an event, with what all have in common; none where it is lost. */
SOCKOPT_INLINE struct sockopt_event *tell_begin(struct sockopt_policy *policy)
{
	__u64 now = bpf_ktime_get_boot_ns();
	struct sockopt_event *e;

	if (!take_token(policy, now))
		return 0;
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e) {
		__sync_fetch_and_add(&policy->lost_full, 1);
		return 0;
	}
	e->time = now;
	e->owner = policy->owner;
	e->lost_full = policy->lost_full;
	e->lost_rate = policy->lost_rate;
	e->audit = !!(policy->flags & SOCKOPT_FLAG_AUDIT);
	for (__u64 i = 0; i < SOCKOPT_ID_MAX / 8; i++)
		((__u64 *)e->id)[i] = ((const __u64 *)policy->id)[i];
	return e;
}

SOCKOPT_INLINE void tell(struct sockopt_policy *policy, struct bpf_sockopt *ctx,
			 const struct sockopt_verdict *v, int get, const struct sockopt_operands *o,
			 const struct tale *tale)
{
	struct sockopt_event *e = tell_begin(policy);

	if (!e)
		return;
	tell_call(e, tale, v, get);
	tell_task(e);
	e->family = ctx->sk->family;
	e->type = ctx->sk->type;
	e->protocol = ctx->sk->protocol;
	if (e->audit && v->op != SOCKOPT_OP_DENY)
		foretell(o, v, e);
	else if (v->op != SOCKOPT_OP_DENY)
		tell_after(e, ctx);
	bpf_ringbuf_submit(e, 0);
}

#endif
