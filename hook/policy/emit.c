// SPDX-License-Identifier: Apache-2.0
/*
 * One rule as steps: sockets, where, action. Knows the ABI's steps; the
 * order of rules is compile.c's.
 */
#include "policy/emit.h"

#include <stdlib.h>
#include <string.h>

#include "policy/value.h"

int emit_step(struct emit *e, const struct sockopt_step *step, uint16_t *ret, struct error *err)
{
	int test = step->op < SOCKOPT_OP_ALLOW, redirect = step->op == SOCKOPT_OP_REDIRECT;
	uint16_t yes, no;

	for (size_t i = 0; i < e->n_steps; i++) {
		if (!memcmp(&e->steps[i], step, sizeof(*step))) {
			*ret = (uint16_t)i;
			return 0;
		}
	}
	if (e->n_steps == EMIT_STEPS_MAX)
		return error_set(err, E2BIG, "too many conditions: at most %zu steps after merging",
				 EMIT_STEPS_MAX);
	yes = test ? e->depth[step->yes] : 0;
	no = test && !redirect ? e->depth[step->no] : 0;
	e->depth[e->n_steps] = (uint16_t)(1 + (yes > no ? yes : no));
	e->steps[e->n_steps] = *step;
	*ret = (uint16_t)e->n_steps++;
	return 0;
}

static int add_value(struct emit *e, const uint8_t *bytes, size_t length, struct error *err)
{
	if (e->n_values == EMIT_VALUES_MAX)
		return error_set(err, E2BIG, "too many values: at most %d", EMIT_VALUES_MAX);
	if (e->n_values == e->values_size) {
		size_t size = e->values_size ? 2 * e->values_size : 8;
		struct emit_value *values = reallocarray(e->values, size, sizeof(*values));

		if (!values)
			return error_set(err, ENOMEM, "out of memory");
		e->values = values;
		e->values_size = size;
	}
	memcpy(e->values[e->n_values].bytes, bytes, length);
	e->values[e->n_values++].length = (uint16_t)length;
	return 0;
}

static int emit_value(struct emit *e, const uint8_t *bytes, size_t length,
		      struct sockopt_step *step, struct error *err)
{
	size_t i;

	for (i = 0; i < e->n_values; i++) {
		if (e->values[i].length == length && !memcmp(e->values[i].bytes, bytes, length))
			break;
	}
	step->offset = (uint16_t)i;
	step->size = (uint16_t)length;
	return i == e->n_values ? add_value(e, bytes, length, err) : 0;
}

void emit_read(struct sockopt_step *step, const struct option_type *type, const char *field)
{
	static const uint8_t norms[] = {
		[NORM_BOOL] = SOCKOPT_BOOL,
		[NORM_LOW8] = SOCKOPT_LOW,
		[NORM_MINUS_1_0] = SOCKOPT_MINUS_1_0,
		[NORM_MINUS_1_1] = SOCKOPT_MINUS_1_1,
	};
	static const uint8_t shorter[] = {
		[SHORTER_BYTE] = SOCKOPT_SHORT_BYTE,
		[SHORTER_ZERO] = SOCKOPT_SHORT_ZERO,
	};
	const struct option_field *f = field ? value_field(type, field) : NULL;

	step->op = SOCKOPT_OP_VALUE;
	step->size = type->size;
	step->a = ~0ull;
	if (f) {
		step->offset = f->offset;
		step->width = f->width;
		step->flags = (f->is_signed ? SOCKOPT_SIGNED : 0) | (f->is_flag ? SOCKOPT_BOOL : 0);
	} else {
		step->width = (uint8_t)type->size;
		step->flags = (type->is_signed ? SOCKOPT_SIGNED : 0) |
			      (type->wide ? SOCKOPT_WIDE : 0) | norms[type->norm] |
			      shorter[type->shorter];
	}
	if (!f && type->norm == NORM_LOW8) {
		step->width = 1;
		step->flags &= (uint8_t)~SOCKOPT_SIGNED;
	}
	step->b = step->flags & SOCKOPT_SIGNED ? SOCKOPT_BIAS : 0;
}

void emit_text(struct sockopt_step *step, const struct option_type *type)
{
	step->op = SOCKOPT_OP_TEXT;
	step->size = type ? type->size : 0;
	if (type && type->kind == VALUE_STRING)
		step->flags = SOCKOPT_STRING;
	else if (step->size)
		step->flags = SOCKOPT_FIXED;
}

/* A step of its own for the same rule. */
static struct sockopt_step derive(const struct sockopt_step *base, uint8_t op)
{
	struct sockopt_step step = {.op = op, .rule = base->rule, .log = base->log};

