// SPDX-License-Identifier: Apache-2.0
/* What policies are called in metrics, and whose rules are summed where there would be too many series. */
#include <string.h>

#include "verbs/exposition.h"

/* Of a policy, besides its rules: info, unmatched calls by call, lost events by reason. */
#define OWN_SERIES 5

/* ---- what a policy is called ---- */

/* Two containers may share an id, but no two samples may share all labels: then it is the key. */
static char *id_label(const struct inventory *inv, const struct entry *entry)
{
	const char *id = entry_id(entry);
	size_t n = 0;

	for (size_t i = 0; i < inv->n; i++)
		n += !strcmp(entry_id(&inv->entries[i]), id);
	return strdup(n == 1 ? id : entry->key);
}

/* ---- who is summed ---- */

static size_t series_of(const struct exposition *e, size_t i)
{
	const struct reading *reading = &e->readings->items[i];

	if (reading->trouble)
		return 1;
	return OWN_SERIES + EXPOSITION_RULE_METRICS * (e->summed[i] ? 1 : reading_rules(reading));
}

/* The one with most rules that is not summed, or `n` where no sum saves anything. */
static size_t largest(const struct exposition *e)
{
	size_t best = e->readings->n, rules = 1;

	for (size_t i = 0; i < e->readings->n; i++) {
		const struct reading *reading = &e->readings->items[i];

		if (reading->trouble || e->summed[i] || reading_rules(reading) <= rules)
			continue;
		rules = reading_rules(reading);
		best = i;
	}
	return best;
}

static void sum_beyond(struct exposition *e, size_t most)
{
	size_t total = 0, i;

	for (i = 0; i < e->readings->n; i++)
		total += series_of(e, i);
	while (total > most && (i = largest(e)) < e->readings->n) {
		total -= series_of(e, i);
		e->summed[i] = true;
		e->n_summed++;
		total += series_of(e, i);
	}
}

int exposition_plan(const struct inventory *inv, const struct readings *readings, size_t most,
		    struct exposition *ret, struct error *err)
{
	bool failed;

	*ret = (struct exposition){.inventory = inv, .readings = readings};
	ret->ids = calloc(readings->n + 1, sizeof(*ret->ids));
	ret->summed = calloc(readings->n + 1, sizeof(*ret->summed));
	failed = !ret->ids || !ret->summed;
	for (size_t i = 0; !failed && i < readings->n; i++) {
		ret->ids[i] = id_label(inv, readings->items[i].entry);
		failed = !ret->ids[i];
	}
	if (failed) {
		exposition_done(ret);
		return error_set(err, ENOMEM, "out of memory");
	}
	sum_beyond(ret, most);
	return 0;
}

void exposition_done(struct exposition *e)
{
	for (size_t i = 0; e->ids && i < e->readings->n; i++)
		free(e->ids[i]);
	free(e->ids);
	free(e->summed);
	*e = (struct exposition){0};
}
