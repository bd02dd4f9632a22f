// SPDX-License-Identifier: Apache-2.0
/*
 * Structs, strings and bytes, and every length that a caller may pass. A case is one call on a
 * socket of its own.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "test/kernel.h"

#define LONG 20000

struct call {
	size_t length;
	const char *value; /* the first bytes; the rest is 0 */
	size_t size;
	int result;
	const char *reads; /* NULL: as before */
};

struct group {
	const char *name, *policy;
	const struct call *calls;
	size_t count;
};

/* How an option is read back in the form in which cases write it down. */
struct subject {
	const char *name;
	int type, level, option;
	size_t reads; /* bytes to compare; 0: a string */
	const struct group *groups;
	size_t count;
};

#define CALL(length, value, result, reads)                                                         \
	{                                                                                          \
		length, value, sizeof(value) - 1, result, reads                                    \
	}
#define GROUP(name, policy, calls)                                                                 \
	{                                                                                          \
		name, policy, calls, ARRAY_SIZE(calls)                                             \
	}
/* The same for every length from the whole value on. */
#define FROM(exact, value, result, reads)                                                          \
	CALL(exact, value, result, reads), CALL((exact) + 1, value, result, reads),                \
		CALL(4096, value, result, reads), CALL(4097, value, result, reads),                \
		CALL(LONG, value, result, reads)
/* For every length below it. */
#define BELOW(exact, value, result)                                                                \
	CALL(0, value, result, NULL), CALL(1, value, result, NULL), CALL(3, value, result, NULL),  \
		CALL((exact)-1, value, result, NULL)

/* clang-format off */
#define OTHER	       POLICY(SET("SO_MARK", "'deny'"))

/* ---- struct linger { int l_onoff, l_linger } ---- */
#define ON(seconds) "\1\0\0\0" seconds
#define FIVE	    "\5\0\0\0"
#define NINE	    "\x09\0\0\0"
#define MINUS	    "\xfd\xff\xff\xff" /* the kernel reads -3 as the largest */
#define FIELD	    "'field':'l_linger',"

static const struct call linger_free[] = {BELOW(8, ON(NINE), -EINVAL), FROM(8, ON(NINE), 0, ON(NINE))};
static const struct call linger_clamp[] = {BELOW(8, ON(NINE), -EINVAL), FROM(8, ON(NINE), 0, ON(FIVE)),
	CALL(8, ON("\2\0\0\0"), 0, ON("\2\0\0\0"))};
static const struct call linger_allow[] = {BELOW(8, ON(FIVE), -EINVAL), FROM(8, ON(FIVE), 0, ON(FIVE)),
	FROM(8, ON(NINE), -EPERM, NULL)};
static const struct call linger_deny[] = {BELOW(8, ON(NINE), -EINVAL), FROM(8, ON(NINE), -EACCES, NULL),
	FROM(8, ON(FIVE), 0, ON(FIVE))};
static const struct call linger_mask[] = {BELOW(8, ON(NINE), -EINVAL), FROM(8, ON(NINE), 0, ON("\x11\0\0\0"))};
static const struct call linger_replace[] = {CALL(0, ON(NINE), 0, ON(FIVE)), CALL(1, ON(NINE), 0, ON(FIVE)),
	CALL(3, ON(NINE), 0, ON(FIVE)), FROM(8, ON(NINE), 0, ON(FIVE))};
static const struct call linger_field[] = {BELOW(8, ON(NINE), -EINVAL), FROM(8, ON(NINE), 0, ON(FIVE)),
	FROM(8, "\0\0\0\0" NINE, 0, "\0\0\0\0\0\0\0\0")};
static const struct call linger_whole[] = {BELOW(8, ON(NINE), -EINVAL), FROM(8, ON(NINE), -EPERM, NULL),
	FROM(8, ON(FIVE), 0, ON(FIVE))};
static const struct call linger_ignore[] = {CALL(0, ON(NINE), 0, NULL), CALL(3, ON(NINE), 0, NULL), FROM(8, ON(NINE), 0, NULL)};
static const struct call linger_emulate[] = {BELOW(8, ON(NINE), -EINVAL), FROM(8, ON(NINE), 0, NULL)};

