/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel runs for a policy's cgroup, in its order, and where each program is attached. */
#ifndef VERBS_ORDER_H
#define VERBS_ORDER_H

#include "verbs/inventory.h"

struct order_step {
	uint32_t prog_id;
	char name[16];
	char *cgroup; /* that it is attached to; NULL where that is not known */
	bool ours;    /* it is the program of this very policy */
};

struct order {
	struct order_step *steps;
	size_t count;
	/* attached to one of these cgroups, and not run for this one */
	struct order_step *displaced;
	size_t n_displaced;
};

/* For call 0 (setsockopt) or 1. *@ret is freed by order_done(), also after a failure. */
int order_read(const struct entry *entry, size_t call, struct order *ret, struct error *err);
void order_done(struct order *order);

#endif
