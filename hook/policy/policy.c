// SPDX-License-Identifier: Apache-2.0
/* What belongs to the checked policy itself: releasing it, and the names of its actions. */
#include "policy/policy.h"

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
