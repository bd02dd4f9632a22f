// SPDX-License-Identifier: Apache-2.0
/*
 * Recordings as policies: what was seen passes, its neighbours do not, and what the text says. A
 * seed given as argument runs that one random recording.
 */
#include "recorded.h"

#define RECORDINGS 250

/* ---- at random ---- */

static bool same_socket_seen(const struct made *m, const struct call *c)
{
	for (size_t i = 0; i < m->n_calls; i++) {
		const struct call *o = &m->calls[i].call;

		if (o->get == c->get && o->level == c->level && o->optname == c->optname &&
		    o->family == c->family && o->type == c->type &&
		    (o->protocol == c->protocol || o->family == AF_UNIX))
			return true;
	}
	return false;
}

/* A kind of call that was not seen, or was seen on other sockets alone, is denied. */
static bool denies_others(const struct compiled *compiled, const struct made *m)
{
	for (size_t i = 0; i < m->n_calls; i++) {
		struct call call = m->calls[i].call;
		const uint32_t *socket = DRAW(made_sockets);

		call.value = m->calls[i].value;
		if (draw(2))
			call.get = !call.get;
		if (draw(2))
			call.optname += draw(3);
		call.family = draw(2) ? socket[0] : call.family;
		call.type = draw(2) ? socket[1] : call.type;
		call.protocol = draw(2) ? socket[2] : call.protocol;
		if (same_socket_seen(m, &call) || !allows(compiled, &call))
			continue;
		diag_call(&call);
		return false;
	}
	return true;
}

static bool one_random(uint64_t with)
{
	static struct made m;
	bool passed = true;

	seed = with * 0x9e3779b97f4a7c15u;
	made_fill(&m, 1 + draw(CALLS_MAX));
	for (int b = BOUNDS_EXACT; b <= BOUNDS_ANY && passed; b++) {
		const struct recording r = made_recording(&m);
		_cleanup_free_ char *text = must_record(&r, (enum bounds)b);
		struct compiled compiled = must_compile(text);

		passed = passes_all(&compiled, &m) && denies_others(&compiled, &m);
		if (!passed)
			diag("seed %" PRIu64 ", bounds %d, policy: %s", with, b, text);
		compiled_done(&compiled);
	}
	return passed;
}

/* ---- sockets and names ---- */

static void see(struct made *m, uint32_t level, uint32_t optname, uint32_t family, uint32_t type,
		uint32_t protocol)
{
	const struct call call = {.level = level,
				  .optname = optname,
				  .optlen = 4,
				  .get = true,
				  .family = family,
				  .type = type,
				  .protocol = protocol};

	made_add(m, &call, "", 1);
}

static void is_policy(const struct recording *r, const char *expected, const char *name)
{
	_cleanup_free_ char *text = must_record(r, BOUNDS_EXACT),
			    *plain = calloc(1, strlen(text) + 1);
	size_t n = 0;

	for (const char *p = text; *p; p++) {
		while (*p == '\n' && p[strspn(p, "\n ")])
			p += strspn(p, "\n ");
		if (*p != '\n')
			plain[n++] = *p == '"' ? '\'' : *p;
	}
	is_str(plain, expected, name);
}

static void test_sockets(void)
{
	static struct made m;
	struct recording r;

	for (uint32_t family = AF_INET; family <= AF_INET6; family += AF_INET6 - AF_INET) {
		see(&m, 1, 3, family, SOCK_STREAM, 6);
		see(&m, 1, 3, family, SOCK_STREAM, 262);
		see(&m, 1, 4, family, SOCK_STREAM, 6);
	}
	see(&m, 1, 4, AF_INET, SOCK_DGRAM, 17);
	see(&m, 1, 3, AF_UNIX, SOCK_STREAM, 0);
	see(&m, 1, 3, AF_NETLINK, SOCK_RAW, 4);
	r = made_recording(&m);
	r.name =
		(char *)"a+b@c:0123456789012345678901234567890123456789012345678901234567890123456";
	is_policy(
		&r,
		"{'version': 1,'name': "
		"'a_b_c_0123456789012345678901234567890123456789012345678901234567',"
		"'description': 'Recorded: 9 calls.','defaultAction': 'deny','rules': ["
		"{'id': 'get.SO_TYPE','calls': ['getsockopt'],'options': ['SO_TYPE'],'sockets': {'families': "
		"['AF_UNIX'],'types': ['SOCK_STREAM']},'action': 'allow','description': "
		"'1 call, optlen 4'},"
		"{'id': 'get.SO_TYPE.2','calls': ['getsockopt'],'options': ['SO_TYPE'],'sockets': {'families': "
		"['AF_INET','AF_INET6'],'types': ['SOCK_STREAM'],'protocols': ['IPPROTO_TCP',"
		"'IPPROTO_MPTCP']},'action': 'allow','description': '4 calls, optlen 4'},"
		"{'id': 'get.SO_TYPE.3','calls': ['getsockopt'],'options': ['SO_TYPE'],'sockets': {'families': "
		"['AF_NETLINK'],'types': ['SOCK_RAW'],'protocols': ['NETLINK_SOCK_DIAG']},"
		"'action': 'allow','description': '1 call, optlen 4'},"
		"{'id': 'get.SO_ERROR','calls': ['getsockopt'],'options': ['SO_ERROR'],'sockets': {'families': "
		"['AF_INET'],'types': ['SOCK_DGRAM'],'protocols': ['IPPROTO_UDP']},'action': "
		"'allow','description': '1 call, optlen 4'},"
		"{'id': 'get.SO_ERROR.2','calls': ['getsockopt'],'options': ['SO_ERROR'],'sockets': {'families': "
		"['AF_INET','AF_INET6'],'types': ['SOCK_STREAM'],'protocols': ['IPPROTO_TCP']},"
		"'action': 'allow','description': '2 calls, optlen 4'}]}",
		"sockets are joined where they are a product");
}

