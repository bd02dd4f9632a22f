// SPDX-License-Identifier: Apache-2.0
/* Policies made of recordings, read back into grants and joined. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/grant.h"

#define REMEDY "merge joins what record and merge write"

/* The one word that tells what a recording lacks, and the number behind it. */
static const char *const notes[] = {"NOT COMPLETE: ", "LEFT OUT: "};

struct merge {
	struct grants grants;
	uint64_t noted[ARRAY_SIZE(notes)];
	uint64_t calls;
	bool wider; /* one of them allows more than was seen */
};

static int check_head(const struct policy *policy, struct error *err)
{
	for (size_t call = 0; call < 2; call++)
		if (!policy->deny_by_default[call])
			return error_set(err, EINVAL,
					 "defaultAction: allows %s; " REMEDY ", which deny",
					 call ? "getsockopt" : "setsockopt");
	if (policy->default_errno != EPERM)
		return error_set(err, EINVAL, "defaultErrno: is not EPERM; " REMEDY);
	return 0;
}

static int check_rule(const struct policy_rule *rule, struct error *err)
{
	if (rule->action != ACTION_ALLOW)
		return error_set(err, EINVAL, "action: \"%s\"; " REMEDY ", which allow alone",
				 policy_action_name(rule->action));
	if (rule->log)
		return error_set(err, EINVAL, "log: " REMEDY ", which do not log");
	for (size_t i = 0; i < rule->n_keys; i++)
		if (rule->keys[i].kind != PATTERN_OPTION)
			return error_set(err, EINVAL, "options[%zu]: not a single option; " REMEDY,
					 rule->keys[i].entry);
	return 0;
}

/* The next bit of @bits from *@at on as a word of its own; 0 for no bits, once. */
static bool next_bit(uint64_t bits, unsigned int *at, uint64_t *ret)
{
	*ret = 0;
	if (!bits)
		return (*at)++ == 0;
	while (*at < 64 && !(bits >> *at & 1))
		(*at)++;
	if (*at == 64)
		return false;
	*ret = UINT64_C(1) << (*at)++;
	return true;
}

static int add_protocols(struct merge *m, const struct socket_filter *sockets, struct grant *grant,
			 struct error *err)
{
	int r = 0;

	grant->n_protocols = sockets->n_protocols ? 1 : 0;
	for (size_t i = 0; (i < sockets->n_protocols || !i) && !r; i++) {
		if (sockets->n_protocols)
			grant->protocols[0] = sockets->protocols[i];
		r = grants_add(&m->grants, grant, err);
		grant->count = 0;
	}
	return r;
}

/* A grant for each single kind of socket, as they were seen; the count goes with the first. */
static int add_sockets(struct merge *m, const struct socket_filter *sockets, struct grant *grant,
		       struct error *err)
{
	int r = 0;

	for (unsigned int f = 0; !r && next_bit(sockets->families, &f, &grant->families);)
		for (unsigned int t = 0; !r && next_bit(sockets->types, &t, &grant->types);)
			r = add_protocols(m, sockets, grant, err);
	return r;
}

static int add_rule(struct merge *m, const struct policy_rule *rule, struct error *err)
{
	struct grant grant = {0};
	int r = check_rule(rule, err);

	grant_read_description(rule->description, &grant);
	m->calls += grant.count;
	for (size_t i = 0; i < rule->n_keys && !r; i++) {
		grant.level = rule->keys[i].level;
		grant.optname = rule->keys[i].optname;
		grant.call = rule->keys[i].call;
		grant.type = rule->keys[i].type;
		r = span_of_rule(rule, grant.type, &grant.span, err);
		r = r ?: add_sockets(m, &rule->sockets, &grant, err);
	}
	return r;
}

static void read_notes(struct merge *m, const char *description)
{
	m->wider |= description && strstr(description, "NOT EXACT: ");
	for (size_t i = 0; i < ARRAY_SIZE(notes) && description; i++) {
		const char *at = strstr(description, notes[i]);

		if (at)
			m->noted[i] += strtoull(at + strlen(notes[i]), NULL, 10);
	}
}

static int add_policy(struct merge *m, const struct policy *policy, struct error *err)
{
	int r = check_head(policy, err);

	read_notes(m, policy->description);
	for (size_t i = 0; i < policy->n_rules && !r; i++) {
		r = add_rule(m, &policy->rules[i], err);
		if (r)
			error_prefix(err, "rules[%zu]", i);
	}
	return r;
}

/* The name that all have, else one that says that they had others. */
static const char *common_name(const struct recorded *recorded, size_t n)
{
	const char *name = recorded[0].policy->name;

	for (size_t i = 0; i < n; i++)
		if (!name || !recorded[i].policy->name || strcmp(name, recorded[i].policy->name))
			return "merged";
	return name;
}

static void describe(const struct merge *m, size_t n, struct grants_head *head)
{
	static const char *const texts[] = {
		" more calls, of more kinds than could be kept; they are denied here.",
		" calls with a negative level or option, which no policy can name.",
	};
	_cleanup_fclose_ FILE *f = fmemopen(head->description, sizeof(head->description), "w");

	if (!f)
		return;
	fprintf(f, "Merged from %zu recording%s: %" PRIu64 " call%s.", n, n == 1 ? "" : "s",
		m->calls, m->calls == 1 ? "" : "s");
	if (m->wider)
		fputs(" NOT EXACT: one of them allowed more than was seen.", f);
	for (size_t i = 0; i < ARRAY_SIZE(notes); i++)
		if (m->noted[i])
			fprintf(f, " %s%" PRIu64 "%s", notes[i], m->noted[i], texts[i]);
}

int recording_merge(const struct recorded *recorded, size_t n, enum bounds bounds, char **ret_text,
		    struct error *err)
{
	struct grants_head head = {.name = common_name(recorded, n)};
	struct merge m = {0};
	int r = 0;

	for (size_t i = 0; i < n && !r; i++) {
		r = add_policy(&m, recorded[i].policy, err);
		if (r)
			error_prefix(err, "%s", recorded[i].source);
	}
	if (!r) {
		grants_unite(&m.grants);
		describe(&m, n, &head);
		r = grants_write(&m.grants, &head, bounds, ret_text, err);
	}
	grants_done(&m.grants);
	return r;
}
