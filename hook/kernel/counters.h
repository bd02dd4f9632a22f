/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the programs have counted for one policy, read from the storage of its cgroup. Knows the
 * layout of this build alone, and no policy's text.
 */
#ifndef KERNEL_COUNTERS_H
#define KERNEL_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "kernel/pins.h"
#include "sockopt-abi.h"

/* Of one rule. */
struct counted {
	uint64_t hits;	  /* calls that it decided */
	uint64_t denials; /* of those: refused. In audit mode: would have been */
	uint64_t changes; /* of those: changed in any other way, the kernel skipped among them */
};

struct counters {
	struct counted *rules; /* in the order of the policy */
	size_t n_rules;
	struct counted fallback;       /* the default action's, without those below */
	uint64_t unmatched[2];	       /* calls that nothing looked at, by call */
	uint64_t lost_full, lost_rate; /* events: the ring was full; over the policy's rate */
};

/*
 * Read the counters of the policy at cgroup @cgroup_id, which a build of @generation has put there
 * in size class @class. -EPROTO where that is not this build's generation: its layout is not known.
 * -ENOENT where the kernel has no storage of that cgroup, -EBADMSG where what is in it is no policy.
 * Programs go on counting meanwhile: each number is right, all of them together are of no one moment.
 * Released by counters_done().
 */
int counters_read(const struct pins *pins, const char *generation, const char *class,
		  uint64_t cgroup_id, struct counters *ret, struct error *err);
void counters_done(struct counters *counters);

/* The same from @storage, @size bytes of a policy's storage. */
int counters_from_storage(const struct sockopt_policy *storage, size_t size, struct counters *ret,
			  struct error *err);

#endif
