// SPDX-License-Identifier: Apache-2.0
/*
 * One value of a text by json_scan(), which must never say otherwise than the tree of the same text.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/json-scan.h"
#include "policy/json.h"
#include "test/tap.h"

static const struct {
	const char *text;
	int code;
	const char *value; /* of the member "a" */
} cases[] = {
	{"{\"a\":1}", 0, "1"},
	{" { \"b\" : [ ] , \"a\" : \"x\" } \t", 0, "\"x\""},
	{"{\"a\":{\"a\":2},\"b\":{\"a\":3}}", 0, "{\"a\":2}"},
	{"{\"b\":\"\\\\\",\"a\":true}", 0, "true"},
	{"{\"b\":\"\\\\\\\",\\\"a\\\":1\",\"a\":null}", 0, "null"},
	{"{\"b\":[\"]\",{\"}\":\"{\"}],\"a\":-1.5e3}", 0, "-1.5e3"},
	{"{\"ab\":1,\"\":2}", -ENOENT, NULL},
	{"{}", -ENOENT, NULL},
	{"[\"a\",1]", -ENOENT, NULL},
	{"null", -ENOENT, NULL},
	{"", -ENOENT, NULL},
	{"{", -EINVAL, NULL},
	{"{\"a\"", -EINVAL, NULL},
	{"{\"a\":", -EINVAL, NULL},
	{"{\"a\":1", -EINVAL, NULL},
	{"{\"a\":1,", -EINVAL, NULL},
	{"{\"a\":1,}", -EINVAL, NULL},
	{"{\"a\":\"x}", -EINVAL, NULL},
	{"{\"a\":[1}", -EINVAL, NULL},
	{"{\"a\":1} x", -EINVAL, NULL},
	{"{\"a\":1,\"a\":2}", -EINVAL, NULL},
	{"{\"\\u0061\":1}", -EINVAL, NULL},
	{"{a:1}", -EINVAL, NULL},
	{"{\"b\" 1,\"a\":1}", -EINVAL, NULL},
};

static void test_cases(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct json_span span = {0};
		size_t length = strlen(cases[i].text);
		/* a copy of just that length: reading beyond it is seen */
		char *text = memcpy(malloc(length + 1), cases[i].text, length);

		is_int(json_scan(text, length, "a", &span), cases[i].code, cases[i].text);
		if (!cases[i].code)
			ok(span.length == strlen(cases[i].value) &&
				   !memcmp(span.at, cases[i].value, span.length),
			   "  the value is %s", cases[i].value);
		free(text);
	}
}

/* Cut anywhere, nothing is found that is not whole. */
static void test_cut(void)
{
	static const char text[] = "{\"b\":[{\"x\":\"\\\"]\"}],\"a\":\"v\",\"c\":1}";
	size_t found = 0;

	for (size_t n = 1; n < strlen(text); n++) {
		struct json_span span;

		found += !json_scan(text, n, "a", &span);
	}
	is_int((int)found, 0, "a text that was cut is refused wherever it was cut");
}

/* What comes behind a byte 0 is text as well. */
static void test_nul(void)
{
	static const char text[] = "{\"a\":1}\0{\"a\":2}";
	struct json_span span;

	is_int(json_scan(text, sizeof(text) - 1, "a", &span), -EINVAL,
	       "text behind a byte 0 is not passed over");
}

/* ---- against the tree ---- */

#define ROUNDS	  200000
#define TEXT_ROOM 512

static size_t any(size_t n)
{
	static uint64_t state = 1;

	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (size_t)(state >> 33) % n;
}

/* One of @parts in a place of @text where something may have been. */
static size_t disturb(char *text, size_t length)
{
	static const char *const parts[] = {
		"{", "}", "[", "]", ":",     ",",      "\"",	  "\\",	   "\\\\",    "\\\"",
		" ", "a", "1", "x", "\"a\"", "\"a\":", "\"b\":{", "null,", "\\u0061", "\"a\":[]",
	};
	const char *part = parts[any(ARRAY_SIZE(parts))];
	size_t at = any(length + 1), taken = any(3) ? 0 : any(6), n = strlen(part);

	if (taken > length - at)
		taken = length - at;
	if (length + n + 1 > TEXT_ROOM)
		return length;
	memmove(text + at + n, text + at + taken, length - at - taken + 1);
	memcpy(text + at, part, n);
	return length + n - taken;
}

/* Whether the value that was found is @member of the tree. */
static bool is_member(const struct json_span *found, const struct json *member)
{
	_cleanup_json_ struct json *value = NULL;
	struct error err;

	return member && !json_parse(found->at, found->length, NULL, &value, &err) &&
	       value->kind == member->kind && value->n_items == member->n_items &&
	       value->magnitude == member->magnitude &&
	       !strcmp(value->string ?: "", member->string ?: "");
}

static bool agrees(const char *text, size_t length, const struct json *tree)
{
	const struct json *member = json_get(tree, "a");
	struct json_span found;
	int r = json_scan(text, length, "a", &found);

	if (r == -EINVAL)
		return memchr(text, '\\', length);
	return r ? r == -ENOENT && !member : is_member(&found, member);
}

static void test_tree(void)
{
	static const char *const begin[] = {
		"{\"b\":[{\"a\":\"\\\"]\"}],\"a\":\"v\",\"c\":1}",
		"{\"a\" : {\"a\": [ true , \"}\" ] } , \"b\\n\" : {} }",
		"{\"b\":{\"a\":1},\"c\":\"\\\\\"}",
	};
	size_t read = 0, wrong = 0;
	char text[TEXT_ROOM];

	for (size_t i = 0; i < ROUNDS; i++) {
		_cleanup_json_ struct json *tree = NULL;
		size_t length = (size_t)(stpcpy(text, begin[any(ARRAY_SIZE(begin))]) - text);
		struct error err;

		for (size_t n = any(4); n > 0; n--)
			length = disturb(text, length);
		if (json_parse(text, length, NULL, &tree, &err))
			continue;
		read++;
		if (!agrees(text, length, tree) && !wrong++)
			diag("%s", text);
	}
	is_int((int)wrong, 0, "no text that is JSON is understood otherwise than its tree");
	ok(read > ROUNDS / 10, "  of which many were tried");
}

int main(void)
{
	test_cases();
	test_cut();
	test_nul();
	test_tree();
	return tap_done();
}
