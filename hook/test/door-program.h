/* SPDX-License-Identifier: Apache-2.0 */
/* A system call by the 32-bit program that this one carries, see door32.h. */
#ifndef TEST_DOOR_PROGRAM_H
#define TEST_DOOR_PROGRAM_H

#include <stdbool.h>

/*
 * The call that stands in @file, among the descriptors of this process. Returns the call's result, or
 * with @made, where that is a descriptor, one of our own of the same file; -ENOSYS where no such program
 * was built or the kernel runs none.
 */
long door_program_call(int file, bool made);

#endif
