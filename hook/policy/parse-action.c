// SPDX-License-Identifier: Apache-2.0
/*
 * The action of a rule: one row for what each action takes and needs, one row for each parameter.
 */
#include "policy/parse.h"

#include <stdio.h>
#include <string.h>

enum {
	TAKES_ERRNO = 1 << 0,
	TAKES_FIELD = 1 << 1,
	TAKES_TO = 1 << 2,
	TAKES_MIN = 1 << 3,
	TAKES_MAX = 1 << 4,
	TAKES_VALUE = 1 << 5,
	TAKES_INITIAL = 1 << 6,
	TAKES_KEEP = 1 << 7,
	TAKES_SET = 1 << 8,
	TAKES_BOUNDS = TAKES_MIN | TAKES_MAX,
	TAKES_BITS = TAKES_KEEP | TAKES_SET,
};

struct action {
	enum policy_action action;
	uint8_t calls;
	unsigned int takes;
	unsigned int needs;	/* all of these */
	unsigned int needs_any; /* one of these */
	bool typed;		/* looks at the value of the rule's options */
};

static const struct action actions[] = {
	{ACTION_ALLOW, CALL_BOTH, 0, 0, 0, false},
	{ACTION_DENY, CALL_BOTH, TAKES_ERRNO, 0, 0, false},
	{ACTION_CLAMP, CALL_BOTH, TAKES_FIELD | TAKES_BOUNDS, 0, TAKES_BOUNDS, true},
	{ACTION_REPLACE, CALL_BOTH, TAKES_FIELD | TAKES_VALUE, TAKES_VALUE, 0, true},
	{ACTION_MASK, CALL_BOTH, TAKES_FIELD | TAKES_BITS, 0, TAKES_BITS, true},
	{ACTION_REDIRECT, CALL_SETSOCKOPT, TAKES_TO | TAKES_VALUE | TAKES_BOUNDS, TAKES_TO, 0,
	 false},
	{ACTION_IGNORE, CALL_SETSOCKOPT, 0, 0, 0, false},
	{ACTION_ANSWER, CALL_GETSOCKOPT, TAKES_VALUE, TAKES_VALUE, 0, true},
	{ACTION_EMULATE, CALL_BOTH, TAKES_INITIAL, 0, 0, true},
};

struct action_parse {
	const struct action *row;
	struct policy_rule *rule;
	struct scope scope; /* what values are held against: the rule's options, or "to" */
};

static int read_errno(struct parse *p, const struct json *json, const struct place *place, void *to)
{
	return parse_errno(p, json, place, &((struct action_parse *)to)->rule->deny_errno);
}

static int read_field(struct parse *p, const struct json *json, const struct place *place, void *to)
{
	struct action_parse *a = to;
	int rc = expect(p, json, JSON_STRING, place);

	if (rc < 0)
		return rc;
	a->scope.field = a->rule->field = strdup(json->string);
	return a->scope.field ? scope_typed(p, &a->scope, place) : no_memory(p);
}

static int read_to(struct parse *p, const struct json *json, const struct place *place, void *to)
{
	struct action_parse *a = to;
	int rc = parse_target(p, json, place, CALL_SETSOCKOPT, &a->rule->to);

	a->scope.keys = &a->rule->to;
	a->scope.n = 1;
	return rc;
}

static int read_value_into(struct parse *p, const struct json *json, const struct place *place,
			   struct action_parse *a, struct literal *literal, enum literal_use use)
{
	struct place options = {.up = place->up, .key = a->rule->to.call ? "to" : "options"};
	int rc;

	a->scope.options = &options;
	rc = scope_typed(p, &a->scope, place);
	if (rc == 0 && use != USE_VALUE)
		rc = scope_integers(p, &a->scope, place);
	if (rc == 0)
		rc = parse_literal(p, json, place, &a->scope, literal);
	return rc < 0 ? rc : scope_fits(p, &a->scope, literal, use, place);
}

static int read_min(struct parse *p, const struct json *json, const struct place *place, void *to)
{
	struct action_parse *a = to;

	return read_value_into(p, json, place, a, &a->rule->min, USE_NUMBER);
}

static int read_max(struct parse *p, const struct json *json, const struct place *place, void *to)
{
	struct action_parse *a = to;

	return read_value_into(p, json, place, a, &a->rule->max, USE_NUMBER);
}

static int read_value(struct parse *p, const struct json *json, const struct place *place, void *to)
{
	struct action_parse *a = to;
	int rc;

	rc = read_value_into(p, json, place, a, &a->rule->value, USE_VALUE);
	/* At optlen 0 the kernel keeps the caller's value: nothing cannot take its place. */
	if (rc == 0 && !strcmp(place->key, "value") && a->rule->value.kind == LITERAL_BYTES &&
	    !a->rule->value.length)
		return place_error(p, place, "no bytes: a value has at least one");
	return rc;
}

static int read_keep(struct parse *p, const struct json *json, const struct place *place, void *to)
{
	struct action_parse *a = to;

	return read_value_into(p, json, place, a, &a->rule->keep, USE_BITS);
}

static int read_set(struct parse *p, const struct json *json, const struct place *place, void *to)
{
	struct action_parse *a = to;

	return read_value_into(p, json, place, a, &a->rule->set, USE_BITS);
}

