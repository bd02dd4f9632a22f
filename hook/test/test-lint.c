// SPDX-License-Identifier: Apache-2.0
/*
 * The warnings about policies: what each lint finds, and what it must not. A row's expectation is
 * "LINT INDEX REMEDY" for each warning, in their order.
 */
#include "policy/lint-private.h"

#include "rows.h"

static const struct lint_case {
	const char *name, *policy, *expected;
} cases[] = {
	/* sideways doors */
	{"a buffer without its FORCE",
	 RULES(SET "'options':['SO_RCVBUF'],'action':'clamp','max':9}"),
	 "sideways-door 0 @buffers"},
	{"FORCE alone is no door", RULES(SET "'options':['SO_RCVBUFFORCE'],'action':'deny'}"), ""},
	{"the other direction's buffer is another thing",
	 RULES(SET "'options':['SO_RCVBUF','SO_RCVBUFFORCE'],'action':'deny'}"), ""},
	{"the group", RULES(SET "'options':['@buffers'],'action':'clamp','max':9}"), ""},
	{"closed by an earlier rule",
	 RULES(SET "'options':['SO_RCVBUFFORCE'],'action':'redirect','to':'SO_RCVBUF','max':9}," SET
		   "'options':['SO_RCVBUF'],'action':'clamp','max':9}"),
	 ""},
	{"closed by a later rule",
	 RULES(SET "'options':['IP_TOS'],'action':'deny'}," SET
		   "'options':['IPV6_TCLASS'],'action':'deny'}"),
	 ""},
	{"allowed by name: the author has thought of it",
	 RULES(SET "'options':['IP_TOS'],'action':'deny'}," SET
		   "'options':['IPV6_TCLASS'],'action':'allow'}"),
	 ""},
	{"closed by a rule for everything",
	 RULES(SET "'options':['IP_TOS'],'action':'mask','keep':3}," SET
		   "'options':['*'],'action':'deny'}"),
	 ""},
	{"closed by a rule for the level",
	 RULES(SET "'options':['IP_TOS'],'action':'mask','keep':3}," SET
		   "'options':['SOL_IPV6/*'],'action':'ignore'}"),
	 ""},
	{"a rule for everything on other sockets closes nothing",
	 RULES(SET "'options':['IP_TOS'],'action':'mask','keep':3}," SET
		   "'options':['*'],'sockets':{'types':['SOCK_RAW']},'action':'deny'}"),
	 "sideways-door 0 @dscp"},
	{"on the same sockets it does",
	 RULES(SET
	       "'options':['SO_RCVBUF'],'sockets':{'types':['SOCK_RAW']},'action':'clamp','max':9}," SET
	       "'options':['*'],'sockets':{'types':['SOCK_RAW']},'action':'deny'}"),
	 ""},
	{"closed by the default",
	 "{'version':1,'defaultAction':'deny','rules':[" SET
	 "'options':['SO_RCVBUF'],'action':'clamp','max':9}]}",
	 ""},
	{"the other call's default closes nothing",
	 "{'version':1,'defaultAction':{'getsockopt':'deny'},'rules':[" SET
	 "'options':['SO_RCVBUF'],'action':'clamp','max':9}]}",
	 "sideways-door 0 @buffers"},
	{"everything allowed before the default",
	 "{'version':1,'defaultAction':'deny','rules':[" SET
	 "'options':['SO_RCVBUF'],'action':'clamp','max':9}," SET
	 "'options':['*'],'action':'allow'}]}",
	 "sideways-door 0 @buffers"},
	{"allowing restricts nothing", RULES(SET "'options':['IP_TOS'],'action':'allow'}"), ""},
	{"getsockopt has no doors", RULES(GET "'options':['IP_TOS'],'action':'replace','value':0}"),
	 ""},
	{"TOS and TCLASS, either way",
	 RULES(SET "'options':['IPV6_TCLASS'],'action':'mask','keep':3}"), "sideways-door 0 @dscp"},
	{"IPv4 sockets alone have no IPv6 options",
	 RULES(SET "'options':['IP_TOS'],'sockets':{'families':['AF_INET']},'action':'deny'}"), ""},
	{"IPv6 sockets have IPv4 options",
	 RULES(SET
	       "'options':['IPV6_TCLASS'],'sockets':{'families':['AF_INET6']},'action':'deny'}"),
	 "sideways-door 0 @dscp"},
	{"a device by name", RULES(SET "'options':['SO_BINDTODEVICE','@dscp'],'action':'deny'}"),
	 "sideways-door 0 @device; sideways-door 0 @device"},
	{"a condition is not the whole option: no word of other ways to send",
	 RULES(SET "'options':['SO_BINDTOIFINDEX'],'action':'clamp','max':3}"),
	 "sideways-door 0 @device"},
	{"SO_PRIORITY bounded is not SO_PRIORITY closed",
	 RULES(SET "'options':['SO_PRIORITY'],'action':'clamp','max':3}"), ""},
	{"SO_PRIORITY closed", RULES(SET "'options':['SO_PRIORITY'],'action':'deny'}"),
	 "sideways-door 0 @dscp"},
	{"one option of many is no alarm",
	 RULES(SET "'options':['IP_MULTICAST_LOOP','TCP_KEEPIDLE','SO_RCVMARK','TCP_REPAIR_QUEUE',"
		   "'SO_TIMESTAMP','PACKET_RX_RING','SO_LOCK_FILTER','SO_PASSCRED','SO_REUSEPORT'],"
		   "'action':'deny'}"),
	 ""},
	{"joining by another name", RULES(SET "'options':['IPV6_ADD_MEMBERSHIP'],'action':'deny'}"),
	 "sideways-door 0 @multicast"},
	{"the same door twice is told once",
	 RULES(SET "'options':['IP_TOS'],'where':{'value':{'min':9}},'action':'deny'}," SET
		   "'options':['IP_TOS'],'action':'replace','value':0}"),
	 "sideways-door 0 @dscp"},
	{"a level brings an option of another level along",
	 RULES(SET "'options':['SOL_IPV6/*'],'action':'deny'}"), ""},

	/* half of a pair */
	{"one number of two", RULES(SET "'options':['1/20'],'action':'deny'}"),
	 "half-of-a-pair 0 SO_RCVTIMEO"},
	{"the name of one number", RULES(SET "'options':['SO_RCVTIMEO_NEW'],'action':'deny'}"),
	 "half-of-a-pair 0 SO_RCVTIMEO"},
	{"both numbers", RULES(SET "'options':['1/20','SOL_SOCKET/66'],'action':'deny'}"), ""},
	{"the name", RULES(SET "'options':['SO_RCVTIMEO'],'action':'deny'}"), ""},
	{"getsockopt too", RULES(GET "'options':['1/29'],'action':'replace','value':0}"),
	 "half-of-a-pair 0 SO_TIMESTAMP"},
	{"one number of each call is a whole", RULES(SET "'options':['0/32'],'action':'deny'}"),
	 ""},
	{"an earlier rule for everything hides the rule itself",
	 RULES(GET "'options':['*'],'action':'allow'},"
		   "{'calls':['setsockopt','getsockopt'],'options':['SO_MARK'],'action':'deny'}"),
	 ""},

	/* getsockopt denied */
	{"denied is not secret", RULES(GET "'options':['SO_PEERCRED','TCP_INFO'],'action':'deny'}"),
	 "denied-not-secret 0 replace"},
	{"as if there were no such option",
	 RULES(GET "'options':['SO_PEERCRED'],'action':'deny','errno':'ENOPROTOOPT'}"), ""},
	{"what the kernel asks no program about",
	 RULES(GET
	       "'options':['SO_PEERPIDFD','SCTP_SOCKOPT_PEELOFF'],'action':'deny','errno':'ENOPROTOOPT'}"),
	 "never-asked 0 seccomp; never-asked 0 seccomp"},
	{"a group with one of them",
	 RULES(GET "'options':['@peer-identity'],'action':'deny','errno':'ENOPROTOOPT'}"),
	 "never-asked 0 seccomp"},
	{"allowed, it is no matter", RULES(GET "'options':['SO_PEERPIDFD'],'action':'allow'}"), ""},
	{"an option closed for both calls",
	 RULES("{'calls':['setsockopt','getsockopt'],'options':['SO_MARK'],'action':'deny'}"), ""},
	{"everything denied", RULES(GET "'options':['*'],'action':'deny'}"), ""},
	{"replaced", RULES(GET "'options':['SO_COOKIE'],'action':'replace','value':0}"), ""},

	/* 0 is no limit */
	{"0 waits for ever",
	 RULES(SET "'options':['SO_RCVTIMEO'],'action':'clamp','field':'tv_sec','max':60}"),
	 "zero-is-no-limit 0 min"},
	{"with a min",
	 RULES(SET "'options':['SO_RCVTIMEO'],'action':'clamp','field':'tv_sec','min':1,'max':60}"),
	 ""},
	{"a rule for 0 before it",
	 RULES(SET
	       "'options':['SO_RCVTIMEO'],'where':{'value':{'oneOf':[{'tv_sec':0}]}},'action':'replace',"
	       "'value':{'tv_sec':60}}," SET
	       "'options':['SO_RCVTIMEO'],'action':'clamp','field':'tv_sec','max':60}"),
	 ""},
	{"0 allowed in so many words",
	 RULES(SET "'options':['TCP_MAXSEG'],'where':{'value':{'max':0}},'action':'allow'}," SET
		   "'options':['TCP_MAXSEG'],'action':'clamp','max':600}"),
	 ""},
	{"a rule for 0 on other sockets",
	 RULES(SET "'options':['TCP_WINDOW_CLAMP'],'where':{'value':{'max':0}},"
		   "'sockets':{'families':['AF_INET6']},'action':'deny'}," SET
		   "'options':['TCP_WINDOW_CLAMP'],'action':'clamp','max':60}"),
	 "zero-is-no-limit 1 min"},
	{"where 0 is a limit",
	 RULES(SET "'options':['TCP_KEEPIDLE','SO_BUSY_POLL'],'action':'clamp','max':60}"), ""},
	{"what is reported", RULES(GET "'options':['TCP_WINDOW_CLAMP'],'action':'clamp','max':60}"),
	 ""},

	/* devices */
	{"bad devices by name alone",
	 RULES(SET
	       "'options':['SO_BINDTODEVICE'],'where':{'value':{'oneOf':['eth1']}},'action':'deny'}," SET
	       "'options':['SO_BINDTOIFINDEX','IP_UNICAST_IF','IPV6_UNICAST_IF'],'action':'deny'}"),
	 "device-list 0 not"},
	{"good devices by name",
	 RULES(SET
	       "'options':['SO_BINDTODEVICE'],'where':{'value':{'not':{'oneOf':['eth1']}}},'action':'deny'}," SET
	       "'options':['SO_BINDTOIFINDEX','IP_UNICAST_IF','IPV6_UNICAST_IF'],'action':'deny'}"),
	 ""},
	{"good devices first, then none",
	 RULES(SET
	       "'options':['SO_BINDTODEVICE'],'where':{'value':{'oneOf':['eth1']}},'action':'allow'}," SET
	       "'options':['@device'],'action':'deny'}"),
	 ""},
	{"bad devices, and all others too",
	 RULES(SET
	       "'options':['SO_BINDTODEVICE'],'where':{'value':{'oneOf':['eth1']}},'action':'deny',"
	       "'errno':'ENODEV'}," SET "'options':['@device'],'action':'deny'}"),
	 ""},

	/* emulated */
	{"emulated where",
	 RULES("{'calls':['setsockopt','getsockopt'],'options':['200/1:int'],'where':{'value':{'max':5}},"
	       "'action':'emulate'}"),
	 "emulated-not-read 0 where"},
	{"emulated where, for setsockopt",
	 RULES(SET "'options':['200/1:int'],'where':{'value':{'max':5}},'action':'emulate'}"), ""},
	{"a known option may be reported",
	 RULES("{'calls':['setsockopt','getsockopt'],'options':['SO_MARK'],'where':{'value':{'max':5}},"
	       "'action':'emulate'}"),
	 ""},

	/* redirected */
	{"redirected past a clamp",
	 RULES(SET "'options':['SO_RCVBUFFORCE'],'action':'redirect','to':'SO_RCVBUF'}," SET
		   "'options':['SO_RCVBUF'],'action':'clamp','max':9}"),
	 "redirect-past-a-rule 0 max"},
	{"redirected with a bound",
	 RULES(SET "'options':['SO_RCVBUFFORCE'],'action':'redirect','to':'SO_RCVBUF','max':9}," SET
		   "'options':['SO_RCVBUF'],'action':'clamp','max':9}"),
	 ""},
	{"redirected to what is free",
	 RULES(SET "'options':['SO_RCVBUFFORCE'],'action':'redirect','to':'SO_RCVBUF'}"), ""},

	{"in the order of the rules",
	 RULES(GET "'options':['SO_PEERCRED'],'action':'deny'}," SET
		   "'options':['IP_TOS'],'action':'deny'}"),
	 "denied-not-secret 0 replace; sideways-door 1 @dscp"},
};

