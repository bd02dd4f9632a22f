// SPDX-License-Identifier: Apache-2.0
/*
 * How the verbs of sockoptctl read their options. They are no part of the
 * library, so the files are included.
 */
#include "verbs/common.c"
#include "verbs/table.c"

#include <fcntl.h>

#include "tap.h"

static const char *policy_value;
static bool groups_flag;

static const struct verb_option test_options[] = {{"policy", &policy_value, NULL},
						  {"groups", NULL, &groups_flag}};

static const struct option_case {
	const char *name;
	const char *words[8];
	bool stops;
	bool goes_on;
	int status;
	const char *operand; /* the first, NULL: none */
	const char *policy;
	bool json, groups;
} option_cases[] = {
	{"none", {"v"}, false, true, 0, NULL, NULL, false, false},
	{"an operand", {"v", "x"}, false, true, 0, "x", NULL, false, false},
	{"behind an operand", {"v", "x", "--json"}, false, true, 0, "x", NULL, true, false},
	{"behind a command's", {"v", "x", "--json"}, true, true, 0, "x", NULL, false, false},
	{"behind --", {"v", "--", "--json"}, false, true, 0, "--json", NULL, false, false},
	{"a value", {"v", "--policy", "f"}, false, true, 0, NULL, "f", false, false},
	{"a value with =", {"v", "--policy=f"}, true, true, 0, NULL, "f", false, false},
	{"a flag", {"v", "--groups"}, false, true, 0, NULL, NULL, false, true},
	{"no value", {"v", "--policy"}, false, false, VERB_USAGE, NULL, NULL, false, false},
	{"a value for a flag",
	 {"v", "--groups=x"},
	 false,
	 false,
	 VERB_USAGE,
	 NULL,
	 NULL,
	 false,
	 false},
	{"unknown", {"v", "--polisy", "f"}, false, false, VERB_USAGE, NULL, NULL, false, false},
	{"unknown short", {"v", "-x"}, false, false, VERB_USAGE, NULL, NULL, false, false},
	{"help", {"v", "--help", "--unknown"}, false, false, VERB_DONE, NULL, NULL, false, false},
};

static void test_option(const struct option_case *c)
{
	const struct verb verb = {.name = "v",
				  .summary = "S",
				  .usage = "",
				  .help = "",
				  .has_json = true,
				  .stops = c->stops};
	_cleanup_free_ char *out = NULL;
	size_t length;
	struct verb_call call = {.verb = &verb, .out = open_memstream(&out, &length)};
	char *words[8] = {NULL}, **argv = words;
	int argc = 0, status = -1;
	bool goes_on;

	for (; c->words[argc]; argc++)
		words[argc] = (char *)c->words[argc];
	policy_value = NULL;
	groups_flag = false;
	goes_on = verb_read_options(&call, test_options, ARRAY_SIZE(test_options), &argc, &argv,
				    &status);
	fclose(call.out);
	ok(goes_on == c->goes_on, "options: %s: %s", c->name, c->goes_on ? "goes on" : "ends");
	is_int(status, c->status, "  status");
	if (!goes_on)
		return;
	is_str(argc ? argv[0] : NULL, c->operand, "  operand");
	is_str(policy_value, c->policy, "  value");
	ok(call.json == c->json && groups_flag == c->groups, "  flags");
}

int main(void)
{
	/* What is said of wrong options is not looked at here. */
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	dup2(null, STDERR_FILENO);
	close(null);
	for (size_t i = 0; i < ARRAY_SIZE(option_cases); i++)
		test_option(&option_cases[i]);
	return tap_done();
}
