// SPDX-License-Identifier: Apache-2.0
/* The Gregorian calendar, forwards and back. */
#include "base/utc.h"

#include <errno.h>

#define DAY	 86400
#define YEAR_MAX 9999

static int is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* From the beginning of 1970 to that of @year, in days. */
static int64_t days_to_year(int64_t year)
{
	int64_t before = year - 1;

	return 365 * (year - 1970) + (before / 4 - before / 100 + before / 400) -
	       (1969 / 4 - 1969 / 100 + 1969 / 400);
}

static int64_t days_to_month(int64_t year, int month)
{
	static const int days[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};

	return days[month] + (month > 1 && is_leap(year));
}

int utc_split(int64_t seconds, struct tm *ret)
{
	int64_t days = seconds / DAY, year = 1970 + days / 366;
	int rest = (int)(seconds % DAY), month = 11;

	if (seconds < 0 || days >= days_to_year(YEAR_MAX + 1))
		return -ERANGE;
	/* Counted in years of 366 days it falls short, by a year in about five hundred. */
	while (days_to_year(year + 1) <= days)
		year++;
	days -= days_to_year(year);
	while (days_to_month(year, month) > days)
		month--;
	*ret = (struct tm){
		.tm_year = (int)year - 1900,
		.tm_mon = month,
		.tm_mday = (int)(days - days_to_month(year, month)) + 1,
		.tm_hour = rest / 3600,
		.tm_min = rest / 60 % 60,
		.tm_sec = rest % 60,
	};
	return 0;
}

int64_t utc_join(const struct tm *tm)
{
	int64_t year = tm->tm_year + 1900;
	int64_t days = days_to_year(year) + days_to_month(year, tm->tm_mon) + tm->tm_mday - 1;

	return days * DAY + tm->tm_hour * 3600 + tm->tm_min * 60 + tm->tm_sec;
}
