// SPDX-License-Identifier: Apache-2.0
/*
 * Counters as rows and as Prometheus text: names, escaping, limits. The verbs are no part of the
 * library, so their files are included.
 */
#include "verbs/entry.c"
#include "verbs/exposition-plan.c"
#include "verbs/exposition.c"
#include "verbs/inventory.c"
#include "verbs/policy-text.c"
#include "verbs/prometheus.c"
#include "verbs/readings.c"

#include "tap.h"

void table_print_clean(FILE *out, const char *text)
{
	fputs(text, out);
}

int verb_refuse(const struct error *err)
{
	(void)err;
	return VERB_REFUSED;
}

/* ---- escaping ---- */

static const struct {
	const char *name, *text, *expected;
} escapes[] = {
	{"plain", "web-1", "web-1"},
	{"empty", "", ""},
	{"backslash, quote, newline", "a\\b\"c\nd", "a\\\\b\\\"c\\nd"},
	{"a scope's name", "/system.slice/a\\x2db.scope", "/system.slice/a\\\\x2db.scope"},
	{"characters of two, three and four bytes", "\303\274\342\202\254\360\237\230\200",
	 "\303\274\342\202\254\360\237\230\200"},
	{"a byte that is no UTF-8", "a\377b", "a\357\277\275b"},
	{"a character that is cut", "a\342\202", "a\357\277\275\357\277\275"},
	{"a surrogate", "\355\240\200", "\357\277\275\357\277\275\357\277\275"},
	{"an overlong quote", "\300\242", "\357\277\275\357\277\275"},
	{"escape, return, tab, DEL", "\033\r\t\177",
	 "\357\277\275\357\277\275\357\277\275\357\277\275"},
	{"C1 is control too, and what follows is not", "\302\233\302\240", "\357\277\275\302\240"},
};

static char *escaped(const char *text)
{
	char *to = NULL;
	size_t length = 0;
	FILE *f = open_memstream(&to, &length);

	prometheus_escape(f, text);
	fclose(f);
	return to;
}

static void test_escape(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(escapes); i++) {
		_cleanup_free_ char *got = escaped(escapes[i].text);

		is_str(got, escapes[i].expected, escapes[i].name);
	}
}

static void test_lines(void)
{
	const struct prometheus_label labels[] = {{"a", "x"}, {"b", NULL}};
	_cleanup_free_ char *text = NULL;
	size_t length = 0;
	FILE *f = open_memstream(&text, &length);

	prometheus_metric(f, "m_total", "counter", "What.");
	prometheus_sample(f, "m_total", labels, 2, UINT64_MAX);
	prometheus_sample(f, "n", NULL, 0, 0);
	fclose(f);
	is_str(text,
	       "# HELP m_total What.\n# TYPE m_total counter\n"
	       "m_total{a=\"x\",b=\"\"} 18446744073709551615\nn 0\n",
	       "lines");
}

/* ---- a host with policies ---- */

#define POLICIES 4

struct host {
	struct entry entries[POLICIES];
	struct inventory inv;
	struct reading items[POLICIES];
	struct readings readings;
};

/* Policy @i: @n rules named r0, r1 …, each with 1 hit, 2 denials and 3 changes. */
static void add_policy(struct host *host, const char *key, const char *id, size_t n)
{
	size_t i = host->inv.n++;
	struct reading *reading = &host->items[i];
	struct policy *policy = calloc(1, sizeof(*policy));

	host->readings.n = host->inv.n;
	host->entries[i] =
		(struct entry){.key = (char *)key,
			       .has_record = true,
			       .record = {.kind = "container", .id = (char *)id, .mode = "audit"}};
	policy->rules = calloc(n + 1, sizeof(*policy->rules));
	policy->n_rules = n;
	reading->entry = &host->entries[i];
	reading->policy = policy;
	reading->counters.rules = calloc(n + 1, sizeof(struct counted));
	reading->counters.n_rules = n;
	reading->counters.unmatched[1] = 5;
	for (size_t rule = 0; rule < n; rule++) {
		if (asprintf(&policy->rules[rule].id, "r%zu", rule) < 0)
			abort();
		reading->counters.rules[rule] = (struct counted){1, 2, 3};
	}
}

static struct host *host_new(void)
{
	struct host *host = calloc(1, sizeof(*host));

	host->inv.entries = host->entries;
	host->readings.items = host->items;
	return host;
}

static void host_free(struct host *host)
{
	for (size_t i = 0; i < host->readings.n; i++) {
		policy_free(host->items[i].policy);
		counters_done(&host->items[i].counters);
	}
	free(host);
}

static char *exposed(const struct host *host, size_t most)
{
	struct exposition e;
	struct error err = {0};
	char *text = NULL;
	size_t length = 0;
	FILE *f = open_memstream(&text, &length);

	is_int(exposition_plan(&host->inv, &host->readings, most, &e, &err), 0, "planned");
	exposition_print(&e, f);
	exposition_done(&e);
	fclose(f);
	return text;
}

static bool has_line(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	return at && (at == text || at[-1] == '\n') && at[strlen(line)] == '\n';
}

static void expect_line(const char *text, const char *line)
{
	if (!ok(has_line(text, line), "%s", line))
		diag("in:\n%s", text);
}

#define NOBODY "namespace=\"\",pod=\"\",container=\"\","

