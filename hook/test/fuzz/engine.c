// SPDX-License-Identifier: Apache-2.0
/*
 * The engine over any bytes as a compiled policy: it reads and writes within policy and buffer alone
 * (both end at a page that cannot be touched), comes to an end, and what has no magic is refused.
 */
#include "test/fuzz/fuzz.h"

#include "test/engine.h"

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void make_call(const struct engine_input *in, struct call *call)
{
	*call = (struct call){.level = in->level,
			      .optname = in->optname,
			      .optlen = in->optlen & 0x7fff,
			      .value = in->value,
			      .length = smaller(in->length, sizeof(in->value)),
			      .get = in->get & 1,
			      .retval = in->retval,
			      .reported = in->get & 2 ? in->nested : 0,
			      .nested = in->get & 2 ? 0 : in->nested,
			      .nested_zero = in->get & 4,
			      .family = in->family,
			      .type = in->type,
			      .protocol = in->protocol};
}

/*
 * Not held against the long way: it promises to be the same for what the compiler makes, which
 * reads a value before it changes one.
 */
static void run_short(const struct sockopt_policy *policy, const struct size_class *class,
		      const struct call *call)
{
	static uint8_t *buffer_end, *policy_end;
	const struct sockopt_policy *guarded_policy;
	static struct outcome o;
	struct sockopt_short s;

	if (!buffer_end) {
		buffer_end = guarded(2, 0);
		policy_end = guarded(16, 0);
	}
	guarded_policy = memcpy(policy_end - class->size, policy, class->size);
	lend_buffer(call, &o, buffer_end);
	s.index = sockopt_first(guarded_policy, &o.ctx, call->get, &class->bounds);
	sockopt_settle_short(guarded_policy, &o.ctx, call->get, &class->bounds, &s);
}

void fuzz_engine(const uint8_t *data, size_t size)
{
	static union {
		struct sockopt_policy policy;
		uint8_t bytes[1 << 16];
	} u;
	static struct outcome o;
	const struct size_class *class;
	struct engine_input in;
	struct call call;

	if (size < sizeof(in))
		return;
	memcpy(&in, data, sizeof(in));
	class = &size_classes[in.class & 0xf0 ? SIZE_SMALL : in.class % SIZE_CLASSES];
	size = smaller(size - sizeof(in), class->size);
	memcpy(u.bytes, data + sizeof(in), size);
	memset(u.bytes + size, 0, class->size - size);
	if (in.intact & 1)
		u.policy.magic = SOCKOPT_MAGIC;
	make_call(&in, &call);
	if (u.policy.magic == SOCKOPT_MAGIC)
		run_short(&u.policy, class, &call);
	run_arbitrary(&u.policy, class->size, &class->bounds, &call, &o);
	fuzz_demand(!tap_failed, "the engine keeps to the buffer and writes when it applies");
	fuzz_demand(o.v.op >= SOCKOPT_OP_ALLOW, "there is a verdict");
	fuzz_demand(u.policy.magic == SOCKOPT_MAGIC || o.v.op == SOCKOPT_OP_DENY,
		    "a storage without the magic denies");
	fuzz_demand(o.v.op != SOCKOPT_OP_DENY || o.v.error || u.policy.magic == SOCKOPT_MAGIC,
		    "with an errno");
}

size_t fuzz_engine_seed(const char *text, size_t length, uint8_t *to, size_t room)
{
	_cleanup_policy_ struct policy *policy = NULL;
	struct engine_input in = {.optlen = 4,
				  .family = AF_INET,
				  .type = SOCK_STREAM,
				  .protocol = 6,
				  .length = 8,
				  .value = {1},
				  .class = 0x10};
	struct compiled compiled;
	struct error err = {0};
	size_t used = 0;

	if (policy_parse(text, length, &policy, &err) || !policy->n_rules ||
	    policy_compile(policy, &compiled, &err))
		return 0;
	in.level = policy->rules[0].keys[0].level;
	in.optname = policy->rules[0].keys[0].optname;
	in.get = policy->rules[0].keys[0].call == CALL_GETSOCKOPT;
	if (compiled.class == &size_classes[SIZE_SMALL] && sizeof(in) + compiled.used <= room) {
		used = sizeof(in) + compiled.used;
		memcpy(to, &in, sizeof(in));
		memcpy(to + sizeof(in), compiled.policy, compiled.used);
	}
	compiled_done(&compiled);
	return used;
}
