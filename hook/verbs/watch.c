// SPDX-License-Identifier: Apache-2.0
/*
 * `sockoptctl watch`: events as they come, until nobody wants them any more. An event is consumed
 * when it has been written, so that whatever ends us loses none.
 */
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "base/log.h"
#include "kernel/events.h"
#include "verbs/colour.h"
#include "verbs/event.h"
#include "verbs/verbs.h"

/* Few enough that their room is soon given back, enough that a write is cheap. */
#define BATCH	     128
#define NSEC_PER_SEC 1000000000

/* Losses are counted by several processors at once: in so short a time a lower count means nothing. */
#define SAME_TIME_NS 10000000

struct watch {
	struct verb_call *call;
	struct pins pins;
	struct events events;
	struct owners owners;
	char **words; /* the operands */
	size_t n_words;
	bool fresh;		 /* --new */
	unsigned long long left; /* events to be printed before the end */
	int64_t offset;		 /* nanoseconds from the clock of events to the clock of the day */
	struct event_text text;
	/* one batch */
	FILE *out;
	char *batch;
	size_t length;
};

/* ---- clocks ---- */

static int64_t nanoseconds(clockid_t clock)
{
	struct timespec t = {0};

	clock_gettime(clock, &t);
	return t.tv_sec * (int64_t)NSEC_PER_SEC + t.tv_nsec;
}

static struct timespec day_time(const struct watch *w, uint64_t boottime)
{
	int64_t t = (int64_t)boottime + w->offset;

	return (struct timespec){.tv_sec = t / NSEC_PER_SEC, .tv_nsec = t % NSEC_PER_SEC};
}

/* ---- losses ---- */

/* How far a count has come since @last. A new policy begins at 0. */
static uint64_t advance(uint64_t *last, uint64_t now, bool later)
{
	uint64_t from = *last;

	if (now < from && !later)
		return 0;
	*last = now;
	return now < from ? now : now - from;
}

static struct event_lost lost_since(struct owner *owner, const struct sockopt_event *e, bool fresh)
{
	bool later = e->time > owner->time + SAME_TIME_NS;
	struct event_lost lost;

	if (!owner->seen && fresh) {
		owner->lost_full = e->lost_full;
		owner->lost_rate = e->lost_rate;
	}
	owner->seen = true;
	lost.full = advance(&owner->lost_full, e->lost_full, later);
	lost.rate = advance(&owner->lost_rate, e->lost_rate, later);
	owner->time = e->time;
	return lost;
}

/* ---- one event ---- */

static int print_missed(struct watch *w)
{
	uint64_t bytes = w->events.reader.missed;
	struct timespec now;

	if (!bytes)
		return 0;
	w->events.reader.missed = 0;
	clock_gettime(CLOCK_REALTIME, &now);
	/* All records are events. */
	bytes /= sizeof(struct sockopt_event) + BPF_RINGBUF_HDR_SZ;
	if (w->call->json)
		return event_json_missed(w->out, bytes, &now);
	event_text_missed(&w->text, bytes, &now);
	return 0;
}

static int print(struct watch *w, const struct sockopt_event *e, const struct owner *owner,
		 const struct event_lost *lost)
{
	struct timespec when = day_time(w, e->time);
	bool any = lost->full || lost->rate;

	if (w->call->json)
		return (any ? event_json_lost(w->out, lost, e, owner, &when) : 0)
			       ?: event_json_print(w->out, e, owner, &when);
	if (any)
		event_text_lost(&w->text, lost, owner, &when);
	event_text_print(&w->text, e, owner, &when);
	return 0;
}

/*
 * An event may be of the policy that an update has replaced, whose rules are not known any more: they
 * go by their places. The record tells seconds, so within one of them the names are the new ones.
 */
static struct owner as_it_was(const struct watch *w, const struct owner *owner,
			      const struct sockopt_event *e)
{
	struct owner then = *owner;

	if (owner->has_record && day_time(w, e->time).tv_sec < owner->record.created)
		then.policy = NULL;
	return then;
}

/* Returns 0 or -ENOMEM. */
static int take(struct watch *w, const struct sockopt_event *e)
{
	struct owner *owner = owners_find(&w->owners, e), then;
	struct event_lost lost;

	if (!owner)
		return -ENOMEM;
	lost = lost_since(owner, e, w->fresh);
	if (!owner_is_wanted(&w->owners, owner, w->words, w->n_words))
		return 0;
	w->left--;
	then = as_it_was(w, owner, e);
	return print(w, e, &then, &lost);
}

/* ---- following ---- */

static int write_batch(struct watch *w, bool *ret_gone)
{
	int status;

	if (fflush(w->out)) {
		log_line(LOG_ERR, "out of memory");
		return VERB_REFUSED;
	}
	status = verb_write(w->batch, (size_t)ftell(w->out), ret_gone);
	rewind(w->out);
	return status;
}

