// SPDX-License-Identifier: Apache-2.0
/*
 * The reader of a ring buffer, over a fake ring in memory that this test fills as the kernel does:
 * records that come round the end, that are not finished, that are discarded, that are overwritten.
 */
#include <linux/bpf.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/ring.h"
#include "tap.h"

#define SIZE 16384

static uint64_t consumer, producer;
static struct ring ring = {.consumer = &consumer, .producer = &producer, .size = SIZE};
static uint8_t *data;

/* Both halves are the same memory, as in the kernel's mapping. */
static void fake_open(void)
{
	int fd = memfd_create("fake ring", MFD_CLOEXEC);
	uint8_t *room = mmap(NULL, 2 * SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (fd < 0 || ftruncate(fd, SIZE) || room == MAP_FAILED)
		exit(1);
	for (size_t i = 0; i < 2; i++) {
		if (mmap(room + i * SIZE, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
			 0) == MAP_FAILED)
			exit(1);
	}
	close(fd);
	ring.data = data = room;
}

static void fake_empty(uint64_t at)
{
	memset(data, 0, SIZE);
	consumer = producer = at;
}

static uint32_t *head_at(uint64_t position)
{
	return (uint32_t *)(void *)(data + (position & (SIZE - 1)));
}

/* What bpf_ringbuf_reserve() does; -1 where the ring is full. */
static int64_t fake_reserve(uint32_t length)
{
	uint64_t at = producer, next = at + (length + 8 + 7) / 8 * 8;

	if (next - __atomic_load_n(&consumer, __ATOMIC_ACQUIRE) > SIZE - 1)
		return -1;
	__atomic_store_n(head_at(at), length | BPF_RINGBUF_BUSY_BIT, __ATOMIC_RELAXED);
	__atomic_store_n(&producer, next, __ATOMIC_RELEASE);
	return (int64_t)at;
}

static void fake_commit(int64_t at, uint32_t flags)
{
	uint32_t *head = head_at((uint64_t)at);

	__atomic_store_n(head, (*head & ~BPF_RINGBUF_BUSY_BIT) | flags, __ATOMIC_RELEASE);
}

/* A record of @length bytes, each @byte. */
static bool fake_put(uint32_t length, uint8_t byte)
{
	int64_t at = fake_reserve(length);

	if (at < 0)
		return false;
	memset((uint8_t *)head_at((uint64_t)at) + 8, byte, length);
	fake_commit(at, 0);
	return true;
}

static long next(struct ring_reader *reader, uint8_t bytes[64])
{
	memset(bytes, 0, 64);
	return ring_next(&ring, reader, bytes, 64);
}

static void test_plain(void)
{
	struct ring_reader reader;
	uint8_t bytes[64];

	fake_empty(0);
	ring_begin(&ring, false, &reader);
	is_int(next(&reader, bytes), -1, "an empty ring");
	fake_put(5, 'a');
	fake_put(40, 'b');
	is_int(next(&reader, bytes), 5, "a record");
	is_str((char *)bytes, "aaaaa", "its bytes");
	is_int((long long)consumer, 0, "reading does not consume");
	ring_consume(&ring, &reader);
	is_int((long long)consumer, 16, "a record takes a multiple of 8");
	is_int(next(&reader, bytes), 40, "the next");
	is_int(next(&reader, bytes), -1, "no more");
	fake_put(100, 'c');
	is_int(next(&reader, bytes), 100, "one that is longer than what we take");
	is_int(bytes[63], 'c', "its beginning");
	fake_put(1, 'd');
	is_int(next(&reader, bytes), 1, "and the next is where it should be");
	ring_consume(&ring, &reader);
	is_int((long long)(producer - consumer), 0, "all is consumed");
	is_int((long long)reader.missed, 0, "nothing was missed");
}

static void test_wrap(void)
{
	struct ring_reader reader;
	uint8_t bytes[64];
	bool good = true;

	fake_empty(SIZE - 24); /* the first record's bytes lie on both sides of the end */
	ring_begin(&ring, false, &reader);
	for (unsigned int i = 0; i < 3000; i++) {
		good = good && fake_put(40, (uint8_t)i) && next(&reader, bytes) == 40 &&
		       bytes[0] == (uint8_t)i && bytes[39] == (uint8_t)i && !bytes[40];
		ring_consume(&ring, &reader);
	}
	ok(good, "records that come round the end");
}

static void test_flags(void)
{
	struct ring_reader reader;
	uint8_t bytes[64];
	int64_t at;

	fake_empty(0);
	ring_begin(&ring, false, &reader);
	at = fake_reserve(8);
	fake_put(4, 'b');
	is_int(next(&reader, bytes), -1, "one that is not finished: those behind it wait");
	ring_consume(&ring, &reader);
	is_int((long long)consumer, 0, "and it is not consumed");
	fake_commit(at, BPF_RINGBUF_DISCARD_BIT);
	is_int(next(&reader, bytes), 4, "one that was discarded is left out");
	is_str((char *)bytes, "bbbb", "and the next is told");
	at = fake_reserve(8);
	fake_commit(at, BPF_RINGBUF_DISCARD_BIT);
	is_int(next(&reader, bytes), -1, "a discarded one at the end");
	ring_consume(&ring, &reader);
	is_int((long long)(producer - consumer), 0, "is consumed, too");
}

static void test_begin(void)
{
	struct ring_reader old, fresh;
	uint8_t bytes[64];

	fake_empty(0);
	fake_put(4, 'a');
	ring_begin(&ring, false, &old);
	ring_begin(&ring, true, &fresh);
	is_int(next(&fresh, bytes), -1, "fresh: what is there already is left out");
	fake_put(4, 'b');
	is_int(next(&fresh, bytes), 4, "fresh: the next is told");
	is_str((char *)bytes, "bbbb", "fresh: and it is that one");
	is_int(next(&old, bytes), 4, "not fresh: what waits is told");
	is_str((char *)bytes, "aaaa", "not fresh: from the oldest on");
}

static void test_lapped(void)
{
	struct ring_reader reads, looks;
	uint8_t bytes[64];
	unsigned int waiting = 0;

	fake_empty(0);
	ring_begin(&ring, false, &reads);
	ring_begin(&ring, false, &looks);
	while (fake_put(40, 'a'))
		waiting++;
	is_int(waiting, (SIZE - 1) / 48, "a full ring");
	is_int(next(&looks, bytes), 40, "full: whoever looks on reads");
	for (unsigned int i = 0; i < 10; i++)
		next(&reads, bytes);
	ring_consume(&ring, &reads);
	is_int(next(&looks, bytes), 40,
	       "consumed, and nearly overwritten: the next that nothing can overwrite");
	while (fake_put(40, 'b'))
		;
	looks = (struct ring_reader){.position = 48};
	is_int(next(&looks, bytes), 40, "overwritten: the next that is there");
	is_int(bytes[0], 'a', "overwritten: is whole");
	is_int((long long)looks.missed, 9 * 48, "overwritten: what is gone is counted");
	is_int((long long)looks.position, 11 * 48, "overwritten: goes on behind it");
	ring_consume(&ring, &(struct ring_reader){.position = 48});
	is_int((long long)consumer, 10 * 48, "who takes over never moves the consumer back");
}

/* A consumed record that no producer has come near is not lost to whoever looks on. */
static void test_behind(void)
{
	struct ring_reader reads, looks;
	uint8_t bytes[64];

	fake_empty(0);
	ring_begin(&ring, false, &reads);
	ring_begin(&ring, false, &looks);
	for (unsigned int i = 0; i < 100; i++)
		fake_put(40, 'a');
	while (next(&reads, bytes) == 40)
		;
	ring_consume(&ring, &reads);
	for (unsigned int i = 0; i < 100; i++) {
		if (next(&looks, bytes) != 40)
			looks.missed++;
	}
	is_int((long long)looks.missed, 0, "consumed, not overwritten: all is told");
	is_int(next(&looks, bytes), -1, "and then there is no more");
}

/* ---- a producer and a consumer that do not wait for whoever looks on ---- */

#define RECORDS 100000

static atomic_bool ended;

static void *produce(void *unused)
{
	for (uint32_t i = 1; i <= RECORDS; i++) {
		int64_t at;

		while ((at = fake_reserve(64)) < 0)
			;
		for (size_t k = 0; k < 16; k++)
			((volatile uint32_t *)head_at((uint64_t)at))[2 + k] = i;
		fake_commit(at, 0);
	}
	return unused;
}

static void *consume(void *to)
{
	struct ring_reader reader;
	uint32_t record[16], n = 0;

	ring_begin(&ring, false, &reader);
	while (n < RECORDS) {
		if (ring_next(&ring, &reader, record, sizeof(record)) < 0)
			continue;
		n++;
		*(unsigned int *)to += record[0] != n || record[15] != n;
		ring_consume(&ring, &reader);
	}
	ended = true;
	return NULL;
}

static void test_together(void)
{
	unsigned int torn = 0, back = 0, got = 0, wrong = 0;
	struct ring_reader reader;
	pthread_t threads[2];
	uint32_t record[16], last = 0;

	fake_empty(0);
	ring_begin(&ring, false, &reader);
	pthread_create(&threads[0], NULL, consume, &wrong);
	pthread_create(&threads[1], NULL, produce, NULL);
	while (!ended) {
		if (ring_next(&ring, &reader, record, sizeof(record)) < 0)
			continue;
		got++;
		for (size_t i = 1; i < 16; i++)
			torn += record[i] != record[0];
		back += record[0] <= last;
		last = record[0];
	}
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	while (ring_next(&ring, &reader, record, sizeof(record)) >= 0)
		got++;
	is_int(wrong, 0, "together: the consumer gets each, once and in order");
	is_int(torn, 0, "together: who looks on gets none that is half overwritten");
	is_int(back, 0, "together: and none twice");
	is_int((long long)(got + reader.missed / 72), RECORDS,
	       "together: told and missed are all of them");
	diag("%u told, %llu missed", got, (unsigned long long)reader.missed / 72);
}

int main(void)
{
	fake_open();
	test_plain();
	test_wrap();
	test_flags();
	test_begin();
	test_lapped();
	test_behind();
	test_together();
	return tap_done();
}
