// SPDX-License-Identifier: Apache-2.0
/* Counters and the rules that they belong to. */
#include "verbs/readings.h"

#include <string.h>

#include "enforce.h"

static int explain(struct reading *reading, const struct error *err)
{
	reading->trouble = strdup(err->text);
	return reading->trouble ? 0 : -ENOMEM;
}

/* A policy that needs no program decides no call. */
static int read_nothing(struct reading *reading, struct error *err)
{
	size_t n = reading->policy ? reading->policy->n_rules : 0;

	reading->counters.rules = calloc(n + 1, sizeof(*reading->counters.rules));
	reading->counters.n_rules = n;
	return reading->counters.rules ? 0 : error_set(err, ENOMEM, "out of memory");
}

static int read_counters(const struct pins *pins, const struct run_record *record,
			 struct reading *reading, struct error *err)
{
	int r = 0;

	reading->expected = !strcmp(record->mode, policy_mode_name(MODE_RECORD));
	if (reading->expected)
		return error_set(err, ENODATA,
				 "it records: nothing is decided, so nothing is counted");
	if (record->policy)
		r = policy_parse(record->policy, strlen(record->policy), &reading->policy, err);
	if (r)
		return error_prefix(err, "run record: policy");
	if (!record->link_ids[0] && !record->link_ids[1])
		return read_nothing(reading, err);
	if (!record->generation || !size_class_by_name(record->size_class))
		return error_set(err, EBADMSG,
				 "run record: generation \"%s\" and size class \"%s\" do not tell "
				 "where it counts",
				 record->generation ?: "", record->size_class ?: "");
	r = counters_read(pins, record->generation, record->size_class, record->cgroup_id,
			  &reading->counters, err);
	if (!r && reading->policy && reading->counters.n_rules != reading->policy->n_rules)
		r = error_set(err, EBADMSG,
			      "the kernel counts for %zu rules, and its policy has %zu: run record "
			      "and storage are not of one policy",
			      reading->counters.n_rules, reading->policy->n_rules);
	return r;
}

/* @reading->entry was listed before the lock was taken: what its record says now is what counts. */
static int take_locked(const struct host_config *config, const struct pins *pins,
		       struct reading *reading, struct error *err)
{
	struct run_record record = {0};
	int r = record_read(config->run_dir, reading->entry->key, &record, err);

	if (r) {
		reading->expected = r == -ENOENT;
		return r;
	}
	r = read_counters(pins, &record, reading, err);
	/* It may have ended since it was listed. */
	if (r == -ENOENT && !inventory_has_cgroup(&record))
		reading->expected = true;
	record_done(&record);
	return r;
}

static int take(const struct host_config *config, const struct pins *pins, struct reading *reading,
		struct error *err)
{
	_cleanup_close_ int lock = -1;
	struct error why = {0};
	int r;

	if (reading->entry->state == STATE_GONE) {
		reading->expected = true;
		error_set(&why, ENOENT,
			  "its cgroup is gone, and its counters with it; \"sockoptctl gc\" removes "
			  "what is left");
		return explain(reading, &why);
	}
	if (!reading->entry->has_record) {
		error_set(&why, ENOENT,
			  "it has no run record, which tells where its counters are; "
			  "\"sockoptctl detach\" removes what is left");
		return explain(reading, &why);
	}
	r = enforce_lock(config, &lock, err);
	if (r)
		return r;
	return take_locked(config, pins, reading, &why) ? explain(reading, &why) : 0;
}

static bool is_taken(const struct readings *readings, const struct entry *entry)
{
	for (size_t i = 0; i < readings->n; i++) {
		if (readings->items[i].entry == entry)
			return true;
	}
	return false;
}

static void add_entry(struct readings *readings, const struct entry *entry)
{
	if (!is_taken(readings, entry))
		readings->items[readings->n++].entry = entry;
}

static void add_words(struct readings *readings, const struct inventory *inv, char *const *words,
		      size_t n, bool *ret_unknown)
{
	for (size_t i = 0; i < n; i++) {
		const struct entry *entry;
		struct error err = {0};

		if (!inventory_find(inv, NULL, words[i], &entry, &err)) {
			add_entry(readings, entry);
			continue;
		}
		verb_refuse(&err);
		*ret_unknown = true;
	}
}

int readings_take(const struct host_config *config, const struct inventory *inv, char *const *words,
		  size_t n_words, struct readings *ret, bool *ret_unknown, struct error *err)
{
	int r = 0;

	*ret = (struct readings){.items = calloc(inv->n + 1, sizeof(*ret->items))};
	*ret_unknown = false;
	if (!ret->items)
		return error_set(err, ENOMEM, "out of memory");
	add_words(ret, inv, words, n_words, ret_unknown);
	for (size_t i = 0; !n_words && i < inv->n; i++)
		ret->items[ret->n++].entry = &inv->entries[i];
	for (size_t i = 0; !r && i < ret->n; i++)
		r = take(config, &inv->pins, &ret->items[i], err);
	return r == -ENOMEM ? error_set(err, ENOMEM, "out of memory") : r;
}

void readings_done(struct readings *readings)
{
	for (size_t i = 0; i < readings->n; i++) {
		policy_free(readings->items[i].policy);
		counters_done(&readings->items[i].counters);
		free(readings->items[i].trouble);
	}
	free(readings->items);
	*readings = (struct readings){0};
}

/* ---- one rule ---- */

size_t reading_rules(const struct reading *reading)
{
	return reading->counters.n_rules + 1;
}

static void describe_default(const struct reading *reading, struct rule_reading *ret)
{
	static const bool allow[2];
	const bool *deny = reading->policy ? reading->policy->deny_by_default : allow;
	const struct counters *counters = &reading->counters;

	strcpy(ret->name, RULE_DEFAULT);
	ret->counted = counters->fallback;
	ret->counted.hits += counters->unmatched[0] + counters->unmatched[1];
	if (deny[0] == deny[1])
		strcpy(ret->action, deny[0] ? "deny" : "allow");
	else
		snprintf(ret->action, sizeof(ret->action), "%s %s, %s %s", bpf_name_of_call(0),
			 deny[0] ? "deny" : "allow", bpf_name_of_call(1),
			 deny[1] ? "deny" : "allow");
}

void reading_rule(const struct reading *reading, size_t i, struct rule_reading *ret)
{
	const struct policy_rule *rule;

	if (i >= reading->counters.n_rules) {
		describe_default(reading, ret);
		return;
	}
	rule = reading->policy ? &reading->policy->rules[i] : NULL;
	/* A rule that somebody has called "default" goes by its place, as one without an id does. */
	if (rule && strcmp(rule->id, RULE_DEFAULT))
		snprintf(ret->name, sizeof(ret->name), "%s", rule->id);
	else
		snprintf(ret->name, sizeof(ret->name), "rules[%zu]", i);
	snprintf(ret->action, sizeof(ret->action), "%s",
		 rule ? policy_action_name(rule->action) : "");
	ret->counted = reading->counters.rules[i];
}

struct counted reading_sum(const struct reading *reading)
{
	struct counted sum = {0};
	struct rule_reading rule;

	for (size_t i = 0; i < reading_rules(reading); i++) {
		reading_rule(reading, i, &rule);
		sum.hits += rule.counted.hits;
		sum.denials += rule.counted.denials;
		sum.changes += rule.counted.changes;
	}
	return sum;
}