static const struct group lingers[] = {
	GROUP("no rule", OTHER, linger_free),
	GROUP("clamp of a field", POLICY(SET("SO_LINGER", "'clamp'," FIELD "'max':5")), linger_clamp),
	GROUP("allow-where on a field", POLICY(SET("SO_LINGER", "'allow','where':{'value':{" FIELD "'max':5}}") ","
		SET("SO_LINGER", "'deny'")), linger_allow),
	GROUP("deny-where on a field", POLICY(SET("SO_LINGER",
		"'deny','errno':'EACCES','where':{'value':{" FIELD "'min':6}}")), linger_deny),
	GROUP("allow-where on the whole", POLICY(SET("SO_LINGER",
		"'allow','where':{'value':{'oneOf':[{'l_onoff':1,'l_linger':5}]}}") ","
		SET("SO_LINGER", "'deny'")), linger_whole),
	GROUP("mask of a field", POLICY(SET("SO_LINGER", "'mask'," FIELD "'keep':1,'set':16")), linger_mask),
	GROUP("replace", POLICY(SET("SO_LINGER", "'replace','value':{'l_onoff':1,'l_linger':5}")), linger_replace),
	GROUP("replace of a field", POLICY(SET("SO_LINGER", "'replace'," FIELD "'value':5")), linger_field),
	GROUP("ignore", POLICY(SET("SO_LINGER", "'ignore'")), linger_ignore),
	GROUP("emulate", POLICY(SET("SO_LINGER", "'emulate'")), linger_emulate),
};

/* ---- a name of at most 15 bytes, ended by NUL or by optlen ---- */
#define FULL "renorenorenoren" /* the kernel looks at 15 bytes */

static const struct call name_free[] = {CALL(0, "reno", -EINVAL, NULL), CALL(1, "reno", -ENOENT, NULL),
	CALL(3, "reno", -ENOENT, NULL), FROM(4, "reno", 0, "reno"), CALL(4, "renoxx", 0, "reno"), CALL(5, "renox", -ENOENT, NULL)};
static const struct call name_allow[] = {CALL(0, "reno", -EPERM, NULL), CALL(1, "reno", -EPERM, NULL),
	CALL(3, "reno", -EPERM, NULL), FROM(4, "reno", 0, "reno"), CALL(4, "renoxx", 0, "reno"),
	CALL(5, "renox", -EPERM, NULL), FROM(9, "reno\0junk", 0, "reno"), CALL(16, FULL, -EPERM, NULL),
	CALL(LONG, FULL, -EPERM, NULL), CALL(2, "re", -EPERM, NULL), CALL(4, "\0eno", -EPERM, NULL)};
/* optlen 0 reaches the kernel as the empty name in one byte. */
static const struct call name_deny[] = {CALL(0, "reno", -ENOENT, NULL), CALL(3, "reno", -ENOENT, NULL),
	FROM(4, "reno", -EACCES, NULL), CALL(4, "renoxx", -EACCES, NULL), FROM(9, "reno\0junk", -EACCES, NULL),
	CALL(5, "renox", -ENOENT, NULL), FROM(5, "cubic", 0, "cubic")};
static const struct call name_replace[] = {CALL(0, "cubic", 0, "reno"), CALL(1, "cubic", 0, "reno"), CALL(3, "cubic", 0, "reno"),
	FROM(5, "cubic", 0, "reno")};
static const struct call name_ignore[] = {CALL(0, "cubic", 0, NULL), CALL(1, "cubic", 0, NULL), FROM(4, "reno", 0, NULL)};
static const struct call name_emulate[] = {CALL(0, "reno", 0, NULL), CALL(3, "reno", 0, NULL), CALL(4, "reno", 0, NULL),
	CALL(5, "reno", 0, NULL)};

