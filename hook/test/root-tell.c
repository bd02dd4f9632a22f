// SPDX-License-Identifier: Apache-2.0
/*
 * What the programs tell, in the real kernel: each field of an event, in enforce mode and in audit
 * mode, where nothing may change. Floods and threads: root-tell-flood.c.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "test/teller.h"

struct bytes {
	size_t length;
	uint8_t bytes[SOCKOPT_EVENT_BYTES];
};

#define INT(n)                                                                                     \
	{                                                                                          \
		4,                                                                                 \
		{                                                                                  \
			(uint8_t)((n)&0xff), (uint8_t)((n) >> 8 & 0xff),                           \
				(uint8_t)((n) >> 16 & 0xff), (uint8_t)((n) >> 24 & 0xff)           \
		}                                                                                  \
	}
#define NOTHING                                                                                    \
	{                                                                                          \
		0,                                                                                 \
		{                                                                                  \
			0                                                                          \
		}                                                                                  \
	}

struct row {
	const char *name, *policy;
	bool get;
	int level, optname;
	/* setsockopt: passed; getsockopt: set before, where there is any */
	struct bytes value;
	size_t length;	   /* of the call, the rest zero; 0: as long as the value */
	int result, plain; /* of the call; of the same call in audit mode */
	enum sockopt_op op;
	int error;
	bool changes;
	struct bytes before, after;
	int to_optlen;
	int to_optname; /* at the same level; 0: as it was */
	int retval;
};

#define LOG ",'log':true"
#define DEFAULTS                                                                                   \
	"{'version':1,'name':'test','defaultAction':'deny','defaultErrno':'EXDEV','rules':[]}"
#define RCVBUF SOL_SOCKET, SO_RCVBUF
#define PACING SOL_SOCKET, SO_MAX_PACING_RATE

