// SPDX-License-Identifier: Apache-2.0
/*
 * Reading JSON: yajl's callbacks build the tree and refuse on the way what it lets through:
 * duplicate keys, depth, U+0000, ill-formed Unicode. Knows nothing of policies.
 */
#include "policy/json.h"

#include <stdio.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "base/cleanup.h"
#include "policy/names.h"
#include "policy/utf8.h"

#define PATH_MAX_TEXT 512

struct reader {
	size_t depth_max;
	struct json *stack[JSON_DEPTH_CEILING]; /* the open arrays and objects */
	size_t depth;
	struct json *root;
	char *key; /* of the member whose value comes next */
	struct error *err;
	bool failed; /* a callback has set err and stopped yajl */
};

/* ---- errors ---- */

/* What leads from @parent to its newest member. */
static size_t add_step(char *path, size_t used, const struct json *parent, const struct json *child)
{
	char key[NAME_CLIP_MAX];
	int n;

	if (parent->kind == JSON_ARRAY)
		n = snprintf(path + used, PATH_MAX_TEXT - used, "[%zu]", parent->n_items - 1);
	else
		n = snprintf(path + used, PATH_MAX_TEXT - used, "%s%s", used ? "." : "",
			     name_clip(child->key, key));
	return used + (size_t)n < PATH_MAX_TEXT ? used + (size_t)n : PATH_MAX_TEXT - 1;
}

/*
 * The path of @leaf, the newest member of the innermost open value;
 * of that value itself where NULL.
 */
static void write_path(const struct reader *r, const struct json *leaf, char path[PATH_MAX_TEXT])
{
	size_t used = 0;

	path[0] = '\0';
	for (size_t i = 1; i < r->depth; i++)
		used = add_step(path, used, r->stack[i - 1], r->stack[i]);
	if (leaf && r->depth)
		used = add_step(path, used, r->stack[r->depth - 1], leaf);
	if (used == PATH_MAX_TEXT - 1)
		memcpy(path + used - strlen("…"), "…", strlen("…"));
}

/* Returns what makes yajl stop. */
static int refuse(struct reader *r, const struct json *leaf, const char *reason)
{
	char path[PATH_MAX_TEXT];

	write_path(r, leaf, path);
	error_set(r->err, EINVAL, "%s%s%s", path, path[0] ? ": " : "", reason);
	r->failed = true;
	return 0;
}

static int out_of_memory(struct reader *r)
{
	error_set(r->err, ENOMEM, "out of memory");
	r->failed = true;
	return 0;
}

static int text_error(const char *text, size_t offset, const char *reason, struct error *err)
{
	size_t line = 1, column = 1;

	for (size_t i = 0; i < offset; i++) {
		if (text[i] == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			column++;
		}
	}
	return error_set(err, EINVAL, "line %zu, column %zu: %.*s", line, column,
			 (int)strcspn(reason, "\n"), reason);
}

/* yajl's own reason. Its offset lies behind what is wrong, except where it has put that back. */
static int syntax_error(yajl_handle yajl, const char *text, size_t length, bool at_end,
			struct error *err)
{
	static const char *const consumed[] = {
		"parse error",
		"lexical error: invalid char",
		"lexical error: invalid bytes",
	};
	char *reason = (char *)yajl_get_error(yajl, 0, NULL, 0);
	size_t offset = at_end ? length : yajl_get_bytes_consumed(yajl);
	int rc;

	for (size_t i = 0; !at_end && offset && i < ARRAY_SIZE(consumed); i++)
		if (!strncmp(reason, consumed[i], strlen(consumed[i])) &&
		    !strstr(reason, "inside string")) {
			offset--;
			break;
		}
	rc = text_error(text, offset < length ? offset : length, reason, err);
	yajl_free_error(yajl, (unsigned char *)reason);
	return rc;
}

/* ---- building the tree ---- */

/*
 * Room for one more member; the capacity is the next power of two, so that it need not be stored.
 */
static bool grow(struct json *parent)
{
	size_t n = parent->n_items;
	struct json **items;

	if (n & (n - 1))
		return true;
	items = reallocarray(parent->items, n ? 2 * n : 1, sizeof(*items));
	if (!items)
		return false;
	parent->items = items;
	return true;
}

/* A new value in its place; NULL where memory ran out. */
static struct json *add(struct reader *r, enum json_kind kind)
{
	struct json *parent = r->depth ? r->stack[r->depth - 1] : NULL;
	struct json *json;

	if (parent && !grow(parent))
		return NULL;
	json = calloc(1, sizeof(*json));
	if (!json)
		return NULL;
	json->kind = kind;
	json->key = TAKE_PTR(r->key);
	if (parent)
		parent->items[parent->n_items++] = json;
	else
		r->root = json;
	return json;
}

static int on_null(void *ctx)
{
	struct reader *r = ctx;

	return add(r, JSON_NULL) ? 1 : out_of_memory(r);
}

static int on_boolean(void *ctx, int value)
{
	struct reader *r = ctx;
	struct json *json = add(r, JSON_BOOL);

	if (!json)
		return out_of_memory(r);
	json->boolean = value;
	return 1;
}

