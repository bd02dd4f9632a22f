/* SPDX-License-Identifier: Apache-2.0 */
/* What words.c and words-rule.c share. Nobody else includes it. */
#ifndef POLICY_WORDS_PRIVATE_H
#define POLICY_WORDS_PRIVATE_H

#include "policy/words.h"

/* The DSCP that @value, as one of @key, has above two ECN bits that are 0; or NULL. */
const char *words_dscp(const struct policy_key *key, uint64_t value);
/* The number, and its DSCP where it is one. */
void words_integer(FILE *out, const struct policy_key *key, uint64_t value, bool negative);
void words_hex(FILE *out, const uint8_t *bytes, size_t length);
void words_text(FILE *out, const uint8_t *bytes, size_t length);

#endif
