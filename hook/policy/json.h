/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON in and out; the only user of yajl. Reading gives a tree that keeps the order of keys;
 * duplicate keys, excess depth, and text after the value are errors.
 */
#ifndef POLICY_JSON_H
#define POLICY_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum json_kind {
	JSON_NULL,
	JSON_BOOL,
	JSON_INT,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

struct json {
	enum json_kind kind;
	char *key;     /* in an object: this member's name; else NULL */
	bool boolean;  /* BOOL */
	bool negative; /* INT: the value is -magnitude */
	/* INT: a number without fraction and exponent that fits; any other is NUMBER */
	uint64_t magnitude;
	char *string;	     /* STRING, and the text of a NUMBER; ended by NUL */
	size_t length;	     /* STRING: bytes; a string with U+0000 is refused by the reader */
	struct json **items; /* ARRAY and OBJECT, in the order of the text */
	size_t n_items;
};

#define JSON_DEPTH_CEILING 512 /* nested arrays and objects, whatever the caller allows */

/* How strict the reader is about what it meets. */
struct json_limits {
	size_t bytes; /* 0: any */
	size_t depth; /* 0: JSON_DEPTH_CEILING */
};

/*
 * Read @text. On success *@ret is the caller's: json_free(). Errors name line and column; a
 * duplicate key or too deep a value names the path ("rules[2].action: duplicate key").
 */
int json_parse(const char *text, size_t length, const struct json_limits *limits, struct json **ret,
	       struct error *err);
void json_free(struct json *json);

static inline void json_freep(struct json **json)
{
	json_free(*json);
}
#define _cleanup_json_ __attribute__((cleanup(json_freep)))

/* The member @key of an object, or NULL (also where @json is no object or NULL). */
const struct json *json_get(const struct json *json, const char *key);
/* The text of a string member, or NULL where it is absent or no string. */
const char *json_get_string(const struct json *json, const char *key);
/*
 * "null", "a boolean", "an integer", "a number", "a string", "an array", "an object": for messages.
 */
const char *json_kind_name(enum json_kind kind);

/* ---- writing ---- */

struct json_writer;

/* NULL where memory ran out. @beautify: indented over several lines; else one line. */
struct json_writer *json_writer_new(bool beautify);
void json_writer_free(struct json_writer *w);

static inline void json_writer_freep(struct json_writer **w)
{
	json_writer_free(*w);
}
#define _cleanup_json_writer_ __attribute__((cleanup(json_writer_freep)))

/*
 * Within an object @key names the member; elsewhere it is NULL. Errors are kept
 * and told by json_writer_text().
 */
void json_open_object(struct json_writer *w, const char *key);
void json_close_object(struct json_writer *w);
void json_open_array(struct json_writer *w, const char *key);
void json_close_array(struct json_writer *w);
/* A NULL @value writes null. Bytes that are no UTF-8 are replaced by U+FFFD. */
void json_add_string(struct json_writer *w, const char *key, const char *value);
void json_add_int(struct json_writer *w, const char *key, int64_t value);
void json_add_uint(struct json_writer *w, const char *key, uint64_t value);
void json_add_bool(struct json_writer *w, const char *key, bool value);
/* The text so far, ended by NUL and owned by @w; NULL where anything failed on the way. */
const char *json_writer_text(struct json_writer *w, size_t *ret_length);

#endif
