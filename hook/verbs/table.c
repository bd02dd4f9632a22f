// SPDX-License-Identifier: Apache-2.0
/*
 * Plain tables, by libsmartcols. Names come from containers: no byte of a cell may move a terminal
 * or end a line.
 */
#include "verbs/table.h"

#include <errno.h>
#include <libsmartcols/libsmartcols.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/utf8.h"

static void clean(char *text, bool keep_newlines)
{
	unsigned char *p = (unsigned char *)text, *end = p + strlen(text);

	while (p < end) {
		size_t n = utf8_char(p, (size_t)(end - p));

		if (!n || (utf8_is_control(p, n) && !(keep_newlines && *p == '\n')))
			memset(p, '?', n ?: 1);
		p += n ?: 1;
	}
}

void table_print_clean(FILE *out, const char *text)
{
	_cleanup_free_ char *copy = strdup(text);

	if (!copy)
		return;
	clean(copy, true);
	fputs(copy, out);
}

/*
 * Cells are cleaned before they come here, so the library is not to encode what the locale cannot
 * show. It is not to ask for the width of a terminal either: what is cut there cannot be copied.
 */
static bool set_up(struct libscols_table *layout)
{
	return layout && !scols_table_enable_noheadings(layout, 1) &&
	       !scols_table_enable_noencoding(layout, 1) &&
	       !scols_table_set_termforce(layout, SCOLS_TERMFORCE_NEVER) &&
	       !scols_table_set_column_separator(layout, "  ");
}

/* The headings are the first line: the library prints none of its own where there are no rows. */
void table_open(struct table *table, const char *const *headings, size_t columns)
{
	*table = (struct table){.headings = headings,
				.columns = columns,
				.layout = scols_new_table(),
				.utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL)};
	table->failed = !set_up(table->layout);
	for (size_t i = 0; i < columns && !table->failed; i++)
		table->failed = !scols_table_new_column(table->layout, NULL, 0, 0);
	for (size_t i = 0; i < columns; i++)
		table_add(table, headings[i] + (*headings[i] == '?'));
}

/*
 * The library (2.38) does not return from a character that the locale cannot decode. Names are
 * UTF-8 whatever the user's locale says, and where the system lacks one for that, ASCII is left.
 */
static void clean_cell(const struct table *table, char *text)
{
	clean(text, false);
	for (; !table->utf8 && *text; text++) {
		if ((unsigned char)*text >= 0x80)
			*text = '?';
	}
}

void table_add(struct table *table, const char *text)
{
	_cleanup_free_ char *copy = strdup(text && *text ? text : "-");
	size_t column = table->n % table->columns;

	if (!table->failed && !column)
		table->line = scols_table_new_line(table->layout, NULL);
	if (table->failed || !table->line || !copy) {
		table->failed = true;
		return;
	}
	clean_cell(table, copy);
	table->failed = scols_line_set_data(table->line, column, copy) != 0;
	table->n++;
}

void table_addf(struct table *table, const char *fmt, ...)
{
	char *text;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n < 0) {
		table->failed = true;
		return;
	}
	table_add(table, text);
	free(text);
}

static bool is_empty(const struct table *table, size_t column)
{
	for (size_t row = 1; row < scols_table_get_nlines(table->layout); row++) {
		struct libscols_line *line = scols_table_get_line(table->layout, row);
		const char *text = scols_cell_get_data(scols_line_get_cell(line, column));

		if (text && strcmp(text, "-"))
			return false;
	}
	return true;
}

static int hide_empty(const struct table *table)
{
	int r = 0;

	for (size_t i = 0; i < table->columns && !r; i++) {
		if (*table->headings[i] == '?' && is_empty(table, i))
			r = scols_column_set_flags(scols_table_get_column(table->layout, i),
						   SCOLS_FL_HIDDEN);
	}
	return r;
}

int table_print(const struct table *table, FILE *out)
{
	locale_t old = table->utf8 ? uselocale(table->utf8) : (locale_t)0;
	bool failed = table->failed || hide_empty(table) ||
		      scols_table_set_stream(table->layout, out) ||
		      scols_print_table(table->layout);

	if (table->utf8)
		uselocale(old);
	return failed ? -ENOMEM : 0;
}

void table_done(struct table *table)
{
	if (table->layout)
		scols_unref_table(table->layout);
	if (table->utf8)
		freelocale(table->utf8);
	*table = (struct table){0};
}
