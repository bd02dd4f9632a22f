// SPDX-License-Identifier: Apache-2.0
/* What a policy does, in words: the rows of an explanation, conditions and effects. */
#include "policy/explain.h"
#include "policy/words.h"

#include "rows.h"

/* ---- rows ---- */

/* Each row as "set SO_MARK [sockets] condition: effect (rule)", rows joined by "; ". */
static const struct rows_case {
	const char *name, *policy, *expected;
} rows_cases[] = {
	{"an empty policy", RULES(""), "set *: default; get *: default"},
	{"one option, in the order of rules, up to the one that ends it",
	 RULES(SET
	       "'id':'a','options':['SO_MARK'],'where':{'value':{'min':9}},'action':'deny'}," SET
	       "'id':'b','options':['SO_MARK','SO_DEBUG'],'action':'ignore'}," SET
	       "'id':'c','options':['SOL_SOCKET/*'],'action':'deny'}"),
	 "set SO_MARK value >= 9: deny EPERM (a); "
	 "set SO_MARK: ignore: succeeds, kernel not asked (b); "
	 "set SO_DEBUG: ignore: succeeds, kernel not asked (b); "
	 "set SOL_SOCKET/*: deny EPERM (c); set *: default; get *: default"},
	{"levels and everything come into an option's rows in their order",
	 RULES(SET "'id':'a','options':['*'],'sockets':{'types':['SOCK_RAW']},'action':'deny'}," SET
		   "'id':'b','options':['6/1','9/*'],'action':'allow'}," SET
		   "'id':'c','options':['*'],'action':'deny','errno':99}"),
	 "set TCP_NODELAY [SOCK_RAW]: deny EPERM (a); set TCP_NODELAY: allow (b); "
	 "set 9/* [SOCK_RAW]: deny EPERM (a); set 9/*: allow (b); "
	 "set * [SOCK_RAW]: deny EPERM (a); set *: deny EADDRNOTAVAIL (c); get *: default"},
	{"all numbers of a name, both calls",
	 RULES("{'calls':['getsockopt','setsockopt'],'id':'a','options':['SO_SNDTIMEO'],"
	       "'sockets':{'families':['AF_INET','AF_INET6'],'types':['SOCK_STREAM'],"
	       "'protocols':['IPPROTO_TCP']},'action':'clamp','field':'tv_sec','min':1}"),
	 "set SO_SNDTIMEO [AF_INET or AF_INET6, SOCK_STREAM, IPPROTO_TCP]: clamp tv_sec to at least 1 (a); "
	 "set SO_SNDTIMEO: default; "
	 "set SO_SNDTIMEO [AF_INET or AF_INET6, SOCK_STREAM, IPPROTO_TCP]: clamp tv_sec to at least 1 (a); "
	 "set SO_SNDTIMEO: default; set *: default; "
	 "get SO_SNDTIMEO [AF_INET or AF_INET6, SOCK_STREAM, IPPROTO_TCP]: clamp tv_sec to at least 1 (a); "
	 "get SO_SNDTIMEO: default; "
	 "get SO_SNDTIMEO [AF_INET or AF_INET6, SOCK_STREAM, IPPROTO_TCP]: clamp tv_sec to at least 1 (a); "
	 "get SO_SNDTIMEO: default; get *: default"},
	{"protocols of netlink",
	 RULES(SET "'id':'a','options':['*'],'sockets':{'families':['AF_NETLINK'],"
		   "'protocols':['NETLINK_ROUTE']},'action':'deny'}"),
	 "set * [AF_NETLINK, NETLINK_ROUTE]: deny EPERM (a); set *: default; get *: default"},
};

static void write_row(FILE *out, const struct explain_row *row)
{
	char label[KEY_LABEL_MAX];

	fprintf(out, "%.3s %s", call_name(row->key.call),
		row->key.kind == PATTERN_ALL ? "*" : key_label(&row->key, label));
	if (!row->rule) {
		fputs(": default", out);
		return;
	}
	if (!policy_rule_takes_all(row->rule) && !row->rule->has_where) {
		fputs(" [", out);
		words_sockets(out, &row->rule->sockets);
		fputc(']', out);
	}
	if (row->rule->has_where)
		fputc(' ', out);
	words_condition(out, row->rule, &row->key);
	fputs(": ", out);
	words_effect(out, row->rule, &row->key);
	fprintf(out, " (%s)", row->rule->id);
}

static void test_rows(const struct rows_case *c)
{
	_cleanup_policy_ struct policy *policy = parse_text(c->policy, NULL);
	_cleanup_free_ char *text = NULL;
	struct explanation e;
	struct error err = {0};
	size_t length;
	FILE *out = open_memstream(&text, &length);

	is_int(explain_policy(policy, &e, &err), 0, c->name);
	for (size_t i = 0; i < e.n; i++) {
		fputs(i ? "; " : "", out);
		write_row(out, &e.rows[i]);
	}
	fclose(out);
	is_str(text, c->expected, c->name);
	explanation_done(&e);
}

/* ---- one rule in words: "condition: effect" of its first key ---- */

