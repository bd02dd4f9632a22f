// SPDX-License-Identifier: Apache-2.0
/* The compiler: limits, size classes, shared steps, calls touched, the longest walk. */
#include "test/rows.h"

#include <dirent.h>

#include "base/file.h"

/* ---- walks ---- */

static const struct sockopt_step *steps_of(const struct sockopt_policy *p)
{
	return (const struct sockopt_step *)(p->arena + p->steps * SOCKOPT_CELL);
}

/*
 * The longest way from @index to a verdict, found by going all of them; 0 where one does not end.
 */
static unsigned int longest(const struct sockopt_policy *p, size_t index, unsigned int *known)
{
	const struct sockopt_step *step = &steps_of(p)[index];
	unsigned int yes, no;

	if (index >= p->n_steps)
		return 0;
	if (step->op >= SOCKOPT_OP_ALLOW)
		return 1;
	if (known[index])
		return known[index];
	if (step->yes >= index || (step->op != SOCKOPT_OP_REDIRECT && step->no >= index))
		return 0;
	yes = longest(p, step->yes, known);
	no = step->op == SOCKOPT_OP_REDIRECT ? yes : longest(p, step->no, known);
	if (!yes || !no)
		return 0;
	return known[index] = 1 + (yes > no ? yes : no);
}

static unsigned int longest_of_all(const struct sockopt_policy *p)
{
	const struct sockopt_key *keys =
		(const struct sockopt_key *)(p->arena + p->keys * SOCKOPT_CELL);
	unsigned int most = 0, known[SOCKOPT_LARGE_CELLS] = {0};

	for (size_t i = 0; i <= p->n_slots; i++) {
		const uint16_t *first = i < p->n_slots ? keys[i].first : p->first;

		for (size_t c = 0; c < 2 && (i == p->n_slots || keys[i].used); c++) {
			unsigned int n = longest(p, first[c], known);

			if (!n)
				return 0;
			most = n > most ? n : most;
		}
	}
	return most;
}

static void check_shape(const struct compiled *c, const char *name)
{
	unsigned int real = longest_of_all(c->policy);

	if (!ok(real && real == c->steps, "%s: the longest walk is known", name))
		diag("real %u, known %u", real, c->steps);
	ok(c->used <= c->class->size && c->policy->cells <= c->class->bounds.cells &&
		   c->steps <= c->class->bounds.steps,
	   "%s: fits its class", name);
}

static void test_corpus(const char *folder)
{
	_cleanup_closedir_ DIR *dir = opendir(folder);
	size_t n = 0;

	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		_cleanup_policy_ struct policy *policy = NULL;
		_cleanup_free_ char *text = NULL;
		_cleanup_close_ int fd = -1;
		struct compiled c;
		size_t length;

		if (!strstr(entry->d_name, ".json"))
			continue;
		n++;
		if (file_open_at(dirfd(dir), entry->d_name, true, &fd, NULL) ||
		    file_read_fd(fd, POLICY_JSON_MAX, &text, &length, NULL) ||
		    policy_parse(text, length, &policy, NULL) || policy_compile(policy, &c, NULL)) {
			ok(false, "%s compiles", entry->d_name);
			continue;
		}
		check_shape(&c, entry->d_name);
		compiled_done(&c);
	}
	ok(n > 5, "%s holds policies", folder);
}

/* ---- limits ---- */

/* "[head]rule,rule,…]}", each of @n made by @add. */
static char *policy_of(size_t n, void (*add)(FILE *f, size_t i))
{
	char *text = NULL;
	size_t length;
	FILE *f = open_memstream(&text, &length);

	fprintf(f, "{'version':1,'rules':[");
	for (size_t i = 0; i < n; i++) {
		fprintf(f, "%s", i ? "," : "");
		add(f, i);
	}
	fprintf(f, "]}");
	fclose(f);
	return text;
}

static int errno_of(size_t i)
{
	return (int)(i % POLICY_ERRNO_MAX) + 1;
}

static void add_range(FILE *f, size_t i)
{
	fprintf(f,
		SET "'options':['SO_PRIORITY'],'where':{'value':{'min':%zu,'max':%zu}},"
		    "'action':'deny','errno':%d}",
		10 * i, 10 * i + 5, errno_of(i));
}

static void add_keys(FILE *f, size_t i)
{
	fprintf(f, SET "'options':[");
	for (size_t k = 0; k < 128; k++)
		fprintf(f, "%s'%zu/%zu'", k ? "," : "", 1000 + k, 7 * i);
	fprintf(f, "],'action':'deny','errno':%d}", errno_of(i));
}

