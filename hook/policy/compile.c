// SPDX-License-Identifier: Apache-2.0
/*
 * The compiler: which options need a key, the chain of rules for each, and the layout. One rule's
 * steps are emit.c's, the places of keys key-table.c's.
 */
#include "policy/compile.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "policy/emit.h"
#include "policy/key-table.h"

#define CLASS(text, n, most)                                                                       \
	{                                                                                          \
		.name = text, .bounds = {.cells = n, .steps = most, .apart = 1},                   \
		.size = sizeof(struct sockopt_policy) + (n)*SOCKOPT_CELL                           \
	}
const struct size_class size_classes[SIZE_CLASSES] = {
	[SIZE_SMALL] = CLASS("small", SOCKOPT_SMALL_CELLS, SOCKOPT_SMALL_STEPS),
	[SIZE_MEDIUM] = CLASS("medium", SOCKOPT_MEDIUM_CELLS, SOCKOPT_LARGE_STEPS),
	[SIZE_LARGE] = CLASS("large", SOCKOPT_LARGE_CELLS, SOCKOPT_LARGE_STEPS),
};

const struct size_class *size_class_by_name(const char *name)
{
	for (size_t i = 0; i < SIZE_CLASSES; i++) {
		if (name && !strcmp(size_classes[i].name, name))
			return &size_classes[i];
	}
	return NULL;
}

/* What the compiler has made so far: steps and values, the keys, and their places. */
struct work {
	struct emit emit;
	struct sockopt_key keys[POLICY_KEYS_MAX];
	size_t n_keys;
	uint16_t other[2]; /* first step of options without a key */
	struct key_table table;
	bool levels; /* some key stands for a level */
};

static void cleanup_work(struct work **w)
{
	if (*w)
		free((*w)->emit.values);
	free(*w);
}

static unsigned int call_index(unsigned int call)
{
	return call == CALL_GETSOCKOPT;
}

/*
 * The calls that some rule or default could touch. A rule that allows, silently, touches nothing.
 */
static unsigned int calls_touched(const struct policy *policy)
{
	unsigned int calls = 0;

	for (unsigned int call = CALL_SETSOCKOPT; call <= CALL_GETSOCKOPT; call <<= 1) {
		if (policy->deny_by_default[call_index(call)])
			calls |= call;
	}
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct policy_rule *rule = &policy->rules[i];

		for (size_t k = 0; k < rule->n_keys; k++) {
			if (rule->action != ACTION_ALLOW || rule->log)
				calls |= rule->keys[k].call;
		}
	}
	return calls;
}

static int add_key(struct work *w, uint32_t level, uint32_t optname, struct error *err)
{
	for (size_t i = 0; i < w->n_keys; i++) {
		if (w->keys[i].level == level && w->keys[i].optname == optname)
			return 0;
	}
	if (w->n_keys == POLICY_KEYS_MAX)
		return error_set(err, E2BIG, "too many options: at most %d", POLICY_KEYS_MAX);
	w->keys[w->n_keys++] = (struct sockopt_key){.level = level, .optname = optname, .used = 1};
	return 0;
}

static int collect_keys(struct work *w, const struct policy *policy, struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct policy_rule *rule = &policy->rules[i];

		for (size_t k = 0; k < rule->n_keys && !r; k++) {
			const struct policy_key *key = &rule->keys[k];

			if (key->kind == PATTERN_LEVEL) {
				w->levels = true;
				r = add_key(w, key->level, SOCKOPT_ANY, err);
			} else if (key->kind == PATTERN_OPTION) {
				r = add_key(w, key->level, key->optname, err);
			}
		}
	}
	return r;
}

/* The chain of all rules that name the option, from the last to the first. */
static int chain(struct work *w, const struct policy *policy, unsigned int call, bool any_level,
		 uint32_t level, uint32_t optname, uint16_t *ret, struct error *err)
{
	bool deny = policy->deny_by_default[call_index(call)];
	struct sockopt_step last = {.op = deny ? SOCKOPT_OP_DENY : SOCKOPT_OP_ALLOW,
				    .a = deny ? (uint64_t)policy->default_errno : 0,
				    .rule = SOCKOPT_NO_RULE};
	int r = emit_step(&w->emit, &last, ret, err);

	for (size_t i = policy->n_rules; i-- > 0 && !r;) {
		const struct policy_rule *rule = &policy->rules[i];
		const struct policy_key *key =
			policy_rule_names(rule, call, any_level, level, optname);

		if (!key)
			continue;
		r = emit_rule(&w->emit, rule, i, key->type, *ret, ret, err);
		if (r)
			return error_prefix(err, "rules[%zu]", i);
	}
	return r;
}

