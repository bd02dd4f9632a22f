// SPDX-License-Identifier: Apache-2.0
/* Conditions and effects of rules in words. */
#include <inttypes.h>

#include "base/cleanup.h"
#include "policy/words-private.h"

#define ECN_BITS 3

/* ---- literals ---- */

static void write_fields(FILE *out, const struct literal *literal)
{
	for (size_t i = 0; i < literal->n_fields; i++)
		fprintf(out, "%s%s %s%" PRIu64, i ? ", " : "{", literal->fields[i].name,
			literal->fields[i].negative ? "-" : "", literal->fields[i].magnitude);
	fputc('}', out);
}

static void write_literal(FILE *out, const struct literal *literal, const struct policy_key *key)
{
	switch (literal->kind) {
	case LITERAL_NONE:
		fputc('0', out);
		break;
	case LITERAL_INT:
		words_integer(out, key, literal->magnitude, literal->negative);
		break;
	case LITERAL_STRING:
		words_text(out, literal->bytes, literal->length);
		break;
	case LITERAL_BYTES:
		words_hex(out, literal->bytes, literal->length);
		break;
	case LITERAL_STRUCT:
		write_fields(out, literal);
		break;
	}
}

/* A plain number: of a field, or bits. */
static void write_number(FILE *out, const struct literal *literal)
{
	write_literal(out, literal, &(const struct policy_key){.kind = PATTERN_ALL});
}

/* ---- conditions ---- */

struct condition {
	const struct policy_key *key;
	const char *field; /* NULL: the whole value */
	const struct value_test *test;
};

static void write_subject(FILE *out, const struct condition *c)
{
	const char *name = c->field ?: "value";

	if (c->test->has_mask)
		fprintf(out, "(%s & %" PRIu64 ")", name, c->test->mask);
	else
		fputs(name, out);
}

/* Behind a mask that leaves the ECN bits away a number is a code point. */
static void write_operand(FILE *out, const struct condition *c, const struct literal *literal)
{
	const char *dscp = NULL;

	if (c->field) {
		write_number(out, literal);
		return;
	}
	if (c->test->has_mask && !(c->test->mask & ECN_BITS) && literal->kind == LITERAL_INT)
		dscp = words_dscp(c->key, literal->magnitude);
	if (dscp)
		fputs(dscp, out);
	else
		write_literal(out, literal, c->key);
}

static void write_bounds(FILE *out, const struct condition *c)
{
	const struct value_test *test = c->test;

	write_subject(out, c);
	if (test->min.kind && test->max.kind && test->min.negative == test->max.negative &&
	    test->min.magnitude == test->max.magnitude) {
		fputs(" = ", out);
		write_operand(out, c, &test->min);
	} else if (test->min.kind && test->max.kind) {
		fputs(" in ", out);
		write_operand(out, c, &test->min);
		fputs("..", out);
		write_operand(out, c, &test->max);
	} else {
		fputs(test->min.kind ? " >= " : " <= ", out);
		write_operand(out, c, test->min.kind ? &test->min : &test->max);
	}
}

static void write_list(FILE *out, const struct condition *c, const char *in)
{
	write_subject(out, c);
	fprintf(out, " %s {", in);
	for (size_t i = 0; i < c->test->n_one_of; i++) {
		fputs(i ? ", " : "", out);
		write_operand(out, c, &c->test->one_of[i]);
	}
	fputc('}', out);
}

static bool has_bounds(const struct value_test *test)
{
	return test->min.kind || test->max.kind;
}

static void write_test(FILE *out, const struct condition *c)
{
	if (has_bounds(c->test))
		write_bounds(out, c);
	if (has_bounds(c->test) && c->test->n_one_of)
		fputs(" and ", out);
	if (c->test->n_one_of)
		write_list(out, c, "in");
}

static void write_negated(FILE *out, const struct condition *c)
{
	if (!has_bounds(c->test)) {
		write_list(out, c, "not in");
		return;
	}
	fputs("not (", out);
	write_test(out, c);
	fputc(')', out);
}

void words_condition(FILE *out, const struct policy_rule *rule, const struct policy_key *key)
{
	const struct condition plain = {key, rule->where_field, &rule->where};
	const struct condition negated = {key, rule->where_field, &rule->where_not};
	bool any = has_bounds(&rule->where) || rule->where.n_one_of;

	if (!rule->has_where)
		return;
	write_test(out, &plain);
	if (any && rule->has_not)
		fputs(" and ", out);
	if (rule->has_not)
		write_negated(out, &negated);
}

