/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this kernel can do, found by trying, for the tests that run in older ones too. A lack is told
 * once, as a test that is skipped; in strict mode it fails. Ask before there are threads.
 */
#ifndef TEST_ABILITY_H
#define TEST_ABILITY_H

#include <stdbool.h>

/* To be called before any policy is in force: what comes of a long value could not be told then. */
void ability_begin(void);

/* Programs know, and choose, what the call fails with (5.18). */
bool kernel_gives_errno(void);
/* Events name the process. */
bool kernel_tells_pid(void);
/* Policies of the large class (5.15). */
bool kernel_takes_large(void);
/* A value longer than a page goes through where a program leaves it alone. */
bool kernel_passes_long(void);

/*
 * Whether @got is what @expected is under this kernel: where no program can choose an errno, what a
 * policy refuses is EPERM.
 */
bool same_result(long long got, long long expected);
/* The check of it. */
bool is_result(long long got, long long expected, const char *name);

#endif
