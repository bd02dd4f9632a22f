/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel names and their numbers, both ways, and the known name nearest to a mistyped one. Knows
 * nothing of socket options; their names are in options.h.
 */
#ifndef POLICY_NAMES_H
#define POLICY_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum name_table {
	NAMES_ERRNO,	/* EPERM … */
	NAMES_FAMILY,	/* AF_INET … */
	NAMES_TYPE,	/* SOCK_STREAM … */
	NAMES_PROTOCOL, /* IPPROTO_TCP …, then NETLINK_ROUTE …: the two share numbers */
	NAMES_DSCP,	/* CS0 …: the code point, 0..63, not shifted */
};

struct name {
	const char *name;
	uint32_t number;
};

/* The whole table; @count receives the number of rows. */
const struct name *names_all(enum name_table table, size_t *count);
/* The row of @name, or NULL. */
const struct name *name_find(enum name_table table, const char *name);
/* The first name of @number, or NULL. */
const char *name_of(enum name_table table, uint32_t number);

/*
 * A search for the candidate with the least edits from what was
 * written, letter case counting least.
 */
struct nearest {
	const char *wanted;
	const char *best;
	unsigned int distance;
};

/* Begin with `struct nearest n = {.wanted = …}`, offer every candidate. */
void nearest_offer(struct nearest *nearest, const char *candidate);
/* The nearest candidate, or NULL where none is near enough to help. */
const char *nearest_best(const struct nearest *nearest);

/*
 * " (did you mean X?)" for the nearest candidate, "" where none is near enough: the end of a
 * message about an unknown name. Returns @hint.
 */
#define NAME_HINT_MAX 128
const char *nearest_hint(const struct nearest *nearest, char hint[NAME_HINT_MAX]);

/*
 * @text cut to 64 bytes at a character's border, "…" appended where
 * cut: for messages. Returns @clip.
 */
#define NAME_CLIP_MAX 68
const char *name_clip(const char *text, char clip[NAME_CLIP_MAX]);

#endif
