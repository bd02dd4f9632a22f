// SPDX-License-Identifier: Apache-2.0
/* The policy's top level: its members, its rules, and the check that each rule can be reached. */
#include "policy/parse.h"

#include <inttypes.h>
#include <string.h>

#include "policy/lint.h"

#define VERSION_KNOWN 1

static int read_schema(struct parse *p, const struct json *json, const struct place *place,
		       void *to)
{
	(void)to;
	return expect(p, json, JSON_STRING, place);
}

static int read_version(struct parse *p, const struct json *json, const struct place *place,
			void *to)
{
	int rc = expect(p, json, JSON_INT, place);

	(void)to;
	if (rc == 0 && (json->negative || json->magnitude != VERSION_KNOWN))
		rc = place_error(p, place, "this build knows version %d, got %s%" PRIu64,
				 VERSION_KNOWN, json->negative ? "-" : "", json->magnitude);
	return rc;
}

static int read_name(struct parse *p, const struct json *json, const struct place *place, void *to)
{
	return parse_id(p, json, place, &((struct policy *)to)->name);
}

static int read_description(struct parse *p, const struct json *json, const struct place *place,
			    void *to)
{
	return parse_description(p, json, place, &((struct policy *)to)->description);
}

static int read_default(struct parse *p, const struct json *json, const struct place *place,
			bool *ret_deny)
{
	char clip[NAME_CLIP_MAX];
	int rc = expect(p, json, JSON_STRING, place);

	if (rc < 0)
		return rc;
	*ret_deny = !strcmp(json->string, "deny");
	if (!*ret_deny && strcmp(json->string, "allow"))
		return place_error(p, place, "expected \"allow\" or \"deny\", got \"%s\"",
				   name_clip(json->string, clip));
	return 0;
}

static int read_default_set(struct parse *p, const struct json *json, const struct place *place,
			    void *to)
{
	return read_default(p, json, place, &((struct policy *)to)->deny_by_default[0]);
}

static int read_default_get(struct parse *p, const struct json *json, const struct place *place,
			    void *to)
{
	return read_default(p, json, place, &((struct policy *)to)->deny_by_default[1]);
}

static int read_default_action(struct parse *p, const struct json *json, const struct place *place,
			       void *to)
{
	static const struct member members[] = {
		{"setsockopt", false, read_default_set},
		{"getsockopt", false, read_default_get},
	};
	struct policy *policy = to;
	int rc;

	if (json->kind == JSON_STRING) {
		rc = read_default(p, json, place, &policy->deny_by_default[0]);
		policy->deny_by_default[1] = policy->deny_by_default[0];
		return rc;
	}
	if (json->kind != JSON_OBJECT)
		return place_error(p, place,
				   "expected \"allow\", \"deny\" or one for each call, got %s",
				   json_kind_name(json->kind));
	if (!json->n_items)
		return place_error(p, place, "names neither \"setsockopt\" nor \"getsockopt\"");
	return parse_members(p, json, place, members, ARRAY_SIZE(members), policy);
}

static int read_default_errno(struct parse *p, const struct json *json, const struct place *place,
			      void *to)
{
	return parse_errno(p, json, place, &((struct policy *)to)->default_errno);
}

static int read_rules(struct parse *p, const struct json *json, const struct place *place, void *to)
{
	struct policy *policy = to;
	int rc = expect(p, json, JSON_ARRAY, place);

	if (rc < 0)
		return rc;
	if (json->n_items > POLICY_RULES_MAX)
		return place_error(p, place, "%zu rules; at most %d are allowed", json->n_items,
				   POLICY_RULES_MAX);
	policy->rules = calloc(json->n_items ? json->n_items : 1, sizeof(*policy->rules));
	if (!policy->rules)
		return no_memory(p);
	policy->n_rules = json->n_items;
	for (size_t i = 0; rc == 0 && i < json->n_items; i++)
		rc = parse_rule(p, json->items[i], PLACE_INDEX(place, i), i);
	return rc;
}

static const struct member policy_members[] = {
	{"$schema", false, read_schema},
	{"version", true, read_version},
	{"name", false, read_name},
	{"description", false, read_description},
	{"defaultAction", false, read_default_action},
	{"defaultErrno", false, read_default_errno},
	{"rules", true, read_rules},
};

static void parse_freep(struct parse **p)
{
	if (*p) {
		key_set_done(&(*p)->in_policy);
		key_set_done(&(*p)->in_rule);
	}
	free(*p);
}
#define _cleanup_parse_ __attribute__((cleanup(parse_freep)))

int policy_parse(const char *text, size_t length, struct policy **ret, struct error *err)
{
	static const struct json_limits limits = {POLICY_JSON_MAX, POLICY_DEPTH_MAX};
	_cleanup_parse_ struct parse *p = calloc(1, sizeof(*p));
	_cleanup_policy_ struct policy *policy = calloc(1, sizeof(*policy));
	_cleanup_json_ struct json *json = NULL;
	int rc;

	if (!p || !policy)
		return error_set(err, ENOMEM, "out of memory");
	rc = json_parse(text, length, &limits, &json, err);
	if (rc < 0)
		return rc;
	p->err = err;
	p->policy = policy;
	policy->default_errno = EPERM;
	rc = parse_members(p, json, NULL, policy_members, ARRAY_SIZE(policy_members), policy);
	if (rc == 0)
		rc = lint_unreachable(policy, err);
	if (rc < 0)
		return rc;
	*ret = TAKE_PTR(policy);
	return 0;
}
