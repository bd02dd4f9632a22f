/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call under one policy, by the engine that the kernel runs: a call in, an outcome out. No
 * kernel is asked, and no socket is kept: what an emulated option holds is not modelled.
 */
#ifndef POLICY_TRY_H
#define POLICY_TRY_H

#include "policy/compile.h"

struct try_call {
	unsigned int call; /* exactly one CALL_* */
	uint32_t level, optname;
	/*
	 * setsockopt: what the caller passes; zeros follow up to optlen. getsockopt: what the kernel
	 * reports.
	 */
	const uint8_t *value;
	size_t length;
	int32_t optlen; /* the caller's, 0 or more */
	int fails;	/* getsockopt: the kernel's positive errno; 0: it succeeds */
	uint32_t family, type, protocol;
};

/* Who decides how the call ends. */
enum try_end {
	TRY_KERNEL, /* setsockopt: the kernel gets what the outcome holds */
	TRY_DENIED, /* it fails with `error`; a getsockopt has been answered by the kernel before */
	TRY_DONE,   /* setsockopt: it succeeds, and the kernel is not asked */
	/* emulate: kept with the socket; getsockopt: the outcome is that of a socket without one */
	TRY_KEPT,
	TRY_REPORTS, /* getsockopt: it succeeds with the outcome's value */
	TRY_FAILS,   /* getsockopt: it fails as the kernel did, with `error` */
};

struct try_outcome {
	enum try_end end;
	enum policy_action action; /* what the engine did, not what the rule is named */
	int rule;		   /* its index; -1: the default action */
	int error;		   /* positive errno */
	uint32_t level, optname;
	int32_t optlen;
	bool own_memory; /* setsockopt: the kernel reads the caller's memory, not what is below */
	bool changed;	 /* the value, the option or the length is not the caller's */
	size_t length;	 /* bytes that stand in `value`: optlen, a page at most */
	uint8_t value[SOCKOPT_PAGE];
};

/* What becomes of @call under @compiled. */
void try_run(const struct compiled *compiled, const struct try_call *call, struct try_outcome *ret);

#endif
