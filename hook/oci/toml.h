/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small reader of TOML, for the few keys that matter here in the configurations of containerd,
 * CRI-O and podman. It takes tables, dotted and quoted keys, strings of one line, and arrays of
 * those over any number of lines. Numbers, booleans, dates, inline tables, strings of several lines
 * and arrays of other things are passed over as TOML_OTHER. What it cannot pass over safely is an
 * error: it never guesses.
 */
#ifndef OCI_TOML_H
#define OCI_TOML_H

#include <stddef.h>

#include "base/error.h"

enum toml_kind {
	TOML_STRING,  /* strings[0] */
	TOML_STRINGS, /* an array of strings, maybe empty */
	TOML_OTHER,   /* not read here; strings[0] is the text of a number, a boolean or a date */
	TOML_TABLE,   /* the head of a table: it is there, even if nothing is in it */
};

struct toml_entry {
	char **path; /* the table's parts and the key's: "plugins", "cri", "hooks_dir" */
	size_t depth;
	enum toml_kind kind;
	char **strings;
	size_t n;
	unsigned int line; /* from 1 */
};

struct toml {
	struct toml_entry *entries;
	size_t n;
};

/* -EINVAL with the line where the text is not understood. Freed by toml_done(). */
int toml_parse(const char *text, struct toml *ret, struct error *err);
void toml_done(struct toml *toml);

/*
 * The entry at the path @parts (@depth of them) that is no table, or NULL; the last one where there
 * are several.
 */
const struct toml_entry *toml_find(const struct toml *toml, const char *const *parts, size_t depth);

#endif
