// SPDX-License-Identifier: Apache-2.0
/*
 * The engine between others: the order of rules, kinds of sockets, defaults, what a nested cgroup's
 * program left behind, and policies that no compiler made.
 */
#include "test/rows.h"

/* clang-format off */
#define CALL(l, o, n, ...)	{.level = (l), .optname = (o), .optlen = (n), ##__VA_ARGS__}
#define ASK(l, o, n, ...)	{.get = true, .level = (l), .optname = (o), .optlen = (n), ##__VA_ARGS__}

#define EXACT(e) SET "'options':['TCP_NODELAY'],'action':'deny','errno':'" e "'}"
#define LEVEL(e) SET "'options':['SOL_TCP/*'],'action':'deny','errno':'" e "'}"
#define ALL(e)	 SET "'options':['*'],'action':'deny','errno':'" e "'}"
#define SOCKETS(s, e) SET "'options':['*'],'sockets':{" s "},'action':'deny','errno':'" e "'}"
#define SET_ONE	 "'where':{'value':{'oneOf':[1]}},"

static const char exact_level_all[] = RULES(EXACT("EACCES") "," LEVEL("EBUSY") "," ALL("EIO"));
static const char level_all[] = RULES(LEVEL("EBUSY") "," ALL("EIO"));
static const char where_level[] = RULES(
	SET "'options':['TCP_NODELAY']," SET_ONE "'action':'allow'}," LEVEL("EBUSY"));
static const char level_where[] = RULES(
	SET "'options':['SOL_TCP/*'],'sockets':{'types':['SOCK_RAW']},'action':'deny','errno':'EBUSY'},"
	EXACT("EACCES") "," ALL("EIO"));
static const char all_between[] = RULES(
	SET "'options':['TCP_NODELAY']," SET_ONE "'action':'allow'},"
	SOCKETS("'families':['AF_INET6']", "EBUSY") "," EXACT("EACCES"));
static const char both_calls[] = RULES(
	"{'calls':['setsockopt','getsockopt'],'options':['TCP_NODELAY'],'action':'deny'},"
	GET "'options':['SOL_TCP/*'],'action':'deny','errno':'EBUSY'}");
static const char three_reads[] = RULES(
	SET "'options':['SO_PRIORITY'],'where':{'value':{'oneOf':[1,2]}},'action':'deny','errno':1},"
	SET "'options':['SO_PRIORITY'],'where':{'value':{'mask':240,'oneOf':[16]}},'action':'deny','errno':2},"
	SET "'options':['SO_PRIORITY'],'where':{'value':{'min':100,'max':200}},'action':'deny','errno':3},"
	SET "'options':['SO_PRIORITY'],'where':{'value':{'max':50}},'action':'clamp','min':5}");

static const struct row order_rows[] = {
	{"the exact rule first", exact_level_all, CALL(6, 1, 4), "", "deny EACCES"},
	{"its level", exact_level_all, CALL(6, 2, 4), "", "deny EBUSY"},
	{"everything else", exact_level_all, CALL(1, 1, 4), "", "deny EIO"},
	{"no exact rule: the level first", level_all, CALL(6, 1, 4), "", "deny EBUSY"},
	{"optname -1 is one of the level", level_all, CALL(6, 0xffffffff, 4), "", "deny EBUSY"},
	{"level -1", level_all, CALL(0xffffffff, 1, 4), "", "deny EIO"},
	{"getsockopt is another call", exact_level_all, ASK(6, 1, 4), "", "allow 0 4 eeeeeeee"},
	{"a condition that holds", where_level, CALL(6, 1, 4), "01000000", "allow 6/1 4 01000000"},
	{"a condition that does not: on to the level", where_level, CALL(6, 1, 4), "00000000", "deny EBUSY"},
	{"the level's rule stands before the exact one", level_where, CALL(6, 1, 4, .type = 3), "", "deny EBUSY"},
	{"and passes it on", level_where, CALL(6, 1, 4, .type = 1), "", "deny EACCES"},
	{"other options of the level", level_where, CALL(6, 3, 4, .type = 1), "", "deny EIO"},
	{"everything's rule stands between", all_between, CALL(6, 1, 4, .family = 10), "00000000", "deny EBUSY"},
	{"and passes it on", all_between, CALL(6, 1, 4, .family = 2), "00000000", "deny EACCES"},
	{"before it the first", all_between, CALL(6, 1, 4, .family = 10), "01000000", "allow 6/1 4 01000000"},
	{"both calls: setsockopt", both_calls, CALL(6, 1, 4), "", "deny EPERM"},
	{"both calls: getsockopt", both_calls, ASK(6, 1, 4), "", "deny EPERM"},
	{"both calls: the level for one", both_calls, ASK(6, 2, 4), "", "deny EBUSY"},
	{"both calls: not for the other", both_calls, CALL(6, 2, 4), "", "allow 6/2 4 eeeeeeee"},
	{"several reads: the first list", three_reads, CALL(1, 12, 4), "02000000", "deny EPERM"},
	{"several reads: under a mask", three_reads, CALL(1, 12, 4), "17000000", "deny ENOENT"},
	{"several reads: without it again", three_reads, CALL(1, 12, 4), "64000000", "deny ESRCH"},
	{"several reads: edited at last", three_reads, CALL(1, 12, 4), "03000000", "clamp 1/12 4 05000000"},
	{"several reads: none", three_reads, CALL(1, 12, 4), "33000000", "allow 1/12 4 33000000"},
};

