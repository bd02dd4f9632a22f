/* SPDX-License-Identifier: Apache-2.0 */
/* From the objects that were compiled in to loaded programs and maps, not pinned yet. */
#ifndef KERNEL_LOAD_H
#define KERNEL_LOAD_H

#include "kernel/programs.h"

struct sockopt_bpf;
struct sockopt_record_bpf;
struct sockopt_compat_bpf;

#define LOADED_PINS 6

/* What is to be pinned, and under which name. */
struct loaded {
	struct sockopt_bpf *skeleton;	      /* of a size class */
	struct sockopt_record_bpf *recorder;  /* of the class that records */
	struct sockopt_compat_bpf *companion; /* for the 32-bit calls of a size class */
	struct loaded_pin {
		const char *name;
		int fd; /* the skeleton's */
	} pins[LOADED_PINS];
	size_t n;
};

/*
 * Load the programs of @class. Those of a size class tell their events to the ring buffer @events;
 * -E2BIG where the kernel takes no policy of that size. Freed by loaded_done().
 */
int load_class(const struct program_class *class, int events, struct loaded *ret,
	       struct error *err);
/*
 * Load the companion of the programs of @class, which reads the map @policies of theirs. Where the
 * kernel has no hook for commands of io_uring there is no "compat-ring" among the pins.
 */
int load_companion(const struct program_class *class, int events, int policies, struct loaded *ret,
		   struct error *err);
void loaded_done(struct loaded *loaded);

/* Make a ring buffer for events. The caller closes *@ret_fd. */
int load_events(int *ret_fd, struct error *err);

#endif
