// SPDX-License-Identifier: Apache-2.0
/*
 * Grants as the text of a policy. A policy has limits; where they are met less is said, step by
 * step, until it fits.
 */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/compile.h"
#include "policy/grant.h"
#include "policy/names.h"

/* What is given up, from the least loss to the greatest. */
static const struct effort {
	enum bounds bounds; /* or looser, if that was asked for */
	bool share;	    /* options without bounds, of the same sockets, share a rule */
	bool any_socket;
	const char *note;
} efforts[] = {
	{BOUNDS_EXACT, false, false, ""},
	{BOUNDS_EXACT, true, false, " Options share rules, to fit."},
	{BOUNDS_RANGE, true, false, " NOT EXACT: ranges for lists of values, to fit."},
	{BOUNDS_ANY, true, false, " NOT EXACT: no bounds of values, to fit."},
	{BOUNDS_ANY, true, true, " NOT EXACT: neither values nor sockets are looked at, to fit."},
};

struct rules {
	const struct grants *grants;
	const struct effort *effort;
	bool *written; /* by grant: it is in the rule of an earlier one */
	size_t n;
};

static void write_number_or_name(struct json_writer *w, enum name_table table, uint32_t number)
{
	const char *name = name_of(table, number);

	if (name)
		json_add_string(w, NULL, name);
	else
		json_add_uint(w, NULL, number);
}

static void write_bits(struct json_writer *w, const char *key, enum name_table table, uint64_t bits)
{
	if (!bits)
		return;
	json_open_array(w, key);
	for (uint32_t i = 0; i < 64; i++)
		if (bits >> i & 1)
			write_number_or_name(w, table, i);
	json_close_array(w);
}

/* Names of IP protocols and of netlink's stand in one table, and share numbers. */
static const char *protocol_name(enum protocol_space space, uint32_t number)
{
	size_t count;
	const struct name *rows = names_all(NAMES_PROTOCOL, &count);

	for (size_t i = 0; i < count && space != SPACE_OTHER; i++)
		if (rows[i].number == number &&
		    !strncmp(rows[i].name, "NETLINK_", strlen("NETLINK_")) ==
			    (space == SPACE_NETLINK))
			return rows[i].name;
	return NULL;
}

static void write_protocols(struct json_writer *w, const struct grant *grant)
{
	enum protocol_space space = grant_protocols(grant->families);

	if (!grant->n_protocols)
		return;
	json_open_array(w, "protocols");
	for (size_t i = 0; i < grant->n_protocols; i++) {
		const char *name = protocol_name(space, grant->protocols[i]);

		if (name)
			json_add_string(w, NULL, name);
		else
			json_add_uint(w, NULL, grant->protocols[i]);
	}
	json_close_array(w);
}

static void write_sockets(struct json_writer *w, const struct grant *grant)
{
	if (!grant->families && !grant->types && !grant->n_protocols)
		return;
	json_open_object(w, "sockets");
	write_bits(w, "families", NAMES_FAMILY, grant->families);
	write_bits(w, "types", NAMES_TYPE, grant->types);
	write_protocols(w, grant);
	json_close_object(w);
}

/* The options of the rule that grant @at begins; *@all is what its description speaks of. */
static void write_options(struct json_writer *w, struct rules *rules, size_t at, struct grant *all)
{
	const struct grant *list = rules->grants->list;
	char text[GRANT_OPTION_MAX];

	*all = list[at];
	json_open_array(w, "options");
	json_add_string(w, NULL, grant_option(all, text));
	for (size_t i = at + 1; i < rules->grants->n && rules->effort->share; i++) {
		if (list[at].span.kind != SPAN_ANY || list[i].span.kind != SPAN_ANY ||
		    list[i].call != all->call || rules->written[i] ||
		    grant_compare_sockets(&list[i], &list[at]))
			continue;
		rules->written[i] = true;
		all->count += list[i].count;
		all->lengths |= list[i].lengths;
		all->span.known = false;
		all->span.why = NULL;
		all->level = UINT32_MAX; /* no option by itself */
		json_add_string(w, NULL, grant_option(&list[i], text));
	}
	json_close_array(w);
}

/* "set.SO_RCVBUF", and with a number behind it from the second rule of an option on. */
static void write_id(struct json_writer *w, const struct grant *list, size_t at)
{
	const char *call = list[at].call == CALL_SETSOCKOPT ? "set" : "get";
	char option[GRANT_OPTION_MAX], id[GRANT_OPTION_MAX + 32];
	size_t nth = 1;

	while (nth <= at && list[at - nth].level == list[at].level &&
	       list[at - nth].optname == list[at].optname && list[at - nth].call == list[at].call)
		nth++;
	grant_option(&list[at], option);
	option[strcspn(option, ":")] = '\0';
	option[strcspn(option, "/")] = strchr(option, '/') ? '.' : '\0';
	if (nth > 1)
		snprintf(id, sizeof(id), "%s.%s.%zu", call, option, nth);
	else
		snprintf(id, sizeof(id), "%s.%s", call, option);
	json_add_string(w, "id", id);
}

