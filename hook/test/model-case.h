/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One case of the model: one or two nested policies and a few calls of one socket. What a seed gives
 * is always the same; a case that fails is made smaller as long as it fails.
 */
#ifndef TEST_MODEL_CASE_H
#define TEST_MODEL_CASE_H

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "test/random-policy.h"

#define MODEL_CALLS 6

struct model_call {
	bool get;
	uint32_t level, optname;
	int32_t optlen;
	int32_t mapped; /* bytes of the caller's memory, at most optlen: beyond them is none */
	uint8_t fill;	/* of what is beyond `value` */
	uint8_t value[VALUE_BYTES];
};

struct model_case {
	uint64_t seed;
	const int *socket;		  /* family, type, protocol */
	struct random_policy policies[2]; /* [0]: of the nested cgroup, asked first */
	bool audit[2];
	struct model_call calls[MODEL_CALLS];
	size_t n_calls;
};

static const int model_sockets[][3] = {
	{AF_INET, SOCK_STREAM, IPPROTO_TCP},
	{AF_INET, SOCK_DGRAM, IPPROTO_UDP},
	{AF_INET6, SOCK_STREAM, IPPROTO_TCP},
	{AF_INET6, SOCK_DGRAM, IPPROTO_UDP},
	{AF_NETLINK, SOCK_RAW, 0},
};

/* Known before the case is made, for sockets are made in advance. */
static const int *model_socket(uint64_t seed)
{
	return model_sockets[seed % ARRAY_SIZE(model_sockets)];
}

/* Options of which two sockets tell different things, or whose programs the kernel asks late or not. */
static bool is_different(uint32_t level, uint32_t optname)
{
	static const uint32_t options[][2] = {{SOL_SOCKET, SO_COOKIE},
					      {IPPROTO_TCP, TCP_INFO},
					      {IPPROTO_TCP, TCP_TIMESTAMP},
					      {IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE}};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i][0] == level && options[i][1] == optname)
			return true;
	return false;
}

static void make_model_call(const struct pick *const mine[2], struct model_call *call)
{
	const struct pick *pick = below(8) ? mine[below(2)] : &ANY_OF(picks);

	*call = (struct model_call){.get = below(5) >= 3,
				    .level = pick->level,
				    .optname = pick->optname,
				    .optlen = ANY_OF(lengths),
				    .fill = below(3) ? 0 : 0xee};
	make_value(pick, call->value);
	/* What no rule names, and what no kernel knows either. */
	if (!below(8))
		call->optname = (uint32_t)below(400);
	if (is_different(call->level, call->optname))
		call->optname = 0;
	if (type_of(pick)->kind == VALUE_STRING && below(2))
		call->optlen = (int32_t)strlen((char *)call->value) + (int32_t)below(2);
	call->mapped = call->optlen;
	if (!call->get && !below(24))
		call->mapped = (int32_t)below((size_t)call->optlen + 1);
}

static void make_model_case(uint64_t seed, bool may_nest, struct model_case *ret)
{
	const struct pick *mine[2];
	size_t place;

	state = seed;
	*ret = (struct model_case){.seed = seed, .socket = model_socket(seed)};
	ret->policies[0].otherwise = ret->policies[1].otherwise = "allow";
	mine[0] = &ANY_OF(picks);
	mine[1] = below(2) ? mine[0] : &ANY_OF(picks);
	place = below(2);
	/* There a program above another sees no length beyond a page. */
	if (!may_nest)
		place = 0;
	make_policy(mine, &ret->policies[place]);
	if (may_nest && !below(3))
		make_policy(mine, &ret->policies[1 - place]);
	for (size_t i = 0; i < 2; i++)
		ret->audit[i] = !below(8);
	ret->n_calls = 1 + below(MODEL_CALLS);
	for (size_t i = 0; i < ret->n_calls; i++)
		make_model_call(mine, &ret->calls[i]);
}

static void model_case_done(struct model_case *c)
{
	for (size_t i = 0; i < 2; i++)
		random_policy_done(&c->policies[i]);
}

/* ---- making it smaller ---- */

/* The part @at of @all is taken out; the rest moves up. */
#define TAKE_OUT(all, n, at)                                                                       \
	memmove(&(all)[at], &(all)[(at) + 1], ((n) - (at)-1) * sizeof((all)[0]))

/*
 * Change @nr of those that make the case smaller. Rules that are taken out stay the first case's.
 * Returns 0 where it changes nothing, -1 where there are no more.
 */
static int model_smaller(struct model_case *c, size_t nr)
{
	struct model_call *call;

	if (nr < c->n_calls) {
		TAKE_OUT(c->calls, c->n_calls, nr);
		return (int)c->n_calls--;
	}
	nr -= c->n_calls;
	for (size_t i = 0; i < 2; nr -= c->policies[i++].n) {
		if (nr >= c->policies[i].n)
			continue;
		TAKE_OUT(c->policies[i].rules, c->policies[i].n, nr);
		return (int)c->policies[i].n--;
	}
	if (nr < 2 && c->audit[nr]) {
		c->audit[nr] = false;
		return 1;
	}
	if (nr < 2)
		return 0;
	nr -= 2;
	if (nr / 3 >= c->n_calls)
		return -1;
	call = &c->calls[nr / 3];
	if (nr % 3 == 0 && call->optlen > 4)
		call->optlen = call->mapped = 4;
	else if (nr % 3 == 1 && call->fill)
		call->fill = 0;
	else if (nr % 3 == 2 && memcmp(call->value + 8, (uint8_t[24]){0}, 24))
		memset(call->value + 8, 0, 24);
	else
		return 0;
	return 1;
}

static void print_model_case(const struct model_case *c)
{
	diag("socket %d/%d/%d", c->socket[0], c->socket[1], c->socket[2]);
	for (size_t i = 0; i < 2; i++) {
		_cleanup_free_ char *text = random_text(&c->policies[i]);

		diag("%s policy%s: %s", i ? "outer" : "nested", c->audit[i] ? ", audit" : "", text);
	}
	for (size_t i = 0; i < c->n_calls; i++) {
		const struct model_call *call = &c->calls[i];

		printf("# %s %u/%u optlen %d, of it mapped %d, filled with %02x: ",
		       call->get ? "getsockopt" : "setsockopt", call->level, call->optname,
		       call->optlen, call->mapped, call->fill);
		for (size_t b = 0; b < VALUE_BYTES; b++)
			printf("%02x", call->value[b]);
		putchar('\n');
	}
}

#endif
