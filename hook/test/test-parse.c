// SPDX-License-Identifier: Apache-2.0
/*
 * What policy_parse() makes of a policy: expanded keys, literals, filters, defaults.
 * Refusals are in the corpus (test-corpus.c), but for those whose text is too long to
 * be stored, which are made here.
 */
#include "test/tap.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "policy/names.h"
#include "policy/policy.h"
#include "policy/value.h"

/* Text in which ' stands for ". */
static struct policy *parse(const char *text)
{
	_cleanup_free_ char *json = strdup(text);
	struct policy *policy = NULL;
	struct error err = {0};

	for (char *p = json; *p; p++)
		if (*p == '\'')
			*p = '"';
	if (!ok(policy_parse(json, strlen(json), &policy, &err) == 0, "%.60s", text)) {
		diag("%s", err.text);
		exit(1);
	}
	return policy;
}

/* clang-format off */
static const char full_text[] =
	"{'version':1,'name':'web','description':'d','defaultErrno':'EACCES',"
	"'defaultAction':{'getsockopt':'deny'},'rules':[]}";

static const char keys_text[] =
	"{'version':1,'rules':["
	"{'calls':['setsockopt','getsockopt'],'options':['SO_DEBUG','@buffers','SO_RCVBUF','1/8','SO_ERROR'],"
	" 'action':'deny'},"
	"{'calls':['setsockopt'],'options':['SO_RCVTIMEO','SOL_TCP/*','200/7','200/8:u64'],"
	" 'action':'allow','id':'b','log':true},"
	"{'calls':['getsockopt'],'options':['*'],'action':'deny','errno':'ENOENT'}]}";

static const char where_text[] =
	"{'version':1,'rules':["
	"{'calls':['setsockopt'],'options':['@dscp'],'action':'allow',"
	" 'where':{'value':{'mask':252,'oneOf':[{'dscp':'AF21'},{'dscp':46},0]}}},"
	"{'calls':['setsockopt'],'options':['SO_LINGER'],'action':'deny',"
	" 'where':{'value':{'field':'l_linger','min':-0,'not':{'mask':3,'min':1,'max':2}}}},"
	"{'calls':['setsockopt'],'options':['TCP_CONGESTION'],'action':'deny',"
	" 'where':{'value':{'not':{'oneOf':['bbr','']}}}}]}";

static const char actions_text[] =
	"{'version':1,'rules':["
	"{'calls':['setsockopt'],'options':['SO_LINGER'],'action':'clamp','field':'l_linger','max':5},"
	"{'calls':['setsockopt'],'options':['@dscp'],'action':'mask','keep':3,'set':{'dscp':'EF'}},"
	"{'calls':['setsockopt'],'options':['SO_RCVBUFFORCE'],'action':'redirect','to':'SO_RCVBUF',"
	" 'min':1,'max':2},"
	"{'calls':['setsockopt','getsockopt'],'options':['200/1:timeval'],'action':'emulate',"
	" 'initial':{'tv_sec':-7}},"
	"{'calls':['getsockopt'],'options':['200/2:bytes'],'action':'answer','value':{'hex':'0aFf'}}]}";

static const char sockets_text[] =
	"{'version':1,'rules':[{'calls':['setsockopt'],'options':['*'],'action':'deny',"
	" 'sockets':{'families':['AF_INET','AF_XDP'],'types':['SOCK_RAW'],'protocols':['IPPROTO_MPTCP']}}]}";

/* clang-format on */

static size_t count_calls(const struct policy_rule *rule, unsigned int call)
{
	size_t n = 0;

	for (size_t i = 0; i < rule->n_keys; i++)
		n += rule->keys[i].call == call;
	return n;
}

static const struct policy_key *find_key(const struct policy_rule *rule, uint32_t level,
					 uint32_t optname)
{
	for (size_t i = 0; i < rule->n_keys; i++)
		if (rule->keys[i].level == level && rule->keys[i].optname == optname)
			return &rule->keys[i];
	return NULL;
}

static void test_top_level(void)
{
	_cleanup_policy_ struct policy *bare = parse("{'version':1,'rules':[]}");
	_cleanup_policy_ struct policy *full = parse(full_text);

	ok(!bare->deny_by_default[0] && !bare->deny_by_default[1], "allow by default");
	is_int(bare->default_errno, EPERM, "with EPERM where it denies");
	is_str(bare->name, NULL, "no name");
	is_str(full->name, "web", "the name");
	is_str(full->description, "d", "the description");
	is_int(full->default_errno, EACCES, "the errno");
	ok(!full->deny_by_default[0] && full->deny_by_default[1], "deny for one call alone");
}

