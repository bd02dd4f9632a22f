// SPDX-License-Identifier: Apache-2.0
/*
 * Loading this build's own programs without leaving them: a child pins them in a bpf file system
 * of its own, which ends with it.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "kernel/probe-features.h"

/* The first that is a folder is covered, in the child's mount namespace alone. */
static const char *const places[] = {"/sys/fs/bpf", "/tmp", "/mnt"};

static int cover(const char **ret_place, struct error *err)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return error_errno(err, errno, "making a mount namespace");
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (!mount("bpf", places[i], "bpf", 0, "mode=0700")) {
			*ret_place = places[i];
			return 0;
		}
	}
	return error_errno(err, errno, "mounting a bpf file system");
}

static int load_here(const struct program_class *class, struct error *err)
{
	struct programs programs = PROGRAMS_NONE;
	struct pins pins = {0};
	const char *place = NULL;
	int r = cover(&place, err);

	r = r ?: pins_open(place, true, &pins, err);
	r = r ?: programs_open(&pins, class, &programs, err);
	programs_done(&programs);
	pins_done(&pins);
	return r;
}

int probe_load(const struct program_class *class, struct error *err)
{
	_cleanup_close_ int in = -1, out = -1;
	struct error found = {0};
	int ends[2];
	ssize_t n;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return error_errno(err, errno, "pipe");
	in = ends[0];
	out = ends[1];
	pid = fork();
	if (pid < 0)
		return error_errno(err, errno, "fork");
	if (!pid) {
		load_here(class, &found);
		/* the code alone decides; a text that got lost is no reason to say "done" */
		_exit(write(out, &found, sizeof(found)) != sizeof(found));
	}
	close(TAKE_FD(out));
	n = read(in, &found, sizeof(found));
	waitpid(pid, NULL, 0);
	if (n != sizeof(found))
		return error_set(err, EIO, "the probe ended without an answer");
	return found.code ? error_set(err, found.code, "%s", found.text) : 0;
}