static const struct rows_case words_cases[] = {
	{"DSCP",
	 SET
	 "'options':['IP_TOS'],'where':{'value':{'mask':252,'oneOf':[{'dscp':'AF21'},{'dscp':'CS0'}]}},'action':'allow'}",
	 "(value & 252) in {AF21, CS0}: allow"},
	{"DSCP without a mask",
	 SET
	 "'options':['IPV6_TCLASS'],'where':{'value':{'oneOf':[{'dscp':'EF'},7]}},'action':'replace','value':{'dscp':'LE'}}",
	 "value in {184 (EF), 7}: value becomes 4 (LE)"},
	{"no DSCP in another option",
	 SET "'options':['IP_TTL'],'where':{'value':{'mask':252,'oneOf':[184]}},'action':'allow'}",
	 "(value & 252) in {184}: allow"},
	{"keep and set", SET "'options':['IP_TOS'],'action':'mask','keep':3,'set':{'dscp':'CS0'}}",
	 ": (value & 3) | 0"},
	{"keep", SET "'options':['IP_TOS'],'action':'mask','keep':3}", ": value & 3"},
	{"set", SET "'options':['IP_TOS'],'action':'mask','set':3}", ": value | 3"},
	{"a field",
	 SET
	 "'options':['SO_LINGER'],'where':{'value':{'field':'l_linger','min':6}},'action':'deny','errno':'EACCES'}",
	 "l_linger >= 6: deny EACCES"},
	{"a field's bits",
	 SET "'options':['SO_TXTIME'],'action':'mask','field':'flags','keep':1,'set':2}",
	 ": (flags & 1) | 2"},
	{"a field's value",
	 GET "'options':['SO_LINGER'],'action':'replace','field':'l_linger','value':2}",
	 ": l_linger is reported as 2"},
	{"both bounds are one value",
	 SET "'options':['SO_BUSY_POLL'],'where':{'value':{'min':-5,'max':-5}},'action':'deny'}",
	 "value = -5: deny EPERM"},
	{"bounds with one sign between them",
	 SET "'options':['SO_BUSY_POLL'],'where':{'value':{'min':-5,'max':5}},'action':'deny'}",
	 "value in -5..5: deny EPERM"},
	{"bounds, a list and what it must not be",
	 SET
	 "'options':['SO_BUSY_POLL'],'where':{'value':{'min':-5,'max':9,'oneOf':[1,2],'not':{'mask':4,'oneOf':[0]}}},'action':'deny'}",
	 "value in -5..9 and value in {1, 2} and (value & 4) not in {0}: deny EPERM"},
	{"not within bounds",
	 SET
	 "'options':['SO_MARK'],'where':{'value':{'not':{'max':9,'oneOf':[1]}}},'action':'deny'}",
	 "not (value <= 9 and value in {1}): deny EPERM"},
	{"strings",
	 SET
	 "'options':['TCP_CONGESTION'],'where':{'value':{'not':{'oneOf':['cubic','a\\\\\\'b']}}},'action':'deny','errno':'ENOENT'}",
	 "value not in {\"cubic\", \"a\\\\\\\"b\"}: deny ENOENT"},
	{"bytes",
	 SET
	 "'options':['IP_OPTIONS'],'where':{'value':{'oneOf':[{'hex':'00FF'}]}},'action':'deny','errno':133}",
	 "value in {0x00ff}: deny EHWPOISON"},
	{"structs",
	 SET
	 "'options':['SO_RCVTIMEO'],'where':{'value':{'oneOf':[{'tv_sec':0,'tv_usec':-1}]}},'action':'replace','value':{'tv_sec':60}}",
	 "value in {{tv_sec 0, tv_usec -1}}: value becomes {tv_sec 60}"},
	{"clamp", SET "'options':['SO_MARK'],'action':'clamp','min':1,'max':4}",
	 ": clamp to at least 1 and at most 4"},
	{"redirect", SET "'options':['SO_RCVBUFFORCE'],'action':'redirect','to':'SO_RCVBUF'}",
	 ": becomes SO_RCVBUF"},
	{"redirect with a bound",
	 SET "'options':['SO_RCVBUFFORCE'],'action':'redirect','to':'SO_RCVBUF','max':1048576}",
	 ": becomes SO_RCVBUF, at most 1048576"},
	{"redirect with a value",
	 SET "'options':['SO_DEBUG'],'action':'redirect','to':'TCP_CONGESTION','value':'bbr'}",
	 ": becomes TCP_CONGESTION of \"bbr\""},
	{"answer", GET "'options':['200/1:u32'],'action':'answer','value':4}",
	 ": answer 4, also where the kernel fails"},
	{"emulate", GET "'options':['200/1:int'],'action':'emulate','initial':-4}",
	 ": emulate: what the socket keeps, -4 where it keeps none"},
	{"emulate, nothing initial", GET "'options':['200/1:string'],'action':'emulate'}",
	 ": emulate: what the socket keeps, 0 where it keeps none"},
};

static void test_words(const struct rows_case *c)
{
	char json[512];
	_cleanup_policy_ struct policy *policy = NULL;
	_cleanup_free_ char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	snprintf(json, sizeof(json), "{'version':1,'rules':[%s]}", c->policy);
	policy = parse_text(json, NULL);
	words_condition(out, &policy->rules[0], &policy->rules[0].keys[0]);
	fputs(": ", out);
	words_effect(out, &policy->rules[0], &policy->rules[0].keys[0]);
	fclose(out);
	is_str(text, c->expected, c->name);
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows_cases); i++)
		test_rows(&rows_cases[i]);
	for (size_t i = 0; i < ARRAY_SIZE(words_cases); i++)
		test_words(&words_cases[i]);
	return tap_done();
}
