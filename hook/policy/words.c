// SPDX-License-Identifier: Apache-2.0
/* Names, sockets and values in words. What rules do is in words-rule.c. */
#include "policy/words.h"

#include <inttypes.h>
#include <string.h>

#include "policy/names.h"
#include "policy/words-private.h"

#define FAMILY_NETLINK 16
#define BYTES_SHOWN    32

const char *words_errno(int code, char text[WORDS_ERRNO_MAX])
{
	const char *name = name_of(NAMES_ERRNO, (uint32_t)code);

	if (name)
		snprintf(text, WORDS_ERRNO_MAX, "%s", name);
	else
		snprintf(text, WORDS_ERRNO_MAX, "errno %d", code);
	return text;
}

/* NETLINK_ROUTE is 0 like IPPROTO_IP: the family tells which is meant. */
const char *words_protocol(uint32_t number, uint64_t families)
{
	bool netlink = families == UINT64_C(1) << FAMILY_NETLINK;
	const struct name *rows;
	size_t count;

	rows = names_all(NAMES_PROTOCOL, &count);
	for (size_t i = 0; i < count; i++) {
		bool is_netlink = !strncmp(rows[i].name, "NETLINK_", strlen("NETLINK_"));

		if (rows[i].number == number && is_netlink == netlink)
			return rows[i].name;
	}
	return NULL;
}

static void write_bits(FILE *out, enum name_table table, uint64_t bits, const char **separator)
{
	for (uint32_t n = 0; n < 64; n++) {
		if (!(bits >> n & 1))
			continue;
		fprintf(out, "%s%s", *separator, name_of(table, n) ?: "?");
		*separator = " or ";
	}
}

void words_sockets(FILE *out, const struct socket_filter *filter)
{
	const char *separator = "";

	write_bits(out, NAMES_FAMILY, filter->families, &separator);
	separator = filter->families ? ", " : "";
	write_bits(out, NAMES_TYPE, filter->types, &separator);
	separator = filter->families || filter->types ? ", " : "";
	for (size_t i = 0; i < filter->n_protocols; i++) {
		fprintf(out, "%s%s", separator,
			words_protocol(filter->protocols[i], filter->families) ?: "?");
		separator = " or ";
	}
}

const char *words_dscp(const struct policy_key *key, uint64_t value)
{
	char label[KEY_LABEL_MAX];

	if (key->kind != PATTERN_OPTION || value & 3 || value > 0xff)
		return NULL;
	key_label(key, label);
	if (strcmp(label, "IP_TOS") && strcmp(label, "IPV6_TCLASS"))
		return NULL;
	return name_of(NAMES_DSCP, (uint32_t)(value >> 2));
}

void words_integer(FILE *out, const struct policy_key *key, uint64_t value, bool negative)
{
	const char *dscp = negative || !value ? NULL : words_dscp(key, value);

	fprintf(out, "%s%" PRIu64, negative ? "-" : "", value);
	if (dscp)
		fprintf(out, " (%s)", dscp);
}

void words_hex(FILE *out, const uint8_t *bytes, size_t length)
{
	fputs(length ? "0x" : "no bytes", out);
	for (size_t i = 0; i < length && i < BYTES_SHOWN; i++)
		fprintf(out, "%02x", bytes[i]);
	if (length > BYTES_SHOWN)
		fprintf(out, "… (%zu bytes)", length);
}

void words_text(FILE *out, const uint8_t *bytes, size_t length)
{
	fputc('"', out);
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] == '"' || bytes[i] == '\\')
			fputc('\\', out);
		fputc(bytes[i], out);
	}
	fputc('"', out);
}

/* @width bytes as an integer; little-endian, as the engine has it. */
static void write_integer(FILE *out, const struct policy_key *key, const uint8_t *bytes,
			  unsigned int width, bool is_signed)
{
	unsigned int unused = 64 - 8 * width;
	uint64_t value = 0;
	bool negative;

	memcpy(&value, bytes, width);
	negative = is_signed && value >> (8 * width - 1);
	if (negative)
		value = -(uint64_t)((int64_t)(value << unused) >> unused);
	words_integer(out, key, value, negative);
}

static void write_struct(FILE *out, const struct policy_key *key, const uint8_t *bytes)
{
	const char *separator = "{";

	for (const struct option_field *f = key->type->fields; f->name; f++) {
		fprintf(out, "%s%s ", separator, f->name);
		write_integer(out, &(const struct policy_key){.kind = PATTERN_ALL},
			      bytes + f->offset, f->width, f->is_signed);
		separator = ", ";
	}
	fputc('}', out);
}

/* Whether @length is one that the kernel reads an integer of @type from. */
static bool is_integer_length(const struct option_type *type, size_t length)
{
	if (length == 1 || length == type->size)
		return length == type->size || type->shorter == SHORTER_BYTE;
	return type->wide && length == 8;
}

void words_value(FILE *out, const struct policy_key *key, const uint8_t *bytes, size_t length)
{
	const struct option_type *type = key->type;

	if (type && type->kind == VALUE_INT && is_integer_length(type, length))
		write_integer(out, key, bytes, (unsigned int)length,
			      type->is_signed && length == type->size);
	else if (type && type->kind == VALUE_STRING)
		words_text(out, bytes, strnlen((const char *)bytes, length));
	else if (type && type->kind == VALUE_STRUCT && length == type->size)
		write_struct(out, key, bytes);
	else
		words_hex(out, bytes, length);
}
