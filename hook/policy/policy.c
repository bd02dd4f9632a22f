// SPDX-License-Identifier: Apache-2.0
/*
 * What belongs to the checked policy itself: releasing it, names of actions and keys, and which
 * options a rule takes.
 */
#include "policy/policy.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "policy/parse.h"

static const char *const action_names[] = {
	[ACTION_ALLOW] = "allow",     [ACTION_DENY] = "deny",	  [ACTION_CLAMP] = "clamp",
	[ACTION_REPLACE] = "replace", [ACTION_MASK] = "mask",	  [ACTION_REDIRECT] = "redirect",
	[ACTION_IGNORE] = "ignore",   [ACTION_ANSWER] = "answer", [ACTION_EMULATE] = "emulate",
};

const char *policy_action_name(enum policy_action action)
{
	return (size_t)action < ARRAY_SIZE(action_names) ? action_names[action] : NULL;
}

const char *call_name(unsigned int call)
{
	return call == CALL_SETSOCKOPT ? "setsockopt" : "getsockopt";
}

const char *key_label(const struct policy_key *key, char label[KEY_LABEL_MAX])
{
	const struct option *row = option_by_number(key->level, key->optname, key->call);
	const char *level = level_name(key->level);

	if (key->kind == PATTERN_ALL)
		snprintf(label, KEY_LABEL_MAX, "\"*\"");
	else if (key->kind == PATTERN_LEVEL && level)
		snprintf(label, KEY_LABEL_MAX, "%s/*", level);
	else if (key->kind == PATTERN_LEVEL)
		snprintf(label, KEY_LABEL_MAX, "%u/*", key->level);
	else if (row)
		snprintf(label, KEY_LABEL_MAX, "%s", row->name);
	else
		snprintf(label, KEY_LABEL_MAX, "%u/%u", key->level, key->optname);
	return label;
}

const struct policy_key *policy_rule_names(const struct policy_rule *rule, unsigned int call,
					   bool any_level, uint32_t level, uint32_t optname)
{
	for (size_t k = 0; k < rule->n_keys; k++) {
		const struct policy_key *key = &rule->keys[k];

		if (key->call != call)
			continue;
		if (key->kind == PATTERN_ALL)
			return key;
		if (any_level || key->level != level)
			continue;
		if (key->kind == PATTERN_LEVEL || key->optname == optname)
			return key;
	}
	return NULL;
}

bool policy_rule_takes_all(const struct policy_rule *rule)
{
	return !rule->has_where && !rule->sockets.families && !rule->sockets.types &&
	       !rule->sockets.n_protocols;
}

static void test_done(struct value_test *test)
{
	literal_done(&test->min);
	literal_done(&test->max);
	for (size_t i = 0; i < test->n_one_of; i++)
		literal_done(&test->one_of[i]);
	free(test->one_of);
}

static void rule_done(struct policy_rule *rule)
{
	struct literal *const literals[] = {&rule->min, &rule->max, &rule->value, &rule->keep,
					    &rule->set};

	for (size_t i = 0; i < ARRAY_SIZE(literals); i++)
		literal_done(literals[i]);
	test_done(&rule->where);
	test_done(&rule->where_not);
	free(rule->id);
	free(rule->description);
	free(rule->keys);
	free(rule->sockets.protocols);
	free(rule->where_field);
	free(rule->field);
}

void policy_free(struct policy *policy)
{
	if (!policy)
		return;
	for (size_t i = 0; i < policy->n_rules; i++)
		rule_done(&policy->rules[i]);
	free(policy->rules);
	free(policy->name);
	free(policy->description);
	free(policy);
}
