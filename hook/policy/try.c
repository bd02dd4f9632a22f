// SPDX-License-Identifier: Apache-2.0
/*
 * The engine lent a buffer as the kernel lends one. What the programs add to the engine (denying,
 * emulating) is told in terms of the outcome, for there is no socket here.
 */
#include "policy/try.h"

#include <string.h>

#include "base/cleanup.h"

struct attempt {
	struct bpf_sockopt ctx;
	struct bpf_sock sk;
	struct sockopt_verdict verdict;
	uint8_t before[SOCKOPT_PAGE], buffer[SOCKOPT_PAGE];
};

/* setsockopt: max(16, optlen), zero-filled; getsockopt: the caller's optlen. At most a page. */
static void lend_buffer(const struct try_call *call, struct attempt *a)
{
	bool get = call->call == CALL_GETSOCKOPT;
	size_t room = (size_t)call->optlen, n;

	room = room > SOCKOPT_PAGE ? SOCKOPT_PAGE : room;
	n = call->length > room ? room : call->length;
	if (!get && room < SOCKOPT_MIN_ROOM)
		room = SOCKOPT_MIN_ROOM;
	if (!(get && call->fails) && n)
		memcpy(a->buffer, call->value, n);
	memcpy(a->before, a->buffer, sizeof(a->before));
	a->sk = (struct bpf_sock){.family = call->family,
				  .type = call->type,
				  .protocol = call->protocol};
	a->ctx = (struct bpf_sockopt){.level = (int32_t)call->level,
				      .optname = (int32_t)call->optname,
				      .optlen = call->optlen,
				      .retval = get ? -call->fails : 0};
	if (get && !call->fails)
		a->ctx.optlen = (int32_t)n;
	a->ctx.sk = &a->sk;
	a->ctx.optval = a->buffer;
	a->ctx.optval_end = a->buffer + room;
}

/* The one place that runs the engine: it reads, plans, then writes. */
static void run_engine(const struct compiled *compiled, int get, struct attempt *a)
{
	const struct sockopt_bounds *bounds = &compiled->class->bounds;
	struct sockopt_operands operands;

	sockopt_decide(compiled->policy, &a->ctx, get, bounds, &a->verdict);
	if (sockopt_find_operands(compiled->policy, &a->verdict, bounds, &operands))
		sockopt_refuse(&a->verdict, EINVAL);
	sockopt_plan(operands.step, &a->ctx, get, &a->verdict);
	sockopt_apply(&operands, &a->ctx, get, bounds->apart, &a->verdict);
}

/* As emulate_set() in bpf/sockopt-emulate.h judges the length. */
static bool can_keep(const struct compiled *compiled, const struct attempt *a)
{
	const struct sockopt_step *step =
		sockopt_step(compiled->policy, a->verdict.step, &compiled->class->bounds);
	int64_t length = a->ctx.optlen, most = step ? (int64_t)step->a : -1;

	return step && (step->flags & SOCKOPT_FIXED ? length >= most : length <= most);
}

/* What emulate_get() reports of a socket that keeps nothing. */
static void report_initial(const struct compiled *compiled, struct attempt *a)
{
	const struct sockopt_bounds *bounds = &compiled->class->bounds;
	const struct sockopt_step *step = sockopt_step(compiled->policy, a->verdict.step, bounds);
	const void *value = step ? sockopt_cell(compiled->policy, step->offset / SOCKOPT_CELL,
						SOCKOPT_VALUE_MAX, bounds)
				 : NULL;

	if (value)
		a->ctx.optlen = (int32_t)sockopt_copy_in(&a->ctx, value, step->size, bounds->apart);
}

static const enum policy_action actions[] = {
	[SOCKOPT_OP_ALLOW] = ACTION_ALLOW,   [SOCKOPT_OP_DENY] = ACTION_DENY,
	[SOCKOPT_OP_IGNORE] = ACTION_IGNORE, [SOCKOPT_OP_CLAMP] = ACTION_CLAMP,
	[SOCKOPT_OP_MASK] = ACTION_MASK,     [SOCKOPT_OP_REPLACE] = ACTION_REPLACE,
	[SOCKOPT_OP_ANSWER] = ACTION_ANSWER, [SOCKOPT_OP_EMULATE] = ACTION_EMULATE,
};

static enum try_end end_of(const struct compiled *compiled, const struct try_call *call,
			   const struct attempt *a, int *ret_error)
{
	bool get = call->call == CALL_GETSOCKOPT;

	*ret_error = 0;
	if (a->verdict.op == SOCKOPT_OP_DENY) {
		*ret_error = (int)a->verdict.error;
		return TRY_DENIED;
	}
	if (a->verdict.op == SOCKOPT_OP_EMULATE) {
		if (get || can_keep(compiled, a))
			return TRY_KEPT;
		*ret_error = EINVAL;
		return TRY_DENIED;
	}
	if (!get)
		return a->ctx.optlen == SOCKOPT_SKIP_KERNEL ? TRY_DONE : TRY_KERNEL;
	*ret_error = a->ctx.retval < 0 ? -a->ctx.retval : 0;
	return *ret_error ? TRY_FAILS : TRY_REPORTS;
}

void try_run(const struct compiled *compiled, const struct try_call *call, struct try_outcome *ret)
{
	bool get = call->call == CALL_GETSOCKOPT;
	struct attempt a = {0};
	struct bpf_sockopt first;
	int32_t optlen;

	lend_buffer(call, &a);
	first = a.ctx;
	run_engine(compiled, get, &a);
	if (get && a.verdict.op == SOCKOPT_OP_EMULATE)
		report_initial(compiled, &a);
	optlen = a.ctx.optlen;
	*ret = (struct try_outcome){
		.rule = a.verdict.rule == SOCKOPT_NO_RULE ? -1 : (int)a.verdict.rule,
		.action = a.verdict.op < ARRAY_SIZE(actions) ? actions[a.verdict.op] : ACTION_DENY,
		.level = (uint32_t)a.ctx.level,
		.optname = (uint32_t)a.ctx.optname,
		.optlen = optlen,
		.changed = memcmp(&first, &a.ctx, sizeof(first)) ||
			   memcmp(a.before, a.buffer, sizeof(a.before)),
		.own_memory = !get && (!optlen || optlen > SOCKOPT_PAGE),
	};
	ret->end = end_of(compiled, call, &a, &ret->error);
	if (optlen > 0)
		ret->length = optlen > SOCKOPT_PAGE ? SOCKOPT_PAGE : (size_t)optlen;
	memcpy(ret->value, a.buffer, sizeof(ret->value));
}