static int all_chains(struct work *w, const struct policy *policy, struct error *err)
{
	int r = 0;

	for (unsigned int call = CALL_SETSOCKOPT; call <= CALL_GETSOCKOPT; call <<= 1) {
		unsigned int c = call_index(call);

		r = r ?: chain(w, policy, call, true, 0, 0, &w->other[c], err);
		for (size_t i = 0; i < w->n_keys && !r; i++)
			r = chain(w, policy, call, false, w->keys[i].level, w->keys[i].optname,
				  &w->keys[i].first[c], err);
	}
	return r;
}

/* ---- layout ---- */

struct layout {
	uint32_t keys, values, steps, counters, cells; /* in cells */
	uint32_t value_at[EMIT_VALUES_MAX];
};

static uint32_t in_cells(size_t bytes)
{
	return (uint32_t)((bytes + SOCKOPT_CELL - 1) / SOCKOPT_CELL);
}

static void lay_out(const struct work *w, size_t n_rules, struct layout *l)
{
	uint32_t end = in_cells(w->table.n_buckets * sizeof(uint16_t)), room = 0;

	l->keys = end;
	end += w->table.n_slots;
	l->values = end;
	for (size_t i = 0; i < w->emit.n_values; i++) {
		l->value_at[i] = end;
		end += in_cells(w->emit.values[i].length);
		/* The program takes a value with all the room that a value may have. */
		room = l->value_at[i] + SOCKOPT_VALUE_MAX / SOCKOPT_CELL;
	}
	l->steps = end;
	end += (uint32_t)(w->emit.n_steps * sizeof(struct sockopt_step) / SOCKOPT_CELL);
	l->counters = end;
	end += in_cells((n_rules + 1) * sizeof(struct sockopt_counter));
	l->cells = end > room ? end : room;
}

static unsigned int longest_walk(const struct work *w)
{
	unsigned int longest = w->emit.depth[w->other[0]];

	if (w->emit.depth[w->other[1]] > longest)
		longest = w->emit.depth[w->other[1]];
	for (size_t i = 0; i < w->n_keys; i++) {
		for (size_t c = 0; c < 2; c++) {
			if (w->emit.depth[w->keys[i].first[c]] > longest)
				longest = w->emit.depth[w->keys[i].first[c]];
		}
	}
	return longest;
}

static const struct size_class *choose_class(const struct layout *l, unsigned int steps)
{
	for (size_t i = 0; i < SIZE_CLASSES; i++) {
		if (l->cells <= size_classes[i].bounds.cells &&
		    steps <= size_classes[i].bounds.steps)
			return &size_classes[i];
	}
	return NULL;
}

/* Whether calls that no rule names go on as they are, uncounted by any rule and told by none. */
static bool passes_others(const struct work *w)
{
	for (size_t c = 0; c < 2; c++) {
		const struct sockopt_step *step = &w->emit.steps[w->other[c]];

		if (step->op != SOCKOPT_OP_ALLOW || step->rule != SOCKOPT_NO_RULE || step->log)
			return false;
	}
	return !w->levels;
}

static void note_concerns(const struct work *w, struct sockopt_policy *p)
{
	memset(p->concerns, passes_others(w) ? 0 : 0xff, sizeof(p->concerns));
	for (size_t i = 0; i < w->n_keys; i++) {
		uint64_t hash = sockopt_hash(p->seed, w->keys[i].level, w->keys[i].optname);

		p->concerns[hash >> 62] |= 1ull << (hash >> 56 & 63);
	}
}

