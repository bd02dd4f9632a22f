// SPDX-License-Identifier: Apache-2.0
/*
 * The table of options against the kernel that runs here: every integer and struct of the table is
 * tried on every kind of socket that can be opened without more ado. What the kernel does not know
 * is passed over.
 */
#include "test/tap.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "policy/options.h"

#define UNKNOWN LONG_MIN

static const struct kind {
	const char *name;
	int family, type, protocol;
} kinds[] = {
	{"tcp4", 2, SOCK_STREAM, 0},	 {"tcp6", 10, SOCK_STREAM, 0},
	{"udp4", 2, SOCK_DGRAM, 0},	 {"udp6", 10, SOCK_DGRAM, 0},
	{"udplite", 2, SOCK_DGRAM, 136}, {"raw4", 2, SOCK_RAW, 1},
	{"raw6", 10, SOCK_RAW, 58},	 {"unix", 1, SOCK_STREAM, 0},
	{"netlink", 16, SOCK_RAW, 0},	 {"packet", 17, SOCK_RAW, 0},
	{"vsock", 40, SOCK_STREAM, 0},	 {"xdp", 44, SOCK_RAW, 0},
	{"sctp", 2, SOCK_STREAM, 132},	 {"tipc", 30, SOCK_SEQPACKET, 0},
	{"can", 29, SOCK_RAW, 1},	 {"l2cap", 31, SOCK_SEQPACKET, 0},
	{"rds", 21, SOCK_SEQPACKET, 0},
};

static int open_kind(const struct kind *k)
{
	return socket(k->family, k->type | SOCK_CLOEXEC, k->protocol);
}

static long get_int(int fd, const struct option *o)
{
	int value = 0;
	socklen_t length = sizeof(value);

	return getsockopt(fd, o->level, o->optname, &value, &length) ? UNKNOWN : value;
}

/*
 * Set @value in @length bytes on a socket of its own; what getsockopt
 * says then, UNKNOWN where it fails.
 */
static bool set_fresh(const struct kind *k, const struct option *o, long value, size_t length,
		      long *ret)
{
	_cleanup_close_ int fd = open_kind(k);
	bool done = !setsockopt(fd, o->level, o->optname, &value, length);

	if (ret)
		*ret = get_int(fd, o);
	return done;
}

/* What the kernel reports is as long as the type says; some structs have grown since. */
static bool length_holds(const struct kind *k, const struct option *o)
{
	_cleanup_close_ int fd = open_kind(k);
	char value[512] = {0};
	socklen_t length = sizeof(value);
	bool grows = o->type->kind == VALUE_STRUCT || o->type->wide ||
		     !strncmp(o->name, "SO_TIMESTAMPING", 15);

	if (!(o->calls & CALL_GETSOCKOPT) || getsockopt(fd, o->level, o->optname, value, &length))
		return true;
	return length == o->type->size || (grows && length > o->type->size);
}

/* A value shorter than its type is refused, or taken, as the type says. */
static bool shorter_holds(const struct kind *k, const struct option *o)
{
	size_t size = o->type->size;

	if (o->type->shorter == SHORTER_REFUSED)
		return !set_fresh(k, o, 0, size - 1, NULL) && !set_fresh(k, o, 0, 0, NULL);
	return !set_fresh(k, o, 0, size, NULL) || set_fresh(k, o, 0, size - 1, NULL);
}

/* A number that the kernel takes for a large one must not be signed in the table. */
static bool sign_holds(const struct kind *k, const struct option *o)
{
	long one, minus;

	if (!o->type->is_signed || !set_fresh(k, o, 1, 4, &one) ||
	    !set_fresh(k, o, -1, 4, &minus) || one == UNKNOWN || minus == UNKNOWN)
		return true;
	return minus <= one;
}

/* "Any value but 0" is reported as 1. */
static bool flag_holds(const struct kind *k, const struct option *o)
{
	long two;

	if (o->type->norm != NORM_BOOL || !set_fresh(k, o, 2, 4, &two) || two == UNKNOWN)
		return true;
	return two == 1;
}

static const struct {
	const char *what;
	bool (*holds)(const struct kind *k, const struct option *o);
	unsigned int calls;
} rules[] = {
	{"length", length_holds, CALL_GETSOCKOPT},
	{"shorter", shorter_holds, CALL_SETSOCKOPT},
	{"sign", sign_holds, CALL_BOTH},
	{"flag", flag_holds, CALL_BOTH},
};

static size_t try_option(const struct kind *k, const struct option *o)
{
	size_t bad = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		bool applies = (o->calls & rules[i].calls) == rules[i].calls &&
			       (o->type->kind == VALUE_INT || rules[i].holds == length_holds);

		if (applies && !rules[i].holds(k, o) && ++bad)
			diag("%s on %s: %s is not as the table says", o->name, k->name,
			     rules[i].what);
	}
	return bad;
}

static bool is_unknown(int ret)
{
	return ret < 0 && (errno == ENOPROTOOPT || errno == EOPNOTSUPP);
}

/*
 * Has this kind of socket the option at all? Asked on one socket,
 * since closing some of them is slow.
 */
static bool has_option(int fd, const struct option *o)
{
	char value[512] = {0};
	socklen_t length = sizeof(value);

	if (o->calls & CALL_GETSOCKOPT)
		return !is_unknown(getsockopt(fd, o->level, o->optname, value, &length));
	return !is_unknown(setsockopt(fd, o->level, o->optname, value, o->type->size));
}

