/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine made of a call, held against what the naive evaluator says of it. */
#ifndef TEST_NAIVE_CHECK_H
#define TEST_NAIVE_CHECK_H

#include "test/naive.h"

/* Why the value that is met after the call is another than it should be; NULL where it is not. */
static inline const char *check_value(const struct naive *n, const struct call *call,
				      const struct outcome *o, int32_t optlen)
{
	struct value met;
	integer want = n->value.number;

	read_value(n->type, n->field, o->after, o->ctx.optlen, call->get, &met);
	if (met.state != VALUE_READ)
		return "the value cannot be read";
	if (n->field || n->type->kind == VALUE_INT) {
		if (!n->field && !(call->get && optlen < n->type->size))
			want = n->type->wide ? want : normal(want, n->type);
		if (call->get && n->type->wide && optlen < 8 && want >= two_to(32) - 1)
			want = two_to(64) - 1;
		return met.number == want ? NULL : "another number";
	}
	return met.length == n->value.length && !memcmp(met.bytes, n->value.bytes, met.length)
		       ? NULL
		       : "other bytes";
}

static inline const char *check_get(const struct naive *n, const struct call *call,
				    const struct outcome *o, int32_t optlen)
{
	size_t length = n->value.length < o->room ? n->value.length : o->room;

	if (!n->looked || (call->retval < 0 && n->action != ACTION_ANSWER))
		return o->changed ? "the call has changed" : NULL;
	if (o->ctx.retval)
		return "retval";
	/* Beyond a page the kernel drops what was written: the length comes down with it. */
	if (!n->literal && optlen > PAGE && memcmp(o->before, o->after, sizeof(o->after)))
		optlen = n->type->wide ? 8 : (int32_t)n->type->size;
	if (!n->literal)
		return o->ctx.optlen == optlen ? check_value(n, call, o, optlen) : "optlen";
	return o->ctx.optlen == (int32_t)length && !memcmp(o->after, n->value.bytes, length)
		       ? NULL
		       : "other bytes";
}

static inline const char *check_set(const struct naive *n, const struct call *call,
				    const struct outcome *o)
{
	if (call->nested == -1)
		return o->ctx.optlen == -1 ? NULL : "no longer skipped";
	if (n->action == ACTION_IGNORE)
		return o->ctx.optlen == -1 ? NULL : "not ignored";
	if (!n->looked)
		return o->changed ? "the call has changed" : NULL;
	if ((uint32_t)o->ctx.level != n->level || (uint32_t)o->ctx.optname != n->optname)
		return "another option";
	if (o->ctx.optlen < 1 || o->ctx.optlen > PAGE)
		return "optlen is not settled";
	if (!n->literal)
		return check_value(n, call, o, o->ctx.optlen);
	return o->ctx.optlen == (int32_t)n->value.length &&
			       !memcmp(o->after, n->value.bytes, n->value.length)
		       ? NULL
		       : "other bytes";
}

/* Why @o is not what the naive evaluator makes of @call; NULL where it is. */
static inline const char *naive_check(const struct policy *policy, const struct call *call,
				      const struct outcome *o)
{
	int32_t optlen = call->nested || call->nested_zero ? call->nested : call->optlen;
	bool denied = o->v.op == SOCKOPT_OP_DENY;
	struct naive n;

	naive_decide(policy, call, o->before, optlen, &n);
	if (n.literal && !call->get && call->nested != -1 &&
	    (!n.value.length || n.value.length > o->room)) {
		n.action = ACTION_DENY;
		n.error = EINVAL;
	}
	/* A byte in a caller's short buffer cannot tell more than 255. */
	if (call->get && n.looked && !n.literal && n.value.state == VALUE_READ && !n.field &&
	    n.type->shorter == SHORTER_BYTE && optlen < n.type->size &&
	    (n.value.number < 0 || n.value.number > 255)) {
		n.action = ACTION_DENY;
		n.error = EINVAL;
	}
	if (denied != (n.action == ACTION_DENY))
		return denied ? "denied" : "not denied";
	if (denied)
		return (int)o->v.error == n.error ? NULL : "another errno";
	if ((o->v.op == SOCKOPT_OP_EMULATE) != (n.action == ACTION_EMULATE))
		return "emulate";
	if (n.action == ACTION_EMULATE)
		return o->changed ? "the call has changed" : NULL;
	return call->get ? check_get(&n, call, o, optlen) : check_set(&n, call, o);
}

#endif