static void test_keys(void)
{
	_cleanup_policy_ struct policy *p = parse(keys_text);
	const struct policy_rule *rule = p->rules;
	const struct policy_key *key;

	is_str(rule->id, "rules[0]", "a rule without id gets one");
	is_int(rule->deny_errno, EPERM, "and EPERM");
	is_int((long long)count_calls(rule, CALL_SETSOCKOPT), 5,
	       "setsockopt: four buffers and SO_DEBUG");
	is_int((long long)count_calls(rule, CALL_GETSOCKOPT), 4,
	       "getsockopt: no FORCE, but SO_ERROR");
	key = find_key(rule, SOL_SOCKET, SO_RCVBUF);
	ok(key && key->type && !strcmp(key->type->name, "u32"), "a key has its type");
	is_int(key ? (long long)key->entry : -1, 1, "and the entry that named it first");
	rule = &p->rules[1];
	is_int((long long)rule->n_keys, 5, "a name with two numbers is two keys");
	ok(find_key(rule, SOL_SOCKET, 20) && find_key(rule, SOL_SOCKET, 66), "20 and 66");
	key = find_key(rule, 6, 0);
	ok(key && key->kind == PATTERN_LEVEL && !key->type, "a whole level");
	ok(!find_key(rule, 200, 7)->type, "a number without type");
	is_str(find_key(rule, 200, 8)->type->name, "u64", "a number with a type");
	ok(rule->log && !strcmp(rule->id, "b"), "log and id");
	is_int(p->rules[2].keys[0].kind, PATTERN_ALL, "everything");
	is_int(p->rules[2].keys[0].call, CALL_GETSOCKOPT, "for one call");
	is_int(p->rules[2].deny_errno, ENOENT, "errno by name");
}

static void test_patterns(void)
{
	/* "*" was once taken for the level of number 0 and dropped */
	_cleanup_policy_ struct policy *p =
		parse("{'version':1,'rules':[{'calls':['setsockopt'],"
		      "'options':['SOL_IP/*','*','0/0'],'action':'deny'}]}");
	const struct policy_rule *rule = p->rules;

	is_int((long long)rule->n_keys, 3,
	       "level 0, everything, and option 0 of level 0 are three keys");
	is_int(rule->keys[0].kind, PATTERN_LEVEL, "the level");
	is_int(rule->keys[1].kind, PATTERN_ALL, "everything");
	is_int(rule->keys[2].kind, PATTERN_OPTION, "the option");
}

static void test_where(void)
{
	_cleanup_policy_ struct policy *p = parse(where_text);
	const struct policy_rule *rule = p->rules;

	ok(rule->has_where && rule->where.has_mask && rule->where.mask == 252, "a mask");
	is_int((long long)rule->where.n_one_of, 3, "oneOf of three");
	is_int((long long)rule->where.one_of[0].magnitude, 18 << 2, "AF21 in its place");
	is_int((long long)rule->where.one_of[1].magnitude, 46 << 2, "a DSCP by number");
	ok(!rule->has_not && !rule->where_field && !rule->where.min.kind, "and nothing else");
	rule = &p->rules[1];
	is_str(rule->where_field, "l_linger", "a field");
	is_int(rule->where.min.kind, LITERAL_INT, "min is given, though it is 0");
	ok(rule->has_not && rule->where_not.mask == 3 && rule->where_not.max.magnitude == 2,
	   "not, with a mask of its own");
	rule = &p->rules[2];
	is_int((long long)rule->where.n_one_of, 0, "only not");
	is_str((char *)rule->where_not.one_of[0].bytes, "bbr", "a string");
	is_int((long long)rule->where_not.one_of[1].length, 0, "an empty one");
}

static void test_actions(void)
{
	_cleanup_policy_ struct policy *p = parse(actions_text);
	struct policy_rule *rules = p->rules;

	is_int(rules[0].action, ACTION_CLAMP, "clamp");
	is_str(rules[0].field, "l_linger", "a field");
	ok(rules[0].max.magnitude == 5 && !rules[0].min.kind, "max alone");
	ok(rules[1].keep.magnitude == 3 && rules[1].set.magnitude == 46 << 2, "keep and set");
	ok(rules[2].to.level == SOL_SOCKET && rules[2].to.optname == SO_RCVBUF,
	   "redirect's target");
	is_int(rules[2].to.call, CALL_SETSOCKOPT, "is a setsockopt");
	is_int(rules[3].value.kind, LITERAL_STRUCT, "initial is the value");
	ok(rules[3].value.n_fields == 1 && rules[3].value.fields[0].negative, "with its sign");
	ok(rules[4].value.length == 2 && !memcmp(rules[4].value.bytes, "\x0a\xff", 2),
	   "bytes from hex");
}

