// SPDX-License-Identifier: Apache-2.0
/* The JSON reader and writer by themselves: what is taken, what is refused and with which words. */
#include "test/tap.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "policy/json.h"

static const struct {
	const char *text, *message;
} refused[] = {
	{"", "line 1, column 1: parse error: premature EOF"},
	{"[1,\n 2", "line 2, column 3: parse error: premature EOF"},
	{"{\"a\":1}\n\n x", "line 3, column 2: parse error: trailing garbage"},
	{"[] []", "line 1, column 4: parse error: trailing garbage"},
	{"[\"é\", ]", "line 1, column 7: parse error: unallowed token at this point in JSON text"},
	{"{\"a\":1,}", "line 1, column 8: parse error: invalid object key (must be a string)"},
	{"[01]", "line 1, column 3: parse error: after array element, I expect ',' or ']'"},
	{"[\"\\ud800\"]", "line 1, column 3: half of a surrogate pair"},
	{"[\"\\ud83d\\u0041\"]", "line 1, column 3: half of a surrogate pair"},
	{"[\"\\udc00\\ud800\"]", "line 1, column 3: half of a surrogate pair"},
	{"[\"a\\u0000\"]", "[0]: U+0000 is not allowed in a string"},
	{"{\"a\": [{}, {\"b\": \"\\u0000\"}]}", "a[1].b: U+0000 is not allowed in a string"},
	{"{\"a\\u0000\": 1}", "a key holds U+0000 or is not well-formed UTF-8"},
	{"{\"x\": {\"\xed\xa0\x80\": 1}}", "x: a key holds U+0000 or is not well-formed UTF-8"},
	{"[\"\xf4\x90\x80\x80\"]", "[0]: not well-formed UTF-8"},
	{"[\"\xc1\xbf\"]", "[0]: not well-formed UTF-8"},
	{"{\"a\": 1, \"b\": 2, \"a\": 3}", "a: duplicate key"},
	{"{\"a\": [0, {\"b\": {\"c\": 1, \"\\u0063\": 2}}]}", "a[1].b.c: duplicate key"},
	{"[[[[[]]]]]", "[0][0][0][0]: nested more than 4 deep"},
	{"{\"a\":{\"b\":{\"c\":{\"d\":{}}}}}", "a.b.c.d: nested more than 4 deep"},
};

static void test_refused(void)
{
	static const struct json_limits limits = {.depth = 4};

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		_cleanup_json_ struct json *json = NULL;
		struct error err = {0};
		const char *text = refused[i].text;

		if (!ok(json_parse(text, strlen(text), &limits, &json, &err) < 0 && err.code > 0,
			"refused: case %zu", i))
			diag("taken: %s", text);
		is_str(err.text, refused[i].message, "its message");
	}
}

static const struct {
	const char *text;
	enum json_kind kind;
	bool negative;
	uint64_t magnitude;
} numbers[] = {
	{"0", JSON_INT, false, 0},
	{"-0", JSON_INT, false, 0},
	{"-1", JSON_INT, true, 1},
	{"9223372036854775808", JSON_INT, false, UINT64_C(1) << 63},
	{"18446744073709551615", JSON_INT, false, UINT64_MAX},
	{"-18446744073709551615", JSON_INT, true, UINT64_MAX},
	{"18446744073709551616", JSON_NUMBER, false, 0},
	{"99999999999999999999999", JSON_NUMBER, false, 0},
	{"1e3", JSON_NUMBER, false, 0},
	{"1E3", JSON_NUMBER, false, 0},
	{"1.0", JSON_NUMBER, false, 0},
	{"-1.5", JSON_NUMBER, false, 0},
};

static void test_numbers(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		_cleanup_json_ struct json *json = NULL;
		const char *text = numbers[i].text;

		if (!ok(json_parse(text, strlen(text), NULL, &json, NULL) == 0, "number %s", text))
			continue;
		is_int(json->kind, numbers[i].kind, "its kind");
		is_int(json->negative, numbers[i].negative, "its sign");
		ok(json->magnitude == numbers[i].magnitude, "its magnitude");
		is_str(json->string, json->kind == JSON_NUMBER ? text : NULL, "its text");
	}
}

