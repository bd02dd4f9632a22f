/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of a call below two nested policies, by the engine in user space, and what is kept of
 * emulated options: from the caller's bytes to what the kernel's own handler would get, or from what
 * it reports to what the caller gets. Each policy's part is held against the naive evaluator. The
 * kernel's own part is not modelled: who calls this asks it.
 */
#ifndef TEST_MODEL_CHAIN_H
#define TEST_MODEL_CHAIN_H

#include "test/model-case.h"
#include "test/naive-check.h"

struct model_kept {
	size_t owner;
	uint32_t level, optname;
	size_t length;
	uint8_t value[POLICY_VALUE_MAX];
};

struct chain {
	struct policy *policies[2];
	struct compiled compiled[2];
	struct model_kept kept[SOCKOPT_KEPT_MAX];
	size_t n_kept;
	/* by policy: of each rule and then the default action; of calls that nothing looked at */
	struct sockopt_counter counters[2][RULES_MAX + 1];
	uint64_t unmatched[2][2];
};

/* A call on its way through the programs. */
struct passage {
	uint32_t level, optname;
	int32_t optlen, retval;
	uint8_t buffer[PAGE];
	size_t room;
};

static struct {
	size_t denied, skipped, changed, emulated, answered, audited, unconcerned, beside;
} model_seen;

static void chain_begin(const struct model_case *c, struct chain *chain)
{
	*chain = (struct chain){0};
	for (size_t i = 0; i < 2; i++) {
		_cleanup_free_ char *text = random_text(&c->policies[i]);

		chain->policies[i] = parse_text(text, NULL);
		chain->compiled[i] = compile_text(text);
		if (c->audit[i])
			chain->compiled[i].policy->flags |= SOCKOPT_FLAG_AUDIT;
	}
}

static void chain_done(struct chain *chain)
{
	for (size_t i = 0; i < 2; i++) {
		policy_free(chain->policies[i]);
		compiled_done(&chain->compiled[i]);
	}
}

/* ---- emulated options, as the documentation has them ---- */

static struct model_kept *find_kept(struct chain *chain, size_t owner, const struct passage *p)
{
	for (size_t i = 0; i < chain->n_kept; i++) {
		struct model_kept *kept = &chain->kept[i];

		if (kept->owner == owner && kept->level == p->level && kept->optname == p->optname)
			return kept;
	}
	return NULL;
}

static bool is_fixed(const struct option_type *type)
{
	return type && type->size && type->kind != VALUE_STRING && type->kind != VALUE_NONE;
}

/* Returns what the program adds: 0 or an errno. */
static int keep(struct chain *chain, size_t owner, const struct option_type *type,
		struct passage *p)
{
	struct model_kept *kept = find_kept(chain, owner, p);
	size_t length = (size_t)p->optlen, most = is_fixed(type) ? type->size : POLICY_VALUE_MAX;

	if (p->optlen == -1 || p->retval < 0)
		return 0;
	if (p->optlen < 0 || (is_fixed(type) ? length < most : length > most))
		return EINVAL;
	if (length > most)
		length = most;
	if (length > p->room)
		return EINVAL;
	if (!kept && chain->n_kept == SOCKOPT_KEPT_MAX)
		return ENOMEM;
	kept = kept ?: &chain->kept[chain->n_kept++];
	*kept = (struct model_kept){owner, p->level, p->optname, length, {0}};
	memcpy(kept->value, p->buffer, length);
	p->optlen = -1;
	return 0;
}

static void report_kept(struct chain *chain, size_t owner, const struct option_type *type,
			const struct policy_rule *rule, struct passage *p)
{
	const struct model_kept *kept = find_kept(chain, owner, p);
	struct value initial = {.length = is_fixed(type) ? type->size : 0};
	size_t length;

	if (!kept && rule->value.kind != LITERAL_NONE)
		encode(&rule->value, type, &initial);
	length = kept ? kept->length : initial.length;
	length = length < p->room ? length : p->room;
	memcpy(p->buffer, kept ? kept->value : initial.bytes, length);
	p->optlen = (int32_t)length;
	p->retval = 0;
}

/* Returns 0 or an errno. */
static int emulate(struct chain *chain, size_t owner, const struct call *call,
		   const struct outcome *o, struct passage *p)
{
	const struct option_type *type;
	struct naive n;

	model_seen.emulated++;
	naive_decide(chain->policies[owner], call, o->before, p->optlen, &n);
	type = named(n.rule, call)->type;
	if (!call->get)
		return keep(chain, owner, type, p);
	report_kept(chain, owner, type, n.rule, p);
	return 0;
}

