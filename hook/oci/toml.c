// SPDX-License-Identifier: Apache-2.0
/* The reader: one pass over the text, a line number, and nothing kept but entries. */
#include "oci/toml.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

struct words {
	char **words;
	size_t n;
};

struct reader {
	const char *p;
	unsigned int line;
	struct words table;
	struct toml toml;
};

static int refuse(const struct reader *r, const char *what, struct error *err)
{
	return error_set(err, EINVAL, "line %u is not understood: %s", r->line, what);
}

static void words_done(struct words *w)
{
	free_strings(w->words, w->n);
	*w = (struct words){0};
}

/* Takes over @word, NULL too. */
static int words_add(struct words *w, char *word, struct error *err)
{
	char **more = word ? reallocarray(w->words, w->n + 1, sizeof(*more)) : NULL;

	if (!more) {
		free(word);
		return error_set(err, ENOMEM, "out of memory");
	}
	w->words = more;
	more[w->n++] = word;
	return 0;
}

static void skip_blanks(struct reader *r)
{
	r->p += strspn(r->p, " \t");
}

/* Blanks, comments and ends of lines. */
static void skip_lines(struct reader *r)
{
	for (;;) {
		r->p += strspn(r->p, " \t\r");
		if (*r->p == '#')
			r->p += strcspn(r->p, "\n");
		if (*r->p != '\n')
			return;
		r->p++;
		r->line++;
	}
}

static int end_of_line(struct reader *r, struct error *err)
{
	r->p += strspn(r->p, " \t\r");
	if (*r->p && *r->p != '\n' && *r->p != '#')
		return refuse(r, "more text where the line should end", err);
	return 0;
}

/* The character behind "\" in a string of double quotes; 0: not one that is read here. */
static char unescaped(char c)
{
	static const char from[] = "\"\\nrtbf", to[] = "\"\\\n\r\t\b\f";
	const char *at = c ? strchr(from, c) : NULL;

	return at ? to[at - from] : '\0';
}

/* A string of one line in single or double quotes. The caller frees *@ret. */
static int read_string(struct reader *r, char **ret, struct error *err)
{
	const char quote = *r->p;
	char *text = malloc(strcspn(r->p, "\n") + 1), *out = text;

	if (!text)
		return error_set(err, ENOMEM, "out of memory");
	for (r->p++; *r->p && *r->p != '\n' && *r->p != quote; r->p++) {
		char c = *r->p;

		if (c == '\\' && quote == '"')
			c = unescaped(*++r->p);
		if (!c) {
			free(text);
			return refuse(r, "that escape in a string", err);
		}
		*out++ = c;
	}
	*out = '\0';
	if (*r->p != quote) {
		free(text);
		return refuse(r, "a string without an end", err);
	}
	r->p++;
	*ret = text;
	return 0;
}

static bool is_long_string(const char *p)
{
	return !strncmp(p, "\"\"\"", 3) || !strncmp(p, "'''", 3);
}

/* Over a string of several lines. */
static int skip_long_string(struct reader *r, struct error *err)
{
	const struct reader start = *r;
	const char quote = *r->p;

	for (r->p += 3; *r->p; r->p++) {
		if (*r->p == '\n')
			r->line++;
		if (*r->p == '\\' && quote == '"' && r->p[1] && r->p[1] != '\n')
			r->p++;
		else if (r->p[0] == quote && r->p[1] == quote && r->p[2] == quote)
			break;
	}
	if (!*r->p)
		return refuse(&start, "a string without an end", err);
	while (*r->p == quote) /* up to two more quotes belong to the text */
		r->p++;
	return 0;
}

/* Over brackets and braces with all that is in them. */
static int skip_nested(struct reader *r, struct error *err)
{
	const struct reader start = *r;
	size_t depth = 0;
	int status = 0;

	do {
		_cleanup_free_ char *ignored = NULL;

		skip_lines(r);
		if (!*r->p)
			return refuse(&start, "brackets without an end", err);
		if (is_long_string(r->p)) {
			status = skip_long_string(r, err);
			continue;
		}
		if (*r->p == '"' || *r->p == '\'') {
			status = read_string(r, &ignored, err);
			continue;
		}
		depth += *r->p == '[' || *r->p == '{';
		depth -= *r->p == ']' || *r->p == '}';
		r->p++;
	} while (!status && depth);
	return status;
}

/* What is between brackets: @words, or *@ret_other where it is not all strings. */
static int read_array(struct reader *r, struct words *words, bool *ret_other, struct error *err)
{
	const struct reader start = *r;
	int status = 0;

	r->p++;
	for (skip_lines(r); !status && *r->p != ']'; skip_lines(r)) {
		char *text = NULL;

		*ret_other = (*r->p != '"' && *r->p != '\'') || is_long_string(r->p);
		if (*ret_other) {
			words_done(words);
			*r = start;
			return skip_nested(r, err);
		}
		status = read_string(r, &text, err);
		status = status ?: words_add(words, text, err);
		skip_lines(r);
		if (!status && *r->p == ',')
			r->p++;
		else if (!status && !*r->p)
			status = refuse(&start, "brackets without an end", err);
		else if (!status && *r->p != ']')
			status = refuse(r, "an array without \",\" or \"]\"", err);
	}
	r->p += !status;
	return status;
}

