/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether text is well-formed Unicode, which yajl checks only loosely. Knows
 * no JSON beyond its \u escapes.
 */
#ifndef POLICY_UTF8_H
#define POLICY_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The bytes of the well-formed character at @text (1 to 4), 0 where there is none: overlong forms,
 * surrogates and what lies beyond U+10FFFF are refused. @length is at least 1.
 */
size_t utf8_char(const unsigned char *text, size_t length);
bool utf8_valid(const unsigned char *text, size_t length);

/*
 * In JSON text: the first \u escape of a surrogate that is not one of a high and a low one, or NULL
 * where all are paired.
 */
const char *utf16_half_pair(const char *json, size_t length);

/*
 * Whether the character of @n bytes at @text, as utf8_char() found it, makes a terminal do something
 * else than show it in its place: control characters, what turns the direction of the text around it
 * or ends a line, and what has no width.
 */
bool utf8_is_control(const unsigned char *text, size_t n);

#endif
