/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one error object. A leaf sets it, callers put the place in front on the way up, a main prints
 * it once. Fixed size, no allocation, so that reporting cannot fail.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <errno.h>

#define ERROR_MAX 1024 /* bytes of text, NUL included; longer text ends in "…" */

struct error {
	int code;	      /* positive errno; 0 while nothing is set */
	char text[ERROR_MAX]; /* one line of printable UTF-8 */
};

/*
 * Set @err to positive errno @code and the formatted text. Control characters are replaced by '?',
 * so that text from an annotation cannot forge a log line. @err may be NULL. Returns -@code, so
 * that a leaf can say `return error_set(err, EINVAL, …)`.
 */
int error_set(struct error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* As error_set(), with ": " and strerror(@code) appended. */
int error_errno(struct error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Put the formatted text and ": " in front of what @err says. Returns -@err->code.
 * A caller that adds nothing simply returns what it got.
 */
int error_prefix(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
