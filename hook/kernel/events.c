// SPDX-License-Identifier: Apache-2.0
/* Which ring, whose turn it is to consume, and when to look. */
#include "kernel/events.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/process.h"
#include "kernel/programs.h"

/*
 * The kernel wakes up whoever waits at the map when the consumer has nothing left to read, and says
 * "ready" as long as it has. Neither helps one that looks on: it looks again after a while. At 1000
 * events a second, which one container may tell, a ring of 1 MiB is full after five seconds.
 */
#define LOOK_MS	 50
#define CHECK_MS 1000

static long page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

static uint32_t map_id(int fd)
{
	struct bpf_map_info info = {0};
	__u32 length = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &length) ? 0 : info.id;
}

/* ---- the pages ---- */

static size_t read_only_bytes(size_t size)
{
	return (size_t)page_size() + 2 * size;
}

static int map_pages(int fd, struct ring *ret, struct error *err)
{
	struct ring ring = {.size = SOCKOPT_RING_BYTES};
	uint8_t *pages;

	ring.consumer = mmap(NULL, (size_t)page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ring.consumer == MAP_FAILED)
		return error_errno(err, errno, "mapping the ring buffer of events");
	/* Of the other pages the kernel allows no mapping that could be written. */
	pages = mmap(NULL, read_only_bytes(ring.size), PROT_READ, MAP_SHARED, fd, page_size());
	if (pages == MAP_FAILED) {
		int code = errno;

		munmap(ring.consumer, (size_t)page_size());
		return error_errno(err, code, "mapping the ring buffer of events");
	}
	ring.producer = (const uint64_t *)pages;
	ring.data = pages + page_size();
	*ret = ring;
	return 0;
}

static void unmap_pages(struct ring *ring)
{
	if (!ring->consumer)
		return;
	munmap(ring->consumer, (size_t)page_size());
	munmap((void *)ring->producer, read_only_bytes(ring->size));
	*ring = (struct ring){0};
}

/* ---- whose turn it is ---- */

/* A lock that belongs to the process: the kernel tells which one it is. */
static struct flock whole_file(void)
{
	return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

static int open_lock(const char *run_dir, int *ret, struct error *err)
{
	_cleanup_close_ int folder = -1;
	int r = folder_open_private(run_dir, true, &folder, err);

	if (r)
		return error_prefix(err, "run folder %s", run_dir);
	*ret = openat(folder, EVENTS_LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return *ret < 0 ? error_errno(err, errno, "%s/" EVENTS_LOCK, run_dir) : 0;
}

static bool take_turn(struct events *events)
{
	struct flock lock = whole_file();

	events->consumes = !fcntl(events->lock, F_SETLK, &lock);
	return events->consumes;
}

pid_t events_consumer(const struct events *events)
{
	struct flock lock = whole_file();

	if (events->consumes || fcntl(events->lock, F_GETLK, &lock) || lock.l_type == F_UNLCK)
		return 0;
	return lock.l_pid;
}

/* ---- reading ---- */

int events_open(struct events *ret, const struct pins *pins, const char *run_dir, bool fresh,
		struct error *err)
{
	int r;

	*ret = (struct events)EVENTS_NONE;
	ret->pins = pins;
	r = open_lock(run_dir, &ret->lock, err);
	r = r ?: programs_open_events(pins, &ret->map, err);
	r = r ?: map_pages(ret->map, &ret->ring, err);
	if (r)
		return r;
	ret->map_id = map_id(ret->map);
	/* Before we begin: one that ends just now may still move the consumer's position. */
	take_turn(ret);
	ring_begin(&ret->ring, fresh, &ret->reader);
	events_consume(ret);
	return 0;
}

void events_done(struct events *events)
{
	unmap_pages(&events->ring);
	if (events->map >= 0)
		close(events->map);
	if (events->lock >= 0)
		close(events->lock);
	*events = (struct events)EVENTS_NONE;
}

bool events_next(struct events *events, struct sockopt_event *ret)
{
	long length;

	do
		length = ring_next(&events->ring, &events->reader, ret, sizeof(*ret));
	while (length >= 0 && length != sizeof(*ret));
	return length >= 0;
}

void events_consume(struct events *events)
{
	if (events->consumes)
		ring_consume(&events->ring, &events->reader);
}

bool events_wait(const struct events *events, int out)
{
	/* With no events wanted a pipe still tells that its other end is closed. */
	struct pollfd fds[] = {{.fd = out}, {.fd = events->map, .events = POLLIN}};

	poll(fds, events->consumes ? 2 : 1, events->consumes ? CHECK_MS : LOOK_MS);
	return !(fds[0].revents & (POLLERR | POLLHUP | POLLNVAL));
}

/* Whether another ring is pinned where ours was; then it is open. */
static bool follow_pin(struct events *events)
{
	_cleanup_close_ int fd = -1;
	int64_t now = process_now();
	struct ring ring;

	if (now - events->checked < CHECK_MS)
		return false;
	events->checked = now;
	if (programs_open_pin(events->pins, programs_generation(), NULL, "events", &fd, NULL) ||
	    map_id(fd) == events->map_id || map_pages(fd, &ring, NULL))
		return false;
	unmap_pages(&events->ring);
	close(events->map);
	events->ring = ring;
	events->map = TAKE_FD(fd);
	events->map_id = map_id(events->map);
	ring_begin(&events->ring, false, &events->reader);
	return true;
}

enum events_change events_check(struct events *events)
{
	if (!events->consumes && take_turn(events)) {
		events_consume(events);
		return EVENTS_TAKEN_OVER;
	}
	return follow_pin(events) ? EVENTS_NEW_RING : EVENTS_SAME;
}
