// SPDX-License-Identifier: Apache-2.0
/*
 * getsockopt, and buffers of every size: what the caller is told, and which
 * bytes of its buffer are written.
 */
#include <netinet/in.h>
#include <grp.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "test/kernel.h"

#define TCP_ZEROCOPY_RECEIVE_OPTION 35
#define SO_PEERGROUPS_OPTION	    59
#define UNTOUCHED		    0x5a

struct call {
	socklen_t length;
	int result;
	socklen_t reported; /* optlen afterwards */
	const char *bytes;  /* that many were written */
};

struct row {
	const char *name, *policy;
	int level, option;
	const struct call *calls;
	size_t count;
};

/* clang-format off */
#define CALLS(calls) calls, ARRAY_SIZE(calls)
#define REPORT(length, reported, bytes) {length, 0, reported, bytes}
#define FAIL(length, error) {length, -(error), length, ""}
#define FROM_FOUR(bytes) REPORT(4, 4, bytes), REPORT(8, 4, bytes), REPORT(4096, 4, bytes), REPORT(4097, 4, bytes), \
	REPORT(20000, 4, bytes)
#define EVERY(error) FAIL(0, error), FAIL(1, error), FAIL(2, error), FAIL(3, error), FAIL(4, error), FAIL(8, error), \
	FAIL(4096, error), FAIL(4097, error), FAIL(20000, error)
#define TOLD "\x60\xea\0\0" /* 60000 */

/* SO_RCVBUF was set to 45000 and is 90000: 0x15f90. */
static const struct call plain[] = {REPORT(0, 0, ""), REPORT(1, 1, "\x90"), REPORT(2, 2, "\x90\x5f"), REPORT(3, 3, "\x90\x5f\1"),
	FROM_FOUR("\x90\x5f\1\0")};
static const struct call replaced[] = {REPORT(0, 0, ""), REPORT(1, 1, "\x60"), REPORT(2, 2, "\x60\xea"), REPORT(3, 3, "\x60\xea\0"),
	FROM_FOUR(TOLD)};
/* What does not fit cannot be judged. */
static const struct call edited[] = {FAIL(0, EINVAL), FAIL(1, EINVAL), FAIL(2, EINVAL), FAIL(3, EINVAL), FROM_FOUR(TOLD)};
static const struct call masked[] = {FAIL(0, EINVAL), FAIL(3, EINVAL), FROM_FOUR("\x90\x0f\4\0")};
static const struct call denied[] = {EVERY(EACCES)};
static const struct call denied_name[] = {EVERY(ENOPROTOOPT)};
static const struct call denied_most[] = {EVERY(133)};
static const struct call denied_where[] = {FAIL(0, EINVAL), FAIL(3, EINVAL), FAIL(4, EPERM), FAIL(4096, EPERM), FAIL(20000, EPERM)};
static const struct call emulated[] = {REPORT(0, 0, ""), REPORT(1, 1, "\x60"), REPORT(2, 2, "\x60\xea"), REPORT(3, 3, "\x60\xea\0"),
	FROM_FOUR(TOLD)};
/* The kernel tells IP_TOS in one byte where less than four are asked for. */
static const struct call tos[] = {FAIL(0, EINVAL), REPORT(1, 1, "\x08"), REPORT(2, 1, "\x08"), REPORT(3, 1, "\x08"), REPORT(4, 4, "\x08\0\0\0"),
	REPORT(20000, 4, "\x08\0\0\0")};
static const struct call failed[] = {EVERY(EOPNOTSUPP)};
static const struct call name_told[] = {REPORT(0, 0, ""), REPORT(1, 1, "v"), REPORT(4, 4, "vega"), REPORT(5, 5, "vegas"), REPORT(16, 6, "vegas"),
	REPORT(4096, 6, "vegas"), REPORT(20000, 6, "vegas")};
/* "reno" fits four bytes, but so does the beginning of another name. In no bytes nothing is told. */
static const struct call name_denied[] = {REPORT(0, 0, ""), FAIL(3, EINVAL), FAIL(4, EINVAL), FAIL(5, EACCES), FAIL(16, EACCES), FAIL(20000, EACCES)};
static const struct call linger[] = {FAIL(0, EINVAL), FAIL(4, EINVAL), FAIL(7, EINVAL), REPORT(8, 8, "\1\0\0\0\3\0\0\0"),
	REPORT(4096, 8, "\1\0\0\0\3\0\0\0")};

