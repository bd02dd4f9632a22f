/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grants: what a recording allows, before it is written as rules. All of them allow, so their order
 * means nothing. Private to the files that make policies from recordings.
 */
#ifndef POLICY_GRANT_H
#define POLICY_GRANT_H

#include "policy/span.h"

#define GRANT_PROTOCOLS 64   /* of one rule */
#define GRANTS_MAX	8192 /* more are a file made to exhaust memory */

/* One option in one call on some sockets: all that are in families x types x protocols. */
struct grant {
	uint32_t level, optname;
	unsigned int call;
	uint64_t families, types;	     /* bits; 0: any */
	uint32_t protocols[GRANT_PROTOCOLS]; /* sorted */
	size_t n_protocols;		     /* 0: any */
	const struct option_type *type;	     /* of the value; NULL only with SPAN_ANY */
	uint64_t count;			     /* calls seen; 0: not known */
	unsigned int lengths;		     /* bits, by the class of optlen */
	struct span span;
};

struct grants {
	struct grant *list;
	size_t n, size;
};

void grants_done(struct grants *g);
#define _cleanup_grants_ __attribute__((cleanup(grants_done)))

/* Append a copy of @grant. */
int grants_add(struct grants *g, const struct grant *grant, struct error *err);
/*
 * Sort by level, option and call, and make one of those that speak of the same sockets. Of others
 * that speak of some sockets both, what a grant without bounds holds anyway goes up in it.
 */
void grants_unite(struct grants *g);
/* Join those of one option and call whose values are equal, where the sockets make a product. */
void grants_join(struct grants *g);
void grants_loosen(struct grants *g, enum bounds bounds);
/* Forget kinds of socket. */
void grants_drop_sockets(struct grants *g);

/* ---- grant-sockets.c ---- */

/* Protocol numbers mean something else in each of these, and are written by other names. */
enum protocol_space {
	SPACE_INET,
	SPACE_NETLINK,
	SPACE_OTHER
};

enum protocol_space grant_protocols(uint64_t families);

/* An order, and 0 where both speak of the same sockets. */
int grant_compare_sockets(const struct grant *a, const struct grant *b);
/* Whether every socket of @b is one of @a; whether any is. */
bool grant_holds_sockets(const struct grant *a, const struct grant *b);
bool grant_sockets_meet(const struct grant *a, const struct grant *b);
/* Make @to hold the sockets of @from too, where both together are a product; else nothing. */
bool grant_join_sockets(struct grant *to, const struct grant *from);

/* ---- grant-text.c ---- */

/* The bit in `lengths` for @optlen or the class it ends. */
unsigned int grant_length_bit(uint32_t optlen);

/*
 * The option as a rule names it: the name that means this number and no other, else level and
 * number, with a type where the table has none and the rule needs one.
 */
#define GRANT_OPTION_MAX 96
const char *grant_option(const struct grant *grant, char text[GRANT_OPTION_MAX]);
/* "12 calls, optlen 4, values 0 to 1": for people, and for grant_read_description(). */
#define GRANT_DESCRIPTION_MAX 512
const char *grant_description(const struct grant *grant, char text[GRANT_DESCRIPTION_MAX]);
/* Count and lengths out of such a text; what it lacks stays 0. @text may be NULL. */
void grant_read_description(const char *text, struct grant *grant);

/* ---- grant-write.c ---- */

/* What the policy says of itself; the writer adds what did not fit. */
struct grants_head {
	const char *name;
	char description[POLICY_DESCRIPTION_MAX / 2];
};

/*
 * The grants, united, as a policy that denies all else: text that policy_parse() accepts and
 * policy_compile() fits into what a program walks. The caller frees *@ret. Changes @g.
 */
int grants_write(struct grants *g, const struct grants_head *head, enum bounds bounds, char **ret,
		 struct error *err);

#endif
