// SPDX-License-Identifier: Apache-2.0
/* One rule: its id and its calls, and the order in which the rest of it is read. */
#include "policy/parse.h"

#include <stdio.h>
#include <string.h>

/* "setsockopt" or "getsockopt": CALL_*, or 0. */
static uint8_t call_by_name(const char *name)
{
	if (!strcmp(name, "setsockopt"))
		return CALL_SETSOCKOPT;
	return strcmp(name, "getsockopt") ? 0 : CALL_GETSOCKOPT;
}

static int read_id(struct parse *p, const struct json *json, const struct place *place, void *to)
{
	struct policy_rule *rule = to;
	int rc = parse_id(p, json, place, &rule->id);

	for (const struct policy_rule *other = p->policy->rules; rc == 0 && other < rule; other++)
		if (!strcmp(other->id, rule->id))
			rc = place_error(p, place, "\"%s\" is the id of rules[%zu] already",
					 rule->id, (size_t)(other - p->policy->rules));
	return rc;
}

static int read_description(struct parse *p, const struct json *json, const struct place *place,
			    void *to)
{
	return parse_description(p, json, place, &((struct policy_rule *)to)->description);
}

static int add_call(struct parse *p, const struct json *json, const struct place *place, void *to)
{
	uint8_t call = call_by_name(json->string);
	char clip[NAME_CLIP_MAX];

	if (!call)
		return place_error(p, place,
				   "expected \"setsockopt\" or \"getsockopt\", got \"%s\"",
				   name_clip(json->string, clip));
	((struct policy_rule *)to)->calls |= call;
	return 0;
}

static int read_calls(struct parse *p, const struct json *json, const struct place *place, void *to)
{
	return parse_strings(p, json, place, true, add_call, to);
}

static int read_options(struct parse *p, const struct json *json, const struct place *place,
			void *to)
{
	return parse_options(p, json, place, to);
}

static int read_sockets(struct parse *p, const struct json *json, const struct place *place,
			void *to)
{
	return parse_sockets(p, json, place, &((struct policy_rule *)to)->sockets);
}

static int read_where(struct parse *p, const struct json *json, const struct place *place, void *to)
{
	return parse_where(p, json, place, to);
}

static int read_log(struct parse *p, const struct json *json, const struct place *place, void *to)
{
	return parse_boolean(p, json, place, &((struct policy_rule *)to)->log);
}

/*
 * In the order of need: literals are held against options, and what
 * options there are depends on calls.
 */
static const struct member rule_members[] = {
	{"id", false, read_id},
	{"description", false, read_description},
	{"calls", true, read_calls},
	{"options", true, read_options},
	{"sockets", false, read_sockets},
	{"where", false, read_where},
	{"log", false, read_log},
	{"action", true, NULL},
	{"errno", false, NULL},
	{"field", false, NULL},
	{"to", false, NULL},
	{"min", false, NULL},
	{"max", false, NULL},
	{"value", false, NULL},
	{"initial", false, NULL},
	{"keep", false, NULL},
	{"set", false, NULL},
};

int parse_rule(struct parse *p, const struct json *json, const struct place *place, size_t index)
{
	struct policy_rule *rule = &p->policy->rules[index];
	int rc = parse_members(p, json, place, rule_members, ARRAY_SIZE(rule_members), rule);

	if (rc == 0 && !rule->id && asprintf(&rule->id, "rules[%zu]", index) < 0) {
		rule->id = NULL;
		return no_memory(p);
	}
	return rc < 0 ? rc : parse_action(p, json, place, rule);
}
