/* SPDX-License-Identifier: Apache-2.0 */
/* Which metrics there are, and how many series at most. Reads and writes nothing by itself. */
#ifndef VERBS_EXPOSITION_H
#define VERBS_EXPOSITION_H

#include "verbs/readings.h"

#define EXPOSITION_SERIES	10000 /* at most, unless asked for otherwise */
#define EXPOSITION_RULE_METRICS 3     /* of each rule: calls, denials, changes */

struct exposition {
	const struct inventory *inventory; /* not owned, nor is the next */
	const struct readings *readings;   /* of all of @inventory, in its order */
	char **ids;			   /* by reading: the label "id" */
	bool *summed;			   /* by reading: one sum stands for its rules */
	size_t n_summed;
};

/*
 * Decide what each policy is called and whose rules are summed, so that there are @most series: first
 * the policies with most rules. Each policy has some of its own, and those always remain. Freed by
 * exposition_done().
 */
int exposition_plan(const struct inventory *inventory, const struct readings *readings, size_t most,
		    struct exposition *ret, struct error *err);
void exposition_print(const struct exposition *exposition, FILE *out);
void exposition_done(struct exposition *exposition);

#endif
