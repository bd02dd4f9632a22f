// SPDX-License-Identifier: Apache-2.0
/*
 * The keys of rules, (call, level, option): each once in a rule,
 * counted against the policy's limits.
 */
#include "policy/parse.h"

#include <stdio.h>
#include <string.h>

/*
 * Level and optname have 31 bits each, so that a key is one word and never 0. A whole level has no
 * optname, which leaves room to tell it from everything.
 */
static uint64_t pack(const struct policy_key *key)
{
	uint64_t get = key->call == CALL_GETSOCKOPT, pattern = key->kind != PATTERN_OPTION;
	uint32_t optname = key->kind == PATTERN_ALL ? 1 : key->optname;

	return 1 + (get << 63 | pattern << 62 | (uint64_t)key->level << 31 | optname);
}

/* Whether @key is new to @set; the caller keeps the set at most half full. */
static bool set_add(struct key_set *set, const struct policy_key *key)
{
	uint64_t word = pack(key);
	size_t slot =
		(size_t)((word * UINT64_C(0x9e3779b97f4a7c15)) >> 32) % ARRAY_SIZE(set->slots);

	while (set->slots[slot] && set->slots[slot] != word)
		slot = (slot + 1) % ARRAY_SIZE(set->slots);
	if (set->slots[slot])
		return false;
	set->slots[slot] = word;
	set->n++;
	return true;
}

int key_append(struct parse *p, struct key_list *list, const struct policy_key *key)
{
	struct policy_key *keys;

	/* the capacity is the next power of two */
	if (!(list->n & (list->n - 1))) {
		keys = reallocarray(list->keys, list->n ? 2 * list->n : 1, sizeof(*keys));
		if (!keys)
			return no_memory(p);
		list->keys = keys;
	}
	list->keys[list->n++] = *key;
	return 0;
}

/* A key that the rule has already must not come with another type ("200/1", then "200/1:int"). */
static int check_same_type(struct parse *p, const struct policy_rule *rule,
			   const struct policy_key *key, const struct place *place)
{
	char label[KEY_LABEL_MAX];

	for (size_t i = 0; i < rule->n_keys; i++) {
		const struct policy_key *first = &rule->keys[i];

		if (pack(first) == pack(key) && first->type != key->type)
			return place_error(p, place, "%s stands in options[%zu] with another type",
					   key_label(key, label), first->entry);
	}
	return 0;
}

static int merge_one(struct parse *p, struct policy_rule *rule, const struct policy_key *key,
		     const struct place *place)
{
	if (!set_add(&p->in_rule, key))
		return check_same_type(p, rule, key, place);
	if (key->kind == PATTERN_OPTION)
		set_add(&p->in_policy, key);
	if (p->in_rule.n > POLICY_KEYS_MAX || p->in_policy.n > POLICY_KEYS_MAX)
		return place_error(p, place,
				   "more than %d options, each call counted; a whole level "
				   "(\"SOL_TCP/*\") counts as one",
				   POLICY_KEYS_MAX);
	rule->keys[rule->n_keys++] = *key;
	return 0;
}

int keys_merge(struct parse *p, struct policy_rule *rule, const struct key_list *list,
	       const struct place *place)
{
	struct policy_key *keys;
	int rc = 0;

	keys = reallocarray(rule->keys, rule->n_keys + list->n, sizeof(*keys));
	if (!keys)
		return no_memory(p);
	rule->keys = keys;
	for (size_t i = 0; rc == 0 && i < list->n; i++)
		rc = merge_one(p, rule, &list->keys[i], place);
	return rc;
}

static int emulate_one(struct parse *p, const struct policy_key *key, const struct place *place)
{
	char label[KEY_LABEL_MAX];

	if (key->kind != PATTERN_OPTION)
		return place_error(p, place, "\"emulate\" takes single options, not %s",
				   key_label(key, label));
	if (key->type->size > POLICY_VALUE_MAX)
		return place_error(p, place, "%s has %u bytes; at most %d can be emulated",
				   key_label(key, label), key->type->size, POLICY_VALUE_MAX);
	for (size_t i = 0; i < p->n_emulated; i++)
		if (p->emulated[i].level == key->level && p->emulated[i].optname == key->optname)
			return 0;
	if (p->n_emulated == POLICY_EMULATED_MAX)
		return place_error(p, place, "more than %d emulated options in this policy",
				   POLICY_EMULATED_MAX);
	p->emulated[p->n_emulated].level = key->level;
	p->emulated[p->n_emulated++].optname = key->optname;
	return 0;
}

int keys_emulate(struct parse *p, const struct policy_rule *rule, const struct place *place)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < rule->n_keys; i++)
		rc = emulate_one(p, &rule->keys[i], PLACE_INDEX(place, rule->keys[i].entry));
	return rc;
}