static bool worth_trying(int fd, const struct option *o)
{
	unsigned int call = o->calls & CALL_GETSOCKOPT ? CALL_GETSOCKOPT : CALL_SETSOCKOPT;

	if (o->type->kind != VALUE_INT && o->type->kind != VALUE_STRUCT)
		return false;
	/* Multicast routing is the host's own; Bluetooth shares numbers with IP. */
	if (!strncmp(o->name, "MRT", 3) || option_by_number(o->level, o->optname, call) != o)
		return false;
	return has_option(fd, o);
}

static void test_kind(const struct kind *k)
{
	size_t count, bad = 0, tried = 0;
	const struct option *all = options_all(&count);
	_cleanup_close_ int fd = open_kind(k);

	if (fd < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		/* One code serves SOL_SOCKET of all kinds. */
		if (all[i].level == SOL_SOCKET && k->family != AF_INET && k->family != AF_UNIX)
			continue;
		if (worth_trying(fd, &all[i])) {
			bad += try_option(k, &all[i]);
			tried++;
		}
	}
	ok(!bad, "%s: the kernel reads integers as the table says (%zu options)", k->name, tried);
}

/*
 * One call with exact bytes, and what is read back; the sentences of the
 * table that a probe cannot guess.
 */
static const struct {
	const char *what, *option, *kind;
	unsigned char bytes[8];
	size_t length;
	long before, after; /* before: set first, as an int */
} cases[] = {
	{"an int is cut to eight bits", "IP_TOS", "udp4", {0xb8, 0x01}, 4, 0, 0xb8},
	{"one byte alone is read", "IP_TOS", "udp4", {0x20, 0xff, 0xff, 0xff}, 1, 0, 0x20},
	{"the first of three bytes is read", "IP_TOS", "udp4", {0x20, 0x40, 0x40}, 3, 0, 0x20},
	{"no byte is 0", "IP_TOS", "udp4", {0x20}, 0, 0x40, 0},
	{"also on IPv6", "IP_TOS", "udp6", {0x20, 0x40, 0x40}, 3, 0, 0x20},
	{"-1 is 0", "IPV6_TCLASS", "udp6", {255, 255, 255, 255}, 4, 8, 0},
	{"-1 is 1", "IP_MULTICAST_TTL", "udp4", {255, 255, 255, 255}, 4, 8, 1},
	{"-1 is 1", "IPV6_MULTICAST_HOPS", "udp6", {255, 255, 255, 255}, 4, 8, 1},
	{"short is 0", "IPV6_DONTFRAG", "udp6", {1}, 1, 1, 0},
	{"short is 0", "NETLINK_EXT_ACK", "netlink", {1}, 3, 1, 0},
	{"negative is the largest", "SO_RCVLOWAT", "udp4", {255, 255, 255, 255}, 4, 1, INT_MAX},
	{"negative is 0", "TCP_DEFER_ACCEPT", "tcp4", {255, 255, 255, 255}, 4, 1, 0},
};

static void test_case(size_t i)
{
	const struct option *o = option_by_name(cases[i].option, NULL);
	const struct kind *k = kinds;
	_cleanup_close_ int fd = -1;
	int before = cases[i].before;

	while (strcmp(k->name, cases[i].kind))
		k++;
	fd = open_kind(k);
	if (fd < 0 && errno == EAFNOSUPPORT)
		return;
	setsockopt(fd, o->level, o->optname, &before, sizeof(before));
	if (setsockopt(fd, o->level, o->optname, cases[i].bytes, cases[i].length))
		diag("setsockopt: %s", strerror(errno));
	ok(get_int(fd, o) == cases[i].after, "%s on %s: %s", cases[i].option, cases[i].kind,
	   cases[i].what);
}

static void test_buffers(void)
{
	const struct option *o = option_by_name("SO_RCVBUF", NULL);
	long least, most;

	set_fresh(&kinds[0], o, 1, 4, &least);
	set_fresh(&kinds[0], o, -1, 4, &most);
	if (!ok(most > least, "SO_RCVBUF of -1 is a large buffer"))
		diag("1 gives %ld, -1 gives %ld", least, most);
}

/* Both numbers of a pair are one option, and lay out their value alike. */
static void test_time64(void)
{
	const struct option *old = option_by_name("SO_RCVTIMEO", NULL);
	const struct option *new = option_by_name("SO_RCVTIMEO", old);
	_cleanup_close_ int fd = open_kind(&kinds[0]);
	int64_t set[2] = {7, 500000}, got[2] = {0};
	socklen_t length = sizeof(got);

	setsockopt(fd, new->level, new->optname, set, sizeof(set));
	getsockopt(fd, old->level, old->optname, got, &length);
	ok(got[0] == 7 && got[1] == 500000, "SO_RCVTIMEO: set as %u, read as %u", new->optname,
	   old->optname);
}

static void test_rate(void)
{
	const struct option *o = option_by_name("SO_MAX_PACING_RATE", NULL);
	_cleanup_close_ int fd = open_kind(&kinds[0]);
	uint64_t set = 5000000000ull, got = 0;
	socklen_t length = sizeof(got);

	setsockopt(fd, o->level, o->optname, &set, sizeof(set));
	getsockopt(fd, o->level, o->optname, &got, &length);
	ok(got == set, "SO_MAX_PACING_RATE takes eight bytes");
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		test_kind(&kinds[i]);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		test_case(i);
	test_buffers();
	test_time64();
	test_rate();
	return tap_done();
}
