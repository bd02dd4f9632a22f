/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy language a second time, as slowly and plainly as it is written down: all rules in
 * order, values as mathematical integers, strings and bytes as lists. It shares nothing with
 * compiler or engine but the checked policy, the table of types and the literals' bytes.
 */
#ifndef TEST_NAIVE_H
#define TEST_NAIVE_H

#include "policy/value.h"
#include "test/engine.h"

typedef __int128 integer;

enum value_state {
	VALUE_READ,
	VALUE_ABSENT,
	VALUE_UNSAFE,
};

struct value {
	enum value_state state;
	integer number;
	uint8_t bytes[PAGE];
	size_t length;
};

/* What a call comes to. */
struct naive {
	enum policy_action action; /* the last word; DENY with @error */
	int error;
	const struct policy_rule *rule; /* NULL: the default */
	const struct option_type *type; /* of @value, */
	const char *field;		/* or of this field of it */
	bool looked;			/* at the value: it must be settled */
	bool literal;			/* @value is bytes, to be met as they are */
	struct value value; /* what the kernel, or for getsockopt the caller, must see */
	uint32_t level, optname;
};

static inline integer literal_integer(const struct literal *l)
{
	return l->negative ? -(integer)l->magnitude : (integer)l->magnitude;
}

static inline integer two_to(unsigned int n)
{
	return (integer)1 << n;
}

/* The integer in @width bytes at @bytes. */
static inline integer number_at(const uint8_t *bytes, unsigned int width, bool is_signed)
{
	integer n = 0;

	for (unsigned int i = 0; i < width; i++)
		n += (integer)bytes[i] << 8 * i;
	return is_signed && n >= two_to(8 * width - 1) ? n - two_to(8 * width) : n;
}

/* The bits of @n in @width bytes. */
static inline integer bits(integer n, unsigned int width)
{
	return n & (two_to(8 * width) - 1);
}

static inline unsigned int whole_width(const struct option_type *type)
{
	return type->norm == NORM_LOW8 ? 1 : type->wide ? 8 : type->size;
}

/* What the kernel makes of an integer of the type's own width. */
static inline integer normal(integer n, const struct option_type *type)
{
	integer all = two_to(8 * type->size) - 1;

	switch (type->norm) {
	case NORM_BOOL:
		return n != 0;
	case NORM_LOW8:
		return bits(n, 1);
	case NORM_MINUS_1_0:
		return n == all ? 0 : n;
	case NORM_MINUS_1_1:
		return n == all ? 1 : n;
	case NORM_NONE:
		break;
	}
	return n;
}

static inline void read_integer(const struct option_type *type, const uint8_t *bytes,
				int32_t optlen, bool get, struct value *v)
{
	v->state = VALUE_READ;
	if (type->wide && optlen >= 8)
		v->number = number_at(bytes, 8, false);
	else if (optlen >= type->size)
		v->number = normal(number_at(bytes, type->size, type->is_signed), type);
	else if (type->shorter == SHORTER_BYTE && (get ? optlen == 1 : optlen > 0))
		v->number = type->norm == NORM_BOOL ? bytes[0] != 0 : bytes[0];
	else if (type->shorter != SHORTER_REFUSED && !get)
		v->number = 0;
	else
		v->state = VALUE_UNSAFE;
	if (type->wide && v->state == VALUE_READ && optlen < 8 && v->number == two_to(32) - 1)
		v->number = two_to(64) - 1;
}

static inline void read_list(const struct option_type *type, const uint8_t *bytes, int32_t optlen,
			     bool get, struct value *v)
{
	size_t length = (size_t)optlen, size = type->size;

	v->state = VALUE_READ;
	v->length = size && length > size ? size : length;
	if (type->kind == VALUE_STRING) {
		if (get && length && length < size && bytes[length - 1])
			v->state = VALUE_UNSAFE;
		v->length = strnlen((const char *)bytes, v->length);
	} else if (size) {
		if (length < size)
			v->state = VALUE_UNSAFE;
	} else if (length > PAGE || (!length && !get)) {
		v->state = VALUE_UNSAFE;
	}
	if (v->state == VALUE_READ)
		memcpy(v->bytes, bytes, v->length);
}

