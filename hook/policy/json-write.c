// SPDX-License-Identifier: Apache-2.0
/* Writing JSON with yajl's generator; the first failure is kept and ends the text. */
#include "policy/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#include "base/cleanup.h"
#include "policy/utf8.h"

struct json_writer {
	yajl_gen gen;
	bool failed;
};

struct json_writer *json_writer_new(bool beautify)
{
	struct json_writer *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->gen = yajl_gen_alloc(NULL);
	if (!w->gen) {
		free(w);
		return NULL;
	}
	yajl_gen_config(w->gen, yajl_gen_beautify, (int)beautify);
	return w;
}

void json_writer_free(struct json_writer *w)
{
	if (!w)
		return;
	yajl_gen_free(w->gen);
	free(w);
}

static void keep(struct json_writer *w, yajl_gen_status status)
{
	if (status != yajl_gen_status_ok)
		w->failed = true;
}

/* @text with each ill-formed byte as U+FFFD, three bytes; the caller frees. */
static char *repair(const char *text, size_t *ret_length)
{
	size_t left = strlen(text), used = 0;
	char *copy = malloc(3 * left + 1);

	while (copy && left) {
		size_t n = utf8_char((const unsigned char *)text, left);

		memcpy(copy + used, n ? text : "\xef\xbf\xbd", n ? n : 3);
		used += n ? n : 3;
		text += n ? n : 1;
		left -= n ? n : 1;
	}
	*ret_length = used;
	return copy;
}

static void write_text(struct json_writer *w, const char *text)
{
	_cleanup_free_ char *copy = NULL;
	size_t length;

	copy = repair(text, &length);
	if (copy)
		keep(w, yajl_gen_string(w->gen, (const unsigned char *)copy, length));
	else
		w->failed = true;
}

static void write_key(struct json_writer *w, const char *key)
{
	if (key)
		write_text(w, key);
}

void json_open_object(struct json_writer *w, const char *key)
{
	write_key(w, key);
	keep(w, yajl_gen_map_open(w->gen));
}

void json_close_object(struct json_writer *w)
{
	keep(w, yajl_gen_map_close(w->gen));
}

void json_open_array(struct json_writer *w, const char *key)
{
	write_key(w, key);
	keep(w, yajl_gen_array_open(w->gen));
}

void json_close_array(struct json_writer *w)
{
	keep(w, yajl_gen_array_close(w->gen));
}

void json_add_string(struct json_writer *w, const char *key, const char *value)
{
	write_key(w, key);
	if (value)
		write_text(w, value);
	else
		keep(w, yajl_gen_null(w->gen));
}

void json_add_int(struct json_writer *w, const char *key, int64_t value)
{
	write_key(w, key);
	keep(w, yajl_gen_integer(w->gen, value));
}

void json_add_uint(struct json_writer *w, const char *key, uint64_t value)
{
	char text[24];
	int length = snprintf(text, sizeof(text), "%" PRIu64, value);

	write_key(w, key);
	keep(w, yajl_gen_number(w->gen, text, (size_t)length));
}

void json_add_bool(struct json_writer *w, const char *key, bool value)
{
	write_key(w, key);
	keep(w, yajl_gen_bool(w->gen, value));
}

const char *json_writer_text(struct json_writer *w, size_t *ret_length)
{
	const unsigned char *text;
	size_t length;

	if (w->failed || yajl_gen_get_buf(w->gen, &text, &length) != yajl_gen_status_ok)
		return NULL;
	if (ret_length)
		*ret_length = length;
	return (const char *)text;
}
