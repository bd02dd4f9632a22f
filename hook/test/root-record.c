// SPDX-License-Identifier: Apache-2.0
/* The programs that record, in the real kernel: what they keep of calls, field by field. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "test/tape.h"

/* A level that no protocol has: the kernel refuses what is recorded all the same. */
#define NO_LEVEL 200

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

static int tests(void)
{
	struct error err = {0};

	must_be(pins_open("/sys/fs/bpf", true, &tape_pins, &err), &err);
	test_fields();
	test_lengths();
	test_bounds();
	test_many_values();
	test_failed_get();
	pins_done(&tape_pins);
	return tap_done();
}

int main(void)
{
	return kernel_main(tests);
}
