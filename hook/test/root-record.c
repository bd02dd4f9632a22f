// SPDX-License-Identifier: Apache-2.0
/*
 * The programs that record, in the real kernel: what they keep of calls, call by call, and that the
 * calls go on as if nobody looked.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/recordings.h"
#include "policy/options.h"
#include "test/kernel.h"

/* A level that no protocol has: the kernel refuses what is recorded all the same. */
#define NO_LEVEL 200

static struct pins pins;
static int map = -1;

/* ---- sites that are recorded ---- */

static void must_be(int r, const struct error *err)
{
	if (r)
		bail_out("%s", err->text);
}

static void tape_open(struct site *site)
{
	struct error err = {0};

	site_make(site, NULL);
	site_enter(site);
	must_be(programs_open(&pins, &programs_recording, &site->programs, &err), &err);
	if (map < 0)
		must_be(recordings_open(&pins, NULL, &map, &err), &err);
	must_be(attachment_link(&site->attachment, &site->cgroup, &site->programs,
				CALL_SETSOCKOPT | CALL_GETSOCKOPT, &err),
		&err);
	must_be(recordings_begin(map, site->cgroup.id, &err), &err);
	must_be(attachment_write_recorder(&site->cgroup, &site->programs, &err), &err);
}

static void tape_close(struct site *site)
{
	struct error err = {0};

	must_be(recordings_drop(map, site->cgroup.id, &err), &err);
	site_close(site);
}

static struct recorded_all tape_read(const struct site *site)
{
	struct recorded_all all = {0};
	struct error err = {0};

	must_be(recordings_read(map, site->cgroup.id, &all, &err), &err);
	return all;
}

/* The one entry of @call, @level and @optname; an empty one, and a check that failed, where there is not just one. */
static struct recorded_calls tape_find(const struct recorded_all *all, unsigned int call, int level,
				       int optname)
{
	struct recorded_calls found = {0};
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct sockopt_recorded_key *key = &all->calls[i].key;

		if (key->call != call || key->level != (uint32_t)level ||
		    key->optname != (uint32_t)optname)
			continue;
		found = all->calls[i];
		n++;
	}
	if (n != 1)
		is_int((long long)n, 1, "entries of one kind");
	return found;
}

/* ---- what is kept ---- */

struct kind {
	const char *name;
	int family, type, protocol, level, option;
	uint32_t told; /* the protocol as it is recorded */
};

static const struct kind kinds[] = {
	{"TCP", AF_INET, SOCK_STREAM, 0, SOL_SOCKET, SO_RCVBUF, IPPROTO_TCP},
	{"TCP over IPv6", AF_INET6, SOCK_STREAM, 0, IPPROTO_TCP, TCP_NODELAY, IPPROTO_TCP},
	{"UDP", AF_INET, SOCK_DGRAM, 0, IPPROTO_IP, IP_TTL, IPPROTO_UDP},
	{"raw", AF_INET, SOCK_RAW, IPPROTO_ICMP, SOL_SOCKET, SO_PRIORITY, IPPROTO_ICMP},
	{"UNIX", AF_UNIX, SOCK_SEQPACKET, 0, SOL_SOCKET, SO_SNDBUF, 0},
	{"netlink", AF_NETLINK, SOCK_RAW, 15, SOL_SOCKET, SO_PRIORITY, 15},
};

static void check_set(const struct kind *k, const struct recorded_calls *c, const struct site *site)
{
	is_int((long long)c->key.owner, (long long)site->cgroup.id, "owner");
	is_int(c->key.family, k->family, "family");
	is_int(c->key.type, k->type, "type");
	is_int(c->key.protocol, k->told, "protocol");
	is_int(c->key.length, 4, "length");
	is_int((long long)c->value.count, 3, "count");
	is_int((long long)c->value.umin, 1, "umin");
	is_int((long long)c->value.umax, 5, "umax");
	is_int(c->value.smin, 1, "smin");
	is_int(c->value.smax, 5, "smax");
	is_int(c->value.n_values, 2, "values");
	is_int(c->value.more, 0, "more");
	is_int((long long)c->value.values[0][0], 5, "the first value");
	is_int((long long)c->value.values[1][0], 1, "the second value");
	is_int(c->value.lengths[0], 4, "the first value's length");
	is_int(c->value.lengths[2], 0, "no third value");
}

