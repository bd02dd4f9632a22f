// SPDX-License-Identifier: Apache-2.0
/*
 * Rules that let through what they seem to hold back. Where a value decides, the engine is asked
 * rather than the rules read once more.
 */
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "policy/lint-private.h"
#include "policy/try.h"

#define LIST_MAX 512

/* A socket that @filter is for. */
static void choose_socket(const struct socket_filter *filter, struct try_call *call)
{
	call->family = filter->families ? (uint32_t)__builtin_ctzll(filter->families) : AF_INET;
	call->type = filter->types ? (uint32_t)__builtin_ctzll(filter->types) : SOCK_STREAM;
	call->protocol = filter->n_protocols ? filter->protocols[0] : 0;
}

/* What becomes of setsockopt of @key with the value @bytes, on a socket that @rule is for. */
static void try_value(const struct lint_run *run, const struct policy_rule *rule,
		      const struct policy_key *key, const void *bytes, size_t length,
		      struct try_outcome *ret)
{
	struct try_call call = {.call = CALL_SETSOCKOPT,
				.level = key->level,
				.optname = key->optname,
				.value = bytes,
				.length = length,
				.optlen = (int32_t)length};

	choose_socket(&rule->sockets, &call);
	try_run(&run->compiled, &call, ret);
}

/* ---- a getsockopt that is denied ---- */

/* Who answers that there is no such option hides the option, not its value. */
static bool pretends_absence(const struct policy_rule *rule)
{
	return rule->deny_errno == ENOPROTOOPT || rule->deny_errno == EOPNOTSUPP;
}

/* The names of the rule's options; false where it has a setsockopt or more than single options. */
static bool reads_only(const struct policy_rule *rule, char list[LIST_MAX])
{
	char label[KEY_LABEL_MAX];
	size_t used = 0;

	list[0] = '\0';
	for (size_t k = 0; k < rule->n_keys; k++) {
		const struct policy_key *key = &rule->keys[k];

		if (key->call != CALL_GETSOCKOPT || key->kind != PATTERN_OPTION)
			return false;
		if (used < LIST_MAX - 1)
			used += (size_t)snprintf(list + used, LIST_MAX - used, "%s%s",
						 used ? ", " : "", key_label(key, label));
	}
	return true;
}

void lint_secrets(struct lint_run *run)
{
	char list[LIST_MAX];

	for (size_t i = 0; i < run->policy->n_rules; i++) {
		const struct policy_rule *rule = &run->policy->rules[i];

		if (rule->action == ACTION_DENY && !pretends_absence(rule) &&
		    reads_only(rule, list))
			lint_add(run, "denied-not-secret", i, "replace",
				 "getsockopt of %s is denied, but by then the kernel has written "
				 "the value to the caller's memory; \"replace\" puts another in "
				 "its place",
				 list);
	}
}

/* ---- a getsockopt that no program is asked about ---- */

/* Where the kernel has a way of its own for the protocol's getsockopt (seen in 6.1 to 7.2). */
static bool is_never_asked(const struct policy_key *key)
{
	static const char *const names[] = {"SO_PEERPIDFD", "SCTP_SOCKOPT_PEELOFF",
					    "SCTP_SOCKOPT_PEELOFF_FLAGS", "SCTP_SOCKOPT_CONNECTX3"};
	const struct option *option = option_by_number(key->level, key->optname, key->call);

	for (size_t i = 0; option && i < ARRAY_SIZE(names); i++) {
		if (key->call == CALL_GETSOCKOPT && !strcmp(option->name, names[i]))
			return true;
	}
	return false;
}

void lint_never_asked(struct lint_run *run)
{
	char label[KEY_LABEL_MAX];

	for (size_t i = 0; i < run->policy->n_rules; i++) {
		const struct policy_rule *rule = &run->policy->rules[i];

		for (size_t k = 0; k < rule->n_keys && lint_restricts(rule); k++) {
			if (rule->keys[k].kind == PATTERN_OPTION && is_never_asked(&rule->keys[k]))
				lint_add(run, "never-asked", i, "seccomp",
					 "the kernel asks no program about getsockopt of %s: a "
					 "seccomp profile can refuse level and option",
					 key_label(&rule->keys[k], label));
		}
	}
}

/* ---- a clamp that 0 passes ---- */

static const struct {
	const char *option, *meaning;
} zeros[] = {
	{"SO_RCVTIMEO", "waits for ever"},
	{"SO_SNDTIMEO", "waits for ever"},
	{"TCP_WINDOW_CLAMP", "clamps nothing"},
	{"TCP_NOTSENT_LOWAT", "is the host's default"},
	{"TCP_USER_TIMEOUT", "is the host's default"},
	{"TCP_MAXSEG", "is the route's own size"},
};