/* clang-format off */
static const struct row rows[] = {
	{"deny", POLICY(SET("SO_MARK", "'deny','errno':'EACCES'")), false, SOL_SOCKET, SO_MARK, INT(5), 0, -EACCES, 0,
	 SOCKOPT_OP_DENY, EACCES, false, INT(5), INT(5), 4, 0, 0},
	{"deny of a long value", POLICY(SET("SO_BINDTODEVICE", "'deny'")), false, SOL_SOCKET, SO_BINDTODEVICE,
	 {16, "abcdefghijklmnop"}, 40, -EPERM, -ENODEV, SOCKOPT_OP_DENY, EPERM, false, {16, "abcdefghijklmnop"}, {16, "abcdefghijklmnop"}, 40, 0, 0},
	{"default action", DEFAULTS, false, SOL_SOCKET, SO_PRIORITY, INT(3), 0, -EXDEV, 0,
	 SOCKOPT_OP_DENY, EXDEV, false, INT(3), INT(3), 4, 0, 0},
	{"allow", POLICY(SET("SO_MARK", "'allow'" LOG)), false, SOL_SOCKET, SO_MARK, INT(5), 0, 0, 0,
	 SOCKOPT_OP_ALLOW, 0, false, INT(5), INT(5), 4, 0, 0},
	{"allow, of a value that was looked at", POLICY(SET("SO_KEEPALIVE", "'allow','where':{'value':{'oneOf':[1]}}" LOG)), false, SOL_SOCKET, SO_KEEPALIVE, INT(5), 0, 0, 0,
	 SOCKOPT_OP_ALLOW, 0, false, INT(5), INT(5), 4, 0, 0},
	{"clamp", POLICY(SET("SO_RCVBUF", "'clamp','max':60000" LOG)), false, RCVBUF, INT(90000), 0, 0, 0,
	 SOCKOPT_OP_CLAMP, 0, true, INT(90000), INT(60000), 4, 0, 0},
	{"clamp, within bounds", POLICY(SET("SO_RCVBUF", "'clamp','max':60000" LOG)), false, RCVBUF, INT(50000), 0, 0, 0,
	 SOCKOPT_OP_CLAMP, 0, false, INT(50000), INT(50000), 4, 0, 0},
	{"clamp, beyond a page", POLICY(SET("SO_RCVBUF", "'clamp','max':60000" LOG)), false, RCVBUF, INT(90000), 5000, 0, 0,
	 SOCKOPT_OP_CLAMP, 0, true, {16, {0x90, 0x5f, 1}}, INT(60000), 4, 0, 0},
	{"clamp, of two bytes", POLICY(SET("SO_RCVBUF", "'clamp','max':60000" LOG)), false, RCVBUF, {2, {1, 1}}, 0, -EINVAL, -EINVAL,
	 SOCKOPT_OP_DENY, EINVAL, false, {2, {1, 1}}, {2, {1, 1}}, 2, 0, 0},
	{"clamp, of no bytes", POLICY(SET("SO_RCVBUF", "'clamp','max':60000" LOG)), false, RCVBUF, NOTHING, 0, -EINVAL, -EINVAL,
	 SOCKOPT_OP_DENY, EINVAL, false, NOTHING, NOTHING, 0, 0, 0},
	{"clamp, of one byte", POLICY(SET("IP_TTL", "'clamp','max':7" LOG)), false, SOL_IP, IP_TTL, {1, {64}}, 0, 0, 0,
	 SOCKOPT_OP_CLAMP, 0, true, {1, {64}}, INT(7), 4, 0, 0},
	{"clamp of a field", POLICY(SET("SO_LINGER", "'clamp','field':'l_linger','max':5" LOG)), false, SOL_SOCKET, SO_LINGER,
	 {8, {1, 0, 0, 0, 100}}, 0, 0, 0, SOCKOPT_OP_CLAMP, 0, true, {8, {1, 0, 0, 0, 100}}, {8, {1, 0, 0, 0, 5}}, 8, 0, 0},
	{"clamp of a second field", POLICY(SET("SO_RCVTIMEO", "'clamp','field':'tv_usec','max':5" LOG)), false, SOL_SOCKET, SO_RCVTIMEO,
	 {16, {1, 0, 0, 0, 0, 0, 0, 0, 100}}, 0, 0, 0, SOCKOPT_OP_CLAMP, 0, true, {16, {1, 0, 0, 0, 0, 0, 0, 0, 100}}, {16, {1, 0, 0, 0, 0, 0, 0, 0, 5}}, 16, 0, 0},
	{"clamp of 4 bytes that become 8", POLICY(SET("SO_MAX_PACING_RATE", "'clamp','max':4294967296" LOG)), false, PACING, INT(-1), 0, 0, 0,
	 SOCKOPT_OP_CLAMP, 0, true, INT(-1), {8, {0, 0, 0, 0, 1}}, 8, 0, 0},
	{"mask of one byte", POLICY(SET("IP_TOS", "'mask','keep':3,'set':184" LOG)), false, SOL_IP, IP_TOS, {1, {0x2d}}, 0, 0, 0,
	 SOCKOPT_OP_MASK, 0, true, {1, {0x2d}}, INT(0xb9), 4, 0, 0},
	{"mask of four bytes", POLICY(SET("IP_TOS", "'mask','keep':3,'set':184" LOG)), false, SOL_IP, IP_TOS, INT(0x2d), 0, 0, 0,
	 SOCKOPT_OP_MASK, 0, true, INT(0x2d), INT(0xb9), 4, 0, 0},
	{"replace", POLICY(SET("SO_PRIORITY", "'replace','value':2" LOG)), false, SOL_SOCKET, SO_PRIORITY, INT(6), 0, 0, 0,
	 SOCKOPT_OP_REPLACE, 0, true, INT(6), INT(2), 4, 0, 0},
	{"replace of a text by a longer one", POLICY(SET("TCP_CONGESTION", "'replace','value':'cubic'" LOG)), false, SOL_TCP, TCP_CONGESTION, {4, "reno"}, 0, 0, 0,
	 SOCKOPT_OP_REPLACE, 0, true, {4, "reno"}, {6, "cubic"}, 6, 0, 0},
	{"redirect", POLICY(SET("SO_RCVBUFFORCE", "'redirect','to':'SO_RCVBUF'" LOG)), false, SOL_SOCKET, SO_RCVBUFFORCE, INT(40000), 0, 0, 0,
	 SOCKOPT_OP_ALLOW, 0, true, INT(40000), INT(40000), 4, SO_RCVBUF, 0},
	{"redirect, bounded", POLICY(SET("SO_RCVBUFFORCE", "'redirect','to':'SO_RCVBUF','max':30000" LOG)), false, SOL_SOCKET, SO_RCVBUFFORCE, INT(40000), 0, 0, 0,
	 SOCKOPT_OP_CLAMP, 0, true, INT(40000), INT(30000), 4, SO_RCVBUF, 0},
	{"ignore", POLICY(SET("SO_MARK", "'ignore'" LOG)), false, SOL_SOCKET, SO_MARK, INT(5), 0, 0, 0,
	 SOCKOPT_OP_IGNORE, 0, true, INT(5), NOTHING, -1, 0, 0},
	{"emulate", POLICY(SET("200/1:int", "'emulate'" LOG)), false, 200, 1, INT(5), 0, 0, -ENOPROTOOPT,
	 SOCKOPT_OP_EMULATE, 0, true, INT(5), NOTHING, -1, 0, 0},
	{"emulate, too short", POLICY(SET("200/1:int", "'emulate'" LOG)), false, 200, 1, {2, {5}}, 0, -EINVAL, -ENOPROTOOPT,
	 SOCKOPT_OP_DENY, EINVAL, true, {2, {5}}, {2, {5}}, 2, 0, 0},
	{"reported: deny", POLICY(GET("SO_PRIORITY", "'deny','errno':'EACCES'")), true, SOL_SOCKET, SO_PRIORITY, INT(5), 0, -EACCES, 5,
	 SOCKOPT_OP_DENY, EACCES, false, INT(5), INT(5), 4, 0, 0},
	{"reported: clamp", POLICY(GET("SO_PRIORITY", "'clamp','max':2" LOG)), true, SOL_SOCKET, SO_PRIORITY, INT(5), 0, 2, 5,
	 SOCKOPT_OP_CLAMP, 0, true, INT(5), INT(2), 4, 0, 0},
	{"reported: mask", POLICY(GET("SO_PRIORITY", "'mask','keep':1" LOG)), true, SOL_SOCKET, SO_PRIORITY, INT(5), 0, 1, 5,
	 SOCKOPT_OP_MASK, 0, true, INT(5), INT(1), 4, 0, 0},
	{"reported: replace", POLICY(GET("SO_PRIORITY", "'replace','value':3" LOG)), true, SOL_SOCKET, SO_PRIORITY, INT(5), 0, 3, 5,
	 SOCKOPT_OP_REPLACE, 0, true, INT(5), INT(3), 4, 0, 0},
	{"reported: replace where the kernel failed", POLICY(GET("200/1:int", "'replace','value':3" LOG)), true, 200, 1, NOTHING, 0, -EOPNOTSUPP, -EOPNOTSUPP,
	 SOCKOPT_OP_REPLACE, 0, false, INT(0), INT(0), 4, 0, -EOPNOTSUPP},
	{"reported: answer", POLICY(GET("200/1:int", "'answer','value':9" LOG)), true, 200, 1, NOTHING, 0, 9, -EOPNOTSUPP,
	 SOCKOPT_OP_ANSWER, 0, true, INT(0), INT(9), 4, 0, -EOPNOTSUPP},
	{"reported: emulate", POLICY(GET("200/1:int", "'emulate','initial':9" LOG)), true, 200, 1, NOTHING, 0, 9, -EOPNOTSUPP,
	 SOCKOPT_OP_EMULATE, 0, true, INT(0), INT(9), 4, 0, -EOPNOTSUPP},
	{"reported: allow", POLICY(GET("SO_PRIORITY", "'allow'" LOG)), true, SOL_SOCKET, SO_PRIORITY, INT(5), 0, 5, 5,
	 SOCKOPT_OP_ALLOW, 0, false, INT(5), INT(5), 4, 0, 0},
};
/* clang-format on */