/* *@ret_n receives how many events were read; *@ret_gone whether nobody reads us any more. */
static int read_batch(struct watch *w, size_t *ret_n, bool *ret_gone)
{
	struct sockopt_event e;
	int status, r = 0;
	size_t n = 0;

	w->offset = nanoseconds(CLOCK_REALTIME) - nanoseconds(CLOCK_BOOTTIME);
	for (; !r && w->left && n < BATCH && events_next(&w->events, &e); n++) {
		r = print_missed(w);
		r = r ?: take(w, &e);
	}
	if (r) {
		log_line(LOG_ERR, "out of memory");
		return VERB_REFUSED;
	}
	status = write_batch(w, ret_gone);
	if (!status && !*ret_gone)
		events_consume(&w->events);
	*ret_n = n;
	return status;
}

static int follow(struct watch *w)
{
	bool gone = false;
	int status;
	size_t n;

	do {
		owners_refresh(&w->owners);
		status = read_batch(w, &n, &gone);
		if (status || gone || n == BATCH)
			continue;
		if (events_check(&w->events) == EVENTS_TAKEN_OVER)
			log_line(
				LOG_INFO,
				"watch: the other watch has ended: this one reads on in its place");
		gone = w->left && !events_wait(&w->events, STDOUT_FILENO);
	} while (!status && !gone && w->left);
	return status;
}

/* ---- the verb ---- */

/* What was written is consumed, and nothing else is: nothing is left to do. */
static void end(int signal)
{
	(void)signal;
	_exit(VERB_DONE);
}

static void handle_signals(void)
{
	const struct sigaction action = {.sa_handler = end};
	static const int signals[] = {SIGINT, SIGTERM};
	struct sigaction old;

	/* What our caller had us ignore, as a shell does for what runs in the background, stays so. */
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		if (!sigaction(signals[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
}

static void note_consumer(const struct watch *w)
{
	pid_t other = events_consumer(&w->events);

	if (!w->events.consumes)
		log_line(LOG_INFO,
			 "watch: another watch (process %d) reads the events already; this one "
			 "looks on, and takes over when that one ends",
			 (int)other);
}

static int open_all(struct watch *w, struct error *err)
{
	const struct host_config *config = &w->call->config;
	int r;

	w->out = open_memstream(&w->batch, &w->length);
	if (!w->out)
		return error_set(err, ENOMEM, "out of memory");
	r = pins_open(config->bpffs, true, &w->pins, err);
	r = r ?: events_open(&w->events, &w->pins, config->run_dir, w->fresh, err);
	w->owners = (struct owners){.run_dir = config->run_dir, .pins = &w->pins};
	if (!r && !w->call->json)
		r = event_text_open(&w->text, w->out, colour_wanted(stdout), err);
	return r;
}

static void close_all(struct watch *w)
{
	event_text_done(&w->text);
	owners_done(&w->owners);
	events_done(&w->events);
	pins_done(&w->pins);
	if (w->out)
		fclose(w->out);
	free(w->batch);
}

/* "--count": 1 or more. */
static bool read_count(const char *text, unsigned long long *ret)
{
	char *end_of_number;

	errno = 0;
	*ret = strtoull(text, &end_of_number, 10);
	return *text >= '0' && *text <= '9' && !*end_of_number && !errno && *ret;
}

static int watch_run(struct verb_call *call, int argc, char **argv)
{
	struct watch w = {.call = call, .events = EVENTS_NONE, .left = ULLONG_MAX};
	const char *count = NULL;
	const struct verb_option options[] = {
		{"new", NULL, &w.fresh},
		{"count", &count, NULL},
	};
	struct error err = {0};
	int status;

	if (!verb_read_options(call, options, ARRAY_SIZE(options), &argc, &argv, &status))
		return status;
	if (count && !read_count(count, &w.left))
		return verb_usage(call, "--count: \"%s\" is no number of events", count);
	status = verb_open_host(call);
	if (status)
		return status;
	w.words = argv;
	w.n_words = (size_t)argc;
	if (open_all(&w, &err)) {
		status = verb_refuse(&err);
	} else {
		handle_signals();
		note_consumer(&w);
		status = follow(&w);
	}
	close_all(&w);
	return status;
}

const struct verb verb_watch = {
	.name = "watch",
	.summary = "Print what policies decide, as it happens",
	.usage = "[--json] [--new] [--count N] [ID…]",
	.help = "Prints what waits to be read, and follows until it is interrupted. An event\n"
		"is told of every denial, of what a rule with \"log\": true decides, and in\n"
		"audit mode of all that would have changed a call. With ID… only those of\n"
		"policies whose id or key that is, or begins with it; they may start later.\n"
		"An event is printed once: the next watch begins behind it. A watch that\n"
		"runs beside another sees what that one has not printed yet, and all after.\n\n"
		"  --new      only what happens from now on\n"
		"  --count N  end after N events\n",
	.has_json = true,
	.run = watch_run,
};
