/* SPDX-License-Identifier: Apache-2.0 */
/* A literal of the policy against the type of an option: does it fit, and which bytes is it? */
#ifndef POLICY_VALUE_H
#define POLICY_VALUE_H

#include "policy/policy.h"

/* The named field of a STRUCT type, or NULL. */
const struct option_field *value_field(const struct option_type *type, const char *name);

/*
 * The integer that @literal stands for in an integer of @width bytes, sign-extended to 64 bits
 * where @is_signed. -ERANGE where it does not fit, with the bounds in @err.
 */
int value_int(const struct literal *literal, unsigned int width, bool is_signed, uint64_t *ret,
	      struct error *err);

/*
 * The bytes of @literal as the kernel would take them for @type, at most POLICY_VALUE_MAX. A string
 * gets its NUL where it is shorter than the type's size. Returns -EINVAL where literal and type do
 * not go together.
 */
int value_encode(const struct literal *literal, const struct option_type *type,
		 uint8_t bytes[POLICY_VALUE_MAX], size_t *ret_length, struct error *err);

#endif