#define RCVBUF SOL_SOCKET, SO_RCVBUF
#define NONE 200, 1
static const struct row rows[] = {
	{"no rule", POLICY(GET("SO_MARK", "'deny'")), RCVBUF, CALLS(plain)},
	{"an allowed value", POLICY(GET("SO_RCVBUF", "'deny','where':{'value':{'max':10}}")), RCVBUF,
		&plain[4], ARRAY_SIZE(plain) - 4},
	{"replace", POLICY(GET("SO_RCVBUF", "'replace','value':60000")), RCVBUF, CALLS(replaced)},
	{"answer", POLICY(GET("SO_RCVBUF", "'answer','value':60000")), RCVBUF, CALLS(replaced)},
	{"clamp", POLICY(GET("SO_RCVBUF", "'clamp','max':60000")), RCVBUF, CALLS(edited)},
	{"mask", POLICY(GET("SO_RCVBUF", "'mask','keep':4095,'set':262144")), RCVBUF, CALLS(masked)},
	{"deny", POLICY(GET("SO_RCVBUF", "'deny','errno':'EACCES'")), RCVBUF, CALLS(denied)},
	{"deny by another errno", POLICY(GET("SO_RCVBUF", "'deny','errno':'ENOPROTOOPT'")), RCVBUF, CALLS(denied_name)},
	{"deny by the last errno", POLICY(GET("SO_RCVBUF", "'deny','errno':133")), RCVBUF, CALLS(denied_most)},
	{"deny-where", POLICY(GET("SO_RCVBUF", "'deny','where':{'value':{'min':60001}}")), RCVBUF, CALLS(denied_where)},
	{"emulate", POLICY(BOTH("SO_RCVBUF", "'emulate','initial':60000")), RCVBUF, CALLS(emulated)},
	{"clamp of a byte", POLICY(GET("IP_TOS", "'clamp','max':8")), IPPROTO_IP, IP_TOS, CALLS(tos)},
	{"replace of a name", POLICY(GET("TCP_CONGESTION", "'replace','value':'vegas'")), IPPROTO_TCP, TCP_CONGESTION, CALLS(name_told)},
	{"deny-where of a name", POLICY(GET("TCP_CONGESTION", "'deny','errno':'EACCES','where':{'value':{'oneOf':['reno']}}")),
		IPPROTO_TCP, TCP_CONGESTION, CALLS(name_denied)},
	{"clamp of a field", POLICY(GET("SO_LINGER", "'clamp','field':'l_linger','max':3")), SOL_SOCKET, SO_LINGER, CALLS(linger)},
	/* An option that the kernel does not know. */
	{"the kernel failed: no rule", POLICY(GET("SO_MARK", "'deny'")), NONE, CALLS(failed)},
	{"the kernel failed: replace keeps it", POLICY(GET("200/1:int", "'replace','value':60000")), NONE, CALLS(failed)},
	{"the kernel failed: clamp keeps it", POLICY(GET("200/1:int", "'clamp','max':60000")), NONE, CALLS(failed)},
	{"the kernel failed: no value to compare with", POLICY(GET("200/1:int", "'deny','errno':'EACCES','where':{'value':{'not':{'min':5}}}")),
		NONE, CALLS(failed)},
	{"the kernel failed: deny has its errno", POLICY(GET("200/1", "'deny','errno':'EACCES'")), NONE, CALLS(denied)},
	{"the kernel failed: answer", POLICY(GET("200/1:int", "'answer','value':60000")), NONE, CALLS(replaced)},
	{"the kernel failed: emulate", POLICY(BOTH("200/1:int", "'emulate','initial':60000")), NONE, CALLS(emulated)},
};
/* clang-format on */

/*
 * The beginning was written with @bytes; what follows not at all, or with the kernel's zeros: the
 * kernel has told 16 bytes of a name before a program puts a shorter one there.
 */
static bool is_written(const unsigned char *buffer, const struct call *call)
{
	if (memcmp(buffer, call->bytes, call->reported))
		return false;
	for (size_t i = call->reported; i < PADDED_MAX; i++) {
		if (buffer[i] != UNTOUCHED && (buffer[i] || i >= 16))
			return false;
	}
	return true;
}