/* ---- effects ---- */

/* "at least 1 and at most 5", of @min and @max those that are given. */
static void write_range(FILE *out, const struct policy_rule *rule, const struct policy_key *key)
{
	if (rule->min.kind) {
		fputs("at least ", out);
		write_literal(out, &rule->min, key);
	}
	if (rule->min.kind && rule->max.kind)
		fputs(" and ", out);
	if (rule->max.kind) {
		fputs("at most ", out);
		write_literal(out, &rule->max, key);
	}
}

static void effect_allow(FILE *out, const struct policy_rule *rule, const struct policy_key *key)
{
	(void)rule;
	(void)key;
	fputs("allow", out);
}

static void effect_deny(FILE *out, const struct policy_rule *rule, const struct policy_key *key)
{
	char text[WORDS_ERRNO_MAX];

	(void)key;
	fprintf(out, "deny %s", words_errno(rule->deny_errno, text));
}

static void effect_clamp(FILE *out, const struct policy_rule *rule, const struct policy_key *key)
{
	fprintf(out, "clamp %s%sto ", rule->field ?: "", rule->field ? " " : "");
	write_range(out, rule, key);
}

static void effect_replace(FILE *out, const struct policy_rule *rule, const struct policy_key *key)
{
	fprintf(out, "%s %s ", rule->field ?: "value",
		key->call == CALL_SETSOCKOPT ? "becomes" : "is reported as");
	write_literal(out, &rule->value, key);
}

static void effect_mask(FILE *out, const struct policy_rule *rule, const struct policy_key *key)
{
	const char *name = rule->field ?: "value";

	(void)key;
	fprintf(out, rule->keep.kind && rule->set.kind ? "(%s" : "%s", name);
	if (rule->keep.kind) {
		fputs(" & ", out);
		write_number(out, &rule->keep);
	}
	if (!rule->set.kind)
		return;
	fputs(rule->keep.kind ? ") | " : " | ", out);
	write_number(out, &rule->set);
}

static void effect_redirect(FILE *out, const struct policy_rule *rule, const struct policy_key *key)
{
	char label[KEY_LABEL_MAX];

	(void)key;
	fprintf(out, "becomes %s", key_label(&rule->to, label));
	if (rule->value.kind) {
		fputs(" of ", out);
		write_literal(out, &rule->value, &rule->to);
	} else if (rule->min.kind || rule->max.kind) {
		fputs(", ", out);
		write_range(out, rule, &rule->to);
	}
}

static void effect_ignore(FILE *out, const struct policy_rule *rule, const struct policy_key *key)
{
	(void)rule;
	(void)key;
	fputs("ignore: succeeds, kernel not asked", out);
}

static void effect_answer(FILE *out, const struct policy_rule *rule, const struct policy_key *key)
{
	fputs("answer ", out);
	write_literal(out, &rule->value, key);
	fputs(", also where the kernel fails", out);
}

static void effect_emulate(FILE *out, const struct policy_rule *rule, const struct policy_key *key)
{
	if (key->call == CALL_SETSOCKOPT) {
		fputs("emulate: kept with the socket, kernel not asked", out);
		return;
	}
	fputs("emulate: what the socket keeps, ", out);
	write_literal(out, &rule->value, key);
	fputs(" where it keeps none", out);
}

void words_effect(FILE *out, const struct policy_rule *rule, const struct policy_key *key)
{
	static void (*const effects[])(FILE * out, const struct policy_rule *rule,
				       const struct policy_key *key) = {
		[ACTION_ALLOW] = effect_allow,	   [ACTION_DENY] = effect_deny,
		[ACTION_CLAMP] = effect_clamp,	   [ACTION_REPLACE] = effect_replace,
		[ACTION_MASK] = effect_mask,	   [ACTION_REDIRECT] = effect_redirect,
		[ACTION_IGNORE] = effect_ignore,   [ACTION_ANSWER] = effect_answer,
		[ACTION_EMULATE] = effect_emulate,
	};

	if ((size_t)rule->action < ARRAY_SIZE(effects))
		effects[rule->action](out, rule, key);
}
