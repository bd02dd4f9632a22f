// SPDX-License-Identifier: Apache-2.0
/*
 * Hash and displace: buckets take their places in turn, the fullest first, each with
 * the first displacement that fits.
 */
#include "policy/key-table.h"

#include <stdlib.h>
#include <string.h>

#define SEEDS_MAX	  64
#define DISPLACEMENTS_MAX 65536

struct bucket {
	uint16_t index, count;
	uint16_t keys[POLICY_KEYS_MAX];
};

static int fuller(const void *a, const void *b)
{
	const struct bucket *const *x = a, *const *y = b;

	if ((*x)->count != (*y)->count)
		return (*y)->count - (*x)->count;
	return (*x)->index - (*y)->index;
}

/* Put all keys of @bucket at @displacement where that is free; else leave @taken as it was. */
static bool place(const struct bucket *bucket, const uint64_t *hashes, uint64_t displacement,
		  struct key_table *table, bool *taken)
{
	size_t i;

	for (i = 0; i < bucket->count; i++) {
		uint16_t key = bucket->keys[i];
		uint64_t slot = sockopt_slot(hashes[key], displacement, table->n_slots);

		if (taken[slot])
			break;
		taken[slot] = true;
		table->slots[key] = (uint16_t)slot;
	}
	if (i == bucket->count)
		return true;
	while (i-- > 0)
		taken[table->slots[bucket->keys[i]]] = false;
	return false;
}

static bool place_all(struct bucket **order, const uint64_t *hashes, struct key_table *table)
{
	bool taken[KEY_TABLE_SLOTS_MAX] = {false};

	for (size_t b = 0; b < table->n_buckets; b++) {
		uint64_t d = 0;

		while (d < DISPLACEMENTS_MAX && !place(order[b], hashes, d, table, taken))
			d++;
		if (d == DISPLACEMENTS_MAX)
			return false;
		table->displacements[order[b]->index] = (uint16_t)d;
	}
	return true;
}

static void fill_buckets(const struct sockopt_key *keys, size_t n, struct key_table *table,
			 struct bucket *buckets, struct bucket **order, uint64_t *hashes)
{
	for (size_t b = 0; b < table->n_buckets; b++) {
		buckets[b].index = (uint16_t)b;
		buckets[b].count = 0;
		order[b] = &buckets[b];
	}
	for (size_t i = 0; i < n; i++) {
		struct bucket *bucket;

		hashes[i] = sockopt_hash(table->seed, keys[i].level, keys[i].optname);
		bucket = &buckets[sockopt_bucket(hashes[i], table->n_buckets)];
		bucket->keys[bucket->count++] = (uint16_t)i;
	}
	qsort(order, table->n_buckets, sizeof(*order), fuller);
}

int key_table_build(const struct sockopt_key *keys, size_t n, struct key_table *ret,
		    struct error *err)
{
	struct bucket *buckets, *order[POLICY_KEYS_MAX];
	uint64_t hashes[POLICY_KEYS_MAX];
	bool done = false;

	memset(ret, 0, sizeof(*ret));
	if (!n)
		return 0;
	/*
	 * One place in five stays free, four keys share a displacement: a seed is
	 * found at once or at the second try.
	 */
	ret->n_slots = (uint16_t)(n + n / 4 + 1);
	ret->n_buckets = (uint16_t)(n / 4 + 1);
	buckets = calloc(ret->n_buckets, sizeof(*buckets));
	if (!buckets)
		return error_set(err, ENOMEM, "out of memory");
	for (ret->seed = 1; ret->seed <= SEEDS_MAX && !done; ret->seed += !done) {
		fill_buckets(keys, n, ret, buckets, order, hashes);
		done = place_all(order, hashes, ret);
	}
	free(buckets);
	if (!done)
		return error_set(err, E2BIG, "no place found for %zu options", n);
	return 0;
}
