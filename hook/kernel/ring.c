// SPDX-License-Identifier: Apache-2.0
/* The order of loads and stores is what this file is about; see ring.h for the layout. */
#include "kernel/ring.h"

#include <linux/bpf.h>
#include <string.h>

/* bytes that a record of @length takes */
static uint64_t room_of(uint32_t length)
{
	return ((uint64_t)length + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8;
}

static uint64_t consumed(const struct ring *ring)
{
	return __atomic_load_n(ring->consumer, __ATOMIC_ACQUIRE);
}

static uint64_t produced(const struct ring *ring)
{
	return __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
}

void ring_begin(const struct ring *ring, bool fresh, struct ring_reader *ret)
{
	*ret = (struct ring_reader){.position = fresh ? produced(ring) : consumed(ring)};
}

/*
 * Whether what was copied from @position is what was written there. The kernel overwrites nothing
 * that the consumer has not left behind, and had to see the consumer's new position before it did:
 * where that is still not beyond ours after the copy, the copy is whole. This also holds on
 * processors that let stores overtake one another. The producers' position would tell less: the head
 * of a record is written before it.
 */
static bool is_whole(const struct ring *ring, uint64_t position)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return consumed(ring) <= position;
}

/*
 * Consumed, but no producer has come round to it yet: then the copy is whole, too. The next record's
 * head may be on its way already, and, on processors that let stores overtake one another, its bytes.
 */
#define AHEAD 4096

static bool is_untouched(const struct ring *ring, uint64_t position)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return produced(ring) - position + AHEAD <= ring->size;
}

/* Where a record begins for certain: where the consumer stands. */
static void skip(const struct ring *ring, struct ring_reader *reader)
{
	uint64_t position = consumed(ring);

	reader->missed += position - reader->position;
	reader->position = position;
}

/* Returns the length, -1 for none, or -2 for one that was discarded or overwritten. */
static long read_one(const struct ring *ring, struct ring_reader *reader, void *bytes, size_t size)
{
	const uint8_t *record = ring->data + (reader->position & (ring->size - 1));
	uint64_t position = reader->position;
	uint32_t head, length;

	if (position == produced(ring))
		return -1;
	head = __atomic_load_n((const uint32_t *)record, __ATOMIC_ACQUIRE);
	length = head & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
	/* An overwritten head can say anything; the copy stays within the mapping. */
	if (length <= ring->size - BPF_RINGBUF_HDR_SZ)
		memcpy(bytes, record + BPF_RINGBUF_HDR_SZ, length < size ? length : size);
	if (!is_whole(ring, position) && !is_untouched(ring, position)) {
		skip(ring, reader);
		return -2;
	}
	if (head & BPF_RINGBUF_BUSY_BIT)
		return -1;
	reader->position += room_of(length);
	return head & BPF_RINGBUF_DISCARD_BIT ? -2 : (long)length;
}

long ring_next(const struct ring *ring, struct ring_reader *reader, void *bytes, size_t size)
{
	long length;

	do
		length = read_one(ring, reader, bytes, size);
	while (length == -2);
	return length;
}

void ring_consume(const struct ring *ring, const struct ring_reader *reader)
{
	/* Only ours to move, and never back: beside another consumer we may have been behind it. */
	if (reader->position > *ring->consumer)
		__atomic_store_n(ring->consumer, reader->position, __ATOMIC_RELEASE);
}
