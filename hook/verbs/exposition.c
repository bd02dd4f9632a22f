// SPDX-License-Identifier: Apache-2.0
/* The table of metrics and their samples. */
#include "verbs/exposition.h"

#include <string.h>

#include "kernel/programs.h"
#include "verbs/prometheus.h"

#define RULE_SUM    "*" /* no rule can be called that */
#define LABEL_BYTES 256

/* What all series of a policy begin with, and room for more. */
struct policy_labels {
	char cut[3][LABEL_BYTES + 1];
	struct prometheus_label labels[8];
	size_t n;
};

static void add_label(struct policy_labels *l, const char *name, const char *value)
{
	l->labels[l->n++] = (struct prometheus_label){name, value};
}

/* An annotation may be as long as it likes; not what is kept of it for a year. */
static const char *cut(char to[LABEL_BYTES + 1], const char *text)
{
	snprintf(to, LABEL_BYTES + 1, "%s", text ?: "");
	return to;
}

static void begin_labels(const struct exposition *e, size_t i, struct policy_labels *l)
{
	const struct run_record *record = &e->readings->items[i].entry->record;

	l->n = 0;
	add_label(l, "id", e->ids[i]);
	add_label(l, "namespace", cut(l->cut[0], record->namespace));
	add_label(l, "pod", cut(l->cut[1], record->pod));
	add_label(l, "container", cut(l->cut[2], record->container));
}

static void policy_sample(FILE *out, const char *metric, const struct policy_labels *base,
			  const char *name, const char *value, uint64_t number)
{
	struct prometheus_label labels[ARRAY_SIZE(base->labels)];

	memcpy(labels, base->labels, sizeof(labels));
	labels[base->n] = (struct prometheus_label){name, value};
	prometheus_sample(out, metric, labels, base->n + 1, number);
}

static void print_build(const struct exposition *e, FILE *out, const char *metric)
{
	const struct prometheus_label labels[] = {{"version", VERSION},
						  {"generation", programs_generation()}};

	(void)e;
	prometheus_sample(out, metric, labels, ARRAY_SIZE(labels), 1);
}

static size_t count(const struct inventory *inv, const char *kind, const char *mode, int state)
{
	size_t n = 0;

	for (size_t i = 0; i < inv->n; i++) {
		const struct entry *entry = &inv->entries[i];
		const char *k = entry->has_record ? entry->record.kind : "unknown";
		const char *m = entry->has_record ? entry->record.mode : "unknown";

		n += !strcmp(k, kind) && !strcmp(m, mode) && (int)entry->state == state;
	}
	return n;
}

/* All combinations, also of which there is none: a series that vanishes cannot be asked for. */
static void print_policies(const struct exposition *e, FILE *out, const char *metric)
{
	static const char *const kinds[] = {"container", "run", "host"};
	char state[ENTRY_STATE_MAX];

	for (int s = STATE_IN_FORCE; s <= STATE_DAMAGED; s++) {
		struct prometheus_label labels[] = {
			{"kind", "unknown"},
			{"mode", "unknown"},
			{"state",
			 entry_state_text(&(struct entry){.state = (enum entry_state)s}, state)}};

		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
			for (int m = 0; m < MODE_COUNT; m++) {
				labels[0].value = kinds[k];
				labels[1].value = policy_mode_name((enum policy_mode)m);
				prometheus_sample(out, metric, labels, ARRAY_SIZE(labels),
						  count(e->inventory, labels[0].value,
							labels[1].value, s));
			}
		}
		labels[0].value = labels[1].value = "unknown";
		prometheus_sample(out, metric, labels, ARRAY_SIZE(labels),
				  count(e->inventory, "unknown", "unknown", s));
	}
}

static void print_unreadable(const struct exposition *e, FILE *out, const char *metric)
{
	uint64_t n = 0;

	for (size_t i = 0; i < e->readings->n; i++)
		n += e->readings->items[i].trouble && !e->readings->items[i].expected;
	prometheus_sample(out, metric, NULL, 0, n);
}

static void print_summed(const struct exposition *e, FILE *out, const char *metric)
{
	prometheus_sample(out, metric, NULL, 0, e->n_summed);
}

static void print_info(const struct exposition *e, FILE *out, const char *metric)
{
	for (size_t i = 0; i < e->readings->n; i++) {
		const struct run_record *record = &e->readings->items[i].entry->record;
		_cleanup_free_ char *name = policy_text_name(record->policy);
		struct policy_labels l;

		begin_labels(e, i, &l);
		add_label(&l, "policy", name);
		add_label(&l, "mode", record->mode);
		policy_sample(out, metric, &l, "kind", record->kind, 1);
	}
}

