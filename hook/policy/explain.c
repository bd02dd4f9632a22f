// SPDX-License-Identifier: Apache-2.0
/* Rows of an explanation: which options there are, and the chain of rules for each. */
#include "policy/explain.h"

#include <string.h>

#include "base/cleanup.h"

static int add_row(struct explanation *e, const struct policy_key *key,
		   const struct policy_rule *rule, size_t index, struct error *err)
{
	struct explain_row *rows;

	/* the capacity is the next power of two */
	if (!(e->n & (e->n - 1))) {
		rows = reallocarray(e->rows, e->n ? 2 * e->n : 1, sizeof(*rows));
		if (!rows)
			return error_set(err, ENOMEM, "out of memory");
		e->rows = rows;
	}
	e->rows[e->n++] = (struct explain_row){*key, rule, index};
	return 0;
}

/* The rules that are tried for @key, the default at their end. */
static int add_chain(struct explanation *e, const struct policy *policy,
		     const struct policy_key *key, struct error *err)
{
	uint32_t optname = key->kind == PATTERN_OPTION ? key->optname : UINT32_MAX;

	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct policy_rule *rule = &policy->rules[i];
		struct policy_key shown = *key;
		const struct policy_key *named;
		int r;

		named = policy_rule_names(rule, key->call, key->kind == PATTERN_ALL, key->level,
					  optname);
		if (!named)
			continue;
		/* The type is the rule's: "200/1:int" in one may be "200/1" in another. */
		if (named->type)
			shown.type = named->type;
		r = add_row(e, &shown, rule, i, err);
		if (r || policy_rule_takes_all(rule))
			return r;
	}
	return add_row(e, key, NULL, 0, err);
}

/* The options that have their rows; a policy has not more than it may name. */
struct seen {
	const struct policy_key *keys[POLICY_KEYS_MAX];
	size_t n;
};

static bool is_seen(const struct seen *seen, const struct policy_key *key)
{
	for (size_t i = 0; i < seen->n; i++) {
		if (seen->keys[i]->level == key->level && seen->keys[i]->optname == key->optname)
			return true;
	}
	return false;
}

/* A chain for each key of @kind that any rule names for @call. */
static int add_kind(struct explanation *e, const struct policy *policy, unsigned int call,
		    enum pattern_kind kind, struct error *err)
{
	struct seen seen = {.n = 0};
	int r = 0;

	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct policy_rule *rule = &policy->rules[i];

		for (size_t k = 0; k < rule->n_keys && !r; k++) {
			const struct policy_key *key = &rule->keys[k];

			if (key->call != call || key->kind != kind || is_seen(&seen, key))
				continue;
			if (seen.n == ARRAY_SIZE(seen.keys))
				return error_set(err, E2BIG, "more than %d levels",
						 POLICY_KEYS_MAX);
			seen.keys[seen.n++] = key;
			r = add_chain(e, policy, key, err);
		}
	}
	return r;
}

int explain_policy(const struct policy *policy, struct explanation *ret, struct error *err)
{
	struct explanation e = {0};
	int r = 0;

	for (unsigned int call = CALL_SETSOCKOPT; call <= CALL_GETSOCKOPT && !r; call <<= 1) {
		const struct policy_key rest = {.kind = PATTERN_ALL, .call = (uint8_t)call};

		r = add_kind(&e, policy, call, PATTERN_OPTION, err);
		r = r ?: add_kind(&e, policy, call, PATTERN_LEVEL, err);
		r = r ?: add_chain(&e, policy, &rest, err);
	}
	if (r)
		explanation_done(&e);
	*ret = e;
	return r;
}

void explanation_done(struct explanation *explanation)
{
	free(explanation->rows);
	memset(explanation, 0, sizeof(*explanation));
}
