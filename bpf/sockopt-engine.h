/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The decision: what becomes of one setsockopt or getsockopt call under one compiled policy. Plain
 * C over the policy and the call (struct bpf_sockopt), compiled into the BPF programs and into user
 * space, where unit tests, fuzzers and `sockoptctl` run it. It knows no map and no helper; what
 * needs one (a socket's storage, the errno) is left to the caller.
 *
 * A call is decided in two halves: sockopt_decide() reads, sockopt_apply() writes. Between them
 * nothing of the call has changed.
 *
 * How a policy holds against length games (measured on 6.18, read in 5.10 to 6.17):
 *  - The kernel acts on the program's buffer only where optlen comes back as 1..SOCKOPT_PAGE. At 0,
 * and above a page, it reads user memory again, which another thread may have rewritten. So a step
 * that looks at a value settles optlen first, or refuses the call with EINVAL.
 *  - optlen 0 may also be the work of a nested cgroup's program on a call that has a value. So it
 * is never taken as "there is no value" where a value decides: it is settled too.
 *  - optlen -1 means that a nested cgroup's program took the call and the kernel will not see it:
 * there is no value, and nothing to change.
 */
#ifndef SOCKOPT_ENGINE_H
#define SOCKOPT_ENGINE_H

#include <linux/bpf.h>
#include <linux/errno.h>

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

/* The optlen with which a program tells the kernel to skip its own handler. */
#define SOCKOPT_SKIP_KERNEL (-1)

/* Bounds of a size class; constants to the verifier. */
struct sockopt_bounds {
	__u64 cells;
	__u64 steps;
};

struct sockopt_verdict {
	__u64 op;    /* SOCKOPT_OP_ALLOW and above */
	__u64 error; /* DENY: positive errno */
	__u64 step;  /* index of the step that gave the verdict */
	__u64 rule;  /* or SOCKOPT_NO_RULE */
	/* what the walk found on its way */
	__u64 level;
	__u64 optname;
	__s64 optlen; /* settled */
	__u64 fill;   /* bytes of `value` to write at 0, for optlen was too short; 0: none */
	__u64 offset; /* where `value` was read */
	__u64 width;  /* bytes of it */
	__u64 value;  /* as the kernel would understand it, sign-extended */
	__u64 flags;  /* of the step that read it */
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

	h *= 0x9e3779b97f4a7c15ull;
	h ^= h >> 29;
	h *= 0xbf58476d1ce4e5b9ull;
	return h ^ h >> 32;
}

SOCKOPT_INLINE __u64 sockopt_bucket(__u64 hash, __u64 n_buckets)
{
	return (hash >> 48) * n_buckets >> 16;
}

/* Hash and displace: a bucket's displacement moves all its keys to free places. */
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

SOCKOPT_INLINE __u64 sockopt_first(const struct sockopt_policy *policy, __u32 level, __u32 optname,
				   int get, const struct sockopt_bounds *bounds)
{
	const struct sockopt_key *key;

	if (!policy->n_slots)
		return policy->first[get];
	key = sockopt_find(policy, level, optname, bounds);
	if (!key && policy->flags & SOCKOPT_FLAG_LEVELS)
		key = sockopt_find(policy, level, SOCKOPT_ANY, bounds);
	return key ? key->first[get] : policy->first[get];
}

/* ---- reading and writing the value ---- */

/* Whether the buffer that the kernel lent holds @end bytes: setsockopt max(16, optlen), getsockopt
 * the caller's optlen, at most a page. */
SOCKOPT_ONCE int sockopt_room(struct bpf_sockopt *ctx, __u64 end)
{
	__u8 *p = (__u8 *)(long)ctx->optval;

	if (end > SOCKOPT_PAGE)
		return 0;
	return p + end <= (__u8 *)(long)ctx->optval_end;
}

/* @length (8 at most) bytes at @offset as a word, the rest 0. The caller has made sure of the room.
 */
SOCKOPT_ONCE __u64 sockopt_load(struct bpf_sockopt *ctx, __u64 offset, __u64 length)
{
	const __u8 *p = (const __u8 *)(long)ctx->optval + (offset & (SOCKOPT_PAGE - 1));
	const __u8 *end = (const __u8 *)(long)ctx->optval_end;
	__u64 word = 0, shift = 0;

	if (length >= 8)
		return p + 8 > end ? 0 : *(const __u64 *)p;
	if (length & 4) {
		if (p + 4 > end)
			return 0;
		word = *(const __u32 *)p;
		p += 4;
		shift = 32;
	}
	if (length & 2) {
		if (p + 2 > end)
			return 0;
		word |= (__u64) * (const __u16 *)p << shift;
		p += 2;
		shift += 16;
	}
	if (length & 1) {
		if (p + 1 > end)
			return 0;
		word |= (__u64)*p << shift;
	}
	return word;
}

/* Put the low @length (1, 2, 4 or 8) bytes of @word at @offset. Returns 0, or -1 beyond the buffer.
 */
SOCKOPT_ONCE int sockopt_store(struct bpf_sockopt *ctx, __u64 offset, __u64 length, __u64 word)
{
	__u8 *p = (__u8 *)(long)ctx->optval + (offset & (SOCKOPT_PAGE - 1));
	__u8 *end = (__u8 *)(long)ctx->optval_end;

	if (length == 8 && p + 8 <= end)
		*(__u64 *)p = word;
	else if (length == 4 && p + 4 <= end)
		*(__u32 *)p = (__u32)word;
	else if (length == 2 && p + 2 <= end)
		*(__u16 *)p = (__u16)word;
	else if (length == 1 && p + 1 <= end)
		*p = (__u8)word;
	else
		return -1;
	return 0;
}

/* ---- what the kernel would make of the value ---- */

/* Signed and unsigned integers compare alike once the sign bit of the signed ones is turned. */
#define SOCKOPT_BIAS (1ull << 63)

/* @raw, read from @width bytes, as the kernel understands it. @whole: the width of the type. */
SOCKOPT_ONCE __u64 sockopt_norm(__u64 raw, __u64 width, __u64 whole, __u64 flags)
{
	__u64 shift = (64 - width * 8) & 63;

	if (flags & SOCKOPT_WIDE && width == 4 && raw == 0xffffffff)
		return ~0ull;
	if (flags & SOCKOPT_BOOL)
		return !!raw;
	/* a byte in the place of a wider integer is unsigned, and never -1 */
	if (width < whole)
		return raw;
	if (flags & (SOCKOPT_MINUS_1_0 | SOCKOPT_MINUS_1_1) && raw == ~0ull >> shift)
		return !(flags & SOCKOPT_MINUS_1_0);
	if (flags & SOCKOPT_SIGNED)
		raw = (__u64)((__s64)(raw << shift) >> shift);
	return raw;
}

/* What sockopt_look_value() and sockopt_look_text() found; packed, for a global function returns
 * one scalar. */
#define SOCKOPT_LOOK_LOAD    0ull /* read it */
#define SOCKOPT_LOOK_ZERO    1ull /* the kernel takes this length as the value 0 */
#define SOCKOPT_LOOK_NOTHING 2ull /* no value reaches the kernel, or none came from it */
#define SOCKOPT_LOOK_REFUSE  3ull /* the value cannot be read safely */
#define sockopt_look_pack(kind, length, fill, settled)                                             \
	((kind) | (__u64)(fill) << 8 | (__u64)(length) << 16 | (__u64)(settled) << 32)
#define sockopt_look_kind(look)	   ((look)&0xff)
#define sockopt_look_fill(look)	   ((look) >> 8 & 0xff)
#define sockopt_look_length(look)  ((look) >> 16 & 0xffff)
#define sockopt_look_settled(look) ((look) >> 32)

/*
 * Where an integer stands that is @offset, @width bytes in a type of @size, and at which optlen the
 * kernel acts on what we read. @get: this is getsockopt; @flags of the step.
 */
SOCKOPT_ONCE __u64 sockopt_look_value(struct bpf_sockopt *ctx, __s64 optlen, __u64 where,
				      __u64 flags, __u64 get)
{
	__u64 offset = where & 0xffff, size = where >> 16 & 0xffff, width = where >> 32 & 0xff;
	__u64 end = offset + width, settled;

	if (optlen < 0)
		return SOCKOPT_LOOK_REFUSE;
	if (flags & SOCKOPT_WIDE && optlen >= 8)
		width = end = 8;
	else if (!offset && width < size && flags & SOCKOPT_LOW)
		end = size;
	if ((__u64)optlen >= end) {
		settled = optlen <= SOCKOPT_PAGE ? (__u64)optlen : size > end ? size : end;
		if (!sockopt_room(ctx, end))
			return SOCKOPT_LOOK_REFUSE;
		return sockopt_look_pack(SOCKOPT_LOOK_LOAD, width, 0, settled);
	}
	if (get) {
		if (flags & SOCKOPT_SHORT_BYTE && optlen == 1 && sockopt_room(ctx, 1))
			return sockopt_look_pack(SOCKOPT_LOOK_LOAD, 1, 0, 1);
		return SOCKOPT_LOOK_REFUSE;
	}
	if (flags & SOCKOPT_SHORT_BYTE && optlen > 0)
		return sockopt_look_pack(SOCKOPT_LOOK_LOAD, 1, size, size);
	if (flags & (SOCKOPT_SHORT_BYTE | SOCKOPT_SHORT_ZERO))
		return sockopt_look_pack(SOCKOPT_LOOK_ZERO, width, size, size);
	return SOCKOPT_LOOK_REFUSE;
}

/* The same for a string or bytes of at most @size; the length found is what the kernel would look
 * at. */
SOCKOPT_ONCE __u64 sockopt_look_text(struct bpf_sockopt *ctx, __s64 optlen, __u64 size, __u64 flags,
				     __u64 get)
{
	__u64 length, settled = (__u64)optlen;

	if (optlen < 0)
		return SOCKOPT_LOOK_REFUSE;
	length = (__u64)optlen > size ? size : (__u64)optlen;
	if (flags & SOCKOPT_STRING) {
		if (optlen > SOCKOPT_PAGE)
			settled = size;
		if (!optlen)
			return sockopt_look_pack(SOCKOPT_LOOK_LOAD, 0, !get, !get); /* "" */
		if (!sockopt_room(ctx, length))
			return SOCKOPT_LOOK_REFUSE;
		/* A short buffer gets the beginning of a name, which is another name. */
		if (get && length < size && sockopt_load(ctx, length - 1, 1))
			return SOCKOPT_LOOK_REFUSE;
		return sockopt_look_pack(SOCKOPT_LOOK_LOAD, length, 0, settled);
	}
	if (flags & SOCKOPT_FIXED) {
		if ((__u64)optlen < size)
			return SOCKOPT_LOOK_REFUSE;
		if (optlen > SOCKOPT_PAGE)
			settled = size;
	} else {
		if (optlen > SOCKOPT_PAGE || (!optlen && !get))
			return SOCKOPT_LOOK_REFUSE;
		length = (__u64)optlen;
	}
	if (!sockopt_room(ctx, length))
		return SOCKOPT_LOOK_REFUSE;
	return sockopt_look_pack(SOCKOPT_LOOK_LOAD, length, 0, settled);
}

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
	const struct sockopt_policy *policy;
	struct bpf_sockopt *ctx;
	__u64 index;   /* of the step to come */
	__u64 acc;     /* what VALUE read, masked and biased */
	__u64 length;  /* of what TEXT settled */
	__u64 nothing; /* no value to look at: the kernel failed, or a nested cgroup's program took
			  the call */
	struct sockopt_verdict v;
};

