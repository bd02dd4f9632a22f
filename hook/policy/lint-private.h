/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the lints share. Nobody else includes it, but for the tests. */
#ifndef POLICY_LINT_PRIVATE_H
#define POLICY_LINT_PRIVATE_H

#include <stdio.h>

#include "policy/compile.h"
#include "policy/lint.h"

struct lint_run {
	const struct policy *policy;
	struct compiled compiled;
	struct lints lints;
	bool failed; /* memory ran out */
};

/* Add a warning about rule number @rule; one whose text stands there already is left out. */
void lint_add(struct lint_run *run, const char *name, size_t rule, const char *remedy,
	      const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Whether @rule takes something away from those who call with its options. */
bool lint_restricts(const struct policy_rule *rule);

/*
 * Whether @key, one option of one call, is taken care of on the sockets that @rule is for: a rule
 * names it, whatever that says; or a rule for its level, for everything, or the default restricts.
 */
bool lint_is_closed(const struct policy *policy, const struct policy_rule *rule,
		    const struct policy_key *key);

/* Options that do the same by another name. */
struct door {
	const char *group;	 /* the group that names them all */
	bool whole;		 /* only where the rule takes the option away, whatever the value */
	const char *const *from; /* restricted here … */
	const char *const *to;	 /* … and each of these does it too; NULL: the others of `from` */
	const char *how;	 /* what `to` is to `from` */
};
const struct door *lint_doors_all(size_t *count);

/* The lints, each over the whole policy. */
void lint_doors(struct lint_run *run);	     /* lint-doors.c */
void lint_pairs(struct lint_run *run);	     /* lint-doors.c */
void lint_secrets(struct lint_run *run);     /* lint-values.c */
void lint_never_asked(struct lint_run *run); /* lint-values.c */
void lint_zeros(struct lint_run *run);	     /* lint-values.c */
void lint_devices(struct lint_run *run);     /* lint-values.c */
void lint_emulated(struct lint_run *run);    /* lint-values.c */
void lint_redirects(struct lint_run *run);   /* lint-values.c */

#endif
