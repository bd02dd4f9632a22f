// SPDX-License-Identifier: Apache-2.0
/*
 * Whether what a policy was made for is alive, as far as run record, pins and the kernel tell. What cannot be told counts as
 * alive.
 */
#include "enforce-alive.h"

#include <string.h>
#include <unistd.h>

#include "base/process.h"

bool enforce_find_cgroup(const struct run_record *record, struct cgroup *ret)
{
	int r = cgroup_at(record->cgroup, ret, NULL);

	return r ? r != -ENOENT : ret->id == record->cgroup_id;
}

bool enforce_is_alive(const struct run_record *old)
{
	struct cgroup cgroup = CGROUP_NONE;
	bool alive = enforce_find_cgroup(old, &cgroup) &&
		     (!strcmp(old->kind, "host") || cgroup_populated(&cgroup));

	cgroup_done(&cgroup);
	return alive;
}

bool enforce_pins_alive(const struct pinned *pinned)
{
	for (size_t call = 0; call < PINS_CALLS; call++) {
		if (pinned->fds[call] >= 0 && pinned->facts[call].cgroup_id &&
		    cgroup_populated_id(pinned->facts[call].cgroup_id))
			return true;
	}
	return false;
}

/*
 * Whether the runtime that calls us for a container without a process began before the policy @record was made, by
 * another call of a runtime: then it ends an earlier container of that id.
 */
static bool is_late(const struct run_record *record, pid_t pid)
{
	int64_t start;

	if (pid == record->pid || !record->maker || getppid() == record->maker)
		return false;
	start = process_start(getppid());
	/* Also where nothing can be said of the runtime: -1. */
	return start < record->made_at && enforce_is_alive(record);
}

int enforce_may_remove(const struct run_record *record, const char *id, const char *bundle,
		       const pid_t *pid, struct error *err)
{
	if (id && !record_is_of(record, id, bundle))
		return 0;
	if (!pid || !is_late(record, *pid))
		return 1;
	error_set(err, EBUSY,
		  "its policy stays: processes are in cgroup %s, so this is the end of an earlier "
		  "container of that id",
		  record->cgroup);
	return ENFORCE_STAYS;
}

int enforce_may_remove_unknown(const struct pins *pins, const char *key, struct error *err)
{
	struct pinned pinned = PINNED_NONE;
	int r = pins->root ? pins_get(pins, key, &pinned, err) : 0;
	bool alive = !r && enforce_pins_alive(&pinned);

	pinned_done(&pinned);
	if (r)
		return r;
	if (!alive)
		return 1;
	error_set(
		err, EBUSY,
		"its policy stays: its run record cannot be read, and processes are in its cgroup; "
		"\"sockoptctl detach %s\" takes it away",
		key);
	return ENFORCE_STAYS;
}