static void check_call(const struct row *row, const struct call *call, int fd)
{
	static unsigned char buffer[PADDED_MAX];
	socklen_t length = call->length;
	int result;

	memset(buffer, UNTOUCHED, sizeof(buffer));
	result = get_raw(fd, row->level, row->option, buffer, &length);
	/* What a refused call finds in its buffer is the kernel's doing: no policy hides it. */
	if (!ok(same_result(result, call->result) &&
			(result || (length == call->reported && is_written(buffer, call))),
		"%s, buffer of %u", row->name, call->length))
		diag("got %d, %u bytes: %02x %02x %02x %02x; expected %d, %u bytes", result, length,
		     buffer[0], buffer[1], buffer[2], buffer[3], call->result, call->reported);
}

static void check_row(const struct row *row)
{
	const struct linger nine = {1, 9};
	int fd = -1;
	struct site site;

	site_make(&site, NULL);
	site_enter(&site);
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	if (set_int(fd, SOL_SOCKET, SO_RCVBUF, 45000) || set_int(fd, IPPROTO_IP, IP_TOS, 0x20) ||
	    set_raw(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4) ||
	    set_raw(fd, SOL_SOCKET, SO_LINGER, &nine, sizeof(nine)))
		bail_out("the socket cannot be prepared");
	site_attach(&site, row->policy);
	for (size_t i = 0; i < row->count; i++)
		check_call(row, &row->calls[i], fd);
	close(fd);
	site_close(&site);
}

/*
 * ERANGE comes with the length that would be enough; it reaches the caller where no rule decides.
 */
static void check_hint(void)
{
	const gid_t groups[] = {7, 8, 9};
	gid_t told[4] = {0};
	socklen_t length = 1;
	struct site site;
	int pair[2];

	if (setgroups(3, groups))
		bail_out("setgroups: %s", strerror(errno));
	site_open(&site, POLICY(GET("SO_MARK", "'deny'")));
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		bail_out("socketpair: %s", strerror(errno));
	is_int(get_raw(pair[0], SOL_SOCKET, SO_PEERGROUPS_OPTION, told, &length), -ERANGE,
	       "SO_PEERGROUPS: too short a buffer");
	is_int(length, sizeof(groups), "SO_PEERGROUPS: the length that would be enough");
	is_int(get_raw(pair[0], SOL_SOCKET, SO_PEERGROUPS_OPTION, told, &length), 0,
	       "SO_PEERGROUPS");
	is_int(told[2], 9, "SO_PEERGROUPS: the groups");
	site_replace(&site, POLICY(GET("SO_PEERGROUPS", "'deny','errno':'EACCES'")));
	length = 1;
	is_result(get_raw(pair[0], SOL_SOCKET, SO_PEERGROUPS_OPTION, told, &length), -EACCES,
		  "SO_PEERGROUPS: denied");
	close(pair[0]);
	close(pair[1]);
	site_close(&site);
}

/* What the kernel tells beyond a page no program sees whole. */
static void check_long(void)
{
	static gid_t groups[2000], told[2001];
	socklen_t length = sizeof(told);
	struct site site;
	int pair[2];

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		groups[i] = (gid_t)(1000 + i);
	if (setgroups(ARRAY_SIZE(groups), groups))
		bail_out("setgroups: %s", strerror(errno));
	site_open(&site, POLICY(GET("SO_MARK", "'deny'")));
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		bail_out("socketpair: %s", strerror(errno));
	is_int(get_raw(pair[0], SOL_SOCKET, SO_PEERGROUPS_OPTION, told, &length), 0,
	       "beyond a page: no rule");
	ok(length == sizeof(groups) && !memcmp(told, groups, length),
	   "beyond a page, no rule: all of it");
	site_replace(&site, POLICY(GET("SO_PEERGROUPS",
				       "'deny','where':{'value':{'oneOf':[{'hex':'00'}]}}")));
	length = sizeof(told);
	is_result(get_raw(pair[0], SOL_SOCKET, SO_PEERGROUPS_OPTION, told, &length), -EINVAL,
		  "beyond a page: cannot be judged");
	site_replace(&site, POLICY(GET("SO_PEERGROUPS", "'replace','value':{'hex':'0a000000'}")));
	length = sizeof(told);
	is_int(get_raw(pair[0], SOL_SOCKET, SO_PEERGROUPS_OPTION, told, &length), 0,
	       "beyond a page: replaced");
	ok(length == 4 && told[0] == 10, "beyond a page, replaced: %u bytes", length);
	close(pair[0]);
	close(pair[1]);
	site_close(&site);
}

