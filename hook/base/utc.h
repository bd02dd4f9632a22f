/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dates of Coordinated Universal Time, by arithmetic alone: gmtime() and timegm() of libc read the
 * host's time zone first, which is a file and one more thing to depend on.
 */
#ifndef BASE_UTC_H
#define BASE_UTC_H

#include <stdint.h>
#include <time.h>

/* Year to second of @seconds since 1970. -ERANGE before 1970 and after 9999. */
int utc_split(int64_t seconds, struct tm *ret);
/* The inverse. Days behind a month's end are those of the next one. */
int64_t utc_join(const struct tm *tm);

#endif
