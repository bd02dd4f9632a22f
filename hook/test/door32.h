/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What doors.c hands the 32-bit program door32.c, which it carries in itself: one system call, at the
 * beginning of a file that both map. No header of libc is needed for it.
 */
#ifndef TEST_DOOR32_H
#define TEST_DOOR32_H

#define DOOR32_FILE 100 /* descriptors of the program: the file, and a socket to doors.c */
#define DOOR32_LINE 101
#define DOOR32_SIZE 4096 /* of the file */
/* Where both map it, so that what the call points to is there in both. */
#define DOOR32_AT 0x20000000

struct door32 {
	int call[7]; /* number and arguments, as the 32-bit ABI has them */
	unsigned int
		pointers; /* bits 1 << i: call[i] counts bytes from the beginning of the file */
	int result;
};

#endif
