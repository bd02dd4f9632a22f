/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of values of one option that a rule is to allow: as numbers, a range, names, structs, or
 * any. Private to the files that make policies from recordings.
 */
#ifndef POLICY_SPAN_H
#define POLICY_SPAN_H

#include "policy/json.h"
#include "policy/recording.h"

#define SPAN_MAX  64 /* items of "oneOf" */
#define DATUM_MAX 32 /* bytes of a name or a struct; no option with names takes longer ones */

enum span_kind {
	SPAN_ANY,
	SPAN_RANGE,
	SPAN_NUMBERS,
	SPAN_DATA, /* as value_encode() writes them, text without its NUL */
};

struct datum {
	uint8_t length;
	uint8_t bytes[DATUM_MAX];
};

struct span {
	enum span_kind kind;
	const char *why; /* ANY: why there are no bounds; NULL where none were wanted */
	bool known;	 /* low and high hold; with ANY they are for people alone */
	/* integers in the form that compares unsigned: the sign bit of 64 is turned where signed */
	uint64_t low, high;
	size_t n; /* sorted, each once */
	union {
		uint64_t numbers[SPAN_MAX];
		struct datum data[SPAN_MAX];
	};
};

/* What may be any value, for the reason @why. */
void span_set_any(struct span *span, const char *why);
/* Put @low..@high, or one item, into a span; begin with span_begin(). */
void span_begin(struct span *span, enum span_kind kind);
void span_add_range(struct span *span, uint64_t low, uint64_t high);
void span_add_number(struct span *span, uint64_t number);
void span_add_datum(struct span *span, const struct datum *datum);

/* Widen @to until it holds @from too; both are of one type. */
void span_unite(struct span *to, const struct span *from);
bool span_equal(const struct span *a, const struct span *b);
/*
 * Widen to what @bounds asks for; a range that holds every value of @type is none. @type may be
 * NULL only with SPAN_ANY.
 */
void span_loosen(struct span *span, enum bounds bounds, const struct option_type *type);

/* The "where" of a rule, as a member of the object that is open; nothing for SPAN_ANY. */
void span_write(const struct span *span, const struct option_type *type, struct json_writer *w);
/* "value 1" or "values 0 to 7" where they are known integers of @type, else "". */
#define SPAN_TEXT_MAX 64
const char *span_text(const struct span *span, const struct option_type *type,
		      char text[SPAN_TEXT_MAX]);

/* ---- span-observed.c ---- */

/*
 * The values of @o, a setsockopt, as the kernel would understand them in an option of @type
 * (NULL: unknown): just these pass a rule with that span.
 */
void span_of_observed(const struct observed *o, const struct option_type *type, struct span *ret);
/*
 * Whether @bytes are text without control characters: a policy is to be read on terminals, and
 * nothing is called by such bytes.
 */
bool span_is_plain(const uint8_t *bytes, size_t length);

/* ---- span-rule.c ---- */

/*
 * The values that @rule's `where` allows for an option of @type, if record or merge could have
 * written it; else -EINVAL with the place below the rule.
 */
int span_of_rule(const struct policy_rule *rule, const struct option_type *type, struct span *ret,
		 struct error *err);

#endif
