// SPDX-License-Identifier: Apache-2.0
/* kernel: the counters in a policy's storage, whole and damaged. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "kernel/counters.h"
#include "tap.h"

/* A storage of @cells cells with @n_rules rules, whose counters start at cell @at and hold 1, 2, 3 … */
static struct sockopt_policy *storage(size_t cells, uint16_t n_rules, uint16_t at)
{
	struct sockopt_policy *policy = calloc(1, sizeof(*policy) + cells * SOCKOPT_CELL);
	size_t room = cells > at ? (cells - at) * SOCKOPT_CELL / sizeof(uint64_t) : 0;
	uint64_t *numbers = (uint64_t *)(policy->arena + (size_t)at * SOCKOPT_CELL);

	policy->magic = SOCKOPT_MAGIC;
	policy->n_rules = n_rules;
	policy->counters = at;
	policy->unmatched[0].calls[1] = 30;
	policy->unmatched[SOCKOPT_SHARDS - 1].calls[1] = 3;
	policy->unmatched[1].calls[0] = 5;
	policy->lost_full = 7;
	policy->lost_rate = 8;
	for (size_t i = 0; i < room; i++)
		numbers[i] = i + 1;
	return policy;
}

static void test_read(void)
{
	_cleanup_free_ struct sockopt_policy *policy = storage(12, 2, 4);
	struct counters c;
	struct error err = {0};

	is_int(counters_from_storage(policy, sizeof(*policy) + 12 * SOCKOPT_CELL, &c, &err), 0,
	       "a good storage");
	is_int((long long)c.n_rules, 2, "  its rules");
	is_int((long long)c.rules[0].hits, 1 + 2 + 3, "  hits of the first");
	is_int((long long)c.rules[1].denials, 5, "  denials of the second");
	is_int((long long)c.rules[1].changes, 6, "  changes of the second");
	is_int((long long)c.fallback.hits, 7 + 8 + 9, "  the default action's");
	is_int((long long)c.unmatched[0], 5, "  setsockopt calls that nothing looked at");
	is_int((long long)c.unmatched[1], 33, "  getsockopt calls, of all shards");
	is_int((long long)c.lost_full, 7, "  events lost: the ring was full");
	is_int((long long)c.lost_rate, 8, "  events lost: over the rate");
	counters_done(&c);
}

static const struct damage {
	const char *name;
	size_t cells;
	uint32_t magic;
	uint16_t n_rules, at;
	int result;
} damages[] = {
	{"the last counter goes over the end", 8, SOCKOPT_MAGIC, 2, 4, -EBADMSG},
	{"just room enough", 6, SOCKOPT_MAGIC, 3, 0, 0},
	{"one rule too many", 6, SOCKOPT_MAGIC, 4, 0, -EBADMSG},
	{"as many rules as a number can say", 240, SOCKOPT_MAGIC, UINT16_MAX, 0, -EBADMSG},
	{"counters at the very end", 240, SOCKOPT_MAGIC, 0, 240, -EBADMSG},
	{"counters beyond the end", 240, SOCKOPT_MAGIC, 0, UINT16_MAX, -EBADMSG},
	{"no policy was ever written", 240, 0, 0, 0, -EBADMSG},
	{"something else was", 240, 0x41414141, 2, 4, -EBADMSG},
};

static void test_damage(const struct damage *d)
{
	_cleanup_free_ struct sockopt_policy *policy = storage(d->cells, 0, 0);
	struct counters c = {0};
	struct error err = {0};

	policy->magic = d->magic;
	policy->n_rules = d->n_rules;
	policy->counters = d->at;
	is_int(counters_from_storage(policy, sizeof(*policy) + d->cells * SOCKOPT_CELL, &c, &err),
	       d->result, d->name);
	ok(!!*err.text == !!d->result && !!c.rules == !d->result, "  a reason or counters");
	counters_done(&c);
}

static void test_generation(void)
{
	const struct pins none = {0};
	struct counters c = {0};
	struct error err = {0};

	is_int(counters_read(&none, "g0", "small", 1, &c, &err), -EPROTO,
	       "another build's layout is not read");
	ok(strstr(err.text, "another build (g0, this one is g"), "  the reason: %s", err.text);
}

int main(void)
{
	test_read();
	for (size_t i = 0; i < ARRAY_SIZE(damages); i++)
		test_damage(&damages[i]);
	test_generation();
	return tap_done();
}
