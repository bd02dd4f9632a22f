/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls made up at random, what the kernel's side would have kept of them, and whether a policy
 * made of it lets each of them through. For the tests of recording and merge.
 */
#ifndef TEST_RECORDED_H
#define TEST_RECORDED_H

#include "test/engine.h"

#include <inttypes.h>

#include "policy/recording.h"

#define SEEN_MAX  1200
#define CALLS_MAX 400

struct made_call {
	struct call call;
	uint8_t value[64];
};

struct made {
	struct made_call calls[CALLS_MAX];
	size_t n_calls;
	struct observed seen[SEEN_MAX];
	size_t n_seen;
};

static uint64_t seed = 1;

static inline uint32_t draw(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 20) % n;
}
#define DRAW(array) ((array)[draw(ARRAY_SIZE(array))])

/* ---- as the kernel's side keeps it ---- */

static inline uint32_t length_class(uint32_t optlen)
{
	static const uint32_t exact[] = {0, 1, 2, 4, 8}, ends[] = {16, 32, 64, 256, 4096};

	for (size_t i = 0; i < ARRAY_SIZE(exact); i++)
		if (exact[i] == optlen)
			return optlen;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (optlen <= ends[i])
			return ends[i];
	return UINT32_MAX;
}

static inline struct observed *find_seen(struct made *m, const struct call *c)
{
	const struct observed key = {.call = c->get ? CALL_GETSOCKOPT : CALL_SETSOCKOPT,
				     .level = c->level,
				     .optname = c->optname,
				     .family = c->family,
				     .type = c->type,
				     .protocol = c->protocol,
				     .length = length_class((uint32_t)c->optlen)};
	struct observed *o = m->seen;

	for (; o < m->seen + m->n_seen; o++)
		if (o->call == key.call && o->level == key.level && o->optname == key.optname &&
		    o->family == key.family && o->type == key.type && o->protocol == key.protocol &&
		    o->length == key.length)
			return o;
	if (m->n_seen == SEEN_MAX)
		abort();
	m->n_seen++;
	*o = key;
	return o;
}

static inline void keep_bounds(struct observed *o, uint64_t word)
{
	unsigned int shift = 64 - 8 * (o->length & 15);
	int64_t number = (int64_t)(word << shift) >> shift;

	if (o->count == 1 || word < o->umin)
		o->umin = word;
	if (o->count == 1 || word > o->umax)
		o->umax = word;
	if (o->count == 1 || number < o->smin)
		o->smin = number;
	if (o->count == 1 || number > o->smax)
		o->smax = number;
}

static inline void keep_value(struct observed *o, const uint8_t *value, size_t optlen)
{
	uint8_t bytes[OBSERVED_BYTES] = {0};
	uint8_t length = (uint8_t)(optlen > OBSERVED_BYTES ? OBSERVED_BYTES + 1 : optlen);

	memcpy(bytes, value, optlen > OBSERVED_BYTES ? OBSERVED_BYTES : optlen);
	for (size_t i = 0; i < o->n_values; i++)
		if (o->values[i].length == length &&
		    !memcmp(o->values[i].bytes, bytes, sizeof(bytes)))
			return;
	if (o->n_values == OBSERVED_VALUES) {
		o->more = true;
		return;
	}
	memcpy(o->values[o->n_values].bytes, bytes, sizeof(bytes));
	o->values[o->n_values++].length = length;
}

static inline void observe(struct made *m, const struct made_call *made)
{
	struct observed *o = find_seen(m, &made->call);
	size_t optlen = (size_t)made->call.optlen;
	uint64_t word = 0;

	o->count++;
	if (made->call.get)
		return;
	if (optlen && optlen == o->length && optlen <= sizeof(word)) {
		memcpy(&word, made->value, optlen);
		keep_bounds(o, word);
	}
	if (optlen)
		keep_value(o, made->value, optlen);
}

static inline void made_add(struct made *m, const struct call *call, const void *value, size_t n)
{
	struct made_call *made = &m->calls[m->n_calls++];

	made->call = *call;
	memset(made->value, 0, sizeof(made->value));
	memcpy(made->value, value, n);
	made->call.value = made->value;
	made->call.length = sizeof(made->value);
	observe(m, made);
}

/* ---- made up ---- */

struct made_option {
	uint32_t level, optname;
};

/* One of each type that the tables have, and some that they have not. */
static const struct made_option made_options[] = {
	{1, 2},	 {1, 8},   {1, 12},  {1, 13},  {1, 19},	 {1, 20},  {1, 25},   {1, 26},
	{1, 27}, {1, 37},  {1, 47},  {1, 61},  {0, 1},	 {0, 2},   {0, 15},   {0, 32},
	{0, 33}, {0, 35},  {0, 50},  {41, 2},  {41, 18}, {41, 20}, {41, 62},  {41, 67},
	{6, 1},	 {6, 13},  {6, 29},  {6, 31},  {17, 1},	 {270, 1}, {270, 10}, {282, 5},
	{40, 0}, {263, 5}, {200, 1}, {200, 2}, {300, 4}, {1, 3},   {132, 2},  {0, 64},
};

