// SPDX-License-Identifier: Apache-2.0
/* Policies and recordings: whatever is taken can be explained, compiled and tried. */
#include "test/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/explain.h"
#include "policy/lint.h"
#include "policy/recording.h"
#include "policy/try.h"

#define OBSERVED_MAX 64

static void try_all(const struct policy *policy, const struct compiled *compiled)
{
	static struct try_outcome outcome;

	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct policy_key *key = &policy->rules[i].keys[0];
		const struct try_call call = {.call = key->call,
					      .level = key->level,
					      .optname = key->optname,
					      .value = (const uint8_t *)"\1\0\0\0\2\0\0\0",
					      .length = 8,
					      .optlen = (int32_t)(i % 24),
					      .family = 2,
					      .type = 1,
					      .protocol = 6};

		try_run(compiled, &call, &outcome);
		fuzz_demand(outcome.rule < (int)policy->n_rules, "a verdict is of a rule");
	}
}

void fuzz_policy(const uint8_t *data, size_t size)
{
	_cleanup_policy_ struct policy *policy = NULL;
	struct explanation explanation = {0};
	struct compiled compiled;
	struct lints lints = {0};
	struct error err = {0};
	int r = policy_parse((const char *)data, size, &policy, &err);

	fuzz_demand(r == 0 || (r < 0 && err.text[0]), "a policy is taken, or refused with a text");
	if (r)
		return;
	fuzz_demand(!lint_policy(policy, &lints, &err), "a policy that is taken can be linted");
	lints_done(&lints);
	fuzz_demand(!explain_policy(policy, &explanation, &err), "and explained");
	explanation_done(&explanation);
	r = policy_compile(policy, &compiled, &err);
	fuzz_demand(!r || r == -E2BIG, "and compiled, unless it is too large");
	if (r)
		return;
	try_all(policy, &compiled);
	compiled_done(&compiled);
}

/*
 * What a recording becomes is a policy, and one that fits. Its writer holds each text against the
 * limits itself, and that is half of the time of an execution: texts of one length of eight are
 * enough here.
 */
static void demand_policy(int r, const char *text, const struct error *err)
{
	_cleanup_policy_ struct policy *policy = NULL;
	struct compiled compiled;
	struct error own = {0};

	fuzz_demand(!r || err->text[0], "an error has a text");
	if (r || strlen(text) % 8)
		return;
	fuzz_demand(!policy_parse(text, strlen(text), &policy, &own),
		    "a recording's policy is taken");
	fuzz_demand(!policy_compile(policy, &compiled, &own), "and compiles");
	compiled_done(&compiled);
}

void fuzz_recording(const uint8_t *data, size_t size)
{
	size_t n = size / sizeof(struct observed);
	_cleanup_free_ struct observed *seen = calloc(n + 1, sizeof(*seen));
	struct recording recording = {.seen = seen, .n = n > OBSERVED_MAX ? OBSERVED_MAX : n};
	_cleanup_free_ char *text = NULL;
	struct error err = {0};
	int r;

	if (!seen)
		return;
	memcpy(seen, data, recording.n * sizeof(*seen));
	for (size_t i = 0; i < recording.n; i++) {
		/* The fields that are no free numbers. */
		seen[i].call = seen[i].call % 2 ? CALL_SETSOCKOPT : CALL_GETSOCKOPT;
		seen[i].n_values %= OBSERVED_VALUES + 1;
		seen[i].more = seen[i].n_values % 2;
	}
	r = recording_policy(&recording, (enum bounds)(size % 3), &text, &err);
	demand_policy(r, text, &err);
}

void fuzz_merge(const uint8_t *data, size_t size)
{
	const uint8_t *apart = size ? memchr(data, 0, size) : NULL;
	_cleanup_policy_ struct policy *first = NULL, *second = NULL;
	struct recorded recorded[] = {{"first", NULL}, {"second", NULL}};
	_cleanup_free_ char *text = NULL;
	struct error err = {0};
	int r;

	if (!apart || policy_parse((const char *)data, (size_t)(apart - data), &first, &err) ||
	    policy_parse((const char *)apart + 1, size - (size_t)(apart - data) - 1, &second, &err))
		return;
	recorded[0].policy = first;
	recorded[1].policy = second;
	r = recording_merge(recorded, ARRAY_SIZE(recorded), (enum bounds)(size % 3), &text, &err);
	demand_policy(r, text, &err);
}