static const char family[] = RULES(SOCKETS("'families':['AF_INET','AF_XDP']", "EIO"));
static const char type[] = RULES(SOCKETS("'types':['SOCK_RAW','SOCK_STREAM']", "EIO"));
static const char proto[] = RULES(SOCKETS("'protocols':['IPPROTO_TCP','IPPROTO_MPTCP']", "EIO"));
static const char every[] = RULES(
	SOCKETS("'families':['AF_NETLINK'],'types':['SOCK_RAW','SOCK_DGRAM'],'protocols':['NETLINK_ROUTE']", "EIO"));

static const struct row socket_rows[] = {
	{"family", family, CALL(1, 1, 4, .family = 2), "", "deny EIO"},
	{"the last family", family, CALL(1, 1, 4, .family = 44), "", "deny EIO"},
	{"another family", family, CALL(1, 1, 4, .family = 10), "", "allow 1/1 4 eeeeeeee"},
	{"64 more is another family", family, CALL(1, 1, 4, .family = 66), "", "allow 1/1 4 eeeeeeee"},
	{"type", type, CALL(1, 1, 4, .type = 3), "", "deny EIO"},
	{"another type", type, CALL(1, 1, 4, .type = 2), "", "allow 1/1 4 eeeeeeee"},
	{"protocol", proto, CALL(1, 1, 4, .protocol = 6), "", "deny EIO"},
	{"protocol above 255", proto, CALL(1, 1, 4, .protocol = 262), "", "deny EIO"},
	{"another protocol", proto, CALL(1, 1, 4, .protocol = 17), "", "allow 1/1 4 eeeeeeee"},
	{"all three", every, CALL(1, 1, 4, .family = 16, .type = 2), "", "deny EIO"},
	{"two of three: protocol", every, CALL(1, 1, 4, .family = 16, .type = 2, .protocol = 4), "", "allow 1/1 4 eeeeeeee"},
	{"two of three: type", every, CALL(1, 1, 4, .family = 16, .type = 1), "", "allow 1/1 4 eeeeeeee"},
	{"two of three: family", every, CALL(1, 1, 4, .family = 2, .type = 2), "", "allow 1/1 4 eeeeeeee"},
};

#define DEFAULT(d) "{'version':1," d ",'rules':[" SET "'options':['SO_MARK'],'action':'allow'}]}"
static const char deny_all[] = DEFAULT("'defaultAction':'deny'");
static const char deny_get[] = DEFAULT("'defaultAction':{'getsockopt':'deny'},'defaultErrno':'ENOPROTOOPT'");
static const char deny_set[] = DEFAULT("'defaultAction':{'setsockopt':'deny','getsockopt':'allow'},'defaultErrno':2");

static const struct row default_rows[] = {
	{"a named option", deny_all, CALL(1, 36, 4), "", "allow 1/36 4 eeeeeeee"},
	{"its other call", deny_all, ASK(1, 36, 4), "", "deny EPERM"},
	{"another option", deny_all, CALL(1, 35, 4), "", "deny EPERM"},
	{"deny getsockopt", deny_get, ASK(1, 35, 4), "", "deny ENOPROTOOPT"},
	{"deny getsockopt, where the kernel failed", deny_get, ASK(1, 35, 4, .retval = -1), "", "deny ENOPROTOOPT"},
	{"setsockopt goes on", deny_get, CALL(1, 35, 4), "", "allow 1/35 4 eeeeeeee"},
	{"deny setsockopt", deny_set, CALL(1, 35, 4), "", "deny ENOENT"},
	{"getsockopt goes on", deny_set, ASK(1, 35, 4), "", "allow 0 4 eeeeeeee"},
};