/* The kernel has a way of its own for this option, and asks the programs there. */
static void check_zerocopy(void)
{
	char value[64] = {0};
	socklen_t length = 40;
	struct site site;
	int fd, before;

	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	before = get_raw(fd, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE_OPTION, value, &length);
	close(fd);
	site_open(&site, POLICY(GET("TCP_ZEROCOPY_RECEIVE", "'deny','errno':'EACCES'")));
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	length = 40;
	is_result(get_raw(fd, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE_OPTION, value, &length), -EACCES,
		  "TCP_ZEROCOPY_RECEIVE: denied");
	site_replace(&site, POLICY(GET("SO_MARK", "'deny'")));
	length = 40;
	is_int(get_raw(fd, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE_OPTION, value, &length), before,
	       "TCP_ZEROCOPY_RECEIVE: no rule");
	close(fd);
	site_close(&site);
}

/* A refusal comes after the kernel has told; only another value takes the place of the real one. */
static void check_secrecy(void)
{
	int value = 0, real, fd;
	socklen_t length = sizeof(value);
	struct site site;

	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	real = (int)get_int(fd, SOL_SOCKET, SO_RCVBUF);
	close(fd);
	site_open(&site, POLICY(GET("SO_RCVBUF", "'deny'")));
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	get_raw(fd, SOL_SOCKET, SO_RCVBUF, &value, &length);
	if (!ok(value == 0 || value == real,
		"what a refused caller finds: nothing or the real value"))
		diag("got %d, the real value is %d", value, real);
	site_replace(&site, POLICY(GET("SO_RCVBUF", "'answer','value':1")));
	is_int(get_int(fd, SOL_SOCKET, SO_RCVBUF), 1, "what is answered takes its place");
	close(fd);
	site_close(&site);
}

/* And after it has done what it does: the error that SO_ERROR reports is taken by a refused call too. */
static void check_deed(void)
{
	const struct sockaddr_in closed = {.sin_family = AF_INET,
					   .sin_port = htons(1),
					   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct site site;
	int fd;

	site_open(&site, POLICY(GET("SO_ERROR", "'deny','errno':'EACCES'")));
	fd = open_socket(AF_INET, SOCK_DGRAM, 0);
	if (connect(fd, (const struct sockaddr *)&closed, sizeof(closed)) ||
	    send(fd, "", 1, 0) != 1)
		bail_out("no datagram to this host");
	is_result(get_int(fd, SOL_SOCKET, SO_ERROR), -EACCES,
		  "a call that does something: refused");
	site_replace(&site, POLICY(GET("SO_MARK", "'deny'")));
	is_int(get_int(fd, SOL_SOCKET, SO_ERROR), 0, "what a refused call does is done");
	is_int(send(fd, "", 1, 0), 1, "control: once more");
	is_int(get_int(fd, SOL_SOCKET, SO_ERROR), ECONNREFUSED, "control: there was an error");
	close(fd);
	site_close(&site);
}

/*
 * optlen and optval in one place: TCP writes the length first, so that what these programs find there
 * is the value, and beyond a page the kernel dropped what they had written.
 */
static void check_one_place(void)
{
	union {
		socklen_t length;
		int value;
	} one = {sizeof(int)};
	struct site site;
	int fd;

	site_open(&site, POLICY(GET("TCP_USER_TIMEOUT", "'clamp','max':500")));
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 100000);
	is_int(get_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 500, "a length apart: clamped");
	is_int(get_raw(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &one.value, &one.length), 0,
	       "the length in the value's place");
	ok(one.value <= 500, "the length in the value's place: clamped, got %d", one.value);
	close(fd);
	site_close(&site);
}

static int tests(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(&rows[i]);
	check_hint();
	check_long();
	check_zerocopy();
	check_secrecy();
	check_deed();
	check_one_place();
	return tap_done();
}

int main(void)
{
	return kernel_main(tests);
}
