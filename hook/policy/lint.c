// SPDX-License-Identifier: Apache-2.0
/* Rules that can never match. Knows no JSON. */
#include "policy/lint.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* One key that an earlier rule takes whatever the value and the socket. */
struct taken {
	const struct policy_key *key;
	size_t rule;
};

struct cover {
	struct taken *taken; /* sorted by compare() */
	size_t n;
};

static int compare_keys(const struct policy_key *a, const struct policy_key *b)
{
	const uint32_t left[] = {a->call, a->kind, a->level, a->optname};
	const uint32_t right[] = {b->call, b->kind, b->level, b->optname};

	for (size_t i = 0; i < ARRAY_SIZE(left); i++)
		if (left[i] != right[i])
			return left[i] < right[i] ? -1 : 1;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct taken *left = a, *right = b;
	int order = compare_keys(left->key, right->key);

	if (order)
		return order;
	return left->rule < right->rule ? -1 : left->rule > right->rule;
}

static int collect(const struct policy *policy, struct cover *cover, struct error *err)
{
	size_t count = 0;

	for (size_t i = 0; i < policy->n_rules; i++)
		count += policy->rules[i].n_keys;
	cover->taken = calloc(count ? count : 1, sizeof(*cover->taken));
	if (!cover->taken)
		return error_set(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < policy->n_rules; i++)
		for (size_t k = 0;
		     policy_rule_takes_all(&policy->rules[i]) && k < policy->rules[i].n_keys; k++)
			cover->taken[cover->n++] = (struct taken){&policy->rules[i].keys[k], i};
	qsort(cover->taken, cover->n, sizeof(*cover->taken), compare);
	return 0;
}

/* The first rule before @limit that takes exactly the pattern @key, or @limit. */
static size_t first_taker(const struct cover *cover, const struct policy_key *key, size_t limit)
{
	size_t low = 0, high = cover->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_keys(cover->taken[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == cover->n || compare_keys(cover->taken[low].key, key))
		return limit;
	return cover->taken[low].rule < limit ? cover->taken[low].rule : limit;
}

/* The same for @key and for what holds it: its level, everything. */
static size_t taker(const struct cover *cover, const struct policy_key *key, size_t limit)
{
	struct policy_key wider = {.call = key->call, .kind = PATTERN_ALL};
	size_t first = first_taker(cover, &wider, limit), next;

	wider.kind = PATTERN_LEVEL;
	wider.level = key->level;
	next = key->kind == PATTERN_ALL ? limit : first_taker(cover, &wider, limit);
	first = next < first ? next : first;
	next = key->kind == PATTERN_OPTION ? first_taker(cover, key, limit) : limit;
	return next < first ? next : first;
}

static int check_rule(const struct policy *policy, const struct cover *cover, size_t index,
		      struct error *err)
{
	const struct policy_rule *rule = &policy->rules[index];
	size_t first = index, last = 0;

	for (size_t k = 0; k < rule->n_keys; k++) {
		size_t by = taker(cover, &rule->keys[k], index);

		if (by == index)
			return 0;
		first = by < first ? by : first;
		last = by > last ? by : last;
	}
	return error_set(err, EINVAL,
			 "rules[%zu]: never reached: rules[%zu]%s all of its options first; remove "
			 "it or move it up",
			 index, last, first == last ? " takes" : " and rules before it take");
}

int lint_unreachable(const struct policy *policy, struct error *err)
{
	struct cover cover = {0};
	int rc = collect(policy, &cover, err);

	for (size_t i = 0; rc == 0 && i < policy->n_rules; i++)
		rc = check_rule(policy, &cover, i, err);
	free(cover.taken);
	return rc;
}
