// SPDX-License-Identifier: Apache-2.0
/*
 * The conditions of a rule as steps: ranges and lists on integers, whole values
 * on strings, bytes and structs.
 */
#include <string.h>

#include "policy/emit.h"
#include "policy/value.h"

/* A step of its own for the same rule. */
static struct sockopt_step derive(const struct sockopt_step *base, uint8_t op, uint16_t yes,
				  uint16_t no)
{
	struct sockopt_step step = {
		.op = op, .rule = base->rule, .log = base->log, .yes = yes, .no = no};

	return step;
}

/*
 * On from @target, where acc already holds what @read would read: a rule that
 * reads the same again need not.
 */
static uint16_t past_read(const struct emit *e, uint16_t target, const struct sockopt_step *read)
{
	const struct sockopt_step *step = &e->steps[target];

	if (step->op == SOCKOPT_OP_VALUE && step->flags == read->flags &&
	    step->width == read->width && step->offset == read->offset &&
	    step->size == read->size && step->a == read->a && step->b == read->b)
		return step->yes;
	return target;
}

/* Under a mask integers compare by their bits, without one as the kernel does. */
static void read_under(struct sockopt_step *read, const struct value_test *test)
{
	if (!test->has_mask)
		return;
	read->a = test->mask;
	if (read->width < 8 && !(read->flags & SOCKOPT_WIDE))
		read->a &= (1ull << read->width * 8) - 1;
	read->b = 0;
}

static int operand(const struct literal *literal, const struct sockopt_step *read,
		   const struct value_test *test, uint64_t *ret, struct error *err)
{
	unsigned int width = read->flags & SOCKOPT_WIDE ? 8 : read->width;
	int r;

	r = value_int(literal, width,
		      test->has_mask ? literal->negative : !!(read->flags & SOCKOPT_SIGNED), ret,
		      err);
	if (test->has_mask && width < 8)
		*ret &= (1ull << width * 8) - 1;
	*ret ^= read->b;
	return r;
}

static int emit_range(struct emit *e, const struct sockopt_step *base, uint64_t low, uint64_t high,
		      uint16_t yes, uint16_t no, uint16_t *ret, struct error *err)
{
	struct sockopt_step step = derive(base, SOCKOPT_OP_RANGE, yes, no);

	step.a = low;
	step.b = high;
	return emit_step(e, &step, ret, err);
}

/* One value_test on an integer: read, then min..max, then the list. */
static int emit_integer(struct emit *e, const struct sockopt_step *base,
			const struct option_type *type, const char *field,
			const struct value_test *test, uint16_t yes, uint16_t no, uint16_t nothing,
			uint16_t *ret, struct error *err)
{
	struct sockopt_step read = {.rule = base->rule, .log = base->log};
	uint64_t low = 0, high = ~0ull, item;
	uint16_t first;
	int r = 0;

	emit_read(&read, type, field);
	read_under(&read, test);
	yes = past_read(e, yes, &read);
	no = past_read(e, no, &read);
	first = test->n_one_of ? no : yes;
	for (size_t i = test->n_one_of; i-- > 0 && !r;) {
		r = operand(&test->one_of[i], &read, test, &item, err);
		r = r ?: emit_range(e, base, item, item, yes, first, &first, err);
	}
	if (!r && test->min.kind != LITERAL_NONE)
		r = operand(&test->min, &read, test, &low, err);
	if (!r && test->max.kind != LITERAL_NONE)
		r = operand(&test->max, &read, test, &high, err);
	if (!r && (test->min.kind != LITERAL_NONE || test->max.kind != LITERAL_NONE))
		r = emit_range(e, base, low, high, first, no, &first, err);
	read.yes = first;
	read.no = nothing;
	return r ?: emit_step(e, &read, ret, err);
}

