// SPDX-License-Identifier: Apache-2.0
/* Recordings joined: what is allowed before is allowed after, in any order, and what is refused. */
#include "recorded.h"

#define MERGES 80

/* Where ' stands for ", or, with a " of its own, JSON as it is. */
static struct policy *parse_any(const char *text)
{
	struct policy *policy = NULL;
	struct error err = {0};

	if (!strchr(text, '"'))
		return parse_text(text, NULL);
	if (policy_parse(text, strlen(text), &policy, &err)) {
		ok(false, "the text is a policy");
		diag("%s\n%s", err.text, text);
		exit(1);
	}
	return policy;
}

/* Policies as JSON texts, joined. Exits where they are no policies; NULL where they are refused. */
__attribute__((noinline)) static char *merged(const char *const *texts, size_t n,
					      enum bounds bounds, struct error *err)
{
	static const char *const sources[] = {"a.json", "b.json", "c.json"};
	struct recorded recorded[3];
	char *text = NULL;

	for (size_t i = 0; i < n; i++) {
		struct policy *policy = parse_any(texts[i]);

		recorded[i] = (struct recorded){sources[i], policy};
	}
	if (recording_merge(recorded, n, bounds, &text, err))
		text = NULL;
	for (size_t i = 0; i < n; i++)
		policy_free((struct policy *)recorded[i].policy);
	return text;
}

static char *must_merge(const char *a, const char *b, enum bounds bounds)
{
	const char *const texts[] = {a, b};
	struct error err = {0};
	char *text = merged(texts, 2, bounds, &err);

	if (!text) {
		ok(false, "recordings are merged");
		diag("%s\n%s\n%s", err.text, a, b);
		exit(1);
	}
	return text;
}

/* ---- at random ---- */

/* A call that neither @a nor @b has seen is decided as both of them do. */
static bool allows_no_more(const struct compiled *all, const struct compiled *a,
			   const struct compiled *b, const struct made *m)
{
	for (size_t i = 0; i < m->n_calls; i++) {
		struct call call = m->calls[i].call;
		const uint32_t *socket = DRAW(made_sockets);

		call.value = m->calls[i].value;
		call.get = draw(2);
		if (draw(2)) {
			call.family = socket[0];
			call.type = socket[1];
			call.protocol = socket[2];
		}
		if (allows(all, &call) || (!allows(a, &call) && !allows(b, &call)))
			continue;
		diag("allowed before, denied after");
		diag_call(&call);
		return false;
	}
	return true;
}

/* The text but for the description of the whole, which counts calls. */
static const char *rules_of(const char *text)
{
	return strstr(text, "\"defaultAction\"");
}

static bool pair_passes(struct made *a, struct made *b, enum bounds bounds)
{
	const struct recording ra = made_recording(a), rb = made_recording(b);
	_cleanup_free_ char *ta = must_record(&ra, bounds), *tb = must_record(&rb, bounds);
	_cleanup_free_ char *ab = must_merge(ta, tb, BOUNDS_EXACT);
	_cleanup_free_ char *ba = must_merge(tb, ta, BOUNDS_EXACT);
	_cleanup_free_ char *again = must_merge(ab, ta, BOUNDS_EXACT);
	struct compiled ca = must_compile(ta), cb = must_compile(tb), all = must_compile(ab),
			more = must_compile(again);
	bool passed = passes_all(&all, a) && passes_all(&all, b) && passes_all(&more, a) &&
		      passes_all(&more, b) && allows_no_more(&all, &ca, &cb, a) && !strcmp(ab, ba);

	if (!passed)
		diag("%s\n%s\n%s", ta, tb, ab);
	compiled_done(&ca);
	compiled_done(&cb);
	compiled_done(&all);
	compiled_done(&more);
	return passed;
}

