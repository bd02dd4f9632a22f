// SPDX-License-Identifier: Apache-2.0
/*
 * Every family and type of socket stands under the policy, native calls and io_uring alike; IP
 * options on IPv6 sockets; signs; memory that is not there.
 */
#include <netinet/in.h>
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "test/kernel.h"
#include "test/uring.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/* ---- families ---- */

struct kind {
	const char *name;
	int family, type, protocol;
	bool may_lack; /* a module that a kernel may do without */
};

/* clang-format off */
static const struct kind kinds[] = {
	{"INET stream", AF_INET, SOCK_STREAM, 0, false},
	{"INET datagram", AF_INET, SOCK_DGRAM, 0, false},
	{"INET raw", AF_INET, SOCK_RAW, IPPROTO_ICMP, false},
	{"INET MPTCP", AF_INET, SOCK_STREAM, IPPROTO_MPTCP, true},
	{"INET6 stream", AF_INET6, SOCK_STREAM, 0, false},
	{"INET6 datagram", AF_INET6, SOCK_DGRAM, 0, false},
	{"INET6 raw", AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, false},
	{"UNIX stream", AF_UNIX, SOCK_STREAM, 0, false},
	{"UNIX datagram", AF_UNIX, SOCK_DGRAM, 0, false},
	{"UNIX seqpacket", AF_UNIX, SOCK_SEQPACKET, 0, false},
	{"NETLINK raw", AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, false},
	{"PACKET raw", AF_PACKET, SOCK_RAW, 0, true},
	{"PACKET datagram", AF_PACKET, SOCK_DGRAM, 0, true},
	{"VSOCK stream", AF_VSOCK, SOCK_STREAM, 0, true},
	{"XDP raw", AF_XDP, SOCK_RAW, 0, true},
	{"ALG seqpacket", AF_ALG, SOCK_SEQPACKET, 0, true},
};
/* clang-format on */

/* By which rules: a denied option, a clamped one, one the kernel is not asked for, an answer. */
static void check_kind(const struct kind *kind)
{
	int fd = socket(kind->family, kind->type | SOCK_CLOEXEC, kind->protocol);
	bool right = true;
	long long size, type;

	if (fd < 0) {
		if (kind->may_lack)
			ok(true, "%s: this kernel has none (%s)", kind->name, strerror(errno));
		else
			bail_out("%s: %s", kind->name, strerror(errno));
		return;
	}
	right &= same_result(set_int(fd, SOL_SOCKET, SO_MARK, 7), -EACCES);
	right &= !set_int(fd, SOL_SOCKET, SO_RCVBUF, 90000);
	size = get_int(fd, SOL_SOCKET, SO_RCVBUF);
	right &= size == 80000;
	right &= !set_int(fd, 200, 1, 77) && get_int(fd, 200, 1) == 77;
	type = get_int(fd, SOL_SOCKET, SO_TYPE);
	right &= type == 42;
	right &= same_result(get_int(fd, SOL_SOCKET, SO_DOMAIN), -ENOTCONN);
	if (!ok(right, "%s: denied, clamped, emulated, replaced, hidden", kind->name))
		diag("SO_RCVBUF %lld, SO_TYPE %lld, SO_MARK %d, 200/1 %lld", size, type,
		     set_int(fd, SOL_SOCKET, SO_MARK, 7), get_int(fd, 200, 1));
	close(fd);
}

static void check_kinds(void)
{
	struct site site;

	/* clang-format off */
	site_open(&site, POLICY(SET("SO_MARK", "'deny','errno':'EACCES'") ","
				SET("SO_RCVBUF", "'clamp','max':40000") ","
				BOTH("200/1:int", "'emulate'") ","
				GET("SO_TYPE", "'replace','value':42") ","
				GET("SO_DOMAIN", "'deny','errno':'ENOTCONN'")));
	/* clang-format on */
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		check_kind(&kinds[i]);
	site_close(&site);
}

/* ---- rules for some sockets ---- */

static void check_filter(const char *name, const char *policy, const struct kind *yes,
			 const struct kind *no)
{
	struct site site;
	int in, out;

	site_open(&site, policy);
	in = open_socket(yes->family, yes->type, yes->protocol);
	out = open_socket(no->family, no->type, no->protocol);
	is_int(set_int(in, SOL_SOCKET, SO_RCVBUF, 40000), -EPERM, name);
	is_int(set_int(out, SOL_SOCKET, SO_RCVBUF, 40000), 0, name);
	close(in);
	close(out);
	site_close(&site);
}