/* An integer is what has neither fraction nor exponent and fits; -0 is 0. */
static bool take_integer(struct json *json)
{
	bool negative = json->string[0] == '-';
	uint64_t magnitude = 0;

	for (const char *p = json->string + negative; *p; p++)
		if (*p < '0' || *p > '9' || __builtin_mul_overflow(magnitude, 10, &magnitude) ||
		    __builtin_add_overflow(magnitude, (uint64_t)(*p - '0'), &magnitude))
			return false;
	json->negative = negative && magnitude;
	json->magnitude = magnitude;
	return true;
}

static int on_number(void *ctx, const char *text, size_t length)
{
	struct reader *r = ctx;
	struct json *json = add(r, JSON_NUMBER);

	if (!json || !(json->string = strndup(text, length)))
		return out_of_memory(r);
	json->length = length;
	if (take_integer(json)) {
		json->kind = JSON_INT;
		json->length = 0;
		free(TAKE_PTR(json->string));
	}
	return 1;
}

/* Why @length bytes are no text for us, or NULL. */
static const char *text_fault(const unsigned char *text, size_t length)
{
	if (memchr(text, '\0', length))
		return "U+0000 is not allowed in a string";
	return utf8_valid(text, length) ? NULL : "not well-formed UTF-8";
}

static int on_string(void *ctx, const unsigned char *text, size_t length)
{
	struct reader *r = ctx;
	struct json *json = add(r, JSON_STRING);
	const char *fault = text_fault(text, length);

	if (!json)
		return out_of_memory(r);
	if (fault)
		return refuse(r, json, fault);
	json->string = strndup((const char *)text, length);
	json->length = length;
	return json->string ? 1 : out_of_memory(r);
}

static int on_key(void *ctx, const unsigned char *text, size_t length)
{
	struct reader *r = ctx;

	if (text_fault(text, length))
		return refuse(r, NULL, "a key holds U+0000 or is not well-formed UTF-8");
	r->key = strndup((const char *)text, length);
	return r->key ? 1 : out_of_memory(r);
}

static int open_value(struct reader *r, enum json_kind kind)
{
	struct json *json = add(r, kind);
	char reason[64];

	if (!json)
		return out_of_memory(r);
	if (r->depth == r->depth_max) {
		snprintf(reason, sizeof(reason), "nested more than %zu deep", r->depth_max);
		return refuse(r, json, reason);
	}
	r->stack[r->depth++] = json;
	return 1;
}

static int on_start_object(void *ctx)
{
	return open_value(ctx, JSON_OBJECT);
}

static int on_start_array(void *ctx)
{
	return open_value(ctx, JSON_ARRAY);
}

static int by_key(const void *a, const void *b)
{
	return strcmp((*(struct json *const *)a)->key, (*(struct json *const *)b)->key);
}

/*
 * Sorting, because a state may hold hundreds of thousands of keys and must not cost their square.
 */
static int on_end_object(void *ctx)
{
	struct reader *r = ctx;
	const struct json *object = r->stack[r->depth - 1];
	_cleanup_free_ struct json **sorted = NULL;

	if (object->n_items > 1) {
		sorted = calloc(object->n_items, sizeof(*sorted));
		if (!sorted)
			return out_of_memory(r);
		memcpy(sorted, object->items, object->n_items * sizeof(*sorted));
		qsort(sorted, object->n_items, sizeof(*sorted), by_key);
	}
	for (size_t i = 1; i < object->n_items; i++)
		if (!strcmp(sorted[i - 1]->key, sorted[i]->key))
			return refuse(r, sorted[i], "duplicate key");
	r->depth--;
	return 1;
}

static int on_end_array(void *ctx)
{
	struct reader *r = ctx;

	r->depth--;
	return 1;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_start_object,
	.yajl_map_key = on_key,
	.yajl_end_map = on_end_object,
	.yajl_start_array = on_start_array,
	.yajl_end_array = on_end_array,
};

static int read_all(struct reader *r, const char *text, size_t length)
{
	yajl_handle yajl = yajl_alloc(&callbacks, NULL, r);
	bool at_end = false;
	yajl_status status;
	int rc = 0;

	if (!yajl)
		return error_set(r->err, ENOMEM, "out of memory");
	status = yajl_parse(yajl, (const unsigned char *)text, length);
	if (status == yajl_status_ok) {
		status = yajl_complete_parse(yajl);
		at_end = true;
	}
	if (r->failed)
		rc = r->err ? -r->err->code : -EINVAL;
	else if (status != yajl_status_ok)
		rc = syntax_error(yajl, text, length, at_end, r->err);
	yajl_free(yajl);
	return rc;
}

int json_parse(const char *text, size_t length, const struct json_limits *limits, struct json **ret,
	       struct error *err)
{
	struct reader r = {.err = err, .depth_max = JSON_DEPTH_CEILING};
	const char *half;
	int rc;

	if (limits && limits->depth && limits->depth < r.depth_max)
		r.depth_max = limits->depth;
	if (limits && limits->bytes && length > limits->bytes)
		return error_set(err, E2BIG, "%zu bytes of JSON: more than the %zu allowed", length,
				 limits->bytes);
	/* yajl decodes half a surrogate pair to '?' without a word */
	half = utf16_half_pair(text, length);
	if (half)
		return text_error(text, (size_t)(half - text), "half of a surrogate pair", err);
	rc = read_all(&r, text, length);
	free(r.key);
	if (rc < 0) {
		json_free(r.root);
		return rc;
	}
	*ret = r.root;
	return 0;
}