/* Of itself twice nothing but the counts may change. */
static bool self_passes(struct made *a, enum bounds bounds)
{
	const struct recording r = made_recording(a);
	_cleanup_free_ char *text = must_record(&r, bounds);
	_cleanup_free_ char *self = must_merge(text, text, BOUNDS_EXACT);
	_cleanup_free_ char *twice = must_merge(self, self, BOUNDS_EXACT);
	_cleanup_policy_ struct policy *before = parse_any(text), *after = parse_any(self);
	struct compiled ca = must_compile(text), cb = must_compile(self);
	bool passed = before->n_rules == after->n_rules && ca.used == cb.used &&
		      !memcmp(ca.policy, cb.policy, ca.used) && passes_all(&cb, a);

	if (!passed)
		diag("%s\n%s", text, self);
	compiled_done(&ca);
	compiled_done(&cb);
	return passed && rules_of(twice);
}

static bool one_random(uint64_t with)
{
	static struct made a, b;
	bool passed = true;

	seed = with * 0x9e3779b97f4a7c15u;
	made_fill(&a, 1 + draw(120));
	made_fill(&b, 1 + draw(120));
	for (int bounds = BOUNDS_EXACT; bounds <= BOUNDS_ANY && passed; bounds++)
		passed = pair_passes(&a, &b, (enum bounds)bounds) &&
			 self_passes(&a, (enum bounds)bounds);
	if (!passed)
		diag("seed %" PRIu64, with);
	return passed;
}

/* ---- rules ---- */

#define HEAD "{'version':1,'defaultAction':'deny','rules':["
#define RULE(extra)                                                                                \
	HEAD "{'calls':['setsockopt'],'options':['SO_PRIORITY'],'action':'allow'" extra "}]}"
#define INET	    ",'sockets':{'families':['AF_INET']}"
#define WHERE(text) ",'where':{'value':{" text "}}"

static const struct merge_case {
	const char *name, *a, *b;
	const char *rules; /* of the result, without white space */
} merge_cases[] = {
	{"lists", RULE(INET WHERE("'oneOf':[1,5]")), RULE(INET WHERE("'oneOf':[3,5]")),
	 "{'id':'set.SO_PRIORITY','calls':['setsockopt'],'options':['SO_PRIORITY'],'sockets':{'families':['AF_INET']},"
	 "'where':{'value':{'oneOf':[1,3,5]}},'action':'allow',"},
	{"ranges", RULE(INET WHERE("'min':1,'max':5")), RULE(INET WHERE("'min':7,'max':9")),
	 "'where':{'value':{'min':1,'max':9}}"},
	{"a list and a range", RULE(WHERE("'oneOf':[12]")), RULE(WHERE("'min':7,'max':9")),
	 "'where':{'value':{'min':7,'max':12}}"},
	{"a range and no bounds", RULE(INET WHERE("'min':1,'max':5")), RULE(INET),
	 "{'id':'set.SO_PRIORITY','calls':['setsockopt'],'options':['SO_PRIORITY'],'sockets':{'families':['AF_INET']},"
	 "'action':'allow',"},
	{"no bounds on any socket", RULE(INET WHERE("'min':1,'max':5")), RULE(""),
	 "'rules':[{'id':'set.SO_PRIORITY','calls':['setsockopt'],'options':['SO_PRIORITY'],'action':'allow',"
	 "'description':'anyfamily,anytype,anyprotocol'}]"},
	{"counts and lengths",
	 RULE(INET ",'description':'12 calls, optlen 4 or up to 16, value 1'"),
	 RULE(INET ",'description':'1 call, optlen 0'"),
	 "'description':'13calls,optlen0or4orupto16,anytype,anyprotocol'"},
	{"a count of several sockets counts once",
	 RULE(",'sockets':{'families':['AF_INET','AF_INET6']},'description':'12 calls'"),
	 RULE(",'sockets':{'families':['AF_INET','AF_INET6']},'description':'3 calls'"),
	 "'description':'15calls,anytype,anyprotocol'"},
	{"a count is not made up", RULE(INET ",'description':'2 by hand'"), RULE(INET),
	 "'description':'anytype,anyprotocol'"},
	{"what is not complete stays so",
	 "{'version':1,'name':'x','description':'Recorded. NOT EXACT: x NOT COMPLETE: 12 more','defaultAction':"
	 "'deny','rules':[]}",
	 "{'version':1,'name':'x','description':'NOT COMPLETE: 3 more LEFT OUT: 1 call',"
	 "'defaultAction':'deny','rules':[]}",
	 "{'version':1,'name':'x','description':'Mergedfrom2recordings:0calls.NOTEXACT:oneofthemallowedmorethanwasseen.NOTCOMPLETE:"
	 "15morecalls,ofmorekindsthancouldbekept;theyaredeniedhere.LEFTOUT:1calls"},
	{"types that differ",
	 HEAD "{'calls':['setsockopt'],'options':['200/1:int'],'action':'allow'" WHERE(
		 "'oneOf':[1]") "}]}",
	 HEAD "{'calls':['setsockopt'],'options':['200/1:u64'],'action':'allow'" INET WHERE(
		 "'oneOf':[1]") "}]}",
	 "{'id':'set.200.1','calls':['setsockopt'],'options':['200/1'],'action':'allow','description':'anyvalue:"
	 "seenasdifferenttypes"},
	{"names and structs",
	 HEAD "{'calls':['setsockopt'],'options':['TCP_CONGESTION'],'action':'allow'" WHERE(
		 "'oneOf':['bbr']") "},"
				    "{'calls':['setsockopt'],'options':['SO_LINGER'],'action':'allow'" WHERE(
					    "'oneOf':[{'l_onoff':7,'l_linger':5}]") "}]}",
	 HEAD "{'calls':['setsockopt'],'options':['TCP_CONGESTION'],'action':'allow'" WHERE(
		 "'oneOf':['cubic']") "},"
				      "{'calls':['setsockopt'],'options':['SO_LINGER'],'action':'allow'" WHERE(
					      "'oneOf':[{'l_onoff':1,'l_linger':5},{'l_onoff':0}]") "}]}",
	 "{'oneOf':[{'l_onoff':0,'l_linger':0},{'l_onoff':1,'l_linger':5}]}"},
};

