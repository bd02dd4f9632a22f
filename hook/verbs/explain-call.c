// SPDX-License-Identifier: Apache-2.0
/* From words to a call, and the engine asked about it. How its outcome looks is explain-print.c's. */
#include "verbs/explain-call.h"

#include <limits.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "policy/query.h"

#define OPTLEN_UNKNOWN 256 /* of a getsockopt whose option has no size of its own */

/* ---- what was typed ---- */

/* What socket(2) makes of protocol 0. */
static uint32_t usual_protocol(uint32_t family, uint32_t type)
{
	if (family != AF_INET && family != AF_INET6)
		return 0;
	if (type == SOCK_DGRAM)
		return IPPROTO_UDP;
	return type == SOCK_STREAM ? IPPROTO_TCP : 0;
}

static int read_socket(const struct explain_words *words, struct try_call *call, struct error *err)
{
	int r = 0;

	call->family = AF_INET;
	call->type = SOCK_STREAM;
	if (words->family)
		r = query_family(words->family, &call->family, err);
	if (!r && words->type)
		r = query_type(words->type, &call->type, err);
	call->protocol = usual_protocol(call->family, call->type);
	if (!r && words->protocol)
		r = query_protocol(words->protocol, &call->protocol, err);
	return r;
}

static int read_length(const char *text, int32_t *ret, struct error *err)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (errno || *end || end == text || number < 0 || number > INT_MAX)
		return error_set(err, EINVAL, "--length: expected a number of bytes 0..%d",
				 INT_MAX);
	*ret = (int32_t)number;
	return 0;
}

/* The buffer that a caller of getsockopt would bring. */
static int32_t usual_length(const struct option_type *type)
{
	if (!type || !type->size)
		return OPTLEN_UNKNOWN;
	return type->size + (type->kind == VALUE_STRING);
}

static int read_value(const struct explain_words *words, struct question *q, struct error *err)
{
	struct try_call *call = &q->call;
	bool get = call->call == CALL_GETSOCKOPT;
	int r = 0;

	if (words->fails)
		r = query_errno(words->fails, &call->fails, err);
	if (!r && words->value)
		r = query_value(&q->key, words->value, q->value, &call->length, err);
	if (r)
		return r;
	q->has_value = words->value;
	call->value = q->value;
	call->optlen = (int32_t)call->length;
	if (get && (call->fails || q->key.type))
		call->optlen = usual_length(q->key.type);
	if (call->optlen < (int32_t)call->length)
		call->optlen = (int32_t)call->length;
	return words->length ? read_length(words->length, &call->optlen, err) : 0;
}

static int read_call(const struct explain_words *words, struct question *q, struct error *err)
{
	int r = query_option(q->policy, words->option, q->call.call, &q->key, &q->rows, err);

	if (r)
		return r;
	q->call.level = q->key.level;
	q->call.optname = q->key.optname;
	r = read_value(words, q, err);
	return r ?: read_socket(words, &q->call, err);
}

/* ---- what became of it ---- */

/* With the type of the option that the kernel gets, which a redirect names. */
static int ask_engine(struct question *q, struct error *err)
{
	const struct try_outcome *o = &q->outcome;
	struct compiled compiled;
	int r = policy_compile(q->policy, &compiled, err);

	if (r)
		return r;
	try_run(&compiled, &q->call, &q->outcome);
	compiled_done(&compiled);
	q->end_key = q->key;
	if (o->level != q->key.level || o->optname != q->key.optname) {
		q->end_key.level = o->level;
		q->end_key.optname = o->optname;
		q->end_key.type = o->rule >= 0 ? q->policy->rules[o->rule].to.type : NULL;
	}
	return 0;
}

/* ---- the verb's part ---- */

static int read_call_name(const char *name, unsigned int *ret)
{
	*ret = CALL_SETSOCKOPT;
	if (!name || !strcmp(name, "setsockopt"))
		return 0;
	*ret = CALL_GETSOCKOPT;
	return strcmp(name, "getsockopt") ? -EINVAL : 0;
}

/* What has to be given beside the option. NULL: nothing is missing. */
static const char *missing(const struct explain_words *words, const struct question *q)
{
	if (q->call.call == CALL_SETSOCKOPT) {
		if (words->fails)
			return "--fails is for getsockopt: a setsockopt is judged before the "
			       "kernel acts";
		return words->value ? NULL : "give --value, what the caller passes";
	}
	if (!words->value == !words->fails)
		return "give one of --value, what the kernel reports, and --fails";
	return NULL;
}

int explain_call(struct verb_call *call, const struct policy *policy,
		 const struct explain_words *words)
{
	struct question q = {.policy = policy};
	const char *what;
	struct error err = {0};

	if (read_call_name(words->call, &q.call.call))
		return verb_usage(call, "--call is setsockopt or getsockopt");
	what = missing(words, &q);
	if (what)
		return verb_usage(call, "%s", what);
	if (read_call(words, &q, &err) || ask_engine(&q, &err))
		return verb_refuse(&err);
	if (call->json)
		return explain_print_json(call, &q);
	explain_print(call->out, &q);
	return VERB_DONE;
}
