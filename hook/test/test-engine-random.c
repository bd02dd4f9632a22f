// SPDX-License-Identifier: Apache-2.0
/*
 * Random policies and calls: engine and compiler against the naive evaluator. What fails is printed
 * with its seed, policy and call; a seed given as argument runs that one policy.
 */
#include "test/naive.h"
#include "test/random-policy.h"

#include <inttypes.h>

#define POLICIES 2500
#define CALLS	 10

static void make_call(const struct pick *pick, struct call *call, uint8_t value[32])
{
	uint64_t n = (uint64_t)ANY_OF(numbers) + below(3) - 1;

	for (size_t i = 0; i < 32; i++)
		value[i] = (uint8_t)(below(2) ? number() : 0);
	memcpy(value, &n, sizeof(n));
	if (pick->field && below(2))
		memcpy(value + (pick->optname == 13 ? 4 : 8), &n, sizeof(n));
	if (type_of(pick)->kind == VALUE_STRING)
		strcpy((char *)value, ANY_OF(words));
	if (type_of(pick)->kind == VALUE_BYTES)
		memcpy(value, "\1\2\0\0\3\4\5\6\7\10\0\0\0\0\0\0\0\0", 18);
	*call = (struct call){.level = pick->level,
			      .optname = below(12) ? pick->optname : 1,
			      .optlen = ANY_OF(lengths),
			      .value = value,
			      .length = 32,
			      .get = below(5) >= 3,
			      .family = below(3) ? 2 : 10,
			      .protocol = below(3) ? 6 : 1};
	if (type_of(pick)->kind == VALUE_STRING && below(2))
		call->optlen = (int32_t)strlen((char *)value) + (int32_t)below(2);
	if (call->get && !below(6))
		call->retval = -92;
	if (!call->get && !below(8))
		call->nested = below(2) ? -1 : -2;
	else if (!call->get && !below(12))
		call->nested_zero = true;
}

/* Why the value that is met after the call is another than it should be; NULL where it is not. */
static const char *check_value(const struct naive *n, const struct call *call,
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

static const char *check_get(const struct naive *n, const struct call *call,
			     const struct outcome *o)
{
	size_t length = n->value.length < o->room ? n->value.length : o->room;

	if (!n->looked || (call->retval < 0 && n->action != ACTION_ANSWER))
		return o->changed ? "the call has changed" : NULL;
	if (o->ctx.retval)
		return "retval";
	if (!n->literal)
		return o->ctx.optlen == call->optlen ? check_value(n, call, o, call->optlen)
						     : "optlen";
	return o->ctx.optlen == (int32_t)length && !memcmp(o->after, n->value.bytes, length)
		       ? NULL
		       : "other bytes";
}

static const char *check_set(const struct naive *n, const struct call *call,
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

static const char *check(const struct policy *policy, const struct call *call,
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
	return call->get ? check_get(&n, call, o) : check_set(&n, call, o);
}

static size_t done, denials, values;

static bool run_one(uint64_t seed)
{
	const struct pick *mine[2];
	_cleanup_policy_ struct policy *policy = NULL;
	_cleanup_free_ char *text = NULL;
	struct compiled compiled;
	bool pass = true;

	state = seed;
	mine[0] = &ANY_OF(picks);
	mine[1] = below(2) ? mine[0] : &ANY_OF(picks);
	text = make_policy(mine, &policy);
	if (!policy)
		return true;
	compiled = compile_text(text);
	for (size_t i = 0; i < CALLS && pass; i++, done++) {
		const char *why;
		char got[OUTCOME_MAX] = "";
		uint8_t value[32];
		struct outcome o;
		struct call call;

		make_call(mine[below(2)], &call, value);
		run_call(&compiled, &call, &o);
		why = check(policy, &call, &o);
		denials += o.v.op == SOCKOPT_OP_DENY;
		values += o.v.op > SOCKOPT_OP_IGNORE;
		pass = !why;
		if (pass)
			continue;
		ok(false, "seed %" PRIu64 ": %s", seed, why);
		diag("got %s", outcome_text(&o, call.get, got));
		diag("%s %u/%u optlen %d nested %d%s retval %d family %u protocol %u",
		     call.get ? "getsockopt" : "setsockopt", call.level, call.optname, call.optlen,
		     call.nested, call.nested_zero ? " (0)" : "", call.retval, call.family,
		     call.protocol);
		for (size_t b = 0; b < sizeof(value); b++)
			printf("%s%02x%s", b ? "" : "# ", value[b], b == 31 ? "\n" : "");
		diag("%s", text);
	}
	compiled_done(&compiled);
	return pass;
}

int main(int argc, char **argv)
{
	size_t failed = 0;

	if (argc > 1)
		return !run_one(strtoull(argv[1], NULL, 0));
	for (uint64_t seed = 1; seed <= POLICIES && failed < 5; seed++)
		failed += !run_one(seed);
	ok(!failed, "%zu calls are decided as the naive evaluator does", done);
	ok(done >= 20000, "and they are many");
	ok(short_ways > done / 20, "%zu of them the short way too", short_ways);
	ok(denials > done / 10 && values > done / 10, "of many kinds");
	diag("%zu denied, %zu with a value put in place", denials, values);
	return tap_done();
}
