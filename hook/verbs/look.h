/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the checks of `sockoptctl verify` share: the policy that they look at, and how they say what
 * they found. Private to findings*.c.
 */
#ifndef VERBS_LOOK_H
#define VERBS_LOOK_H

#include "verbs/findings.h"

/* Where nothing mends it in place. */
#define ANEW "\"sockoptctl detach\" takes it away, and a new start puts it in force again"
/* Where what all policies share is amiss. */
#define ALL_ANEW                                                                                   \
	"\"sockoptctl detach\" all policies, then \"sockoptctl gc\", and start what had them again"

struct look {
	const struct host_config *config;
	const struct inventory *inventory;
	const struct entry *entry;
	const struct run_record *record; /* the entry's */
	const char *check;		 /* the one that runs */
	struct findings *to;
};

/* Say what the running check found. */
__attribute__((format(printf, 3, 4))) void look_find(struct look *l, enum verdict verdict,
						     const char *fmt, ...);

/* Whether this build put it in force: what another one keeps cannot be read. */
bool look_is_of_this_build(const struct run_record *record);

/* The checks "policy" and "recording". */
void look_at_policy(struct look *l);
void look_at_recording(struct look *l);

#endif