static void test_lints(const struct lint_case *c)
{
	_cleanup_policy_ struct policy *policy = parse_text(c->policy, NULL);
	struct lints lints = {0};
	struct error err = {0};
	char text[1024] = "";
	size_t used = 0;

	if (lint_policy(policy, &lints, &err))
		used = (size_t)snprintf(text, sizeof(text), "error: %.500s", err.text);
	for (size_t i = 0; i < lints.n && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s %zu %s",
					 i ? "; " : "", lints.items[i].name, lints.items[i].rule,
					 lints.items[i].remedy);
	if (!is_str(text, c->expected, c->name)) {
		diag("policy %s", c->policy);
		for (size_t i = 0; i < lints.n; i++)
			diag("%s", lints.items[i].text);
	}
	lints_done(&lints);
}

/* ---- the table of doors against the tables of options and groups ---- */

static bool is_member(const char *group, const char *name)
{
	const struct option_group *g = group_by_name(group);

	for (const char *const *o = g ? g->options : NULL; o && *o; o++) {
		if (!strcmp(*o, name))
			return true;
	}
	return false;
}

static void test_doors(void)
{
	size_t count;
	const struct door *doors = lint_doors_all(&count);

	for (size_t i = 0; i < count; i++) {
		for (const char *const *n = doors[i].to ?: doors[i].from; *n; n++)
			ok(is_member(doors[i].group, *n), "door %zu: %s is in %s", i, *n,
			   doors[i].group);
		for (const char *const *n = doors[i].from; *n; n++)
			ok(option_by_name(*n, NULL), "door %zu: %s is an option", i, *n);
	}
}

/* ---- whatever the group: naming all of it leaves no door open ---- */

static void test_groups(void)
{
	size_t count;
	const struct option_group *groups = groups_all(&count);

	for (size_t i = 0; i < count; i++) {
		char json[256];
		struct lint_case c = {groups[i].name, json, ""};

		/* Alone it is closed by @dscp. */
		if (!strcmp(groups[i].name, "@priority"))
			c.expected = "sideways-door 0 @dscp";
		/* SO_PEERPIDFD is in it. */
		if (!strcmp(groups[i].name, "@peer-identity"))
			c.expected = "never-asked 0 seccomp";
		snprintf(json, sizeof(json),
			 "{'version':1,'rules':[{'calls':['setsockopt','getsockopt'],"
			 "'options':['%s'],'action':'deny'}]}",
			 groups[i].name);
		test_lints(&c);
	}
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		test_lints(&cases[i]);
	test_doors();
	test_groups();
	return tap_done();
}
