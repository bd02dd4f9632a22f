/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters joined with the rules that they belong to, for `stats` and `metrics`. Prints nothing but
 * what an id that was typed does not name.
 */
#ifndef VERBS_READINGS_H
#define VERBS_READINGS_H

#include "kernel/counters.h"
#include "policy/policy.h"
#include "verbs/inventory.h"

struct reading {
	const struct entry *entry;
	struct policy *policy; /* NULL where there is none, or where it cannot be read */
	struct counters counters;
	char *trouble; /* why counters cannot be read; NULL: they are above */
	bool expected; /* trouble, and no wonder: it is in force no more, or records and decides nothing */
};

struct readings {
	struct reading *items;
	size_t n;
};

/*
 * Read the policies that @words name, each once; all of @inventory where there are none. What cannot be
 * read has its `trouble`. *@ret_unknown: a word names no policy, which has been said. Fails where the lock
 * on the run folder is not to be had: under it record and counters belong together, whoever updates a
 * policy. Freed by readings_done(), also after a failure.
 */
int readings_take(const struct host_config *config, const struct inventory *inventory,
		  char *const *words, size_t n_words, struct readings *ret, bool *ret_unknown,
		  struct error *err);
void readings_done(struct readings *readings);

#define RULE_NAME_MAX	(POLICY_NAME_MAX + 1)
#define RULE_DEFAULT	"default"
#define RULE_ACTION_MAX 48

/* One rule of a reading without trouble, or its default action. */
struct rule_reading {
	char name[RULE_NAME_MAX]; /* its id; "rules[3]" where it has none; RULE_DEFAULT */
	char action[RULE_ACTION_MAX];
	struct counted counted;
};

/* How many there are: one more than rules. */
size_t reading_rules(const struct reading *reading);
/* The @i-th; the last is the default action, calls that nothing looked at among its hits. */
void reading_rule(const struct reading *reading, size_t i, struct rule_reading *ret);
/* All of them added up. */
struct counted reading_sum(const struct reading *reading);

#endif
