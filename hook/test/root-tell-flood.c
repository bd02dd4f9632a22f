// SPDX-License-Identifier: Apache-2.0
/*
 * More events than can be told: by the limit of one policy, by the ring, from four threads at once.
 * Whatever is not told is counted, and the counters of rules miss nothing.
 */
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "test/teller.h"

#define DENY_MARK    POLICY(SET("SO_MARK", "'deny'"))
#define NSEC_PER_SEC 1000000000ull
#define MARK	     SOL_SOCKET, SO_MARK

/* A site and a socket that belongs to it, whichever cgroup we are in later. */
struct source {
	struct site site;
	int fd;
	unsigned int done, told; /* denials */
};

static void source_open(struct source *s, const char *policy, const struct teller *teller)
{
	*s = (struct source){0};
	site_make(&s->site, NULL);
	site_enter(&s->site);
	teller_attach(&s->site, policy, teller);
	s->fd = open_socket(AF_INET, SOCK_STREAM, 0);
}

static void source_close(struct source *s)
{
	close(s->fd);
	site_close(&s->site);
}

static void deny(struct source *s)
{
	s->done += set_int(s->fd, MARK, 5) == -EPERM;
}

static unsigned int read_all(struct source *sources, size_t n)
{
	unsigned int strangers = 0;
	struct sockopt_event e;

	while (teller_read(&e)) {
		bool known = false;

		for (size_t i = 0; i < n; i++) {
			known = known || sources[i].site.cgroup.id == e.owner;
			sources[i].told += sources[i].site.cgroup.id == e.owner;
		}
		strangers += !known;
	}
	return strangers;
}

/* ---- the limit of one policy ---- */

enum {
	PER_SECOND = 100,
	BURST = 10,
	TRIES = 20000
};

static void check_limit(void)
{
	struct source flood[2]; /* the one in a flood, the other now and then */
	struct told one, two;
	uint64_t began, took;
	unsigned int most;

	source_open(&flood[0], DENY_MARK,
		    &(struct teller){.per_second = PER_SECOND, .burst = BURST});
	source_open(&flood[1], DENY_MARK, &(struct teller){.per_second = 1000, .burst = 2000});
	began = teller_now();
	for (unsigned int i = 0; i < TRIES; i++) {
		deny(&flood[0]);
		if (i % 50 == 0)
			deny(&flood[1]);
		if (i % 1000 == 0)
			read_all(flood, 2);
	}
	took = teller_now() - began;
	is_int(read_all(flood, 2), 0, "no event of anybody else");
	teller_ask(&flood[0].site, &one);
	teller_ask(&flood[1].site, &two);
	most = (unsigned int)(BURST + took * PER_SECOND / NSEC_PER_SEC + 1);
	if (!ok(flood[0].told >= BURST && flood[0].told <= most, "a flood: no more than its limit"))
		diag("told %u, expected %d to %u", flood[0].told, BURST, most);
	is_int(flood[0].done, TRIES, "all were denied");
	is_int((long long)(flood[0].told + one.lost_rate), TRIES, "what is not told is counted");
	is_int((long long)one.lost_full, 0, "and not as lost in the ring");
	is_int(flood[1].told, TRIES / 50, "another policy meanwhile loses nothing");
	is_int((long long)(two.lost_rate + two.lost_full), 0, "and counts nothing as lost");
	is_int((long long)one.counters[0].denials, TRIES, "every denial is counted");
	source_close(&flood[0]);
	source_close(&flood[1]);
}

/* A policy that may tell nothing has no interval. */
static void check_none(void)
{
	struct sockopt_event e;
	struct source s;
	struct told told;

	source_open(&s, DENY_MARK, &(struct teller){0});
	s.site.compiled.policy->event_interval = 0;
	site_write(&s.site);
	deny(&s);
	is_int(teller_read(&e), false, "no interval: no event");
	teller_ask(&s.site, &told);
	is_int((long long)(told.lost_full + told.lost_rate), 0, "and none is lost");
	source_close(&s);
}

/* ---- the ring ---- */

static void check_full(void)
{
	/* A record is an event and a head of 8 bytes; the ring never gets quite full. */
	const unsigned int fits = (SOCKOPT_RING_BYTES - 1) / (sizeof(struct sockopt_event) + 8);
	struct source s[3];
	struct told told;
	unsigned int all = 0;

	for (size_t i = 0; i < ARRAY_SIZE(s); i++)
		source_open(&s[i], DENY_MARK, &(struct teller){0});
	for (unsigned int i = 0; i < 4000; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(s); k++)
			deny(&s[k]);
	}
	is_int(read_all(s, ARRAY_SIZE(s)), 0, "a full ring: no event of anybody else");
	for (size_t i = 0; i < ARRAY_SIZE(s); i++) {
		teller_ask(&s[i].site, &told);
		all += s[i].told;
		is_int((long long)(s[i].told + told.lost_full), s[i].done,
		       "a full ring: told and lost are all of a policy's");
		is_int((long long)told.lost_rate, 0, "a full ring: none by the limit");
	}
	is_int(all, fits, "a full ring: as many are told as it holds");
	for (size_t i = 0; i < ARRAY_SIZE(s); i++) {
		deny(&s[i]);
		s[i].told = 0;
	}
	read_all(s, ARRAY_SIZE(s));
	is_int(s[0].told + s[1].told + s[2].told, 3, "when it was read there is room again");
	for (size_t i = 0; i < ARRAY_SIZE(s); i++)
		source_close(&s[i]);
}

