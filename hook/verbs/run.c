// SPDX-License-Identifier: Apache-2.0
/*
 * `sockoptctl run`: a command in a fresh cgroup under a policy. No
 * container is needed, and nothing stays.
 */
#include "verbs/runner.h"

static int run_run(struct verb_call *call, int argc, char **argv)
{
	struct runner run = RUNNER_NONE;
	const char *mode = NULL;
	const struct verb_option options[] = {{"policy", &run.file, NULL},
					      {"profile", &run.profile, NULL},
					      {"mode", &mode, NULL},
					      {"id", &run.id, NULL}};
	struct error err = {0};
	int status;

	if (!verb_read_options(call, options, ARRAY_SIZE(options), &argc, &argv, &status))
		return status;
	if (!run.file == !run.profile)
		return verb_usage(call, "give one of --policy and --profile");
	if (argc < 1)
		return verb_usage(call, "which command?");
	if (mode && policy_mode_parse(mode, &run.e.mode, &err))
		return verb_usage(call, "--mode: %s", err.text);
	if (run.e.mode == MODE_RECORD)
		return verb_usage(call, "--mode: \"sockoptctl record\" records");
	status = verb_open_host(call);
	if (status)
		return status;
	return runner_run(&run, call, argv);
}

const struct verb verb_run = {
	.name = "run",
	.summary = "Run a command under a policy, without a container",
	.usage = "--policy FILE | --profile NAME [--mode enforce|audit] [--id ID] [--] CMD [ARG…]",
	.help = "  --policy FILE   the policy; \"-\" is standard input\n"
		"  --profile NAME  the policy that the host installed under this name\n"
		"  --mode enforce|audit\n"
		"                  \"audit\" counts and tells verdicts, and changes nothing\n"
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