/* ---- the way through ---- */

static void take_outcome(const struct outcome *o, bool get, struct passage *p)
{
	model_seen.changed += o->changed;
	model_seen.answered += o->v.op == SOCKOPT_OP_ANSWER && o->changed;
	p->level = (uint32_t)o->ctx.level;
	p->optname = (uint32_t)o->ctx.optname;
	p->optlen = o->ctx.optlen;
	memcpy(p->buffer, o->after, p->room);
	if (get)
		p->retval = o->ctx.retval;
}

/* Whether the filter, and behind it the table, have been met with what they let pass. */
static void note_filter(const struct sockopt_policy *policy, const struct outcome *o)
{
	const struct sockopt_bounds *bounds = &size_classes[SIZE_SMALL].bounds;
	struct bpf_sockopt ctx = {.level = o->ctx.level, .optname = o->ctx.optname};

	if (!sockopt_concerns(policy, &ctx))
		model_seen.unconcerned++;
	else if (policy->n_slots &&
		 !sockopt_find(policy, (uint32_t)ctx.level, (uint32_t)ctx.optname, bounds))
		model_seen.beside++;
}

/* What a value that cannot be kept comes to where it is only watched. */
static bool would_refuse(const struct chain *chain, size_t owner, const struct call *call,
			 const struct outcome *o, int32_t optlen)
{
	const struct option_type *type;
	struct naive n;

	if (call->get || o->v.op != SOCKOPT_OP_EMULATE || optlen == -1)
		return false;
	naive_decide(chain->policies[owner], call, o->before, optlen, &n);
	type = named(n.rule, call)->type;
	return optlen < 0 || (is_fixed(type) ? optlen < type->size : optlen > POLICY_VALUE_MAX);
}

static void count(struct chain *chain, size_t owner, const struct call *call,
		  const struct outcome *o, int32_t optlen, bool denied)
{
	bool no_rule = o->v.rule == SOCKOPT_NO_RULE;
	struct sockopt_counter *counter =
		&chain->counters[owner][no_rule ? chain->policies[owner]->n_rules : o->v.rule];

	if (no_rule && o->v.op == SOCKOPT_OP_ALLOW && !o->v.fill && o->v.optlen == optlen)
		chain->unmatched[owner][call->get]++;
	else if (denied)
		counter->denials++;
	else if (o->v.changes)
		counter->changes++;
	else
		counter->passes++;
}

/* One policy. Returns why the engine is not what the naive evaluator is; NULL where it is. */
static const char *pass_policy(struct chain *chain, size_t owner, const struct model_case *c,
			       const struct model_call *user, struct passage *p)
{
	struct call call = {.level = p->level,
			    .optname = p->optname,
			    .optlen = user->optlen,
			    .value = p->buffer,
			    .length = p->room,
			    .whole = true,
			    .get = user->get,
			    .retval = p->retval,
			    .nested = p->optlen == user->optlen ? 0 : p->optlen,
			    .nested_zero = !p->optlen && user->optlen,
			    .family = (uint32_t)c->socket[0],
			    .type = (uint32_t)c->socket[1],
			    .protocol = (uint32_t)c->socket[2]};
	static struct outcome o;
	const char *why;
	int32_t optlen;
	int error = 0;

	run_call(&chain->compiled[owner], &call, &o);
	note_filter(chain->compiled[owner].policy, &o);
	why = naive_check(chain->policies[owner], &call, &o);
	if (why)
		return why;
	optlen = p->optlen;
	if (c->audit[owner]) {
		error = o.v.op == SOCKOPT_OP_DENY || would_refuse(chain, owner, &call, &o, optlen);
		count(chain, owner, &call, &o, optlen, error);
		model_seen.audited += o.changed || o.v.op == SOCKOPT_OP_DENY;
		return NULL;
	}
	take_outcome(&o, user->get, p);
	if (o.v.op == SOCKOPT_OP_EMULATE)
		error = emulate(chain, owner, &call, &o, p);
	else if (o.v.op == SOCKOPT_OP_DENY)
		error = (int)o.v.error;
	if (error)
		p->retval = -error;
	count(chain, owner, &call, &o, optlen, error);
	model_seen.denied += error != 0;
	model_seen.skipped += p->optlen == -1;
	return NULL;
}

/* The cgroup of the socket first, and the one above it whatever that said. */
static const char *pass_chain(struct chain *chain, const struct model_case *c,
			      const struct model_call *user, struct passage *p)
{
	const char *why = pass_policy(chain, 0, c, user, p);

	return why ?: pass_policy(chain, 1, c, user, p);
}

#endif