static const struct group names[] = {
	GROUP("no rule", OTHER, name_free),
	GROUP("allow-where", POLICY(SET("TCP_CONGESTION", "'allow','where':{'value':{'oneOf':['reno']}}") ","
		SET("TCP_CONGESTION", "'deny'")), name_allow),
	GROUP("deny-where-not", POLICY(SET("TCP_CONGESTION", "'deny','where':{'value':{'not':{'oneOf':['reno']}}}")), name_allow),
	GROUP("deny-where", POLICY(SET("TCP_CONGESTION", "'deny','errno':'EACCES','where':{'value':{'oneOf':['reno']}}")), name_deny),
	GROUP("replace", POLICY(SET("TCP_CONGESTION", "'replace','value':'reno'")), name_replace),
	GROUP("redirect with a value", POLICY(SET("SO_BINDTODEVICE", "'deny'") "," SET("TCP_CONGESTION",
		"'redirect','to':'TCP_CONGESTION','value':'reno'")), name_replace),
	GROUP("ignore", POLICY(SET("TCP_CONGESTION", "'ignore'")), name_ignore),
	GROUP("emulate", POLICY(SET("TCP_CONGESTION", "'emulate'")), name_emulate),
};

/* ---- bytes of any length: IP options, of which 1 is "no operation" ---- */
#define NOPS "\1\1\1\1"

static const struct call bytes_free[] = {CALL(0, NOPS, 0, ""), CALL(4, NOPS, 0, NOPS), CALL(8, NOPS NOPS, 0, NOPS NOPS),
	CALL(4096, NOPS, -EINVAL, NULL), CALL(4097, NOPS, -EINVAL, NULL), CALL(LONG, NOPS, -EINVAL, NULL)};
static const struct call bytes_allow[] = {CALL(0, NOPS, -EINVAL, NULL), CALL(1, NOPS, -EPERM, NULL), CALL(3, NOPS, -EPERM, NULL),
	CALL(4, NOPS, 0, NOPS), CALL(5, NOPS, -EPERM, NULL), CALL(8, NOPS NOPS, -EPERM, NULL), CALL(4, "\1\1\1\0", -EPERM, NULL),
	CALL(4096, NOPS, -EPERM, NULL), CALL(4097, NOPS, -EINVAL, NULL), CALL(LONG, NOPS, -EINVAL, NULL)};
static const struct call bytes_deny[] = {CALL(0, NOPS, -EINVAL, NULL), CALL(4, NOPS, -EACCES, NULL), CALL(8, NOPS NOPS, 0, NOPS NOPS),
	CALL(4096, NOPS, -EINVAL, NULL), CALL(4097, NOPS, -EINVAL, NULL), CALL(LONG, NOPS, -EINVAL, NULL)};
static const struct call bytes_replace[] = {CALL(0, NOPS, 0, NOPS), CALL(1, NOPS, 0, NOPS), CALL(3, NOPS, 0, NOPS),
	FROM(4, NOPS NOPS, 0, NOPS)};
static const struct call bytes_ignore[] = {CALL(0, NOPS, 0, NULL), CALL(3, NOPS, 0, NULL), FROM(4, NOPS, 0, NULL)};
static const struct call bytes_emulate[] = {CALL(0, NOPS, 0, NULL), CALL(4, NOPS, 0, NULL), CALL(256, NOPS, 0, NULL),
	CALL(257, NOPS, -EINVAL, NULL), CALL(4096, NOPS, -EINVAL, NULL), CALL(LONG, NOPS, -EINVAL, NULL)};

#define HEX "{'hex':'01010101'}"
static const struct group bytes[] = {
	GROUP("no rule", OTHER, bytes_free),
	GROUP("allow-where", POLICY(SET("IP_OPTIONS", "'allow','where':{'value':{'oneOf':[" HEX "]}}") ","
		SET("IP_OPTIONS", "'deny'")), bytes_allow),
	GROUP("deny-where", POLICY(SET("IP_OPTIONS", "'deny','errno':'EACCES','where':{'value':{'oneOf':[" HEX "]}}")), bytes_deny),
	GROUP("replace", POLICY(SET("IP_OPTIONS", "'replace','value':" HEX)), bytes_replace),
	GROUP("ignore", POLICY(SET("IP_OPTIONS", "'ignore'")), bytes_ignore),
	GROUP("emulate", POLICY(SET("IP_OPTIONS", "'emulate'")), bytes_emulate),
};