/* What the kernel takes as a flag is compared as one, and left out of @mask. */
static int emit_flags(struct emit *e, const struct sockopt_step *base,
		      const struct option_type *type, const uint8_t *bytes, uint8_t *mask,
		      uint16_t yes, uint16_t no, uint16_t *ret, struct error *err)
{
	uint16_t first = yes;
	int r = 0;

	for (const struct option_field *f = type->fields; f && f->name && !r; f++) {
		struct sockopt_step step = derive(base, SOCKOPT_OP_WORD, no, first);
		uint64_t flag = 0;

		if (!f->is_flag)
			continue;
		memset(mask + f->offset, 0, f->width);
		memcpy(&flag, bytes + f->offset, f->width);
		step.offset = f->offset;
		step.a = f->width == 8 ? ~0ull : (1ull << f->width * 8) - 1;
		if (!flag) {
			step.yes = first;
			step.no = no;
		}
		r = emit_step(e, &step, &first, err);
	}
	*ret = first;
	return r;
}

/* The value is @length bytes at @bytes, which stand at the start of what TEXT has settled. */
static int emit_equal(struct emit *e, const struct sockopt_step *base,
		      const struct option_type *type, const uint8_t *bytes, size_t length,
		      uint16_t yes, uint16_t no, uint16_t *ret, struct error *err)
{
	bool exact_length = type->kind == VALUE_BYTES && !type->size;
	uint8_t mask[POLICY_VALUE_MAX + 8] = {0};
	uint16_t first;
	int r;

	memset(mask, 0xff, length);
	r = emit_flags(e, base, type, bytes, mask, yes, no, &first, err);
	for (size_t end = (length + 7) / 8 * 8; end > 0 && !r; end -= 8) {
		struct sockopt_step step = derive(base, SOCKOPT_OP_WORD, first, no);
		size_t n = length - (end - 8) > 8 ? 8 : length - (end - 8);

		step.offset = (uint16_t)(end - 8);
		memcpy(&step.b, bytes + end - 8, n);
		memcpy(&step.a, mask + end - 8, 8);
		step.b &= step.a;
		r = emit_step(e, &step, &first, err);
	}
	if (!r && exact_length) {
		struct sockopt_step step = derive(base, SOCKOPT_OP_LENGTH, first, no);

		step.a = step.b = length;
		r = emit_step(e, &step, &first, err);
	}
	*ret = first;
	return r;
}

/* One value_test on a string, bytes or a whole struct: the list is all that it can have. */
static int emit_list(struct emit *e, const struct sockopt_step *base,
		     const struct option_type *type, const struct value_test *test, uint16_t yes,
		     uint16_t no, uint16_t nothing, uint16_t *ret, struct error *err)
{
	struct sockopt_step text = {.rule = base->rule, .log = base->log};
	uint8_t bytes[POLICY_VALUE_MAX];
	uint16_t first = no;
	size_t length;
	int r = 0;

	for (size_t i = test->n_one_of; i-- > 0 && !r;) {
		r = value_encode(&test->one_of[i], type, bytes, &length, err);
		r = r ?: emit_equal(e, base, type, bytes, length, yes, first, &first, err);
	}
	emit_text(&text, type);
	text.yes = first;
	text.no = nothing;
	return r ?: emit_step(e, &text, ret, err);
}

static int emit_test(struct emit *e, const struct policy_rule *rule,
		     const struct sockopt_step *base, const struct option_type *type,
		     const struct value_test *test, uint16_t yes, uint16_t no, uint16_t nothing,
		     uint16_t *ret, struct error *err)
{
	if (rule->where_field || type->kind == VALUE_INT)
		return emit_integer(e, base, type, rule->where_field, test, yes, no, nothing, ret,
				    err);
	return emit_list(e, base, type, test, yes, no, nothing, ret, err);
}

static bool says_something(const struct value_test *test)
{
	return test->n_one_of || test->min.kind != LITERAL_NONE || test->max.kind != LITERAL_NONE;
}

int emit_where(struct emit *e, const struct policy_rule *rule, const struct sockopt_step *base,
	       const struct option_type *type, uint16_t yes, uint16_t no, uint16_t *ret,
	       struct error *err)
{
	uint16_t first = yes;
	int r = 0;

	/* A value that is not there matches nothing, not even "not". */
	if (rule->has_not)
		r = emit_test(e, rule, base, type, &rule->where_not, no, first, no, &first, err);
	if (!r && says_something(&rule->where))
		r = emit_test(e, rule, base, type, &rule->where, first, no, no, &first, err);
	*ret = first;
	return r;
}