static void test_fields(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const struct kind *k = &kinds[i];
		struct recorded_calls set, get;
		struct recorded_all all;
		struct site site;
		int fd;

		diag("%s", k->name);
		tape_open(&site);
		fd = open_socket(k->family, k->type, k->protocol);
		set_int(fd, k->level, k->option, 5);
		set_int(fd, k->level, k->option, 1);
		set_int(fd, k->level, k->option, 5);
		get_int(fd, k->level, k->option);
		all = tape_read(&site);
		is_int((long long)all.n, 2, "entries");
		set = tape_find(&all, SOCKOPT_RECORDED_SET, k->level, k->option);
		check_set(k, &set, &site);
		get = tape_find(&all, SOCKOPT_RECORDED_GET, k->level, k->option);
		is_int((long long)get.value.count, 1, "getsockopt: count");
		is_int(get.key.length, 4, "getsockopt: length");
		is_int(get.value.n_values, 0, "getsockopt: no values");
		is_int((long long)all.missed, 0, "missed");
		recorded_all_done(&all);
		close(fd);
		tape_close(&site);
	}
}

static const struct {
	size_t length;
	uint32_t class;
	int told;	 /* of the value's length; 0: no value */
	uint64_t number; /* of eight bytes 0x81; 0: none */
	uint64_t words[2];
} lengths[] = {
	{0, 0, 0, 0, {0, 0}},
	{1, 1, 1, 0x81, {0x81, 0}},
	{2, 2, 2, 0x8181, {0x8181, 0}},
	{3, 16, 3, 0, {0x818181, 0}},
	{4, 4, 4, 0x81818181, {0x81818181, 0}},
	{5, 16, 5, 0, {0x8181818181, 0}},
	{7, 16, 7, 0, {0x81818181818181, 0}},
	{8, 8, 8, 0x8181818181818181, {0x8181818181818181, 0}},
	{9, 16, 9, 0, {0x8181818181818181, 0x81}},
	{16, 16, 16, 0, {0x8181818181818181, 0x8181818181818181}},
	{17, 32, 17, 0, {0x8181818181818181, 0x8181818181818181}},
	{32, 32, 32, 0, {0x8181818181818181, 0x8181818181818181}},
	{33, 64, 33, 0, {0x8181818181818181, 0x8181818181818181}},
	{65, 256, 65, 0, {0x8181818181818181, 0x8181818181818181}},
	{256, 256, 255, 0, {0x8181818181818181, 0x8181818181818181}},
	{257, 4096, 255, 0, {0x8181818181818181, 0x8181818181818181}},
	{4096, 4096, 255, 0, {0x8181818181818181, 0x8181818181818181}},
	{4097, UINT32_MAX, 0, 0, {0, 0}},
	{20000, UINT32_MAX, 0, 0, {0, 0}},
};

static void test_lengths(void)
{
	static uint8_t value[PADDED_MAX];

	memset(value, 0x81, sizeof(value));
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct recorded_all all;
		struct recorded_calls c;
		struct site site;
		int64_t number = (int64_t)lengths[i].number;
		int fd;

		diag("optlen %zu", lengths[i].length);
		tape_open(&site);
		fd = open_socket(AF_INET, SOCK_DGRAM, 0);
		set_raw(fd, NO_LEVEL, 7, value, lengths[i].length);
		all = tape_read(&site);
		c = tape_find(&all, SOCKOPT_RECORDED_SET, NO_LEVEL, 7);
		is_int(c.key.length, lengths[i].class, "class");
		is_int(c.value.n_values, !!lengths[i].told, "values");
		is_int(c.value.lengths[0], lengths[i].told, "length of the value");
		is_int((long long)c.value.values[0][0], (long long)lengths[i].words[0], "word 0");
		is_int((long long)c.value.values[0][1], (long long)lengths[i].words[1], "word 1");
		is_int((long long)c.value.umin, number, "umin");
		is_int((long long)c.value.umax, number, "umax");
		if (lengths[i].length < 8 && number)
			number -= 1ll << lengths[i].length * 8;
		is_int(c.value.smin, number, "smin");
		is_int(c.value.smax, number, "smax");
		recorded_all_done(&all);
		close(fd);
		tape_close(&site);
	}
}

