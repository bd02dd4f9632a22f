/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the integer fields of a struct are written down: offset and width come from the declaration
 * itself. Included by option-structs*.c alone.
 */
#ifndef POLICY_OPTION_STRUCTS_H
#define POLICY_OPTION_STRUCTS_H

#include <stddef.h>

#include "policy/option-types.h"

/* clang-format off */
#define SIZE_OF(type, member)  sizeof(((type *)0)->member)
#define SIGNED(type, member)   {#member, offsetof(type, member), SIZE_OF(type, member), true, false}
#define UNSIGNED(type, member) {#member, offsetof(type, member), SIZE_OF(type, member), false, false}
#define FLAG(type, member)     {#member, offsetof(type, member), SIZE_OF(type, member), false, true}
#define END                    {NULL, 0, 0, false, false}

#define STRUCT(id, type, ...)                                                                  \
	static const struct option_field id##_fields[] = {__VA_ARGS__, END};                   \
	const struct option_type option_type_##id = {                                          \
		.name = #id, .kind = VALUE_STRUCT, .size = sizeof(type), .fields = id##_fields}
/* clang-format on */

#endif