/* The value of @type (@field) in a buffer of a page, the rest of it 0, for a caller's @optlen. */
static inline void read_value(const struct option_type *type, const char *field,
			      const uint8_t *bytes, int32_t optlen, bool get, struct value *v)
{
	const struct option_field *f = field ? value_field(type, field) : NULL;

	memset(v, 0, sizeof(*v));
	if (optlen < 0 || (f && optlen < f->offset + f->width))
		v->state = VALUE_UNSAFE;
	else if (f)
		v->number = number_at(bytes + f->offset, f->width, f->is_signed);
	else if (type->kind == VALUE_INT)
		read_integer(type, bytes, optlen, get, v);
	else
		read_list(type, bytes, optlen, get, v);
}

static inline void encode(const struct literal *l, const struct option_type *type, struct value *v)
{
	memset(v, 0, sizeof(*v));
	if (value_encode(l, type, v->bytes, &v->length, NULL))
		abort();
}

static inline bool equals(const struct literal *l, const struct option_type *type,
			  const struct value *v)
{
	struct value want;

	encode(l, type, &want);
	if (type->kind == VALUE_STRING)
		want.length = strnlen((const char *)want.bytes, want.length);
	return want.length == v->length && !memcmp(want.bytes, v->bytes, v->length);
}

static inline bool test_holds(const struct value_test *t, const struct option_type *type,
			      unsigned int width, bool is_integer, const struct value *v)
{
	bool listed = !t->n_one_of;
	integer n = v->number, mask = two_to(64) - 1;

	if (t->has_mask) {
		mask = (integer)t->mask;
		n = bits(n, width) & mask;
	}
#define OPERAND(l) (t->has_mask ? bits(literal_integer(l), width) : literal_integer(l))
	if (t->min.kind != LITERAL_NONE && n < OPERAND(&t->min))
		return false;
	if (t->max.kind != LITERAL_NONE && n > OPERAND(&t->max))
		return false;
	for (size_t i = 0; i < t->n_one_of; i++)
		listed |= is_integer ? n == OPERAND(&t->one_of[i]) : equals(&t->one_of[i], type, v);
#undef OPERAND
	return listed;
}

static inline bool where_holds(const struct policy_rule *rule, const struct option_type *type,
			       const struct value *v)
{
	const struct option_field *f =
		rule->where_field ? value_field(type, rule->where_field) : NULL;
	unsigned int width = f ? f->width : whole_width(type);
	bool is_integer = f || type->kind == VALUE_INT;

	return test_holds(&rule->where, type, width, is_integer, v) &&
	       !(rule->has_not && test_holds(&rule->where_not, type, width, is_integer, v));
}

static inline integer edited(const struct policy_rule *rule, const struct option_type *type,
			     integer n)
{
	const struct option_field *f = rule->field ? value_field(type, rule->field) : NULL;
	unsigned int width = f ? f->width : whole_width(type);
	bool is_signed = f ? f->is_signed : type->is_signed;

	if (rule->action == ACTION_REPLACE)
		return literal_integer(&rule->value);
	if (rule->action == ACTION_MASK) {
		n = bits(n, width);
		if (rule->keep.kind != LITERAL_NONE)
			n &= bits(literal_integer(&rule->keep), width);
		if (rule->set.kind != LITERAL_NONE)
			n |= bits(literal_integer(&rule->set), width);
		return is_signed && n >= two_to(8 * width - 1) ? n - two_to(8 * width) : n;
	}
	if (rule->min.kind != LITERAL_NONE && n < literal_integer(&rule->min))
		return literal_integer(&rule->min);
	if (rule->max.kind != LITERAL_NONE && n > literal_integer(&rule->max))
		return literal_integer(&rule->max);
	return n;
}

