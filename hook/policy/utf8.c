// SPDX-License-Identifier: Apache-2.0
/* Well-formed UTF-8 (Unicode 15, table 3-7) and pairs of \u escapes. Knows nobody. */
#include "policy/utf8.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* The lead byte decides the length and the range of the second byte; all others are 80..BF. */
static const struct {
	unsigned char lead_min, lead_max, second_min, second_max, length;
} forms[] = {
	{0x00, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
	{0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
	{0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

size_t utf8_char(const unsigned char *text, size_t length)
{
	size_t form = 0;

	while (form < ARRAY_SIZE(forms) &&
	       (text[0] < forms[form].lead_min || text[0] > forms[form].lead_max))
		form++;
	if (form == ARRAY_SIZE(forms) || forms[form].length > length)
		return 0;
	if (forms[form].length > 1 &&
	    (text[1] < forms[form].second_min || text[1] > forms[form].second_max))
		return 0;
	for (size_t i = 2; i < forms[form].length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	return forms[form].length;
}

/* First and last, as bytes. Of C1, of zero width and direction, of lines and direction, a mark. */
static const struct {
	unsigned char first[4], last[4];
} controls[] = {
	{"\xc2\x80", "\xc2\x9f"},	  {"\xd8\x9c", "\xd8\x9c"},
	{"\xe2\x80\x8b", "\xe2\x80\x8f"}, {"\xe2\x80\xa8", "\xe2\x80\xae"},
	{"\xe2\x81\xa0", "\xe2\x81\xaf"}, {"\xef\xbb\xbf", "\xef\xbb\xbf"},
};

bool utf8_is_control(const unsigned char *text, size_t n)
{
	if (*text < ' ' || *text == 0x7f)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(controls); i++) {
		if (n == strlen((const char *)controls[i].first) &&
		    memcmp(text, controls[i].first, n) >= 0 &&
		    memcmp(text, controls[i].last, n) <= 0)
			return true;
	}
	return false;
}

bool utf8_valid(const unsigned char *text, size_t length)
{
	size_t n;

	for (; length; text += n, length -= n) {
		n = utf8_char(text, length);
		if (!n)
			return false;
	}
	return true;
}

/* The four hex digits of the escape at @p, or -1 where there is no such escape. */
static int unit_at(const char *p, const char *end)
{
	char digits[5] = "";

	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	memcpy(digits, p + 2, 4);
	return strspn(digits, "0123456789abcdefABCDEF") == 4 ? (int)strtol(digits, NULL, 16) : -1;
}

const char *utf16_half_pair(const char *json, size_t length)
{
	const char *end = json + length, *p = json;

	while (p < end && (p = memchr(p, '\\', (size_t)(end - p)))) {
		int unit = unit_at(p, end);
		int next = unit < 0 ? -1 : unit_at(p + 6, end);

		if (unit < 0xd800 || unit > 0xdfff) {
			p += unit >= 0 ? 6 : 2;
			continue;
		}
		if (unit >= 0xdc00 || next < 0xdc00 || next > 0xdfff)
			return p;
		p += 12;
	}
	return NULL;
}
