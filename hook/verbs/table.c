// SPDX-License-Identifier: Apache-2.0
/* Plain tables. Names come from containers: no byte of a cell may move a terminal or end a line. */
#include "verbs/table.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define GAP 2

/* C0, DEL, and the C1 characters U+0080 to U+009F in UTF-8, which are two bytes. */
static void clean(char *text, bool keep_newlines)
{
	for (unsigned char *p = (unsigned char *)text; *p; p++) {
		if ((*p < 0x20 && !(keep_newlines && *p == '\n')) || *p == 0x7f)
			*p = '?';
		if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
			p[0] = p[1] = '?';
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

void table_open(struct table *table, const char *const *headings, size_t columns)
{
	*table = (struct table){.columns = columns};
	for (size_t i = 0; i < columns; i++)
		table_add(table, headings[i]);
}

void table_add(struct table *table, const char *text)
{
	char **more = reallocarray(table->cells, table->n + 1, sizeof(*more));
	char *copy = strdup(text && *text ? text : "-");

	if (more)
		table->cells = more;
	if (!more || !copy) {
		free(copy);
		table->failed = true;
		return;
	}
	clean(copy, false);
	more[table->n++] = copy;
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

/* Characters, not bytes. */
static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

/* Of the widest cell; 0 where the column is to be left out. */
static size_t column_width(const struct table *table, size_t column)
{
	const char *heading = table->cells[column];
	size_t width = width_of(heading) - (*heading == '?');
	bool empty = true;

	for (size_t i = table->columns + column; i < table->n; i += table->columns) {
		size_t w = width_of(table->cells[i]);

		empty = empty && !strcmp(table->cells[i], "-");
		width = w > width ? w : width;
	}
	return empty && *heading == '?' ? 0 : width;
}

static void print_row(const struct table *table, const size_t *widths, size_t row, FILE *out)
{
	size_t padding = 0;

	for (size_t i = 0; i < table->columns; i++) {
		const char *text = table->cells[row * table->columns + i];

		if (!widths[i])
			continue;
		if (!row && *text == '?')
			text++;
		/* Padding is owed to the next column: no line ends in spaces. */
		fprintf(out, "%*s%s", (int)padding, "", text);
		padding = widths[i] - width_of(text) + GAP;
	}
	fputc('\n', out);
}

int table_print(const struct table *table, FILE *out)
{
	_cleanup_free_ size_t *widths = calloc(table->columns, sizeof(*widths));

	if (table->failed || !widths)
		return -ENOMEM;
	for (size_t i = 0; i < table->columns; i++)
		widths[i] = column_width(table, i);
	for (size_t row = 0; row < table->n / table->columns; row++)
		print_row(table, widths, row, out);
	return 0;
}

void table_done(struct table *table)
{
	for (size_t i = 0; i < table->n; i++)
		free(table->cells[i]);
	free(table->cells);
	*table = (struct table){0};
}
