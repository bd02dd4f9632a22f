/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call as a person types it: an option, and a value in the language of policies. Knows no policy
 * but for the types that its rules give to numbers.
 */
#ifndef POLICY_QUERY_H
#define POLICY_QUERY_H

#include "policy/policy.h"

/*
 * The option @text names for @call: "SO_RCVBUF", "1/8", "SOL_TCP/13", "200/1:int". The first row
 * where a name has several; *@ret_rows is how many, 0 for numbers. A number without a type has that of
 * @policy's rules, or NULL.
 */
int query_option(const struct policy *policy, const char *text, unsigned int call,
		 struct policy_key *ret, size_t *ret_rows, struct error *err);

/*
 * The bytes that @text stands for as a value of @key: an integer, a string with or without quotes,
 * {"hex": …}, {"dscp": …}, an object of fields. {"hex"} goes with every type, at any length. Where
 * the type is not known an integer has four bytes. At most POLICY_VALUE_MAX.
 */
int query_value(const struct policy_key *key, const char *text, uint8_t bytes[POLICY_VALUE_MAX],
		size_t *ret_length, struct error *err);

/* By kernel name: EACCES, AF_INET, SOCK_STREAM, IPPROTO_TCP. Errors begin with the option. */
int query_errno(const char *text, int *ret, struct error *err);
int query_family(const char *text, uint32_t *ret, struct error *err);
int query_type(const char *text, uint32_t *ret, struct error *err);
int query_protocol(const char *text, uint32_t *ret, struct error *err);

#endif
