// SPDX-License-Identifier: Apache-2.0
/* "where": the tests of the value, and their negation under "not". */
#include "policy/parse.h"

#include <string.h>

#define ONE_OF_MAX 64

struct where {
	struct policy_rule *rule;
	struct scope scope;
	struct value_test *test;
};

static int read_field(struct parse *p, const struct json *json, const struct place *place, void *to)
{
	struct where *where = to;
	int rc = expect(p, json, JSON_STRING, place);

	if (rc < 0)
		return rc;
	where->scope.field = where->rule->where_field = strdup(json->string);
	if (!where->scope.field)
		return no_memory(p);
	return scope_typed(p, &where->scope, place);
}

static int read_mask(struct parse *p, const struct json *json, const struct place *place, void *to)
{
	struct where *where = to;
	int rc = scope_integers(p, &where->scope, place);

	if (rc == 0)
		rc = parse_number(p, json, place, 1, UINT64_MAX, &where->test->mask);
	where->test->has_mask = true;
	return rc < 0 ? rc : scope_mask_fits(p, &where->scope, where->test->mask, place);
}

/* Behind a mask a number is a pattern of bits. */
static enum literal_use number_use(const struct where *where)
{
	return where->test->has_mask ? USE_BITS : USE_NUMBER;
}

static int read_bound(struct parse *p, const struct json *json, const struct place *place,
		      struct where *where, struct literal *bound)
{
	int rc = scope_integers(p, &where->scope, place);

	if (rc == 0)
		rc = parse_literal(p, json, place, &where->scope, bound);
	return rc < 0 ? rc : scope_fits(p, &where->scope, bound, number_use(where), place);
}

static int read_min(struct parse *p, const struct json *json, const struct place *place, void *to)
{
	struct where *where = to;

	return read_bound(p, json, place, where, &where->test->min);
}

static int read_max(struct parse *p, const struct json *json, const struct place *place, void *to)
{
	struct where *where = to;

	return read_bound(p, json, place, where, &where->test->max);
}

static int read_one_of(struct parse *p, const struct json *json, const struct place *place,
		       void *to)
{
	struct where *where = to;
	struct value_test *test = where->test;
	int rc = expect(p, json, JSON_ARRAY, place);

	if (rc < 0)
		return rc;
	if (!json->n_items || json->n_items > ONE_OF_MAX)
		return place_error(p, place, "%zu values; 1 to %d are allowed", json->n_items,
				   ONE_OF_MAX);
	test->one_of = calloc(json->n_items, sizeof(*test->one_of));
	if (!test->one_of)
		return no_memory(p);
	for (size_t i = 0; rc == 0 && i < json->n_items; i++) {
		const struct place *item = PLACE_INDEX(place, i);
		struct literal *literal = &test->one_of[test->n_one_of++];

		rc = parse_literal(p, json->items[i], item, &where->scope, literal);
		if (rc == 0)
			rc = scope_fits(p, &where->scope, literal, number_use(where), item);
	}
	return rc;
}

static bool is_empty(const struct value_test *test)
{
	return !test->min.kind && !test->max.kind && !test->n_one_of;
}

static int check_test(struct parse *p, const struct value_test *test, const struct place *place,
		      const char *known)
{
	if (is_empty(test))
		return place_error(p, place, "tests nothing; give %s", known);
	if (test->min.kind && test->max.kind && literal_compare(&test->min, &test->max) > 0)
		return place_error(p, place, "\"min\" is greater than \"max\"");
	return 0;
}

static int read_not(struct parse *p, const struct json *json, const struct place *place, void *to)
{
	static const struct member members[] = {
		{"mask", false, read_mask},
		{"min", false, read_min},
		{"max", false, read_max},
		{"oneOf", false, read_one_of},
	};
	struct where inner = *(struct where *)to;
	int rc;

	inner.test = &inner.rule->where_not;
	inner.rule->has_not = true;
	rc = parse_members(p, json, place, members, ARRAY_SIZE(members), &inner);
	return rc < 0 ? rc : check_test(p, inner.test, place, "\"min\", \"max\" or \"oneOf\"");
}

static int read_value(struct parse *p, const struct json *json, const struct place *place, void *to)
{
	static const struct member members[] = {
		{"field", false, read_field},  {"mask", false, read_mask},
		{"min", false, read_min},      {"max", false, read_max},
		{"oneOf", false, read_one_of}, {"not", false, read_not},
	};
	struct where *where = to;
	int rc = parse_members(p, json, place, members, ARRAY_SIZE(members), where);

	if (rc < 0)
		return rc;
	if (where->rule->has_not && is_empty(where->test)) {
		if (!where->test->has_mask)
			return 0;
		return place_error(p, PLACE_KEY(place, "mask"),
				   "has no \"min\", \"max\" or \"oneOf\" beside it; \"not\" takes "
				   "a mask of its own");
	}
	return check_test(p, where->test, place, "\"min\", \"max\", \"oneOf\" or \"not\"");
}

int parse_where(struct parse *p, const struct json *json, const struct place *place,
		struct policy_rule *rule)
{
	static const struct member members[] = {{"value", true, read_value}};
	struct where where = {.rule = rule, .test = &rule->where};
	int rc;

	where.scope = (struct scope){.keys = rule->keys,
				     .n = rule->n_keys,
				     .options = PLACE_KEY(place->up, "options"),
				     .user = "where"};
	rule->has_where = true;
	rc = scope_typed(p, &where.scope, place);
	return rc < 0 ? rc : parse_members(p, json, place, members, ARRAY_SIZE(members), &where);
}
