/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process in each of the named cgroups, born there: moving one costs the kernel some milliseconds. Prints their ids, one
 * a line, in order, and waits. They end with it.
 *
 *   crowd FOLDER…
 */
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static long born_in(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)fd,
	};
	long pid;

	if (fd < 0)
		return -1;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	close(fd);
	return pid;
}

int main(int argc, char **argv)
{
	long pid;

	for (int i = 1; i < argc; i++) {
		pid = born_in(argv[i]);
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			close(STDIN_FILENO);
			close(STDOUT_FILENO);
			pause();
			_exit(0);
		}
		if (pid < 0) {
			perror(argv[i]);
			return 1;
		}
		printf("%ld\n", pid);
		/* A child must not print again what is buffered here. */
		fflush(stdout);
	}
	fclose(stdout);
	pause();
	return 0;
}
