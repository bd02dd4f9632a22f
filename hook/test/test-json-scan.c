// SPDX-License-Identifier: Apache-2.0
/* One value of a text by json_scan(), which must never say otherwise than the tree of the same text. */
#include <errno.h>
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

int main(void)
{
	test_cases();
	test_cut();
	return tap_done();
}