/* ---- bytes of a fixed length: of a shorter ICMP_FILTER the kernel takes what is there ---- */
static const struct call filter_allow[] = {BELOW(4, "\1\2\3\4", -EINVAL), FROM(4, "\1\2\3\4", 0, "\1\2\3\4"),
	FROM(4, "\1\2\3\5", -EPERM, NULL)};
static const struct call filter_replace[] = {CALL(0, "\7\7\7\7", 0, "\1\2\3\4"), CALL(1, "\7\7\7\7", 0, "\1\2\3\4"),
	FROM(4, "\7\7\7\7", 0, "\1\2\3\4")};

static const struct group filters[] = {
	GROUP("allow-where", POLICY(SET("ICMP_FILTER", "'allow','where':{'value':{'oneOf':[{'hex':'01020304'}]}}") ","
		SET("ICMP_FILTER", "'deny'")), filter_allow),
	GROUP("replace", POLICY(SET("ICMP_FILTER", "'replace','value':{'hex':'01020304'}")), filter_replace),
};

static const struct subject subjects[] = {
	{"SO_LINGER", SOCK_STREAM, SOL_SOCKET, SO_LINGER, 8, lingers, ARRAY_SIZE(lingers)},
	{"TCP_CONGESTION", SOCK_STREAM, IPPROTO_TCP, TCP_CONGESTION, 0, names, ARRAY_SIZE(names)},
	{"IP_OPTIONS", SOCK_STREAM, IPPROTO_IP, IP_OPTIONS, 0, bytes, ARRAY_SIZE(bytes)},
	{"ICMP_FILTER", SOCK_RAW, SOL_RAW, 1, 4, filters, ARRAY_SIZE(filters)},
};
/* clang-format on */

struct reading {
	char bytes[64];
	socklen_t length;
};

static struct reading read_back(int fd, const struct subject *subject)
{
	struct reading reading = {.length = sizeof(reading.bytes)};

	if (get_raw(fd, subject->level, subject->option, reading.bytes, &reading.length))
		bail_out("%s cannot be read", subject->name);
	if (!subject->reads)
		reading.length = (socklen_t)strnlen(reading.bytes, sizeof(reading.bytes));
	return reading;
}

static bool same(const struct reading *reading, const struct subject *subject, const char *wanted)
{
	size_t length = subject->reads ?: strlen(wanted);

	return reading->length == length && !memcmp(reading->bytes, wanted, length);
}

static void print_bytes(const char *what, const struct reading *reading)
{
	char text[3 * sizeof(reading->bytes) + 1] = "";

	for (socklen_t i = 0; i < reading->length; i++)
		sprintf(text + 3 * i, "%02x ", (unsigned char)reading->bytes[i]);
	diag("%s %s", what, text);
}

static void check_call(const struct subject *subject, const struct group *group,
		       const struct call *call, int fd)
{
	struct reading before = read_back(fd, subject), after;
	int result = set_padded(fd, subject->level, subject->option, call->value, call->size,
				call->length);
	bool right;

	after = read_back(fd, subject);
	right = call->reads ? same(&after, subject, call->reads)
			    : after.length == before.length &&
				      !memcmp(after.bytes, before.bytes, after.length);
	if (!ok(same_result(result, call->result) && right, "%s, %s, case %td, optlen %zu",
		subject->name, group->name, call - group->calls, call->length)) {
		diag("got %d, expected %d", result, call->result);
		print_bytes("before:", &before);
		print_bytes("after: ", &after);
	}
}

static void check_group(const struct subject *subject, const struct group *group)
{
	int protocol = subject->type == SOCK_RAW ? IPPROTO_ICMP : 0;
	struct site site;

	site_open(&site, group->policy);
	for (size_t i = 0; i < group->count; i++) {
		int fd = open_socket(AF_INET, subject->type, protocol);

		check_call(subject, group, &group->calls[i], fd);
		close(fd);
	}
	site_close(&site);
}

static int tests(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++)
		for (size_t j = 0; j < subjects[i].count; j++)
			check_group(&subjects[i], &subjects[i].groups[j]);
	return tap_done();
}

int main(void)
{
	return kernel_main(tests);
}
