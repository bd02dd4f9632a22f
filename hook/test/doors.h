/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways by which a process makes a 32-bit call for a socket option, also one of 64 bits. Values lie
 * below 4 GiB for it, and each call is made by a child: on a kernel without the door it may end by a
 * signal.
 */
#ifndef TEST_DOORS_H
#define TEST_DOORS_H

#include <stdbool.h>

enum door {
	DOOR_INT80,	 /* setsockopt and getsockopt of i386 */
	DOOR_SOCKETCALL, /* socketcall of i386 */
	DOOR_X32,
	DOOR_PROGRAM, /* a 32-bit program: of i386, or on arm64 of arm */
	/* A ring that such a call made, entered by a native one. */
	DOOR_RING_INT80,
	DOOR_RING_X32,
	DOOR_RING_PROGRAM,
	/* A native ring, entered by such a call. */
	DOOR_ENTER_INT80,
	DOOR_ENTER_X32,
	DOOR_ENTER_PROGRAM,
	/* What is no door: x32 has numbers of its own for these calls, and none has the native ones. */
	DOOR_X32_NATIVE,
	DOORS,
};

const char *door_name(enum door door);
/* Whether the ring is one that a 32-bit call made, or a native one that a 32-bit call enters. */
bool door_makes_ring(enum door door);
bool door_enters_ring(enum door door);

#define DOOR_CLOSED (-1000) /* this kernel has no such calls */

/* setsockopt of the int @value, or getsockopt into it: 0 or a negative errno. */
int door_set(enum door door, int fd, int level, int option, int value);
int door_get(enum door door, int fd, int level, int option, int *ret_value);

#endif