static void add_long(FILE *f, size_t i)
{
	fprintf(f,
		SET "'options':['SO_PRIORITY'],'sockets':{'families':['AF_INET']},"
		    "'where':{'value':{'mask':%zu,'oneOf':[%zu]}},'action':'deny','errno':1}",
		i + 1, i + 1);
}

static void add_wide(FILE *f, size_t i)
{
	fprintf(f, SET "'options':['3/%zu:int'],'where':{'value':{'oneOf':[", i);
	for (size_t k = 0; k < 64; k++)
		fprintf(f, "%s%zu", k ? "," : "", 64 * i + k);
	fprintf(f, "]}},'action':'deny','errno':%d}", errno_of(i));
}

static void add_list(FILE *f, size_t n)
{
	fprintf(f, SET "'options':['SO_PRIORITY'],'where':{'value':{'oneOf':[0");
	for (size_t k = 1; k < n; k++)
		fprintf(f, ",%zu", k);
	fprintf(f, "]}},'action':'deny'}");
}

static void add_list_62(FILE *f, size_t i)
{
	(void)i;
	add_list(f, 62);
}

static void add_list_63(FILE *f, size_t i)
{
	(void)i;
	add_list(f, 63);
}

/* Five of these: 318 conditions behind one read. */
static void add_lists(FILE *f, size_t i)
{
	fprintf(f, SET "'options':['SO_PRIORITY'],'where':{'value':{'oneOf':[%zu", 100 * i);
	for (size_t k = 1; k < (i == 4 ? 62 : 64); k++)
		fprintf(f, ",%zu", 100 * i + k);
	fprintf(f, "]}},'action':'deny'}");
}

/* Thirty options and fifty conditions. */
static void add_many(FILE *f, size_t i)
{
	fprintf(f, SET "'options':[");
	for (size_t k = 0; k < 30; k++)
		fprintf(f, "%s'3/%zu:int'", k ? "," : "", 30 * i + k);
	fprintf(f, "],'where':{'value':{'oneOf':[");
	for (size_t k = 0; k < 50; k++)
		fprintf(f, "%s%zu", k ? "," : "", 64 * i + k);
	fprintf(f, "]}},'action':'deny','errno':%d}", errno_of(i));
}

static void add_bytes(FILE *f, size_t i)
{
	fprintf(f, SET "'options':['3/%zu:string'],'action':'replace','value':'%0200zu'}", i, i);
}

static size_t decide(const struct compiled *c, uint32_t level, uint32_t optname, uint32_t value)
{
	struct call call = {.level = level,
			    .optname = optname,
			    .optlen = 4,
			    .value = (uint8_t *)&value,
			    .length = 4};
	struct outcome o;

	run_call(c, &call, &o);
	return o.v.op == SOCKOPT_OP_DENY ? o.v.error : 0;
}

static void test_limits(void)
{
	_cleanup_free_ char *ranges = policy_of(POLICY_RULES_MAX, add_range);
	_cleanup_free_ char *keys = policy_of(POLICY_KEYS_MAX / 128, add_keys);
	struct compiled c = compile_text(ranges);
	size_t right = 0;

	check_shape(&c, "256 ranges");
	for (size_t i = 0; i < POLICY_RULES_MAX; i++)
		for (uint32_t v = 0; v < 10; v++)
			right += decide(&c, 1, 12, (uint32_t)(10 * i) + v) ==
				 (v <= 5 ? (size_t)errno_of(i) : 0);
	is_int((long long)right, 10 * POLICY_RULES_MAX, "256 ranges decide right");
	compiled_done(&c);
	c = compile_text(keys);
	check_shape(&c, "1024 keys");
	right = 0;
	for (uint32_t i = 0; i < POLICY_KEYS_MAX / 128; i++)
		for (uint32_t k = 0; k < 128; k++)
			right += decide(&c, 1000 + k, 7 * i, 0) == (size_t)errno_of(i) &&
				 !decide(&c, 1000 + k, 7 * i + 1, 0);
	is_int((long long)right, POLICY_KEYS_MAX, "1024 keys decide right");
	compiled_done(&c);
}

static void too_large(size_t n, void (*add)(FILE *f, size_t i), const char *expected)
{
	_cleanup_free_ char *text = policy_of(n, add);
	_cleanup_policy_ struct policy *policy = parse_text(text, NULL);
	struct error err = {0};
	struct compiled c;

	is_int(policy_compile(policy, &c, &err), -E2BIG, "too large");
	if (!ok(strstr(err.text, expected) != NULL, "says \"%s\"", expected))
		diag("got \"%s\"", err.text);
	ok(!c.policy, "and gives nothing");
}

/* ---- classes, sharing, calls ---- */