	return step;
}

static int emit_plain(struct emit *e, const struct sockopt_step *base, uint8_t op, uint64_t a,
		      uint16_t *ret, struct error *err)
{
	struct sockopt_step step = derive(base, op);

	step.a = a;
	return emit_step(e, &step, ret, err);
}

/* Read the value, then the verdict @verdict; where there is no value, ALLOW. */
static int emit_edit(struct emit *e, const struct sockopt_step *base,
		     const struct option_type *type, const char *field,
		     const struct sockopt_step *verdict, uint16_t *ret, struct error *err)
{
	struct sockopt_step read = derive(base, SOCKOPT_OP_VALUE);
	int r;

	emit_read(&read, type, field);
	r = emit_step(e, verdict, &read.yes, err);
	if (!r)
		r = emit_plain(e, base, SOCKOPT_OP_ALLOW, 0, &read.no, err);
	return r ?: emit_step(e, &read, ret, err);
}

/* A bound of a clamp in the form that compares unsigned; @missing where the policy gives none. */
static int bound_of(const struct literal *literal, const struct sockopt_step *read,
		    uint64_t missing, uint64_t *ret, struct error *err)
{
	int r;

	*ret = missing;
	if (literal->kind == LITERAL_NONE)
		return 0;
	r = value_int(literal, read->flags & SOCKOPT_WIDE ? 8 : read->width,
		      read->flags & SOCKOPT_SIGNED, ret, err);
	*ret ^= read->b;
	return r;
}

static int emit_clamp(struct emit *e, const struct sockopt_step *base,
		      const struct policy_rule *rule, const struct option_type *type,
		      const char *field, uint16_t *ret, struct error *err)
{
	struct sockopt_step clamp = derive(base, SOCKOPT_OP_CLAMP), read = {0};
	uint64_t low = 0, high = 0;
	int r;

	emit_read(&read, type, field);
	r = bound_of(&rule->min, &read, 0, &low, err);
	r = r ?: bound_of(&rule->max, &read, ~0ull, &high, err);
	clamp.a = low;
	clamp.b = high;
	return r ?: emit_edit(e, base, type, field, &clamp, ret, err);
}

/* The integer that @literal is in the place that @read reads, as bits. */
static int bits_of(const struct literal *literal, const struct sockopt_step *read, uint64_t missing,
		   uint64_t *ret, struct error *err)
{
	unsigned int width = read->flags & SOCKOPT_WIDE ? 8 : read->width;
	int r;

	*ret = missing;
	if (literal->kind == LITERAL_NONE)
		return 0;
	r = value_int(literal, width, literal->negative, ret, err);
	*ret &= ~0ull >> (64 - width * 8);
	return r;
}

static int emit_mask(struct emit *e, const struct sockopt_step *base, const struct literal *keep,
		     const struct literal *set, const struct option_type *type, const char *field,
		     uint16_t *ret, struct error *err)
{
	struct sockopt_step mask = derive(base, SOCKOPT_OP_MASK), read = {0};
	uint64_t kept = 0, added = 0;
	int r = 0;

	emit_read(&read, type, field);
	if (keep)
		r = bits_of(keep, &read, ~0ull, &kept, err);
	r = r ?: bits_of(set, &read, 0, &added, err);
	mask.a = kept;
	mask.b = added;
	return r ?: emit_edit(e, base, type, field, &mask, ret, err);
}

static int emit_put(struct emit *e, const struct sockopt_step *base, uint8_t op,
		    const struct literal *value, const struct option_type *type, uint16_t *ret,
		    struct error *err)
{
	struct sockopt_step put = derive(base, op);
	uint8_t bytes[POLICY_VALUE_MAX];
	size_t length;
	int r = value_encode(value, type, bytes, &length, err);

	r = r ?: emit_value(e, bytes, length, &put, err);
	return r ?: emit_step(e, &put, ret, err);
}

static int emit_emulate(struct emit *e, const struct sockopt_step *base,
			const struct policy_rule *rule, const struct option_type *type,
			uint16_t *ret, struct error *err)
{
	struct sockopt_step step = derive(base, SOCKOPT_OP_EMULATE);
	uint8_t bytes[POLICY_VALUE_MAX] = {0};
	int fixed = type && type->kind != VALUE_STRING && type->kind != VALUE_NONE && type->size;
	size_t length = fixed ? type->size : 0;
	int r = 0;

	if (length > POLICY_VALUE_MAX)
		return error_set(err, E2BIG, "a value of %zu bytes cannot be kept: at most %d",
				 length, POLICY_VALUE_MAX);
	step.a = fixed ? length : POLICY_VALUE_MAX;
	step.flags = fixed ? SOCKOPT_FIXED : 0;
	if (rule->value.kind != LITERAL_NONE)
		r = value_encode(&rule->value, type, bytes, &length, err);
	r = r ?: emit_value(e, bytes, length, &step, err);
	return r ?: emit_step(e, &step, ret, err);
}

