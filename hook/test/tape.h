/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of recording share: a cgroup of the test's own under the programs that record, and
 * what they kept. The test opens tape_pins first.
 */
#ifndef TEST_TAPE_H
#define TEST_TAPE_H

#include "kernel/recordings.h"
#include "test/kernel.h"

extern struct pins tape_pins;
extern int tape_map; /* of all recordings; -1 before the first tape_open() */

/* End the test where @r is not 0. */
void must_be(int r, const struct error *err);

/* A new cgroup that records, entered. */
void tape_open(struct site *site);
/* Drop what it kept, and the cgroup. */
void tape_close(struct site *site);
/* What it kept so far. The caller frees it: recorded_all_done(). */
struct recorded_all tape_read(const struct site *site);
/* The one entry of @call, @level and @optname; an empty one, and a check that failed, where there is not just one. */
struct recorded_calls tape_find(const struct recorded_all *all, unsigned int call, int level,
				int optname);

#endif
