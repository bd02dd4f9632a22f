/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One event, for people and for programs. Bytes that containers chose are shown so that they move no
 * terminal.
 */
#ifndef VERBS_EVENT_H
#define VERBS_EVENT_H

#include <stdio.h>

#include "policy/json.h"
#include "verbs/owners.h"

/* Events of an owner that could not be told, since the one before. */
struct event_lost {
	uint64_t full; /* the ring was full */
	uint64_t rate; /* more than the owner may tell */
};

/* CALL_*. */
unsigned int event_call(const struct sockopt_event *e);
/* "deny" and the like: as the action is called in a policy. */
const char *event_action(const struct sockopt_event *e);
/* Whether it became, or would have become, a call for another option. */
bool event_is_redirected(const struct sockopt_event *e);
/* Whether `before`, or `after`, says anything: see event.c. */
bool event_has_before(const struct sockopt_event *e);
bool event_has_after(const struct sockopt_event *e);

/* ---- event-names.c ---- */

/* Names, or what is printed into @text where there is none. */
#define EVENT_NAME_MAX 64
const char *event_option(uint32_t level, uint32_t optname, unsigned int call,
			 char text[EVENT_NAME_MAX]);
const char *event_errno(uint32_t number, char text[EVENT_NAME_MAX]);
/* Or NULL. */
const char *event_protocol(const struct sockopt_event *e);

/* ---- event-value.c ---- */

/* The bytes that an event has of a value. */
struct event_value {
	const struct option_type *type; /* NULL where it is not known */
	const uint8_t *bytes;
	size_t length; /* of bytes */
	int32_t whole; /* of the value itself */
};

struct event_value event_before(const struct sockopt_event *e, const struct owner *owner);
struct event_value event_after(const struct sockopt_event *e, const struct owner *owner);
void event_value_text(FILE *out, const struct event_value *value);
void event_value_json(struct json_writer *w, const char *key, const struct event_value *value);
/* @text with what moves a terminal as \xNN. */
void event_escape(FILE *out, const char *text, size_t length);

/* ---- event-text.c ---- */

#define EVENT_COLUMNS 7

struct event_text {
	FILE *out;
	bool colour;
	size_t widths[EVENT_COLUMNS]; /* they only grow */
	/* what is told now */
	char *line;
	size_t line_length;
	FILE *cells;
};

/* -ENOMEM. Prints the headings. Ended by event_text_done(). */
int event_text_open(struct event_text *text, FILE *out, bool colour, struct error *err);
/* @when: of the event, on the clock of the day. */
void event_text_print(struct event_text *text, const struct sockopt_event *e,
		      const struct owner *owner, const struct timespec *when);
void event_text_lost(struct event_text *text, const struct event_lost *lost,
		     const struct owner *owner, const struct timespec *when);
/* Overwritten before we read them, beside a consumer that was faster. */
void event_text_missed(struct event_text *text, uint64_t count, const struct timespec *when);
void event_text_done(struct event_text *text);

/* ---- event-json.c: one line each ---- */

/* -ENOMEM */
int event_json_print(FILE *out, const struct sockopt_event *e, const struct owner *owner,
		     const struct timespec *when);
int event_json_lost(FILE *out, const struct event_lost *lost, const struct sockopt_event *e,
		    const struct owner *owner, const struct timespec *when);
int event_json_missed(FILE *out, uint64_t count, const struct timespec *when);

#endif
