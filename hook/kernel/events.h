/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pinned ring buffer of events, read by as many processes as like to. One of them, which holds a
 * lock, is the consumer: what it has read makes room for new events. The others look on beside it,
 * and the next of them takes over where it ends. Knows no text of events.
 */
#ifndef KERNEL_EVENTS_H
#define KERNEL_EVENTS_H

#include <sys/types.h>

#include "kernel/pins.h"
#include "kernel/ring.h"
#include "sockopt-abi.h"

#define EVENTS_LOCK ".watch" /* the file in the run folder that the consumer has locked */

struct events {
	const struct pins *pins; /* not owned */
	int map, lock;
	uint32_t map_id;
	struct ring ring;
	struct ring_reader reader;
	bool consumes;
	int64_t checked; /* milliseconds since boot: when the pin was looked at */
};
#define EVENTS_NONE                                                                                \
	{                                                                                          \
		.map = -1, .lock = -1                                                              \
	}

/*
 * Open the ring of this build, made where there is none yet, and become its consumer where there is
 * no other. Begins at the oldest event that nobody has consumed; @fresh: behind all that there are.
 * Closed by events_done(), also after an error.
 */
int events_open(struct events *ret, const struct pins *pins, const char *run_dir, bool fresh,
		struct error *err);
void events_done(struct events *events);

/* The process that consumes; 0 where it is this one, or there is none. */
pid_t events_consumer(const struct events *events);

/* The next event. Returns whether there was one; @events->reader.missed as in ring.h. */
bool events_next(struct events *events, struct sockopt_event *ret);
/* Give the room of all that was read back, where we are the consumer. */
void events_consume(struct events *events);

/*
 * Wait until there may be something to read, but not for longer than events_check() should wait.
 * Returns false where nobody reads @out (a descriptor) any more.
 */
bool events_wait(const struct events *events, int out);

enum events_change {
	EVENTS_SAME,
	EVENTS_TAKEN_OVER, /* the consumer has ended: we are it */
	EVENTS_NEW_RING, /* `gc` had removed the ring, and there is another; what was in the old one is read */
};

/* To be called between two waits, when all events have been read. Returns what has changed. */
enum events_change events_check(struct events *events);

#endif
