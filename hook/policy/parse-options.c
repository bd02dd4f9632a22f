// SPDX-License-Identifier: Apache-2.0
/* The strings of "options": names, groups, levels, numbers and "*", expanded into keys. */
#include "policy/parse.h"

#include <linux/in6.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/option-table.h"

#define ENTRY_MAX  96 /* bytes; no name and no pair of numbers is longer */
#define NUMBER_MAX 0x7fffffffu

/* One string of "options", taken apart in place. */
struct entry {
	char text[ENTRY_MAX];
	char *type;    /* behind ':', or NULL */
	char *optname; /* behind '/', or NULL */
	const struct option_type *given;
	uint8_t calls;
	size_t index;
};

static bool is_known(const struct option_type *type)
{
	return type && type->kind != VALUE_NONE;
}

static int emit(struct parse *p, struct key_list *list, const struct entry *entry,
		enum pattern_kind kind, uint32_t level, uint32_t optname,
		const struct option_type *type)
{
	struct policy_key key = {kind,	      0, level, optname, is_known(type) ? type : NULL,
				 entry->index};
	int rc = 0;

	for (unsigned int call = CALL_SETSOCKOPT; rc == 0 && call <= CALL_GETSOCKOPT; call <<= 1) {
		key.call = (uint8_t)call;
		if (entry->calls & call)
			rc = key_append(p, list, &key);
	}
	return rc;
}

static int unknown_option(struct parse *p, const char *name, const struct place *place)
{
	struct nearest nearest = {.wanted = name};
	char clip[NAME_CLIP_MAX], hint[NAME_HINT_MAX];
	const struct option *options;
	const struct option_group *groups;
	size_t count;

	options = options_all(&count);
	for (size_t i = 0; i < count; i++)
		nearest_offer(&nearest, options[i].name);
	groups = groups_all(&count);
	for (size_t i = 0; i < count; i++)
		nearest_offer(&nearest, groups[i].name);
	return place_error(p, place, "unknown socket option \"%s\"%s", name_clip(name, clip),
			   nearest_hint(&nearest, hint));
}

/* Every row of a name, for the calls of the rule that the row describes. */
static int expand_name(struct parse *p, const char *name, const struct place *place,
		       const struct entry *entry, struct key_list *list)
{
	const struct option *row = option_by_name(name, NULL);
	struct entry part = *entry;
	int rc = row ? 0 : unknown_option(p, name, place);

	for (; rc == 0 && row; row = option_by_name(name, row)) {
		if (entry->given && is_known(row->type))
			return place_error(p, place, "%s is of type %s; leave the type away", name,
					   row->type->name);
		part.calls = entry->calls & row->calls;
		rc = emit(p, list, &part, PATTERN_OPTION, row->level, row->optname,
			  entry->given ? entry->given : row->type);
	}
	return rc;
}

static const char *other_calls(const struct entry *entry)
{
	return entry->calls == CALL_SETSOCKOPT ? "getsockopt" : "setsockopt";
}

static int parse_single(struct parse *p, const struct place *place, const struct entry *entry,
			struct key_list *list)
{
	int rc = expand_name(p, entry->text, place, entry, list);

	if (rc == 0 && !list->n)
		rc = place_error(p, place, "%s exists for %s only", entry->text,
				 other_calls(entry));
	return rc;
}

static int parse_group(struct parse *p, const struct place *place, const struct entry *entry,
		       struct key_list *list)
{
	const struct option_group *group = group_by_name(entry->text), *groups;
	struct nearest nearest = {.wanted = entry->text};
	char clip[NAME_CLIP_MAX], hint[NAME_HINT_MAX];
	size_t count;
	int rc = 0;

	if (entry->given)
		return place_error(p, place, "a group takes no type");
	if (!group) {
		groups = groups_all(&count);
		for (size_t i = 0; i < count; i++)
			nearest_offer(&nearest, groups[i].name);
		return place_error(p, place, "unknown group \"%s\"%s", name_clip(entry->text, clip),
				   nearest_hint(&nearest, hint));
	}
	for (size_t i = 0; rc == 0 && group->options[i]; i++)
		rc = expand_name(p, group->options[i], place, entry, list);
	if (rc == 0 && !list->n)
		rc = place_error(p, place, "%s holds options of %s only", entry->text,
				 other_calls(entry));
	return rc;
}

/* A decimal number as the schema writes it: no sign, no leading zero. */
static bool read_number(const char *text, uint32_t *ret)
{
	uint64_t number = 0;
	size_t digits = strspn(text, "0123456789");

	if (!digits || text[digits] || digits > 10 || (text[0] == '0' && digits > 1))
		return false;
	for (; *text; text++)
		number = 10 * number + (uint64_t)(*text - '0');
	*ret = (uint32_t)number;
	return number <= NUMBER_MAX;
}

static int read_level(struct parse *p, const char *text, const struct place *place, uint32_t *ret)
{
	const struct option_level *level = level_by_name(text), *levels;
	struct nearest nearest = {.wanted = text};
	char clip[NAME_CLIP_MAX], hint[NAME_HINT_MAX];
	size_t count;

	if (level) {
		*ret = level->level;
		return 0;
	}
	if (read_number(text, ret))
		return 0;
	levels = levels_all(&count);
	for (size_t i = 0; i < count; i++)
		nearest_offer(&nearest, levels[i].name);
	return place_error(p, place, "level \"%s\" is neither a known name nor a number 0..%u%s",
			   name_clip(text, clip), NUMBER_MAX, nearest_hint(&nearest, hint));
}

/* Whether a type given to numbers says the same as the table does. */
static bool same_type(const struct option_type *given, const struct option_type *known)
{
	if (given->kind != known->kind)
		return false;
	if (given->kind == VALUE_INT)
		return given->size == known->size && given->is_signed == known->is_signed;
	return given->kind != VALUE_STRUCT || given == known;
}

