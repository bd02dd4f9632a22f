/* SPDX-License-Identifier: Apache-2.0 */
/* FNV-1a, 64 bits: tells texts and bytes apart where nobody gains by making two alike. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* What the first call begins with. */
#define HASH_BASIS UINT64_C(0xcbf29ce484222325)

/* @hash, and @length bytes more. */
static inline uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length)
{
	for (const uint8_t *p = bytes; length > 0; p++, length--)
		hash = (hash ^ *p) * UINT64_C(0x100000001b3);
	return hash;
}

#endif
