// SPDX-License-Identifier: Apache-2.0
/*
 * Values as they were passed, to values as the kernel reads them. The engine's own reading is
 * used, so that the very calls that were seen pass the rule that is made of them.
 */
#include <string.h>

#include "policy/emit.h"
#include "policy/span.h"
#include "policy/utf8.h"

static const char unreadable[] = "any value: a length was seen that no rule can read";
static const char unknown[] = "any value: nothing is known of its type";
static const char opaque[] = "any value: bytes without a meaning here";
static const char not_kept[] = "any value: not all that were seen are known";
static const char not_said[] = "any value: it has parts that a rule cannot name";

/* How the value of @optlen bytes is read: SOCKOPT_LOOK_*; *@ret_length of its bytes count. */
static uint64_t look(const struct sockopt_step *read, struct bpf_sockopt *ctx, uint64_t *ret_length)
{
	uint64_t found = sockopt_look_value(ctx, ctx->optlen,
					    read->offset | (uint64_t)read->size << 16 |
						    (uint64_t)read->width << 32,
					    read->flags, 0);

	*ret_length = sockopt_look_length(found);
	return sockopt_look_kind(found);
}

/* Bytes behind those that were kept are behind all that a number, or most names, can have. */
static size_t kept(size_t optlen)
{
	return optlen < OBSERVED_BYTES ? optlen : OBSERVED_BYTES;
}

static bool add_number(const struct sockopt_step *read, const uint8_t *bytes, size_t optlen,
		       struct span *span)
{
	_Alignas(8) uint8_t room[SOCKOPT_MIN_ROOM] = {0};
	struct bpf_sockopt ctx = {.optlen = (int32_t)optlen};
	uint64_t length, raw = 0, kind;

	memcpy(room, bytes, optlen);
	ctx.optval = room;
	ctx.optval_end = room + sizeof(room);
	kind = look(read, &ctx, &length);
	if (kind == SOCKOPT_LOOK_REFUSE)
		return false;
	if (kind == SOCKOPT_LOOK_LOAD)
		raw = sockopt_load(&ctx, read->offset, length);
	span_add_number(span, sockopt_norm(raw, length, read->width, read->flags) ^ read->b);
	return true;
}

/*
 * All bits set is not what the kernel takes it for, so the greatest of the others counts; where
 * no other is negative that is the greatest signed one.
 */
static void add_minus_1(const struct sockopt_step *read, const struct observed *o, uint64_t top,
			struct span *span)
{
	uint64_t high = o->smin == -1 && o->smax >= 0 ? (uint64_t)o->smax : top - 1;

	span_add_number(span, sockopt_norm(top, read->width, read->width, read->flags));
	if (o->umin != top)
		span_add_range(span, o->umin, high);
}

/* Values of which the bounds alone are known. Returns whether they say enough. */
static bool add_bounds(const struct sockopt_step *read, const struct observed *o, struct span *span)
{
	_Alignas(8) uint8_t room[SOCKOPT_MIN_ROOM] = {0};
	struct bpf_sockopt ctx = {.optlen = (int32_t)o->length};
	uint64_t length, top, kind;

	ctx.optval = room;
	ctx.optval_end = room + sizeof(room);
	kind = look(read, &ctx, &length);
	if (kind == SOCKOPT_LOOK_REFUSE)
		return false;
	if (kind == SOCKOPT_LOOK_ZERO) {
		span_add_number(span, read->b);
		return true;
	}
	top = ~0ull >> (64 - 8 * length);
	/* bytes beyond those that count: any of these may stand below them */
	if (length < o->length && o->umax > top)
		return false;
	if (length == read->width && read->flags & SOCKOPT_SIGNED) {
		if (length < o->length && o->umax > top / 2)
			return false;
		span_add_range(span, (length < o->length ? o->umin : (uint64_t)o->smin) ^ read->b,
			       (length < o->length ? o->umax : (uint64_t)o->smax) ^ read->b);
	} else if (length == read->width && o->umax == top &&
		   read->flags & (SOCKOPT_MINUS_1_0 | SOCKOPT_MINUS_1_1)) {
		if (length < o->length)
			return false;
		add_minus_1(read, o, top, span);
	} else {
		span_add_range(span,
			       sockopt_norm(o->umin, length, read->width, read->flags) ^ read->b,
			       sockopt_norm(o->umax, length, read->width, read->flags) ^ read->b);
	}
	return true;
}