static inline const struct policy_key *named(const struct policy_rule *rule,
					     const struct call *call)
{
	for (size_t i = 0; i < rule->n_keys; i++) {
		const struct policy_key *key = &rule->keys[i];

		if ((key->call == CALL_GETSOCKOPT) == call->get &&
		    (key->kind == PATTERN_ALL ||
		     (key->level == call->level &&
		      (key->kind == PATTERN_LEVEL || key->optname == call->optname))))
			return key;
	}
	return NULL;
}

static inline bool socket_fits(const struct socket_filter *s, const struct call *call)
{
	bool found = !s->n_protocols;

	for (size_t i = 0; i < s->n_protocols; i++)
		found |= s->protocols[i] == call->protocol;
	return found && (!s->families || s->families >> call->family & 1) &&
	       (!s->types || s->types >> call->type & 1);
}

/* Look at the value as @type; false where that ends the matter. */
static inline bool look(struct naive *n, const struct option_type *type, const char *field,
			const uint8_t *buffer, int32_t optlen, const struct call *call)
{
	if (call->get ? call->retval < 0 : call->nested == -1) {
		n->value.state = VALUE_ABSENT;
		return true;
	}
	n->looked = true;
	n->type = type;
	n->field = field;
	read_value(type, field, buffer, optlen, call->get, &n->value);
	if (n->value.state == VALUE_UNSAFE) {
		n->action = ACTION_DENY;
		n->error = EINVAL;
	}
	return n->value.state == VALUE_READ;
}

static inline void act(struct naive *n, const struct policy_rule *rule,
		       const struct option_type *type, const uint8_t *buffer, int32_t optlen,
		       const struct call *call)
{
	bool bounded = rule->min.kind != LITERAL_NONE || rule->max.kind != LITERAL_NONE;

	n->rule = rule;
	n->action = rule->action;
	n->error = rule->deny_errno;
	if (rule->action == ACTION_REDIRECT) {
		type = rule->to.type;
		n->level = rule->to.level;
		n->optname = rule->to.optname;
	}
	if ((rule->action == ACTION_REPLACE && !rule->field) || rule->action == ACTION_ANSWER ||
	    (rule->action == ACTION_REDIRECT && rule->value.kind != LITERAL_NONE)) {
		encode(&rule->value, type, &n->value);
		n->literal = n->looked = true;
		return;
	}
	if (rule->action != ACTION_CLAMP && rule->action != ACTION_MASK &&
	    rule->action != ACTION_REPLACE && rule->action != ACTION_REDIRECT)
		return;
	if (!look(n, type, rule->field, buffer, optlen, call) || n->value.state == VALUE_ABSENT)
		return;
	if (rule->action != ACTION_REDIRECT || bounded)
		n->value.number = edited(rule, type, n->value.number);
}

/* What becomes of @call, whose value stands in @buffer (a page) with @optlen. */
static inline void naive_decide(const struct policy *policy, const struct call *call,
				const uint8_t *buffer, int32_t optlen, struct naive *n)
{
	memset(n, 0, sizeof(*n));
	n->level = call->level;
	n->optname = call->optname;
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct policy_rule *rule = &policy->rules[i];
		const struct policy_key *key = named(rule, call);

		if (!key || !socket_fits(&rule->sockets, call))
			continue;
		if (rule->has_where) {
			if (!look(n, key->type, rule->where_field, buffer, optlen, call) &&
			    n->action == ACTION_DENY)
				return;
			if (n->value.state == VALUE_ABSENT ||
			    !where_holds(rule, key->type, &n->value))
				continue;
		}
		act(n, rule, key->type, buffer, optlen, call);
		return;
	}
	n->action = policy->deny_by_default[call->get] ? ACTION_DENY : ACTION_ALLOW;
	n->error = policy->default_errno;
}

#endif