static bool is_integer(const struct option_type *type)
{
	return type && type->kind == VALUE_INT;
}

static int emit_redirect(struct emit *e, const struct sockopt_step *base,
			 const struct policy_rule *rule, uint16_t *ret, struct error *err)
{
	struct sockopt_step step = derive(base, SOCKOPT_OP_REDIRECT);
	struct sockopt_step settle = derive(base, SOCKOPT_OP_TEXT);
	const struct option_type *type = rule->to.type;
	int r;

	if (rule->value.kind != LITERAL_NONE) {
		r = emit_put(e, base, SOCKOPT_OP_REPLACE, &rule->value, type, &step.yes, err);
	} else if (rule->min.kind != LITERAL_NONE || rule->max.kind != LITERAL_NONE) {
		r = emit_clamp(e, base, rule, type, NULL, &step.yes, err);
	} else {
		/* Beyond a page the kernel would forget the new option: settle optlen for it. */
		if (is_integer(type))
			emit_read(&settle, type, NULL);
		else
			emit_text(&settle, type);
		r = emit_plain(e, base, SOCKOPT_OP_ALLOW, 0, &settle.yes, err);
		settle.no = settle.yes;
		r = r ?: emit_step(e, &settle, &step.yes, err);
	}
	step.a = rule->to.level;
	step.b = rule->to.optname;
	return r ?: emit_step(e, &step, ret, err);
}

static int emit_action(struct emit *e, const struct sockopt_step *base,
		       const struct policy_rule *rule, const struct option_type *type,
		       uint16_t *ret, struct error *err)
{
	switch (rule->action) {
	case ACTION_DENY:
		return emit_plain(e, base, SOCKOPT_OP_DENY, (uint64_t)rule->deny_errno, ret, err);
	case ACTION_IGNORE:
		return emit_plain(e, base, SOCKOPT_OP_IGNORE, 0, ret, err);
	case ACTION_CLAMP:
		return emit_clamp(e, base, rule, type, rule->field, ret, err);
	case ACTION_MASK:
		return emit_mask(e, base, &rule->keep, &rule->set, type, rule->field, ret, err);
	case ACTION_REPLACE:
		if (rule->field)
			return emit_mask(e, base, NULL, &rule->value, type, rule->field, ret, err);
		return emit_put(e, base, SOCKOPT_OP_REPLACE, &rule->value, type, ret, err);
	case ACTION_ANSWER:
		return emit_put(e, base, SOCKOPT_OP_ANSWER, &rule->value, type, ret, err);
	case ACTION_REDIRECT:
		return emit_redirect(e, base, rule, ret, err);
	case ACTION_EMULATE:
		return emit_emulate(e, base, rule, type, ret, err);
	case ACTION_ALLOW:
		break;
	}
	return emit_plain(e, base, SOCKOPT_OP_ALLOW, 0, ret, err);
}

static int emit_sockets(struct emit *e, const struct sockopt_step *base,
			const struct socket_filter *filter, uint16_t yes, uint16_t no,
			uint16_t *ret, struct error *err)
{
	uint16_t first = filter->n_protocols ? no : yes;
	int r = 0;

	for (size_t i = 0; i < filter->n_protocols && !r; i++) {
		struct sockopt_step step = derive(base, SOCKOPT_OP_PROTOCOL);

		step.a = step.b = filter->protocols[i];
		step.yes = yes;
		step.no = first;
		r = emit_step(e, &step, &first, err);
	}
	if (!r && (filter->families || filter->types)) {
		struct sockopt_step step = derive(base, SOCKOPT_OP_SOCKET);

		step.a = filter->families;
		step.b = filter->types;
		step.yes = first;
		step.no = no;
		r = emit_step(e, &step, &first, err);
	}
	*ret = first;
	return r;
}

int emit_rule(struct emit *e, const struct policy_rule *rule, size_t index,
	      const struct option_type *type, uint16_t next, uint16_t *ret, struct error *err)
{
	struct sockopt_step base = {.rule = (uint16_t)index, .log = rule->log};
	uint16_t first;
	int r = emit_action(e, &base, rule, type, &first, err);

	if (!r && rule->has_where)
		r = emit_where(e, rule, &base, type, first, next, &first, err);
	return r ?: emit_sockets(e, &base, &rule->sockets, first, next, ret, err);
}
