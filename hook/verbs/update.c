// SPDX-License-Identifier: Apache-2.0
/* `sockoptctl update`: another policy, or another mode, for a container that runs. */
#include <string.h>

#include "enforce.h"
#include "verbs/inventory.h"
#include "verbs/table.h"
#include "verbs/verbs.h"

struct request {
	const char *file, *profile, *mode_name;
	enum policy_mode mode;
};

/* The new text, and the key; the rest is taken over under the lock. */
static int prepare(struct verb_call *call, const struct request *request, const char *word,
		   struct enforcement *e, struct error *err)
{
	const struct entry *entry = NULL;
	struct inventory inv = {0};
	char state[ENTRY_STATE_MAX];
	size_t length;
	int r = 0;

	e->config = &call->config;
	if (request->file || request->profile)
		r = policy_text_choose(&call->config, request->file, request->profile,
				       &e->record.policy, &length, &e->record.source, err);
	r = r ?: inventory_read(&call->config, &inv, err);
	r = r ?: inventory_find(&inv, NULL, word, &entry, err);
	/* What lost a link, or was left half done by an update that was killed, is made whole. */
	if (!r && (entry->state == STATE_GONE || !entry->has_record || !entry->has_pins))
		r = error_set(err, ENOENT, "%s: its policy is not in force: %s", entry_id(entry),
			      entry_state_text(entry, state));
	if (!r) {
		e->record.key = strdup(entry->key);
		if (!e->record.key)
			r = error_set(err, ENOMEM, "out of memory");
	}
	inventory_done(&inv);
	return r;
}

static void print_text(FILE *out, const struct run_record *record)
{
	table_print_clean(out, record->id);
	fputs(": in force (", out);
	table_print_clean(out, record->source);
	fprintf(out, ", %s)\n", record->mode);
}

static int update_run(struct verb_call *call, int argc, char **argv)
{
	struct request request = {0};
	const struct verb_option options[] = {{"policy", &request.file, NULL},
					      {"profile", &request.profile, NULL},
					      {"mode", &request.mode_name, NULL}};
	struct enforcement e = ENFORCEMENT_NONE;
	struct error err = {0};
	int status, r;

	if (!verb_read_options(call, options, ARRAY_SIZE(options), &argc, &argv, &status))
		return status;
	if (argc != 1)
		return verb_usage(call, argc ? "one policy at a time"
					     : "which policy? \"sockoptctl list\" shows all");
	if (request.file && request.profile)
		return verb_usage(call, "give one of --policy and --profile");
	if (!request.file && !request.profile && !request.mode_name)
		return verb_usage(call, "give --policy, --profile or --mode");
	if (request.mode_name && policy_mode_parse(request.mode_name, &request.mode, &err))
		return verb_usage(call, "--mode: %s", err.text);
	status = verb_open_host(call);
	if (status)
		return status;
	r = prepare(call, &request, argv[0], &e, &err);
	r = r ?: enforce_update(&e, request.mode_name ? &request.mode : NULL, &err);
	if (r)
		status = verb_refuse(&err);
	else
		print_text(call->out, &e.record);
	enforce_done(&e);
	return status;
}

const struct verb verb_update = {
	.name = "update",
	.summary = "Put another policy in the place of one that is in force",
	.usage = "[--policy FILE | --profile NAME] [--mode enforce|audit] ID",
	.help = "  --policy FILE   the new policy; \"-\" is standard input\n"
		"  --profile NAME  the policy that the host installed under this name\n"
		"  --mode enforce|audit\n"
		"                  left out, it stays as it is\n\n"
		"ID is an id or a key as \"list\" shows them, or the beginning of just one. The\n"
		"container runs on, and each of its calls is decided by the old policy or by the\n"
		"new one. Where the new policy is so much larger that other programs have to take\n"
		"over, or another build of them, both hold for a moment. The counters begin\n"
		"anew. What cannot be put in force leaves the old policy as it is.\n",
	.run = update_run,
};
