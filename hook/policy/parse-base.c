// SPDX-License-Identifier: Apache-2.0
/*
 * The parser's tools: places, members of objects by a table, and the simple values. Knows no rules.
 */
#include "policy/parse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PLACE_TEXT_MAX 256

static size_t write_place(const struct place *place, char *text, size_t used)
{
	char clip[NAME_CLIP_MAX];
	int n;

	if (!place)
		return used;
	used = write_place(place->up, text, used);
	if (place->key)
		n = snprintf(text + used, PLACE_TEXT_MAX - used, "%s%s", used ? "." : "",
			     name_clip(place->key, clip));
	else
		n = snprintf(text + used, PLACE_TEXT_MAX - used, "[%zu]", place->index);
	used += (size_t)n;
	return used < PLACE_TEXT_MAX ? used : PLACE_TEXT_MAX - 1;
}

int place_wrap(struct parse *p, const struct place *place)
{
	char text[PLACE_TEXT_MAX] = "";

	if (!write_place(place, text, 0))
		return p->err ? -p->err->code : -EINVAL;
	return error_prefix(p->err, "%s", text);
}

int place_error(struct parse *p, const struct place *place, const char *fmt, ...)
{
	char reason[ERROR_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	error_set(p->err, EINVAL, "%s", reason);
	return place_wrap(p, place);
}

int no_memory(struct parse *p)
{
	return error_set(p->err, ENOMEM, "out of memory");
}

int expect(struct parse *p, const struct json *json, enum json_kind kind, const struct place *place)
{
	char clip[NAME_CLIP_MAX];

	if (json->kind == kind)
		return 0;
	if (json->kind == JSON_NUMBER)
		return place_error(p, place, "expected %s, got the number %s", json_kind_name(kind),
				   name_clip(json->string, clip));
	return place_error(p, place, "expected %s, got %s", json_kind_name(kind),
			   json_kind_name(json->kind));
}

static int unknown_member(struct parse *p, const char *key, const struct place *place,
			  const struct member *members, size_t count)
{
	struct nearest nearest = {.wanted = key};
	char hint[NAME_HINT_MAX];

	for (size_t i = 0; i < count; i++)
		nearest_offer(&nearest, members[i].key);
	return place_error(p, PLACE_KEY(place, key), "unknown key%s", nearest_hint(&nearest, hint));
}

static bool is_member(const char *key, const struct member *members, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(members[i].key, key))
			return true;
	return false;
}

int parse_members(struct parse *p, const struct json *object, const struct place *place,
		  const struct member *members, size_t count, void *to)
{
	int rc = expect(p, object, JSON_OBJECT, place);

	for (size_t i = 0; rc == 0 && i < object->n_items; i++)
		if (!is_member(object->items[i]->key, members, count))
			rc = unknown_member(p, object->items[i]->key, place, members, count);
	for (size_t i = 0; rc == 0 && i < count; i++) {
		const struct json *json = json_get(object, members[i].key);

		if (!json && members[i].required)
			rc = place_error(p, place, "missing key \"%s\"", members[i].key);
		else if (json && members[i].parse)
			rc = members[i].parse(p, json, PLACE_KEY(place, members[i].key), to);
	}
	return rc;
}

int parse_number(struct parse *p, const struct json *json, const struct place *place, uint64_t min,
		 uint64_t max, uint64_t *ret)
{
	int rc = expect(p, json, JSON_INT, place);

	if (rc < 0)
		return rc;
	if (json->negative || json->magnitude < min || json->magnitude > max)
		return place_error(p, place, "%s%" PRIu64 " is out of range %" PRIu64 "..%" PRIu64,
				   json->negative ? "-" : "", json->magnitude, min, max);
	*ret = json->magnitude;
	return 0;
}

int parse_id(struct parse *p, const struct json *json, const struct place *place, char **ret)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	int rc = expect(p, json, JSON_STRING, place);

	if (rc < 0)
		return rc;
	if (!json->length || json->length > POLICY_NAME_MAX)
		return place_error(p, place, "%zu bytes long; 1 to %d are allowed", json->length,
				   POLICY_NAME_MAX);
	if (json->string[strspn(json->string, allowed)])
		return place_error(p, place,
				   "only letters, digits, \".\", \"_\" and \"-\" are allowed");
	*ret = strdup(json->string);
	return *ret ? 0 : no_memory(p);
}

int parse_description(struct parse *p, const struct json *json, const struct place *place,
		      char **ret)
{
	int rc = expect(p, json, JSON_STRING, place);

	if (rc < 0)
		return rc;
	if (json->length > POLICY_DESCRIPTION_MAX)
		return place_error(p, place, "%zu bytes long; at most %d are allowed", json->length,
				   POLICY_DESCRIPTION_MAX);
	*ret = strdup(json->string);
	return *ret ? 0 : no_memory(p);
}

int parse_boolean(struct parse *p, const struct json *json, const struct place *place, bool *ret)
{
	int rc = expect(p, json, JSON_BOOL, place);

	*ret = json->boolean;
	return rc;
}

int parse_name(struct parse *p, const struct json *json, const struct place *place,
	       enum name_table table, const char *what, uint32_t *ret)
{
	struct nearest nearest = {.wanted = json->string};
	char clip[NAME_CLIP_MAX], hint[NAME_HINT_MAX];
	const struct name *row, *rows;
	size_t count;
	int rc = expect(p, json, JSON_STRING, place);

	if (rc < 0)
		return rc;
	row = name_find(table, json->string);
	if (row) {
		*ret = row->number;
		return 0;
	}
	rows = names_all(table, &count);
	for (size_t i = 0; i < count; i++)
		nearest_offer(&nearest, rows[i].name);
	return place_error(p, place, "unknown %s \"%s\"%s", what, name_clip(json->string, clip),
			   nearest_hint(&nearest, hint));
}

int parse_errno(struct parse *p, const struct json *json, const struct place *place, int *ret)
{
	uint64_t number;
	uint32_t named;
	int rc;

	if (json->kind == JSON_STRING) {
		rc = parse_name(p, json, place, NAMES_ERRNO, "errno", &named);
		*ret = (int)named;
		return rc;
	}
	if (json->kind != JSON_INT)
		return place_error(p, place, "expected an errno by name or number, got %s",
				   json_kind_name(json->kind));
	rc = parse_number(p, json, place, 1, POLICY_ERRNO_MAX, &number);
	if (rc == 0)
		*ret = (int)number;
	return rc;
}

static int refuse_repeated(struct parse *p, const struct json *array, size_t index,
			   const struct place *place)
{
	char clip[NAME_CLIP_MAX];

	for (size_t i = 0; i < index; i++)
		if (!strcmp(array->items[i]->string, array->items[index]->string))
			return place_error(p, place, "\"%s\" is given twice",
					   name_clip(array->items[i]->string, clip));
	return 0;
}

int parse_strings(struct parse *p, const struct json *json, const struct place *place,
		  bool distinct,
		  int (*each)(struct parse *p, const struct json *item, const struct place *place,
			      void *to),
		  void *to)
{
	int rc = expect(p, json, JSON_ARRAY, place);

	if (rc == 0 && !json->n_items)
		rc = place_error(p, place, "is empty; name at least one");
	for (size_t i = 0; rc == 0 && i < json->n_items; i++) {
		const struct place *item = PLACE_INDEX(place, i);

		rc = expect(p, json->items[i], JSON_STRING, item);
		if (rc == 0 && distinct)
			rc = refuse_repeated(p, json, i, item);
		if (rc == 0)
			rc = each(p, json->items[i], item, to);
	}
	return rc;
}
