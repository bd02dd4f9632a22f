// SPDX-License-Identifier: Apache-2.0
/* `sockoptctl list`: one line for each policy that is, or should be, in force. */
#include <string.h>

#include "verbs/inventory.h"
#include "verbs/list.h"
#include "verbs/table.h"

static const char *const headings[] = {
	"ID",	    "KIND",  "CGROUP",	   "POLICY", "MODE",
	"PROGRAMS", "STATE", "?NAMESPACE", "?POD",   "?CONTAINER",
};

static void add_row(struct table *table, const struct entry *e)
{
	_cleanup_free_ char *name = policy_text_name(e->record.policy);
	char state[ENTRY_STATE_MAX];

	table_add(table, entry_id(e));
	table_add(table, e->record.kind);
	table_add(table, e->record.cgroup);
	table_add(table, name ?: e->record.source);
	table_add(table, e->record.mode);
	table_add(table, entry_calls_text(e));
	table_add(table, entry_state_text(e, state));
	table_add(table, e->record.namespace);
	table_add(table, e->record.pod);
	table_add(table, e->record.container);
}

static bool is_wanted(const struct entry *e, const char *kind)
{
	return !kind || (e->has_record && !strcmp(e->record.kind, kind));
}

static int print_text(struct verb_call *call, const struct inventory *inv, const char *kind)
{
	struct table table;

	table_open(&table, headings, ARRAY_SIZE(headings));
	for (size_t i = 0; i < inv->n; i++) {
		if (is_wanted(&inv->entries[i], kind))
			add_row(&table, &inv->entries[i]);
	}
	return verb_print_table(call, &table);
}

static int print_json(struct verb_call *call, const struct inventory *inv, const char *kind)
{
	_cleanup_json_writer_ struct json_writer *w = json_writer_new(true);

	if (!w)
		return verb_print_json(call, NULL);
	json_open_array(w, NULL);
	for (size_t i = 0; i < inv->n; i++) {
		if (!is_wanted(&inv->entries[i], kind))
			continue;
		json_open_object(w, NULL);
		entry_add_json(w, &inv->entries[i]);
		json_close_object(w);
	}
	json_close_array(w);
	return verb_print_json(call, w);
}

int list_print(struct verb_call *call, const char *kind)
{
	struct inventory inv = {0};
	struct error err = {0};
	int status;

	if (inventory_read(&call->config, &inv, &err))
		return verb_refuse(&err);
	status = call->json ? print_json(call, &inv, kind) : print_text(call, &inv, kind);
	inventory_done(&inv);
	return status;
}

static int list_run(struct verb_call *call, int argc, char **argv)
{
	int status;

	if (!verb_read_options(call, NULL, 0, &argc, &argv, &status))
		return status;
	if (argc)
		return verb_usage(call, "takes no \"%s\"", argv[0]);
	return verb_open_host(call) ?: list_print(call, NULL);
}

const struct verb verb_list = {
	.name = "list",
	.summary = "List the policies of containers, commands and cgroups",
	.usage = "[--json]",
	.help = "PROGRAMS are the calls that a program is attached for. STATE is one of:\n\n"
		"  in force  its cgroup is there, and its links are pinned\n"
		"  gone      its cgroup is gone; \"sockoptctl gc\" removes what is left\n"
		"  damaged   pins or run record are missing; what is missing stands behind it\n",
	.has_json = true,
	.run = list_run,
};
