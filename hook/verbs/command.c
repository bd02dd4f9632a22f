// SPDX-License-Identifier: Apache-2.0
/*
 * The command is in our process group, so what the terminal sends reaches it without us;
 * passed on is only what a process sent, and not what the command itself sent: to its
 * group, for one, which it is in.
 */
#include "verbs/command.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"

enum {
	STATUS_CANNOT_EXECUTE = 126,
	STATUS_NOT_FOUND = 127,
	STATUS_SIGNAL = 128
};

static const int passed_on[] = {
	SIGHUP,	  SIGINT,  SIGQUIT,   SIGTERM, SIGUSR1, SIGUSR2, SIGALRM,
	SIGWINCH, SIGPROF, SIGVTALRM, SIGPWR,  SIGURG,	SIGIO,
};

static void fill_set(sigset_t *set)
{
	sigemptyset(set);
	for (size_t i = 0; i < ARRAY_SIZE(passed_on); i++)
		sigaddset(set, passed_on[i]);
	for (int i = SIGRTMIN; i <= SIGRTMAX; i++)
		sigaddset(set, i);
	sigaddset(set, SIGCHLD);
}

static _Noreturn void execute(char *const *argv)
{
	int code;

	/*
	 * Ours are close-on-exec already. What the caller left open may be a
	 * socket made outside of the cgroup.
	 */
	if (syscall(SYS_close_range, STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC))
		for (int fd = (int)sysconf(_SC_OPEN_MAX) - 1; fd > STDERR_FILENO; fd--)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	execvp(argv[0], argv);
	code = errno;
	log_line(LOG_ERR, "%s: %s", argv[0], strerror(code));
	_exit(code == ENOENT || code == ENOTDIR ? STATUS_NOT_FOUND : STATUS_CANNOT_EXECUTE);
}

static _Noreturn void wait_and_execute(char *const *argv, const struct command *command,
				       int wait_fd, pid_t parent, sighandler_t old_sigpipe)
{
	ssize_t n;
	char byte;

	/* A process without its sockoptctl would be one whose end nobody cleans up after. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(STATUS_SIGNAL + SIGKILL);
	close(command->go);
	do
		n = read(wait_fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		_exit(STATUS_CANNOT_EXECUTE);
	if (command->out_to_err && dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		_exit(STATUS_CANNOT_EXECUTE);
	signal(SIGPIPE, old_sigpipe);
	sigprocmask(SIG_SETMASK, &command->mask, NULL);
	execute(argv);
}

int command_make(char *const *argv, sighandler_t old_sigpipe, bool out_to_err, struct command *ret,
		 struct error *err)
{
	struct command command = COMMAND_NONE;
	pid_t parent = getpid();
	sigset_t blocked;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return error_errno(err, errno, "pipe");
	/* Where our caller ignores SIGCHLD, the kernel would keep no exit status for us. */
	signal(SIGCHLD, SIG_DFL);
	fill_set(&blocked);
	sigprocmask(SIG_BLOCK, &blocked, &command.mask);
	command.go = fds[1];
	command.out_to_err = out_to_err;
	command.pid = fork();
	if (!command.pid)
		wait_and_execute(argv, &command, fds[0], parent, old_sigpipe);
	close(fds[0]);
	if (command.pid < 0) {
		close(fds[1]);
		return error_errno(err, errno, "fork");
	}
	*ret = command;
	return 0;
}

/*
 * Returns whether it has ended. Where it stopped we stop too, for
 * whoever waits for us waits for it.
 */
static bool reap(const struct command *command, int *ret_status)
{
	int status;

	while (waitpid(command->pid, &status, WNOHANG | WUNTRACED) == command->pid) {
		if (WIFSTOPPED(status)) {
			raise(SIGTSTP);
			kill(command->pid, SIGCONT);
			continue;
		}
		*ret_status = WIFSIGNALED(status) ? STATUS_SIGNAL + WTERMSIG(status)
						  : WEXITSTATUS(status);
		return true;
	}
	return false;
}

int command_wait(struct command *command)
{
	sigset_t set;
	siginfo_t info;
	int status = STATUS_CANNOT_EXECUTE;

	fill_set(&set);
	/* It is gone where this fails, and then it can be reaped. */
	if (write(command->go, "", 1) != 1)
		kill(command->pid, SIGKILL);
	close(command->go);
	command->go = -1;
	while (!reap(command, &status)) {
		if (sigwaitinfo(&set, &info) < 0 || info.si_signo == SIGCHLD)
			continue;
		/* SI_KERNEL and the like are above 0: the terminal, which told the command too. */
		if (info.si_code <= 0 && info.si_pid != command->pid)
			kill(command->pid, info.si_signo);
	}
	command->pid = 0;
	return status;
}

void command_drop(struct command *command)
{
	if (command->go >= 0)
		close(command->go);
	if (command->pid > 0)
		waitpid(command->pid, NULL, 0);
	*command = (struct command)COMMAND_NONE;
}
