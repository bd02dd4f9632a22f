// SPDX-License-Identifier: Apache-2.0
/* Literals against types: ranges, lengths, fields, and the bytes in host order. Knows no rules. */
#include "policy/value.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/names.h"

static const char *const literal_names[] = {
	[LITERAL_NONE] = "nothing",
	[LITERAL_INT] = "an integer",
	[LITERAL_STRING] = "a string",
	[LITERAL_BYTES] = "bytes in hex",
	[LITERAL_STRUCT] = "an object of fields",
};

const struct option_field *value_field(const struct option_type *type, const char *name)
{
	if (!type || type->kind != VALUE_STRUCT)
		return NULL;
	for (const struct option_field *field = type->fields; field->name; field++)
		if (!strcmp(field->name, name))
			return field;
	return NULL;
}

static int out_of_range(const struct literal *literal, unsigned int bits, bool is_signed,
			struct error *err)
{
	uint64_t top = UINT64_MAX >> (64 - bits + is_signed);

	if (is_signed)
		return error_set(err, ERANGE,
				 "%s%" PRIu64 " is out of range -%" PRIu64 "..%" PRIu64,
				 literal->negative ? "-" : "", literal->magnitude, top + 1, top);
	return error_set(err, ERANGE, "%s%" PRIu64 " is out of range 0..%" PRIu64,
			 literal->negative ? "-" : "", literal->magnitude, top);
}

int value_int(const struct literal *literal, unsigned int width, bool is_signed, uint64_t *ret,
	      struct error *err)
{
	uint64_t top = UINT64_MAX >> (64 - 8 * width + is_signed);

	if (literal->kind != LITERAL_INT)
		return error_set(err, EINVAL, "expected an integer, got %s",
				 literal_names[literal->kind]);
	if (literal->negative ? !is_signed || literal->magnitude > top + 1
			      : literal->magnitude > top)
		return out_of_range(literal, 8 * width, is_signed, err);
	*ret = literal->negative ? -literal->magnitude : literal->magnitude;
	return 0;
}

/* The low @width bytes of @value in host byte order. */
static void store(uint8_t *bytes, unsigned int width, uint64_t value)
{
	uint8_t u8 = (uint8_t)value;
	uint16_t u16 = (uint16_t)value;
	uint32_t u32 = (uint32_t)value;
	const void *from = width == 1	? (void *)&u8
			   : width == 2 ? (void *)&u16
			   : width == 4 ? (void *)&u32
					: (void *)&value;

	memcpy(bytes, from, width);
}

static int encode_int(const struct literal *literal, const struct option_type *type, uint8_t *bytes,
		      size_t *ret_length, struct error *err)
{
	uint64_t value;
	int rc = value_int(literal, type->size, type->is_signed, &value, err);

	if (rc < 0)
		return rc;
	store(bytes, type->size, value);
	*ret_length = type->size;
	return 0;
}

static int encode_string(const struct literal *literal, const struct option_type *type,
			 uint8_t *bytes, size_t *ret_length, struct error *err)
{
	size_t length = literal->length;

	if (length > type->size || length > POLICY_VALUE_MAX)
		return error_set(err, ERANGE, "%zu bytes of text: the kernel reads at most %u",
				 length, type->size);
	memcpy(bytes, literal->bytes, length);
	if (length < type->size && length < POLICY_VALUE_MAX)
		bytes[length++] = '\0';
	*ret_length = length;
	return 0;
}

static int encode_bytes(const struct literal *literal, const struct option_type *type,
			uint8_t *bytes, size_t *ret_length, struct error *err)
{
	if (type->size && literal->length != type->size)
		return error_set(err, ERANGE, "%zu of the %u bytes that the option takes",
				 literal->length, type->size);
	if (literal->length > POLICY_VALUE_MAX)
		return error_set(err, ERANGE, "%zu bytes: more than the %d allowed",
				 literal->length, POLICY_VALUE_MAX);
	memcpy(bytes, literal->bytes, literal->length);
	*ret_length = literal->length;
	return 0;
}

static int unknown_field(const struct option_type *type, const char *name, struct error *err)
{
	struct nearest nearest = {.wanted = name};
	char hint[NAME_HINT_MAX], clip[NAME_CLIP_MAX];

	for (const struct option_field *field = type->fields; field->name; field++)
		nearest_offer(&nearest, field->name);
	return error_set(err, EINVAL, "%s has no field \"%s\"%s", type->name, name_clip(name, clip),
			 nearest_hint(&nearest, hint));
}

static int encode_struct(const struct literal *literal, const struct option_type *type,
			 uint8_t *bytes, size_t *ret_length, struct error *err)
{
	if (type->size > POLICY_VALUE_MAX)
		return error_set(err, ERANGE, "%s has %u bytes: more than the %d a value may have",
				 type->name, type->size, POLICY_VALUE_MAX);
	memset(bytes, 0, type->size);
	for (size_t i = 0; i < literal->n_fields; i++) {
		const struct literal_field *given = &literal->fields[i];
		const struct option_field *field = value_field(type, given->name);
		struct literal number = {.kind = LITERAL_INT,
					 .negative = given->negative,
					 .magnitude = given->magnitude};
		uint64_t value;
		int rc;

		if (!field)
			return unknown_field(type, given->name, err);
		rc = value_int(&number, field->width, field->is_signed, &value, err);
		if (rc < 0)
			return error_prefix(err, "%s", field->name);
		store(bytes + field->offset, field->width, value);
	}
	*ret_length = type->size;
	return 0;
}

static const struct {
	enum literal_kind literal;
	const char *expected;
	int (*encode)(const struct literal *literal, const struct option_type *type, uint8_t *bytes,
		      size_t *ret_length, struct error *err);
} kinds[] = {
	[VALUE_INT] = {LITERAL_INT, "an integer", encode_int},
	[VALUE_STRING] = {LITERAL_STRING, "a string", encode_string},
	[VALUE_BYTES] = {LITERAL_BYTES, "{\"hex\": …}", encode_bytes},
	[VALUE_STRUCT] = {LITERAL_STRUCT, "an object of fields", encode_struct},
};

int value_encode(const struct literal *literal, const struct option_type *type,
		 uint8_t bytes[POLICY_VALUE_MAX], size_t *ret_length, struct error *err)
{
	if (!type || type->kind == VALUE_NONE)
		return error_set(err, EINVAL, "nothing is known of the option's value");
	if (literal->kind != kinds[type->kind].literal)
		return error_set(err, EINVAL, "expected %s, got %s", kinds[type->kind].expected,
				 literal_names[literal->kind]);
	return kinds[type->kind].encode(literal, type, bytes, ret_length, err);
}
