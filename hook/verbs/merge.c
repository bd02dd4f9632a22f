// SPDX-License-Identifier: Apache-2.0
/*
 * `sockoptctl merge`: recordings joined into one policy. Touches nothing of the host.
 */
#include <string.h>

#include "policy/recording.h"
#include "verbs/verbs.h"

static int read_policy(const char *path, struct recorded *ret, struct error *err)
{
	struct policy *policy = NULL;
	int r = policy_text_parse(path, &policy, err);

	if (!r)
		*ret = (struct recorded){.source = strcmp(path, "-") ? path : "standard input",
					 .policy = policy};
	return r;
}

static int merge(char **paths, size_t n, enum bounds bounds, char **ret, struct error *err)
{
	_cleanup_free_ struct recorded *recorded = calloc(n, sizeof(*recorded));
	size_t used = 0;
	int r = 0;

	if (!recorded)
		return error_set(err, ENOMEM, "out of memory");
	while (used < n && !r) {
		r = read_policy(paths[used], &recorded[used], err);
		used += !r;
	}
	r = r ?: recording_merge(recorded, n, bounds, ret, err);
	while (used-- > 0)
		policy_free((struct policy *)recorded[used].policy);
	return r;
}

static int merge_run(struct verb_call *call, int argc, char **argv)
{
	const char *output = NULL, *values = "exact";
	const struct verb_option options[] = {
		{"output", &output, NULL},
		{"o", &output, NULL},
		{"values", &values, NULL},
	};
	_cleanup_free_ char *text = NULL;
	enum bounds bounds = BOUNDS_EXACT;
	struct error err = {0};
	int status;

	if (!verb_read_options(call, options, ARRAY_SIZE(options), &argc, &argv, &status))
		return status;
	if (argc < 1)
		return verb_usage(call, "which recordings?");
	if (bounds_by_name(values, &bounds, &err))
		return verb_usage(call, "--values: %s", err.text);
	if (merge(argv, (size_t)argc, bounds, &text, &err))
		return verb_refuse(&err);
	return policy_text_deliver(call, output, text, &err) ? verb_refuse(&err) : VERB_DONE;
}

const struct verb verb_merge = {
	.name = "merge",
	.summary = "Join recordings into one policy",
	.usage = "[-o FILE] [--values exact|range|any] FILE…",
	.help = "Each FILE is a policy that record or merge has made; \"-\" is standard input. The\n"
		"result allows what any of them allows: lists of values are joined, ranges grow\n"
		"until they hold both, and where one has no bounds there are none. Their order\n"
		"does not matter. Other policies are refused.\n\n"
		"  -o, --output FILE  write it to FILE, whole or not at all\n"
		"  --values exact|range|any\n"
		"                     keep the bounds of values (what is done without this option);\n"
		"                     or make ranges of lists of numbers, and let structs be free; or\n"
		"                     leave all bounds of values out\n",
	.run = merge_run,
};
