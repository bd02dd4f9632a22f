/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy put in force, changed and taken away by enforce.h, as the verbs do it, with pins and run
 * record; kernel.h's sites have the programs alone. One at a time for each `struct standing`. Trouble
 * of the test itself: bail_out().
 */
#ifndef TEST_STANDING_H
#define TEST_STANDING_H

#include "enforce.h"
#include "test/kernel.h"

struct standing {
	const char *id;
	struct host_config config;
	struct site site; /* its cgroup alone */
};

/* The default configuration, and a cgroup, which this process enters. */
void standing_open(struct standing *s, const char *id);
void standing_close(struct standing *s);

/*
 * Put @policy (with ' for ") in force, with the companion where @guard says so. Returns what
 * enforce_all() does; @e, for the caller to look at, ends by enforce_done().
 */
int standing_attach(const struct standing *s, const char *policy, bool guard, struct enforcement *e,
		    struct error *err);
/* Put another policy or mode in its place (NULL: as it is). Returns what enforce_update() does. */
int standing_update(const struct standing *s, const char *policy, const enum policy_mode *mode,
		    struct error *err);
void standing_detach(const struct standing *s);

#endif