/* The value that @step wants to look at. Returns whether there is one, or -1 where the call has to
 * be refused. */
SOCKOPT_INLINE int sockopt_look(struct sockopt_walk *w, const struct sockopt_step *step, int get,
				__u64 zero)
{
	struct sockopt_verdict *v = &w->v;
	__u64 look, kind;

	if (w->nothing)
		return 0;
	if (step->op == SOCKOPT_OP_VALUE)
		look = sockopt_look_value(w->ctx, w->ctx->optlen,
					  step->offset | (__u64)step->size << 16 |
						  (__u64)step->width << 32,
					  step->flags, get);
	else
		look = sockopt_look_text(w->ctx, w->ctx->optlen, step->size, step->flags, get);
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
			v->value = sockopt_load(w->ctx, v->offset, w->length);
		v->value = sockopt_norm(v->value, w->length, step->width, step->flags);
		w->acc = (v->value & step->a) ^ step->b;
	}
	return 1;
}

/* Find the first step. Returns 1 where the verdict is given already. */
SOCKOPT_INLINE int sockopt_walk_begin(struct sockopt_walk *w, const struct sockopt_policy *policy,
				      struct bpf_sockopt *ctx, int get,
				      const struct sockopt_bounds *bounds)
{
	struct sockopt_verdict *v = &w->v;
	__u64 zero = policy->zero;

	w->policy = policy;
	w->ctx = ctx;
	w->nothing = get ? ctx->retval < 0 : ctx->optlen == SOCKOPT_SKIP_KERNEL;
	w->acc = w->length = w->index = zero;
	sockopt_forget(w->nothing, zero);
	v->op = SOCKOPT_OP_DENY;
	v->error = EPERM;
	v->rule = SOCKOPT_NO_RULE;
	v->step = v->fill = v->offset = v->width = v->value = v->flags = zero;
	v->level = (__u32)ctx->level;
	v->optname = (__u32)ctx->optname;
	v->optlen = ctx->optlen;
	sockopt_forget(v->op, zero);
	sockopt_forget(v->error, zero);
	sockopt_forget(v->rule, zero);
	sockopt_forget(v->level, zero);
	sockopt_forget(v->optname, zero);
	sockopt_forget(v->optlen, zero);
	if (policy->magic != SOCKOPT_MAGIC)
		return 1;
	w->index = sockopt_first(policy, (__u32)ctx->level, (__u32)ctx->optname, get, bounds);
	return 0;
}