static long long make_call(int fd, const struct row *row)
{
	const struct bytes *v = &row->value;

	if (row->get)
		return get_int(fd, row->level, row->optname);
	return set_padded(fd, row->level, row->optname, v->bytes, v->length,
			  row->length ?: v->length);
}

static void same(long long got, long long wanted, const char *field, bool *good)
{
	if (got == wanted)
		return;
	diag("%s: got %lld, expected %lld", field, got, wanted);
	*good = false;
}

static void same_bytes(const uint8_t *got, size_t length, const struct bytes *wanted,
		       const char *field, bool *good)
{
	if (length == wanted->length && !memcmp(got, wanted->bytes, length))
		return;
	printf("# %s: got ", field);
	for (size_t i = 0; i < length; i++)
		printf("%02x", got[i]);
	printf(", expected ");
	for (size_t i = 0; i < wanted->length; i++)
		printf("%02x", wanted->bytes[i]);
	printf("\n");
	*good = false;
}

/* The fields that are the same whatever the verdict. */
static void check_frame(const struct sockopt_event *e, const struct site *site, uint64_t since,
			bool audit, bool *good)
{
	same(e->time >= since && e->time <= teller_now(), 1, "time within the call", good);
	same((long long)e->owner, (long long)site->cgroup.id, "owner", good);
	same(strcmp((const char *)e->id, TELLER_ID), 0, "id", good);
	same((long long)e->lost_full, 0, "lost_full", good);
	same((long long)e->lost_rate, 0, "lost_rate", good);
	same(e->pid, kernel_tells_pid() ? getpid() : 0, "pid", good);
	same(e->tid, kernel_tells_pid() ? gettid() : 0, "tid", good);
	same(e->uid, getuid(), "uid", good);
	same(e->family, AF_INET, "family", good);
	same(e->type, SOCK_STREAM, "type", good);
	same(e->protocol, IPPROTO_TCP, "protocol", good);
	same(e->audit, audit, "audit", good);
}

