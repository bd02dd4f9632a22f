/* SPDX-License-Identifier: Apache-2.0 */
/* What `sockoptctl run` leaves behind where it was killed before it could clean up. */
#ifndef VERBS_RUNS_H
#define VERBS_RUNS_H

#include "verbs/inventory.h"

/*
 * Remove cgroup, pins and record of each run in @inventory whose cgroup has no process left. The
 * caller holds the lock on the run folder. A run puts its process into the cgroup before it writes
 * a record, so an empty one is always over. @each (or NULL) is told of each key. What cannot be
 * removed does not keep the rest; the first such error is told.
 */
int runs_sweep(const struct host_config *config, const struct inventory *inventory,
	       void (*each)(const char *key, void *to), void *to, struct error *err);

#endif