static void test_rules(const struct merge_case *c)
{
	_cleanup_free_ char *text = must_merge(c->a, c->b, BOUNDS_EXACT);
	size_t n = 0;

	for (const char *p = text; *p; p++)
		if (*p != ' ' && *p != '\n')
			text[n++] = *p == '"' ? '\'' : *p;
	text[n] = '\0';
	if (!ok(strstr(text, c->rules), "%s", c->name))
		diag("got %s\nexpected %s", text, c->rules);
}

static void test_bounds(void)
{
	const char *a = RULE(WHERE("'oneOf':[1,5]"));
	_cleanup_free_ char *range = must_merge(a, a, BOUNDS_RANGE),
			    *any = must_merge(a, a, BOUNDS_ANY);

	ok(strstr(range, "\"max\": 5"), "--values range: a range of a list");
	ok(!strstr(any, "where"), "--values any: no bounds");
}

/* A rule that looks at a value refuses lengths that one without bounds, here for fewer sockets, does not. */
static void test_order(void)
{
	_cleanup_free_ char *text =
		must_merge(RULE(WHERE("'oneOf':[1,5]")), RULE(INET), BOUNDS_EXACT);
	struct compiled compiled = must_compile(text);
	struct call call = {.level = 1,
			    .optname = 12,
			    .optlen = 2,
			    .value = (const uint8_t *)"",
			    .family = AF_INET,
			    .type = SOCK_STREAM,
			    .protocol = 6};

	ok(allows(&compiled, &call), "what has no bounds comes first");
	call.family = AF_INET6;
	ok(!allows(&compiled, &call), "  and holds for its sockets alone");
	compiled_done(&compiled);
}

/* @n numbers from @from on. */
static char *list_of(uint32_t from, uint32_t n)
{
	char *text = NULL;
	size_t length;
	FILE *f = open_memstream(&text, &length);

	fputs(HEAD "{'calls':['setsockopt'],'options':['SO_PRIORITY'],'action':'allow','where':"
		   "{'value':{'oneOf':[",
	      f);
	for (uint32_t i = 0; i < n; i++)
		fprintf(f, "%s%u", i ? "," : "", from + i);
	fputs("]}}}]}", f);
	fclose(f);
	return text;
}