/* The table's types for a pair that it knows, the given one for any other. */
static int parse_pair(struct parse *p, const struct place *place, const struct entry *entry,
		      uint32_t level, struct key_list *list)
{
	struct entry part = *entry;
	uint32_t optname;
	int rc = 0;

	if (!read_number(entry->optname, &optname))
		return place_error(p, place, "behind the \"/\" stands a number 0..%u or \"*\"",
				   NUMBER_MAX);
	for (unsigned int call = CALL_SETSOCKOPT; rc == 0 && call <= CALL_GETSOCKOPT; call <<= 1) {
		const struct option *row = option_by_number(level, optname, call);
		const struct option_type *type = row ? row->type : NULL;

		part.calls = entry->calls & call;
		if (part.calls && entry->given && is_known(type) && !same_type(entry->given, type))
			return place_error(p, place,
					   "%u/%u is %s of type %s, not %s; leave the type away",
					   level, optname, row->name, type->name,
					   entry->given->name);
		rc = emit(p, list, &part, PATTERN_OPTION, level, optname,
			  is_known(type) ? type : entry->given);
	}
	return rc;
}

/* Options of a level that answer at another one too: a whole level is closed with them. */
static const struct {
	uint32_t level;
	enum pattern_kind kind;
	uint32_t other_level, other_optname;
} doors[] = {
	{LEVEL_UDP, PATTERN_LEVEL, LEVEL_UDPLITE, 0},
	{LEVEL_UDPLITE, PATTERN_LEVEL, LEVEL_UDP, 0},
	{LEVEL_IPV6, PATTERN_OPTION, LEVEL_RAW, IPV6_CHECKSUM},
	{LEVEL_IPV6, PATTERN_OPTION, LEVEL_RAW, IPV6_HDRINCL},
};

static int parse_level(struct parse *p, const struct entry *entry, uint32_t level,
		       struct key_list *list)
{
	int rc = emit(p, list, entry, PATTERN_LEVEL, level, 0, NULL);

	for (size_t i = 0; i < ARRAY_SIZE(doors) && rc == 0; i++) {
		if (doors[i].level == level)
			rc = emit(p, list, entry, doors[i].kind, doors[i].other_level,
				  doors[i].other_optname, NULL);
	}
	return rc;
}

static int parse_numbers(struct parse *p, const struct place *place, const struct entry *entry,
			 struct key_list *list)
{
	uint32_t level;
	int rc = read_level(p, entry->text, place, &level);

	if (rc < 0)
		return rc;
	if (strcmp(entry->optname, "*"))
		return parse_pair(p, place, entry, level, list);
	if (entry->given)
		return place_error(p, place, "a whole level takes no type");
	return parse_level(p, entry, level, list);
}

static int parse_all(struct parse *p, const struct place *place, const struct entry *entry,
		     struct key_list *list)
{
	if (entry->given)
		return place_error(p, place, "\"*\" takes no type");
	return emit(p, list, entry, PATTERN_ALL, 0, 0, NULL);
}

static int split(struct parse *p, const struct json *json, const struct place *place,
		 struct entry *entry)
{
	char clip[NAME_CLIP_MAX];

	if (json->length >= ENTRY_MAX)
		return place_error(p, place, "unknown socket option \"%s\"",
				   name_clip(json->string, clip));
	memcpy(entry->text, json->string, json->length + 1);
	entry->type = strchr(entry->text, ':');
	if (entry->type) {
		*entry->type++ = '\0';
		entry->given = option_type_by_name(entry->type);
		if (!entry->given)
			return place_error(p, place,
					   "unknown type \"%s\"; known are int, u32, u8, u64, "
					   "string, bytes, linger and timeval",
					   name_clip(entry->type, clip));
	}
	entry->optname = strchr(entry->text, '/');
	if (entry->optname)
		*entry->optname++ = '\0';
	return 0;
}

static int parse_entry(struct parse *p, const struct json *json, const struct place *place,
		       struct entry *entry, struct key_list *list)
{
	int rc = split(p, json, place, entry);

	if (rc < 0)
		return rc;
	if (entry->optname)
		return parse_numbers(p, place, entry, list);
	if (entry->text[0] == '@')
		return parse_group(p, place, entry, list);
	if (!strcmp(entry->text, "*"))
		return parse_all(p, place, entry, list);
	return parse_single(p, place, entry, list);
}

static int add_entry(struct parse *p, const struct json *json, const struct place *place, void *to)
{
	struct policy_rule *rule = to;
	struct entry entry = {.calls = rule->calls, .index = place->index};
	struct key_list list = {0};
	int rc = parse_entry(p, json, place, &entry, &list);

	if (rc == 0)
		rc = keys_merge(p, rule, &list, place);
	free(list.keys);
	return rc;
}

int parse_options(struct parse *p, const struct json *json, const struct place *place,
		  struct policy_rule *rule)
{
	key_set_clear(&p->in_rule);
	return parse_strings(p, json, place, false, add_entry, rule);
}

int parse_target(struct parse *p, const struct json *json, const struct place *place,
		 unsigned int call, struct policy_key *ret)
{
	struct entry entry = {.calls = (uint8_t)call};
	struct key_list list = {0};
	int rc = expect(p, json, JSON_STRING, place);

	if (rc < 0)
		return rc;
	rc = parse_entry(p, json, place, &entry, &list);
	if (rc == 0 && (json->string[0] == '@' || list.keys[0].kind != PATTERN_OPTION))
		rc = place_error(p, place, "expected one option, got \"%s\"", json->string);
	if (rc == 0)
		*ret = list.keys[0];
	free(list.keys);
	return rc;
}
