/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with a policy whose every rule is right by itself: rules that can never match, which
 * the parser refuses; and rules that likely do less than their author thinks, which are warnings.
 * Knows no JSON and no kernel.
 */
#ifndef POLICY_LINT_H
#define POLICY_LINT_H

#include "policy/policy.h"

/*
 * -EINVAL where a rule can never match, because earlier rules without "where" and
 * "sockets" take every option of it for every call; @err names both. A rule of which only
 * some options are taken is fine.
 */
int lint_unreachable(const struct policy *policy, struct error *err);

/* One warning. */
struct lint {
	const char *name; /* which lint: "sideways-door"; the man page describes each */
	size_t rule;	  /* index of the rule it is about */
	char *text;	  /* one sentence */
	char *remedy;	  /* the group, option or parameter that closes it: "@dscp" */
};

struct lints {
	struct lint *items; /* in the order of the rules */
	size_t n;
};

/*
 * All warnings about @policy; freed by lints_done(). Fails only without memory, and for a policy
 * that policy_compile() refuses.
 */
int lint_policy(const struct policy *policy, struct lints *ret, struct error *err);
void lints_done(struct lints *lints);

#endif