static void test_long_lists(void)
{
	_cleanup_free_ char *a = list_of(1, 64), *b = list_of(101, 64), *c = list_of(10, 55);
	_cleanup_free_ char *ab = must_merge(a, b, BOUNDS_EXACT),
			    *ac = must_merge(a, c, BOUNDS_EXACT);

	ok(strstr(ab, "\"min\": 1") && strstr(ab, "\"max\": 164"), "more than 64 are a range");
	ok(strstr(ac, "oneOf"), "64 are not");
}

static const struct refuse_case {
	const char *name, *text, *error;
} refuse_cases[] = {
	{"allows by default", "{'version':1,'rules':[]}",
	 "b.json: defaultAction: allows setsockopt; merge joins what record and merge write, which deny"},
	{"allows getsockopt", "{'version':1,'defaultAction':{'setsockopt':'deny'},'rules':[]}",
	 "b.json: defaultAction: allows getsockopt; merge joins what record and merge write, which deny"},
	{"another errno", "{'version':1,'defaultAction':'deny','defaultErrno':'EACCES','rules':[]}",
	 "b.json: defaultErrno: is not EPERM; merge joins what record and merge write"},
	{"denies", HEAD "{'calls':['setsockopt'],'options':['SO_MARK'],'action':'deny'}]}",
	 "b.json: rules[0]: action: \"deny\"; merge joins what record and merge write, which allow alone"},
	{"logs", RULE(",'log':true"),
	 "b.json: rules[0]: log: merge joins what record and merge write, which do not log"},
	{"a level",
	 HEAD "{'calls':['setsockopt'],'options':['SO_MARK','SOL_TCP/*'],'action':'allow'}]}",
	 "b.json: rules[0]: options[1]: not a single option; merge joins what record and merge write"},
	{"mask", RULE(WHERE("'mask':3,'min':1")),
	 "b.json: rules[0]: where.value.mask: merge joins what record and merge write, which has none"},
	{"not", RULE(WHERE("'not':{'min':1}")),
	 "b.json: rules[0]: where.value.not: merge joins what record and merge write, which has none"},
	{"half a range", RULE(WHERE("'min':1")),
	 "b.json: rules[0]: where.value: a range without \"max\"; give both ends"},
	{"a list and a range", RULE(WHERE("'min':1,'oneOf':[1]")),
	 "b.json: rules[0]: where.value.min: stands beside \"oneOf\"; merge joins what record and merge write, "
	 "which has none"},
	{"field",
	 HEAD "{'calls':['setsockopt'],'options':['SO_LINGER'],'action':'allow'" WHERE(
		 "'field':'l_linger','max':1") "}]}",
	 "b.json: rules[0]: where.value.field: merge joins what record and merge write, which has none"},
};

static void test_refused(const struct refuse_case *c)
{
	const char *const texts[] = {RULE(""), c->text};
	struct error err = {0};
	_cleanup_free_ char *text = merged(texts, 2, BOUNDS_EXACT, &err);

	is_str(text ?: err.text, c->error, c->name);
}

int main(int argc, char **argv)
{
	bool passed = true;

	if (argc > 1) {
		ok(one_random(strtoull(argv[1], NULL, 10)), "seed %s", argv[1]);
		return tap_done();
	}
	for (size_t i = 0; i < ARRAY_SIZE(merge_cases); i++)
		test_rules(&merge_cases[i]);
	test_bounds();
	test_order();
	test_long_lists();
	for (size_t i = 0; i < ARRAY_SIZE(refuse_cases); i++)
		test_refused(&refuse_cases[i]);
	for (uint64_t i = 1; i <= MERGES && passed; i++)
		passed = one_random(i);
	ok(passed, "%d random pairs: joined they allow what each allowed, in either order", MERGES);
	return tap_done();
}
