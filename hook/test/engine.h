/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call against one policy, as the kernel would run it, without a kernel: policy and buffer both
 * end where the next page must not be touched, so that an access beyond them is a crash. What
 * became of the call is told as one line, which the tables of the tests spell out.
 */
#ifndef TEST_ENGINE_H
#define TEST_ENGINE_H

#include "test/tap.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "policy/compile.h"
#include "sockopt-short.h"

#define PAGE SOCKOPT_PAGE

/* As far as a 16-bit index of the policy's reaches. */
#define GUARD_PAGES 64

/* @size bytes, at most @pages pages, whose end is the end of what may be touched. */
static inline uint8_t *guarded(size_t pages, size_t size)
{
	uint8_t *map = mmap(NULL, (pages + GUARD_PAGES) * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED || mprotect(map + pages * PAGE, GUARD_PAGES * PAGE, PROT_NONE)) {
		perror("mmap");
		exit(1);
	}
	return map + pages * PAGE - size;
}

/* JSON in which ' stands for ". Exits where it is refused and @err is NULL. */
static inline struct policy *parse_text(const char *text, struct error *err)
{
	_cleanup_free_ char *json = strdup(text);
	struct policy *policy = NULL;
	struct error own = {0};

	for (char *p = json; *p; p++)
		if (*p == '\'')
			*p = '"';
	if (policy_parse(json, strlen(json), &policy, err ? err : &own) && !err) {
		ok(false, "policy is accepted: %.300s", text);
		diag("%s", own.text);
		exit(1);
	}
	return policy;
}

static inline struct compiled compile_text(const char *text)
{
	_cleanup_policy_ struct policy *policy = parse_text(text, NULL);
	struct compiled compiled;
	struct error err = {0};

	if (policy_compile(policy, &compiled, &err)) {
		ok(false, "policy compiles: %.200s", text);
		diag("%s", err.text);
		exit(1);
	}
	return compiled;
}

/* A call as it arrives; what is 0 is usual. */
struct call {
	uint32_t level, optname;
	int32_t optlen;	      /* the caller's */
	const uint8_t *value; /* @length bytes; up to optlen 0xee follows */
	size_t length;
	bool whole; /* @value is all of the buffer, @length its room */
	bool get;
	int32_t retval;	  /* getsockopt: what the kernel returned */
	int32_t reported; /* getsockopt: its length; 0: the caller's optlen, -1: 0 */
	int32_t nested;	  /* optlen that a nested cgroup's program left behind; 0: none did */
	bool nested_zero; /* it left 0 behind */
	uint32_t family, type, protocol;
};

struct outcome {
	struct bpf_sockopt ctx;
	struct bpf_sock sk;
	struct sockopt_verdict v;
	uint8_t before[PAGE], after[PAGE]; /* the buffer */
	size_t room;
	bool changed; /* anything of the call */
};

static inline void lend_buffer(const struct call *call, struct outcome *o, uint8_t *end)
{
	size_t optlen = (size_t)call->optlen, n;

	o->room = optlen > PAGE ? PAGE : optlen;
	n = o->room;
	if (!call->get && o->room < SOCKOPT_MIN_ROOM)
		o->room = SOCKOPT_MIN_ROOM;
	memset(o->before, 0, sizeof(o->before));
	memset(o->before, 0xee, n);
	if (call->whole)
		n = o->room;
	if (call->length)
		memcpy(o->before, call->value, call->length < n ? call->length : n);
	memcpy(end - o->room, o->before, o->room);
	o->sk = (struct bpf_sock){.family = call->family,
				  .type = call->type,
				  .protocol = call->protocol};
	o->ctx = (struct bpf_sockopt){.level = (int32_t)call->level,
				      .optname = (int32_t)call->optname,
				      .optlen = call->optlen,
				      .retval = call->get ? call->retval : 0};
	o->ctx.sk = &o->sk;
	o->ctx.optval = end - o->room;
	o->ctx.optval_end = end;
	if (call->get && call->reported && call->retval >= 0)
		o->ctx.optlen = call->reported < 0 ? 0 : call->reported;
	if (call->nested || call->nested_zero)
		o->ctx.optlen = call->nested;
}

/* Calls that the short way has settled. */
static size_t short_ways;

/* Where the short way settles a call, it does as the long one did, whose @o is. */
static inline void check_short(const struct sockopt_policy *policy,
			       const struct sockopt_bounds *bounds, const struct call *call,
			       const struct outcome *o, uint8_t *buffer_end)
{
	struct outcome other;
	struct sockopt_short s;
	__u64 first;

	lend_buffer(call, &other, buffer_end);
	s.index = first = sockopt_first(policy, &other.ctx, call->get, bounds);
	if (!sockopt_settle_short(policy, &other.ctx, call->get, bounds, &s)) {
		if (s.index != first && (o->v.op != SOCKOPT_OP_DENY || o->v.step != s.index))
			ok(false, "the short way leads to the denial that the long one does");
		return;
	}
	short_ways++;
	other.ctx.sk = o->ctx.sk;
	if (o->v.op == SOCKOPT_OP_DENY || o->v.log || s.rule != o->v.rule ||
	    s.changes != o->v.changes || memcmp(&other.ctx, &o->ctx, sizeof(o->ctx)) ||
	    memcmp(buffer_end - o->room, o->after, o->room))
		ok(false, "the short way of level %u, option %u, optlen %d is the long one",
		   call->level, call->optname, call->optlen);
}

