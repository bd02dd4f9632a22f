// SPDX-License-Identifier: Apache-2.0
/*
 * usage: spawn < TABLE
 *
 * Runs one command after the other, each from one line of the table: a name, a file for its standard input, and its
 * words, separated by tabs. Prints "NAME MICROSECONDS" for each, from before the spawn until it is waited for; nothing
 * for those named "-". A command that fails ends the run.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define WORDS_MAX 64

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void die(int code, const char *what)
{
	fprintf(stderr, "spawn: %s: %s\n", what, strerror(code));
	exit(1);
}

/* As a runtime calls a hook: standard input alone is its own, and its environment is empty. */
static double run(const char *input, char **words)
{
	char *none[] = {NULL};
	posix_spawn_file_actions_t actions;
	double start;
	int status, r;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0);
	start = now();
	r = posix_spawn(&pid, words[0], &actions, NULL, words, none);
	if (r)
		die(r, words[0]);
	if (waitpid(pid, &status, 0) < 0)
		die(errno, words[0]);
	start = now() - start;
	posix_spawn_file_actions_destroy(&actions);
	if (status) {
		fprintf(stderr, "spawn: %s: status %#x\n", words[0], status);
		exit(1);
	}
	return start;
}

int main(void)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		char *words[WORDS_MAX + 1] = {NULL}, *rest = line;
		double took;

		rest[strcspn(rest, "\n")] = '\0';
		for (size_t i = 0; rest && i < WORDS_MAX; i++)
			words[i] = strsep(&rest, "\t");
		if (!words[2])
			die(EINVAL, "a line without a command");
		took = run(words[1], words + 2);
		if (strcmp(words[0], "-"))
			printf("%s %.1f\n", words[0], took);
	}
	free(line);
	return 0;
}