static void test_class(size_t n, void (*add)(FILE *f, size_t i), const char *expected,
		       const char *name)
{
	_cleanup_free_ char *text = policy_of(n, add);
	struct compiled c = compile_text(text);

	if (!is_str(c.class->name, expected, name))
		diag("%zu rules, %u steps, %zu bytes", n, c.steps, c.used);
	check_shape(&c, name);
	compiled_done(&c);
}

/* All but two of the 224 cells of the small class, with a value so near its end that it lacks room. */
static void add_near_end(FILE *f, size_t i)
{
	fprintf(f, SET "'options':['3/0:int'");
	for (size_t k = 1; k < 166; k++)
		fprintf(f, ",'3/%zu:int'", k);
	fprintf(f, "],'action':'replace','value':%zu}", i);
}

static void test_near_end(void)
{
	_cleanup_free_ char *text = policy_of(1, add_near_end);
	struct compiled c = compile_text(text);

	is_str(c.class->name, "medium", "a value has room for the longest one");
	is_int((long long)decide(&c, 3, 7, 1), 0, "and is put in place");
	compiled_done(&c);
}

/* The longest walk of a class comes to its end. */
static void test_longest(size_t n, void (*add)(FILE *f, size_t i), size_t class, uint32_t last)
{
	_cleanup_free_ char *text = policy_of(n, add);
	struct compiled c = compile_text(text);

	is_str(c.class->name, size_classes[class].name, "a policy of the longest walk");
	is_int(c.steps, (long long)size_classes[class].bounds.steps, "of all steps of its class");
	is_int((long long)decide(&c, 1, 12, last), EPERM, "denies what stands last");
	is_int((long long)decide(&c, 1, 12, last + 1), 0, "allows what stands nowhere");
	compiled_done(&c);
}

static void test_sharing(void)
{
	struct compiled c = compile_text(RULES(
		SET "'options':['@dscp'],'action':'mask','keep':3}," SET
		    "'options':['@buffers'],'action':'clamp','max':1048576},"
		    "{'calls':['setsockopt','getsockopt'],'options':['@mark','@device',"
		    "'@transparent','@timestamps','@filters','@congestion'],'action':'deny'}"));

	is_str(c.class->name, "small", "a policy of groups is small");
	if (!ok(c.policy->n_steps <= 12, "since options share their steps"))
		diag("%u steps", c.policy->n_steps);
	check_shape(&c, "groups");
	compiled_done(&c);
}

#define BOTH "{'calls':['setsockopt','getsockopt'],"
static const struct {
	const char *name, *policy;
	unsigned int calls;
} touched[] = {
	{"nothing", "{'version':1,'rules':[]}", 0},
	{"allow alone", RULES(BOTH "'options':['*'],'action':'allow'}"), 0},
	{"allow with a log", RULES(GET "'options':['*'],'action':'allow','log':true}"),
	 CALL_GETSOCKOPT},
	{"one call", RULES(SET "'options':['SO_MARK'],'action':'deny'}"), CALL_SETSOCKOPT},
	{"an option of one call, named for both",
	 RULES(BOTH "'options':['SO_RCVBUFFORCE'],'action':'deny'}"), CALL_SETSOCKOPT},
	{"two rules",
	 RULES(SET "'options':['SO_MARK'],'action':'ignore'}," GET "'options':"
		   "['SO_MARK'],'action':'answer','value':1}"),
	 CALL_BOTH},
	{"a default", "{'version':1,'defaultAction':{'getsockopt':'deny'},'rules':[]}",
	 CALL_GETSOCKOPT},
	{"both defaults", "{'version':1,'defaultAction':'deny','rules':[]}", CALL_BOTH},
};

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(touched); i++) {
		struct compiled c = compile_text(touched[i].policy);

		is_int(c.calls, touched[i].calls, touched[i].name);
		compiled_done(&c);
	}
	test_limits();
	too_large(POLICY_RULES_MAX, add_long, " tests for one call (at most 320)");
	too_large(40, add_wide, "too many conditions: at most 2026 steps");
	too_large(30, add_many, "bytes compiled (at most 65280)");
	test_class(1, add_list_62, "small", "64 steps");
	test_class(1, add_list_63, "medium", "65 steps");
	test_class(8, add_bytes, "small", "values that fit");
	test_class(16, add_bytes, "medium", "values that do not");
	test_class(200, add_bytes, "large", "values beyond half of what the kernel takes");
	test_longest(1, add_list_62, SIZE_SMALL, 61);
	test_longest(5, add_lists, SIZE_MEDIUM, 461);
	test_near_end();
	test_sharing();
	test_corpus("schemas/examples");
	test_corpus("schemas/test/policy/good");
	ok(size_class_by_name("large") == &size_classes[SIZE_LARGE] && !size_class_by_name("huge"),
	   "classes by name");
	return tap_done();
}
