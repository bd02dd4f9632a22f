// SPDX-License-Identifier: Apache-2.0
/*
 * The keys of rules, (call, level, option): each once in a rule,
 * counted against the policy's limits.
 */
#include "policy/parse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SET_FIRST 32 /* slots; a policy of a container seldom needs more */

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

/* The slot of @word, or the empty one where it belongs. */
static uint64_t *find_slot(const struct key_set *set, uint64_t word)
{
	size_t slot = (size_t)((word * UINT64_C(0x9e3779b97f4a7c15)) >> 32) % set->size;

	while (set->slots[slot] && set->slots[slot] != word)
		slot = (slot + 1) % set->size;
	return &set->slots[slot];
}

/* At most half full, so that looking for what is not there ends soon. */
static bool grow(struct key_set *set)
{
	struct key_set larger = {.size = set->size ? 2 * set->size : SET_FIRST, .n = set->n};

	if (2 * (set->n + 1) <= set->size)
		return true;
	larger.slots = calloc(larger.size, sizeof(*larger.slots));
	if (!larger.slots)
		return false;
	for (size_t i = 0; i < set->size; i++)
		if (set->slots[i])
			*find_slot(&larger, set->slots[i]) = set->slots[i];
	free(set->slots);
	*set = larger;
	return true;
}

void key_set_clear(struct key_set *set)
{
	if (set->n)
		memset(set->slots, 0, set->size * sizeof(*set->slots));
	set->n = 0;
}

void key_set_done(struct key_set *set)
{
	free(set->slots);
	*set = (struct key_set){0};
}

/* 1 where @key is new to @set, 0 where it is there, -ENOMEM. */
static int set_add(struct key_set *set, const struct policy_key *key)
{
	uint64_t word = pack(key), *slot;

	if (!grow(set))
		return -ENOMEM;
	slot = find_slot(set, word);
	if (*slot)
		return 0;
	*slot = word;
	set->n++;
	return 1;
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
	int added = set_add(&p->in_rule, key);

	if (!added)
		return check_same_type(p, rule, key, place);
	if (added > 0 && key->kind == PATTERN_OPTION && set_add(&p->in_policy, key) < 0)
		added = -ENOMEM;
	if (added < 0)
		return no_memory(p);
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