/* One step. Returns 1 where the walk ends: with a verdict, or with the one that begin() left, which
 * denies. */
SOCKOPT_INLINE int sockopt_walk_step(struct sockopt_walk *w, int get,
				     const struct sockopt_bounds *bounds)
{
	const struct sockopt_step *step = sockopt_step(w->policy, w->index, bounds);
	struct sockopt_verdict *v = &w->v;
	__u64 zero = w->policy->zero, yes = zero, op;
	int found;

	if (!step)
		return 1;
	op = step->op;
	if (op >= SOCKOPT_OP_ALLOW) {
		v->op = op;
		v->error = step->a;
		v->rule = step->rule;
		v->step = w->index;
		return 1;
	}
	if (op == SOCKOPT_OP_RANGE) {
		yes = w->acc >= step->a && w->acc <= step->b;
	} else if (op == SOCKOPT_OP_VALUE || op == SOCKOPT_OP_TEXT) {
		found = sockopt_look(w, step, get, zero);
		if (found < 0) {
			v->error = EINVAL + zero;
			v->rule = step->rule;
			v->step = w->index;
			return 1;
		}
		yes = (__u64)found;
	} else if (op == SOCKOPT_OP_WORD) {
		__u64 n = w->length > step->offset ? w->length - step->offset : zero;

		yes = (sockopt_load(w->ctx, step->offset, n) & step->a) == step->b;
	} else if (op == SOCKOPT_OP_LENGTH) {
		yes = w->length >= step->a && w->length <= step->b;
	} else if (op == SOCKOPT_OP_SOCKET) {
		yes = sockopt_bit(step->a, w->ctx->sk->family) &&
		      sockopt_bit(step->b, w->ctx->sk->type);
	} else if (op == SOCKOPT_OP_PROTOCOL) {
		yes = w->ctx->sk->protocol >= step->a && w->ctx->sk->protocol <= step->b;
	} else {
		v->level = step->a;
		v->optname = step->b;
		yes = 1;
	}
	w->index = yes ? step->yes : step->no;
	sockopt_forget(w->index, zero);
	sockopt_forget(w->length, zero);
	sockopt_forget(w->acc, zero);
	sockopt_forget(v->value, zero);
	sockopt_forget(v->width, zero);
	sockopt_forget(v->offset, zero);
	sockopt_forget(v->fill, zero);
	sockopt_forget(v->optlen, zero);
	sockopt_forget(v->level, zero);
	sockopt_forget(v->optname, zero);
	sockopt_forget(v->flags, zero);
	return 0;
}

