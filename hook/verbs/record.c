// SPDX-License-Identifier: Apache-2.0
/*
 * `sockoptctl record`: what a command does with socket options, as a policy that allows just that.
 * Or the same of a container that is being recorded.
 */
#include <string.h>

#include "enforce-recording.h"
#include "verbs/inventory.h"
#include "verbs/runner.h"

struct request {
	const char *output, *values, *name, *of, *id;
	enum bounds bounds;
};

/* ---- of a command ---- */

struct ending {
	struct verb_call *call;
	const struct request *request;
};

static int take_recording(struct runner *run, void *to, struct error *err)
{
	const struct ending *ending = to;
	const struct run_record *record = &run->e.record;
	_cleanup_free_ char *text = NULL;
	int r = enforce_recording_stop(&run->e.pins, record, err);

	r = r
		    ?: enforce_recording_text(&run->e.pins, record, ending->request->bounds,
					      ending->request->name, &text, err);
	if (r == -ENOENT)
		return error_set(err, ENOENT, "%s was ended by another before its end", record->id);
	r = r ?: policy_text_deliver(ending->call, ending->request->output, text, err);
	return r ?: enforce_recording_drop(&run->e.pins, record, err);
}

static int record_command(struct verb_call *call, struct request *request, char **argv)
{
	struct ending ending = {call, request};
	struct runner run = RUNNER_NONE;
	const char *slash = strrchr(argv[0], '/');

	if (!request->name)
		request->name = slash && slash[1] ? slash + 1 : argv[0];
	run.id = request->id;
	run.out_to_err = !request->output || !strcmp(request->output, "-");
	run.at_end = take_recording;
	run.to = &ending;
	run.e.mode = MODE_RECORD;
	run.e.record.source = strdup("sockoptctl record");
	return runner_run(&run, call, argv);
}

/* ---- of what is being recorded ---- */

static int record_of(struct verb_call *call, const struct request *request)
{
	_cleanup_free_ char *text = NULL;
	const struct entry *entry = NULL;
	struct inventory inv = {0};
	struct error err = {0};
	int r = inventory_read(&call->config, &inv, &err);

	r = r ?: inventory_find(&inv, NULL, request->of, &entry, &err);
	if (!r && !entry->has_record)
		r = error_set(&err, ENOENT, "%s has no run record: nothing is recorded of it",
			      request->of);
	r = r
		    ?: enforce_recording_text(&inv.pins, &entry->record, request->bounds,
					      request->name, &text, &err);
	r = r ?: policy_text_deliver(call, request->output, text, &err);
	inventory_done(&inv);
	return r ? verb_refuse(&err) : VERB_DONE;
}

static int record_run(struct verb_call *call, int argc, char **argv)
{
	struct request request = {.values = "range"};
	const struct verb_option options[] = {
		{"output", &request.output, NULL}, {"o", &request.output, NULL},
		{"values", &request.values, NULL}, {"name", &request.name, NULL},
		{"id", &request.id, NULL},	   {"of", &request.of, NULL},
	};
	struct error err = {0};
	int status;

	if (!verb_read_options(call, options, ARRAY_SIZE(options), &argc, &argv, &status))
		return status;
	if (bounds_by_name(request.values, &request.bounds, &err))
		return verb_usage(call, "--values: %s", err.text);
	if (request.of && (argc || request.id))
		return verb_usage(call, "--of takes no command, and no --id");
	if (!request.of && !argc)
		return verb_usage(call, "which command?");
	status = verb_open_host(call);
	if (status)
		return status;
	return request.of ? record_of(call, &request) : record_command(call, &request, argv);
}

const struct verb verb_record = {
	.name = "record",
	.summary = "Run a command, and write the policy that allows what it does",
	.usage =
		"[-o FILE] [--values exact|range|any] [--name TEXT] [--id ID] [--] CMD [ARG…] | --of ID",
	.help = "Each call of setsockopt and getsockopt that CMD makes is recorded, and none is\n"
		"refused or changed. The policy allows those options on those kinds of socket,\n"
		"with the values that were seen, and denies all else.\n\n"
		"  -o, --output FILE  write it to FILE, whole or not at all. Without it the policy\n"
		"                     goes to standard output, and what CMD writes there goes to\n"
		"                     standard error\n"
		"  --values exact|range|any\n"
		"                     allow the very values that were seen; or numbers from the\n"
		"                     least to the greatest (what is done without this option); or\n"
		"                     do not look at values\n"
		"  --name TEXT        the policy's name (that of CMD)\n"
		"  --id ID            what \"list\" shows it as while it runs (run-<process id>)\n"
		"  --of ID            no command: what was recorded so far of a container, or of\n"
		"                     another \"record\", that goes on\n\n"
		"CMD is run as by \"run\", and its status is told in the same way. The status is 1\n"
		"where the policy could not be written; it is in the host's folder for recordings\n"
		"then, and a message says so.\n",
	.stops = true,
	.run = record_run,
};
