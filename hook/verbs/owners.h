/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose an event is: run records and their policies by the number that an event carries. What is
 * known stays known for a while, for events are read later than they happen.
 */
#ifndef VERBS_OWNERS_H
#define VERBS_OWNERS_H

#include <time.h>

#include "kernel/pins.h"
#include "oci/record.h"
#include "policy/policy.h"
#include "sockopt-abi.h"

struct owner {
	uint64_t number; /* sockopt_policy.owner: the cgroup's id */
	char id[SOCKOPT_ID_MAX + 1];
	bool has_record;
	bool present;		  /* its record was there when they were last read */
	struct run_record record; /* where has_record */
	struct policy *policy;	  /* of the record; NULL where there is none, or none that parses */
	bool seen;		  /* below: of its latest event */
	uint64_t time, lost_full, lost_rate;
};

struct owners {
	const char *run_dir;	 /* not owned */
	const struct pins *pins; /* not owned */
	struct owner **all;
	size_t n;
	struct timespec changed; /* of the run folder, when records were read */
	bool foreign;		 /* a policy of another build was seen, and that has been said */
};

/*
 * The owner of @event, which stays valid until the next call; NULL where memory ran out. Reads the
 * records for one that is not known.
 */
struct owner *owners_find(struct owners *owners, const struct sockopt_event *event);

/*
 * Read the records where their folder has changed since. Says once where a policy of another build
 * is in force: its events go to a ring that is not read.
 */
void owners_refresh(struct owners *owners);
void owners_done(struct owners *owners);

/* Whether one of @n words is its id or key, or begins one, and no other is called just that. */
bool owner_is_wanted(const struct owners *owners, const struct owner *owner, char *const *words,
		     size_t n);

/* What its rule @index is called: its id, "rules[N]" (in @text) where the policy is not known, "default". */
#define OWNER_RULE_MAX 24
const char *owner_rule(const struct owner *owner, unsigned int index, char text[OWNER_RULE_MAX]);

/*
 * The type of the value of an option, as rule @index says or the table knows; NULL where neither
 * does. @call: CALL_*.
 */
const struct option_type *owner_type(const struct owner *owner, unsigned int index, uint32_t level,
				     uint32_t optname, unsigned int call);

#endif
