// SPDX-License-Identifier: Apache-2.0
/*
 * What one container's start costs in each way: from nothing to "in force". Each is done by a
 * process of its own, as a hook is one, in a cgroup of its own. Runs in integration/lib/sandbox.
 *
 *   rival-start ROUNDS     prints "alternatives-start,VARIANT,0,ROUND,MICROSECONDS,us"
 *
 *   seccomp    the filter is built and loaded
 *   byhand     one small program is loaded and attached
 *   fresh      our programs are loaded, attached, and the policy written; nothing is pinned
 *   ours       our pinned programs are opened, attached, the policy written, the links pinned
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/attachment.h"
#include "kernel/load.h"
#include "policy/compile.h"
#include "policy/parse.h"
#include "rival-filter.h"
#include "rival.skel.h"

static const char policy_text[] =
	"{\"version\":1,\"rules\":["
	"{\"calls\":[\"setsockopt\"],\"options\":[\"SO_RCVBUF\"],\"action\":\"clamp\",\"max\":65536},"
	"{\"calls\":[\"setsockopt\"],\"options\":[\"SO_MARK\"],\"action\":\"deny\"}]}";

static struct pins pins;
static struct compiled compiled;

static struct program_class class_of_policy(void)
{
	const struct size_class *class = compiled.class;

	return (struct program_class){class->name, class->bounds, class->size};
}

static int link_and_write(const struct cgroup *cgroup, const struct programs *programs,
			  struct attachment *attachment, struct error *err)
{
	int r = attachment_link(attachment, cgroup, programs, compiled.calls, err);

	return r ?: attachment_write(cgroup, programs, compiled.policy, err);
}

/* ---- the ways; what they open, the end of the process closes ---- */

static int start_seccomp(const struct cgroup *cgroup, struct error *err)
{
	scmp_filter_ctx filter = rival_filter(false);
	int r = filter ? seccomp_load(filter) : -errno;

	(void)cgroup;
	return r ? error_set(err, -r, "the filter") : 0;
}

static int start_byhand(const struct cgroup *cgroup, struct error *err)
{
	struct rival_bpf *skeleton = rival_bpf__open();
	struct bpf_program *program;

	if (!skeleton)
		return error_errno(err, errno, "opening");
	bpf_object__for_each_program(program, skeleton->obj)
		bpf_program__set_autoload(program, program == skeleton->progs.clamp);
	if (rival_bpf__load(skeleton))
		return error_errno(err, errno, "loading");
	if (bpf_link_create(bpf_program__fd(skeleton->progs.clamp), cgroup->fd,
			    BPF_CGROUP_SETSOCKOPT, NULL) < 0)
		return error_errno(err, errno, "attaching");
	return 0;
}

static int pin_by_name(const struct loaded *loaded, const char *name)
{
	for (size_t i = 0; i < loaded->n; i++) {
		if (!strcmp(loaded->pins[i].name, name))
			return loaded->pins[i].fd;
	}
	return -1;
}

static int start_fresh(const struct cgroup *cgroup, struct error *err)
{
	struct program_class class = class_of_policy();
	struct attachment attachment = ATTACHMENT_NONE;
	struct loaded loaded = {0};
	struct programs programs;
	int events, r;

	r = load_events(&events, err);
	r = r ?: load_class(&class, events, &loaded, err);
	if (r)
		return r;
	programs = (struct programs){
		.fds = {pin_by_name(&loaded, "setsockopt"), pin_by_name(&loaded, "getsockopt")},
		.policies = pin_by_name(&loaded, "policies"),
	};
	return link_and_write(cgroup, &programs, &attachment, err);
}

static int start_ours(const struct cgroup *cgroup, struct error *err)
{
	struct program_class class = class_of_policy();
	struct attachment attachment = ATTACHMENT_NONE;
	struct programs programs = PROGRAMS_NONE;
	int r = programs_open(&pins, &class, &programs, err);

	r = r ?: link_and_write(cgroup, &programs, &attachment, err);
	return r ?: attachment_pin(&attachment, &pins, "rival", err);
}

static const struct way {
	const char *name;
	int (*start)(const struct cgroup *cgroup, struct error *err);
} ways[] = {
	{"seccomp", start_seccomp},
	{"byhand", start_byhand},
	{"fresh", start_fresh},
	{"ours", start_ours},
};

/* ---- one measurement ---- */

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void die(const char *what, const struct error *err)
{
	fprintf(stderr, "rival-start: %s: %s\n", what, err->text);
	exit(1);
}

static void child(const struct way *way, const struct cgroup *cgroup, int out)
{
	struct error err = {0};
	double taken = now();

	if (way->start(cgroup, &err))
		die(way->name, &err);
	taken = now() - taken;
	_exit(write(out, &taken, sizeof(taken)) != sizeof(taken));
}

static double measure(const struct way *way, const struct cgroup *cgroup)
{
	struct error err = {0};
	double taken = 0;
	int ends[2], status;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) || (pid = fork()) < 0) {
		perror("rival-start");
		exit(1);
	}
	if (!pid)
		child(way, cgroup, ends[1]);
	waitpid(pid, &status, 0);
	if (status || read(ends[0], &taken, sizeof(taken)) != sizeof(taken))
		exit(1);
	close(ends[0]);
	close(ends[1]);
	if (pins_remove(&pins, "rival", &err))
		die("the pins", &err);
	return taken;
}

static void prepare(struct cgroup *top)
{
	_cleanup_policy_ struct policy *policy = NULL;
	struct error err = {0};
	const char *path = getenv("TEST_CGROUP");

	if (!path)
		die("run this in integration/lib/sandbox", &err);
	if (cgroup_at(path, top, &err) || pins_open(NULL, true, &pins, &err) ||
	    policy_parse(policy_text, strlen(policy_text), &policy, &err) ||
	    policy_compile(policy, &compiled, &err))
		die("at first", &err);
}

int main(int argc, char **argv)
{
	long rounds = argc == 2 ? atol(argv[1]) : 0;
	struct cgroup top = CGROUP_NONE, cgroup;
	struct error err = {0};
	char name[32];

	/* So that no child prints again what its parent has not yet written. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	prepare(&top);
	for (long round = -1; round < rounds; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
			double taken;

			snprintf(name, sizeof(name), "start-%ld-%s", round, ways[i].name);
			cgroup = (struct cgroup)CGROUP_NONE;
			if (cgroup_make(&top, name, &cgroup, &err))
				die(name, &err);
			taken = measure(&ways[i], &cgroup);
			if (cgroup_remove(&cgroup, &err))
				die(name, &err);
			/* The first round pins our programs, and warms up. */
			if (round >= 0)
				printf("alternatives-start,%s,0,%ld,%.1f,us\n", ways[i].name, round,
				       taken);
		}
	}
	return 0;
}
