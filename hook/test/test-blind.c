// SPDX-License-Identifier: Apache-2.0
/*
 * Calls whose value cannot be seen. A table of what becomes of them; and over random policies, that
 * what is let through is what the engine lets through unchanged, whatever the value.
 */
#include "test/random-policy.h"

#include <errno.h>

#include "sockopt-blind.h"

#define POLICIES 2500
#define CALLS	 10

static void decide(const struct compiled *compiled, struct sockopt_blind *b)
{
	const struct sockopt_bounds *bounds = &compiled->class->bounds;

	if (sockopt_blind_begin(b, compiled->policy, bounds))
		return;
	for (uint64_t i = 0; i < bounds->steps; i++) {
		if (sockopt_blind_step(b, compiled->policy, bounds))
			return;
	}
}

/* ---- a table ---- */

/* clang-format off */
#define RULE(call, option, rest) "{'calls':['" call "'],'options':['" option "'],'action':" rest "}"
static const char rules[] = "{'version':1,'rules':["
	RULE("setsockopt", "SO_MARK", "'deny','errno':'EACCES'") ","
	RULE("setsockopt", "SO_RCVLOWAT", "'deny','errno':'EXDEV','sockets':{'families':['AF_UNIX']}") ","
	RULE("setsockopt", "SO_REUSEADDR", "'deny','sockets':{'families':['AF_INET'],'protocols':['IPPROTO_TCP']}") ","
	RULE("setsockopt", "SO_RCVBUF", "'clamp','max':60000") ","
	RULE("setsockopt", "SO_KEEPALIVE", "'allow'") ","
	RULE("setsockopt", "SO_BROADCAST", "'deny','errno':'EXDEV','where':{'value':{'min':1}}") ","
	RULE("setsockopt", "SO_SNDBUFFORCE", "'redirect','to':'SO_SNDBUF'") ","
	RULE("setsockopt", "200/1:int", "'ignore'") ","
	RULE("setsockopt", "200/2:int", "'emulate','initial':0") ","
	RULE("setsockopt", "SO_PRIORITY", "'replace','value':3") ","
	RULE("getsockopt", "SO_TYPE", "'answer','value':42") "]}";
static const char closed[] = "{'version':1,'defaultAction':'deny','defaultErrno':'ENOPROTOOPT','rules':["
	RULE("setsockopt", "SO_KEEPALIVE", "'allow','log':true") "]}";

static const struct {
	const char *name, *policy;
	uint32_t get, level, optname, family, protocol;
	int error; /* 0: let through */
} rows[] = {
	{"deny, with its errno", rules, 0, 1, 36, AF_INET, 6, EACCES},
	{"deny for a family", rules, 0, 1, 18, AF_UNIX, 0, EXDEV},
	{"  on another", rules, 0, 1, 18, AF_INET, 6, 0},
	{"deny for a protocol", rules, 0, 1, 2, AF_INET, 6, EPERM},
	{"  on another", rules, 0, 1, 2, AF_INET, 17, 0},
	{"clamp", rules, 0, 1, 8, AF_INET, 6, EPERM},
	{"allow", rules, 0, 1, 9, AF_INET, 6, 0},
	{"deny where the value decides: EPERM", rules, 0, 1, 6, AF_INET, 6, EPERM},
	{"redirect", rules, 0, 1, 32, AF_INET, 6, EPERM},
	{"ignore", rules, 0, 200, 1, AF_INET, 6, EPERM},
	{"emulate", rules, 0, 200, 2, AF_INET, 6, EPERM},
	{"replace", rules, 0, 1, 12, AF_INET, 6, EPERM},
	{"answer", rules, 1, 1, 3, AF_INET, 6, EPERM},
	{"the other call", rules, 1, 1, 36, AF_INET, 6, 0},
	{"no rule", rules, 0, 1, 7, AF_INET, 6, 0},
	{"no rule, denied by default", closed, 0, 1, 7, AF_INET, 6, ENOPROTOOPT},
	{"  but for what a rule allows", closed, 0, 1, 9, AF_INET, 6, 0},
};
/* clang-format on */

static void check_rows(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct compiled compiled = compile_text(rows[i].policy);
		struct sockopt_blind b = {.get = rows[i].get,
					  .level = rows[i].level,
					  .optname = rows[i].optname,
					  .family = rows[i].family,
					  .type = SOCK_STREAM,
					  .protocol = rows[i].protocol};

		decide(&compiled, &b);
		is_int(b.op == SOCKOPT_OP_ALLOW ? 0 : (long long)b.error, rows[i].error,
		       rows[i].name);
		compiled_done(&compiled);
	}
}

static void check_unwritten(void)
{
	struct compiled compiled = compile_text(rules);
	struct sockopt_blind b = {.level = 1, .optname = 7};

	compiled.policy->magic = 0;
	decide(&compiled, &b);
	ok(b.op == SOCKOPT_OP_DENY && b.error == EPERM, "a slot that was never written denies");
	compiled_done(&compiled);
}

/* ---- at random ---- */

static size_t done, allowed, refused;

static bool check_call(const struct compiled *compiled, const struct pick *pick)
{
	uint64_t value = number();
	struct call call = make_call(pick, (int32_t)below(9), &value, sizeof(value));
	struct sockopt_blind b = {.get = call.get,
				  .level = call.level,
				  .optname = call.optname,
				  .family = call.family,
				  .type = call.type,
				  .protocol = call.protocol};
	struct outcome o;

	run_call(compiled, &call, &o);
	decide(compiled, &b);
	done++;
	if (b.op != SOCKOPT_OP_ALLOW) {
		refused++;
		return true;
	}
	allowed++;
	return o.v.op == SOCKOPT_OP_ALLOW && o.v.rule == b.rule && !o.changed;
}

static bool run_one(uint64_t seed)
{
	struct trial t;
	bool pass = true;

	trial_begin(seed, &t);
	for (size_t i = 0; i < CALLS && pass; i++)
		pass = check_call(&t.compiled, t.mine[below(2)]);
	if (!pass)
		diag("seed %" PRIu64 ": let through, and the engine does not: %s", seed, t.text);
	trial_done(&t);
	return pass;
}

int main(void)
{
	size_t failed = 0;

	check_rows();
	check_unwritten();
	for (uint64_t seed = 1; seed <= POLICIES && failed < 5; seed++)
		failed += !run_one(seed);
	ok(!failed, "of %zu calls the %zu that pass are those that the engine leaves alone", done,
	   allowed);
	ok(allowed > done / 10 && refused > done / 10, "of both kinds there are many");
	return tap_done();
}
