/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What every rival decides, so that the same is compared: five rules for setsockopt and one for
 * getsockopt. Plain C without headers, for programs, for a shared library and for BPF. The same
 * rules for the hook are measure/30-alternatives' policy.
 */
#ifndef RIVAL_POLICY_H
#define RIVAL_POLICY_H

enum {
	RIVAL_LEVEL_IP = 0,
	RIVAL_LEVEL_SOCKET = 1,
	RIVAL_LEVEL_TCP = 6,

	RIVAL_RCVBUF = 8,
	RIVAL_RCVBUFFORCE = 33,
	RIVAL_MARK = 36,
	RIVAL_TTL = 2,
	RIVAL_NODELAY = 1,
	RIVAL_MAXSEG = 2,

	RIVAL_RCVBUF_MAX = 65536,
	RIVAL_TTL_MAX = 64,
	RIVAL_MAXSEG_REPORTED = 1400,
};

struct rival_call {
	int level;
	int option;
	int value;
};

enum rival_verdict {
	RIVAL_PASS, /* the call goes on, as it stands in struct rival_call now */
	RIVAL_DENY, /* EPERM */
	RIVAL_SKIP, /* success, and the kernel is not asked */
};

static inline int rival_is(const struct rival_call *call, int level, int option)
{
	return call->level == level && call->option == option;
}

/* 0: none. */
static inline int rival_bound(const struct rival_call *call)
{
	if (rival_is(call, RIVAL_LEVEL_SOCKET, RIVAL_RCVBUF))
		return RIVAL_RCVBUF_MAX;
	return rival_is(call, RIVAL_LEVEL_IP, RIVAL_TTL) ? RIVAL_TTL_MAX : 0;
}

static inline enum rival_verdict rival_decide(struct rival_call *call)
{
	int max;

	if (rival_is(call, RIVAL_LEVEL_SOCKET, RIVAL_MARK))
		return RIVAL_DENY;
	if (rival_is(call, RIVAL_LEVEL_TCP, RIVAL_NODELAY))
		return RIVAL_SKIP;
	if (rival_is(call, RIVAL_LEVEL_SOCKET, RIVAL_RCVBUFFORCE))
		call->option = RIVAL_RCVBUF;
	max = rival_bound(call);
	if (max && call->value > max)
		call->value = max;
	return RIVAL_PASS;
}

static inline int rival_reports_maxseg(int level, int option)
{
	return level == RIVAL_LEVEL_TCP && option == RIVAL_MAXSEG;
}

#endif
