// SPDX-License-Identifier: Apache-2.0
/*
 * Random policies and calls: engine and compiler against the naive evaluator. What fails is printed
 * with its seed, policy and call; a seed given as argument runs that one policy.
 */
#include "test/naive-check.h"
#include "test/random-policy.h"

#include <inttypes.h>

#define POLICIES 2500
#define CALLS	 10

static struct call any_call(const struct pick *pick, uint8_t value[VALUE_BYTES])
{
	struct call call;

	make_value(pick, value);
	call = make_call(pick, ANY_OF(lengths), value, VALUE_BYTES);
	if (type_of(pick)->kind == VALUE_STRING && below(2))
		call.optlen = (int32_t)strlen((char *)value) + (int32_t)below(2);
	if (call.get && !below(6))
		call.retval = -92;
	if (!call.get && !below(8))
		call.nested = below(2) ? -1 : -2;
	else if (!call.get && !below(12))
		call.nested_zero = true;
	return call;
}

static size_t done, denials, values;

static void report(const struct call *call, const struct outcome *o)
{
	char got[OUTCOME_MAX] = "";

	diag("got %s", outcome_text(o, call->get, got));
	diag("%s %u/%u optlen %d nested %d%s retval %d family %u protocol %u",
	     call->get ? "getsockopt" : "setsockopt", call->level, call->optname, call->optlen,
	     call->nested, call->nested_zero ? " (0)" : "", call->retval, call->family,
	     call->protocol);
	for (size_t b = 0; b < VALUE_BYTES; b++)
		printf("%s%02x%s", b ? "" : "# ", call->value[b], b == VALUE_BYTES - 1 ? "\n" : "");
}

static bool check_call(const struct trial *t, const struct policy *policy, uint64_t seed)
{
	uint8_t value[VALUE_BYTES];
	struct call call = any_call(t->mine[below(2)], value);
	struct outcome o;
	const char *why;

	run_call(&t->compiled, &call, &o);
	why = naive_check(policy, &call, &o);
	done++;
	denials += o.v.op == SOCKOPT_OP_DENY;
	values += o.v.op > SOCKOPT_OP_IGNORE;
	if (!why)
		return true;
	ok(false, "seed %" PRIu64 ": %s", seed, why);
	report(&call, &o);
	diag("%s", t->text);
	return false;
}

static bool run_one(uint64_t seed)
{
	_cleanup_policy_ struct policy *policy = NULL;
	struct trial t;
	bool pass = true;

	trial_begin(seed, &t);
	policy = parse_text(t.text, NULL);
	for (size_t i = 0; i < CALLS && pass; i++)
		pass = check_call(&t, policy, seed);
	trial_done(&t);
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
