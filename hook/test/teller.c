// SPDX-License-Identifier: Apache-2.0
/* See teller.h. A reader of the real ring, in the test's own bpffs and run folder. */
#include "test/teller.h"

#include <bpf/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"

#define NSEC_PER_SEC 1000000000ull

static struct pins pins;
static struct events events = EVENTS_NONE;

void teller_open(void)
{
	struct error err = {0};

	if (pins_open("/sys/fs/bpf", true, &pins, &err) ||
	    events_open(&events, &pins, "/run/oci-sockopt-hook", true, &err))
		bail_out("events: %s", err.text);
	if (!events.consumes)
		bail_out("events: process %d reads them", (int)events_consumer(&events));
}

bool teller_read(struct sockopt_event *ret)
{
	bool any = events_next(&events, ret);

	events_consume(&events);
	return any;
}

uint64_t teller_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}

void teller_attach(struct site *site, const char *policy, const struct teller *teller)
{
	struct sockopt_policy *p;

	site_compile(site, policy);
	p = site->compiled.policy;
	p->flags |= teller->audit ? SOCKOPT_FLAG_AUDIT : 0;
	p->event_interval = teller->per_second ? NSEC_PER_SEC / teller->per_second : 1;
	p->event_burst = teller->burst ? p->event_interval * (teller->burst - 1) : 1ull << 62;
	memcpy(p->id, TELLER_ID, sizeof(TELLER_ID));
	site_link(site);
	site_write(site);
}

void teller_ask(const struct site *site, struct told *ret)
{
	_cleanup_free_ struct sockopt_policy *p = calloc(1, site->compiled.class->size);
	uint64_t key = site->cgroup.id;

	if (!p || bpf_map_lookup_elem(site->programs.policies, &key, p))
		bail_out("the policy cannot be read: %s", strerror(errno));
	*ret = (struct told){.lost_full = p->lost_full, .lost_rate = p->lost_rate};
	if (p->n_rules + 1u > ARRAY_SIZE(ret->counters))
		bail_out("more rules than a test has counters for");
	memcpy(ret->counters, p->arena + p->counters * SOCKOPT_CELL,
	       (p->n_rules + 1u) * sizeof(*ret->counters));
}