enum rule_metric {
	RULE_CALLS,
	RULE_DENIALS,
	RULE_CHANGES
};

static uint64_t pick(const struct counted *counted, enum rule_metric which)
{
	const uint64_t values[EXPOSITION_RULE_METRICS] = {counted->hits, counted->denials,
							  counted->changes};

	return values[which];
}

static void print_rules(const struct exposition *e, FILE *out, const char *metric,
			enum rule_metric which)
{
	for (size_t i = 0; i < e->readings->n; i++) {
		const struct reading *reading = &e->readings->items[i];
		const struct counted sum = reading_sum(reading);
		struct rule_reading rule;
		struct policy_labels l;

		begin_labels(e, i, &l);
		if (!reading->trouble && e->summed[i])
			policy_sample(out, metric, &l, "rule", RULE_SUM, pick(&sum, which));
		if (reading->trouble || e->summed[i])
			continue;
		for (size_t at = 0; at < reading_rules(reading); at++) {
			reading_rule(reading, at, &rule);
			policy_sample(out, metric, &l, "rule", rule.name,
				      pick(&rule.counted, which));
		}
	}
}

static void print_calls(const struct exposition *e, FILE *out, const char *metric)
{
	print_rules(e, out, metric, RULE_CALLS);
}

static void print_denials(const struct exposition *e, FILE *out, const char *metric)
{
	print_rules(e, out, metric, RULE_DENIALS);
}

static void print_changes(const struct exposition *e, FILE *out, const char *metric)
{
	print_rules(e, out, metric, RULE_CHANGES);
}

static void print_unmatched(const struct exposition *e, FILE *out, const char *metric)
{
	for (size_t i = 0; i < e->readings->n; i++) {
		const struct reading *reading = &e->readings->items[i];
		struct policy_labels l;

		begin_labels(e, i, &l);
		for (size_t call = 0; call < 2 && !reading->trouble; call++)
			policy_sample(out, metric, &l, "call", bpf_name_of_call(call),
				      reading->counters.unmatched[call]);
	}
}

static void print_lost(const struct exposition *e, FILE *out, const char *metric)
{
	for (size_t i = 0; i < e->readings->n; i++) {
		const struct reading *reading = &e->readings->items[i];
		struct policy_labels l;

		if (reading->trouble)
			continue;
		begin_labels(e, i, &l);
		policy_sample(out, metric, &l, "reason", "rate", reading->counters.lost_rate);
		policy_sample(out, metric, &l, "reason", "ring_full", reading->counters.lost_full);
	}
}

static const struct metric {
	const char *name, *type, *help;
	void (*print)(const struct exposition *e, FILE *out, const char *metric);
} metrics[] = {
	{"oci_sockopt_build_info", "gauge",
	 "Always 1; the version, and the generation of the BPF programs that it reads.",
	 print_build},
	{"oci_sockopt_policies", "gauge", "Policies that this host knows of.", print_policies},
	{"oci_sockopt_policies_unreadable", "gauge",
	 "Policies whose counters cannot be read; sockoptctl stats tells why.", print_unreadable},
	{"oci_sockopt_policies_summed", "gauge",
	 "Policies whose rules are summed under rule=\"*\", for the limit on series.",
	 print_summed},
	{"oci_sockopt_policy_info", "gauge", "Always 1; what is known of a policy.", print_info},
	{"oci_sockopt_rule_calls_total", "counter",
	 "Calls that the rule decided; rule=\"default\" is the default action.", print_calls},
	{"oci_sockopt_rule_denials_total", "counter",
	 "Calls that the rule refused; in mode audit, would have refused.", print_denials},
	{"oci_sockopt_rule_changes_total", "counter",
	 "Calls that the rule changed without refusing them; in mode audit, would have changed.",
	 print_changes},
	{"oci_sockopt_unmatched_calls_total", "counter",
	 "Of the calls under rule=\"default\": those that no rule looked at, by call.",
	 print_unmatched},
	{"oci_sockopt_events_lost_total", "counter",
	 "Events that nobody can read: over the policy's rate, or the ring buffer was full.",
	 print_lost},
};

void exposition_print(const struct exposition *e, FILE *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(metrics); i++) {
		prometheus_metric(out, metrics[i].name, metrics[i].type, metrics[i].help);
		metrics[i].print(e, out, metrics[i].name);
	}
}
