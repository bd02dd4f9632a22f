// SPDX-License-Identifier: Apache-2.0
/* The list of grants: in order, each once, and joined where that loses nothing. */
#include "policy/grant.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

void grants_done(struct grants *g)
{
	free(g->list);
	memset(g, 0, sizeof(*g));
}

int grants_add(struct grants *g, const struct grant *grant, struct error *err)
{
	struct grant *list;

	if (g->n == GRANTS_MAX)
		return error_set(err, E2BIG,
				 "more than %d combinations of call, option and kind of socket",
				 GRANTS_MAX);
	if (g->n == g->size) {
		size_t size = g->size ? 2 * g->size : 16;

		list = reallocarray(g->list, size, sizeof(*list));
		if (!list)
			return error_set(err, ENOMEM, "out of memory");
		g->list = list;
		g->size = size;
	}
	g->list[g->n++] = *grant;
	return 0;
}

static int order(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_option(const struct grant *a, const struct grant *b)
{
	return order(a->level, b->level)
		       ?: order(a->optname, b->optname) ?: order(a->call, b->call);
}

/* Without bounds first: a rule that looks at a value refuses lengths that it cannot read. */
static int compare(const void *left, const void *right)
{
	const struct grant *a = left, *b = right;
	int option = compare_option(a, b);

	if (option)
		return option;
	if ((a->span.kind == SPAN_ANY) != (b->span.kind == SPAN_ANY))
		return a->span.kind == SPAN_ANY ? -1 : 1;
	return grant_compare_sockets(a, b);
}

static int compare_calls(const void *left, const void *right)
{
	const struct grant *a = left, *b = right;

	return compare_option(a, b) ?: grant_compare_sockets(a, b);
}

static void sort(struct grants *g, int (*by)(const void *left, const void *right))
{
	if (g->n)
		qsort(g->list, g->n, sizeof(*g->list), by);
}

static void add_up(struct grant *to, const struct grant *from)
{
	to->count += from->count;
	to->lengths |= from->lengths;
}

static void free_values(struct grant *grant)
{
	span_set_any(&grant->span, "any value: seen as different types");
	grant->span.known = false;
}

/* Make @to hold the values of @from too. */
static void unite_values(struct grant *to, const struct grant *from)
{
	bool bounded = to->span.kind != SPAN_ANY && from->span.kind != SPAN_ANY;

	if (to->type == from->type) {
		span_unite(&to->span, &from->span);
	} else if (bounded) {
		free_values(to);
	} else {
		span_unite(&to->span, &from->span);
		to->span.known = false;
	}
}

static void fold(struct grants *g)
{
	size_t n = 0;

	sort(g, compare_calls);
	for (size_t i = 0; i < g->n; i++) {
		if (n && !compare_calls(&g->list[n - 1], &g->list[i])) {
			add_up(&g->list[n - 1], &g->list[i]);
			unite_values(&g->list[n - 1], &g->list[i]);
		} else {
			g->list[n++] = g->list[i];
		}
	}
	g->n = n;
}

/*
 * Of two rules that read one value as different types the first would refuse lengths that are right
 * for the second.
 */
static void free_mixed_types(struct grant *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = i + 1; k < n && list[i].span.kind != SPAN_ANY; k++) {
			if (list[k].span.kind == SPAN_ANY || list[i].type == list[k].type ||
			    !grant_sockets_meet(&list[i], &list[k]))
				continue;
			free_values(&list[i]);
			free_values(&list[k]);
		}
	}
}

/* Close the gaps that grants without a call are. Returns how many are left. */
static size_t close_gaps(struct grant *list, size_t n)
{
	size_t left = 0;

	for (size_t i = 0; i < n; i++) {
		if (!list[i].call)
			continue;
		if (left < i)
			list[left] = list[i];
		left++;
	}
	return left;
}

/* Drop what another one without bounds holds. */
static size_t drop_held(struct grant *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!list[i].call || list[i].span.kind != SPAN_ANY)
			continue;
		for (size_t k = 0; k < n; k++) {
			if (k == i || !list[k].call || !grant_holds_sockets(&list[i], &list[k]))
				continue;
			add_up(&list[i], &list[k]);
			list[k].call = 0;
		}
	}
	return close_gaps(list, n);
}

/* The grants of one option in one call, beginning at @from. */
static size_t same_option(const struct grants *g, size_t from)
{
	size_t n = 1;

	while (from + n < g->n && !compare_option(&g->list[from], &g->list[from + n]))
		n++;
	return n;
}

/* Let @each work on the grants of one option and call at a time; it returns how many are left. */
static void for_each_option(struct grants *g, size_t (*each)(struct grant *list, size_t n))
{
	for (size_t at = 0; at < g->n;) {
		size_t n = same_option(g, at), left = each(&g->list[at], n);

		memmove(&g->list[at + left], &g->list[at + n], (g->n - at - n) * sizeof(*g->list));
		g->n -= n - left;
		at += left;
	}
}

static size_t settle(struct grant *list, size_t n)
{
	free_mixed_types(list, n);
	return drop_held(list, n);
}

void grants_unite(struct grants *g)
{
	fold(g);
	for_each_option(g, settle);
	sort(g, compare);
}

static bool join_two(struct grant *to, const struct grant *from)
{
	if (!span_equal(&to->span, &from->span) ||
	    (to->span.kind != SPAN_ANY && to->type != from->type) || !grant_join_sockets(to, from))
		return false;
	add_up(to, from);
	unite_values(to, from);
	return true;
}

static size_t join(struct grant *list, size_t n)
{
	bool changed = true;

	while (changed) {
		changed = false;
		for (size_t i = 0; i < n; i++) {
			for (size_t k = i + 1; k < n && list[i].call; k++) {
				if (!list[k].call || !join_two(&list[i], &list[k]))
					continue;
				list[k].call = 0;
				changed = true;
			}
		}
	}
	return close_gaps(list, n);
}

void grants_join(struct grants *g)
{
	for_each_option(g, join);
	sort(g, compare);
}

void grants_loosen(struct grants *g, enum bounds bounds)
{
	for (size_t i = 0; i < g->n; i++)
		span_loosen(&g->list[i].span, bounds, g->list[i].type);
}

void grants_drop_sockets(struct grants *g)
{
	for (size_t i = 0; i < g->n; i++) {
		g->list[i].families = g->list[i].types = 0;
		g->list[i].n_protocols = 0;
	}
}
