// SPDX-License-Identifier: Apache-2.0
/* Sets of values: adding to them, joining them, and writing them as a rule's "where". */
#include "policy/span.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "policy/emit.h"

static const char too_many[] = "any value: more than 64 were seen";

void span_set_any(struct span *span, const char *why)
{
	span->kind = SPAN_ANY;
	span->why = why;
	span->n = 0;
}

void span_begin(struct span *span, enum span_kind kind)
{
	memset(span, 0, sizeof(*span));
	span->kind = kind;
}

static void cover(struct span *span, uint64_t low, uint64_t high)
{
	if (!span->known || low < span->low)
		span->low = low;
	if (!span->known || high > span->high)
		span->high = high;
	span->known = true;
}

void span_add_range(struct span *span, uint64_t low, uint64_t high)
{
	cover(span, low, high);
	if (span->kind == SPAN_NUMBERS)
		span->kind = SPAN_RANGE;
}

void span_add_number(struct span *span, uint64_t number)
{
	size_t at = 0;

	cover(span, number, number);
	if (span->kind != SPAN_NUMBERS)
		return;
	while (at < span->n && span->numbers[at] < number)
		at++;
	if (at < span->n && span->numbers[at] == number)
		return;
	if (span->n == SPAN_MAX) {
		span->kind = SPAN_RANGE;
		return;
	}
	memmove(&span->numbers[at + 1], &span->numbers[at],
		(span->n++ - at) * sizeof(span->numbers[0]));
	span->numbers[at] = number;
}

void span_add_datum(struct span *span, const struct datum *datum)
{
	size_t at = 0;
	int order = 1;

	if (span->kind != SPAN_DATA)
		return;
	for (; at < span->n; at++) {
		order = memcmp(&span->data[at], datum, sizeof(*datum));
		if (order >= 0)
			break;
	}
	if (at < span->n && !order)
		return;
	if (span->n == SPAN_MAX) {
		span_set_any(span, too_many);
		return;
	}
	memmove(&span->data[at + 1], &span->data[at], (span->n++ - at) * sizeof(span->data[0]));
	span->data[at] = *datum;
}

/* Of two reasons the same one, whichever came first. */
static const char *either(const char *a, const char *b)
{
	if (!a || !b)
		return a ?: b;
	return strcmp(a, b) <= 0 ? a : b;
}

void span_unite(struct span *to, const struct span *from)
{
	bool known = to->known && from->known;

	if (to->kind == SPAN_ANY || from->kind == SPAN_ANY) {
		const char *why = either(to->kind == SPAN_ANY ? to->why : NULL,
					 from->kind == SPAN_ANY ? from->why : NULL);

		if (known)
			cover(to, from->low, from->high);
		to->known = known;
		span_set_any(to, why);
		return;
	}
	if (from->kind == SPAN_RANGE)
		span_add_range(to, from->low, from->high);
	for (size_t i = 0; i < from->n && from->kind == SPAN_NUMBERS; i++)
		span_add_number(to, from->numbers[i]);
	for (size_t i = 0; i < from->n && from->kind == SPAN_DATA; i++)
		span_add_datum(to, &from->data[i]);
}

bool span_equal(const struct span *a, const struct span *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case SPAN_RANGE:
		return a->low == b->low && a->high == b->high;
	case SPAN_NUMBERS:
		return a->n == b->n &&
		       !memcmp(a->numbers, b->numbers, a->n * sizeof(a->numbers[0]));
	case SPAN_DATA:
		return a->n == b->n && !memcmp(a->data, b->data, a->n * sizeof(a->data[0]));
	case SPAN_ANY:
		break;
	}
	return true;
}

/* Whether @span, numbers of @type, holds every one that the kernel can meet. */
static bool holds_all(const struct span *span, const struct option_type *type)
{
	struct sockopt_step read = {0};
	unsigned int width;
	uint64_t low = 0, high;

	emit_read(&read, type, NULL);
	width = read.flags & SOCKOPT_WIDE ? 8 : read.width;
	high = ~0ull >> (64 - 8 * width);
	if (read.flags & SOCKOPT_BOOL)
		high = 1;
	else if (read.flags & (SOCKOPT_MINUS_1_0 | SOCKOPT_MINUS_1_1))
		high--;
	else if (read.flags & SOCKOPT_SIGNED) {
		low = SOCKOPT_BIAS - (high / 2 + 1);
		high = SOCKOPT_BIAS + high / 2;
	}
	if (span->kind == SPAN_NUMBERS && span->n <= high - low)
		return false;
	return span->low <= low && span->high >= high;
}

