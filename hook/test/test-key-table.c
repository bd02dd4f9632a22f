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

enum kind {
	CLOSE, /* of few levels and small numbers */
	WILD,
	ROUND, /* numbers of few bits, far apart */
	KINDS
};
static const char *const kind_names[] = {"close", "wild", "round"};

static uint32_t draw(enum kind kind, uint32_t close)
{
	uint64_t n = number();

	return (uint32_t)(kind == WILD ? n : kind == ROUND ? (n >> 8) % 32 << n % 27 : n % close);
}

/* @n distinct keys. */
static void make_keys(struct sockopt_key *keys, size_t n, enum kind kind)
{
	for (size_t i = 0; i < n;) {
		uint32_t level = draw(kind, 4), optname = draw(kind, 1024);

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

static void test_keys(struct sockopt_key *keys, size_t n, enum kind kind)
{
	const struct sockopt_bounds *bounds = &size_classes[SIZE_LARGE].bounds;
	_cleanup_free_ struct sockopt_policy *p = NULL;
	size_t found = 0, wrong = 0;
	struct key_table table;
	struct error err = {0};

	if (key_table_build(keys, n, &table, &err)) {
		ok(false, "%zu %s keys find places", n, kind_names[kind]);
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
		uint32_t level = draw(kind, 8), optname = draw(kind, 4096);

		wrong += !has_key(keys, n, level, optname) &&
			 sockopt_find(p, level, optname, bounds);
	}
	if (!ok(found == n && !wrong, "%zu %s keys: each in its place, and no other", n,
		kind_names[kind]))
		diag("%zu found, %zu wrong", found, wrong);
}

static void test_table(size_t n, enum kind kind)
{
	static struct sockopt_key keys[POLICY_KEYS_MAX];

	make_keys(keys, n, kind);
	test_keys(keys, n, kind);
}

/* Close to each other under every seed and displacement, until displacements turned high bits of the hash. */
static void test_found(void)
{
	static struct sockopt_key found[][3] = {
		{{0x60000, 0x1d0000, {0}, 1}, {0, 0x10000, {1}, 1}, {0, 0, {2}, 1}},
		{{0, 0, {0}, 1}, {0x78000, 0x600000, {1}, 1}, {0, 0xc000000, {2}, 1}},
		{{0, 0, {0}, 1}, {0, 0x4000000, {1}, 1}, {0x1000000, 0, {2}, 1}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(found); i++)
		test_keys(found[i], ARRAY_SIZE(found[i]), ROUND);
}

int main(void)
{
	static const size_t sizes[] = {0,  1,	2,   3,	  4,	5,    8,   31,
				       32, 100, 255, 500, 1000, 1023, 1024};

	for (size_t i = 0; i < 2 * KINDS * ARRAY_SIZE(sizes); i++)
		test_table(sizes[i / (2 * KINDS)], (enum kind)(i % KINDS));
	test_found();
	return tap_done();
}
