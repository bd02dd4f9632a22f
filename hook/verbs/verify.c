// SPDX-License-Identifier: Apache-2.0
/* `sockoptctl verify`: is each policy still in force? What is asked, and how it is judged: findings.c. */
#include "verbs/findings.h"
#include "verbs/table.h"
#include "verbs/verbs.h"

static void add_rows(struct table *table, const struct entry *e, const struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++) {
		table_add(table, entry_id(e));
		table_add(table, findings->list[i].check);
		table_add(table, verdict_name(findings->list[i].verdict));
		table_add(table, findings->list[i].text);
	}
}

static void add_json(struct json_writer *w, const struct entry *e, const struct findings *findings)
{
	json_open_object(w, NULL);
	json_add_string(w, "id", entry_id(e));
	json_add_string(w, "key", e->key);
	json_add_string(w, "result", verdict_name(findings_worst(findings)));
	json_open_array(w, "findings");
	for (size_t i = 0; i < findings->n; i++) {
		json_open_object(w, NULL);
		json_add_string(w, "check", findings->list[i].check);
		json_add_string(w, "result", verdict_name(findings->list[i].verdict));
		json_add_string(w, "text", findings->list[i].text);
		json_close_object(w);
	}
	json_close_array(w);
	json_close_object(w);
}

/* To the table or to @w. Returns an exit status. */
static int verify_one(struct verb_call *call, const struct inventory *inv, const struct entry *e,
		      struct table *table, struct json_writer *w)
{
	struct findings findings;
	int status;

	findings_make(&call->config, inv, e, &findings);
	status = findings_worst(&findings) == FOUND_WRONG ? VERB_REFUSED : VERB_DONE;
	if (w)
		add_json(w, e, &findings);
	else
		add_rows(table, e, &findings);
	findings_done(&findings);
	return status;
}

static int verify_words(struct verb_call *call, const struct inventory *inv, char **words, int n,
			struct table *table, struct json_writer *w)
{
	int status = VERB_DONE;

	for (size_t i = 0; !n && i < inv->n; i++)
		status = verify_one(call, inv, &inv->entries[i], table, w) ?: status;
	for (int i = 0; i < n; i++) {
		const struct entry *e;
		struct error err = {0};

		if (inventory_find(inv, NULL, words[i], &e, &err))
			status = verb_refuse(&err);
		else
			status = verify_one(call, inv, e, table, w) ?: status;
	}
	return status;
}

static int verify_run(struct verb_call *call, int argc, char **argv)
{
	static const char *const headings[] = {"ID", "CHECK", "RESULT", "FOUND"};
	_cleanup_json_writer_ struct json_writer *w = NULL;
	struct inventory inv = {0};
	struct error err = {0};
	struct table table;
	int status;

	if (!verb_read_options(call, NULL, 0, &argc, &argv, &status))
		return status;
	status = verb_open_host(call);
	if (status)
		return status;
	if (inventory_read(&call->config, &inv, &err))
		return verb_refuse(&err);
	if (call->json) {
		w = json_writer_new(true);
		if (w)
			json_open_array(w, NULL);
	}
	table_open(&table, headings, ARRAY_SIZE(headings));
	status = verify_words(call, &inv, argv, argc, &table, w);
	if (call->json) {
		if (w)
			json_close_array(w);
		status = verb_print_json(call, w) ?: status;
	} else if (table.n > ARRAY_SIZE(headings) || !argc) {
		status = verb_print_table(call, &table) ?: status;
	}
	table_done(&table);
	inventory_done(&inv);
	return status;
}

const struct verb verb_verify = {
	.name = "verify",
	.summary = "Ask the kernel whether policies are in force as their records say",
	.usage = "[--json] [ID…]",
	.help = "Without ID all policies are looked at. Each line is one thing that was checked:\n"
		"state (pins, record, cgroup), links (alive, at that cgroup), programs (this\n"
		"build's), policy (what the kernel holds is what was written), recording (calls\n"
		"are kept), order (where it runs among the programs of the cgroup and of those\n"
		"above it, and whether one of them is displaced), compat (32-bit calls, and the\n"
		"companion that holds them). A note is right, and good to know. The status is 1 where anything\n"
		"is wrong.\n",
	.has_json = true,
	.run = verify_run,
};
