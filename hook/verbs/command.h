/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command that waits until it is told to start, gets our signals, and dies with us.
 * Knows no policy and no cgroup.
 */
#ifndef VERBS_COMMAND_H
#define VERBS_COMMAND_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

struct command {
	pid_t pid; /* 0: none */
	int go;	   /* a byte here starts it; closing it ends it */
	bool out_to_err;
	sigset_t mask; /* of ours before; the command gets it back */
};
#define COMMAND_NONE                                                                               \
	{                                                                                          \
		.go = -1                                                                           \
	}

/*
 * Make the process of @argv, which waits. From here on signals are blocked in the caller and kept
 * for command_wait().
 * @old_sigpipe: what SIGPIPE did before sockoptctl ignored it. @out_to_err: what it writes to
 * standard output goes to our standard error.
 */
int command_make(char *const *argv, sighandler_t old_sigpipe, bool out_to_err, struct command *ret,
		 struct error *err);

/*
 * Let it run, pass on the signals that somebody sent to us, stop and go on where it does, and wait
 * for its end. Returns its exit status: 128 + the signal that ended it, 127 where it was not found,
 * 126 where it could not be executed.
 */
int command_wait(struct command *command);

/* End one that was never let go. */
void command_drop(struct command *command);

#endif
