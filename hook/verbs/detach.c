// SPDX-License-Identifier: Apache-2.0
/* `sockoptctl detach`: take policies away, from running containers too. */
#include "enforce.h"
#include "verbs/inventory.h"
#include "verbs/table.h"
#include "verbs/verbs.h"

static int detach_one(struct verb_call *call, const struct inventory *inv, const char *word)
{
	const struct entry *e = NULL;
	char state[ENTRY_STATE_MAX];
	struct error err = {0};
	int r = inventory_find(inv, NULL, word, &e, &err);

	/* A record that could not be read just now may be read under the lock: then it is not another's. */
	r = r
		    ?: enforce_remove(&call->config, e->key, e->has_record ? e->record.id : NULL,
				      e->record.bundle, NULL, &err);
	if (r)
		return verb_refuse(&err);
	table_print_clean(call->out, entry_id(e));
	fprintf(call->out, ": detached (%s; programs: %s)\n", entry_state_text(e, state),
		entry_calls_text(e));
	return VERB_DONE;
}

static int detach_run(struct verb_call *call, int argc, char **argv)
{
	struct inventory inv = {0};
	struct error err = {0};
	int status;

	if (!verb_read_options(call, NULL, 0, &argc, &argv, &status))
		return status;
	if (argc < 1)
		return verb_usage(call, "which policy? \"sockoptctl list\" shows all");
	status = verb_open_host(call);
	if (status)
		return status;
	if (inventory_read(&call->config, &inv, &err))
		return verb_refuse(&err);
	for (int i = 0; i < argc; i++)
		status = detach_one(call, &inv, argv[i]) ?: status;
	inventory_done(&inv);
	return status;
}

const struct verb verb_detach = {
	.name = "detach",
	.summary = "Take a policy away",
	.usage = "ID…",
	.help = "ID is an id or a key as \"list\" shows them, or the beginning of just one. A\n"
		"container that runs goes on without its policy, and the policy does not come\n"
		"back by itself. What is printed names the state that the policy was in, and\n"
		"the calls whose programs were detached.\n",
	.run = detach_run,
};
