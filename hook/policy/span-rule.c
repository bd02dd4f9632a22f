// SPDX-License-Identifier: Apache-2.0
/* The values of a rule that record or merge has written, read back. */
#include <string.h>

#include "policy/emit.h"
#include "policy/span.h"
#include "policy/value.h"

#define REMEDY "merge joins what record and merge write, which has none"

/* The bits by which the engine compares integers of @type. */
static uint64_t bias(const struct option_type *type)
{
	return type->is_signed ? SOCKOPT_BIAS : 0;
}

static int number_of(const struct literal *literal, const struct option_type *type, uint64_t *ret,
		     struct error *err)
{
	int r = value_int(literal, 8, type->is_signed, ret, err);

	*ret ^= bias(type);
	return r;
}

/* A flag of a struct is 1 however it was written. */
static void settle_flags(struct datum *datum, const struct option_type *type)
{
	for (const struct option_field *f = type->fields; f && f->name; f++) {
		uint64_t value = 0;

		if (!f->is_flag)
			continue;
		memcpy(&value, datum->bytes + f->offset, f->width);
		value = !!value;
		memcpy(datum->bytes + f->offset, &value, f->width);
	}
}

static int datum_of(const struct literal *literal, const struct option_type *type,
		    struct datum *ret, struct error *err)
{
	uint8_t bytes[POLICY_VALUE_MAX];
	size_t length;
	int r = value_encode(literal, type, bytes, &length, err);

	if (r)
		return r;
	if (literal->kind == LITERAL_STRING)
		length = literal->length;
	if (length > DATUM_MAX)
		return error_set(err, EINVAL,
				 "where.value.oneOf: %zu bytes; merge takes at most %d", length,
				 DATUM_MAX);
	if (literal->kind == LITERAL_STRING && !span_is_plain(bytes, length))
		return error_set(err, EINVAL,
				 "where.value.oneOf: a name with control characters; " REMEDY);
	memset(ret, 0, sizeof(*ret));
	ret->length = (uint8_t)length;
	memcpy(ret->bytes, bytes, length);
	settle_flags(ret, type);
	return 0;
}

static int read_list(const struct value_test *test, const struct option_type *type,
		     struct span *ret, struct error *err)
{
	struct datum datum;
	uint64_t number;
	int r = 0;

	span_begin(ret, type->kind == VALUE_INT ? SPAN_NUMBERS : SPAN_DATA);
	for (size_t i = 0; i < test->n_one_of && !r; i++) {
		if (type->kind == VALUE_INT) {
			r = number_of(&test->one_of[i], type, &number, err);
			if (!r)
				span_add_number(ret, number);
		} else {
			r = datum_of(&test->one_of[i], type, &datum, err);
			if (!r)
				span_add_datum(ret, &datum);
		}
	}
	return r;
}

static int read_range(const struct value_test *test, const struct option_type *type,
		      struct span *ret, struct error *err)
{
	uint64_t low, high;
	int r;

	if (!test->min.kind || !test->max.kind)
		return error_set(err, EINVAL, "where.value: a range without \"%s\"; give both ends",
				 test->min.kind ? "max" : "min");
	r = number_of(&test->min, type, &low, err);
	r = r ?: number_of(&test->max, type, &high, err);
	if (r)
		return r;
	span_begin(ret, SPAN_RANGE);
	span_add_range(ret, low, high);
	return 0;
}

int span_of_rule(const struct policy_rule *rule, const struct option_type *type, struct span *ret,
		 struct error *err)
{
	const struct value_test *test = &rule->where;

	span_begin(ret, SPAN_ANY);
	if (!rule->has_where)
		return 0;
	if (rule->where_field)
		return error_set(err, EINVAL, "where.value.field: " REMEDY);
	if (rule->has_not)
		return error_set(err, EINVAL, "where.value.not: " REMEDY);
	if (test->has_mask)
		return error_set(err, EINVAL, "where.value.mask: " REMEDY);
	if (!test->n_one_of)
		return read_range(test, type, ret, err);
	if (test->min.kind || test->max.kind)
		return error_set(err, EINVAL, "where.value.%s: stands beside \"oneOf\"; " REMEDY,
				 test->min.kind ? "min" : "max");
	return read_list(test, type, ret, err);
}