void span_loosen(struct span *span, enum bounds bounds, const struct option_type *type)
{
	bool numbers = span->kind == SPAN_NUMBERS || span->kind == SPAN_RANGE;

	if (bounds == BOUNDS_ANY)
		span_set_any(span, NULL);
	if (span->kind == SPAN_ANY)
		return;
	if (bounds == BOUNDS_RANGE && span->kind == SPAN_NUMBERS) {
		span->kind = SPAN_RANGE;
		span->n = 0;
	}
	if ((numbers && holds_all(span, type)) ||
	    (bounds == BOUNDS_RANGE && span->kind == SPAN_DATA && type->kind != VALUE_STRING))
		span_set_any(span, NULL);
}

/* ---- to JSON and to people ---- */

static void write_number(uint64_t number, const struct option_type *type, const char *key,
			 struct json_writer *w)
{
	if (type->is_signed)
		json_add_int(w, key, (int64_t)(number ^ SOCKOPT_BIAS));
	else
		json_add_uint(w, key, number);
}

static void write_hex(const struct datum *datum, struct json_writer *w)
{
	char text[2 * DATUM_MAX + 1] = "";

	for (size_t i = 0; i < datum->length; i++)
		snprintf(text + 2 * i, 3, "%02x", datum->bytes[i]);
	json_open_object(w, NULL);
	json_add_string(w, "hex", text);
	json_close_object(w);
}

static void write_fields(const struct datum *datum, const struct option_type *type,
			 struct json_writer *w)
{
	json_open_object(w, NULL);
	for (const struct option_field *f = type->fields; f->name; f++) {
		unsigned int shift = 64 - 8 * f->width;
		uint64_t value = 0;

		memcpy(&value, datum->bytes + f->offset, f->width);
		if (f->is_signed)
			json_add_int(w, f->name, (int64_t)(value << shift) >> shift);
		else
			json_add_uint(w, f->name, value);
	}
	json_close_object(w);
}

static void write_datum(const struct datum *datum, const struct option_type *type,
			struct json_writer *w)
{
	char text[DATUM_MAX + 1] = "";

	if (type->kind == VALUE_STRUCT) {
		write_fields(datum, type, w);
	} else if (type->kind == VALUE_BYTES) {
		write_hex(datum, w);
	} else {
		memcpy(text, datum->bytes, datum->length);
		json_add_string(w, NULL, text);
	}
}

void span_write(const struct span *span, const struct option_type *type, struct json_writer *w)
{
	if (span->kind == SPAN_ANY)
		return;
	json_open_object(w, "where");
	json_open_object(w, "value");
	if (span->kind == SPAN_RANGE) {
		write_number(span->low, type, "min", w);
		write_number(span->high, type, "max", w);
	} else {
		json_open_array(w, "oneOf");
		for (size_t i = 0; i < span->n; i++) {
			if (span->kind == SPAN_NUMBERS)
				write_number(span->numbers[i], type, NULL, w);
			else
				write_datum(&span->data[i], type, w);
		}
		json_close_array(w);
	}
	json_close_object(w);
	json_close_object(w);
}

const char *span_text(const struct span *span, const struct option_type *type,
		      char text[SPAN_TEXT_MAX])
{
	text[0] = '\0';
	if (!span->known || !type || type->kind != VALUE_INT)
		return text;
	if (type->is_signed && span->low == span->high)
		snprintf(text, SPAN_TEXT_MAX, "value %" PRId64,
			 (int64_t)(span->low ^ SOCKOPT_BIAS));
	else if (type->is_signed)
		snprintf(text, SPAN_TEXT_MAX, "values %" PRId64 " to %" PRId64,
			 (int64_t)(span->low ^ SOCKOPT_BIAS), (int64_t)(span->high ^ SOCKOPT_BIAS));
	else if (span->low == span->high)
		snprintf(text, SPAN_TEXT_MAX, "value %" PRIu64, span->low);
	else
		snprintf(text, SPAN_TEXT_MAX, "values %" PRIu64 " to %" PRIu64, span->low,
			 span->high);
	return text;
}