#define FOR(filter)                                                                                \
	POLICY("{'calls':['setsockopt'],'options':['SO_RCVBUF'],'action':'deny','sockets':"        \
	       "{" filter "}}")

static void check_filters(void)
{
	check_filter("sockets: families", FOR("'families':['AF_INET6','AF_UNIX']"), &kinds[7],
		     &kinds[0]);
	check_filter("sockets: types", FOR("'types':['SOCK_DGRAM']"), &kinds[5], &kinds[4]);
	check_filter("sockets: protocols", FOR("'protocols':['IPPROTO_UDP','IPPROTO_ICMP']"),
		     &kinds[2], &kinds[0]);
	check_filter("sockets: all three",
		     FOR("'families':['AF_INET'],'types':['SOCK_STREAM'],"
			 "'protocols':['IPPROTO_TCP']"),
		     &kinds[0], &kinds[4]);
}

/* ---- one call on a socket, under a policy ---- */

struct row {
	const char *name, *policy;
	int family, level, option, value, result, reads;
};

/* clang-format off */
static const struct row rows[] = {
	/* An IPv6 socket takes the options of IPv4 too; IPV6_TCLASS is another value. */
	{"IP_TOS on INET6: denied", POLICY(SET("IP_TOS", "'deny'")), AF_INET6, IPPROTO_IP, IP_TOS, 0x20, -EPERM, 0},
	{"IP_TOS on INET6: masked", POLICY(SET("IP_TOS", "'mask','keep':3,'set':{'dscp':'CS1'}")),
	 AF_INET6, IPPROTO_IP, IP_TOS, 0xb8, 0, 0x20},
	{"IPV6_TCLASS on INET6: no rule of IP_TOS", POLICY(SET("IP_TOS", "'deny'")),
	 AF_INET6, IPPROTO_IPV6, IPV6_TCLASS, 0x20, 0, 0x20},
	{"IPV6_TCLASS on INET6: by @dscp", POLICY(SET("@dscp", "'mask','keep':3,'set':{'dscp':'CS1'}")),
	 AF_INET6, IPPROTO_IPV6, IPV6_TCLASS, 0xb8, 0, 0x20},
	{"IP_TOS on INET6: by @dscp", POLICY(SET("@dscp", "'mask','keep':3,'set':{'dscp':'CS1'}")),
	 AF_INET6, IPPROTO_IP, IP_TOS, 0xb8, 0, 0x20},
	{"IPV6_TCLASS: minus one means 0", POLICY(SET("IPV6_TCLASS", "'clamp','max':32")),
	 AF_INET6, IPPROTO_IPV6, IPV6_TCLASS, -1, 0, 0},
	{"IPV6_TCLASS: minus one is not below a minimum", POLICY(SET("IPV6_TCLASS", "'clamp','min':32,'max':64")),
	 AF_INET6, IPPROTO_IPV6, IPV6_TCLASS, -1, 0, 32},
	{"IP_MULTICAST_TTL: minus one means 1", POLICY(SET("IP_MULTICAST_TTL", "'deny','where':{'value':{'oneOf':[1]}}")),
	 AF_INET, IPPROTO_IP, IP_MULTICAST_TTL, -1, -EPERM, 1},
	/* A signed comparison would let a negative number through as small. */
	{"unsigned: minus one is the largest", POLICY(SET("SO_RCVBUF", "'clamp','max':50000")),
	 AF_INET, SOL_SOCKET, SO_RCVBUF, -1, 0, 100000},
	{"unsigned: the sign bit alone", POLICY(SET("SO_RCVBUF", "'deny','where':{'value':{'min':50000}}")),
	 AF_INET, SOL_SOCKET, SO_RCVBUF, -2147483647 - 1, -EPERM, 0},
	{"IP_TTL: minus one is the default, perhaps above a bound", POLICY(SET("IP_TTL", "'clamp','max':9")),
	 AF_INET, IPPROTO_IP, IP_TTL, -1, 0, 9},
	{"SO_PRIORITY: minus one is the highest", POLICY(SET("SO_PRIORITY", "'clamp','max':2")),
	 AF_INET, SOL_SOCKET, SO_PRIORITY, -1, 0, 2},
	{"signed: minus one is below a maximum", POLICY(SET("SO_PEEK_OFF", "'clamp','max':5")),
	 AF_UNIX, SOL_SOCKET, SO_PEEK_OFF, -1, 0, -1},
	{"signed: brought up to a minimum", POLICY(SET("SO_PEEK_OFF", "'clamp','min':0,'max':5")),
	 AF_UNIX, SOL_SOCKET, SO_PEEK_OFF, -1, 0, 0},
	{"signed: a negative list", POLICY(SET("SO_PEEK_OFF", "'deny','where':{'value':{'oneOf':[-7]}}")),
	 AF_UNIX, SOL_SOCKET, SO_PEEK_OFF, -7, -EPERM, -1},
	{"a switch: any value is on", POLICY(SET("SO_KEEPALIVE", "'deny','where':{'value':{'oneOf':[1]}}")),
	 AF_INET, SOL_SOCKET, SO_KEEPALIVE, 0x100, -EPERM, 0},
	{"a switch: off", POLICY(SET("SO_KEEPALIVE", "'deny','where':{'value':{'oneOf':[1]}}")),
	 AF_INET, SOL_SOCKET, SO_KEEPALIVE, 0, 0, 0},
	/* Order, levels, the default. */
	{"a level", POLICY(SET("SOL_IP/*", "'deny'")), AF_INET, IPPROTO_IP, IP_TTL, 9, -EPERM, 64},
	{"an option before its level", POLICY(SET("IP_TTL", "'clamp','max':9") "," SET("SOL_IP/*", "'deny'")),
	 AF_INET, IPPROTO_IP, IP_TTL, 20, 0, 9},
	{"an option after its level", POLICY(SET("SOL_IP/*", "'allow','sockets':{'types':['SOCK_STREAM']}") ","
		SET("IP_TTL", "'deny'")), AF_INET, IPPROTO_IP, IP_TTL, 20, 0, 20},
	{"everything", POLICY(SET("*", "'deny','errno':'EACCES'")), AF_INET, IPPROTO_IP, IP_TTL, 20, -EACCES, 64},
	{"the default action", "{'version':1,'name':'t','defaultAction':{'setsockopt':'deny','getsockopt':'allow'},"
		"'defaultErrno':'ENOSYS','rules':[]}", AF_INET, IPPROTO_IP, IP_TTL, 20, -ENOSYS, 64},
	{"an errno of the highest number", POLICY(SET("IP_TTL", "'deny','errno':133")), AF_INET, IPPROTO_IP, IP_TTL, 20, -133, 64},
};
/* clang-format on */

