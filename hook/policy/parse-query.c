// SPDX-License-Identifier: Apache-2.0
/*
 * Options and values of a call as typed, by the parser's own words. What a policy may not say, a
 * caller may do: values of any length, bits of any sign.
 */
#include "policy/query.h"

#include <inttypes.h>
#include <string.h>

#include "policy/parse.h"
#include "policy/value.h"

static const struct option_type *type_in_rules(const struct policy *policy,
					       const struct policy_key *key)
{
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct policy_rule *rule = &policy->rules[i];

		for (size_t k = 0; k < rule->n_keys; k++) {
			const struct policy_key *other = &rule->keys[k];

			if (other->kind == PATTERN_OPTION && other->call == key->call &&
			    other->level == key->level && other->optname == key->optname &&
			    other->type)
				return other->type;
		}
	}
	return NULL;
}

int query_option(const struct policy *policy, const char *text, unsigned int call,
		 struct policy_key *ret, size_t *ret_rows, struct error *err)
{
	struct json word = {.kind = JSON_STRING, .string = (char *)text, .length = strlen(text)};
	const struct option *row = NULL;
	struct parse p = {.err = err};
	int r = parse_target(&p, &word, PLACE_KEY(NULL, "--option"), call, ret);

	if (r)
		return r;
	if (!ret->type)
		ret->type = type_in_rules(policy, ret);
	*ret_rows = 0;
	while ((row = option_by_name(text, row)))
		*ret_rows += !!(row->calls & call);
	return 0;
}

/* The JSON of @text; text that is none is a string. */
static struct json *read_text(const char *text, bool is_string)
{
	const struct json_limits limits = {.depth = 4};
	struct json *json = NULL;

	if ((!is_string || *text == '"' || *text == '{') &&
	    !json_parse(text, strlen(text), &limits, &json, NULL))
		return json;
	json = calloc(1, sizeof(*json));
	if (json) {
		json->kind = JSON_STRING;
		json->string = strdup(text);
		json->length = strlen(text);
	}
	if (json && !json->string) {
		free(json);
		return NULL;
	}
	return json;
}

static int encode_integer(const struct literal *literal, const struct option_type *type,
			  uint8_t *bytes, size_t *ret_length, struct error *err)
{
	unsigned int width = type ? type->size : 4;
	bool is_signed = literal->negative || (type && type->is_signed);
	uint64_t value;
	int r;

	if (type && type->wide && !literal->negative && literal->magnitude > UINT32_MAX)
		width = 8;
	r = value_int(literal, width, is_signed, &value, err);
	memcpy(bytes, &value, width); /* little-endian, as the engine */
	*ret_length = width;
	return r;
}

static int encode(const struct literal *literal, const struct option_type *type, uint8_t *bytes,
		  size_t *ret_length, struct error *err)
{
	bool raw = literal->kind == LITERAL_BYTES ||
		   (literal->kind == LITERAL_STRING && (!type || type->kind == VALUE_STRING));

	if (raw) {
		memcpy(bytes, literal->bytes, literal->length);
		*ret_length = literal->length;
		return 0;
	}
	if (literal->kind == LITERAL_INT && (!type || type->kind == VALUE_INT))
		return encode_integer(literal, type, bytes, ret_length, err);
	if (!type)
		return error_set(err, EINVAL,
				 "nothing is known of the option's value: an integer, a string or "
				 "{\"hex\": …} will do, or give a type as in \"200/1:linger\"");
	return value_encode(literal, type, bytes, ret_length, err);
}

int query_value(const struct policy_key *key, const char *text, uint8_t bytes[POLICY_VALUE_MAX],
		size_t *ret_length, struct error *err)
{
	const struct scope scope = {.keys = key, .n = 1};
	bool is_string = key->type && key->type->kind == VALUE_STRING;
	_cleanup_json_ struct json *json = read_text(text, is_string);
	struct literal literal = {0};
	struct parse p = {.err = err};
	int r;

	if (!json)
		return error_set(err, ENOMEM, "out of memory");
	r = parse_literal(&p, json, PLACE_KEY(NULL, "--value"), &scope, &literal);
	if (!r && encode(&literal, key->type, bytes, ret_length, err))
		r = error_prefix(err, "--value");
	literal_done(&literal);
	return r;
}

static int by_name(const char *text, enum name_table table, const char *option, const char *what,
		   uint32_t *ret, struct error *err)
{
	struct json word = {.kind = JSON_STRING, .string = (char *)text, .length = strlen(text)};
	struct parse p = {.err = err};

	return parse_name(&p, &word, PLACE_KEY(NULL, option), table, what, ret);
}

int query_errno(const char *text, int *ret, struct error *err)
{
	uint32_t number = 0;
	int r = by_name(text, NAMES_ERRNO, "--fails", "errno", &number, err);

	*ret = (int)number;
	return r;
}

int query_family(const char *text, uint32_t *ret, struct error *err)
{
	return by_name(text, NAMES_FAMILY, "--family", "address family", ret, err);
}

int query_type(const char *text, uint32_t *ret, struct error *err)
{
	return by_name(text, NAMES_TYPE, "--type", "socket type", ret, err);
}

int query_protocol(const char *text, uint32_t *ret, struct error *err)
{
	return by_name(text, NAMES_PROTOCOL, "--protocol", "protocol", ret, err);
}
