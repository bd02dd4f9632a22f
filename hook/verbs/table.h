/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain tables: a line of headings, columns as wide as their widest cell.
 * Knows nothing of what it prints.
 */
#ifndef VERBS_TABLE_H
#define VERBS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct table {
	size_t columns;
	char **cells; /* row by row, the headings first */
	size_t n;
	bool failed;
};

/* A heading that begins with '?' is left out, with its column, where no row has anything in it. */
void table_open(struct table *table, const char *const *headings, size_t columns);
/* The next cell. NULL and "" are printed as "-"; bytes that move a terminal as '?'. */
void table_add(struct table *table, const char *text);
void table_addf(struct table *table, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Returns 0, or -ENOMEM where memory ran out on the way. */
int table_print(const struct table *table, FILE *out);
void table_done(struct table *table);

/* @text to @out, with '?' for bytes that move a terminal; newlines stay. */
void table_print_clean(FILE *out, const char *text);

#endif