static void test_sockets(void)
{
	_cleanup_policy_ struct policy *p = parse(sockets_text);
	const struct socket_filter *sockets = &p->rules[0].sockets;

	ok(sockets->families == (UINT64_C(1) << AF_INET | UINT64_C(1) << AF_XDP),
	   "families as bits");
	ok(sockets->types == UINT64_C(1) << SOCK_RAW, "types as bits");
	ok(sockets->n_protocols == 1 && sockets->protocols[0] == 262, "protocols as numbers");
}

static void refuses(const char *text, size_t length, const char *message, const char *name)
{
	struct policy *policy = NULL;
	struct error err = {0};

	ok(policy_parse(text, length, &policy, &err) < 0 && !policy, "%s is refused", name);
	is_str(err.text, message, "with its message");
	ok(policy_parse(text, length, &policy, NULL) < 0, "also where nobody wants the reason");
}

static void test_size(void)
{
	static char text[POLICY_JSON_MAX + 2];
	struct policy *policy = NULL;

	memset(text, ' ', sizeof(text));
	memcpy(text, "{\"version\":1,\"rules\":[]}", 24);
	ok(policy_parse(text, POLICY_JSON_MAX, &policy, NULL) == 0, "64 KiB are taken");
	policy_free(policy);
	refuses(text, POLICY_JSON_MAX + 1, "65537 bytes of JSON: more than the 65536 allowed",
		"one byte more");
}

static void test_values(void)
{
	const struct option_type *linger = option_type_by_name("linger");
	struct literal_field fields[] = {{"l_linger", false, 258}};
	struct literal object = {.kind = LITERAL_STRUCT, .fields = fields, .n_fields = 1};
	struct literal least = {.kind = LITERAL_INT,
				.negative = true,
				.magnitude = UINT64_C(1) << 63};
	struct literal text = {.kind = LITERAL_STRING, .bytes = (uint8_t *)"bbr", .length = 3};
	uint8_t bytes[POLICY_VALUE_MAX];
	struct linger expected = {0, 258};
	size_t length = 0;
	uint64_t value;

	ok(value_encode(&object, linger, bytes, &length, NULL) == 0, "a struct");
	ok(length == sizeof(expected) && !memcmp(bytes, &expected, length),
	   "as the kernel takes it");
	ok(value_int(&least, 8, true, &value, NULL) == 0 && value == UINT64_C(1) << 63,
	   "INT64_MIN");
	is_int(value_int(&least, 8, false, &value, NULL), -ERANGE, "which is no u64");
	least.magnitude = 128;
	ok(value_int(&least, 1, true, &value, NULL) == 0 && value == (uint64_t)-128,
	   "-128 in a byte");
	least.magnitude = 129;
	is_int(value_int(&least, 1, true, &value, NULL), -ERANGE, "-129 not");
	ok(value_encode(&text, option_type_by_name("string"), bytes, &length, NULL) == 0,
	   "a string");
	ok(length == 4 && !memcmp(bytes, "bbr", 4), "gets its NUL");
	is_int(value_encode(&text, linger, bytes, &length, NULL), -EINVAL, "and is no struct");
}

static void test_nearest(void)
{
	static const char *const cases[][2] = {
		{"SO_RCVBUFF", "SO_RCVBUF"},
		{"so_rcvbuf", "SO_RCVBUF"},
		{"RCVBUF", "SO_RCVBUF"},
		{"SO_RCVUBF", "SO_RCVBUF"},
		{"SO_FOO", NULL},
		{"", NULL},
		{"buffers", "@buffers"},
		{"IP_TSO", "IP_TOS"},
		/* longer and shorter by as many letters as may differ, and by one more */
		{"SO_RCVBUFXYZ", "SO_RCVBUF"},
		{"SO_RCVBUFWXYZ", NULL},
		{"SORCVBU", "SO_RCVBUF"},
		{"SORCVB", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct nearest nearest = {.wanted = cases[i][0]};

		nearest_offer(&nearest, "SO_RCVBUF");
		nearest_offer(&nearest, "IP_TOS");
		nearest_offer(&nearest, "@buffers");
		is_str(nearest_best(&nearest), cases[i][1], cases[i][0]);
	}
	is_str(policy_action_name(ACTION_EMULATE), "emulate", "the last action");
	is_str(policy_action_name((enum policy_action)(ACTION_EMULATE + 1)), NULL,
	       "and none behind it");
	is_str(name_of(NAMES_ERRNO, EAGAIN), "EAGAIN", "of two names the usual one");
	is_str(name_of(NAMES_ERRNO, 58), NULL, "a number without a name");
}

int main(void)
{
	test_top_level();
	test_keys();
	test_patterns();
	test_where();
	test_actions();
	test_sockets();
	test_size();
	test_values();
	test_nearest();
	return tap_done();
}