/* ---- four threads ---- */

enum {
	THREADS = 4,
	EACH = 5000
};

#define MIXED                                                                                      \
	POLICY(SET("SO_MARK", "'deny'") "," SET("SO_RCVBUF", "'clamp','max':60000") "," SET(       \
		"SO_SNDBUF", "'allow'") "," SET("SO_PRIORITY", "'ignore'"))

static atomic_int running;
static int shared_fd;

static void *work(void *to)
{
	for (int i = 0; i < EACH; i++) {
		set_int(shared_fd, MARK, 5);
		set_int(shared_fd, SOL_SOCKET, SO_RCVBUF, i % 2 ? 90000 : 50000);
		set_int(shared_fd, SOL_SOCKET, SO_SNDBUF, 50000);
		set_int(shared_fd, SOL_SOCKET, SO_PRIORITY, 3);
		set_int(shared_fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	}
	*(int *)to = gettid();
	running--;
	return NULL;
}

static void note_thread(const struct sockopt_event *e, unsigned int by_tid[THREADS], int *tids,
			unsigned int *wrong)
{
	if (e->pid != (kernel_tells_pid() ? (uint32_t)getpid() : 0) || e->op != SOCKOPT_OP_DENY ||
	    e->error != EPERM)
		++*wrong;
	for (size_t i = 0; i < THREADS; i++) {
		if (!tids[i])
			tids[i] = (int)e->tid;
		if (tids[i] != (int)e->tid)
			continue;
		by_tid[i]++;
		return;
	}
	++*wrong;
}

static void check_counters(const struct told *told, const char *name)
{
	static const struct sockopt_counter wanted[] = {
		{0, THREADS * EACH, 0},
		{THREADS * EACH / 2, 0, THREADS * EACH / 2},
		{THREADS * EACH, 0, 0},
		{0, 0, THREADS * EACH},
		{0, 0, 0}, /* what no rule names is counted apart */
	};

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		const struct sockopt_counter *got = &told->counters[i];

		if (!ok(!memcmp(got, &wanted[i], sizeof(*got)), "%s: counters of rule %zu", name,
			i))
			diag("got %llu passes, %llu denials, %llu changes", got->passes,
			     got->denials, got->changes);
	}
}

static bool is_among(int tid, const int tids[THREADS])
{
	for (size_t i = 0; i < THREADS; i++) {
		if (tids[i] == tid)
			return true;
	}
	return false;
}

static void check_threads(const struct teller *teller, const char *name)
{
	unsigned int by_tid[THREADS] = {0}, told = 0, wrong = 0;
	int tids[THREADS], seen[THREADS] = {0};
	pthread_t threads[THREADS];
	struct sockopt_event e;
	struct source s;
	struct told end;

	source_open(&s, MIXED, teller);
	shared_fd = s.fd;
	running = THREADS;
	for (size_t i = 0; i < THREADS; i++) {
		if (pthread_create(&threads[i], NULL, work, &tids[i]))
			bail_out("no thread");
	}
	/* The last look comes when all have ended. */
	for (bool last = false, more = true; more; more = !last) {
		last = !running;
		for (; teller_read(&e); told++)
			note_thread(&e, by_tid, seen, &wrong);
	}
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < THREADS && seen[i]; i++)
		wrong += !is_among(seen[i], tids);
	teller_ask(&s.site, &end);
	is_int((long long)(told + end.lost_full + end.lost_rate), THREADS * EACH, name);
	diag("%s: %u told, %llu lost by the limit, %llu in the ring", name, told,
	     (unsigned long long)end.lost_rate, (unsigned long long)end.lost_full);
	is_int(wrong, 0, "each event is of one of the threads, and of a denial");
	ok(told, "some were told");
	check_counters(&end, name);
	source_close(&s);
}

static int tests(void)
{
	teller_open();
	check_limit();
	check_none();
	check_full();
	check_threads(&(struct teller){0}, "four threads, no limit");
	check_threads(&(struct teller){.per_second = 1000, .burst = 2000},
		      "four threads, the usual limit");
	check_threads(&(struct teller){.per_second = 1, .burst = 1},
		      "four threads, one event a second");
	return tap_done();
}

int main(void)
{
	return kernel_main(tests);
}
