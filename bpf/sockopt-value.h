/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The value of one call: what the kernel would make of it, at which optlen the kernel acts on what
 * was read, and putting another in its place. Knows no policy.
 */
#ifndef SOCKOPT_VALUE_H
#define SOCKOPT_VALUE_H

#include <linux/bpf.h>
#include <linux/errno.h>

#include "sockopt-table.h"

/* ---- reading and writing the value ---- */

/*
 * Whether the buffer that the kernel lent holds @end bytes: setsockopt max(16, optlen), getsockopt
 * the caller's optlen, at most a page.
 */
SOCKOPT_ONCE int sockopt_room(struct bpf_sockopt *ctx, __u64 end)
{
	__u8 *p = (__u8 *)(long)ctx->optval;

	if (end > SOCKOPT_PAGE)
		return 0;
	return p + end <= (__u8 *)(long)ctx->optval_end;
}

/*
 * @length (8 at most) bytes at @offset as a word, the rest 0. The caller has made sure of the room.
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

/*
 * Put the low @length (1, 2, 4 or 8) bytes of @word at @offset. Returns 0, or -1 beyond the buffer.
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

/*
 * What sockopt_look_value() and sockopt_look_text() found; packed, for a
 * global function returns one scalar.
 */
#define SOCKOPT_LOOK_LOAD   0ull /* read it */
#define SOCKOPT_LOOK_ZERO   1ull /* the kernel takes this length as the value 0 */
#define SOCKOPT_LOOK_REFUSE 2ull /* the value cannot be read safely */
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

/*
 * The same for a string or bytes of at most @size; the length found is
 * what the kernel would look at.
 */
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

/* ---- putting a value in place ---- */

/*
 * Put the low @length (at most 8) bytes of @word at @offset, as many
 * as find room. Returns how many.
 */
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

/* Put the first @length bytes of @from into the buffer at @offset. Returns how many found room. */
SOCKOPT_INLINE __u64 sockopt_put_words(struct bpf_sockopt *ctx, const struct sockopt_block *from,
				       __u64 offset, __u64 length)
{
	__u64 done = 0;

	for (__u64 i = 0; i < SOCKOPT_BLOCK / 8 && i * 8 < length; i++)
		done += sockopt_store_some(ctx, offset + i * 8, length - i * 8, from->words[i]);
	return done;
}

/* Fill @to with the @length bytes at @offset of the buffer, which has them. */
SOCKOPT_INLINE __u64 sockopt_take_words(struct bpf_sockopt *ctx, struct sockopt_block *to,
					__u64 offset, __u64 length)
{
	for (__u64 i = 0; i < SOCKOPT_BLOCK / 8 && i * 8 < length; i++)
		to->words[i] = sockopt_load(ctx, offset + i * 8, length - i * 8);
	return 0;
}

/* The same where global functions take pointers, see struct sockopt_bounds. */
SOCKOPT_ONCE __u64 sockopt_put_apart(struct bpf_sockopt *ctx, const struct sockopt_block *from,
				     __u64 offset, __u64 length)
{
	return from ? sockopt_put_words(ctx, from, offset, length) : 0;
}

SOCKOPT_ONCE __u64 sockopt_take_apart(struct bpf_sockopt *ctx, struct sockopt_block *to,
				      __u64 offset, __u64 length)
{
	return to ? sockopt_take_words(ctx, to, offset, length) : 0;
}

/* Put the first @length bytes of @value into the buffer. Returns how many found room. */
SOCKOPT_INLINE __u64 sockopt_copy_in(struct bpf_sockopt *ctx, const struct sockopt_value *value,
				     __u64 length, int apart)
{
	const struct sockopt_block *from = value->blocks;
	__u64 done = 0;

	for (__u64 i = 0; i < SOCKOPT_VALUE_MAX && i < length; i += SOCKOPT_BLOCK, from++)
		done += apart ? sockopt_put_apart(ctx, from, i, length - i)
			      : sockopt_put_words(ctx, from, i, length - i);
	return done;
}

/* Fill @value with the first @length bytes of the buffer, which has them. */
SOCKOPT_INLINE void sockopt_copy_out(struct bpf_sockopt *ctx, struct sockopt_value *value,
				     __u64 length, int apart)
{
	struct sockopt_block *to = value->blocks;

	for (__u64 i = 0; i < SOCKOPT_VALUE_MAX && i < length; i += SOCKOPT_BLOCK, to++) {
		if (apart)
			sockopt_take_apart(ctx, to, i, length - i);
		else
			sockopt_take_words(ctx, to, i, length - i);
	}
}

/* What CLAMP or MASK with the operands @a and @b makes of @value. */
SOCKOPT_INLINE __u64 sockopt_edit(__u64 op, __u64 value, __u64 a, __u64 b, __u64 flags)
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

#endif
