// SPDX-License-Identifier: Apache-2.0
/* A call and its outcome, to people and as JSON. Decides nothing. */
#include <string.h>

#include "policy/names.h"
#include "policy/words.h"
#include "verbs/explain-call.h"
#include "verbs/table.h"

/* "SO_RCVBUF (1/8)", or the numbers where they have no name. */
static void write_option(FILE *out, const struct policy_key *key)
{
	char label[KEY_LABEL_MAX];

	key_label(key, label);
	fputs(label, out);
	if (option_by_number(key->level, key->optname, key->call))
		fprintf(out, " (%u/%u)", key->level, key->optname);
}

static void write_socket(FILE *out, const struct try_call *call)
{
	const char *protocol = words_protocol(call->protocol, UINT64_C(1) << (call->family & 63));

	fprintf(out, "%s %s", name_of(NAMES_FAMILY, call->family) ?: "?",
		name_of(NAMES_TYPE, call->type) ?: "?");
	if (protocol)
		fprintf(out, " %s", protocol);
	else
		fprintf(out, " protocol %u", call->protocol);
}

static void print_call(FILE *out, const struct question *q)
{
	const struct try_call *call = &q->call;
	char text[WORDS_ERRNO_MAX];

	fprintf(out, "call      %s ", call_name(call->call));
	write_option(out, &q->key);
	if (call->fails)
		fprintf(out, ", the kernel fails with %s", words_errno(call->fails, text));
	else if (q->has_value)
		fputs(call->call == CALL_SETSOCKOPT ? ", value " : ", the kernel reports ", out);
	if (!call->fails && q->has_value)
		words_value(out, &q->key, call->value, call->length);
	fprintf(out, ", optlen %d\n", call->optlen);
	if (q->rows > 1)
		fprintf(out, "          the first of %zu numbers of that name\n", q->rows);
	fputs("socket    ", out);
	write_socket(out, call);
	fputc('\n', out);
}

/* The rule's own word for it; the engine redirects by allowing, for example. */
static const char *verdict_name(const struct question *q)
{
	const struct try_outcome *o = &q->outcome;

	if (o->end == TRY_DENIED)
		return policy_action_name(ACTION_DENY);
	if (o->rule < 0)
		return policy_action_name(o->action);
	return policy_action_name(q->policy->rules[o->rule].action);
}

static void print_rule(FILE *out, const struct question *q)
{
	const struct try_outcome *o = &q->outcome;
	const struct policy_rule *rule = o->rule >= 0 ? &q->policy->rules[o->rule] : NULL;
	char own[32];

	fprintf(out, "verdict   %s, by ", verdict_name(q));
	if (!rule) {
		fputs("the default action\n", out);
		return;
	}
	snprintf(own, sizeof(own), "rules[%d]", o->rule);
	fputs(own, out);
	if (strcmp(own, rule->id))
		fprintf(out, " \"%s\"", rule->id);
	if (o->end == TRY_DENIED && rule->action != ACTION_DENY)
		fputs(", for it cannot read or write the value at this length", out);
	fputc('\n', out);
}

static void print_bytes(FILE *out, const struct question *q)
{
	const struct try_outcome *o = &q->outcome;

	words_value(out, &q->end_key, o->value, o->length);
	fprintf(out, ", optlen %d", o->optlen);
}

static void print_kernel(FILE *out, const struct question *q)
{
	const struct try_outcome *o = &q->outcome;

	fputs("kernel    gets ", out);
	write_option(out, &q->end_key);
	fputs(", ", out);
	if (o->own_memory)
		fprintf(out, "the caller's own value, optlen %d", o->optlen);
	else
		print_bytes(out, q);
	fputs(o->changed ? "\n" : ": as it came\n", out);
}

static void print_reports(FILE *out, const struct question *q)
{
	fputs("caller    gets ", out);
	print_bytes(out, q);
	fputs(q->outcome.changed ? "\n" : ": as the kernel reports it\n", out);
}

static void print_kept(FILE *out, const struct question *q)
{
	if (q->call.call == CALL_SETSOCKOPT) {
		fputs("caller    succeeds; the value is kept with the socket, the kernel is not "
		      "asked\n",
		      out);
		return;
	}
	fputs("caller    gets what an earlier setsockopt kept with the socket, which is not known "
	      "here;\n          without one: ",
	      out);
	print_bytes(out, q);
	fputc('\n', out);
}

/* A getsockopt has reached the kernel before any program. */
static bool denied_too_late(const struct question *q)
{
	return q->call.call == CALL_GETSOCKOPT;
}

