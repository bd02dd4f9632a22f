// SPDX-License-Identifier: Apache-2.0
/*
 * Events for people, a line each. A stream has no widest cell: a column grows with the widest so far,
 * up to a limit. Asks the kernel nothing.
 */
#include <string.h>

#include "base/cleanup.h"
#include "verbs/colour.h"
#include "verbs/event.h"

#define GAP 2
/* Beyond it a cell pushes the rest of its own line alone. */
#define WIDTH_MAX 48
/* A container's id of this length is cut as the tools of containers do. */
#define HASH_DIGITS  64
#define HASH_SHOWN   12
#define NSEC_PER_SEC 1000000000

static const struct {
	const char *heading;
	size_t width; /* to begin with */
} columns[EVENT_COLUMNS] = {
	{"TIME", 19},  {"WHO", 12},    {"RULE", 8},	{"OPTION", 18},
	{"VALUE", 20}, {"ACTION", 18}, {"PROCESS", 16},
};

/* Characters: what is not the second or later byte of one. */
static size_t width_of(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* ---- cells: written one behind the other, a NUL behind each ---- */

static void cell(struct event_text *t, const char *text)
{
	event_escape(t->cells, text, strlen(text));
	fputc('\0', t->cells);
}

static void time_cell(struct event_text *t, const struct timespec *when)
{
	char text[32] = "";
	struct tm tm;

	if (localtime_r(&when->tv_sec, &tm))
		strftime(text, sizeof(text), "%b %d %H:%M:%S", &tm);
	fprintf(t->cells, "%s.%03ld%c", text, when->tv_nsec / 1000000, '\0');
}

/* "text/" */
static void part(struct event_text *t, const char *text)
{
	if (!text)
		return;
	event_escape(t->cells, text, strlen(text));
	fputc('/', t->cells);
}

static void who_cell(struct event_text *t, const struct owner *owner)
{
	const struct run_record *r = &owner->record;
	const char *id = owner->has_record ? r->id : owner->id;

	if (owner->has_record && r->container) {
		part(t, r->namespace);
		part(t, r->pod);
		cell(t, r->container);
		return;
	}
	if (strlen(id) >= HASH_DIGITS && strspn(id, "0123456789abcdef") >= HASH_DIGITS)
		fprintf(t->cells, "%.*s%c", HASH_SHOWN, id, '\0');
	else
		cell(t, id);
}

static void option_cell(struct event_text *t, const struct sockopt_event *e)
{
	char text[EVENT_NAME_MAX];

	fprintf(t->cells, "%s %s", e->get ? "get" : "set",
		event_option(e->level, e->optname, event_call(e), text));
	if (event_is_redirected(e))
		fprintf(t->cells, " -> %s",
			event_option(e->to_level, e->to_optname, event_call(e), text));
	fputc('\0', t->cells);
}

/* A call for another option with the same value. */
static bool same_value(const struct event_value *a, const struct event_value *b)
{
	return a->whole == b->whole && a->length == b->length &&
	       !memcmp(a->bytes, b->bytes, a->length);
}

static void value_cell(struct event_text *t, const struct sockopt_event *e,
		       const struct owner *owner)
{
	struct event_value before = event_before(e, owner), after = event_after(e, owner);
	char name[EVENT_NAME_MAX];

	if (event_has_before(e))
		event_value_text(t->cells, &before);
	else if (e->get && e->retval < 0)
		fprintf(t->cells, "(%s)", event_errno((uint32_t)-e->retval, name));
	else
		fputc('-', t->cells);
	if (event_has_after(e) && !same_value(&before, &after)) {
		fputs(" -> ", t->cells);
		event_value_text(t->cells, &after);
	}
	fputc('\0', t->cells);
}

static void action_cell(struct event_text *t, const struct sockopt_event *e)
{
	char name[EVENT_NAME_MAX];

	fputs(event_action(e), t->cells);
	if (e->error)
		fprintf(t->cells, " %s", event_errno(e->error, name));
	fprintf(t->cells, "%s%c", e->audit ? " (audit)" : "", '\0');
}

static void process_cell(struct event_text *t, const struct sockopt_event *e)
{
	if (!e->pid)
		fprintf(t->cells, "uid %u%c", e->uid, '\0');
	else if (e->tid == e->pid)
		fprintf(t->cells, "pid %u uid %u%c", e->pid, e->uid, '\0');
	else
		fprintf(t->cells, "pid %u/%u uid %u%c", e->pid, e->tid, e->uid, '\0');
}

/* ---- lines ---- */

static const char *colour_of(const struct event_text *t, const struct sockopt_event *e)
{
	const struct colours *colours = colour_set(t->colour);

	if (e->op == SOCKOPT_OP_DENY)
		return colours->red;
	return e->changes ? colours->yellow : colours->green;
}

static void begin(struct event_text *t)
{
	rewind(t->cells);
}

/* The first cell; NULL where memory ran out. */
static const char *finished(struct event_text *t)
{
	return fflush(t->cells) ? NULL : t->line;
}

/* Print the @n cells written since begin(); the last of a line is not padded. */
static void end(struct event_text *t, size_t n, const char *colour)
{
	const char *text = finished(t);
	size_t padding = 0;

	for (size_t i = 0; text && i < n; i++) {
		size_t width = width_of(text);
		bool coloured = colour && !strcmp(columns[i].heading, "ACTION");

		fprintf(t->out, "%*s%s%s%s", (int)padding, "", coloured ? colour : "", text,
			coloured ? colour_set(t->colour)->end : "");
		if (width > t->widths[i])
			t->widths[i] = width < WIDTH_MAX ? width : WIDTH_MAX;
		padding = GAP + (width < t->widths[i] ? t->widths[i] - width : 0);
		text += strlen(text) + 1;
	}
	fputc('\n', t->out);
}

int event_text_open(struct event_text *t, FILE *out, bool colour, struct error *err)
{
	*t = (struct event_text){.out = out, .colour = colour};
	t->cells = open_memstream(&t->line, &t->line_length);
	if (!t->cells)
		return error_set(err, ENOMEM, "out of memory");
	begin(t);
	for (size_t i = 0; i < EVENT_COLUMNS; i++) {
		t->widths[i] = columns[i].width;
		cell(t, columns[i].heading);
	}
	end(t, EVENT_COLUMNS, NULL);
	return 0;
}

void event_text_print(struct event_text *t, const struct sockopt_event *e,
		      const struct owner *owner, const struct timespec *when)
{
	char rule[OWNER_RULE_MAX];

	begin(t);
	time_cell(t, when);
	who_cell(t, owner);
	cell(t, owner_rule(owner, e->rule, rule));
	option_cell(t, e);
	value_cell(t, e, owner);
	action_cell(t, e);
	process_cell(t, e);
	end(t, EVENT_COLUMNS, colour_of(t, e));
}

/*
 * A line of time, perhaps who, and a sentence, which are no cells of columns: they must not widen
 * one.
 */
static void end_note(struct event_text *t, size_t n)
{
	const char *text = finished(t);

	for (size_t i = 0; text && i < n; i++) {
		fprintf(t->out, "%s%s", i ? "  " : "", text);
		text += strlen(text) + 1;
	}
	fputc('\n', t->out);
}

void event_text_lost(struct event_text *t, const struct event_lost *lost, const struct owner *owner,
		     const struct timespec *when)
{
	begin(t);
	time_cell(t, when);
	who_cell(t, owner);
	fprintf(t->cells, "%llu events lost:", (unsigned long long)(lost->full + lost->rate));
	if (lost->rate)
		fprintf(t->cells, " %llu beyond its limit of events",
			(unsigned long long)lost->rate);
	if (lost->full)
		fprintf(t->cells, "%s %llu because the ring was full", lost->rate ? "," : "",
			(unsigned long long)lost->full);
	fputc('\0', t->cells);
	end_note(t, 3);
}

void event_text_missed(struct event_text *t, uint64_t count, const struct timespec *when)
{
	begin(t);
	time_cell(t, when);
	fprintf(t->cells, "%llu events missed: the other watch was faster%c",
		(unsigned long long)count, '\0');
	end_note(t, 2);
}

void event_text_done(struct event_text *t)
{
	if (t->cells)
		fclose(t->cells);
	free(t->line);
	*t = (struct event_text){0};
}
