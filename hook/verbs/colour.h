/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Colours for people: whether a stream wants them, and the bytes that make them. Knows nothing of
 * what is coloured. No verb writes an escape byte that is not from here.
 */
#ifndef VERBS_COLOUR_H
#define VERBS_COLOUR_H

#include <stdbool.h>
#include <stdio.h>

/* Each is "" where colours are not wanted, so that a format needs no branch. */
struct colours {
	const char *red, *green, *yellow, *cyan, *bold, *faint;
	const char *end; /* of any of them */
};

/*
 * Whether @out is a terminal that shows colours, and the user has not asked for none: NO_COLOR is
 * unset or empty (no-color.org), TERM is set and not "dumb".
 */
bool colour_wanted(FILE *out);

/* The set to print with. Never NULL, and not to be freed. */
const struct colours *colour_set(bool wanted);

#endif
