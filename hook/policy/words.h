/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rules and values mean, in words: conditions, effects, sockets, bytes as their type's value.
 * Text to a stream; knows no tables, no JSON and no kernel.
 */
#ifndef POLICY_WORDS_H
#define POLICY_WORDS_H

#include <stdio.h>

#include "policy/policy.h"

/* The errno's name; where it has none its number. Returns @text. */
#define WORDS_ERRNO_MAX 32
const char *words_errno(int code, char text[WORDS_ERRNO_MAX]);
/* The name of protocol @number on sockets of the family bits @families, or NULL. */
const char *words_protocol(uint32_t number, uint64_t families);

/* "AF_INET or AF_INET6, SOCK_STREAM"; nothing where any socket will do. */
void words_sockets(FILE *out, const struct socket_filter *filter);
/* When @rule matches @key, one of its options: "(value & 252) in {AF21, CS0}"; nothing: always. */
void words_condition(FILE *out, const struct policy_rule *rule, const struct policy_key *key);
/* What @rule does to the call: "clamp to at most 1048576", "deny EACCES". */
void words_effect(FILE *out, const struct policy_rule *rule, const struct policy_key *key);
/*
 * @length bytes as the value of @key, whose type may be NULL: "1048576", "cubic" in quotes,
 * "{l_onoff 1, l_linger 5}", "0xc0ffee". A length that the type does not go with is shown as bytes.
 */
void words_value(FILE *out, const struct policy_key *key, const uint8_t *bytes, size_t length);

#endif
