/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain tables: a line of headings, columns as wide as their widest cell, never cut and never
 * wrapped. libsmartcols lays them out; nobody else sees it. Knows nothing of what it prints.
 */
#ifndef VERBS_TABLE_H
#define VERBS_TABLE_H

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct libscols_line;
struct libscols_table;

struct table {
	const char *const *headings;
	size_t columns;
	struct libscols_table *layout;
	struct libscols_line *line; /* that the next cell goes to, unless it is full */
	size_t n;		    /* of cells, the headings among them */
	locale_t utf8;		    /* (locale_t)0: the system has none */
	bool failed;
};

/*
 * A heading that begins with '?' is left out, with its column, where no row has anything in it.
 * @headings is not copied.
 */
void table_open(struct table *table, const char *const *headings, size_t columns);
/* The next cell. NULL and "" are printed as "-"; bytes that move a terminal, or are no UTF-8, as '?'. */
void table_add(struct table *table, const char *text);
void table_addf(struct table *table, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Returns 0, or -ENOMEM where memory ran out on the way. */
int table_print(const struct table *table, FILE *out);
void table_done(struct table *table);

/*
 * @text to @out, with '?' for bytes that move a terminal or are no UTF-8; newlines stay. For whatever
 * is not of our own making: ids, which are paths of cgroups too, and names of files.
 */
void table_print_clean(FILE *out, const char *text);

#endif