/*
 * What @policy says of the call. Reads only. A policy that was never written, or whose walk does
 * not end within the bounds, denies: that protects against our own mistakes.
 */
SOCKOPT_INLINE void sockopt_decide(const struct sockopt_policy *policy, struct bpf_sockopt *ctx,
				   int get, const struct sockopt_bounds *bounds,
				   struct sockopt_verdict *v)
{
	struct sockopt_walk w;

	if (!sockopt_walk_begin(&w, policy, ctx, get, bounds)) {
		for (__u64 i = 0; i < SOCKOPT_LARGE_STEPS && i < bounds->steps; i++) {
			if (sockopt_walk_step(&w, get, bounds))
				break;
		}
	}
	*v = w.v;
}

/* ---- the effect ---- */

/* Put the low @length (at most 8) bytes of @word at @offset, as many as find room. Returns how
 * many. */
SOCKOPT_ONCE __u64 sockopt_store_some(struct bpf_sockopt *ctx, __u64 offset, __u64 length,
				      __u64 word)
{
	__u8 *p = (__u8 *)(long)ctx->optval + (offset & (SOCKOPT_PAGE - 1));
	__u8 *end = (__u8 *)(long)ctx->optval_end;
	__u64 i;

	if (length >= 8 && p + 8 <= end) {
		*(__u64 *)p = word;
		return 8;
	}
	for (i = 0; i < 8 && i < length; i++) {
		if (p + i + 1 > end)
			break;
		p[i] = (__u8)(word >> i * 8);
	}
	return i;
}