static void check_row(const struct row *row)
{
	struct site site;
	int result, reads, fd;

	site_open(&site, row->policy);
	fd = open_socket(row->family, SOCK_STREAM, 0);
	result = set_int(fd, row->level, row->option, row->value);
	reads = (int)get_int(fd, row->level, row->option);
	if (!ok(same_result(result, row->result) &&
			(reads == row->reads || (row->option == SO_RCVBUF && !row->reads)),
		"%s", row->name))
		diag("got %d and %d, expected %d and %d", result, reads, row->result, row->reads);
	close(fd);
	site_close(&site);
}

/* ---- io_uring ---- */

static void check_uring(void)
{
	struct site site;
	int value = 90000, fd = open_socket(AF_INET, SOCK_STREAM, 0);
	int result = uring_sockopt(URING_SETSOCKOPT, fd, SOL_SOCKET, SO_RCVBUF, &value, 4);

	close(fd);
	if (result)
		return skip_or_fail("socket options by io_uring, without a policy: %s",
				    strerror(-result));
	/* clang-format off */
	site_open(&site, POLICY(SET("SO_MARK", "'deny','errno':'EACCES'") ","
				SET("SO_RCVBUF", "'clamp','max':40000") ","
				GET("SO_TYPE", "'deny','errno':'ENOTCONN'") ","
				GET("SO_RCVBUF", "'clamp','max':70000")));
	/* clang-format on */
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	is_int(uring_sockopt(URING_SETSOCKOPT, fd, SOL_SOCKET, SO_RCVBUF, &value, 4), 0,
	       "io_uring: setsockopt passes");
	is_int(uring_sockopt(URING_GETSOCKOPT, fd, SOL_SOCKET, SO_RCVBUF, &value, 4), 4,
	       "io_uring: getsockopt passes");
	is_int(value, 70000, "io_uring: the value was clamped on its way out");
	is_int(uring_sockopt(URING_GETSOCKOPT, fd, SOL_SOCKET, SO_SNDBUF, &value, 4), 4,
	       "io_uring: getsockopt without a rule");
	is_int(uring_sockopt(URING_SETSOCKOPT, fd, SOL_SOCKET, SO_MARK, &value, 4), -EACCES,
	       "io_uring: setsockopt denied");
	is_int(uring_sockopt(URING_GETSOCKOPT, fd, SOL_SOCKET, SO_TYPE, &value, 4), -ENOTCONN,
	       "io_uring: getsockopt denied");
	site_replace(&site,
		     POLICY(SET("SO_RCVBUF", "'clamp','max':40000") "," GET("SO_TYPE", "'deny'")));
	value = 90000;
	uring_sockopt(URING_SETSOCKOPT, fd, SOL_SOCKET, SO_RCVBUF, &value, 4);
	is_int(get_int(fd, SOL_SOCKET, SO_RCVBUF), 80000,
	       "io_uring: the value was clamped on its way in");
	close(fd);
	site_close(&site);
}

