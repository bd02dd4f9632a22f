// SPDX-License-Identifier: Apache-2.0
/* The key table: every key is found in its own place, and no other is. */
#include "test/engine.h"

#include "policy/key-table.h"

static uint64_t state = 1;

static uint64_t number(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return state >> 33 ^ state << 11;
}

static bool has_key(const struct sockopt_key *keys, size_t n, uint32_t level, uint32_t optname)
{
	for (size_t i = 0; i < n; i++)
		if (keys[i].level == level && keys[i].optname == optname)
			return true;
	return false;
}

/* @n distinct keys: of few levels and small numbers, or @wild. */
static void make_keys(struct sockopt_key *keys, size_t n, bool wild)
{
	for (size_t i = 0; i < n;) {
		uint32_t level = (uint32_t)(wild ? number() : number() % 4);
		uint32_t optname = (uint32_t)(wild ? number() : number() % 1024);

		if (!(number() % 16))
			optname = SOCKOPT_ANY;
		if (has_key(keys, i, level, optname))
			continue;
		keys[i] = (struct sockopt_key){.level = level, .optname = optname, .used = 1};
		keys[i].first[0] = (uint16_t)i;
		i++;
	}
}

static struct sockopt_policy *lay_table(const struct key_table *table,
					const struct sockopt_key *keys, size_t n)
{
	struct sockopt_policy *p = calloc(1, size_classes[SIZE_LARGE].size);
	struct sockopt_key *places;

	p->seed = table->seed;
	p->n_slots = table->n_slots;
	p->n_buckets = table->n_buckets;
	p->keys = (uint16_t)((table->n_buckets * 2 + SOCKOPT_CELL - 1) / SOCKOPT_CELL);
	places = (struct sockopt_key *)(p->arena + p->keys * SOCKOPT_CELL);
	memcpy(p->arena, table->displacements, table->n_buckets * sizeof(uint16_t));
	for (size_t i = 0; i < n; i++)
		places[table->slots[i]] = keys[i];
	return p;
}

static void test_table(size_t n, bool wild)
{
	const struct sockopt_bounds *bounds = &size_classes[SIZE_LARGE].bounds;
	static struct sockopt_key keys[POLICY_KEYS_MAX];
	_cleanup_free_ struct sockopt_policy *p = NULL;
	size_t found = 0, wrong = 0;
	struct key_table table;
	struct error err = {0};

	make_keys(keys, n, wild);
	if (key_table_build(keys, n, &table, &err)) {
		ok(false, "%zu keys find places", n);
		diag("%s", err.text);
		return;
	}
	p = lay_table(&table, keys, n);
	for (size_t i = 0; i < n; i++) {
		const struct sockopt_key *key =
			sockopt_find(p, keys[i].level, keys[i].optname, bounds);

		found += key && key->first[0] == i && table.slots[i] < table.n_slots;
	}
	for (size_t i = 0; i < 2000; i++) {
		uint32_t level = (uint32_t)(wild ? number() : number() % 8), optname;

		optname = (uint32_t)(wild ? number() : number() % 4096);
		wrong += !has_key(keys, n, level, optname) &&
			 sockopt_find(p, level, optname, bounds);
	}
	if (!ok(found == n && !wrong, "%zu %s keys: each in its place, and no other", n,
		wild ? "wild" : "close"))
		diag("%zu found, %zu wrong", found, wrong);
}

int main(void)
{
	static const size_t sizes[] = {0,  1,	2,   3,	  4,	5,    8,   31,
				       32, 100, 255, 500, 1000, 1023, 1024};

	for (size_t i = 0; i < 4 * ARRAY_SIZE(sizes); i++)
		test_table(sizes[i / 4], i % 2);
	return tap_done();
}