/* Put @length bytes at @value, which has SOCKOPT_VALUE_MAX, into the buffer. Returns how many found
 * room. */
SOCKOPT_INLINE __u64 sockopt_copy_in(struct bpf_sockopt *ctx, const __u8 *value, __u64 length)
{
	__u64 done = 0;

	for (__u64 i = 0; i < SOCKOPT_VALUE_MAX && i < length; i += 8)
		done += sockopt_store_some(ctx, i, length - i, *(const __u64 *)(value + i));
	return done;
}

/* What CLAMP or MASK with the operands @a and @b makes of @value. */
SOCKOPT_ONCE __u64 sockopt_edit(__u64 op, __u64 value, __u64 a, __u64 b, __u64 flags)
{
	__u64 bias = flags & SOCKOPT_SIGNED ? SOCKOPT_BIAS : 0;

	if (op == SOCKOPT_OP_MASK)
		return (value & a) | b;
	if ((value ^ bias) < a)
		return a ^ bias;
	if ((value ^ bias) > b)
		return b ^ bias;
	return value;
}

/* REPLACE and ANSWER. Returns 0, or -1 where the value does not fit. */
SOCKOPT_INLINE int sockopt_put(const struct sockopt_policy *policy, struct bpf_sockopt *ctx,
			       int get, const struct sockopt_bounds *bounds,
			       const struct sockopt_step *step, const struct sockopt_verdict *v)
{
	const __u8 *value;
	__u64 done;

	if (get ? v->op == SOCKOPT_OP_REPLACE && ctx->retval < 0
		: ctx->optlen == SOCKOPT_SKIP_KERNEL)
		return 0;
	value = sockopt_cell(policy, step->offset / SOCKOPT_CELL, SOCKOPT_VALUE_MAX, bounds);
	if (!value)
		return -1;
	done = sockopt_copy_in(ctx, value, step->size);
	if (get) {
		/* More than the caller's buffer holds would be EFAULT: it gets the beginning. */
		ctx->optlen = (__s32)done;
		ctx->retval = 0;
		return 0;
	}
	/* At optlen 0 the kernel would take the caller's value after all. */
	if (!done || done != step->size)
		return -1;
	ctx->level = (__s32)v->level;
	ctx->optname = (__s32)v->optname;
	ctx->optlen = (__s32)done;
	return 0;
}

