// SPDX-License-Identifier: Apache-2.0
/* The list of warnings, the lints that fill it, and what they ask of a policy. */
#include <stdarg.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/lint-private.h"

static bool is_known(const struct lints *lints, const char *name, const char *text)
{
	for (size_t i = 0; i < lints->n; i++) {
		if (!strcmp(lints->items[i].name, name) && !strcmp(lints->items[i].text, text))
			return true;
	}
	return false;
}

void lint_add(struct lint_run *run, const char *name, size_t rule, const char *remedy,
	      const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL, *copy = strdup(remedy);
	struct lint *items;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n < 0)
		text = NULL;
	if (text && is_known(&run->lints, name, text))
		return;
	items = reallocarray(run->lints.items, run->lints.n + 1, sizeof(*items));
	if (items)
		run->lints.items = items;
	if (!text || !copy || !items) {
		run->failed = true;
		return;
	}
	items[run->lints.n++] = (struct lint){name, rule, TAKE_PTR(text), TAKE_PTR(copy)};
}

bool lint_restricts(const struct policy_rule *rule)
{
	return rule->action != ACTION_ALLOW && rule->action != ACTION_EMULATE;
}

/* Whether @wide is for every socket that @narrow is for. */
static bool covers_sockets(const struct socket_filter *wide, const struct socket_filter *narrow)
{
	if (wide->families && (!narrow->families || narrow->families & ~wide->families))
		return false;
	if (wide->types && (!narrow->types || narrow->types & ~wide->types))
		return false;
	return !wide->n_protocols || (wide->n_protocols == narrow->n_protocols &&
				      !memcmp(wide->protocols, narrow->protocols,
					      wide->n_protocols * sizeof(*wide->protocols)));
}

bool lint_is_closed(const struct policy *policy, const struct policy_rule *rule,
		    const struct policy_key *key)
{
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct policy_rule *other = &policy->rules[i];
		const struct policy_key *named =
			policy_rule_names(other, key->call, false, key->level, key->optname);

		if (!named)
			continue;
		if (named->kind == PATTERN_OPTION)
			return true;
		if (covers_sockets(&other->sockets, &rule->sockets))
			return lint_restricts(other);
	}
	return policy->deny_by_default[key->call == CALL_GETSOCKOPT];
}

/* By rule, and within one in the order of the lints: qsort() would not keep that. */
static void sort(struct lints *lints)
{
	for (size_t i = 1; i < lints->n; i++) {
		struct lint lint = lints->items[i];
		size_t at = i;

		for (; at && lints->items[at - 1].rule > lint.rule; at--)
			lints->items[at] = lints->items[at - 1];
		lints->items[at] = lint;
	}
}

int lint_policy(const struct policy *policy, struct lints *ret, struct error *err)
{
	static void (*const lints[])(struct lint_run * run) = {
		lint_doors, lint_pairs,	  lint_secrets,	 lint_never_asked,
		lint_zeros, lint_devices, lint_emulated, lint_redirects,
	};
	struct lint_run run = {.policy = policy};
	int r = policy_compile(policy, &run.compiled, err);

	if (r)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(lints); i++)
		lints[i](&run);
	compiled_done(&run.compiled);
	if (run.failed) {
		lints_done(&run.lints);
		return error_set(err, ENOMEM, "out of memory");
	}
	sort(&run.lints);
	*ret = run.lints;
	return 0;
}

void lints_done(struct lints *lints)
{
	for (size_t i = 0; i < lints->n; i++) {
		free(lints->items[i].text);
		free(lints->items[i].remedy);
	}
	free(lints->items);
	memset(lints, 0, sizeof(*lints));
}
