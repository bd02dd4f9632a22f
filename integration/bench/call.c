/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one call costs, in a loop. Variants differ by the cgroup that a socket was made in, so one process makes sockets
 * in all of them and goes through the variants in turn, again and again: whatever drifts hits all alike.
 *
 *   call [-cf] [-n CALLS] [-r ROUNDS] [-s FIRST] set|get|ppid LEVEL OPTION VALUE MEASURE VARIANT,X,FOLDER…
 *
 * FOLDER is that of a cgroup, or "-": where this was started. For each round and variant a line of CSV on standard
 * output: MEASURE,VARIANT,X,round,nanoseconds a call,ns. ppid calls getppid(), which no socket option's control should
 * touch. -c: the process's own time on the processor, without that of others who had it meanwhile; for calls that wait for
 * nobody. -f: every call is to fail; else every call is to succeed, and anything else ends this. -s: the first round's
 * number, where one process cannot hold all variants.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define VARIANTS_MAX 64
/* Where a socket happens to lie in memory must not decide. */
#define SOCKETS	  8
#define WARM_PART 16

struct request {
	int level, option, value;
	int fails;
	clockid_t clock;
	long calls;
	int rounds, first;
	const char *measure;
};

struct variant {
	const char *label; /* "VARIANT,X" */
	const char *folder;
	int sockets[SOCKETS];
};

static void die(const char *what)
{
	fprintf(stderr, "call: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int call_set(const struct request *r, int fd)
{
	return setsockopt(fd, r->level, r->option, &r->value, sizeof(r->value));
}

static int call_get(const struct request *r, int fd)
{
	socklen_t length = sizeof(int);
	int value;

	return getsockopt(fd, r->level, r->option, &value, &length);
}

static int call_ppid(const struct request *r, int fd)
{
	(void)r;
	(void)fd;
	return syscall(SYS_getppid) < 0;
}

static const struct kind {
	const char *name;
	int (*call)(const struct request *r, int fd);
} kinds[] = {{"set", call_set}, {"get", call_get}, {"ppid", call_ppid}, {NULL, NULL}};

static const struct kind *kind_by_name(const char *name)
{
	const struct kind *kind = kinds;

	while (kind->name && strcmp(kind->name, name))
		kind++;
	errno = EINVAL;
	if (!kind->name)
		die(name);
	return kind;
}

static void enter(const char *folder)
{
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;

	if (dir < 0)
		die(folder);
	fd = openat(dir, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		die(folder);
	close(fd);
	close(dir);
}

static void open_sockets(struct variant *variant)
{
	for (int i = 0; i < SOCKETS; i++) {
		variant->sockets[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (variant->sockets[i] < 0)
			die("socket");
	}
}

static double now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Returns how many of the calls did not end as they should. */
static long repeat(const struct kind *kind, const struct request *r, int fd, long calls)
{
	long wrong = 0;

	for (long i = 0; i < calls; i++)
		wrong += (kind->call(r, fd) != 0) != r->fails;
	return wrong;
}

static void measure(const struct kind *kind, const struct request *r, const struct variant *variant,
		    int round)
{
	int fd = variant->sockets[round % SOCKETS];
	double start, end;
	long wrong;

	wrong = repeat(kind, r, fd, r->calls / WARM_PART + 1);
	start = now(r->clock);
	wrong += repeat(kind, r, fd, r->calls);
	end = now(r->clock);
	if (wrong) {
		fprintf(stderr, "call: %s, %s: %ld calls %s\n", r->measure, variant->label, wrong,
			r->fails ? "succeeded" : "failed");
		exit(1);
	}
	printf("%s,%s,%d,%.2f,ns\n", r->measure, variant->label, round,
	       (end - start) / (double)r->calls);
}

/* "VARIANT,X,FOLDER" is cut in two at its second comma. */
static struct variant variant_of(char *word)
{
	char *comma = strchr(word, ',');

	comma = comma ? strchr(comma + 1, ',') : NULL;
	errno = EINVAL;
	if (!comma)
		die(word);
	*comma = '\0';
	return (struct variant){.label = word, .folder = comma + 1};
}

/* Those that stay where this was started come first. */
static void make_sockets(struct variant *variants, int count)
{
	for (int i = 0; i < count; i++) {
		if (!strcmp(variants[i].folder, "-"))
			open_sockets(&variants[i]);
	}
	for (int i = 0; i < count; i++) {
		if (!strcmp(variants[i].folder, "-"))
			continue;
		enter(variants[i].folder);
		open_sockets(&variants[i]);
	}
}

static struct request request_read(int argc, char **argv)
{
	struct request r = {.calls = 2000, .rounds = 200, .clock = CLOCK_MONOTONIC};
	int c;

	while ((c = getopt(argc, argv, "cfn:r:s:")) >= 0) {
		switch (c) {
		case 'c':
			r.clock = CLOCK_THREAD_CPUTIME_ID;
			break;
		case 'f':
			r.fails = 1;
			break;
		case 'n':
			r.calls = atol(optarg);
			break;
		case 'r':
			r.rounds = atoi(optarg);
			break;
		case 's':
			r.first = atoi(optarg);
			break;
		default:
			exit(2);
		}
	}
	return r;
}

int main(int argc, char **argv)
{
	struct request r = request_read(argc, argv);
	struct variant variants[VARIANTS_MAX];
	const struct kind *kind;
	int count = argc - optind - 5;

	if (count < 1 || count > VARIANTS_MAX) {
		fputs("usage: call [-cf] [-n CALLS] [-r ROUNDS] [-s FIRST] set|get|ppid LEVEL "
		      "OPTION VALUE MEASURE VARIANT,X,FOLDER…\n",
		      stderr);
		return 2;
	}
	argv += optind;
	kind = kind_by_name(argv[0]);
	r.level = atoi(argv[1]);
	r.option = atoi(argv[2]);
	r.value = atoi(argv[3]);
	r.measure = argv[4];
	for (int i = 0; i < count; i++)
		variants[i] = variant_of(argv[5 + i]);
	make_sockets(variants, count);
	for (int round = r.first; round < r.first + r.rounds; round++) {
		for (int i = 0; i < count; i++)
			measure(kind, &r, &variants[i], round);
	}
	return 0;
}