/* A number, a boolean or a date, as it is written. */
static int read_word(struct reader *r, struct words *words, struct error *err)
{
	size_t all = strcspn(r->p, "#\n"), length = all;
	const char *word = r->p;

	if (!isalnum((unsigned char)*word) && *word != '+' && *word != '-')
		return refuse(r, "no value", err);
	while (strchr(" \t\r", word[length - 1]))
		length--;
	r->p += all;
	return words_add(words, strndup(word, length), err);
}

static int read_value(struct reader *r, enum toml_kind *ret, struct words *words, struct error *err)
{
	bool other = false;
	char *text = NULL;
	int status;

	*ret = TOML_OTHER;
	if (is_long_string(r->p))
		return skip_long_string(r, err);
	if (*r->p == '{')
		return skip_nested(r, err);
	if (*r->p == '"' || *r->p == '\'') {
		*ret = TOML_STRING;
		status = read_string(r, &text, err);
		return status ?: words_add(words, text, err);
	}
	if (*r->p == '[') {
		status = read_array(r, words, &other, err);
		*ret = other ? TOML_OTHER : TOML_STRINGS;
		return status;
	}
	return read_word(r, words, err);
}

/* One part of a key, bare or quoted. */
static int read_part(struct reader *r, struct words *path, struct error *err)
{
	static const char bare[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t length = strspn(r->p, bare);
	char *text = NULL;
	int status = 0;

	if (*r->p == '"' || *r->p == '\'')
		status = read_string(r, &text, err);
	else if (!length)
		return refuse(r, "no key", err);
	else
		text = strndup(r->p, length);
	r->p += length;
	return status ?: words_add(path, text, err);
}

static int read_path(struct reader *r, struct words *path, struct error *err)
{
	int status;

	for (;;) {
		skip_blanks(r);
		status = read_part(r, path, err);
		skip_blanks(r);
		if (status || *r->p != '.')
			return status;
		r->p++;
	}
}

static int add_entry(struct reader *r, struct toml_entry *entry, struct error *err)
{
	struct toml_entry *more =
		reallocarray(r->toml.entries, r->toml.n + 1, sizeof(*r->toml.entries));

	if (!more)
		return error_set(err, ENOMEM, "out of memory");
	r->toml.entries = more;
	more[r->toml.n++] = *entry;
	return 0;
}

static int copy_table(const struct reader *r, struct words *path, struct error *err)
{
	int status = 0;

	for (size_t i = 0; i < r->table.n && !status; i++)
		status = words_add(path, strdup(r->table.words[i]), err);
	return status;
}

static int add_table(struct reader *r, struct error *err)
{
	struct toml_entry entry = {.kind = TOML_TABLE, .line = r->line};
	struct words path = {0};
	int status = copy_table(r, &path, err);

	entry.path = path.words;
	entry.depth = path.n;
	status = status ?: add_entry(r, &entry, err);
	if (status)
		words_done(&path);
	return status;
}

static int read_table(struct reader *r, struct error *err)
{
	bool array = r->p[1] == '[';
	int status;

	words_done(&r->table);
	r->p += array ? 2 : 1;
	status = read_path(r, &r->table, err);
	if (status)
		return status;
	if (*r->p != ']' || (array && r->p[1] != ']'))
		return refuse(r, "a table's name without \"]\"", err);
	r->p += array ? 2 : 1;
	status = add_table(r, err);
	return status ?: end_of_line(r, err);
}

static int read_pair(struct reader *r, struct error *err)
{
	struct words path = {0}, strings = {0};
	struct toml_entry entry = {.line = r->line};
	int status = copy_table(r, &path, err);

	status = status ?: read_path(r, &path, err);
	if (!status && *r->p != '=')
		status = refuse(r, "a key without \"=\"", err);
	r->p += !status;
	skip_blanks(r);
	status = status ?: read_value(r, &entry.kind, &strings, err);
	status = status ?: end_of_line(r, err);
	entry.path = path.words;
	entry.depth = path.n;
	entry.strings = strings.words;
	entry.n = strings.n;
	status = status ?: add_entry(r, &entry, err);
	if (status) {
		words_done(&path);
		words_done(&strings);
	}
	return status;
}

int toml_parse(const char *text, struct toml *ret, struct error *err)
{
	struct reader r = {.p = text, .line = 1};
	int status = 0;

	for (skip_lines(&r); !status && *r.p; skip_lines(&r))
		status = *r.p == '[' ? read_table(&r, err) : read_pair(&r, err);
	words_done(&r.table);
	if (status)
		toml_done(&r.toml);
	else
		*ret = r.toml;
	return status;
}

void toml_done(struct toml *toml)
{
	for (size_t i = 0; i < toml->n; i++) {
		words_done(&(struct words){toml->entries[i].path, toml->entries[i].depth});
		words_done(&(struct words){toml->entries[i].strings, toml->entries[i].n});
	}
	free(toml->entries);
	*toml = (struct toml){0};
}

const struct toml_entry *toml_find(const struct toml *toml, const char *const *parts, size_t depth)
{
	for (size_t i = toml->n; i-- > 0;) {
		const struct toml_entry *entry = &toml->entries[i];
		size_t same = 0;

		while (entry->depth == depth && same < depth &&
		       !strcmp(entry->path[same], parts[same]))
			same++;
		if (same == depth && entry->kind != TOML_TABLE)
			return entry;
	}
	return NULL;
}
