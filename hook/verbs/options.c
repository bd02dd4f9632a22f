// SPDX-License-Identifier: Apache-2.0
/* `sockoptctl options`: the socket options, groups and struct fields that policies can name. */
#include <string.h>

#include "policy/names.h"
#include "policy/options.h"
#include "verbs/table.h"
#include "verbs/verbs.h"

/* Which rows are wanted: all of them, or those of one word. */
struct choice {
	const char *word; /* NULL: all */
	const struct option_group *group;
	const struct option_level *level;
};

static bool is_member(const struct option_group *group, const char *name)
{
	for (const char *const *o = group->options; *o; o++) {
		if (!strcmp(*o, name))
			return true;
	}
	return false;
}

static bool is_chosen(const struct choice *c, const struct option *o)
{
	if (!c->word)
		return true;
	if (c->group)
		return is_member(c->group, o->name);
	return c->level ? c->level->level == o->level : !strcmp(c->word, o->name);
}

static int choose(const char *word, struct choice *ret, struct error *err)
{
	struct nearest nearest = {.wanted = word};
	char clip[NAME_CLIP_MAX], hint[NAME_HINT_MAX];
	size_t n;

	*ret = (struct choice){.word = word,
			       .group = group_by_name(word),
			       .level = level_by_name(word)};
	if (ret->group || ret->level || option_by_name(word, NULL))
		return 0;
	for (const struct option *o = options_all(&n), *end = o + n; o < end; o++)
		nearest_offer(&nearest, o->name);
	for (const struct option_group *g = groups_all(&n), *end = g + n; g < end; g++)
		nearest_offer(&nearest, g->name);
	for (const struct option_level *l = levels_all(&n), *end = l + n; l < end; l++)
		nearest_offer(&nearest, l->name);
	return error_set(err, ENOENT, "no socket option, group or level is called \"%s\"%s",
			 name_clip(word, clip), nearest_hint(&nearest, hint));
}

static const char *calls_text(const struct option *o)
{
	static const char *const names[] = {"-", "setsockopt", "getsockopt", "both"};

	return names[o->calls & CALL_BOTH];
}

/* Each group that has @name, in the order of the groups. */
static void each_group(const char *name, void (*each)(const char *group, void *to), void *to)
{
	size_t n;

	for (const struct option_group *g = groups_all(&n), *end = g + n; g < end; g++) {
		if (is_member(g, name))
			each(g->name, to);
	}
}

static void add_word(const char *word, void *to)
{
	FILE *f = to;

	fprintf(f, "%s%s", ftell(f) ? " " : "", word);
}

static void add_json_word(const char *word, void *to)
{
	json_add_string(to, NULL, word);
}

static void add_row(struct table *table, const struct option *o)
{
	_cleanup_free_ char *groups = NULL;
	size_t length;
	FILE *f = open_memstream(&groups, &length);

	if (!f) {
		table->failed = true;
		return;
	}
	each_group(o->name, add_word, f);
	fclose(f);
	table_add(table, o->name);
	table_add(table, level_name(o->level));
	table_addf(table, "%u/%u", o->level, o->optname);
	table_add(table, o->type->name);
	table_add(table, calls_text(o));
	table_add(table, groups);
}

/* Once for each struct among the chosen rows. */
static void print_fields(FILE *out, const struct choice *c)
{
	const struct option_type *seen = NULL;
	size_t n;

	for (const struct option *o = options_all(&n), *end = o + n; o < end; o++) {
		if (!is_chosen(c, o) || o->type->kind != VALUE_STRUCT || o->type == seen)
			continue;
		seen = o->type;
		fprintf(out, "\nFields of %s, %u bytes:\n", seen->name, seen->size);
		for (const struct option_field *f = seen->fields; f->name; f++)
			fprintf(out, "  %-24s %u byte%s at %u, %s\n", f->name, f->width,
				f->width == 1 ? "" : "s", f->offset,
				f->is_signed ? "signed" : "unsigned");
	}
}

static int print_table(struct verb_call *call, const struct choice *c)
{
	static const char *const headings[] = {"NAME", "LEVEL", "NUMBER",
					       "TYPE", "CALLS", "GROUPS"};
	struct table table;
	size_t n;

	table_open(&table, headings, ARRAY_SIZE(headings));
	for (const struct option *o = options_all(&n), *end = o + n; o < end; o++) {
		if (is_chosen(c, o))
			add_row(&table, o);
	}
	return verb_print_table(call, &table);
}

