/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the pages of a BPF ring buffer, as its one consumer or beside it. Memory only: what is
 * mapped, who consumes and when to look are events.c's.
 *
 * The layout is the kernel's for user space (kernel/bpf/ringbuf.c since 5.8; libbpf relies on it):
 * a page with the consumer's position, a page with the producers', then the data, mapped twice in a
 * row so that no record is cut at the end. Positions count bytes and only grow. A record is a word
 * with its length and two flags, a word for the kernel, and the bytes, in multiples of eight. The
 * kernel writes a new record only where the consumer's position is beyond what was there.
 */
#ifndef KERNEL_RING_H
#define KERNEL_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring {
	uint64_t *consumer;	  /* written by whoever consumes */
	const uint64_t *producer; /* where the next record begins */
	const uint8_t *data;	  /* 2 * size bytes, the second half the same as the first */
	size_t size;		  /* bytes, a power of 2 */
};

struct ring_reader {
	uint64_t position; /* of the next record to look at */
	uint64_t
		missed; /* bytes that were overwritten before they were read; the caller takes it back to 0 */
};

/* Begin at what waits to be consumed; @fresh: behind all that there is. */
void ring_begin(const struct ring *ring, bool fresh, struct ring_reader *ret);

/*
 * Copy the next record, at most @size bytes of it, and go on behind it. Returns its length, or -1
 * where there is none yet, or its writer has not finished. What was overwritten while it was copied,
 * or before, is skipped, and counted in @reader->missed: that can happen only beside a consumer.
 */
long ring_next(const struct ring *ring, struct ring_reader *reader, void *bytes, size_t size);

/* As the consumer: all that @reader has read may be overwritten from now on. */
void ring_consume(const struct ring *ring, const struct ring_reader *reader);

#endif