/* "field" and "to" stand before the values, which are held against them. */
static const struct parameter {
	const char *key;
	unsigned int bit;
	int (*parse)(struct parse *p, const struct json *json, const struct place *place, void *to);
} parameters[] = {
	{"errno", TAKES_ERRNO, read_errno},
	{"field", TAKES_FIELD, read_field},
	{"to", TAKES_TO, read_to},
	{"min", TAKES_MIN, read_min},
	{"max", TAKES_MAX, read_max},
	{"value", TAKES_VALUE, read_value},
	{"initial", TAKES_INITIAL, read_value},
	{"keep", TAKES_KEEP, read_keep},
	{"set", TAKES_SET, read_set},
};

static int find_action(struct parse *p, const struct json *json, const struct place *place,
		       const struct action **ret)
{
	struct nearest nearest = {.wanted = json->string};
	char clip[NAME_CLIP_MAX], hint[NAME_HINT_MAX];
	int rc = expect(p, json, JSON_STRING, place);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		const char *name = policy_action_name(actions[i].action);

		nearest_offer(&nearest, name);
		*ret = &actions[i];
		if (!strcmp(name, json->string))
			return 0;
	}
	return place_error(p, place, "unknown action \"%s\"%s", name_clip(json->string, clip),
			   nearest_hint(&nearest, hint));
}

/* The keys of @bits, as in "min" or "max". Returns @text. */
static const char *parameter_list(unsigned int bits, char text[64])
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++)
		if (parameters[i].bit & bits)
			used += (size_t)snprintf(text + used, 64 - used, "%s\"%s\"",
						 used ? " or " : "", parameters[i].key);
	return text;
}

/* What is given is taken, and what is needed is given. */
static int check_parameters(struct parse *p, const struct json *object, const struct place *place,
			    const struct action *row)
{
	const char *name = policy_action_name(row->action);
	unsigned int given = 0;
	char list[64];

	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++) {
		if (!json_get(object, parameters[i].key))
			continue;
		given |= parameters[i].bit;
		if (!(parameters[i].bit & row->takes))
			return place_error(p, PLACE_KEY(place, parameters[i].key),
					   "action \"%s\" takes no \"%s\"", name,
					   parameters[i].key);
	}
	if (row->needs & ~given)
		return place_error(p, place, "action \"%s\" needs %s", name,
				   parameter_list(row->needs & ~given, list));
	if (row->needs_any && !(row->needs_any & given))
		return place_error(p, place, "action \"%s\" needs %s", name,
				   parameter_list(row->needs_any, list));
	return 0;
}

static int check_calls(struct parse *p, const struct policy_rule *rule, const struct place *place,
		       const struct action *row)
{
	uint8_t wrong = rule->calls & ~row->calls;

	if (!wrong)
		return 0;
	return place_error(p, PLACE_KEY(place, "action"),
			   "\"%s\" does not exist for %s; leave that call away",
			   policy_action_name(row->action), call_name(wrong));
}

/* Bounds are laid on the value that the caller passed for the other option. */
static int check_carried(struct parse *p, const struct policy_rule *rule, const struct place *place)
{
	const struct place *options = PLACE_KEY(place, "options");
	char from[KEY_LABEL_MAX], to[KEY_LABEL_MAX];

	for (size_t i = 0; i < rule->n_keys; i++) {
		const struct policy_key *key = &rule->keys[i];

		if (key->type && key->type->kind == VALUE_INT &&
		    key->type->size == rule->to.type->size)
			continue;
		return place_error(p, PLACE_INDEX(options, key->entry),
				   "the bounds of a redirect need an integer of %u bytes like %s, "
				   "which %s is not",
				   rule->to.type->size, key_label(&rule->to, to),
				   key_label(key, from));
	}
	return 0;
}

/* What must hold of the parameters together. */
static int check_together(struct parse *p, const struct policy_rule *rule,
			  const struct place *place)
{
	bool bounded = rule->min.kind || rule->max.kind;

	if (rule->min.kind && rule->max.kind && literal_compare(&rule->min, &rule->max) > 0)
		return place_error(p, place, "\"min\" is greater than \"max\"");
	if (rule->action == ACTION_REDIRECT && bounded && rule->value.kind)
		return place_error(p, PLACE_KEY(place, "value"),
				   "stands instead of \"min\" and \"max\", not beside them");
	if (rule->action == ACTION_REDIRECT && bounded)
		return check_carried(p, rule, place);
	if (rule->action == ACTION_EMULATE)
		return keys_emulate(p, rule, PLACE_KEY(place, "options"));
	return 0;
}

static int read_parameters(struct parse *p, const struct json *object, const struct place *place,
			   struct action_parse *a)
{
	const struct place options = {.up = place, .key = "options"};
	int rc = 0;

	a->scope.options = &options;
	if (a->row->typed)
		rc = scope_typed(p, &a->scope, place);
	for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(parameters); i++) {
		const struct json *json = json_get(object, parameters[i].key);

		if (json)
			rc = parameters[i].parse(p, json, PLACE_KEY(place, parameters[i].key), a);
	}
	return rc;
}

int parse_action(struct parse *p, const struct json *object, const struct place *place,
		 struct policy_rule *rule)
{
	struct action_parse a = {.rule = rule};
	int rc = find_action(p, json_get(object, "action"), PLACE_KEY(place, "action"), &a.row);

	if (rc < 0)
		return rc;
	rule->action = a.row->action;
	rule->deny_errno = rule->action == ACTION_DENY ? EPERM : 0;
	a.scope = (struct scope){.keys = rule->keys,
				 .n = rule->n_keys,
				 .user = policy_action_name(rule->action)};
	rc = check_parameters(p, object, place, a.row);
	if (rc == 0)
		rc = check_calls(p, rule, place, a.row);
	if (rc == 0)
		rc = read_parameters(p, object, place, &a);
	return rc < 0 ? rc : check_together(p, rule, place);
}
