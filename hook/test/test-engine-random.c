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

static void make_call(const struct pick *pick, struct call *call, uint8_t value[VALUE_BYTES])
{
	make_value(pick, value);
	*call = (struct call){.level = pick->level,
			      .optname = below(12) ? pick->optname : 1,
			      .optlen = ANY_OF(lengths),
			      .value = value,
			      .length = VALUE_BYTES,
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

static size_t done, denials, values;

static bool run_one(uint64_t seed)
{
	const struct pick *mine[2];
	_cleanup_policy_ struct policy *policy = NULL;
	_cleanup_free_ char *text = NULL;
	struct random_policy made;
	struct compiled compiled;
	bool pass = true;

	state = seed;
	mine[0] = &ANY_OF(picks);
	mine[1] = below(2) ? mine[0] : &ANY_OF(picks);
	make_policy(mine, &made);
	text = random_text(&made);
	random_policy_done(&made);
	policy = parse_text(text, NULL);
	compiled = compile_text(text);
	for (size_t i = 0; i < CALLS && pass; i++, done++) {
		const char *why;
		char got[OUTCOME_MAX] = "";
		uint8_t value[VALUE_BYTES];
		struct outcome o;
		struct call call;

		make_call(mine[below(2)], &call, value);
		run_call(&compiled, &call, &o);
		why = naive_check(policy, &call, &o);
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
			printf("%s%02x%s", b ? "" : "# ", value[b],
			       b == VALUE_BYTES - 1 ? "\n" : "");
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
