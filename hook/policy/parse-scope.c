// SPDX-License-Identifier: Apache-2.0
/*
 * Literals held against every option of a rule, so that no later stage meets one that does not fit.
 */
#include "policy/parse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "policy/value.h"

static bool is_named(const struct policy_key *key)
{
	return option_by_number(key->level, key->optname, key->call) != NULL;
}

/* The rule looks at a value of which nothing is known: say what to write instead. */
static int untyped(struct parse *p, const struct scope *scope, const struct policy_key *key)
{
	const struct place item = {.up = scope->options, .index = key->entry};
	const struct place *place = strcmp(scope->options->key, "to") ? &item : scope->options;
	char label[KEY_LABEL_MAX];

	key_label(key, label);
	if (key->kind != PATTERN_OPTION)
		return place_error(p, place,
				   "\"%s\" needs one type of value, and %s has many; name options",
				   scope->user, label);
	return place_error(p, place, "\"%s\" needs the type of the value; %s, as in \"%s:int\"",
			   scope->user, is_named(key) ? "the table knows none, give it" : "give it",
			   label);
}

static int no_field(struct parse *p, const struct scope *scope, const struct policy_key *key,
		    const struct place *place)
{
	struct nearest nearest = {.wanted = scope->field};
	char label[KEY_LABEL_MAX], clip[NAME_CLIP_MAX], hint[NAME_HINT_MAX];

	key_label(key, label);
	if (key->type->kind != VALUE_STRUCT)
		return place_error(p, place, "%s is of type %s, which has no fields", label,
				   key->type->name);
	for (const struct option_field *field = key->type->fields; field->name; field++)
		nearest_offer(&nearest, field->name);
	return place_error(p, place, "%s has no field \"%s\"%s", label,
			   name_clip(scope->field, clip), nearest_hint(&nearest, hint));
}

int scope_typed(struct parse *p, const struct scope *scope, const struct place *field)
{
	for (size_t i = 0; i < scope->n; i++) {
		const struct policy_key *key = &scope->keys[i];

		if (!key->type)
			return untyped(p, scope, key);
		if (scope->field && !value_field(key->type, scope->field))
			return no_field(p, scope, key, field);
	}
	return 0;
}

/* What one key holds as an integer: itself, or the field. False where it is none. */
static bool as_integer(const struct scope *scope, const struct policy_key *key, unsigned int *width,
		       bool *is_signed)
{
	const struct option_type *type = key->type;
	const struct option_field *field = NULL;

	if (scope->field)
		field = value_field(type, scope->field);
	else if (type->kind != VALUE_INT)
		return false;
	if (field)
		*width = field->width;
	else if (type->norm == NORM_LOW8)
		*width = 1;
	else
		*width = type->wide ? 8 : type->size;
	*is_signed = field ? field->is_signed : type->is_signed;
	return true;
}

int scope_integers(struct parse *p, const struct scope *scope, const struct place *place)
{
	char label[KEY_LABEL_MAX];
	unsigned int width;
	bool is_signed;

	for (size_t i = 0; i < scope->n; i++) {
		const struct policy_key *key = &scope->keys[i];

		if (as_integer(scope, key, &width, &is_signed))
			continue;
		key_label(key, label);
		if (key->type->kind == VALUE_STRUCT)
			return place_error(p, place,
					   "works on integers, and %s is of type %s; name a "
					   "\"field\", as in \"%s\"",
					   label, key->type->name, key->type->fields[0].name);
		return place_error(p, place, "works on integers, and %s is of type %s", label,
				   key->type->name);
	}
	return 0;
}

/* A flag is 0 or 1 once the kernel has read it: no other value is ever met. */
static int check_flag(struct parse *p, const struct scope *scope, const struct policy_key *key,
		      uint64_t value)
{
	if (scope->field || key->type->norm != NORM_BOOL || value <= 1)
		return 0;
	return error_set(p->err, ERANGE, "%" PRIu64 " is out of range 0..1", value);
}

static int fits_one(struct parse *p, const struct scope *scope, const struct policy_key *key,
		    const struct literal *literal, enum literal_use use)
{
	uint8_t bytes[POLICY_VALUE_MAX];
	unsigned int width;
	bool is_signed;
	uint64_t value;
	size_t length;
	int rc = 0;

	if (as_integer(scope, key, &width, &is_signed)) {
		/* bits are a pattern: 0xfffffffc and -4 are the same four bytes */
		rc = value_int(literal, width, use == USE_BITS ? literal->negative : is_signed,
			       &value, p->err);
		if (rc == 0 && use != USE_BITS)
			rc = check_flag(p, scope, key, value);
		if (scope->field || use != USE_VALUE)
			return rc;
	}
	return rc < 0 ? rc : value_encode(literal, key->type, bytes, &length, p->err);
}

int scope_fits(struct parse *p, const struct scope *scope, const struct literal *literal,
	       enum literal_use use, const struct place *place)
{
	char label[KEY_LABEL_MAX];

	for (size_t i = 0; i < scope->n; i++) {
		if (fits_one(p, scope, &scope->keys[i], literal, use) == 0)
			continue;
		error_prefix(p->err, "%s", key_label(&scope->keys[i], label));
		return place_wrap(p, place);
	}
	return 0;
}

int scope_mask_fits(struct parse *p, const struct scope *scope, uint64_t mask,
		    const struct place *place)
{
	char label[KEY_LABEL_MAX];
	unsigned int width;
	bool is_signed;

	for (size_t i = 0; i < scope->n; i++) {
		if (!as_integer(scope, &scope->keys[i], &width, &is_signed))
			continue;
		if (mask > UINT64_MAX >> (64 - 8 * width))
			return place_error(p, place, "%s: %" PRIu64 " is wider than its %u bits",
					   key_label(&scope->keys[i], label), mask, 8 * width);
	}
	return 0;
}
