// SPDX-License-Identifier: Apache-2.0
/* The known name nearest to a mistyped one, and names cut short for messages. Knows no table. */
#include "policy/names.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define COMPARED_MAX                                                                               \
	48 /* bytes; no known name is longer, and a longer wanted one has no near name */

static unsigned int min3(unsigned int a, unsigned int b, unsigned int c)
{
	a = a < b ? a : b;
	return a < c ? a : c;
}

static bool same(char a, char b)
{
	return toupper((unsigned char)a) == toupper((unsigned char)b);
}

/* Edits (insert, drop, change, swap of neighbours) between two names, letter case set aside. */
static unsigned int edits(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned int row[3][COMPARED_MAX + 1];
	unsigned int *before = row[0], *last = row[1], *now = row[2];

	for (size_t j = 0; j <= b_len; j++)
		last[j] = (unsigned int)j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned int *oldest = before;

		now[0] = (unsigned int)i;
		for (size_t j = 1; j <= b_len; j++) {
			now[j] = min3(last[j] + 1, now[j - 1] + 1,
				      last[j - 1] + !same(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) &&
			    same(a[i - 2], b[j - 1]) && before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
		before = last;
		last = now;
		now = oldest;
	}
	return last[b_len];
}

/* RCVBUF for SO_RCVBUF, buffers for @buffers: the front left away counts as one edit. */
static bool lacks_front(const char *wanted, size_t wanted_len, const char *name, size_t name_len)
{
	char border;

	if (wanted_len < 3 || wanted_len >= name_len)
		return false;
	border = name[name_len - wanted_len - 1];
	return (border == '_' || border == '@') &&
	       !strcasecmp(name + name_len - wanted_len, wanted);
}

/* A third of the letters may differ, three at most: beyond that a guess misleads. */
static size_t allowed_edits(size_t wanted_len)
{
	return wanted_len < 9 ? wanted_len / 3 : 3;
}

void nearest_offer(struct nearest *nearest, const char *candidate)
{
	size_t wanted_len = strlen(nearest->wanted), len = strlen(candidate);
	size_t apart = wanted_len > len ? wanted_len - len : len - wanted_len;
	unsigned int distance = 1;

	if (wanted_len > COMPARED_MAX || len > COMPARED_MAX)
		return;
	if (!lacks_front(nearest->wanted, wanted_len, candidate, len)) {
		/* Each letter that one has more is an edit: most names need no closer look. */
		if (apart > allowed_edits(wanted_len))
			return;
		distance = edits(nearest->wanted, wanted_len, candidate, len);
	}
	if (!nearest->best || distance < nearest->distance) {
		nearest->best = candidate;
		nearest->distance = distance;
	}
}

const char *nearest_best(const struct nearest *nearest)
{
	size_t allowed = allowed_edits(strlen(nearest->wanted));

	return nearest->best && nearest->distance <= allowed ? nearest->best : NULL;
}

const char *nearest_hint(const struct nearest *nearest, char hint[NAME_HINT_MAX])
{
	const char *best = nearest_best(nearest);

	hint[0] = '\0';
	if (best)
		snprintf(hint, NAME_HINT_MAX, " (did you mean %s?)", best);
	return hint;
}

const char *name_clip(const char *text, char clip[NAME_CLIP_MAX])
{
	size_t n = strnlen(text, NAME_CLIP_MAX);

	if (n < NAME_CLIP_MAX - 3) {
		memcpy(clip, text, n + 1);
		return clip;
	}
	n = NAME_CLIP_MAX - sizeof("…");
	while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	memcpy(clip, text, n);
	strcpy(clip + n, "…");
	return clip;
}
