/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checked policy: what the parser hands to lint and compiler. Every
 * name in it has been resolved and every literal has been held against the type of
 * every option it will be used with.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "policy/options.h"

#define POLICY_JSON_MAX	       65536 /* bytes of JSON text */
#define POLICY_DEPTH_MAX       16    /* nested arrays and objects */
#define POLICY_RULES_MAX       256
#define POLICY_KEYS_MAX	       1024 /* (call, level, option) after names and groups are expanded */
#define POLICY_VALUE_MAX       256  /* bytes of one value */
#define POLICY_EMULATED_MAX    8    /* distinct emulated options: what one socket can keep */
#define POLICY_ERRNO_MAX       133  /* beyond it the kernel hands nonsense to the caller */
#define POLICY_NAME_MAX	       64   /* bytes of a policy's name and of a rule's id */
#define POLICY_DESCRIPTION_MAX 1024

enum policy_action {
	ACTION_ALLOW,
	ACTION_DENY,
	ACTION_CLAMP,
	ACTION_REPLACE,
	ACTION_MASK,
	ACTION_REDIRECT,
	ACTION_IGNORE,
	ACTION_ANSWER,
	ACTION_EMULATE,
};

/*
 * A literal of the policy, not yet bound to a type: one rule may name options of different types.
 */
enum literal_kind {
	LITERAL_NONE, /* the key was not given */
	LITERAL_INT,
	LITERAL_STRING,
	LITERAL_BYTES,	/* {"hex": "…"} */
	LITERAL_STRUCT, /* {"l_onoff": 1, …}: fields not named are 0 */
};

struct literal_field {
	char *name;
	bool negative;
	uint64_t magnitude;
};

struct literal {
	enum literal_kind kind;
	bool negative;	    /* INT: the value is -magnitude */
	uint64_t magnitude; /* INT; {"dscp": …} arrives here as the value in place */
	uint8_t *bytes;	    /* STRING (a NUL follows, not counted) and BYTES */
	size_t length;
	struct literal_field *fields;
	size_t n_fields;
};

enum pattern_kind {
	PATTERN_OPTION,
	PATTERN_LEVEL,
	PATTERN_ALL
};

/* One (call, level, option) that a rule names, or a whole level, or everything. */
struct policy_key {
	enum pattern_kind kind;
	uint8_t call; /* exactly one CALL_* */
	uint32_t level;
	uint32_t optname;
	const struct option_type *type; /* NULL where nothing is known */
	size_t entry;			/* index in the rule's "options", for messages */
};

/* min, max and oneOf hold together on (value & mask); lists are owned. */
struct value_test {
	bool has_mask;
	uint64_t mask;
	struct literal min, max; /* LITERAL_INT or LITERAL_NONE */
	struct literal *one_of;
	size_t n_one_of; /* 0: the key was not given */
};

struct socket_filter {
	uint64_t families;   /* bit AF_x; 0: any */
	uint64_t types;	     /* bit SOCK_x; 0: any */
	uint32_t *protocols; /* n_protocols 0: any */
	size_t n_protocols;
};

struct policy_rule {
	char *id; /* never NULL: "rules[3]" where the policy names none */
	char *description;
	uint8_t calls;
	struct policy_key *keys;
	size_t n_keys;
	struct socket_filter sockets;
	bool has_where;
	char *where_field; /* NULL: the whole value */
	struct value_test where, where_not;
	bool has_not;
	enum policy_action action;
	int deny_errno;		  /* positive; DENY only */
	char *field;		  /* CLAMP, REPLACE, MASK on a struct; NULL: the whole value */
	struct literal min, max;  /* CLAMP, REDIRECT */
	struct literal value;	  /* REPLACE, REDIRECT, ANSWER, EMULATE (its "initial") */
	struct literal keep, set; /* MASK */
	struct policy_key to;	  /* REDIRECT */
	bool log;
};

struct policy {
	char *name; /* NULL where not given */
	char *description;
	/* by call: [0] setsockopt, [1] getsockopt */
	bool deny_by_default[2];
	int default_errno;
	struct policy_rule *rules;
	size_t n_rules;
};

/*
 * Parse and check @text (@length bytes). On success *@ret is owned by the caller: policy_free().
 * On failure returns a negative errno and @err names the place as a path from the policy's root
 * ("rules[3].options[0]: …"), the reason, and for a name the nearest known one.
 */
int policy_parse(const char *text, size_t length, struct policy **ret, struct error *err);
void policy_free(struct policy *policy);

static inline void policy_freep(struct policy **policy)
{
	policy_free(*policy);
}
#define _cleanup_policy_ __attribute__((cleanup(policy_freep)))

/* "allow", "deny", …; NULL past the end. */
const char *policy_action_name(enum policy_action action);

/* "setsockopt" or "getsockopt", for exactly one CALL_*. */
const char *call_name(unsigned int call);
/* The option's name, "200/1", "SOL_TCP/…" or "*" in quotes. Returns @label. */
#define KEY_LABEL_MAX 64
const char *key_label(const struct policy_key *key, char label[KEY_LABEL_MAX]);

/*
 * The key of @rule that names the option in this call, or NULL. With @any_level, of an option whose
 * level no rule names; @optname UINT32_MAX: any other of the level.
 */
const struct policy_key *policy_rule_names(const struct policy_rule *rule, unsigned int call,
					   bool any_level, uint32_t level, uint32_t optname);
/* Whether @rule decides for its options whatever the value and the socket. */
bool policy_rule_takes_all(const struct policy_rule *rule);

#endif
