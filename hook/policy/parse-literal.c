// SPDX-License-Identifier: Apache-2.0
/*
 * Literals as they stand in the policy: integers, strings, {"hex"}, {"dscp"},
 * objects of fields. Knows no types.
 */
#include "policy/parse.h"

#include <string.h>

#define DSCP_MAX   63
#define DSCP_SHIFT 2 /* above the two ECN bits */
#define FIELDS_MAX 64

void literal_done(struct literal *literal)
{
	for (size_t i = 0; i < literal->n_fields; i++)
		free(literal->fields[i].name);
	free(literal->fields);
	free(literal->bytes);
	memset(literal, 0, sizeof(*literal));
}

int literal_compare(const struct literal *a, const struct literal *b)
{
	if (a->negative != b->negative)
		return a->negative ? -1 : 1;
	if (a->magnitude == b->magnitude)
		return 0;
	return (a->magnitude < b->magnitude) != a->negative ? -1 : 1;
}

static int read_string(struct parse *p, const struct json *json, const struct place *place,
		       struct literal *ret)
{
	if (json->length > POLICY_VALUE_MAX)
		return place_error(p, place, "%zu bytes of text; at most %d are allowed",
				   json->length, POLICY_VALUE_MAX);
	ret->bytes = (uint8_t *)strdup(json->string);
	if (!ret->bytes)
		return no_memory(p);
	ret->kind = LITERAL_STRING;
	ret->length = json->length;
	return 0;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);

	return at ? (int)(at - digits) : -1;
}

static int read_hex(struct parse *p, const struct json *json, const struct place *place,
		    struct literal *ret)
{
	int rc = expect(p, json, JSON_STRING, place);

	if (rc < 0)
		return rc;
	if (json->string[strspn(json->string, "0123456789abcdefABCDEF")])
		return place_error(p, place, "only hexadecimal digits are allowed");
	if (json->length % 2)
		return place_error(p, place, "%zu digits; two make a byte", json->length);
	if (json->length > 2 * POLICY_VALUE_MAX)
		return place_error(p, place, "%zu bytes; at most %d are allowed", json->length / 2,
				   POLICY_VALUE_MAX);
	ret->bytes = malloc(json->length / 2 + 1);
	if (!ret->bytes)
		return no_memory(p);
	ret->kind = LITERAL_BYTES;
	ret->length = json->length / 2;
	for (size_t i = 0; i < ret->length; i++)
		ret->bytes[i] = (uint8_t)(hex_digit(json->string[2 * i]) << 4 |
					  hex_digit(json->string[2 * i + 1]));
	return 0;
}

/* The byte of IP_TOS and IPV6_TCLASS is the only value that has a code point in it. */
static int check_traffic_class(struct parse *p, const struct scope *scope,
			       const struct place *place)
{
	char label[KEY_LABEL_MAX];

	for (size_t i = 0; i < scope->n; i++) {
		const struct policy_key *key = &scope->keys[i];

		key_label(key, label);
		if (key->kind != PATTERN_OPTION ||
		    (strcmp(label, "IP_TOS") && strcmp(label, "IPV6_TCLASS")))
			return place_error(p, place,
					   "only IP_TOS and IPV6_TCLASS (@dscp) hold one, not %s",
					   label);
	}
	return 0;
}

static int read_dscp(struct parse *p, const struct json *json, const struct place *place,
		     const struct scope *scope, struct literal *ret)
{
	uint64_t number = 0;
	uint32_t named = 0;
	int rc;

	if (json->kind == JSON_STRING)
		rc = parse_name(p, json, place, NAMES_DSCP, "DSCP", &named);
	else if (json->kind == JSON_INT)
		rc = parse_number(p, json, place, 0, DSCP_MAX, &number);
	else
		rc = place_error(p, place, "expected a DSCP by name or number, got %s",
				 json_kind_name(json->kind));
	if (rc == 0)
		rc = check_traffic_class(p, scope, place);
	ret->kind = LITERAL_INT;
	ret->magnitude = (named + number) << DSCP_SHIFT;
	return rc;
}

static int read_fields(struct parse *p, const struct json *json, const struct place *place,
		       struct literal *ret)
{
	int rc = 0;

	if (!json->n_items || json->n_items > FIELDS_MAX)
		return place_error(p, place, "%zu fields; 1 to %d are allowed", json->n_items,
				   FIELDS_MAX);
	ret->fields = calloc(json->n_items, sizeof(*ret->fields));
	if (!ret->fields)
		return no_memory(p);
	ret->kind = LITERAL_STRUCT;
	for (size_t i = 0; rc == 0 && i < json->n_items; i++) {
		const struct json *item = json->items[i];
		struct literal_field *field = &ret->fields[i];

		rc = expect(p, item, JSON_INT, PLACE_KEY(place, item->key));
		field->name = strdup(item->key);
		field->negative = item->negative;
		field->magnitude = item->magnitude;
		ret->n_fields++;
		if (!field->name)
			return no_memory(p);
	}
	return rc;
}

static int read_object(struct parse *p, const struct json *json, const struct place *place,
		       const struct scope *scope, struct literal *ret)
{
	const struct json *hex = json_get(json, "hex"), *dscp = json_get(json, "dscp");

	if (!hex && !dscp)
		return read_fields(p, json, place, ret);
	if (json->n_items > 1)
		return place_error(p, place, "\"%s\" stands alone", hex ? "hex" : "dscp");
	if (hex)
		return read_hex(p, hex, PLACE_KEY(place, "hex"), ret);
	return read_dscp(p, dscp, PLACE_KEY(place, "dscp"), scope, ret);
}

int parse_literal(struct parse *p, const struct json *json, const struct place *place,
		  const struct scope *scope, struct literal *ret)
{
	char clip[NAME_CLIP_MAX];

	switch (json->kind) {
	case JSON_INT:
		ret->kind = LITERAL_INT;
		ret->negative = json->negative;
		ret->magnitude = json->magnitude;
		return 0;
	case JSON_STRING:
		return read_string(p, json, place, ret);
	case JSON_OBJECT:
		return read_object(p, json, place, scope, ret);
	case JSON_NUMBER:
		return place_error(p, place, "%s is no integer of 64 bits in plain digits",
				   name_clip(json->string, clip));
	case JSON_BOOL:
		return place_error(p, place, "expected a value, got a boolean; write 1 or 0");
	default:
		return place_error(p, place, "expected a value, got %s",
				   json_kind_name(json->kind));
	}
}
