// SPDX-License-Identifier: Apache-2.0
/*
 * `sockoptctl explain`: what a policy does, option by option; or what becomes of one call under it.
 * Touches nothing of the host.
 */
#include <string.h>

#include "policy/explain.h"
#include "policy/names.h"
#include "policy/words.h"
#include "verbs/explain-call.h"
#include "verbs/table.h"

typedef void (*words_fn)(FILE *out, const struct policy_rule *rule, const struct policy_key *key);

/* The text that @write makes; NULL without memory. The caller frees. */
static char *text_of(words_fn write, const struct explain_row *row)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	write(out, row->rule, &row->key);
	fclose(out);
	return text;
}

static void sockets_text(FILE *out, const struct policy_rule *rule, const struct policy_key *key)
{
	(void)key;
	words_sockets(out, &rule->sockets);
}

/* "*" for what no rule names. */
static const char *option_text(const struct policy_key *key, char label[KEY_LABEL_MAX])
{
	return key->kind == PATTERN_ALL ? "*" : key_label(key, label);
}

static const char *default_text(const struct policy *policy, const struct policy_key *key,
				char text[WORDS_ERRNO_MAX + 8])
{
	char name[WORDS_ERRNO_MAX];

	if (!policy->deny_by_default[key->call == CALL_GETSOCKOPT])
		return "allow";
	snprintf(text, WORDS_ERRNO_MAX + 8, "deny %s", words_errno(policy->default_errno, name));
	return text;
}

static void add_words(struct table *table, words_fn write, const struct explain_row *row)
{
	_cleanup_free_ char *text = row->rule ? text_of(write, row) : NULL;

	table_add(table, text);
}

static void add_row(struct table *table, const struct policy *policy, const struct explain_row *row)
{
	char label[KEY_LABEL_MAX], text[WORDS_ERRNO_MAX + 8];
	const struct policy_key *key = &row->key;

	table_add(table, call_name(key->call));
	table_add(table, option_text(key, label));
	if (key->kind == PATTERN_OPTION)
		table_addf(table, "%u/%u", key->level, key->optname);
	else
		table_add(table, NULL);
	add_words(table, sockets_text, row);
	add_words(table, words_condition, row);
	if (row->rule)
		add_words(table, words_effect, row);
	else
		table_add(table, default_text(policy, key, text));
	table_add(table, row->rule ? row->rule->id : "(default)");
	table_add(table, row->rule && row->rule->log ? "yes" : NULL);
}

static int print_table(struct verb_call *call, const struct policy *policy,
		       const struct explanation *explanation)
{
	static const char *const headings[] = {"CALL",	     "OPTION", "NUMBER", "?SOCKETS",
					       "?CONDITION", "ACTION", "RULE",	 "?LOG"};
	struct table table;

	table_open(&table, headings, ARRAY_SIZE(headings));
	for (size_t i = 0; i < explanation->n; i++)
		add_row(&table, policy, &explanation->rows[i]);
	return verb_print_table(call, &table);
}

/* ---- JSON ---- */

static void add_bits(struct json_writer *w, const char *key, enum name_table table, uint64_t bits)
{
	json_open_array(w, key);
	for (uint32_t n = 0; n < 64; n++) {
		if (bits >> n & 1)
			json_add_string(w, NULL, name_of(table, n));
	}
	json_close_array(w);
}

static void add_sockets(struct json_writer *w, const struct socket_filter *filter)
{
	json_open_object(w, "sockets");
	add_bits(w, "families", NAMES_FAMILY, filter->families);
	add_bits(w, "types", NAMES_TYPE, filter->types);
	json_open_array(w, "protocols");
	for (size_t i = 0; i < filter->n_protocols; i++)
		json_add_string(w, NULL, words_protocol(filter->protocols[i], filter->families));
	json_close_array(w);
	json_close_object(w);
}

static void add_json_rule(struct json_writer *w, const struct explain_row *row)
{
	_cleanup_free_ char *condition = text_of(words_condition, row);
	_cleanup_free_ char *effect = text_of(words_effect, row);

	add_sockets(w, &row->rule->sockets);
	json_add_string(w, "condition", condition && *condition ? condition : NULL);
	json_add_string(w, "action", policy_action_name(row->rule->action));
	json_add_string(w, "effect", effect);
	json_add_string(w, "rule", row->rule->id);
	json_add_uint(w, "index", row->index);
	json_add_bool(w, "log", row->rule->log);
}

