// SPDX-License-Identifier: Apache-2.0
/*
 * Integers, strings and bytes: how the kernel reads them. "Signed" is how the kernel compares,
 * which is not always how a header declares; where it takes -1 as "largest" or "default" the type
 * is unsigned, so that a bound of a rule holds for it too. The structs are in option-structs.c.
 */
#include "policy/option-types.h"

#include <string.h>

#include "base/cleanup.h"

#define INTEGER(id, text, width, ...)                                                              \
	const struct option_type option_type_##id = {.name = text,                                 \
						     .kind = VALUE_INT,                            \
						     .size = (width),                              \
						     __VA_ARGS__}
#define STRING(id, most)                                                                           \
	const struct option_type option_type_##id = {.name = "string",                             \
						     .kind = VALUE_STRING,                         \
						     .size = (most)}
#define BYTES(id, fixed)                                                                           \
	const struct option_type option_type_##id = {.name = "bytes",                              \
						     .kind = VALUE_BYTES,                          \
						     .size = (fixed)}

const struct option_type option_type_none = {.name = "none", .kind = VALUE_NONE};

INTEGER(int, "int", 4, .is_signed = true);
INTEGER(u32, "u32", 4);
INTEGER(u16, "u16", 2);
INTEGER(u8, "u8", 1);
INTEGER(u64, "u64", 8);
INTEGER(flag, "bool", 4, .norm = NORM_BOOL);
INTEGER(rate, "u32 or u64", 4, .wide = true);
INTEGER(tclass, "u32", 4, .norm = NORM_MINUS_1_0);
INTEGER(mcast_hops, "u32", 4, .norm = NORM_MINUS_1_1);

INTEGER(ip_int, "int", 4, .is_signed = true, .shorter = SHORTER_BYTE);
INTEGER(ip_u32, "u32", 4, .shorter = SHORTER_BYTE);
INTEGER(ip_flag, "bool", 4, .norm = NORM_BOOL, .shorter = SHORTER_BYTE);
INTEGER(ip_tos, "byte", 4, .norm = NORM_LOW8, .shorter = SHORTER_BYTE);
INTEGER(ip_mcast_ttl, "u32", 4, .norm = NORM_MINUS_1_1, .shorter = SHORTER_BYTE);

INTEGER(zero_int, "int", 4, .is_signed = true, .shorter = SHORTER_ZERO);
INTEGER(zero_u32, "u32", 4, .shorter = SHORTER_ZERO);
INTEGER(zero_flag, "bool", 4, .norm = NORM_BOOL, .shorter = SHORTER_ZERO);

STRING(string, 255);
STRING(string15, 15);
STRING(string31, 31);

BYTES(bytes, 0);
BYTES(bytes4, 4);
BYTES(bytes8, 8);
BYTES(bytes12, 12);
BYTES(bytes16, 16);
BYTES(bytes32, 32);

/* What a policy may give to a pair of numbers. */
static const struct option_type *const public_types[] = {
	&option_type_int,    &option_type_u32,	 &option_type_u8,     &option_type_u64,
	&option_type_string, &option_type_bytes, &option_type_linger, &option_type_timeval,
};

const struct option_type *option_type_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(public_types); i++)
		if (!strcmp(public_types[i]->name, name))
			return public_types[i];
	return NULL;
}
