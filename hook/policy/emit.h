/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to the compiler: the growing list of steps and values, and how one rule becomes steps.
 * Steps are emitted from the last to the first, so that every jump goes to a step that exists;
 * equal steps are shared, and with them all that follows them.
 */
#ifndef POLICY_EMIT_H
#define POLICY_EMIT_H

#include "policy/compile.h"

#define EMIT_STEPS_MAX	((SOCKOPT_LARGE_CELLS * SOCKOPT_CELL) / sizeof(struct sockopt_step))
#define EMIT_VALUES_MAX 1024

struct emit_value {
	uint8_t bytes[SOCKOPT_VALUE_MAX];
	uint16_t length;
};

struct emit {
	struct sockopt_step
		steps[EMIT_STEPS_MAX];	/* `offset` of REPLACE, ANSWER, EMULATE: index in values */
	uint16_t depth[EMIT_STEPS_MAX]; /* the most steps from this one to a verdict */
	size_t n_steps;
	struct emit_value *values; /* the caller frees them; most policies have few or none */
	size_t n_values, values_size;
};

/* Add @step or find its equal. Returns 0 and its index, or -E2BIG. */
int emit_step(struct emit *e, const struct sockopt_step *step, uint16_t *ret, struct error *err);

/*
 * The steps of @rule (number @index) for an option of @type (NULL: unknown); where it does not
 * match, the walk goes on at @next. *@ret is the first step.
 */
int emit_rule(struct emit *e, const struct policy_rule *rule, size_t index,
	      const struct option_type *type, uint16_t next, uint16_t *ret, struct error *err);

/* The tests of @rule's `where`: on to @yes or @no. Part of emit_rule(), in a file of its own. */
int emit_where(struct emit *e, const struct policy_rule *rule, const struct sockopt_step *base,
	       const struct option_type *type, uint16_t yes, uint16_t no, uint16_t *ret,
	       struct error *err);

/*
 * Fill in how SOCKOPT_OP_VALUE reads @type, or its @field where that is not NULL.
 * acc is the whole value, biased.
 */
void emit_read(struct sockopt_step *step, const struct option_type *type, const char *field);
/* The same for SOCKOPT_OP_TEXT. @type may be NULL. */
void emit_text(struct sockopt_step *step, const struct option_type *type);

#endif
