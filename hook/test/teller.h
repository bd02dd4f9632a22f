/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of counters and events share: sites that tell, and the reader of what they tell. */
#ifndef TEST_TELLER_H
#define TEST_TELLER_H

#include "kernel/events.h"
#include "test/kernel.h"

#define TELLER_ID "the-teller"

struct teller {
	bool audit;
	/* events in a second and at once; 0: more than any test makes */
	uint64_t per_second, burst;
};

/* Become the consumer of the ring; what is in it is left behind. */
void teller_open(void);
/* The next event, if there is one. */
bool teller_read(struct sockopt_event *ret);
/* CLOCK_BOOTTIME in nanoseconds. */
uint64_t teller_now(void);

/* As site_attach(), with a limit of events. The id is TELLER_ID. */
void teller_attach(struct site *site, const char *policy, const struct teller *teller);

/* The policy as the programs left it, with its counters: one a rule, then the default action's. */
struct told {
	uint64_t lost_full, lost_rate;
	struct sockopt_counter counters[8];
};
void teller_ask(const struct site *site, struct told *ret);

#endif
