// SPDX-License-Identifier: Apache-2.0
/*
 * path.Match of Go. fnmatch(3) is near, but not the same: it has classes by name, "!" for "^", and
 * takes an unfinished "[" for itself.
 */
#include <string.h>

#include "oci/pattern.h"

static int wrong(const char *pattern, struct error *err)
{
	return error_set(err, EINVAL, "\"%s\" is no pattern: \"[\" without an end, or \"\\\" at it",
			 pattern);
}

/* One character of a class, escaped or not; NULL where the class is unfinished. */
static const char *class_char(const char *p, unsigned char *ret)
{
	if (!*p || *p == '-' || *p == ']')
		return NULL;
	if (*p == '\\' && !*++p)
		return NULL;
	*ret = (unsigned char)*p++;
	return *p ? p : NULL;
}

/* @p is behind "[". Returns what is behind "]", or NULL where the class is wrong. */
static const char *class_match(const char *p, unsigned char c, bool *ret)
{
	bool negated = *p == '^', found = false;
	unsigned char low, high;

	p += negated;
	for (bool first = true; *p != ']' || first; first = false) {
		p = class_char(p, &low);
		high = low;
		if (p && *p == '-')
			p = class_char(p + 1, &high);
		if (!p)
			return NULL;
		found = found || (low <= c && c <= high);
	}
	*ret = found != negated;
	return p + 1;
}

/* Whether the pattern is one, whatever it is held against: path.Match tells only some of the time. */
static bool well_formed(const char *p)
{
	bool ignored;

	while (p && *p) {
		if (*p == '[')
			p = class_match(p + 1, 'a', &ignored);
		else if (*p == '\\')
			p = p[1] ? p + 2 : NULL;
		else
			p++;
	}
	return p != NULL;
}

/* One character of @text against one part of the pattern, which is no "*". */
static bool match_one(const char **pattern, char c)
{
	const char *p = *pattern;
	bool found = false;

	switch (*p) {
	case '?':
		found = c != '/';
		p++;
		break;
	case '[':
		p = class_match(p + 1, (unsigned char)c, &found);
		break;
	case '\\':
		p++;
		/* fallthrough */
	default:
		found = *p == c;
		p++;
	}
	*pattern = p;
	return found;
}

/* Only the last "*" is ever gone back to: what an earlier one could take, that one can too. */
static bool match(const char *p, const char *text)
{
	const char *star = NULL, *again = NULL;

	for (;;) {
		if (*p == '*') {
			star = ++p;
			again = text;
		} else if (*p && *text && match_one(&p, *text)) {
			text++;
		} else if (!*p && !*text) {
			return true;
		} else if (star && *again && *again != '/') {
			p = star;
			text = ++again;
		} else {
			return false;
		}
	}
}

int pattern_glob(const char *pattern, const char *text, bool *ret, struct error *err)
{
	if (!well_formed(pattern))
		return wrong(pattern, err);
	*ret = match(pattern, text);
	return 0;
}
