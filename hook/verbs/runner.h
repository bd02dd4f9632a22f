/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `run` and `record` share: a command in a fresh cgroup, a policy at that cgroup, and the end of
 * all three.
 */
#ifndef VERBS_RUNNER_H
#define VERBS_RUNNER_H

#include "enforce.h"
#include "verbs/command.h"
#include "verbs/verbs.h"

struct runner {
	/* from the verb: */
	const char *file, *profile; /* one of them, or none in MODE_RECORD */
	const char *id;		    /* NULL: "run-<process id>" */
	bool out_to_err;	    /* the command's standard output is our standard error */
	/*
	 * NULL, or what the verb does in MODE_RECORD when all processes of the command are gone and
	 * their recording is still there, under the lock on the run folder. What it does not drop goes
	 * to the host's record folder then.
	 */
	int (*at_end)(struct runner *runner, void *to, struct error *err);
	void *to;
	/* the verb may set e.mode; the rest is the runner's */
	struct enforcement e;
	size_t length;	      /* of the policy's text */
	struct cgroup cgroup; /* that the command is put in; enforcement has another hold on it */
	struct command command;
};
#define RUNNER_NONE                                                                                \
	{                                                                                          \
		.e = ENFORCEMENT_NONE, .cgroup = CGROUP_NONE, .command = COMMAND_NONE              \
	}

/*
 * All of it, after verb_open_host(). Says what goes wrong. Returns an exit status: the command's
 * where it was started and at_end() did not fail.
 */
int runner_run(struct runner *runner, struct verb_call *call, char **argv);

#endif
