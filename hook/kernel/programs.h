/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The BPF programs: verified once per boot and class, pinned, and from then on opened by every
 * container. What is loaded, and how, is load.c's.
 */
#ifndef KERNEL_PROGRAMS_H
#define KERNEL_PROGRAMS_H

#include "kernel/pins.h"
#include "sockopt-engine.h"

struct programs {
	int fds[2];   /* by call: setsockopt, getsockopt */
	int policies; /* the map from cgroup id to policy */
};

/* Which class to open or load. */
struct program_class {
	const char *name;
	struct sockopt_bounds bounds;
	size_t policy_size; /* bytes; 0: no size class, these programs only record */
};
/* The class "record"; its pins: setsockopt, getsockopt, policies, recordings. */
extern const struct program_class programs_recording;

/* The generation of this build: under this name its programs are pinned. */
const char *programs_generation(void);

/*
 * Open the pinned programs of @class; where there are none, load and pin them. Of several processes
 * that do so at once one wins and the others use its pins. -E2BIG with the reason where the kernel
 * takes no policy of that size. Closed by programs_done().
 */
int programs_open(const struct pins *pins, const struct program_class *class, struct programs *ret,
		  struct error *err);
void programs_done(struct programs *programs);
#define PROGRAMS_NONE                                                                              \
	{                                                                                          \
		.fds = {-1, -1}, .policies = -1                                                    \
	}

/*
 * Open what else is pinned for a class of a generation: "pass", "recordings" and the like; @class
 * NULL: for the generation, "events". The caller closes *@ret_fd.
 */
int programs_open_pin(const struct pins *pins, const char *generation, const char *class,
		      const char *name, int *ret_fd, struct error *err);

/*
 * The ring buffer that the programs of this build tell their events to; made where there is none
 * yet. The caller closes *@ret_fd.
 */
int programs_open_events(const struct pins *pins, int *ret_fd, struct error *err);

/*
 * Remove the pins of generations, this build's too, that no link of @in_use (program ids, @n of
 * them) still runs. *@ret_removed counts classes.
 */
int programs_collect(const struct pins *pins, const uint32_t *in_use, size_t n, size_t *ret_removed,
		     struct error *err);

#endif
