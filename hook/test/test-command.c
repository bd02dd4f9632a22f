// SPDX-License-Identifier: Apache-2.0
/*
 * A command that waits, gets signals and reports its end: what
 * `sockoptctl run` does without its cgroup.
 */
#include "verbs/command.c"

#include <poll.h>
#include <stdlib.h>

#include "tap.h"

static const struct end_case {
	const char *name, *argv[4];
	int status;
} end_cases[] = {
	{"exit status", {"sh", "-c", "exit 7", NULL}, 7},
	{"success", {"true", NULL}, 0},
	{"killed by a signal", {"sh", "-c", "kill -KILL $$", NULL}, 128 + SIGKILL},
	{"not found", {"no-such-command-anywhere", NULL}, 127},
	{"below a file", {"/dev/null/x", NULL}, 127},
	{"not executable", {"/etc/passwd", NULL}, 126},
	{"a folder", {"/", NULL}, 126},
	{"signals are not blocked in it",
	 {"sh", "-c", "kill -TERM $$; exit 1", NULL},
	 128 + SIGTERM},
	{"SIGPIPE ends it", {"sh", "-c", "kill -PIPE $$; exit 1", NULL}, 128 + SIGPIPE},
	{"open files are not its", {"sh", "-c", "! [ -e /proc/self/fd/77 ]", NULL}, 0},
};

static void test_end(const struct end_case *c)
{
	struct command command = COMMAND_NONE;
	struct error err = {0};

	if (command_make((char *const *)c->argv, SIG_DFL, false, &command, &err)) {
		ok(false, "%s: %s", c->name, err.text);
		return;
	}
	is_int(command_wait(&command), c->status, c->name);
	sigprocmask(SIG_SETMASK, &command.mask, NULL);
}

/* Whether there is anything at @fd yet; waits @ms for it. */
static bool readable(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, ms) == 1;
}

/* The output of @script so far is at *@ret_fd. */
static bool start(const char *script, struct command *command, int *ret_fd)
{
	const char *argv[] = {"sh", "-c", script, NULL};
	int fds[2], saved = dup(STDOUT_FILENO);
	bool made;

	fflush(stdout);
	if (pipe2(fds, O_CLOEXEC) || dup2(fds[1], STDOUT_FILENO) < 0)
		exit(1);
	close(fds[1]);
	made = !command_make((char *const *)argv, SIG_DFL, false, command, NULL);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	*ret_fd = fds[0];
	return made;
}

static void test_waits(void)
{
	struct command command = COMMAND_NONE;
	_cleanup_close_ int fd = -1;
	sigset_t mask;
	char byte;

	ok(start("echo x", &command, &fd), "a command is made");
	mask = command.mask;
	ok(!readable(fd, 200), "it does not start by itself");
	command_drop(&command);
	ok(readable(fd, 10000) && read(fd, &byte, 1) == 0,
	   "dropped, it has ended without having started");
	sigprocmask(SIG_SETMASK, &mask, NULL);
}

/*
 * Blocked here and pending before the wait begins, as for a signal that
 * comes while a policy is attached.
 */
static void test_passes_on(void)
{
	struct command command = COMMAND_NONE;
	_cleanup_close_ int fd = -1;
	sigset_t mask;
	pid_t parent;
	char text[16] = "";

	ok(start("trap 'echo got; exit 3' USR1; while :; do read x < /dev/null; done", &command,
		 &fd),
	   "a command is made");
	mask = command.mask;
	parent = getpid();
	if (!fork()) {
		int left = 1000;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* Again and again, until the command has set its trap. */
		while (left-- && getppid() == parent && !kill(command.pid, 0)) {
			kill(parent, SIGUSR1);
			usleep(10000);
		}
		if (left < 0)
			kill(command.pid, SIGKILL);
		_exit(0);
	}
	/* Without its trap the first one ends it: then it was passed on, too. */
	switch (command_wait(&command)) {
	case 3:
		ok(read(fd, text, sizeof(text) - 1) > 0 && !strcmp(text, "got\n"),
		   "a signal to us reaches it: trapped");
		break;
	case 128 + SIGUSR1:
		ok(true, "a signal to us reaches it: not trapped yet");
		break;
	default:
		ok(false, "a signal to us reaches it");
	}
	while (wait(NULL) > 0)
		;
	signal(SIGUSR1, SIG_IGN); /* what is still pending */
	sigprocmask(SIG_SETMASK, &mask, NULL);
}

int main(void)
{
	/* A folder of the caller's that nobody may search would make "not found" a refusal. */
	setenv("PATH", "/usr/bin:/bin", 1);
	/* For "open files are not its". */
	dup2(STDOUT_FILENO, 77);
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < ARRAY_SIZE(end_cases); i++)
		test_end(&end_cases[i]);
	test_waits();
	test_passes_on();
	return tap_done();
}
