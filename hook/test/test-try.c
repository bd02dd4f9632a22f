// SPDX-License-Identifier: Apache-2.0
/* One call under a policy: as typed, and what the engine makes of it. */
#include "policy/query.h"
#include "policy/try.h"
#include "policy/words.h"

#include "rows.h"

#define POLICY                                                                                                    \
	RULES(SET                                                                                                 \
	      "'options':['SO_RCVBUF'],'action':'clamp','max':1048576}," SET                                      \
	      "'options':['SO_MARK'],'where':{'value':{'min':5}},'action':'deny','errno':'EACCES'}," SET          \
	      "'options':['IP_TOS'],'action':'mask','keep':3,'set':8}," SET                                       \
	      "'options':['SO_SNDBUFFORCE'],'action':'redirect','to':'SO_SNDBUF','max':4096}," SET                \
	      "'options':['TCP_CONGESTION'],'where':{'value':{'not':{'oneOf':['bbr']}}},'action':'deny'}," SET    \
	      "'options':['TCP_NODELAY'],'action':'ignore'}," SET                                                 \
	      "'options':['SO_LINGER'],'action':'clamp','field':'l_linger','max':5}," SET                         \
	      "'options':['SO_PRIORITY'],'sockets':{'types':['SOCK_DGRAM']},'action':'replace','value':2},"       \
	      "{'calls':['setsockopt','getsockopt'],'options':['200/1:int'],'action':'emulate','initial':7}," GET \
	      "'options':['SO_TYPE'],'action':'replace','value':42}," GET                                         \
	      "'options':['SO_COOKIE'],'action':'deny','errno':'EACCES'}," GET                                    \
	      "'options':['200/2:int'],'action':'answer','value':3}," GET                                         \
	      "'options':['TCP_MAXSEG'],'action':'clamp','max':500}")

static const struct try_case {
	const char *option;
	bool get;
	const char *value; /* ' for "; NULL: none */
	int32_t optlen;	   /* 0: that of the value */
	int fails;
	uint32_t type;
	const char *expected; /* "END RULE: …", or the message */
} try_cases[] = {
	{"SO_RCVBUF", false, "4194304", 0, 0, 0, "kernel 0: SO_RCVBUF 1048576 optlen 4 changed"},
	{"SO_RCVBUF", false, "4096", 0, 0, 0, "kernel 0: SO_RCVBUF 4096 optlen 4"},
	{"1/8", false, "-1", 0, 0, 0, "kernel 0: SO_RCVBUF 1048576 optlen 4 changed"},
	{"SO_RCVBUF", false, "4194304", 3, 0, 0, "denied 0: EINVAL"},
	{"SO_RCVBUF", false, "4194304", 5000, 0, 0, "kernel 0: SO_RCVBUF 1048576 optlen 4 changed"},
	{"SO_MARK", false, "5", 0, 0, 0, "denied 1: EACCES"},
	{"SO_MARK", false, "4", 0, 0, 0, "kernel -1: SO_MARK 4 optlen 4"},
	{"SO_DEBUG", false, "1", 5000, 0, 0, "kernel -1: SO_DEBUG own memory optlen 5000"},
	{"IP_TOS", false, "{'dscp':'EF'}", 0, 0, 0, "kernel 2: IP_TOS 8 optlen 4 changed"},
	{"IP_TOS", false, "{'hex':'bb'}", 0, 0, 0, "kernel 2: IP_TOS 11 optlen 4 changed"},
	{"SO_SNDBUFFORCE", false, "9999", 0, 0, 0, "kernel 3: SO_SNDBUF 4096 optlen 4 changed"},
	{"TCP_CONGESTION", false, "reno", 0, 0, 0, "denied 4: EPERM"},
	{"TCP_CONGESTION", false, "bbr", 0, 0, 0, "kernel -1: TCP_CONGESTION \"bbr\" optlen 3"},
	{"TCP_CONGESTION", false, "'bbr'", 0, 0, 0, "kernel -1: TCP_CONGESTION \"bbr\" optlen 3"},
	{"TCP_NODELAY", false, "1", 0, 0, 0, "done 5"},
	{"SO_LINGER", false, "{'l_onoff':1,'l_linger':60}", 0, 0, 0,
	 "kernel 6: SO_LINGER {l_onoff 1, l_linger 5} optlen 8 changed"},
	{"SO_PRIORITY", false, "6", 0, 0, SOCK_DGRAM, "kernel 7: SO_PRIORITY 2 optlen 4 changed"},
	{"SO_PRIORITY", false, "6", 0, 0, SOCK_STREAM, "kernel -1: SO_PRIORITY 6 optlen 4"},
	{"200/1", false, "42", 0, 0, 0, "kept 8"},
	{"200/1", false, "42", 2, 0, 0, "denied 8: EINVAL"},
	{"200/1", true, NULL, 4, ENOPROTOOPT, 0, "kept 8: 200/1 7 optlen 4 changed"},
	{"SO_TYPE", true, "1", 0, 0, 0, "reports 9: SO_TYPE 42 optlen 4 changed"},
	{"SO_TYPE", true, NULL, 4, EFAULT, 0, "fails 9: EFAULT"},
	{"SO_COOKIE", true, "1", 0, 0, 0, "denied 10: EACCES"},
	{"200/2", true, NULL, 4, ENOPROTOOPT, 0, "reports 11: 200/2 3 optlen 4 changed"},
	{"TCP_MAXSEG", true, "536", 0, 0, 0, "reports 12: TCP_MAXSEG 500 optlen 4 changed"},
	{"SO_DOMAIN", true, "2", 0, 0, 0, "reports -1: SO_DOMAIN 2 optlen 4"},
	{"SO_MAX_PACING_RATE", false, "4294967296", 0, 0, 0,
	 "kernel -1: SO_MAX_PACING_RATE 4294967296 optlen 8"},
	{"77/5", false, "-2", 0, 0, 0, "kernel -1: 77/5 0xfeffffff optlen 4"},
	{"77/5:int", false, "-2", 0, 0, 0, "kernel -1: 77/5 -2 optlen 4"},
	{"77/5", false, "abc", 0, 0, 0, "kernel -1: 77/5 0x616263 optlen 3"},

	{"SO_RCVBUFF", false, "1", 0, 0, 0,
	 "--option: unknown socket option \"SO_RCVBUFF\" (did you mean SO_RCVBUF?)"},
	{"SO_TYPE", false, "1", 0, 0, 0, "--option: SO_TYPE exists for getsockopt only"},
	{"@dscp", false, "1", 0, 0, 0, "--option: expected one option, got \"@dscp\""},
	{"SOL_TCP/*", false, "1", 0, 0, 0, "--option: expected one option, got \"SOL_TCP/*\""},
	{"SO_MARK", false, "4294967296", 0, 0, 0,
	 "--value: 4294967296 is out of range 0..4294967295"},
	{"SO_MARK", false, "1.5", 0, 0, 0, "--value: 1.5 is no integer of 64 bits in plain digits"},
	{"SO_MARK", false, "five", 0, 0, 0, "--value: expected an integer, got a string"},
	{"SO_MARK", false, "{'dscp':'EF'}", 0, 0, 0,
	 "--value.dscp: only IP_TOS and IPV6_TCLASS (@dscp) hold one, not SO_MARK"},
	{"SO_LINGER", false, "{'l_lingr':1}", 0, 0, 0,
	 "--value: linger has no field \"l_lingr\" (did you mean l_linger?)"},
	{"77/5", false, "{'a':1}", 0, 0, 0,
	 "--value: nothing is known of the option's value: an integer, a string or {\"hex\": …} "
	 "will do, or give a type as in \"200/1:linger\""},
};

