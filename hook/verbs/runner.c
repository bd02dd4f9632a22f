// SPDX-License-Identifier: Apache-2.0
/*
 * A command under a policy, from the cgroup to its removal. No container is needed, and nothing
 * stays. Knows no verb.
 */
#include "verbs/runner.h"

#include <fcntl.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "oci/state.h"
#include "verbs/inventory.h"
#include "verbs/runs.h"

static int name_record(struct runner *run, struct error *err)
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
static int prepare(struct verb_call *call, struct runner *run, struct error *err)
{
	struct enforcement *e = &run->e;
	int r = run->id ? oci_id_check(run->id, err) : 0;

	e->config = &call->config;
	e->fresh = true;
	r = r ?: name_record(run, err);
	if (r || !(run->file || run->profile))
		return r;
	return policy_text_choose(&call->config, run->file, run->profile, &e->record.policy,
				  &run->length, &e->record.source, err);
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

static int make_cgroup(struct runner *run, struct error *err)
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
static int set_up(struct verb_call *call, struct runner *run, char **argv, struct error *err)
{
	int r = make_cgroup(run, err);

	r = r ?: command_make(argv, call->old_sigpipe, run->out_to_err, &run->command, err);
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

/*
 * Under the lock, for else a sweep by another could take what is recorded where nobody looks for it.
 * Returns whether the verb got what it wanted.
 */
static bool end_recording(struct verb_call *call, struct runner *run)
{
	_cleanup_close_ int lock = -1;
	struct error err = {0};
	bool done;

	if (enforce_lock(&call->config, &lock, &err)) {
		error_prefix(&err, "the recording stays, and \"sockoptctl gc\" writes it");
		verb_refuse(&err);
		return false;
	}
	done = !run->at_end(run, run->to, &err);
	if (!done)
		verb_refuse(&err);
	/* What the verb did not take goes to the host's folder now. */
	if (enforce_remove_locked(&call->config, &run->e.pins, run->e.record.key, &err))
		verb_refuse(&err);
	return done;
}

/*
 * Processes first: none of them may outlive its policy. Returns whether the verb got what it wanted
 * of the end.
 */
static bool tear_down(struct verb_call *call, struct runner *run, bool enforced)
{
	const struct run_record *record = &run->e.record;
	struct error err = {0};

	command_drop(&run->command);
	if (run->cgroup.fd >= 0 && cgroup_remove(&run->cgroup, &err)) {
		/* Something of it may be alive: the policy stays, and gc removes it when nothing is. */
		verb_refuse(&err);
		cgroup_done(&run->cgroup);
		return !run->at_end;
	}
	cgroup_done(&run->cgroup);
	if (enforced && run->at_end)
		return end_recording(call, run);
	if (enforced &&
	    enforce_remove(&call->config, record->key, record->id, record->bundle, NULL, &err))
		verb_refuse(&err);
	return true;
}

int runner_run(struct runner *run, struct verb_call *call, char **argv)
{
	struct error err = {0};
	int status, r = prepare(call, run, &err);

	if (!r) {
		sweep(call);
		r = set_up(call, run, argv, &err);
	}
	status = r ? verb_refuse(&err) : command_wait(&run->command);
	if (!tear_down(call, run, !r))
		status = VERB_REFUSED;
	enforce_done(&run->e);
	return status;
}
