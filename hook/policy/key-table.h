/* SPDX-License-Identifier: Apache-2.0 */
/* Private to the compiler: places for keys such that no two meet, found by hash and displace. */
#ifndef POLICY_KEY_TABLE_H
#define POLICY_KEY_TABLE_H

#include "policy/policy.h"
#include "sockopt-engine.h"

#define KEY_TABLE_SLOTS_MAX (2 * POLICY_KEYS_MAX)

struct key_table {
	uint64_t seed;
	uint16_t n_slots, n_buckets;
	uint16_t displacements[POLICY_KEYS_MAX];
	uint16_t slots[POLICY_KEYS_MAX]; /* by key: its place */
};

/*
 * Find places for the @n (at most POLICY_KEYS_MAX) distinct @keys;
 * level and optname of each are read.
 */
int key_table_build(const struct sockopt_key *keys, size_t n, struct key_table *ret,
		    struct error *err);

#endif