#define NESTED(n) .nested = (n)
static const char clamp[] = RULES(SET "'options':['SO_RCVBUF'],'action':'clamp','max':4096}");
static const char linger[] = RULES(SET "'options':['SO_LINGER'],'action':'clamp','field':'l_linger','max':5}");
static const char bytes[] = RULES(SET "'options':['200/5:bytes'],'where':{'value':{'oneOf':[{'hex':'01'}]}},'action':'deny'}");
static const char text[] = RULES(SET "'options':['200/4:string'],'where':{'value':{'oneOf':['x']}},'action':'deny'}");
static const char window[] = RULES(SET "'options':['TCP_REPAIR_WINDOW'],'action':'clamp','field':'rcv_wup','max':5}");
static const char put[] = RULES(SET "'options':['SO_MARK'],'action':'replace','value':1}");
static const char redirect[] = RULES(SET "'options':['SO_MARK'],'action':'redirect','to':'SO_PRIORITY','value':1}");
static const char ignore[] = RULES(SET "'options':['SO_MARK'],'action':'ignore'}");
static const char deny[] = RULES(SET "'options':['SO_MARK'],'action':'deny'}");
static const char tos[] = RULES(SET "'options':['IP_TOS'],'action':'clamp','min':8}");
static const char where_not[] = RULES(SET "'options':['SO_MARK'],'where':{'value':{'not':{'min':10}}},'action':'deny'}");

static const struct row nested_rows[] = {
	{"-1: the kernel is not asked, nothing to clamp", clamp, CALL(1, 8, 4, NESTED(-1)), "00200000", "allow 1/8 -1"},
	{"-1: nothing to compare, nor to negate", where_not, CALL(1, 36, 4, NESTED(-1)), "00000000", "allow 1/36 -1"},
	{"-1: nothing to replace", put, CALL(1, 36, 4, NESTED(-1)), "00000000", "replace 1/36 -1"},
	{"-1: nothing to redirect", redirect, CALL(1, 36, 4, NESTED(-1)), "00000000", "replace 1/36 -1"},
	{"-1: still ignored", ignore, CALL(1, 36, 4, NESTED(-1)), "00000000", "ignore 1/36 -1"},
	{"-1: may be denied", deny, CALL(1, 36, 4, NESTED(-1)), "00000000", "deny EPERM"},
	{"-1: a short value is no matter", linger, CALL(1, 13, 2, NESTED(-1)), "0000", "allow 1/13 -1"},
	{"-2: clamp", clamp, CALL(1, 8, 4, NESTED(-2)), "00200000", "deny EINVAL"},
	{"-2: string", text, CALL(200, 4, 4, NESTED(-2)), "78", "deny EINVAL"},
	{"-2: bytes", bytes, CALL(200, 5, 4, NESTED(-2)), "01", "deny EINVAL"},
	{"INT_MIN", clamp, CALL(1, 8, 4, NESTED(INT32_MIN)), "00200000", "deny EINVAL"},
	{"0: the kernel would read the caller's memory again", clamp, CALL(1, 8, 4, .nested_zero = true), "00200000", "deny EINVAL"},
	{"0: where 0 is a value, it is settled", tos, CALL(0, 1, 4, .nested_zero = true), "c0000000", "clamp 0/1 4 08000000"},
	{"0: a string is settled as the empty one", text, CALL(200, 4, 4, .nested_zero = true), "78797a00", "allow 200/4 1 00"},
	{"0: bytes", bytes, CALL(200, 5, 4, .nested_zero = true), "02", "deny EINVAL"},
	{"0: replaced", put, CALL(1, 36, 4, .nested_zero = true), "07", "replace 1/36 4 01000000"},
	{"0: no rule looks at the value", clamp, CALL(1, 7, 4, .nested_zero = true), "07", "allow 1/7 0 user"},
	{"shrunk below the type", clamp, CALL(1, 8, 8, NESTED(3)), "00200000", "deny EINVAL"},
	{"shrunk from beyond a page", clamp, CALL(1, 8, 20000, NESTED(8)), "00200000eeeeeeee", "clamp 1/8 8 00100000eeeeeeee"},
	{"grown within the kernel's 16 bytes", linger, CALL(1, 13, 4, NESTED(8)), "0100000006000000", "clamp 1/13 8 0100000000000000"},
	{"grown beyond them: bytes", bytes, CALL(200, 5, 4, NESTED(17)), "01", "deny EINVAL"},
	{"grown beyond them: a string", text, CALL(200, 4, 4, NESTED(17)), "79", "deny EINVAL"},
	{"grown beyond them: a field", window, CALL(6, 29, 4, NESTED(20)), "01", "deny EINVAL"},
	{"grown beyond a page: bytes", bytes, CALL(200, 5, 4, NESTED(4097)), "01", "deny EINVAL"},
	{"grown beyond a page: a field", window, CALL(6, 29, 4, NESTED(20000)), "01", "deny EINVAL"},
	{"grown beyond a page: an int", clamp, CALL(1, 8, 4, NESTED(20000)), "00200000", "clamp 1/8 4 00100000"},
};
/* clang-format on */