/*
 * Carry out @v: value, length, level and option, and for getsockopt retval. DENY, EMULATE and the
 * errno are the caller's. Where the value cannot be put in place, @v becomes DENY with EINVAL.
 */
SOCKOPT_INLINE void sockopt_apply(const struct sockopt_policy *policy, struct bpf_sockopt *ctx,
				  int get, const struct sockopt_bounds *bounds,
				  struct sockopt_verdict *v)
{
	const struct sockopt_step *step;
	__u64 value;

	if (v->op == SOCKOPT_OP_IGNORE && !get)
		ctx->optlen = SOCKOPT_SKIP_KERNEL;
	if (v->op == SOCKOPT_OP_DENY || v->op == SOCKOPT_OP_EMULATE || v->op == SOCKOPT_OP_IGNORE)
		return;
	step = sockopt_step(policy, v->step, bounds);
	if (!step)
		return sockopt_refuse(v, EINVAL);
	if (v->op == SOCKOPT_OP_REPLACE || v->op == SOCKOPT_OP_ANSWER) {
		if (sockopt_put(policy, ctx, get, bounds, step, v))
			sockopt_refuse(v, EINVAL);
		return;
	}
	if (v->op == SOCKOPT_OP_CLAMP || v->op == SOCKOPT_OP_MASK) {
		value = sockopt_edit(v->op, v->value, step->a, step->b, v->flags);
		/* Four bytes could not say "beyond 32 bits, yet not unlimited". */
		if (!get && v->flags & SOCKOPT_WIDE && value != v->value)
			v->fill = 8;
		if (get && v->flags & SOCKOPT_SHORT_BYTE && v->width == 1 && value > 0xff)
			return sockopt_refuse(v, EINVAL);
		/* Four bytes tell what is beyond them as "unlimited", as the kernel does. */
		if (get && v->flags & SOCKOPT_WIDE && v->width == 4 && value > 0xffffffff)
			value = ~0ull;
		if (value != v->value && !v->fill && sockopt_store(ctx, v->offset, v->width, value))
			return sockopt_refuse(v, EINVAL);
		v->value = value;
	}
	if (v->fill) {
		if (sockopt_store(ctx, 0, v->fill, v->value))
			return sockopt_refuse(v, EINVAL);
		v->optlen = (__s64)v->fill;
	}
	if (get)
		return;
	if (ctx->optlen != (__s32)v->optlen)
		ctx->optlen = (__s32)v->optlen;
	if (ctx->level != (__s32)v->level)
		ctx->level = (__s32)v->level;
	if (ctx->optname != (__s32)v->optname)
		ctx->optname = (__s32)v->optname;
}

#endif