/* The name that means two numbers would allow the one that was not seen. */
static void test_names(void)
{
	static struct made m;
	struct recording r;

	see(&m, 1, 20, 63, 15, 65535);
	see(&m, 17, 1, 64, 16, 65536);
	see(&m, 1, 0x80000000, AF_INET, SOCK_STREAM, 6);
	r = made_recording(&m);
	r.missed = 3;
	is_policy(
		&r,
		"{'version': 1,'name': 'recording','description': 'Recorded: 3 calls. NOT "
		"COMPLETE: 3 more calls, of more kinds than could be kept; they are denied here. LEFT "
		"OUT: 1 call with a negative level or option, which no policy can name.',"
		"'defaultAction': 'deny','rules': ["
		"{'id': 'get.SO_RCVTIMEO_OLD','calls': ['getsockopt'],'options': ['SO_RCVTIMEO_OLD'],'sockets': {'families': "
		"[63],'types': [15],'protocols': [65535]},'action': 'allow','description': '1 "
		"call, optlen 4'},"
		"{'id': 'get.SOL_UDP.1','calls': ['getsockopt'],'options': ['SOL_UDP/1'],'action': 'allow',"
		"'description': '1 call, optlen 4, one of UDP_CORK, any family, any type, any "
		"protocol'}]}",
		"names that mean one number; numbers that have no name");
}

/* ---- limits ---- */

static void test_many(uint32_t options, const char *note)
{
	static struct made m;
	struct recording r;

	memset(&m, 0, sizeof(m));
	for (uint32_t i = 0; i < options; i++) {
		m.n_calls = 0;
		see(&m, 200 + i % 3, i, i % 5 ? AF_INET : AF_INET6, SOCK_STREAM, 6);
	}
	r = made_recording(&m);
	if (note) {
		_cleanup_free_ char *text = must_record(&r, BOUNDS_EXACT);
		struct compiled compiled = must_compile(text);

		ok(strstr(text, note), "%u options: \"%s\"", options, note);
		ok(passes_all(&compiled, &m), "  the last one passes");
		m.calls[0].call.type = SOCK_DGRAM;
		ok(!allows(&compiled, &m.calls[0].call), "  but not on another kind of socket");
		compiled_done(&compiled);
	} else {
		_cleanup_free_ char *text = must_record(&r, BOUNDS_EXACT);
		struct compiled compiled = must_compile(text);

		ok(strstr(text, "Recorded: 1024 calls. NOT COMPLETE: 76 more calls"),
		   "%u options: as many as a policy can name, and a word of the others", options);
		ok(allows(&compiled, &m.calls[0].call), "  one of the first passes");
		m.calls[0].call.level = 202;
		m.calls[0].call.optname = 1097;
		ok(!allows(&compiled, &m.calls[0].call), "  one of the last is denied");
		compiled_done(&compiled);
	}
}

/* More tests on one option than the engine takes in one call. */
static void test_long(void)
{
	static struct made m;
	struct recording r;
	_cleanup_free_ char *text = NULL;
	struct compiled compiled;
	uint8_t bytes[64] = {0};

	memset(&m, 0, sizeof(m));
	for (uint32_t i = 0; i < CALLS_MAX; i++) {
		const struct call call = {.level = 1,
					  .optname = 12,
					  .optlen = 4,
					  .family = AF_INET,
					  .type = SOCK_STREAM,
					  .protocol = i % 40};
		uint32_t value = 1 + i * i;

		memcpy(bytes, &value, sizeof(value));
		made_add(&m, &call, bytes, sizeof(bytes));
	}
	r = made_recording(&m);
	text = must_record(&r, BOUNDS_EXACT);
	compiled = must_compile(text);
	ok(strstr(text, "NOT EXACT: ranges for lists of values, to fit."), "lists become ranges");
	ok(passes_all(&compiled, &m), "  what was seen passes");
	m.calls[0].value[3] = 1;
	ok(!allows(&compiled, &m.calls[0].call), "  what is beyond does not");
	compiled_done(&compiled);
}

int main(int argc, char **argv)
{
	bool passed = true;

	if (argc > 1) {
		ok(one_random(strtoull(argv[1], NULL, 10)), "seed %s", argv[1]);
		return tap_done();
	}
	test_sockets();
	test_names();
	test_many(1000, "Options share rules, to fit.");
	test_many(1100, NULL);
	test_long();
	for (uint64_t i = 1; i <= RECORDINGS && passed; i++)
		passed = one_random(i);
	ok(passed, "%d random recordings: what was seen passes, what was not is denied",
	   RECORDINGS);
	return tap_done();
}