static const char *meaning_of_zero(const struct policy_key *key)
{
	char label[KEY_LABEL_MAX];

	if (key->kind != PATTERN_OPTION || key->call != CALL_SETSOCKOPT)
		return NULL;
	key_label(key, label);
	for (size_t i = 0; i < ARRAY_SIZE(zeros); i++) {
		if (!strcmp(zeros[i].option, label))
			return zeros[i].meaning;
	}
	return NULL;
}

static void check_zero(struct lint_run *run, size_t index, const struct policy_key *key)
{
	static const uint8_t zero[POLICY_VALUE_MAX];
	const struct policy_rule *rule = &run->policy->rules[index];
	const char *meaning = meaning_of_zero(key);
	char label[KEY_LABEL_MAX];
	struct try_outcome o;

	if (!meaning)
		return;
	try_value(run, rule, key, zero, key->type->size, &o);
	if (o.rule != (int)index || o.end != TRY_KERNEL || memcmp(o.value, zero, o.length))
		return;
	lint_add(run, "zero-is-no-limit", index, "min",
		 "0 passes this clamp, and %s 0 %s; give a \"min\" too, or a rule for 0 "
		 "before this one",
		 key_label(key, label), meaning);
}

void lint_zeros(struct lint_run *run)
{
	for (size_t i = 0; i < run->policy->n_rules; i++) {
		const struct policy_rule *rule = &run->policy->rules[i];

		for (size_t k = 0; k < rule->n_keys && rule->action == ACTION_CLAMP; k++)
			check_zero(run, i, &rule->keys[k]);
	}
}

/* ---- devices by a list of bad names ---- */

static void check_device(struct lint_run *run, size_t index, const struct policy_key *key)
{
	static const char other[] = "a-device";
	const struct policy_rule *rule = &run->policy->rules[index];
	char label[KEY_LABEL_MAX];
	struct try_outcome o;

	if (key->call != CALL_SETSOCKOPT || strcmp(key_label(key, label), "SO_BINDTODEVICE"))
		return;
	try_value(run, rule, key, other, strlen(other), &o);
	if (o.end != TRY_KERNEL || o.changed)
		return;
	lint_add(run, "device-list", index, "not",
		 "devices are refused by name, but a device can have other names; name those that "
		 "are allowed, with \"not\", and refuse the rest");
}

void lint_devices(struct lint_run *run)
{
	for (size_t i = 0; i < run->policy->n_rules; i++) {
		const struct policy_rule *rule = &run->policy->rules[i];

		for (size_t k = 0; k < rule->n_keys && lint_restricts(rule); k++) {
			if (rule->where.n_one_of && !rule->has_not)
				check_device(run, i, &rule->keys[k]);
		}
	}
}

/* ---- an emulated option that "where" keeps from being read ---- */

void lint_emulated(struct lint_run *run)
{
	char label[KEY_LABEL_MAX];

	for (size_t i = 0; i < run->policy->n_rules; i++) {
		const struct policy_rule *rule = &run->policy->rules[i];

		for (size_t k = 0; k < rule->n_keys && rule->action == ACTION_EMULATE; k++) {
			const struct policy_key *key = &rule->keys[k];

			if (!rule->has_where || key->call != CALL_GETSOCKOPT ||
			    option_by_number(key->level, key->optname, key->call))
				continue;
			lint_add(run, "emulated-not-read", i, "where",
				 "getsockopt of %s never meets this rule: \"where\" looks at what "
				 "the kernel reports, and no kernel is known to report it; give "
				 "getsockopt a rule of its own without \"where\"",
				 key_label(key, label));
		}
	}
}

/* ---- a redirect past another rule ---- */

/* The first rule but number @index that restricts what @to names; or NULL. */
static const struct policy_rule *restricting(const struct policy *policy, size_t index,
					     const struct policy_key *to)
{
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct policy_rule *rule = &policy->rules[i];

		if (i != index && lint_restricts(rule) &&
		    policy_rule_names(rule, CALL_SETSOCKOPT, false, to->level, to->optname))
			return rule;
	}
	return NULL;
}

void lint_redirects(struct lint_run *run)
{
	char label[KEY_LABEL_MAX];

	for (size_t i = 0; i < run->policy->n_rules; i++) {
		const struct policy_rule *rule = &run->policy->rules[i], *other;

		if (rule->action != ACTION_REDIRECT || rule->value.kind || rule->min.kind ||
		    rule->max.kind)
			continue;
		other = restricting(run->policy, i, &rule->to);
		if (other)
			lint_add(run, "redirect-past-a-rule", i, "max",
				 "the call becomes %s with the caller's value, and is not held "
				 "against rule \"%s\" again; give \"min\", \"max\" or \"value\"",
				 key_label(&rule->to, label), other->id);
	}
}
