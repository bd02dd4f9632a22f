// SPDX-License-Identifier: Apache-2.0
/*
 * Values are stepped over by counting brackets outside of strings; nothing is decoded. Knows nothing
 * of what the text is about.
 */
#include "policy/json-scan.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

struct scanner {
	const char *at, *end;
};

static char peek(struct scanner *s)
{
	while (s->at < s->end &&
	       (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r'))
		s->at++;
	return s->at < s->end ? *s->at : '\0';
}

static bool take(struct scanner *s, char c)
{
	if (peek(s) != c)
		return false;
	s->at++;
	return true;
}

/* Step over a string, which begins here. A quote is its end where an even number of '\' is before it. */
static bool skip_string(struct scanner *s)
{
	const char *start = ++s->at, *quote = start, *p;

	while ((quote = memchr(quote, '"', (size_t)(s->end - quote)))) {
		for (p = quote; p > start && p[-1] == '\\';)
			p--;
		if ((quote - p) % 2 == 0) {
			s->at = quote + 1;
			return true;
		}
		quote++;
	}
	return false;
}

/* Step over an object or an array, which begins here. Most of its bytes are of no interest. */
static bool skip_nested(struct scanner *s)
{
	static const signed char nests[256] = {
		['{'] = 1, ['['] = 1, ['}'] = -1, [']'] = -1, ['"'] = 2};
	size_t depth = 0;

	while (s->at < s->end) {
		int step = nests[(unsigned char)*s->at];

		if (step == 2) {
			if (!skip_string(s))
				return false;
			continue;
		}
		s->at++;
		depth += (size_t)step;
		if (step && !depth)
			return true;
	}
	return false;
}

/* A number, or one of the three words. */
static bool skip_plain(struct scanner *s)
{
	const char *start = s->at;

	while (s->at < s->end && !strchr(" \n\t\r,}]", *s->at))
		s->at++;
	return s->at > start;
}

static bool skip_value(struct scanner *s, struct json_span *ret)
{
	char first = peek(s);
	const char *start = s->at;
	bool done = first == '"'		   ? skip_string(s)
		    : first == '{' || first == '[' ? skip_nested(s)
						   : skip_plain(s);

	*ret = (struct json_span){start, (size_t)(s->at - start)};
	return done;
}

static bool is_key(const struct json_span *name, const char *key)
{
	return name->length == strlen(key) + 2 && !memcmp(name->at + 1, key, strlen(key));
}

/* Looks at all members: a second one of that name must not go unseen. */
static int scan_members(struct scanner *s, const char *key, struct json_span *ret)
{
	struct json_span name, value;
	bool found = false;

	do {
		if (peek(s) != '"' || !skip_value(s, &name) || !take(s, ':') ||
		    !skip_value(s, &value))
			return -EINVAL;
		if (memchr(name.at, '\\', name.length))
			return -EINVAL;
		if (!is_key(&name, key))
			continue;
		if (found)
			return -EINVAL;
		found = true;
		*ret = value;
	} while (take(s, ','));
	if (!take(s, '}'))
		return -EINVAL;
	return found ? 0 : -ENOENT;
}

int json_scan(const char *text, size_t length, const char *key, struct json_span *ret)
{
	struct scanner s = {text, text + length};
	int r;

	if (!take(&s, '{'))
		return -ENOENT;
	if (take(&s, '}'))
		r = -ENOENT;
	else
		r = scan_members(&s, key, ret);
	peek(&s);
	return s.at == s.end ? r : -EINVAL;
}