static void print_end(FILE *out, const struct question *q)
{
	const struct try_outcome *o = &q->outcome;
	char text[WORDS_ERRNO_MAX];

	switch (o->end) {
	case TRY_KERNEL:
		print_kernel(out, q);
		break;
	case TRY_DENIED:
		fprintf(out, "caller    fails with %s%s\n", words_errno(o->error, text),
			denied_too_late(q) ? "; but the kernel has written its value by then"
					   : "; the kernel is not asked");
		break;
	case TRY_DONE:
		fputs("caller    succeeds; the kernel is not asked\n", out);
		break;
	case TRY_KEPT:
		print_kept(out, q);
		break;
	case TRY_REPORTS:
		print_reports(out, q);
		break;
	case TRY_FAILS:
		fprintf(out, "caller    fails with %s, as the kernel does\n",
			words_errno(o->error, text));
		break;
	}
}

void explain_print(FILE *out, const struct question *q)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	FILE *f = open_memstream(&text, &length);

	if (!f)
		return;
	print_call(f, q);
	print_rule(f, q);
	print_end(f, q);
	fclose(f);
	table_print_clean(out, text);
}

/* ---- JSON ---- */

static void add_number(struct json_writer *w, const char *key, uint64_t number, bool is_known)
{
	if (is_known)
		json_add_uint(w, key, number);
	else
		json_add_string(w, key, NULL);
}

/* The value in words and as bytes; null where it is not known. */
static void add_value(struct json_writer *w, const struct policy_key *key, const uint8_t *bytes,
		      size_t length, bool is_known)
{
	_cleanup_free_ char *text = NULL, *hex = NULL;
	size_t size;
	FILE *f = is_known ? open_memstream(&text, &size) : NULL;

	if (f) {
		words_value(f, key, bytes, length);
		fclose(f);
	}
	f = is_known ? open_memstream(&hex, &size) : NULL;
	if (f) {
		for (size_t i = 0; i < length; i++)
			fprintf(f, "%02x", bytes[i]);
		fclose(f);
	}
	json_add_string(w, "value", text);
	json_add_string(w, "hex", hex);
}

static void add_option(struct json_writer *w, const struct policy_key *key)
{
	char label[KEY_LABEL_MAX];

	json_add_string(w, "option", key_label(key, label));
	json_add_uint(w, "level", key->level);
	json_add_uint(w, "optname", key->optname);
}

static void add_errno(struct json_writer *w, const char *key, int code)
{
	char text[WORDS_ERRNO_MAX];

	json_add_string(w, key, code ? words_errno(code, text) : NULL);
}

static void add_call(struct json_writer *w, const struct question *q)
{
	const struct try_call *call = &q->call;

	json_add_string(w, "call", call_name(call->call));
	add_option(w, &q->key);
	json_add_uint(w, "numbersOfName", q->rows);
	json_add_string(w, "type", q->key.type ? q->key.type->name : NULL);
	json_add_string(w, "family", name_of(NAMES_FAMILY, call->family));
	json_add_string(w, "socketType", name_of(NAMES_TYPE, call->type));
	json_add_uint(w, "protocol", call->protocol);
	json_add_int(w, "optlen", call->optlen);
	add_value(w, &q->key, call->value, call->length, q->has_value && !call->fails);
	add_errno(w, "kernelFails", call->fails);
}

static const char *end_name(enum try_end end)
{
	static const char *const names[] = {
		[TRY_KERNEL] = "kernel", [TRY_DENIED] = "denied",   [TRY_DONE] = "done",
		[TRY_KEPT] = "kept",	 [TRY_REPORTS] = "reports", [TRY_FAILS] = "fails",
	};

	return names[end];
}

/* What the kernel gets of a setsockopt, or the caller of a getsockopt. */
static void add_result(struct json_writer *w, const struct question *q)
{
	const struct try_outcome *o = &q->outcome;
	bool get = q->call.call == CALL_GETSOCKOPT;
	bool has_value =
		o->end == TRY_KERNEL || o->end == TRY_REPORTS || (get && o->end == TRY_KEPT);

	json_open_object(w, "result");
	json_add_string(w, "end", end_name(o->end));
	add_errno(w, "errno", o->error);
	json_add_bool(w, "kernelAsked", get || o->end == TRY_KERNEL);
	json_add_bool(w, "changed", o->changed);
	add_option(w, &q->end_key);
	add_number(w, "optlen", (uint64_t)o->optlen, has_value);
	add_value(w, &q->end_key, o->value, o->length, has_value && !o->own_memory);
	json_close_object(w);
}

int explain_print_json(struct verb_call *call, const struct question *q)
{
	_cleanup_json_writer_ struct json_writer *w = json_writer_new(true);
	const struct try_outcome *o = &q->outcome;

	if (!w)
		return verb_print_json(call, NULL);
	json_open_object(w, NULL);
	add_call(w, q);
	json_add_string(w, "verdict", verdict_name(q));
	json_add_string(w, "rule", o->rule >= 0 ? q->policy->rules[o->rule].id : NULL);
	add_number(w, "index", (uint64_t)o->rule, o->rule >= 0);
	add_result(w, q);
	json_close_object(w);
	return verb_print_json(call, w);
}
