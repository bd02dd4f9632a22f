/* SPDX-License-Identifier: Apache-2.0 */
/* Test Anything Protocol for the unit tests: one line a check, what was got where it fails. */
#ifndef TEST_TAP_H
#define TEST_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One count for all files of a program. */
__attribute__((weak)) int tap_count, tap_failed;

/* One check; @fmt names it. Returns @pass. */
__attribute__((format(printf, 2, 3))) static inline bool ok(bool pass, const char *fmt, ...)
{
	va_list args;

	printf("%sok %d - ", pass ? "" : "not ", ++tap_count);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	if (!pass)
		tap_failed++;
	return pass;
}

/* What this machine cannot do: not a failure, but where STRICT=1 stands in the environment. */
__attribute__((format(printf, 1, 2))) static inline void skip_or_fail(const char *fmt, ...)
{
	const char *strict = getenv("STRICT");
	bool fail = strict && !strcmp(strict, "1");
	va_list args;

	printf("%sok %d # %s ", fail ? "not " : "", ++tap_count,
	       fail ? "skipped in strict mode:" : "SKIP");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	tap_failed += fail;
}

/* Print what was got or expected, after a check that failed. */
__attribute__((format(printf, 1, 2))) static inline void diag(const char *fmt, ...)
{
	va_list args;

	printf("# ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
}

static inline bool is_int(long long got, long long expected, const char *name)
{
	bool pass = ok(got == expected, "%s", name);

	if (!pass)
		diag("got %lld, expected %lld", got, expected);
	return pass;
}

static inline bool is_str(const char *got, const char *expected, const char *name)
{
	bool pass = ok(got && expected ? !strcmp(got, expected) : got == expected, "%s", name);

	if (!pass)
		diag("got \"%s\", expected \"%s\"", got ? got : "(null)",
		     expected ? expected : "(null)");
	return pass;
}

/* To be the last call of main. */
static inline int tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed ? 1 : 0;
}

#endif
