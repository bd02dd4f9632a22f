// SPDX-License-Identifier: Apache-2.0
/* `sockoptctl stats`: how often each rule of each policy has decided, refused and changed. */
#include <inttypes.h>
#include <string.h>
#include <syslog.h>

#include "base/log.h"
#include "verbs/readings.h"
#include "verbs/table.h"

static const char *const headings[] = {
	"ID",	   "MODE",    "RULE",	    "ACTION", "HITS",
	"DENIALS", "CHANGES", "?NAMESPACE", "?POD",   "?CONTAINER",
};

static void add_rows(struct table *table, const struct reading *reading)
{
	struct rule_reading rule;

	for (size_t i = 0; i < reading_rules(reading); i++) {
		reading_rule(reading, i, &rule);
		table_add(table, entry_id(reading->entry));
		table_add(table, reading->entry->record.mode);
		table_add(table, rule.name);
		table_add(table, rule.action);
		table_addf(table, "%" PRIu64, (uint64_t)rule.counted.hits);
		table_addf(table, "%" PRIu64, (uint64_t)rule.counted.denials);
		table_addf(table, "%" PRIu64, (uint64_t)rule.counted.changes);
		table_add(table, reading->entry->record.namespace);
		table_add(table, reading->entry->record.pod);
		table_add(table, reading->entry->record.container);
	}
}

static bool is_audit(const struct reading *reading)
{
	return !strcmp(reading->entry->record.mode, policy_mode_name(MODE_AUDIT));
}

static void print_notes(FILE *out, const struct readings *readings)
{
	bool audit = false;

	for (size_t i = 0; i < readings->n; i++) {
		const struct reading *reading = &readings->items[i];
		const struct counters *c = &reading->counters;

		if (reading->trouble)
			continue;
		audit = audit || is_audit(reading);
		if (!c->lost_full && !c->lost_rate)
			continue;
		table_print_clean(out, entry_id(reading->entry));
		fprintf(out,
			": events lost: %" PRIu64 " over its rate, %" PRIu64
			" because the ring was full\n",
			c->lost_rate, c->lost_full);
	}
	if (audit)
		fputs("Mode audit: nothing is refused or changed; DENIALS and CHANGES are what "
		      "enforce would do.\n",
		      out);
}

static int print_text(struct verb_call *call, const struct readings *readings)
{
	struct table table;

	table_open(&table, headings, ARRAY_SIZE(headings));
	for (size_t i = 0; i < readings->n; i++) {
		if (!readings->items[i].trouble)
			add_rows(&table, &readings->items[i]);
	}
	if (verb_print_table(call, &table))
		return VERB_REFUSED;
	print_notes(call->out, readings);
	return VERB_DONE;
}

static void add_rule(struct json_writer *w, const struct rule_reading *rule)
{
	json_open_object(w, NULL);
	json_add_string(w, "rule", rule->name);
	json_add_string(w, "action", rule->action);
	json_add_uint(w, "hits", rule->counted.hits);
	json_add_uint(w, "denials", rule->counted.denials);
	json_add_uint(w, "changes", rule->counted.changes);
	json_close_object(w);
}

static void add_counters(struct json_writer *w, const struct reading *reading)
{
	const struct counters *c = &reading->counters;
	struct rule_reading rule;

	json_open_array(w, "rules");
	for (size_t i = 0; i < reading_rules(reading); i++) {
		reading_rule(reading, i, &rule);
		add_rule(w, &rule);
	}
	json_close_array(w);
	json_open_object(w, "unmatched");
	for (size_t call = 0; call < 2; call++)
		json_add_uint(w, bpf_name_of_call(call), c->unmatched[call]);
	json_close_object(w);
	json_open_object(w, "eventsLost");
	json_add_uint(w, "rate", c->lost_rate);
	json_add_uint(w, "ringFull", c->lost_full);
	json_close_object(w);
}

static int print_json(struct verb_call *call, const struct readings *readings)
{
	_cleanup_json_writer_ struct json_writer *w = json_writer_new(true);

	if (!w)
		return verb_print_json(call, NULL);
	json_open_array(w, NULL);
	for (size_t i = 0; i < readings->n; i++) {
		const struct reading *reading = &readings->items[i];

		json_open_object(w, NULL);
		entry_add_json(w, reading->entry);
		json_add_string(w, "trouble", reading->trouble);
		if (!reading->trouble)
			add_counters(w, reading);
		json_close_object(w);
	}
	json_close_array(w);
	return verb_print_json(call, w);
}

/* A policy that is gone, or records, is in nobody's way, unless it was asked for. */
static bool tell_trouble(const struct readings *readings, bool named)
{
	bool any = false;

	for (size_t i = 0; i < readings->n; i++) {
		const struct reading *reading = &readings->items[i];

		if (!reading->trouble || (reading->expected && !named))
			continue;
		log_line(LOG_ERR, "%s: %s", entry_id(reading->entry), reading->trouble);
		any = true;
	}
	return any;
}

static int stats_run(struct verb_call *call, int argc, char **argv)
{
	struct readings readings = {0};
	struct inventory inv = {0};
	struct error err = {0};
	bool unknown = false;
	int status;

	if (!verb_read_options(call, NULL, 0, &argc, &argv, &status))
		return status;
	status = verb_open_host(call);
	if (status)
		return status;
	if (inventory_read(&call->config, &inv, &err) ||
	    readings_take(&call->config, &inv, argv, (size_t)argc, &readings, &unknown, &err)) {
		status = verb_refuse(&err);
	} else {
		status = call->json ? print_json(call, &readings) : print_text(call, &readings);
		if (tell_trouble(&readings, argc > 0) || unknown)
			status = VERB_REFUSED;
	}
	readings_done(&readings);
	inventory_done(&inv);
	return status;
}

const struct verb verb_stats = {
	.name = "stats",
	.summary = "Show how often each rule has decided, refused and changed",
	.usage = "[--json] [ID…]",
	.help = "ID is as for \"show\"; without one all policies are shown. HITS are the calls that\n"
		"the rule decided, DENIALS those of them that it refused, CHANGES those that it\n"
		"changed in any other way. The rule \"default\" is the policy's default action.\n"
		"In mode \"audit\" denials and changes are what \"enforce\" would do. Counters begin\n"
		"at 0 when a policy is put in force, and when it is updated.\n\n"
		"The status is 1 where a policy's counters cannot be read; the others are\n"
		"printed.\n",
	.has_json = true,
	.run = stats_run,
};