static void check_verdict(const struct sockopt_event *e, const struct row *row, bool *good)
{
	/* The kernel's own answer to an emulated option is not looked at in audit mode. */
	bool unknown = e->audit && row->op == SOCKOPT_OP_EMULATE;

	same(e->get, row->get, "get", good);
	same(e->level, row->level, "level", good);
	same(e->optname, row->optname, "optname", good);
	same(e->to_level, row->level, "to_level", good);
	same(e->to_optname, row->to_optname ?: row->optname, "to_optname", good);
	same(e->optlen, (long long)(row->get ? 4 : row->length ?: row->value.length), "optlen",
	     good);
	same(e->to_optlen, row->to_optlen, "to_optlen", good);
	same(e->retval, row->retval, "retval", good);
	same(e->rule, row->policy[0] == DEFAULTS[0] && !strcmp(row->policy, DEFAULTS) ? 0xffff : 0,
	     "rule", good);
	same(e->op, row->op, "op", good);
	same((long long)e->error, row->error && !kernel_gives_errno() ? EPERM : row->error, "error",
	     good);
	same(e->changes, row->changes, "changes", good);
	same_bytes(e->before, e->before_length, &row->before, "before", good);
	same_bytes(e->after, e->after_length, unknown ? &(struct bytes)NOTHING : &row->after,
		   "after", good);
}

static void check_row(const struct row *row, bool audit)
{
	struct sockopt_event e, second;
	struct site site;
	bool good = true;
	long long result;
	uint64_t since;
	int fd;

	site_make(&site, NULL);
	site_enter(&site);
	teller_attach(&site, row->policy, &(struct teller){.audit = audit});
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	if (row->get && row->value.length)
		set_raw(fd, row->level, row->optname, row->value.bytes, row->value.length);
	since = teller_now();
	result = make_call(fd, row);
	if (!same_result(result, audit ? row->plain : row->result))
		same(result, audit ? row->plain : row->result, "result", &good);
	if (teller_read(&e)) {
		check_frame(&e, &site, since, audit, &good);
		check_verdict(&e, row, &good);
		same(teller_read(&second), false, "a second event", &good);
	} else {
		same(0, 1, "events", &good);
	}
	ok(good, "%s%s", row->name, audit ? " (audit)" : "");
	close(fd);
	site_close(&site);
}

/* ---- what is told at all ---- */

static void check_silence(void)
{
	struct sockopt_event e;
	struct site site;
	int fd;

	site_make(&site, NULL);
	site_enter(&site);
	teller_attach(&site,
		      POLICY(SET("SO_MARK", "'allow'") "," SET("SO_RCVBUF", "'clamp','max':60000")),
		      &(struct teller){0});
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	set_int(fd, SOL_SOCKET, SO_MARK, 5);
	set_int(fd, SOL_SOCKET, SO_PRIORITY, 5);
	set_int(fd, SOL_SOCKET, SO_RCVBUF, 90000);
	is_int(teller_read(&e), false, "allowed, unnamed and changed without \"log\": no event");
	close(fd);
	site_close(&site);
}

static void check_audit_changes(void)
{
	struct sockopt_event e;
	struct site site;
	int fd;

	site_make(&site, NULL);
	site_enter(&site);
	teller_attach(&site, POLICY(SET("SO_RCVBUF", "'clamp','max':60000")),
		      &(struct teller){.audit = true});
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	set_int(fd, SOL_SOCKET, SO_RCVBUF, 50000);
	is_int(teller_read(&e), false, "audit, without \"log\": nothing would change, no event");
	set_int(fd, SOL_SOCKET, SO_RCVBUF, 90000);
	is_int(teller_read(&e), true, "audit, without \"log\": it would change, and that is told");
	is_int(get_int(fd, SOL_SOCKET, SO_RCVBUF), 180000, "and it has not changed");
	close(fd);
	site_close(&site);
}

static int tests(void)
{
	teller_open();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		check_row(&rows[i], false);
		check_row(&rows[i], true);
	}
	check_silence();
	check_audit_changes();
	return tap_done();
}

int main(void)
{
	return kernel_main(tests);
}