static const uint32_t made_sockets[][3] = {
	{AF_INET, SOCK_STREAM, 6},    {AF_INET, SOCK_DGRAM, 17},
	{AF_INET6, SOCK_STREAM, 6},   {AF_INET6, SOCK_DGRAM, 17},
	{AF_INET, SOCK_STREAM, 262},  {AF_UNIX, SOCK_STREAM, 0},
	{AF_UNIX, SOCK_DGRAM, 0},     {AF_NETLINK, SOCK_RAW, 0},
	{AF_NETLINK, SOCK_RAW, 6},    {AF_PACKET, SOCK_RAW, 768},
	{AF_INET, SOCK_RAW, 253},     {AF_VSOCK, SOCK_STREAM, 0},
	{AF_BLUETOOTH, SOCK_RAW, 21}, {63, 15, 65535},
};

static inline void made_value(uint8_t value[64])
{
	static const int64_t numbers[] = {0,	   1,	      2,	 7,	   60, 184,
					  255,	   256,	      440,	 65535,	   -1, -2,
					  1 << 20, INT32_MAX, INT32_MIN, INT64_MAX};
	static const char *const words[] = {"cubic",
					    "bbr",
					    "",
					    "reno",
					    "eth0",
					    "abcdefghijklmno",
					    "abcdefghijklmnopq",
					    "\x1b[2J",
					    "\xc3\xbc",
					    "\xff\xfe"};
	int64_t number = draw(3) ? DRAW(numbers) : (int64_t)draw(3000) - 1000;

	memset(value, 0, 64);
	if (draw(3)) {
		memcpy(value, &number, draw(2) ? 4 : 8);
		if (!draw(3))
			value[8 + draw(8)] = (uint8_t)draw(3);
	} else if (draw(2)) {
		strcpy((char *)value, DRAW(words));
	} else {
		snprintf((char *)value, 8, "n%u", draw(40));
	}
}

/*
 * Few options and sockets a recording, so that many calls meet in one aggregate; every fourth has
 * one option on two sockets, so that more values meet there than are kept.
 */
static inline void made_fill(struct made *m, size_t calls)
{
	static const int32_t lengths[] = {4, 4, 4, 4, 4, 8, 8, 1, 2, 3, 0, 5, 12, 16, 17, 40, 5000};
	struct made_option options[6];
	size_t odd = draw(2), narrow = !draw(4), from = draw(ARRAY_SIZE(made_sockets) - 1);
	uint8_t value[64];

	memset(m, 0, sizeof(*m));
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		options[i] = DRAW(made_options);
	for (size_t i = 0; i < calls; i++) {
		const uint32_t *socket = narrow ? made_sockets[from + draw(2)] : DRAW(made_sockets);
		struct made_option option = options[narrow ? 0 : draw(ARRAY_SIZE(options))];
		struct call call = {.level = option.level,
				    .optname = option.optname,
				    .optlen = odd ? DRAW(lengths) : 4,
				    .get = !draw(4),
				    .family = socket[0],
				    .type = socket[1],
				    .protocol = socket[2]};

		if (draw(2))
			call.optlen = lengths[draw(6)];
		made_value(value);
		made_add(m, &call, value, sizeof(value));
	}
}

static inline struct recording made_recording(struct made *m)
{
	return (struct recording){.seen = m->seen, .n = m->n_seen};
}

/* ---- the policy of it ---- */

/* Exits where @text is no policy. */
static inline struct compiled must_compile(const char *text)
{
	_cleanup_policy_ struct policy *policy = NULL;
	struct compiled compiled = {0};
	struct error err = {0};

	if (policy_parse(text, strlen(text), &policy, &err) ||
	    policy_compile(policy, &compiled, &err)) {
		ok(false, "the text is a policy");
		diag("%s\n%s", err.text, text);
		exit(1);
	}
	return compiled;
}

/* Exits where there is none. */
__attribute__((noinline, unused)) static char *must_record(const struct recording *r,
							   enum bounds bounds)
{
	struct error err = {0};
	char *text = NULL;

	if (recording_policy(r, bounds, &text, &err)) {
		ok(false, "a policy is made");
		diag("seed %" PRIu64 ": %s", seed, err.text);
		exit(1);
	}
	return text;
}

static inline bool allows(const struct compiled *compiled, const struct call *call)
{
	struct outcome o;

	run_call(compiled, call, &o);
	return o.v.op == SOCKOPT_OP_ALLOW;
}

static inline void diag_call(const struct call *c)
{
	diag("%s %u/%u optlen %d on %u %u %u: %02x%02x%02x%02x %02x%02x%02x%02x",
	     c->get ? "getsockopt" : "setsockopt", c->level, c->optname, c->optlen, c->family,
	     c->type, c->protocol, c->value[0], c->value[1], c->value[2], c->value[3], c->value[4],
	     c->value[5], c->value[6], c->value[7]);
}

/* Whether each call of @m passes. What does not is told. */
static inline bool passes_all(const struct compiled *compiled, const struct made *m)
{
	for (size_t i = 0; i < m->n_calls; i++) {
		struct call call = m->calls[i].call;

		call.value = m->calls[i].value;
		if (allows(compiled, &call))
			continue;
		diag_call(&call);
		return false;
	}
	return true;
}

#endif
