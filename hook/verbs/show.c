// SPDX-License-Identifier: Apache-2.0
/*
 * `sockoptctl show`: all that is known of one policy, and what the kernel runs at its
 * cgroup. The order itself: order.c.
 */
#include <time.h>

#include "verbs/inventory.h"
#include "verbs/order.h"
#include "verbs/table.h"
#include "verbs/verbs.h"

static const char *time_text(int64_t seconds, char text[32])
{
	time_t when = (time_t)seconds;
	struct tm tm;

	if (!gmtime_r(&when, &tm) || !strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &tm))
		return NULL;
	return text;
}

static void line(FILE *out, const char *label, const char *text)
{
	if (!text || !*text)
		return;
	fprintf(out, "%-12s", label);
	table_print_clean(out, text);
	fputc('\n', out);
}

static void print_record(FILE *out, const struct run_record *r)
{
	_cleanup_free_ char *name = policy_text_name(r->policy);
	char text[32];

	line(out, "Kind:", r->kind);
	line(out, "Bundle:", r->bundle);
	line(out, "Namespace:", r->namespace);
	line(out, "Pod:", r->pod);
	line(out, "Container:", r->container);
	if (r->pid)
		fprintf(out, "%-12s%lld\n", "Process:", (long long)r->pid);
	fprintf(out, "%-12s", "Cgroup:");
	table_print_clean(out, r->cgroup);
	fprintf(out, " (id %llu)\n", (unsigned long long)r->cgroup_id);
	line(out, "Since:", time_text(r->created, text));
	line(out, "Mode:", r->mode);
	line(out, "Policy:", name);
	line(out, "Source:", r->source);
	line(out, "Build:", r->generation);
	line(out, "Size:", r->size_class);
}

static int print_order(struct verb_call *call, const struct order *order, const char *name)
{
	static const char *const headings[] = {"  #", "PROGRAM", "NAME", "CGROUP", "WHOSE"};
	struct table table;

	fprintf(call->out, "\nPrograms that run for %s, in this order:\n", name);
	table_open(&table, headings, ARRAY_SIZE(headings));
	for (size_t i = 0; i < order->count; i++) {
		table_addf(&table, "  %zu", i + 1);
		table_addf(&table, "%u", order->steps[i].prog_id);
		table_add(&table, order->steps[i].name);
		table_add(&table, order->steps[i].cgroup);
		table_add(&table, order->steps[i].ours ? "this policy" : NULL);
	}
	return verb_print_table(call, &table);
}

static int print_text(struct verb_call *call, const struct entry *e)
{
	char state[ENTRY_STATE_MAX];
	int status = VERB_DONE;
	struct order order;
	FILE *out = call->out;

	line(out, "Id:", entry_id(e));
	line(out, "Key:", e->key);
	line(out, "State:", entry_state_text(e, state));
	if (e->has_record)
		print_record(out, &e->record);
	for (size_t i = 0; i < 2; i++) {
		if (e->calls & (1u << i))
			fprintf(out, "%-12slink %u, program %u\n",
				i ? "Getsockopt:" : "Setsockopt:", e->facts[i].link_id,
				e->facts[i].prog_id);
	}
	if (e->record.guarded)
		line(out, "32-bit:", "held by the companion");
	for (size_t i = 0; i < 2; i++) {
		if (!order_read(e, i, &order, NULL) && order.count)
			status = print_order(call, &order, bpf_name_of_call(i)) ?: status;
		order_done(&order);
	}
	if (e->record.policy) {
		fputc('\n', out);
		policy_text_print(out, e->record.policy);
	}
	return status;
}

static void add_ids(struct json_writer *w, const char *key, const struct entry *e, bool links)
{
	json_open_object(w, key);
	for (size_t call = 0; call < 2; call++) {
		if (e->calls & (1u << call))
			json_add_uint(w, bpf_name_of_call(call),
				      links ? e->facts[call].link_id : e->facts[call].prog_id);
	}
	json_close_object(w);
}

static void add_order(struct json_writer *w, const struct entry *e)
{
	json_open_object(w, "order");
	for (size_t call = 0; call < 2; call++) {
		struct order order;
		int r = order_read(e, call, &order, NULL);

		if (!r)
			json_open_array(w, bpf_name_of_call(call));
		for (size_t i = 0; i < order.count; i++) {
			json_open_object(w, NULL);
			json_add_uint(w, "program", order.steps[i].prog_id);
			json_add_string(w, "name", order.steps[i].name);
			json_add_string(w, "cgroup", order.steps[i].cgroup);
			json_add_bool(w, "ours", order.steps[i].ours);
			json_close_object(w);
		}
		if (!r)
			json_close_array(w);
		order_done(&order);
	}
	json_close_object(w);
}

static int print_json(struct verb_call *call, const struct entry *e)
{
	_cleanup_json_writer_ struct json_writer *w = json_writer_new(true);
	char text[32];

	if (!w)
		return verb_print_json(call, NULL);
	json_open_object(w, NULL);
	entry_add_json(w, e);
	if (e->has_record) {
		json_add_string(w, "created", time_text(e->record.created, text));
		json_add_string(w, "generation", e->record.generation);
		json_add_string(w, "sizeClass", e->record.size_class);
		json_add_bool(w, "guarded", e->record.guarded);
	}
	add_ids(w, "links", e, true);
	add_ids(w, "programs", e, false);
	add_order(w, e);
	policy_text_add(w, "policy", e->record.policy);
	json_close_object(w);
	return verb_print_json(call, w);
}

static int show_run(struct verb_call *call, int argc, char **argv)
{
	const struct entry *e = NULL;
	struct inventory inv = {0};
	struct error err = {0};
	int status;

	if (!verb_read_options(call, NULL, 0, &argc, &argv, &status))
		return status;
	if (argc != 1)
		return verb_usage(call, argc ? "one policy at a time"
					     : "which policy? \"sockoptctl list\" shows all");
	status = verb_open_host(call);
	if (status)
		return status;
	if (inventory_read(&call->config, &inv, &err) ||
	    inventory_find(&inv, NULL, argv[0], &e, &err))
		status = verb_refuse(&err);
	else if (call->json)
		status = print_json(call, e);
	else
		status = print_text(call, e);
	inventory_done(&inv);
	return status;
}

const struct verb verb_show = {
	.name = "show",
	.summary = "Show one policy: where it is in force, what runs there, its text",
	.usage = "[--json] ID",
	.help = "ID is an id or a key as \"list\" shows them, or the beginning of just one. The\n"
		"programs are those that the kernel runs for the cgroup, in its order: first\n"
		"those of the cgroup itself, then those of the cgroups above it. That of this\n"
		"policy is marked.\n",
	.has_json = true,
	.run = show_run,
};
