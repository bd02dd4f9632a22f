/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy does, option by option: the rules in the order in which they are tried for each
 * option, as rows that point into the policy. Knows no words, no tables and no kernel.
 */
#ifndef POLICY_EXPLAIN_H
#define POLICY_EXPLAIN_H

#include "policy/policy.h"

struct explain_row {
	/* What is asked for, for one call: an option, any other of a level, or anything else. */
	struct policy_key key;
	const struct policy_rule *rule; /* NULL: the default action */
	size_t index;			/* of the rule */
};

struct explanation {
	struct explain_row *rows;
	size_t n;
};

/*
 * All rows of @policy, which must outlive them: setsockopt first; in a call the options by first
 * mention, then whole levels, then anything else. The rows of one option end with the first rule
 * that matches always, or with the default. Freed by explanation_done().
 */
int explain_policy(const struct policy *policy, struct explanation *ret, struct error *err);
void explanation_done(struct explanation *explanation);

#endif
