/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of a probe's step: names, numbers and values as the command
 * line gives them. Knows no socket.
 */
#ifndef PROBE_WORDS_H
#define PROBE_WORDS_H

#include <stddef.h>
#include <stdint.h>

#define VALUE_MAX (1 << 20) /* bytes */

struct name {
	const char *name;
	int number;
};

/* Ended by a NULL name. */
extern const struct name families[], types[], levels[], options[];

struct step {
	char **words;
	int count;
};

/* Say which step is not understood, and why; exit with 2. */
void usage(const struct step *step, const char *what) __attribute__((noreturn));
/* Word @at, or usage() with @what. */
const char *word(const struct step *step, int at, const char *what);
/* Word @at as a name of @names (may be NULL) or a number. */
int number(const struct step *step, int at, const struct name *names);
/* The N of "len N" from word @at on, or @otherwise. */
size_t length_word(const struct step *step, int at, size_t otherwise);
/* Bytes of an integer type of value; 0 for any other type. */
size_t width_of(const char *type);
/*
 * Words @at (type) and @at + 1 (text) as bytes in @value, which has
 * VALUE_MAX. Returns their number.
 */
size_t encode(const struct step *step, int at, uint8_t *value);
/* "VALUE len N" and a newline. */
void print_value(const char *type, const uint8_t *value, size_t length);

#endif
