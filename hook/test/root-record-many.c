// SPDX-License-Identifier: Apache-2.0
/*
 * The programs that record, in the real kernel: their limits, threads and containers at once, and that
 * the calls go on as if nobody looked.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "policy/options.h"
#include "test/tape.h"

/* A level that no protocol has: the kernel refuses what is recorded all the same. */
#define NO_LEVEL 200

/* ---- limits ---- */

static void test_many_options(void)
{
	struct recorded_all all;
	struct site site, other;
	int fd;

	tape_open(&site);
	fd = open_socket(AF_INET, SOCK_DGRAM, 0);
	for (int i = 0; i < SOCKOPT_RECORDINGS_OWN + 76; i++)
		set_int(fd, NO_LEVEL, i, 1);
	set_int(fd, NO_LEVEL, 0, 1);
	all = tape_read(&site);
	is_int((long long)all.n, SOCKOPT_RECORDINGS_OWN, "entries of one container");
	is_int((long long)all.missed, 76, "what found no room is counted");
	is_int((long long)tape_find(&all, SOCKOPT_RECORDED_SET, NO_LEVEL, 0).value.count, 2,
	       "what has an entry goes on being counted");
	recorded_all_done(&all);
	close(fd);
	tape_open(&other);
	fd = open_socket(AF_INET, SOCK_DGRAM, 0);
	set_int(fd, NO_LEVEL, 1, 1);
	all = tape_read(&other);
	is_int((long long)all.n, 1, "another container has room");
	recorded_all_done(&all);
	close(fd);
	tape_close(&other);
	tape_close(&site);
}

/* ---- at once ---- */

#define THREADS 4
#define ROUNDS	20000
#define OPTIONS 50

static void *hammer(void *argument)
{
	int fd = *(int *)argument, base = (fd - 3) % 2;

	for (int i = 0; i < ROUNDS; i++) {
		set_int(fd, NO_LEVEL, i % OPTIONS, i % OPTIONS == base ? i : 9);
		if (i % 100 == 0)
			set_int(fd, NO_LEVEL + 1, i, i);
	}
	return NULL;
}

static void test_threads(void)
{
	pthread_t threads[THREADS];
	struct recorded_all all;
	struct site site;
	uint64_t calls = 0;
	int fds[THREADS], wrong = 0;

	tape_open(&site);
	for (int i = 0; i < THREADS; i++) {
		fds[i] = open_socket(AF_INET, SOCK_DGRAM, 0);
		if (pthread_create(&threads[i], NULL, hammer, &fds[i]))
			bail_out("no thread");
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		close(fds[i]);
	}
	all = tape_read(&site);
	is_int((long long)all.n, OPTIONS + ROUNDS / 100, "entries");
	for (size_t i = 0; i < all.n; i++) {
		const struct recorded_calls *c = &all.calls[i];
		bool many = c->key.level == NO_LEVEL;

		calls += c->value.count;
		wrong += c->value.count != (many ? THREADS * ROUNDS / OPTIONS : THREADS);
		wrong += !many && (c->value.n_values != 1 || c->value.umin != c->key.optname ||
				   c->value.umax != c->key.optname);
	}
	is_int((long long)calls, THREADS * (ROUNDS + ROUNDS / 100), "calls of four threads");
	is_int(wrong, 0, "entries with another count or other values than were set");
	is_int((long long)all.missed, 0, "missed");
	recorded_all_done(&all);
	tape_close(&site);
}

/* ---- apart ---- */

static bool is_first(uint64_t owner, void *from)
{
	return owner == ((const struct site *)from)->cgroup.id;
}

static void test_apart(void)
{
	struct recorded_all all = {0};
	struct error err = {0};
	struct site one, two;
	size_t dropped = 0;
	int fd;

	tape_open(&one);
	fd = open_socket(AF_INET, SOCK_DGRAM, 0);
	set_int(fd, NO_LEVEL, 1, 1);
	tape_open(&two);
	set_int(fd, NO_LEVEL, 2, 1); /* the socket is still of the first one */
	close(fd);
	fd = open_socket(AF_INET, SOCK_DGRAM, 0);
	set_int(fd, NO_LEVEL, 3, 1);
	all = tape_read(&one);
	is_int((long long)all.n, 2, "the first one's");
	tape_find(&all, SOCKOPT_RECORDED_SET, NO_LEVEL, 2);
	recorded_all_done(&all);
	all = tape_read(&two);
	is_int((long long)all.n, 1, "the second one's");
	recorded_all_done(&all);
	must_be(recordings_drop_others(tape_map, is_first, &one, &dropped, &err), &err);
	is_int((long long)dropped, 1, "recordings dropped");
	is_int(recordings_read(tape_map, two.cgroup.id, &all, &err), -ENOENT,
	       "the dropped one is gone");
	all = tape_read(&one);
	is_int((long long)all.n, 2, "the other is as it was");
	recorded_all_done(&all);
	close(fd);
	site_close(&two);
	tape_close(&one);
}