static void test_bounds(void)
{
	static const int values[] = {7, -1, 100, 0};
	struct recorded_all all;
	struct recorded_calls c;
	struct site site;
	int fd;

	tape_open(&site);
	fd = open_socket(AF_INET, SOCK_DGRAM, 0);
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		set_int(fd, NO_LEVEL, 8, values[i]);
	all = tape_read(&site);
	c = tape_find(&all, SOCKOPT_RECORDED_SET, NO_LEVEL, 8);
	is_int((long long)c.value.umin, 0, "umin");
	is_int((long long)c.value.umax, UINT32_MAX, "umax: minus one is the greatest of all");
	is_int(c.value.smin, -1, "smin: or the least");
	is_int(c.value.smax, 100, "smax");
	recorded_all_done(&all);
	close(fd);
	tape_close(&site);
}

static void test_many_values(void)
{
	struct recorded_all all;
	struct recorded_calls c;
	struct site site;
	int fd;

	tape_open(&site);
	fd = open_socket(AF_INET, SOCK_DGRAM, 0);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 16; i++)
			set_int(fd, NO_LEVEL, 1, 1000 + i);
		for (int i = 0; i < 17; i++)
			set_int(fd, NO_LEVEL, 2, 1000 + i);
	}
	all = tape_read(&site);
	c = tape_find(&all, SOCKOPT_RECORDED_SET, NO_LEVEL, 1);
	is_int(c.value.n_values, 16, "16 values are kept");
	is_int(c.value.more, 0, "and no more came");
	is_int((long long)c.value.values[15][0], 1015, "the last of them");
	is_int((long long)c.value.count, 32, "calls");
	c = tape_find(&all, SOCKOPT_RECORDED_SET, NO_LEVEL, 2);
	is_int(c.value.n_values, 16, "16 of 17 values are kept");
	is_int(c.value.more, 1, "and that there was another");
	is_int((long long)c.value.values[15][0], 1015, "the last of them");
	is_int((long long)c.value.umax, 1016, "the bounds know all");
	recorded_all_done(&all);
	close(fd);
	tape_close(&site);
}

static void test_failed_get(void)
{
	char value[16];
	socklen_t length = sizeof(value);
	struct recorded_all all;
	struct recorded_calls c;
	struct site site;
	int fd;

	tape_open(&site);
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	is_int(get_raw(fd, NO_LEVEL, 3, value, &length), -EOPNOTSUPP, "the kernel's own error");
	all = tape_read(&site);
	c = tape_find(&all, SOCKOPT_RECORDED_GET, NO_LEVEL, 3);
	is_int((long long)c.value.count, 1, "a getsockopt that failed is recorded");
	is_int(c.key.length, 16, "with the caller's length");
	recorded_all_done(&all);
	close(fd);
	tape_close(&site);
}

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
	must_be(recordings_drop_others(map, is_first, &one, &dropped, &err), &err);
	is_int((long long)dropped, 1, "recordings dropped");
	is_int(recordings_read(map, two.cgroup.id, &all, &err), -ENOENT, "the dropped one is gone");
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
	recordings_drop(map, kept.cgroup.id, NULL);
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
	must_be(programs_open(&pins, &programs_recording, &site.programs, &err), &err);
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

	must_be(pins_open("/sys/fs/bpf", true, &pins, &err), &err);
	test_fields();
	test_lengths();
	test_bounds();
	test_many_values();
	test_failed_get();
	test_many_options();
	test_threads();
	test_apart();
	test_outlives_cgroup();
	test_nothing_changed();
	test_unwritten();
	pins_done(&pins);
	return tap_done();
}

int main(void)
{
	return kernel_main(tests);
}
