// SPDX-License-Identifier: Apache-2.0
/*
 * A value by its type, as far as an event has its bytes. One reading for text and JSON: what the
 * type does not explain is hex.
 */
#include <string.h>

#include "policy/utf8.h"
#include "verbs/event.h"

/* What the bytes are good for. */
enum reading {
	READ_HEX,
	READ_INT,
	READ_STRING,
	READ_STRUCT
};

static uint64_t load(const uint8_t *bytes, size_t width)
{
	uint64_t value = 0;

	memcpy(&value, bytes, width);
	return value;
}

static int64_t extend(uint64_t value, size_t width)
{
	unsigned int shift = 64 - 8 * (unsigned int)width;

	return (int64_t)(value << shift) >> shift;
}

/* The bytes of an integer that the kernel would read; 0: it would refuse, or take it as 0. */
static size_t int_width(const struct event_value *v)
{
	if (v->type->wide && v->length >= 8)
		return 8;
	if (v->length >= v->type->size)
		return v->type->size;
	return v->length && v->type->shorter == SHORTER_BYTE ? 1 : 0;
}

static enum reading reading_of(const struct event_value *v)
{
	switch (v->type && v->length ? v->type->kind : VALUE_NONE) {
	case VALUE_INT:
		return int_width(v) ? READ_INT : READ_HEX;
	case VALUE_STRING:
		return READ_STRING;
	case VALUE_STRUCT:
		return v->whole >= v->type->size ? READ_STRUCT : READ_HEX;
	default:
		return READ_HEX;
	}
}

static bool is_cut(const struct event_value *v)
{
	return v->whole > 0 && (size_t)v->whole > v->length;
}

/* Text ends at a NUL: what the kernel ignores behind it is not shown. */
static size_t text_length(const struct event_value *v)
{
	return strnlen((const char *)v->bytes, v->length);
}

static bool has_field(const struct event_value *v, const struct option_field *field)
{
	return (size_t)field->offset + field->width <= v->length;
}

/* ---- for people ---- */

void event_escape(FILE *out, const char *text, size_t length)
{
	const unsigned char *p = (const unsigned char *)text;

	while (length) {
		size_t n = utf8_char(p, length);

		/* A quote and a backslash of the value are not to be taken for ours. */
		if (n && !utf8_is_control(p, n) && *p != '"' && *p != '\\') {
			fwrite(p, 1, n, out);
		} else {
			n = n ?: 1;
			for (size_t i = 0; i < n; i++)
				fprintf(out, "\\x%02x", p[i]);
		}
		p += n;
		length -= n;
	}
}

static void int_text(FILE *out, uint64_t value, size_t width, bool is_signed)
{
	if (is_signed)
		fprintf(out, "%lld", (long long)extend(value, width));
	else
		fprintf(out, "%llu", (unsigned long long)value);
}

static void struct_text(FILE *out, const struct event_value *v)
{
	const struct option_field *field = v->type->fields;
	const char *gap = "";

	fputc('{', out);
	for (; field->name && has_field(v, field); field++) {
		fprintf(out, "%s%s=", gap, field->name);
		int_text(out, load(v->bytes + field->offset, field->width), field->width,
			 field->is_signed);
		gap = " ";
	}
	fprintf(out, "%s}", field->name ? *gap ? " \u2026" : "\u2026" : "");
}

void event_value_text(FILE *out, const struct event_value *v)
{
	size_t width;

	switch (reading_of(v)) {
	case READ_INT:
		width = int_width(v);
		int_text(out, load(v->bytes, width), width,
			 v->type->is_signed && width == v->type->size);
		return;
	case READ_STRING:
		fputc('"', out);
		event_escape(out, (const char *)v->bytes, text_length(v));
		fputs(text_length(v) == v->length && is_cut(v) ? "\"\u2026" : "\"", out);
		return;
	case READ_STRUCT:
		struct_text(out, v);
		return;
	default:
		/* Where no event was expected the program has not read the value. */
		fputs(v->length ? "0x" : v->whole ? "?" : "empty", out);
		for (size_t i = 0; i < v->length; i++)
			fprintf(out, "%02x", v->bytes[i]);
		fputs(v->length && is_cut(v) ? "\u2026" : "", out);
	}
}

/* ---- for programs ---- */

static void int_json(struct json_writer *w, const char *key, uint64_t value, size_t width,
		     bool is_signed)
{
	if (is_signed)
		json_add_int(w, key, extend(value, width));
	else
		json_add_uint(w, key, value);
}

static void struct_json(struct json_writer *w, const struct event_value *v)
{
	json_open_object(w, "value");
	for (const struct option_field *f = v->type->fields; f->name && has_field(v, f); f++)
		int_json(w, f->name, load(v->bytes + f->offset, f->width), f->width, f->is_signed);
	json_close_object(w);
}

static void meaning_json(struct json_writer *w, const struct event_value *v)
{
	char text[SOCKOPT_EVENT_BYTES + 1] = "";
	size_t width;

	switch (reading_of(v)) {
	case READ_INT:
		width = int_width(v);
		int_json(w, "value", load(v->bytes, width), width,
			 v->type->is_signed && width == v->type->size);
		break;
	case READ_STRING:
		memcpy(text, v->bytes, text_length(v));
		/* The beginning of a text is another text. */
		if (text_length(v) < v->length || !is_cut(v))
			json_add_string(w, "value", text);
		break;
	case READ_STRUCT:
		struct_json(w, v);
		break;
	default:
		break;
	}
}

void event_value_json(struct json_writer *w, const char *key, const struct event_value *v)
{
	char hex[2 * SOCKOPT_EVENT_BYTES + 1] = "";

	for (size_t i = 0; i < v->length; i++)
		snprintf(hex + 2 * i, 3, "%02x", v->bytes[i]);
	json_open_object(w, key);
	json_add_string(w, "hex", hex);
	json_add_bool(w, "cut", is_cut(v));
	meaning_json(w, v);
	json_close_object(w);
}