static void add_option(struct json_writer *w, const struct option *o)
{
	json_open_object(w, NULL);
	json_add_string(w, "name", o->name);
	json_add_string(w, "levelName", level_name(o->level));
	json_add_uint(w, "level", o->level);
	json_add_uint(w, "optname", o->optname);
	json_add_string(w, "type", o->type->name);
	json_add_uint(w, "size", o->type->size);
	json_open_array(w, "calls");
	if (o->calls & CALL_SETSOCKOPT)
		json_add_string(w, NULL, "setsockopt");
	if (o->calls & CALL_GETSOCKOPT)
		json_add_string(w, NULL, "getsockopt");
	json_close_array(w);
	json_open_array(w, "groups");
	each_group(o->name, add_json_word, w);
	json_close_array(w);
	json_open_array(w, "fields");
	for (const struct option_field *f = o->type->fields; f && f->name; f++) {
		json_open_object(w, NULL);
		json_add_string(w, "name", f->name);
		json_add_uint(w, "offset", f->offset);
		json_add_uint(w, "bytes", f->width);
		json_add_bool(w, "signed", f->is_signed);
		json_close_object(w);
	}
	json_close_array(w);
	json_close_object(w);
}

static void add_options(struct json_writer *w, const struct choice *c)
{
	size_t n;

	for (const struct option *o = options_all(&n), *end = o + n; o < end; o++) {
		if (is_chosen(c, o))
			add_option(w, o);
	}
}

static void print_groups(FILE *out)
{
	size_t n;

	for (const struct option_group *g = groups_all(&n), *end = g + n; g < end; g++) {
		fprintf(out, "%s\n  %s\n", g->name, g->description);
		for (const char *const *o = g->options; *o; o++)
			fprintf(out, "    %s\n", *o);
	}
}

static void add_groups(struct json_writer *w)
{
	size_t n;

	for (const struct option_group *g = groups_all(&n), *end = g + n; g < end; g++) {
		json_open_object(w, NULL);
		json_add_string(w, "name", g->name);
		json_add_string(w, "description", g->description);
		json_open_array(w, "options");
		for (const char *const *o = g->options; *o; o++)
			json_add_string(w, NULL, *o);
		json_close_array(w);
		json_close_object(w);
	}
}

static int print_json(struct verb_call *call, const struct choice *choice, bool groups)
{
	_cleanup_json_writer_ struct json_writer *w = json_writer_new(true);

	if (!w)
		return verb_print_json(call, NULL);
	json_open_array(w, NULL);
	if (groups)
		add_groups(w);
	else
		add_options(w, choice);
	json_close_array(w);
	return verb_print_json(call, w);
}

static int options_run(struct verb_call *call, int argc, char **argv)
{
	struct choice choice = {0};
	bool groups = false;
	const struct verb_option options[] = {{"groups", NULL, &groups}};
	struct error err = {0};
	int status;

	if (!verb_read_options(call, options, ARRAY_SIZE(options), &argc, &argv, &status))
		return status;
	if (argc > 1 || (argc && groups))
		return verb_usage(call, groups ? "--groups takes no name" : "one name at a time");
	if (argc && choose(argv[0], &choice, &err))
		return verb_refuse(&err);
	if (call->json)
		return print_json(call, &choice, groups);
	if (groups) {
		print_groups(call->out);
		return VERB_DONE;
	}
	if (choice.group)
		fprintf(call->out, "%s: %s\n\n", choice.group->name, choice.group->description);
	if (print_table(call, &choice))
		return VERB_REFUSED;
	if (choice.word)
		print_fields(call->out, &choice);
	return VERB_DONE;
}

const struct verb verb_options = {
	.name = "options",
	.summary = "List the socket options and groups that policies can name",
	.usage = "[--json] [--groups | NAME | @GROUP | LEVEL]",
	.help = "Without a name all options are listed. A struct's fields follow the table\n"
		"where a name, a group or a level is given.\n\n"
		"  --groups  list the groups, what each closes, and its options\n",
	.has_json = true,
	.run = options_run,
};