static void describe(FILE *out, const struct try_outcome *o, const struct policy_key *key)
{
	static const char *const ends[] = {
		[TRY_KERNEL] = "kernel", [TRY_DENIED] = "denied",   [TRY_DONE] = "done",
		[TRY_KEPT] = "kept",	 [TRY_REPORTS] = "reports", [TRY_FAILS] = "fails",
	};
	struct policy_key end = *key;
	char text[KEY_LABEL_MAX];

	end.level = o->level;
	end.optname = o->optname;
	fprintf(out, "%s %d", ends[o->end], o->rule);
	if (o->error)
		fprintf(out, ": %s", words_errno(o->error, text));
	else if (o->end != TRY_DONE && (o->end != TRY_KEPT || key->call == CALL_GETSOCKOPT)) {
		fprintf(out, ": %s ", key_label(&end, text));
		if (o->own_memory)
			fputs("own memory", out);
		else
			words_value(out, &end, o->value, o->length);
		fprintf(out, " optlen %d%s", o->optlen, o->changed ? " changed" : "");
	}
}

static int try_one(const struct policy *policy, const struct compiled *compiled,
		   const struct try_case *c, FILE *out, struct error *err)
{
	_cleanup_free_ char *value = strdup(c->value ?: "0");
	struct try_call call = {.call = c->get ? CALL_GETSOCKOPT : CALL_SETSOCKOPT,
				.fails = c->fails,
				.family = AF_INET,
				.type = c->type ?: SOCK_STREAM};
	uint8_t bytes[POLICY_VALUE_MAX];
	struct policy_key key;
	struct try_outcome o;
	size_t rows;
	int r = query_option(policy, c->option, call.call, &key, &rows, err);

	for (char *p = value; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	r = r ?: query_value(&key, value, bytes, &call.length, err);
	if (r)
		return r;
	call.level = key.level;
	call.optname = key.optname;
	call.value = bytes;
	call.optlen = c->optlen ?: (int32_t)call.length;
	try_run(compiled, &call, &o);
	describe(out, &o, &key);
	return 0;
}

static void test_try(const struct try_case *c)
{
	_cleanup_policy_ struct policy *policy = parse_text(POLICY, NULL);
	struct compiled compiled = compile_text(POLICY);
	_cleanup_free_ char *text = NULL, *name = NULL;
	struct error err = {0};
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (try_one(policy, &compiled, c, out, &err))
		fputs(err.text, out);
	fclose(out);
	if (asprintf(&name, "%s of %s, %s, optlen %d", c->get ? "getsockopt" : "setsockopt",
		     c->option, c->value ?: "none", c->optlen) < 0)
		exit(1);
	is_str(text, c->expected, name);
	compiled_done(&compiled);
}

static void test_rows_of_a_name(void)
{
	_cleanup_policy_ struct policy *policy = parse_text(RULES(""), NULL);
	struct policy_key key;
	struct error err = {0};
	size_t rows = 9;

	query_option(policy, "SO_RCVTIMEO", CALL_SETSOCKOPT, &key, &rows, &err);
	ok(rows == 2 && key.optname == 20, "a name with two numbers: the first, and it is told");
	query_option(policy, "1/66", CALL_SETSOCKOPT, &key, &rows, &err);
	ok(rows == 0 && key.optname == 66, "a number: nothing is to be told");
	query_option(policy, "IP_MULTICAST_IF", CALL_GETSOCKOPT, &key, &rows, &err);
	ok(rows == 1 && !strcmp(key.type->name, "bytes"), "rows of the other call do not count");
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(try_cases); i++)
		test_try(&try_cases[i]);
	test_rows_of_a_name();
	return tap_done();
}