static void test_text(void)
{
	struct host *host = host_new();
	_cleanup_free_ char *text = NULL;

	add_policy(host, "a@1", "a", 2);
	add_policy(host, "b@1", "b", 1);
	host->items[1].trouble = "it is broken";
	host->entries[0].record.pod = "p\"";
	text = exposed(host, EXPOSITION_SERIES);
	expect_line(text,
		    "oci_sockopt_policies{kind=\"container\",mode=\"audit\",state=\"in force\"} 2");
	expect_line(text, "oci_sockopt_policies_unreadable 1");
	expect_line(text, "oci_sockopt_rule_calls_total{id=\"a\",namespace=\"\",pod=\"p\\\"\","
			  "container=\"\",rule=\"r0\"} 1");
	expect_line(text, "oci_sockopt_rule_changes_total{id=\"a\",namespace=\"\",pod=\"p\\\"\","
			  "container=\"\",rule=\"r1\"} 3");
	expect_line(text, "oci_sockopt_rule_calls_total{id=\"a\",namespace=\"\",pod=\"p\\\"\","
			  "container=\"\",rule=\"default\"} 5");
	expect_line(text, "oci_sockopt_policy_info{id=\"b\"," NOBODY
			  "policy=\"\",mode=\"audit\",kind=\"container\"} 1");
	ok(!strstr(text, "_total{id=\"b\""), "no counter of what cannot be read");
	host_free(host);
}

static void test_same_id(void)
{
	struct host *host = host_new();
	_cleanup_free_ char *text = NULL;

	add_policy(host, "a@1", "a", 0);
	add_policy(host, "a@2", "a", 0);
	add_policy(host, "b@1", "b", 0);
	text = exposed(host, EXPOSITION_SERIES);
	for (size_t i = 0; i < 3; i++) {
		static const char *const ids[] = {"a@1", "a@2", "b"};
		char line[256];

		snprintf(line, sizeof(line),
			 "oci_sockopt_rule_calls_total{id=\"%s\"," NOBODY "rule=\"default\"} 5",
			 ids[i]);
		expect_line(text, line);
	}
	host_free(host);
}

static void test_long_label(void)
{
	struct host *host = host_new();
	_cleanup_free_ char *text = NULL, *name = calloc(1, 100001);
	char line[512];

	memset(name, 'x', 100000);
	add_policy(host, "a@1", "a", 0);
	host->entries[0].record.pod = name;
	text = exposed(host, EXPOSITION_SERIES);
	snprintf(
		line, sizeof(line),
		"oci_sockopt_rule_calls_total{id=\"a\",namespace=\"\",pod=\"%.256s\",container=\"\","
		"rule=\"default\"} 5",
		name);
	expect_line(text, line);
	host_free(host);
}

/* ---- limits ---- */

/* Rules of the four policies: 256, 10, 10, 0; with the default action 257, 11, 11, 1; 5 each besides. */
static const struct limit_case {
	size_t most, summed;
	bool which[POLICIES];
} limits[] = {
	{20 + 3 * 280, 0, {false, false, false, false}},
	{20 + 3 * 280 - 1, 1, {true, false, false, false}},
	{20 + 3 * 24, 1, {true, false, false, false}},
	{20 + 3 * 24 - 1, 2, {true, true, false, false}},
	{20 + 3 * 14 - 1, 3, {true, true, true, false}},
	{0, 3, {true, true, true, false}}, /* one series is its own sum */
};

static void test_limit(const struct host *host, const struct limit_case *c)
{
	struct exposition e;
	struct error err = {0};

	is_int(exposition_plan(&host->inv, &host->readings, c->most, &e, &err), 0, "limit");
	is_int((long long)e.n_summed, (long long)c->summed, "  how many are summed");
	ok(!memcmp(e.summed, c->which, sizeof(c->which)), "  the largest");
	exposition_done(&e);
}

static void test_limits(void)
{
	static const size_t rules[POLICIES] = {256, 10, 10, 0};
	static const char *const keys[] = {"a@1", "b@1", "c@1", "d@1"};
	static const char *const ids[] = {"a", "b", "c", "d"};
	struct host *host = host_new();
	_cleanup_free_ char *text = NULL;

	for (size_t i = 0; i < POLICIES; i++)
		add_policy(host, keys[i], ids[i], rules[i]);
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		test_limit(host, &limits[i]);
	text = exposed(host, 0);
	expect_line(text, "oci_sockopt_policies_summed 3");
	expect_line(text, "oci_sockopt_rule_calls_total{id=\"a\"," NOBODY "rule=\"*\"} 261");
	expect_line(text, "oci_sockopt_rule_denials_total{id=\"b\"," NOBODY "rule=\"*\"} 20");
	expect_line(text, "oci_sockopt_rule_calls_total{id=\"d\"," NOBODY "rule=\"default\"} 5");
	host_free(host);
}

/* ---- rules ---- */

static void test_rules(void)
{
	struct host *host = host_new();
	struct rule_reading rule;

	add_policy(host, "a@1", "a", 2);
	free(host->items[0].policy->rules[1].id);
	host->items[0].policy->rules[1].id = strdup("default");
	host->items[0].policy->rules[1].action = ACTION_CLAMP;
	host->items[0].policy->deny_by_default[0] = true;
	is_int((long long)reading_rules(&host->items[0]), 3, "rules and the default action");
	reading_rule(&host->items[0], 1, &rule);
	is_str(rule.name, "rules[1]", "a rule that is called like the default action");
	is_str(rule.action, "clamp", "  its action");
	reading_rule(&host->items[0], 2, &rule);
	is_str(rule.name, "default", "the default action");
	is_str(rule.action, "setsockopt deny, getsockopt allow", "  one for each call");
	is_int((long long)rule.counted.hits, 5, "  unmatched calls are its hits");
	is_int((long long)reading_sum(&host->items[0]).hits, 7, "the sum of hits");
	host_free(host);
}

int main(void)
{
	test_escape();
	test_lines();
	test_text();
	test_same_id();
	test_long_label();
	test_limits();
	test_rules();
	return tap_done();
}
