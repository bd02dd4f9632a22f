/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call tried under a policy, as `explain --option` asks for it: what was typed in, a verdict
 * out. Private to the files of the verb explain.
 */
#ifndef VERBS_EXPLAIN_CALL_H
#define VERBS_EXPLAIN_CALL_H

#include "policy/try.h"
#include "verbs/verbs.h"

/* As typed; NULL where not given. */
struct explain_words {
	const char *call, *option, *value, *family, *type, *protocol, *length, *fails;
};

struct question {
	const struct policy *policy;
	struct policy_key key;
	size_t rows; /* that the option's name has; 0: it was given by numbers */
	uint8_t value[POLICY_VALUE_MAX];
	bool has_value;
	struct try_call call;
	struct try_outcome outcome;
	struct policy_key end_key; /* the option that the kernel gets */
};

/* Try the call under @policy and print the verdict. Returns an exit status. */
int explain_call(struct verb_call *call, const struct policy *policy,
		 const struct explain_words *words);

/* ---- explain-print.c ---- */

void explain_print(FILE *out, const struct question *q);
int explain_print_json(struct verb_call *call, const struct question *q);

#endif
