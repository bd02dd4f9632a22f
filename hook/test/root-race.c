// SPDX-License-Identifier: Apache-2.0
/*
 * A second thread rewrites the value while the call is on its way. A value that the policy forbids
 * must never be in force afterwards, however often it is tried. That the race is a real one shows a
 * careless program of another, which loses it.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "test/foreign.h"

#define TRIES	    20000
#define SECONDS_MAX 8 /* where the second thread gets no processor */

/* ---- the second thread ---- */

static char buffer[PADDED_MAX] __attribute__((aligned(8)));
static uint64_t good, bad; /* eight bytes at the start of the buffer */
static atomic_bool running;

/* On a processor of its own, where there are two: on one and the same they hardly ever meet. */
static void stay_on(int processor)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(processor, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* On one processor a thread is hardly ever interrupted between the two values. */
static void let_others(void)
{
	static long processors;

	if (!processors)
		processors = sysconf(_SC_NPROCESSORS_ONLN);
	if (processors < 2)
		sched_yield();
}

static void *rewrite(void *unused)
{
	volatile uint64_t *value = (volatile uint64_t *)(void *)buffer;

	stay_on(1);
	while (running) {
		*value = good;
		let_others();
		*value = bad;
		let_others();
	}
	return unused;
}

static void start(pthread_t *thread, uint64_t allowed, uint64_t forbidden)
{
	good = allowed;
	bad = forbidden;
	memset(buffer, 0, sizeof(buffer));
	running = true;
	if (pthread_create(thread, NULL, rewrite, NULL))
		bail_out("no second thread");
}

static void stop(pthread_t thread)
{
	running = false;
	pthread_join(thread, NULL);
}

static bool time_is_over(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - since->tv_sec >= SECONDS_MAX;
}

/* ---- one rule, many tries ---- */

struct row {
	const char *name;
	const char *policy;
	int level, option;
	uint64_t good, bad;
	int error; /* what a refusal says; 0: the value is edited and none is refused */
};

/* clang-format off */
static const struct row rows[] = {
	{"deny-where", POLICY(SET("SO_RCVBUF", "'deny','errno':'EACCES','where':{'value':{'min':60001}}")),
	 SOL_SOCKET, SO_RCVBUF, 30000, 90000, -EACCES},
	{"allow-where", POLICY(SET("SO_RCVBUF", "'allow','where':{'value':{'max':60000}}") "," SET("SO_RCVBUF", "'deny'")),
	 SOL_SOCKET, SO_RCVBUF, 30000, 90000, -EPERM},
	{"clamp", POLICY(SET("SO_RCVBUF", "'clamp','max':30000")), SOL_SOCKET, SO_RCVBUF, 30000, 90000, 0},
	{"replace", POLICY(SET("SO_RCVBUF", "'replace','value':30000")), SOL_SOCKET, SO_RCVBUF, 30000, 90000, 0},
	{"redirect", POLICY(SET("SO_SNDBUF", "'redirect','to':'SO_RCVBUF','max':30000")),
	 SOL_SOCKET, SO_SNDBUF, 30000, 90000, 0},
	{"field", POLICY(SET("SO_LINGER", "'clamp','field':'l_linger','max':5")), SOL_SOCKET, SO_LINGER, 5ull << 32 | 1,
	 9ull << 32 | 1, 0},
	/* "reno" and "cubic" */
	{"string", POLICY(SET("TCP_CONGESTION", "'allow','where':{'value':{'oneOf':['reno']}}") ","
		SET("TCP_CONGESTION", "'deny','errno':'EACCES'")), IPPROTO_TCP, TCP_CONGESTION, 0x6f6e6572, 0x6369627563,
	 -EACCES},
};
/* clang-format on */

static const size_t lengths[] = {8, 4096, 4097, 20000};

/* What is in force, in the form in which a row gives it. */
static uint64_t effective(int fd, const struct row *row)
{
	int option = row->option == SO_SNDBUF ? SO_RCVBUF : row->option;
	uint64_t value[2] = {0};
	socklen_t length = sizeof(value);

	if (get_raw(fd, row->level, option, value, &length))
		bail_out("%s: the value cannot be read", row->name);
	return option == SO_RCVBUF && row->level == SOL_SOCKET ? value[0] / 2 : value[0];
}

static void check_row(const struct row *row, size_t length)
{
	unsigned int forbidden = 0, strange = 0, done = 0, refused = 0;
	struct timespec since;
	int fd = open_socket(AF_INET, SOCK_STREAM, 0);
	pthread_t thread;

	/* A socket may begin with the forbidden value: cubic is the default of most kernels. */
	if (set_raw(fd, row->level, row->option, &row->good, sizeof(row->good)))
		bail_out("%s: the allowed value is refused", row->name);
	start(&thread, row->good, row->bad);
	clock_gettime(CLOCK_MONOTONIC, &since);
	/* Until both values have been met. */
	for (int i = 0; i < TRIES || ((!done || (row->error && !refused)) && !time_is_over(&since));
	     i++) {
		int result = set_raw(fd, row->level, row->option, buffer, length);

		done += !result;
		refused += result != 0;
		strange += result && !same_result(result, row->error);
		forbidden += effective(fd, row) == row->bad;
	}
	stop(thread);
	close(fd);
	if (!ok(!forbidden && !strange && done && (refused || !row->error),
		"%s, optlen %zu: the forbidden value is never in force", row->name, length))
		diag("%u times in force, %u strange results, %u done, %u refused", forbidden,
		     strange, done, refused);
}

static void check_rows(void)
{
	struct site site;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		site_open(&site, rows[i].policy);
		for (size_t j = 0; j < ARRAY_SIZE(lengths); j++)
			check_row(&rows[i], lengths[j]);
		site_close(&site);
	}
}

/* ---- the control ---- */

/* A program that looks at the value and leaves optlen as it is: beyond a page it is deceived. */
static void check_careless(void)
{
	struct timespec since;
	struct foreign foreign;
	unsigned int won = 0;
	pthread_t thread;
	struct site site;
	int fd;

	if (!kernel_passes_long())
		return;
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return skip_or_fail("control: a race needs two processors");
	site_make(&site, NULL);
	site_enter(&site);
	foreign_attach(&foreign, &site, 0, SOL_SOCKET, SO_RCVBUF, DEED_NAIVE, 60000, 0);
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	ok(set_padded(fd, SOL_SOCKET, SO_RCVBUF, &(int){90000}, 4, 4097) == -EPERM,
	   "control: a careless program refuses where nobody rewrites");
	start(&thread, rows[0].good, rows[0].bad);
	clock_gettime(CLOCK_MONOTONIC, &since);
	while (!won && !time_is_over(&since)) {
		if (!set_raw(fd, SOL_SOCKET, SO_RCVBUF, buffer, 4097))
			won += effective(fd, &rows[0]) == rows[0].bad;
	}
	stop(thread);
	close(fd);
	ok(won, "control: a second thread deceives a careless program, so these tests can fail");
	foreign_detach(&foreign);
	site_close(&site);
}

static int tests(void)
{
	stay_on(0);
	check_rows();
	check_careless();
	return tap_done();
}

int main(void)
{
	return kernel_main(tests);
}