static void write_rule(struct json_writer *w, struct rules *rules, size_t at)
{
	char text[GRANT_DESCRIPTION_MAX];
	struct grant all;

	json_open_object(w, NULL);
	write_id(w, rules->grants->list, at);
	json_open_array(w, "calls");
	json_add_string(w, NULL,
			rules->grants->list[at].call == CALL_SETSOCKOPT ? "setsockopt"
									: "getsockopt");
	json_close_array(w);
	write_options(w, rules, at, &all);
	write_sockets(w, &all);
	span_write(&all.span, all.type, w);
	json_add_string(w, "action", "allow");
	if (*grant_description(&all, text))
		json_add_string(w, "description", text);
	json_close_object(w);
	rules->n++;
}

/* *@ret is NULL where memory ran out. */
static void write_policy(struct rules *rules, const struct grants_head *head, bool beautify,
			 char **ret)
{
	_cleanup_json_writer_ struct json_writer *w = json_writer_new(beautify);
	char description[POLICY_DESCRIPTION_MAX];
	const char *text;

	*ret = NULL;
	rules->n = 0;
	memset(rules->written, 0, rules->grants->n);
	if (!w)
		return;
	snprintf(description, sizeof(description), "%s%s", head->description, rules->effort->note);
	json_open_object(w, NULL);
	json_add_uint(w, "version", 1);
	json_add_string(w, "name", head->name);
	json_add_string(w, "description", description);
	json_add_string(w, "defaultAction", "deny");
	json_open_array(w, "rules");
	for (size_t i = 0; i < rules->grants->n; i++)
		if (!rules->written[i])
			write_rule(w, rules, i);
	json_close_array(w);
	json_close_object(w);
	text = json_writer_text(w, NULL);
	*ret = text ? strdup(text) : NULL;
}

/* -E2BIG where the text is beyond a limit of policies. */
static int check(const struct rules *rules, const char *text, struct error *err)
{
	_cleanup_policy_ struct policy *policy = NULL;
	struct compiled compiled = {0};
	size_t length = text ? strlen(text) : 0;
	int r;

	if (!text)
		return error_set(err, ENOMEM, "out of memory");
	if (rules->n > POLICY_RULES_MAX)
		return error_set(err, E2BIG, "%zu rules; a policy has at most %d", rules->n,
				 POLICY_RULES_MAX);
	if (length > POLICY_JSON_MAX)
		return error_set(err, E2BIG, "%zu bytes of text; a policy has at most %d", length,
				 POLICY_JSON_MAX);
	r = policy_parse(text, length, &policy, err);
	r = r ?: policy_compile(policy, &compiled, err);
	compiled_done(&compiled);
	return r;
}

static int try(struct grants *g, const struct grants_head *head, const struct effort *effort,
	       char **ret, struct error *err)
{
	_cleanup_free_ bool *written = calloc(g->n + 1, sizeof(*written));
	struct rules rules = {.grants = g, .effort = effort, .written = written};
	_cleanup_free_ char *text = NULL;
	int r = 0;

	if (!written)
		return error_set(err, ENOMEM, "out of memory");
	for (int beautify = 1; beautify >= 0; beautify--) {
		free(TAKE_PTR(text));
		write_policy(&rules, head, beautify, &text);
		r = check(&rules, text, err);
		if (r != -E2BIG)
			break;
	}
	if (!r)
		*ret = TAKE_PTR(text);
	return r;
}

static int check_options(const struct grants *g, struct error *err)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++) {
		const struct grant *a = &g->list[i], *b = &g->list[i ? i - 1 : 0];

		n += !i || a->level != b->level || a->optname != b->optname || a->call != b->call;
	}
	if (n > POLICY_KEYS_MAX)
		return error_set(err, E2BIG,
				 "%zu options, each call counted; a policy names at most %d", n,
				 POLICY_KEYS_MAX);
	return 0;
}

int grants_write(struct grants *g, const struct grants_head *head, enum bounds bounds, char **ret,
		 struct error *err)
{
	int r = check_options(g, err);

	if (r)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(efforts); i++) {
		const struct effort *effort = &efforts[i];

		if (effort->any_socket)
			grants_drop_sockets(g);
		grants_loosen(g, effort->bounds > bounds ? effort->bounds : bounds);
		grants_unite(g);
		grants_join(g);
		r = try(g, head, effort, ret, err);
		if (r != -E2BIG)
			return r;
	}
	return r;
}
