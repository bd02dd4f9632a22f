// SPDX-License-Identifier: Apache-2.0
/* The tree that the reader builds: members, names of kinds, release. */
#include "policy/json.h"

#include <stdlib.h>
#include <string.h>

const struct json *json_get(const struct json *json, const char *key)
{
	if (!json || json->kind != JSON_OBJECT)
		return NULL;
	for (size_t i = 0; i < json->n_items; i++)
		if (!strcmp(json->items[i]->key, key))
			return json->items[i];
	return NULL;
}

const char *json_get_string(const struct json *json, const char *key)
{
	const struct json *member = json_get(json, key);

	return member && member->kind == JSON_STRING ? member->string : NULL;
}

const char *json_kind_name(enum json_kind kind)
{
	static const char *const names[] = {
		[JSON_NULL] = "null",	     [JSON_BOOL] = "a boolean",	 [JSON_INT] = "an integer",
		[JSON_NUMBER] = "a number",  [JSON_STRING] = "a string", [JSON_ARRAY] = "an array",
		[JSON_OBJECT] = "an object",
	};

	return names[kind];
}

/* Recursion is safe: no tree is deeper than JSON_DEPTH_CEILING. */
void json_free(struct json *json)
{
	if (!json)
		return;
	for (size_t i = 0; i < json->n_items; i++)
		json_free(json->items[i]);
	free(json->items);
	free(json->string);
	free(json->key);
	free(json);
}