static void test_tree(void)
{
	static const char text[] = " {\"b\": [true, null, \"x\\n\\u00e9\\ud83d\\ude00\"],\n"
				   "  \"a\": {\"\": \"\"}, \"bundle\": \"\\/run\\/x\"}\n";
	_cleanup_json_ struct json *json = NULL;
	const struct json *array;

	ok(json_parse(text, strlen(text), NULL, &json, NULL) == 0, "a document");
	is_int(json->kind, JSON_OBJECT, "is an object");
	is_int((long long)json->n_items, 3, "of three members");
	is_str(json->items[0]->key, "b", "in the order of the text");
	is_str(json_get_string(json, "bundle"), "/run/x", "escaped slashes are slashes");
	is_str(json_get_string(json_get(json, "a"), ""), "", "empty key, empty string");
	is_str(json_get_string(json, "b"), NULL, "an array is no string");
	ok(!json_get(json, "c") && !json_get(NULL, "c"), "what is not there is NULL");
	array = json_get(json, "b");
	is_int((long long)array->n_items, 3, "an array of three");
	ok(array->items[0]->boolean, "true");
	is_int(array->items[1]->kind, JSON_NULL, "null");
	is_str(array->items[2]->string, "x\né😀", "escapes are decoded");
	is_int((long long)array->items[2]->length, 8, "and counted in bytes");
}

/* A state may be megabytes: neither many keys nor deep nesting may cost more than they weigh. */
static void test_large(void)
{
	static const struct json_limits limits = {.bytes = 100};
	_cleanup_json_ struct json *json = NULL, *deep = NULL;
	_cleanup_free_ char *text = malloc(4 << 20);
	struct error err = {0};
	size_t used = 1;

	text[0] = '{';
	for (int i = 0; i < 200000; i++)
		used += (size_t)sprintf(text + used, "%s\"%d\":0", i ? "," : "", i);
	text[used++] = '}';
	ok(json_parse(text, used, NULL, &json, &err) == 0, "200000 keys");
	is_int((long long)json->n_items, 200000, "are all there");
	is_int(json_parse(text, used, &limits, &deep, &err), -E2BIG, "more bytes than allowed");
	is_str(err.text, "2088891 bytes of JSON: more than the 100 allowed", "and says so");
	memcpy(text + used - 1, ",\"199998\":1}", 12);
	ok(json_parse(text, used + 11, NULL, &deep, &err) < 0, "one of them twice");
	is_str(err.text, "199998: duplicate key", "is found");
	memset(text, '[', 4 << 20);
	ok(json_parse(text, 4 << 20, NULL, &deep, &err) < 0, "four million open arrays");
	ok(strstr(err.text, "nested more than 512 deep") != NULL, "end at the reader's ceiling");
	ok(strlen(err.text) < 600, "with a path that is cut");
}

static void write_sample(struct json_writer *w)
{
	json_open_object(w, NULL);
	json_add_string(w, "text", "a\"\\\n/\x01\xff\xe2\x82z");
	json_add_string(w, "none", NULL);
	json_open_array(w, "numbers");
	json_add_int(w, NULL, INT64_MIN);
	json_add_uint(w, NULL, UINT64_MAX);
	json_close_array(w);
	json_add_bool(w, "yes", true);
	json_close_object(w);
}

static void test_writer(void)
{
	_cleanup_json_writer_ struct json_writer *w = json_writer_new(false),
						 *b = json_writer_new(true);
	_cleanup_json_ struct json *json = NULL;
	const char *text;
	size_t length;

	write_sample(w);
	text = json_writer_text(w, &length);
	is_str(text,
	       "{\"text\":\"a\\\"\\\\\\n/"
	       "\\u0001\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\",\"none\":null,"
	       "\"numbers\":[-9223372036854775808,18446744073709551615],\"yes\":true}",
	       "one line");
	is_int((long long)length, (long long)strlen(text), "and its length");
	write_sample(b);
	text = json_writer_text(b, NULL);
	ok(text && strstr(text, "\n    \"none\": null,\n"), "indented");
	ok(json_parse(text, strlen(text), NULL, &json, NULL) == 0, "can be read again");
	json_close_object(b);
	is_str(json_writer_text(b, NULL), NULL, "a bracket too many is told at the end");
}

int main(void)
{
	test_refused();
	test_numbers();
	test_tree();
	test_large();
	test_writer();
	return tap_done();
}
