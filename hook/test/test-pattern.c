// SPDX-License-Identifier: Apache-2.0
/* oci: patterns of runtimes' configurations, as Go decides them. */
#include "base/cleanup.h"
#include "oci/pattern.h"
#include "test/tap.h"

enum {
	NO,
	YES,
	WRONG = -EINVAL,
	UNKNOWN = -EOPNOTSUPP,
};

struct pattern_case {
	const char *pattern, *text;
	int expected;
};

static const struct pattern_case regexps[] = {
	{"(^|\\.)sockopt\\.oci(/.*)?$", "policy.sockopt.oci", YES},
	{"(^|\\.)sockopt\\.oci(/.*)?$", "policy.sockopt.oci/container.web", YES},
	{"(^|\\.)sockopt\\.oci(/.*)?$", "sockopt.oci", YES},
	{"(^|\\.)sockopt\\.oci(/.*)?$", "policy.sockopt.ocix", NO},
	{"^policy\\.sockopt\\.oci$", "policy.sockopt.oci", YES},
	{"^policy\\.sockopt\\.oci$", "policy.sockopt.oci/web", NO},
	{"sockopt", "policy.sockopt.oci", YES},
	{"", "anything", YES},
	{".*", "", YES},
	{"^.*$", "one line", YES},
	{"^.*$", "two\nlines", NO}, /* "." is no newline, "$" no end of a line */
	{".*", "two\nlines", YES},
	{"^[^x]*$", "two\nlines", YES},
	{"^(?:policy|profile|mode)\\.", "mode.sockopt.oci", YES},
	{"^(policy|profile)\\.", "mode.sockopt.oci", NO},
	{"^\\w+\\.sockopt\\.oci", "policy.sockopt.oci", YES},
	{"^[\\w.]+/[\\w.-]+$", "policy.sockopt.oci/container.web-1", YES},
	{"^[\\w.]+$", "policy.sockopt.oci/pod", NO},
	{"\\d", "web1", YES},
	{"\\d", "d", NO},
	{"\\D", "1", NO},
	{"\\s", "a b", YES},
	{"\\S", " \t", NO},
	{"\\Apolicy", "policy", YES},
	{"oci\\z", "policy.sockopt.oci", YES},
	{"a.*?c", "abc", YES},
	{"^a+?$", "aaa", YES},
	{"^a{2,3}$", "aaa", YES},
	{"^a{2,3}$", "a", NO},
	{"^a{2}$", "aa", YES},
	{"^a{,3}$", "a{,3}", YES}, /* no count: the brace stands for itself */
	{"{\"version\"", "{\"version\":1}", YES},
	{"^\\{", "{\"version\":1}", YES},
	{"[]a]", "]", YES},
	{"[^]a]", "]", NO},
	{"^[a\\-z]$", "-", YES},
	{"^[a\\-z]$", "m", NO},
	{"^[a-z-]$", "-", YES},
	{"^[\\]x]$", "]", YES},
	{"^[\\^]$", "^", YES},
	{"^[\\^-]$", "-", YES},
	{"^[x^]$", "^", YES},
	{"^[\\\\]$", "\\", YES},
	{"^[[:alpha:].]+$", "policy.sockopt", YES},
	{"^[[:alpha:]]+$", "policy1", NO},
	{"/", "a/b", YES},
	{"\\/", "a/b", YES},
	{"(?i)POLICY", "policy", UNKNOWN},
	{"(?P<x>a)", "a", UNKNOWN},
	{"\\bpolicy\\b", "policy", UNKNOWN},
	{"\\pL", "a", UNKNOWN},
	{"\\Qa.b\\E", "a.b", UNKNOWN},
	{"(a)\\1", "aa", UNKNOWN},
	{"[\\D]", "a", UNKNOWN},
	{"[[:^alpha:]]", "1", UNKNOWN},
	{"[[.a.]]", "a", UNKNOWN},
	{"[[=a=]]", "a", UNKNOWN},
	{"a**", "a", WRONG},
	{"*a", "a", WRONG},
	{"(*a)", "a", WRONG},
	{"a|*", "a", WRONG},
	{"(a", "a", WRONG},
	{"a)", "a", WRONG},
	{"[a", "a", WRONG},
	{"[", "a", WRONG},
	{"[]", "a", WRONG},
	{"[z-a]", "a", WRONG},
	{"a\\", "a", WRONG},
	{"[a\\", "a", WRONG},
	{"a{3,2}", "a", WRONG},
};

static const struct pattern_case globs[] = {
	{"*.sockopt.oci", "policy.sockopt.oci", YES},
	{"*.sockopt.oci", "policy.sockopt.oci/pod", NO},
	{"*.sockopt.oci*", "policy.sockopt.oci/pod", NO}, /* "*" stops at "/" */
	{"*.sockopt.oci/*", "policy.sockopt.oci/container.web", YES},
	{"*.sockopt.oci/*", "policy.sockopt.oci", NO},
	{"*.sockopt.oci/*", "policy.sockopt.oci/a/b", NO},
	{"policy.sockopt.oci", "policy.sockopt.oci", YES},
	{"policy.sockopt", "policy.sockopt.oci", NO},
	{"*", "policy", YES},
	{"*", "policy/x", NO},
	{"*/*", "policy/x", YES},
	{"*", "", YES},
	{"", "", YES},
	{"", "a", NO},
	{"p?licy", "policy", YES},
	{"a?b", "a/b", NO},
	{"**c", "abc", YES},
	{"*a*b*c", "xaybzc", YES},
	{"*a*b*c", "xaybz", NO},
	{"a*b", "a/b", NO},
	{".*", ".hidden", YES},
	{"*", ".hidden", YES},
	{"[pm]olicy", "policy", YES},
	{"[a-f]x", "cx", YES},
	{"[^a-f]x", "cx", NO},
	{"[^a-f]x", "zx", YES},
	{"[!a]x", "bx", NO}, /* no negation: "!" or "a" */
	{"[!a]x", "!x", YES},
	{"[a/]b", "/b", YES}, /* a class takes "/", as path.Match has it */
	{"\\*x", "*x", YES},
	{"\\*x", "ax", NO},
	{"[\\]]", "]", YES},
	{"[", "a", WRONG},
	{"[a", "a", WRONG},
	{"[]a]", "a", WRONG},
	{"[-x]", "x", WRONG},
	{"[x-]", "x", WRONG},
	{"a\\", "a", WRONG},
	{"x[", "a", WRONG},
};

static void run(const char *what, const struct pattern_case *cases, size_t n,
		int (*match)(const char *, const char *, bool *, struct error *))
{
	for (size_t i = 0; i < n; i++) {
		struct error err = {0};
		bool found = false;
		int got = match(cases[i].pattern, cases[i].text, &found, &err);

		got = got ?: found;
		if (!ok(got == cases[i].expected, "%s %zu: %s", what, i, cases[i].pattern))
			diag("got %d, expected %d, \"%s\"", got, cases[i].expected, err.text);
		if (got < 0 && !ok(strstr(err.text, cases[i].pattern), "  named in its message"))
			diag("\"%s\"", err.text);
	}
}

int main(void)
{
	run("regexp", regexps, ARRAY_SIZE(regexps), pattern_regexp);
	run("glob", globs, ARRAY_SIZE(globs), pattern_glob);
	return tap_done();
}