static void write_out(const struct work *w, const struct layout *l, struct sockopt_policy *p)
{
	struct sockopt_key *keys = (struct sockopt_key *)(p->arena + l->keys * SOCKOPT_CELL);
	struct sockopt_step *steps = (struct sockopt_step *)(p->arena + l->steps * SOCKOPT_CELL);

	p->magic = SOCKOPT_MAGIC;
	p->flags = w->levels ? SOCKOPT_FLAG_LEVELS : 0;
	p->seed = w->table.seed;
	p->n_slots = w->table.n_slots;
	p->n_buckets = w->table.n_buckets;
	p->keys = (uint16_t)l->keys;
	p->steps = (uint16_t)l->steps;
	p->n_steps = (uint16_t)w->emit.n_steps;
	p->counters = (uint16_t)l->counters;
	p->cells = (uint16_t)l->cells;
	memcpy(p->first, w->other, sizeof(p->first));
	note_concerns(w, p);
	memcpy(p->arena, w->table.displacements, w->table.n_buckets * sizeof(uint16_t));
	for (size_t i = 0; i < w->n_keys; i++)
		keys[w->table.slots[i]] = w->keys[i];
	for (size_t i = 0; i < w->emit.n_values; i++)
		memcpy(p->arena + l->value_at[i] * SOCKOPT_CELL, w->emit.values[i].bytes,
		       w->emit.values[i].length);
	for (size_t i = 0; i < w->emit.n_steps; i++) {
		steps[i] = w->emit.steps[i];
		if (steps[i].op == SOCKOPT_OP_REPLACE || steps[i].op == SOCKOPT_OP_ANSWER ||
		    steps[i].op == SOCKOPT_OP_EMULATE)
			steps[i].offset = (uint16_t)(l->value_at[steps[i].offset] * SOCKOPT_CELL);
	}
}

int policy_compile(const struct policy *policy, struct compiled *ret, struct error *err)
{
	const struct size_class *largest = &size_classes[SIZE_LARGE];
	__attribute__((cleanup(cleanup_work))) struct work *w = calloc(1, sizeof(*w));
	struct layout l;
	int r;

	memset(ret, 0, sizeof(*ret));
	if (!w)
		return error_set(err, ENOMEM, "out of memory");
	r = collect_keys(w, policy, err);
	r = r ?: all_chains(w, policy, err);
	r = r ?: key_table_build(w->keys, w->n_keys, &w->table, err);
	if (r)
		return r;
	lay_out(w, policy->n_rules, &l);
	ret->steps = longest_walk(w);
	ret->class = choose_class(&l, ret->steps);
	if (!ret->class)
		return error_set(err, E2BIG,
				 "too large: %u bytes compiled (at most %zu), %u tests for one "
				 "call (at most %u); join rules, or name fewer options and values",
				 (unsigned int)(l.cells * SOCKOPT_CELL +
						sizeof(struct sockopt_policy)),
				 largest->size, ret->steps, (unsigned int)largest->bounds.steps);
	ret->policy = calloc(1, ret->class->size);
	if (!ret->policy)
		return error_set(err, ENOMEM, "out of memory");
	ret->calls = calls_touched(policy);
	ret->used = sizeof(struct sockopt_policy) + l.cells * SOCKOPT_CELL;
	write_out(w, &l, ret->policy);
	ret->policy->n_rules = (uint16_t)policy->n_rules;
	return 0;
}

int compiled_widen(struct compiled *compiled, const struct size_class *class, struct error *err)
{
	struct sockopt_policy *wider;

	if (class->size < compiled->class->size)
		return error_set(err, EINVAL, "the policy needs the class \"%s\"",
				 compiled->class->name);
	wider = calloc(1, class->size);
	if (!wider)
		return error_set(err, ENOMEM, "out of memory");
	memcpy(wider, compiled->policy, compiled->class->size);
	free(compiled->policy);
	compiled->policy = wider;
	compiled->class = class;
	return 0;
}

void policy_digest(const struct sockopt_policy *policy, size_t size, char text[POLICY_DIGEST_MAX])
{
	size_t arena = size - sizeof(*policy), at = (size_t)policy->counters * SOCKOPT_CELL;
	size_t counters = (policy->n_rules + 1u) * sizeof(struct sockopt_counter);
	struct sockopt_policy header = *policy;
	uint64_t hash = HASH_BASIS;

	header.owner = header.event_interval = header.event_burst = header.event_next = 0;
	header.lost_full = header.lost_rate = 0;
	memset(header.id, 0, sizeof(header.id));
	memset(header.unmatched, 0, sizeof(header.unmatched));
	hash = hash_bytes(hash, &header, sizeof(header));
	/* One that no compiler made is as good as any other. */
	at = at < arena ? at : arena;
	counters = counters < arena - at ? counters : arena - at;
	hash = hash_bytes(hash, policy->arena, at);
	hash = hash_bytes(hash, policy->arena + at + counters, arena - at - counters);
	snprintf(text, POLICY_DIGEST_MAX, "%016llx", (unsigned long long)hash);
}

void compiled_done(struct compiled *compiled)
{
	free(compiled->policy);
	memset(compiled, 0, sizeof(*compiled));
}
