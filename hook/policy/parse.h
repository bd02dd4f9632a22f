/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the parser share. Nobody else includes it; the public word is policy_parse().
 */
#ifndef POLICY_PARSE_H
#define POLICY_PARSE_H

#include <stdarg.h>

#include "base/cleanup.h"
#include "policy/json.h"
#include "policy/names.h"
#include "policy/policy.h"

/*
 * Where in the policy we are: a chain on the stack, written out only when something is wrong there.
 */
struct place {
	const struct place *up; /* NULL below the policy itself */
	const char *key;	/* NULL: an array's item, @index */
	size_t index;
};

#define PLACE_KEY(above, name)	   (&(const struct place){.up = (above), .key = (name)})
#define PLACE_INDEX(above, number) (&(const struct place){.up = (above), .index = (number)})

/* Distinct keys, hashed: 64 KiB of rules may name the same options over and over. */
struct key_set {
	uint64_t *slots;
	size_t size, n;
};

struct key_list {
	struct policy_key *keys;
	size_t n;
};

struct parse {
	struct error *err;
	struct policy *policy;
	struct key_set in_policy; /* options alone */
	struct key_set in_rule;	  /* options and levels */
	struct {
		uint32_t level, optname;
	} emulated[POLICY_EMULATED_MAX];
	size_t n_emulated;
};

/*
 * The options whose value a literal will be held against, and which field of it (NULL: all of it).
 */
struct scope {
	const struct policy_key *keys;
	size_t n;
	const char *field;
	const struct place *options; /* the array that keys[].entry counts in, or the one string */
	const char *user;	     /* what looks at the value, for messages: "where", "clamp" */
};

/* One known member of an object; rows stand in the order in which they must be read. */
struct member {
	const char *key;
	bool required;
	/* NULL: known, and read elsewhere */
	int (*parse)(struct parse *p, const struct json *json, const struct place *place, void *to);
};

/* ---- parse-base.c ---- */

/* Set p->err with the place in front. Returns -EINVAL. */
int place_error(struct parse *p, const struct place *place, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Put the place in front of what p->err says. Returns its negative code. */
int place_wrap(struct parse *p, const struct place *place);
int no_memory(struct parse *p);

/* -EINVAL unless @json is of @kind. */
int expect(struct parse *p, const struct json *json, enum json_kind kind,
	   const struct place *place);
/* Read the members of an object by a table; what the table lacks is an error. */
int parse_members(struct parse *p, const struct json *object, const struct place *place,
		  const struct member *members, size_t count, void *to);
/* An integer from @min to @max. */
int parse_number(struct parse *p, const struct json *json, const struct place *place, uint64_t min,
		 uint64_t max, uint64_t *ret);
/* 1 to 64 of [A-Za-z0-9._-]; a copy. */
int parse_id(struct parse *p, const struct json *json, const struct place *place, char **ret);
int parse_description(struct parse *p, const struct json *json, const struct place *place,
		      char **ret);
int parse_errno(struct parse *p, const struct json *json, const struct place *place, int *ret);
int parse_boolean(struct parse *p, const struct json *json, const struct place *place, bool *ret);
/* A row of a table by name; @what names the kind ("errno") in messages. */
int parse_name(struct parse *p, const struct json *json, const struct place *place,
	       enum name_table table, const char *what, uint32_t *ret);
/* A non-empty array of distinct strings, @each called for each. */
int parse_strings(struct parse *p, const struct json *json, const struct place *place,
		  bool distinct,
		  int (*each)(struct parse *p, const struct json *item, const struct place *place,
			      void *to),
		  void *to);

/* ---- parse-rule.c ---- */

int parse_rule(struct parse *p, const struct json *json, const struct place *place, size_t index);

/* ---- parse-sockets.c ---- */

int parse_sockets(struct parse *p, const struct json *json, const struct place *place,
		  struct socket_filter *ret);

/* ---- parse-options.c, parse-keys.c ---- */

int parse_options(struct parse *p, const struct json *json, const struct place *place,
		  struct policy_rule *rule);
/* One single option of @call, as in "to". */
int parse_target(struct parse *p, const struct json *json, const struct place *place,
		 unsigned int call, struct policy_key *ret);
/* Empty @set, which keeps its room; and release it. */
void key_set_clear(struct key_set *set);
void key_set_done(struct key_set *set);
int key_append(struct parse *p, struct key_list *list, const struct policy_key *key);
/* Add what @list holds to @rule, each key once, within the limits. */
int keys_merge(struct parse *p, struct policy_rule *rule, const struct key_list *list,
	       const struct place *place);
/* Count the rule's options as emulated ones. */
int keys_emulate(struct parse *p, const struct policy_rule *rule, const struct place *place);

/* ---- parse-literal.c, parse-scope.c ---- */

/* The literal as it stands; {"dscp": …} only where all of @scope are traffic classes. */
int parse_literal(struct parse *p, const struct json *json, const struct place *place,
		  const struct scope *scope, struct literal *ret);
void literal_done(struct literal *literal);
/* -1, 0, 1: two LITERAL_INT compared. */
int literal_compare(const struct literal *a, const struct literal *b);

/* Every option of @scope has a type, and the field where one is named. */
int scope_typed(struct parse *p, const struct scope *scope, const struct place *field);
/* Every option (or the field) is an integer: what @key ("min", "mask") works on. */
int scope_integers(struct parse *p, const struct scope *scope, const struct place *place);
enum literal_use {
	USE_NUMBER, /* compared with the value */
	USE_BITS,   /* laid over the value: any pattern that is not wider */
	USE_VALUE,  /* put in the value's place */
};

/* @literal fits every option (or the field). */
int scope_fits(struct parse *p, const struct scope *scope, const struct literal *literal,
	       enum literal_use use, const struct place *place);
/* The bits of @mask fit every option (or the field). */
int scope_mask_fits(struct parse *p, const struct scope *scope, uint64_t mask,
		    const struct place *place);

/* ---- parse-where.c, parse-action.c ---- */

int parse_where(struct parse *p, const struct json *json, const struct place *place,
		struct policy_rule *rule);
int parse_action(struct parse *p, const struct json *object, const struct place *place,
		 struct policy_rule *rule);

#endif