/* ---- pointers and lengths that the kernel itself looks at ---- */

static void check_memory(void)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	char *page =
		mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int *last = (int *)(void *)(page + size - sizeof(int));
	struct site site;
	int fd;

	if (page == MAP_FAILED || munmap(page + size, size))
		bail_out("no memory");
	*last = 90000;
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	is_int(set_raw(fd, SOL_SOCKET, SO_RCVBUF, last, 8), 0,
	       "control: optlen beyond the mapped memory passes without a program");
	close(fd);
	site_open(&site, POLICY(SET("SO_RCVBUF", "'clamp','max':40000")));
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	is_int(set_raw(fd, SOL_SOCKET, SO_RCVBUF, last, 4), 0, "the end of the mapped memory");
	is_int(get_int(fd, SOL_SOCKET, SO_RCVBUF), 80000, "the end of the mapped memory: clamped");
	is_int(set_raw(fd, SOL_SOCKET, SO_RCVBUF, last, 8), -EFAULT,
	       "optlen beyond the mapped memory");
	is_int(set_raw(fd, SOL_SOCKET, SO_SNDBUF, last, 8), -EFAULT,
	       "optlen beyond the mapped memory, no rule: the program's being there is enough");
	is_int(set_raw(fd, SOL_SOCKET, SO_RCVBUF, last, 4097), -EFAULT,
	       "optlen beyond the mapped memory and a page");
	is_int(set_raw(fd, SOL_SOCKET, SO_RCVBUF, NULL, 4), -EFAULT, "no memory at all");
	is_int(set_raw(fd, SOL_SOCKET, SO_SNDBUF, NULL, 4), -EFAULT, "no memory at all, no rule");
	is_int(set_raw(fd, SOL_SOCKET, SO_RCVBUF, last, (size_t)-1), -EINVAL, "optlen -1");
	is_int(set_raw(fd, SOL_SOCKET, SO_RCVBUF, last, (size_t)-2147483647 - 1), -EINVAL,
	       "the most negative optlen");
	site_replace(&site, POLICY(SET("SO_RCVBUF", "'replace','value':40000")));
	is_int(set_raw(fd, SOL_SOCKET, SO_RCVBUF, NULL, 4), -EFAULT, "no memory at all, replaced");
	*last = 1;
	is_int(set_raw(fd, SOL_SOCKET, SO_RCVBUF, last, 4), 0, "replaced");
	is_int(*last, 1, "the caller's memory is not written");
	close(fd);
	site_close(&site);
	munmap(page, size);
}

/* ---- whose socket it is ---- */

static void check_owner(void)
{
	int outside = open_socket(AF_INET, SOCK_STREAM, 0), inside, status = -1;
	struct site site;
	pid_t child;

	site_open(&site, POLICY(SET("SO_MARK", "'deny'")));
	inside = open_socket(AF_INET, SOCK_STREAM, 0);
	is_int(set_int(outside, SOL_SOCKET, SO_MARK, 7), 0, "a socket made outside is not touched");
	child = fork();
	if (!child)
		_exit(set_int(inside, SOL_SOCKET, SO_MARK, 7) == -EPERM &&
				      set_int(open_socket(AF_INET, SOCK_DGRAM, 0), SOL_SOCKET,
					      SO_MARK, 7) == -EPERM
			      ? 0
			      : 1);
	waitpid(child, &status, 0);
	is_int(status, 0, "a process of the cgroup, on an inherited socket and on its own");
	site_enter(NULL);
	is_int(set_int(inside, SOL_SOCKET, SO_MARK, 7), -EPERM,
	       "a socket made inside stays under the policy when the caller is outside");
	close(inside);
	close(outside);
	site_close(&site);
}

static int tests(void)
{
	check_kinds();
	check_filters();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(&rows[i]);
	check_uring();
	check_memory();
	check_owner();
	return tap_done();
}

int main(void)
{
	return kernel_main(tests);
}