/*
 * Run @call under @policy (@size bytes, of which no more are readable), whatever is in it. Returns
 * where it stood.
 */
static inline const struct sockopt_policy *run_arbitrary(const struct sockopt_policy *policy,
							 size_t size,
							 const struct sockopt_bounds *bounds,
							 const struct call *call, struct outcome *o)
{
	static uint8_t *buffer_end, *policy_end;
	const struct sockopt_policy *guarded_policy;
	struct sockopt_operands operands;
	const uint8_t *untouched;
	struct bpf_sockopt first;

	if (!buffer_end) {
		buffer_end = guarded(2, 0);
		policy_end = guarded(16, 0);
	}
	guarded_policy = memcpy(policy_end - size, policy, size);
	untouched = memset(buffer_end - 2 * PAGE, 0x5a, 2 * PAGE);
	lend_buffer(call, o, buffer_end);
	first = o->ctx;
	sockopt_decide(guarded_policy, &o->ctx, call->get, bounds, &o->v);
	o->changed = memcmp(&first, &o->ctx, sizeof(first)) ||
		     memcmp(o->before, buffer_end - o->room, o->room);
	if (sockopt_find_operands(guarded_policy, &o->v, bounds, &operands))
		sockopt_refuse(&o->v, EINVAL);
	sockopt_plan(operands.step, &o->ctx, call->get, &o->v);
	o->changed = o->changed || memcmp(&first, &o->ctx, sizeof(first)) ||
		     memcmp(o->before, buffer_end - o->room, o->room);
	if (o->changed)
		ok(false, "deciding and planning change nothing");
	sockopt_apply(&operands, &o->ctx, call->get, bounds->apart, &o->v);
	memset(o->after, 0, sizeof(o->after));
	memcpy(o->after, buffer_end - o->room, o->room);
	o->changed = memcmp(&first, &o->ctx, sizeof(first)) ||
		     memcmp(o->before, o->after, sizeof(o->before));
	if (memcmp(untouched, untouched + 1, (size_t)(buffer_end - o->room - untouched) - 1) ||
	    *untouched != 0x5a)
		ok(false, "nothing is written before the buffer");
	return guarded_policy;
}

/* Run @call under @policy (@size bytes, of which no more are readable), which was compiled. */
static inline void run_policy(const struct sockopt_policy *policy, size_t size,
			      const struct sockopt_bounds *bounds, const struct call *call,
			      struct outcome *o)
{
	const struct sockopt_policy *guarded_policy = run_arbitrary(policy, size, bounds, call, o);

	if (policy->magic == SOCKOPT_MAGIC)
		check_short(guarded_policy, bounds, call, o, (uint8_t *)(long)o->ctx.optval_end);
}

static inline void run_call(const struct compiled *compiled, const struct call *call,
			    struct outcome *o)
{
	run_policy(compiled->policy, compiled->class->size, &compiled->class->bounds, call, o);
}

static inline size_t from_hex(const char *hex, uint8_t *bytes, size_t most)
{
	size_t n = 0;

	for (; n < most && hex[2 * n]; n++)
		if (sscanf(hex + 2 * n, "%2hhx", &bytes[n]) != 1)
			abort();
	return n;
}

#define OUTCOME_MAX   256
#define OUTCOME_BYTES 20 /* shown of the value */

/*
 * "clamp 1/8 4 00001000": verdict, option, optlen and what stands in the buffer for it, or "user"
 * where the kernel would read the caller's memory instead. getsockopt: "clamp 0 4 00001000",
 * with retval in place of the option. "deny EINVAL".
 */
static inline const char *outcome_text(const struct outcome *o, bool get, char text[OUTCOME_MAX])
{
	static const char *const names[] = {
		[SOCKOPT_OP_ALLOW] = "allow",	[SOCKOPT_OP_DENY] = "deny",
		[SOCKOPT_OP_IGNORE] = "ignore", [SOCKOPT_OP_CLAMP] = "clamp",
		[SOCKOPT_OP_MASK] = "mask",	[SOCKOPT_OP_REPLACE] = "replace",
		[SOCKOPT_OP_ANSWER] = "answer", [SOCKOPT_OP_EMULATE] = "emulate",
	};
	int32_t optlen = o->ctx.optlen;
	int n;

	if (o->v.op >= ARRAY_SIZE(names) || !names[o->v.op])
		return "no verdict";
	if (o->v.op == SOCKOPT_OP_DENY) {
		snprintf(text, OUTCOME_MAX, "deny %s", strerrorname_np((int)o->v.error));
		return text;
	}
	if (get)
		n = snprintf(text, OUTCOME_MAX, "%s %d %d", names[o->v.op], o->ctx.retval, optlen);
	else
		n = snprintf(text, OUTCOME_MAX, "%s %d/%d %d", names[o->v.op], o->ctx.level,
			     o->ctx.optname, optlen);
	if (optlen > PAGE || (!optlen && !get))
		snprintf(text + n, OUTCOME_MAX - (size_t)n, " user");
	else if (optlen > 0)
		text[n++] = ' ';
	for (int i = 0; optlen <= PAGE && i < optlen && i < OUTCOME_BYTES; i++)
		n += snprintf(text + n, OUTCOME_MAX - (size_t)n, "%02x", o->after[i]);
	return text;
}

#endif
