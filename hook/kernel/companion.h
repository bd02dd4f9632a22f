/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The companion: programs of LSM_CGROUP that hold 32-bit calls, which the others never see, against
 * the same policy. Verified once per boot and class, pinned beside those of the class. Knows which
 * kernels have it by trying; knows no seccomp profile and no configuration.
 */
#ifndef KERNEL_COMPANION_H
#define KERNEL_COMPANION_H

#include "kernel/cgroup.h"
#include "kernel/pins.h"
#include "kernel/programs.h"

/* Beside those for the two calls: both of them, and rings that a 32-bit call made. */
#define COMPANION_LINKS (PINS_LINKS - PINS_CALLS)

struct companion {
	int fds[COMPANION_LINKS]; /* programs; that for rings is -1 where the kernel has no such hook */
};
#define COMPANION_NONE                                                                             \
	{                                                                                          \
		.fds = { -1, -1, -1 }                                                              \
	}

/*
 * Open the companion of @programs, which are of @class; where none is pinned, try out whether this
 * kernel has what it takes, load and pin it. -EOPNOTSUPP with the reason: this kernel has not, or it
 * could not be tried. Where the kernel has it, any other failure is another error. Closed by
 * companion_done().
 */
int companion_open(const struct pins *pins, const struct program_class *class,
		   const struct programs *programs, struct companion *ret, struct error *err);
void companion_done(struct companion *companion);

/*
 * Link it to @cgroup for those of @calls (bits 1 << call), and for rings where it is for any, that
 * have no link in @links yet. On failure what was linked stays in @links, for the caller to end.
 */
int companion_link(const struct companion *companion, const struct cgroup *cgroup,
		   unsigned int calls, int links[COMPANION_LINKS], struct error *err);

/* Which links a policy for @calls has, at most. Bits 1 << part. */
unsigned int companion_parts(unsigned int calls);

/* Whether those of @facts that @calls need are attached to cgroup @cgroup_id; see struct pinned. */
bool companion_attached(const struct link_facts facts[PINS_LINKS], unsigned int calls,
			uint64_t cgroup_id);

#endif
