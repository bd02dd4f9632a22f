// SPDX-License-Identifier: Apache-2.0
/* How a grant is called: its option, and its description, which is read back too. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "policy/grant.h"

/* The ends of the classes of optlen, and how a description calls them. */
static const struct {
	uint32_t end;
	const char *text;
} classes[] = {
	{0, "0"},
	{1, "1"},
	{2, "2"},
	{4, "4"},
	{8, "8"},
	{16, "up to 16"},
	{32, "up to 32"},
	{64, "up to 64"},
	{256, "up to 256"},
	{4096, "up to 4096"},
	{UINT32_MAX, "above 4096"},
};

unsigned int grant_length_bit(uint32_t optlen)
{
	unsigned int i = 0;

	/* 3, 5, 6 and 7 are in the class that ends at 16 */
	while (classes[i].end < optlen || (optlen == 3 && classes[i].end < 16))
		i++;
	if (optlen > 4 && optlen < 8)
		i = 5;
	return 1u << i;
}

/* Whether @name, in @call, means one pair of numbers. */
static bool is_single(const char *name, unsigned int call)
{
	const struct option *first = NULL;

	for (const struct option *o = option_by_name(name, NULL); o; o = option_by_name(name, o)) {
		if (!(o->calls & call))
			continue;
		if (first && (o->level != first->level || o->optname != first->optname))
			return false;
		first = o;
	}
	return true;
}

/*
 * A name of the same option as @first, the table's first row, that means its numbers alone. Levels
 * share numbers, so rows with the same numbers are of one option only where their type is the same.
 */
static const char *single_name(const struct option *first, unsigned int call)
{
	size_t count;
	const struct option *all = options_all(&count);

	for (const struct option *o = all; o < all + count; o++)
		if (o->level == first->level && o->optname == first->optname && o->calls & call &&
		    o->type == first->type && is_single(o->name, call))
			return o->name;
	return NULL;
}

const char *grant_option(const struct grant *grant, char text[GRANT_OPTION_MAX])
{
	const struct option *row = option_by_number(grant->level, grant->optname, grant->call);
	const char *name = row ? single_name(row, grant->call) : NULL;
	const char *level = level_name(grant->level);
	bool typed = grant->span.kind != SPAN_ANY && (!row || row->type->kind == VALUE_NONE);
	const char *colon = typed ? ":" : "", *type = typed ? grant->type->name : "";

	if (name)
		snprintf(text, GRANT_OPTION_MAX, "%s%s%s", name, colon, type);
	else if (level)
		snprintf(text, GRANT_OPTION_MAX, "%s/%u%s%s", level, grant->optname, colon, type);
	else
		snprintf(text, GRANT_OPTION_MAX, "%u/%u%s%s", grant->level, grant->optname, colon,
			 type);
	return text;
}

/* ---- descriptions ---- */

static void write_lengths(FILE *f, unsigned int lengths)
{
	const char *before = "optlen ";

	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		if (!(lengths >> i & 1))
			continue;
		fprintf(f, "%s%s", before, classes[i].text);
		before = " or ";
	}
}

/* What stands between the parts: nothing before the first. */
static const char *comma(FILE *f)
{
	return ftell(f) > 0 ? ", " : "";
}

/* What was seen of a kind that "sockets" has no word for. */
static void write_open(FILE *f, const struct grant *grant)
{
	if (!grant->families)
		fprintf(f, "%sany family", comma(f));
	if (!grant->types)
		fprintf(f, "%sany type", comma(f));
	if (!grant->n_protocols && grant->families != UINT64_C(1) << AF_UNIX)
		fprintf(f, "%sany protocol", comma(f));
}

static void write_parts(FILE *f, const struct grant *grant)
{
	const struct option *row = option_by_number(grant->level, grant->optname, grant->call);
	char values[SPAN_TEXT_MAX];

	if (grant->count)
		fprintf(f, "%" PRIu64 " call%s", grant->count, grant->count == 1 ? "" : "s");
	if (grant->lengths) {
		fputs(comma(f), f);
		write_lengths(f, grant->lengths);
	}
	if (*span_text(&grant->span, grant->type, values))
		fprintf(f, "%s%s", comma(f), values);
	if (grant->span.kind == SPAN_ANY && grant->span.why)
		fprintf(f, "%s%s", comma(f), grant->span.why);
	/* what its numbers are called where that name means others too */
	if (row && !single_name(row, grant->call))
		fprintf(f, "%sone of %s", comma(f), row->name);
	write_open(f, grant);
}

const char *grant_description(const struct grant *grant, char text[GRANT_DESCRIPTION_MAX])
{
	FILE *f;

	text[0] = '\0';
	f = fmemopen(text, GRANT_DESCRIPTION_MAX, "w");
	if (f) {
		write_parts(f, grant);
		fclose(f);
	}
	return text;
}

static unsigned int read_lengths(const char *text)
{
	const char *at = strstr(text, "optlen ");
	unsigned int lengths = 0;

	at = at ? at + strlen("optlen ") : "";
	while (*at) {
		size_t n = strcspn(at, ",");
		const char * or = strstr(at, " or ");

		if (or &&(size_t)(or -at) < n)
			n = (size_t)(or -at);
		for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
			if (strlen(classes[i].text) == n && !strncmp(classes[i].text, at, n))
				lengths |= 1u << i;
		at = at[n] == ' ' ? at + n + strlen(" or ") : "";
	}
	return lengths;
}

void grant_read_description(const char *text, struct grant *grant)
{
	char *end;

	grant->count = 0;
	grant->lengths = 0;
	if (!text)
		return;
	if (*text >= '0' && *text <= '9') {
		grant->count = strtoull(text, &end, 10);
		if (strncmp(end, " call", strlen(" call")))
			grant->count = 0;
	}
	grant->lengths = read_lengths(text);
}
