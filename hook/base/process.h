/* SPDX-License-Identifier: Apache-2.0 */
/* When processes began, on the clock that goes on through suspend; and what is inherited. */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

/* Milliseconds since boot. */
int64_t process_now(void);
/*
 * Milliseconds since boot at which @pid began, cut to the kernel's tick; -1 where it is gone or /proc
 * does not tell.
 */
int64_t process_start(pid_t pid);

/*
 * Let nothing that the caller of this process left behind decide what it does: closed standard
 * descriptors are /dev/null, the environment is empty, the umask 077; a closed pipe and a limit on the
 * size of files are errors instead of the end, and children leave their status.
 */
void process_disinherit(void);

#endif