static void add_json_default(struct json_writer *w, const struct policy *policy,
			     const struct policy_key *key)
{
	bool deny = policy->deny_by_default[key->call == CALL_GETSOCKOPT];
	char text[WORDS_ERRNO_MAX + 8];

	add_sockets(w, &(const struct socket_filter){0});
	json_add_string(w, "condition", NULL);
	json_add_string(w, "action", deny ? "deny" : "allow");
	json_add_string(w, "effect", default_text(policy, key, text));
	json_add_string(w, "rule", NULL);
	json_add_string(w, "index", NULL);
	json_add_bool(w, "log", false);
}

static void add_json_row(struct json_writer *w, const struct policy *policy,
			 const struct explain_row *row)
{
	const struct policy_key *key = &row->key;
	char label[KEY_LABEL_MAX];

	json_open_object(w, NULL);
	json_add_string(w, "call", call_name(key->call));
	json_add_string(w, "option", option_text(key, label));
	if (key->kind == PATTERN_ALL)
		json_add_string(w, "level", NULL);
	else
		json_add_uint(w, "level", key->level);
	if (key->kind == PATTERN_OPTION)
		json_add_uint(w, "optname", key->optname);
	else
		json_add_string(w, "optname", NULL);
	if (row->rule)
		add_json_rule(w, row);
	else
		add_json_default(w, policy, key);
	json_close_object(w);
}

static int print_json(struct verb_call *call, const struct policy *policy,
		      const struct explanation *explanation)
{
	_cleanup_json_writer_ struct json_writer *w = json_writer_new(true);

	if (!w)
		return verb_print_json(call, NULL);
	json_open_array(w, NULL);
	for (size_t i = 0; i < explanation->n; i++)
		add_json_row(w, policy, &explanation->rows[i]);
	json_close_array(w);
	return verb_print_json(call, w);
}

/* ---- the verb ---- */

static int explain_all(struct verb_call *call, const struct policy *policy)
{
	struct explanation explanation;
	struct error err = {0};
	int status;

	if (explain_policy(policy, &explanation, &err))
		return verb_refuse(&err);
	status = call->json ? print_json(call, policy, &explanation)
			    : print_table(call, policy, &explanation);
	explanation_done(&explanation);
	return status;
}

static int explain_run(struct verb_call *call, int argc, char **argv)
{
	struct explain_words words = {0};
	const struct verb_option options[] = {
		{"call", &words.call, NULL},	 {"option", &words.option, NULL},
		{"value", &words.value, NULL},	 {"family", &words.family, NULL},
		{"type", &words.type, NULL},	 {"protocol", &words.protocol, NULL},
		{"length", &words.length, NULL}, {"fails", &words.fails, NULL},
	};
	_cleanup_policy_ struct policy *policy = NULL;
	struct error err = {0};
	int status;

	if (!verb_read_options(call, options, ARRAY_SIZE(options), &argc, &argv, &status))
		return status;
	if (argc != 1)
		return verb_usage(call, argc ? "one policy at a time" : "which policy?");
	for (size_t i = 0; i < ARRAY_SIZE(options) && !words.option; i++) {
		if (*options[i].value)
			return verb_usage(call, "--%s goes with --option", options[i].name);
	}
	if (policy_text_parse(argv[0], &policy, &err))
		return verb_refuse(&err);
	return words.option ? explain_call(call, policy, &words) : explain_all(call, policy);
}

const struct verb verb_explain = {
	.name = "explain",
	.summary = "Tell what a policy does, option by option, or with one call",
	.usage = "[--json] FILE [--option OPTION [--call CALL] [--value VALUE] …]",
	.help = "FILE \"-\" is standard input. Without --option: a line for each option and rule,\n"
		"in the order in which the rules are tried for that option; \"*\" is any option\n"
		"that no rule names. With --option: what becomes of one call, by the code that\n"
		"the kernel runs. No socket is made. The status is 0 whatever the verdict.\n\n"
		"  --call setsockopt|getsockopt\n"
		"                   the call; setsockopt where not given\n"
		"  --option OPTION  a name, or numbers: SO_RCVBUF, 1/8, SOL_TCP/13, 200/1:int\n"
		"  --value VALUE    setsockopt: what the caller passes; getsockopt: what the\n"
		"                   kernel reports. An integer, a string, '{\"hex\":\"…\"}',\n"
		"                   '{\"dscp\":\"EF\"}', '{\"l_onoff\":1,\"l_linger\":5}'\n"
		"  --length N       the caller's optlen, where it is not that of the value\n"
		"  --fails ERRNO    getsockopt: the kernel fails with this\n"
		"  --family FAMILY  the socket's address family (AF_INET)\n"
		"  --type TYPE      its type (SOCK_STREAM)\n"
		"  --protocol PROTOCOL\n"
		"                   its protocol (that of family and type)\n",
	.has_json = true,
	.run = explain_run,
};
