// SPDX-License-Identifier: Apache-2.0
/* Events as JSON lines: schemas/event.schema.json says what is in them. */
#include <string.h>

#include "base/cleanup.h"
#include "policy/names.h"
#include "sockopt-engine.h"
#include "verbs/event.h"

static void add_time(struct json_writer *w, const struct timespec *when)
{
	char seconds[32] = "", text[64];
	struct tm tm;

	if (gmtime_r(&when->tv_sec, &tm))
		strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%s.%09ldZ", seconds, when->tv_nsec);
	json_add_string(w, "time", text);
}

static void add_owner(struct json_writer *w, const struct owner *owner, uint64_t number)
{
	const struct run_record *r = &owner->record;

	json_add_string(w, "id", owner->has_record ? r->id : owner->id);
	json_add_uint(w, "cgroupId", number);
	if (!owner->has_record)
		return;
	json_add_string(w, "key", r->key);
	json_add_string(w, "kind", r->kind);
	json_add_string(w, "namespace", r->namespace);
	json_add_string(w, "pod", r->pod);
	json_add_string(w, "container", r->container);
}

static void add_rule(struct json_writer *w, const struct sockopt_event *e,
		     const struct owner *owner)
{
	char text[OWNER_RULE_MAX];

	json_add_string(w, "rule", owner_rule(owner, e->rule, text));
	if (e->rule != SOCKOPT_NO_RULE)
		json_add_uint(w, "ruleIndex", e->rule);
}

static void add_option(struct json_writer *w, uint32_t level, uint32_t optname, unsigned int call)
{
	const struct option *option = option_by_number(level, optname, call);

	json_add_uint(w, "level", level);
	json_add_string(w, "levelName", level_name(level));
	json_add_uint(w, "optname", optname);
	json_add_string(w, "option", option ? option->name : NULL);
}

static void add_values(struct json_writer *w, const struct sockopt_event *e,
		       const struct owner *owner)
{
	struct event_value before = event_before(e, owner), after = event_after(e, owner);

	if (event_has_before(e))
		event_value_json(w, "before", &before);
	if (event_has_after(e))
		event_value_json(w, "after", &after);
}

static void add_verdict(struct json_writer *w, const struct sockopt_event *e)
{
	char name[EVENT_NAME_MAX];

	json_add_string(w, "action", event_action(e));
	if (e->error)
		json_add_string(w, "errno", event_errno(e->error, name));
	json_add_bool(w, "changed", e->changes && e->op != SOCKOPT_OP_DENY);
	json_add_bool(w, "audit", e->audit);
	if (!e->get)
		json_add_bool(w, "skipped",
			      e->op != SOCKOPT_OP_DENY && e->to_optlen == SOCKOPT_SKIP_KERNEL);
}

static void add_call(struct json_writer *w, const struct sockopt_event *e)
{
	unsigned int call = event_call(e);

	json_add_string(w, "call", e->get ? "getsockopt" : "setsockopt");
	add_option(w, e->level, e->optname, call);
	json_add_int(w, "optlen", e->optlen);
	if (e->get)
		json_add_int(w, "retval", e->retval);
	if (e->op == SOCKOPT_OP_DENY)
		return;
	json_open_object(w, "to");
	add_option(w, e->to_level, e->to_optname, call);
	json_add_int(w, "optlen", e->to_optlen);
	json_close_object(w);
}

static void add_number(struct json_writer *w, const char *key, const char *name_key,
		       const char *name, uint32_t number)
{
	json_add_uint(w, key, number);
	json_add_string(w, name_key, name);
}

static void add_socket(struct json_writer *w, const struct sockopt_event *e)
{
	json_open_object(w, "socket");
	add_number(w, "family", "familyName", name_of(NAMES_FAMILY, e->family), e->family);
	add_number(w, "type", "typeName", name_of(NAMES_TYPE, e->type), e->type);
	add_number(w, "protocol", "protocolName", event_protocol(e), e->protocol);
	json_close_object(w);
}

static void add_process(struct json_writer *w, const struct sockopt_event *e)
{
	/* Older kernels do not tell. */
	if (e->pid) {
		json_add_uint(w, "pid", e->pid);
		json_add_uint(w, "tid", e->tid);
	}
	json_add_uint(w, "uid", e->uid);
}

static struct json_writer *line_open(const char *type, const struct timespec *when)
{
	struct json_writer *w = json_writer_new(false);

	if (!w)
		return NULL;
	json_open_object(w, NULL);
	json_add_string(w, "type", type);
	add_time(w, when);
	return w;
}

static int line_close(struct json_writer *w, FILE *out)
{
	const char *text;

	json_close_object(w);
	text = json_writer_text(w, NULL);
	if (!text)
		return -ENOMEM;
	fprintf(out, "%s\n", text);
	return 0;
}

int event_json_print(FILE *out, const struct sockopt_event *e, const struct owner *owner,
		     const struct timespec *when)
{
	_cleanup_json_writer_ struct json_writer *w = line_open("verdict", when);

	if (!w)
		return -ENOMEM;
	json_add_uint(w, "boottime", e->time);
	add_owner(w, owner, e->owner);
	add_rule(w, e, owner);
	add_call(w, e);
	add_values(w, e, owner);
	add_verdict(w, e);
	add_process(w, e);
	add_socket(w, e);
	json_add_uint(w, "lostFull", e->lost_full);
	json_add_uint(w, "lostRate", e->lost_rate);
	return line_close(w, out);
}

int event_json_lost(FILE *out, const struct event_lost *lost, const struct sockopt_event *e,
		    const struct owner *owner, const struct timespec *when)
{
	_cleanup_json_writer_ struct json_writer *w = line_open("lost", when);

	if (!w)
		return -ENOMEM;
	add_owner(w, owner, e->owner);
	json_add_uint(w, "full", lost->full);
	json_add_uint(w, "rate", lost->rate);
	return line_close(w, out);
}

int event_json_missed(FILE *out, uint64_t count, const struct timespec *when)
{
	_cleanup_json_writer_ struct json_writer *w = line_open("missed", when);

	if (!w)
		return -ENOMEM;
	json_add_uint(w, "events", count);
	return line_close(w, out);
}
