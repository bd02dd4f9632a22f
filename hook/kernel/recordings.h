/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the programs that record have kept, by the cgroup that it is of (its owner). It lasts until
 * it is dropped, also beyond the cgroup. Knows no container and no policy.
 */
#ifndef KERNEL_RECORDINGS_H
#define KERNEL_RECORDINGS_H

#include "kernel/pins.h"
#include "sockopt-record.h"

/* One entry of the map. */
struct recorded_calls {
	struct sockopt_recorded_key key;
	struct sockopt_recorded value;
};

struct recorded_all {
	struct recorded_calls *calls; /* in no order */
	size_t n;
	uint64_t missed; /* calls that found no room */
};

/*
 * The recordings of @generation (NULL: of this build). -ENOENT where nothing was recorded in it,
 * -EPROTO where another version of the programs laid them out. The caller closes *@ret_fd.
 */
int recordings_open(const struct pins *pins, const char *generation, int *ret_fd,
		    struct error *err);

/* Begin a recording of @owner, empty. To be called before attachment_write_recorder(). */
int recordings_begin(int fd, uint64_t owner, struct error *err);

/*
 * All that was recorded of @owner; calls may go on meanwhile. -ENOENT where no recording of it was
 * begun or it was dropped. Freed by recorded_all_done().
 */
int recordings_read(int fd, uint64_t owner, struct recorded_all *ret, struct error *err);
void recorded_all_done(struct recorded_all *all);

/* Forget what was recorded of @owner. Missing is success. */
int recordings_drop(int fd, uint64_t owner, struct error *err);

/* Forget the recordings of owners that @is_wanted is false for. *@ret_dropped counts owners. */
int recordings_drop_others(int fd, bool (*is_wanted)(uint64_t owner, void *from), void *from,
			   size_t *ret_dropped, struct error *err);

#endif
