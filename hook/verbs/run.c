// SPDX-License-Identifier: Apache-2.0
/*
 * `sockoptctl run`: a command in a fresh cgroup under a policy. No
 * container is needed, and nothing stays.
 */
#include <fcntl.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/log.h"
#include "enforce.h"
#include "oci/state.h"
#include "verbs/command.h"
#include "verbs/runs.h"
#include "verbs/verbs.h"

struct run {
	const char *file, *profile, *id, *mode;
	size_t length; /* of the policy's text */
	struct enforcement e;
	struct cgroup cgroup; /* that the command is put in; enforcement has another hold on it */
	struct command command;
};

static int name_record(struct run *run, struct error *err)
{
	struct run_record *record = &run->e.record;
	char own[32];

	snprintf(own, sizeof(own), "run-%d", getpid());
	record->kind = strdup("run");
	record->id = strdup(run->id ?: own);
	record->bundle = strdup("");
	if (!record->kind || !record->id || !record->bundle)
		return error_set(err, ENOMEM, "out of memory");
	return record_key(record->id, record->bundle, &record->key, err);
}

/* Before anything is made: whoever mistypes a policy learns it without a cgroup. */
static int prepare(struct verb_call *call, struct run *run, struct error *err)
{
	struct enforcement *e = &run->e;
	int r = run->id ? oci_id_check(run->id, err) : 0;

	e->config = &call->config;
	e->fresh = true;
	r = r ?: run->mode ? policy_mode_parse(run->mode, &e->mode, err) : 0;
	r = r ?: name_record(run, err);
	return r
		       ?: policy_text_choose(&call->config, run->file, run->profile,
					     &e->record.policy, &run->length, &e->record.source,
					     err);
}

/* What killed runs left, under the lock that the enforcement takes next. Not worth a refusal. */
static void sweep(struct verb_call *call)
{
	struct enforcement lock = ENFORCEMENT_NONE;
	struct inventory inv = {0};

	lock.config = &call->config;
	if (!enforce_open_folders(&lock, NULL) && !inventory_read(&call->config, &inv, NULL))
		runs_sweep(&call->config, &inv, NULL, NULL, NULL);
	inventory_done(&inv);
	enforce_done(&lock);
}

static int make_cgroup(struct run *run, struct error *err)
{
	struct cgroup own = CGROUP_NONE;
	char name[32];
	int r = cgroup_of_self(&own, err);

	if (r)
		return r;
	snprintf(name, sizeof(name), "sockopt-run-%d", getpid());
	/* Left by a process of our number that was killed; one that is in use cannot be removed. */
	unlinkat(own.fd, name, AT_REMOVEDIR);
	r = cgroup_make(&own, name, &run->cgroup, err);
	cgroup_done(&own);
	return r ?: cgroup_at(run->cgroup.path, &run->e.cgroup, err);
}

/*
 * The process waits in the cgroup before the policy is there, so that no
 * cgroup with a record is ever empty.
 */
static int set_up(struct verb_call *call, struct run *run, char **argv, struct error *err)
{
	int r = make_cgroup(run, err);

	r = r ?: command_make(argv, call->old_sigpipe, &run->command, err);
	r = r ?: cgroup_enter(&run->cgroup, run->command.pid, err);
	if (r)
		return r;
	run->e.record.pid = run->command.pid;
	r = enforce_all(&run->e, run->length, err);
	if (r)
		return r;
	/*
	 * Others may have the lock now; and only the pins hold the policy,
	 * so that `detach` takes it away.
	 */
	close(TAKE_FD(run->e.lock));
	attachment_done(&run->e.attachment);
	return 0;
}

/* Processes first: none of them may outlive its policy. */
static void tear_down(struct verb_call *call, struct run *run, bool enforced)
{
	const struct run_record *record = &run->e.record;
	struct error err = {0};

	command_drop(&run->command);
	if (run->cgroup.fd >= 0 && cgroup_remove(&run->cgroup, &err)) {
		/* Something of it may be alive: the policy stays, and gc removes it when nothing is. */
		verb_refuse(&err);
		enforced = false;
	}
	if (enforced &&
	    enforce_remove(&call->config, record->key, record->id, record->bundle, NULL, &err))
		verb_refuse(&err);
	cgroup_done(&run->cgroup);
}

static int run_run(struct verb_call *call, int argc, char **argv)
{
	struct run run = {.e = ENFORCEMENT_NONE, .cgroup = CGROUP_NONE, .command = COMMAND_NONE};
	const struct verb_option options[] = {{"policy", &run.file, NULL},
					      {"profile", &run.profile, NULL},
					      {"mode", &run.mode, NULL},
					      {"id", &run.id, NULL}};
	struct error err = {0};
	int status, r;

	if (!verb_read_options(call, options, ARRAY_SIZE(options), &argc, &argv, &status))
		return status;
	if (!run.file == !run.profile)
		return verb_usage(call, "give one of --policy and --profile");
	if (argc < 1)
		return verb_usage(call, "which command?");
	status = verb_open_host(call);
	if (status)
		return status;
	r = prepare(call, &run, &err);
	if (!r) {
		sweep(call);
		r = set_up(call, &run, argv, &err);
	}
	status = r ? verb_refuse(&err) : command_wait(&run.command);
	tear_down(call, &run, !r);
	enforce_done(&run.e);
	return status;
}

const struct verb verb_run = {
	.name = "run",
	.summary = "Run a command under a policy, without a container",
	.usage = "--policy FILE | --profile NAME [--mode enforce|audit] [--id ID] [--] CMD [ARG…]",
	.help = "  --policy FILE   the policy; \"-\" is standard input\n"
		"  --profile NAME  the policy that the host installed under this name\n"
		"  --mode enforce|audit  \"audit\" counts and tells verdicts, and changes nothing\n"
		"  --id ID         what \"list\" shows it as (run-<process id>)\n\n"
		"CMD runs in a cgroup of its own, below that of sockoptctl, and starts when its\n"
		"policy is in force. It gets standard input, output and error, and no other\n"
		"open file: a socket that was made outside would not be under the policy.\n"
		"Signals are passed on to it. When CMD ends, what it left running in its cgroup\n"
		"is killed, and cgroup and policy are removed. Where sockoptctl is killed with\n"
		"SIGKILL, CMD is too.\n\n"
		"The status is that of CMD: 128 and the number of the signal that ended it, 127\n"
		"where it is not found, 126 where it cannot be executed. It is 1 where CMD was\n"
		"not started because something is refused, and 2 where sockoptctl is used\n"
		"wrongly.\n",
	.stops = true,
	.run = run_run,
};