static struct sockopt_step *steps_of(struct sockopt_policy *p)
{
	return (struct sockopt_step *)(p->arena + p->steps * SOCKOPT_CELL);
}

static void break_magic(struct sockopt_policy *p)
{
	p->magic = 0;
}

static void break_all(struct sockopt_policy *p)
{
	memset(p, 0, sizeof(*p));
}

/* A test whose both ways lead back to itself. */
static void break_loop(struct sockopt_policy *p)
{
	for (size_t i = 0; i < p->n_steps; i++)
		steps_of(p)[i] = (struct sockopt_step){.op = SOCKOPT_OP_RANGE,
						       .yes = (uint16_t)i,
						       .no = (uint16_t)i};
}

static void break_next(struct sockopt_policy *p)
{
	for (size_t i = 0; i < p->n_steps; i++)
		steps_of(p)[i] =
			(struct sockopt_step){.op = SOCKOPT_OP_RANGE, .yes = 0xffff, .no = 0xffff};
}

static void break_first(struct sockopt_policy *p)
{
	p->n_slots = 0;
	p->first[0] = p->first[1] = 0xffff;
}

static void break_steps(struct sockopt_policy *p)
{
	p->steps = 0xffff;
}

static void break_keys(struct sockopt_policy *p)
{
	p->keys = 0xffff;
	p->first[0] = p->first[1] = 0xffff;
}

static void break_buckets(struct sockopt_policy *p)
{
	p->n_buckets = 0xffff;
	p->n_slots = 0xffff;
	p->first[0] = p->first[1] = 0xffff;
}

/* A step whose last cell would be the first one beyond the class. */
static void break_end(struct sockopt_policy *p)
{
	p->n_slots = 0;
	p->first[0] = p->first[1] = 0;
	p->steps = SOCKOPT_SMALL_CELLS - 1;
}

/* A value of which the room ends beyond the class. */
static void break_value(struct sockopt_policy *p)
{
	for (size_t i = 0; i < p->n_steps; i++)
		steps_of(p)[i] =
			(struct sockopt_step){.op = SOCKOPT_OP_REPLACE,
					      .offset = (SOCKOPT_SMALL_CELLS - 15) * SOCKOPT_CELL,
					      .size = 4};
}

static const struct {
	const char *name;
	void (*breaks)(struct sockopt_policy *p);
	const char *expected;
} broken[] = {
	{"a slot not yet written", break_all, "deny EPERM"},
	{"no magic", break_magic, "deny EPERM"},
	{"a walk that does not end", break_loop, "deny EPERM"},
	{"a next step outside", break_next, "deny EPERM"},
	{"a first step outside", break_first, "deny EPERM"},
	{"all steps outside", break_steps, "deny EPERM"},
	{"all keys outside", break_keys, "deny EPERM"},
	{"displacements outside", break_buckets, "deny EPERM"},
	{"a step across the end", break_end, "deny EPERM"},
	{"a value across the end", break_value, "deny EINVAL"},
};

/* What is broken allowed the call. */
static void test_broken(void)
{
	static const char whole[] = RULES(
		"{'calls':['setsockopt','getsockopt'],'options':['TCP_NODELAY'],'action':'allow'}");
	const struct call calls[] = {CALL(6, 1, 4), ASK(6, 1, 4)};
	char got[OUTCOME_MAX];
	struct outcome o;

	for (size_t i = 0; i < 2 * ARRAY_SIZE(broken); i++) {
		const struct call *call = &calls[i % 2];
		struct compiled compiled = compile_text(whole);

		broken[i / 2].breaks(compiled.policy);
		run_call(&compiled, call, &o);
		if (!is_str(outcome_text(&o, call->get, got), broken[i / 2].expected,
			    broken[i / 2].name))
			diag("%s", call->get ? "getsockopt" : "setsockopt");
		compiled_done(&compiled);
	}
}

int main(void)
{
	run_rows(order_rows, ARRAY_SIZE(order_rows));
	run_rows(socket_rows, ARRAY_SIZE(socket_rows));
	run_rows(default_rows, ARRAY_SIZE(default_rows));
	run_rows(nested_rows, ARRAY_SIZE(nested_rows));
	test_broken();
	return tap_done();
}