static void test_outlives_cgroup(void)
{
	struct recorded_all all;
	struct site site, kept;
	int fd;

	tape_open(&site);
	fd = open_socket(AF_INET, SOCK_DGRAM, 0);
	set_int(fd, NO_LEVEL, 1, 1);
	for (int i = 0; i < SOCKOPT_RECORDINGS_OWN; i++)
		set_int(fd, NO_LEVEL, i, 1);
	set_int(fd, NO_LEVEL, -1, 1);
	close(fd);
	kept = site;
	site_close(&site);
	all = tape_read(&kept);
	is_int((long long)all.n, SOCKOPT_RECORDINGS_OWN, "entries after the cgroup's end");
	is_int((long long)all.missed, 1, "and what was missed");
	recorded_all_done(&all);
	recordings_drop(tape_map, kept.cgroup.id, NULL);
}

/* ---- nothing is changed ---- */

struct outcome {
	int set, get, short_get, long_get;
	socklen_t length, short_length, long_length;
	uint8_t value[64], short_value[2], long_value[64];
};

static const struct {
	const char *name;
	int level, option;
	uint32_t value;
} calls[] = {
	{"SO_RCVBUF", SOL_SOCKET, SO_RCVBUF, 50000},
	{"SO_LINGER", SOL_SOCKET, SO_LINGER, 1},
	{"SO_TYPE, which cannot be set", SOL_SOCKET, SO_TYPE, 1},
	{"IP_TOS", IPPROTO_IP, IP_TOS, 0xb8},
	{"TCP_CONGESTION", IPPROTO_TCP, TCP_CONGESTION, 0x6f6e6572},
	{"TCP_MAXSEG", IPPROTO_TCP, TCP_MAXSEG, 1000},
	{"SO_BINDTODEVICE", SOL_SOCKET, SO_BINDTODEVICE, 0x6f6c},
	{"an option that there is not", SOL_SOCKET, 9999, 1},
	{"a level that there is not", NO_LEVEL, 1, 1},
};
static const size_t call_lengths[] = {0, 1, 2, 3, 4, 5, 8, 16, 100, 4096, 4097, 20000};

static struct outcome try_call(size_t i, size_t length)
{
	static uint8_t large[PADDED_MAX];
	struct outcome o;
	int fd = open_socket(AF_INET, SOCK_STREAM, 0);

	memset(&o, 0, sizeof(o));
	memset(large, 0, sizeof(large));
	o.length = sizeof(o.value);
	o.short_length = sizeof(o.short_value);
	o.long_length = sizeof(large);
	o.set = set_padded(fd, calls[i].level, calls[i].option, &calls[i].value,
			   sizeof(calls[i].value), length);
	o.get = get_raw(fd, calls[i].level, calls[i].option, o.value, &o.length);
	o.short_get = get_raw(fd, calls[i].level, calls[i].option, o.short_value, &o.short_length);
	o.long_get = get_raw(fd, calls[i].level, calls[i].option, large, &o.long_length);
	memcpy(o.long_value, large, sizeof(o.long_value));
	close(fd);
	return o;
}

static void test_nothing_changed(void)
{
	struct site site;

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(call_lengths); j++) {
			struct outcome with, without;

			site_enter(NULL);
			without = try_call(i, call_lengths[j]);
			tape_open(&site);
			with = try_call(i, call_lengths[j]);
			tape_close(&site);
			if (ok(!memcmp(&with, &without, sizeof(with)), "%s, optlen %zu",
			       calls[i].name, call_lengths[j]))
				continue;
			diag("recorded: set %d, get %d %d %d", with.set, with.get, with.short_get,
			     with.long_get);
			diag("free:     set %d, get %d %d %d", without.set, without.get,
			     without.short_get, without.long_get);
		}
	}
}

/* A slot that nobody wrote yet lets calls go on too. */
static void test_unwritten(void)
{
	struct error err = {0};
	struct site site;
	int fd;

	site_make(&site, NULL);
	site_enter(&site);
	must_be(programs_open(&tape_pins, &programs_recording, &site.programs, &err), &err);
	must_be(attachment_link(&site.attachment, &site.cgroup, &site.programs,
				CALL_SETSOCKOPT | CALL_GETSOCKOPT, &err),
		&err);
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	is_int(set_int(fd, SOL_SOCKET, SO_PRIORITY, 3), 0, "before the slot is written: set");
	is_int(get_int(fd, SOL_SOCKET, SO_PRIORITY), 3, "get");
	close(fd);
	site_close(&site);
}

static int tests(void)
{
	struct error err = {0};

	must_be(pins_open("/sys/fs/bpf", true, &tape_pins, &err), &err);
	test_many_options();
	test_threads();
	test_apart();
	test_outlives_cgroup();
	test_nothing_changed();
	test_unwritten();
	pins_done(&tape_pins);
	return tap_done();
}

int main(void)
{
	return kernel_main(tests);
}