static void numbers(const struct observed *o, const struct option_type *type, struct span *ret)
{
	static const uint8_t nothing[1];
	struct sockopt_step read = {0};
	bool all = !o->more && o->n_values, readable = true;

	span_begin(ret, SPAN_NUMBERS);
	emit_read(&read, type, NULL);
	if (!o->length) {
		readable = add_number(&read, nothing, 0, ret);
	} else if (all) {
		for (size_t i = 0; i < o->n_values && readable; i++)
			readable = add_number(&read, o->values[i].bytes, kept(o->values[i].length),
					      ret);
	} else if (o->length > 8 || !add_bounds(&read, o, ret)) {
		span_set_any(ret, not_kept);
	}
	if (!readable) {
		span_begin(ret, SPAN_ANY);
		ret->why = unreadable;
	}
}

bool span_is_plain(const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length;) {
		size_t n = utf8_char(bytes + i, length - i);

		if (!n || bytes[i] < ' ' || bytes[i] == 0x7f ||
		    (bytes[i] == 0xc2 && bytes[i + 1] < 0xa0))
			return false;
		i += n;
	}
	return true;
}

static const char *name(const uint8_t *bytes, size_t length, const struct option_type *type,
			struct datum *ret)
{
	size_t n;

	length = length < type->size ? length : type->size;
	n = strnlen((const char *)bytes, kept(length));
	if (n == OBSERVED_BYTES && length > n)
		return not_kept;
	if (!span_is_plain(bytes, n))
		return not_said;
	ret->length = (uint8_t)n;
	memcpy(ret->bytes, bytes, n);
	return NULL;
}

/* The struct that a literal of all named fields would make, if it is the one that was seen. */
static const char *fields(const uint8_t *bytes, size_t length, const struct option_type *type,
			  struct datum *ret)
{
	uint8_t rest[DATUM_MAX];

	if (length < type->size)
		return unreadable;
	if (type->size > OBSERVED_BYTES)
		return not_kept;
	memcpy(rest, bytes, type->size);
	ret->length = (uint8_t)type->size;
	for (const struct option_field *f = type->fields; f->name; f++) {
		bool set = false;

		for (size_t i = f->offset; i < (size_t)f->offset + f->width; i++)
			set |= rest[i];
		memcpy(ret->bytes + f->offset, rest + f->offset, f->width);
		if (f->is_flag) {
			memset(ret->bytes + f->offset, 0, f->width);
			ret->bytes[f->offset] = set;
		}
		memset(rest + f->offset, 0, f->width);
	}
	for (size_t i = 0; i < type->size; i++)
		if (rest[i])
			return not_said;
	return NULL;
}

static void data(const struct observed *o, const struct option_type *type, struct span *ret)
{
	static const uint8_t nothing[1];
	const char *why = o->more || (o->length && !o->n_values) ? not_kept : NULL;
	bool text = type->kind == VALUE_STRING;

	span_begin(ret, SPAN_DATA);
	for (size_t i = 0; i < (o->length ? o->n_values : 1) && !why; i++) {
		const uint8_t *bytes = o->length ? o->values[i].bytes : nothing;
		size_t length = o->length ? o->values[i].length : 0;
		struct datum datum = {0};

		why = text ? name(bytes, length, type, &datum)
			   : fields(bytes, length, type, &datum);
		span_add_datum(ret, &datum);
	}
	if (why)
		span_set_any(ret, why);
}

void span_of_observed(const struct observed *o, const struct option_type *type, struct span *ret)
{
	span_begin(ret, SPAN_ANY);
	if (!type || type->kind == VALUE_NONE)
		ret->why = unknown;
	else if (type->kind == VALUE_INT)
		numbers(o, type, ret);
	else if (type->kind == VALUE_BYTES)
		ret->why = opaque;
	else
		data(o, type, ret);
}
