/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways by which a 64-bit process makes a 32-bit call for a socket option. Values lie below 4 GiB
 * for it, and each call is made by a child: on a kernel without the door it may end by a signal.
 */
#ifndef TEST_DOORS_H
#define TEST_DOORS_H

#include <stdbool.h>

enum door {
	DOOR_INT80,	 /* setsockopt and getsockopt of i386 */
	DOOR_SOCKETCALL, /* socketcall of i386 */
	DOOR_X32,
	DOOR_RING,	 /* a ring that io_uring_setup of i386 made, entered by a native call */
	DOOR_RING_INT80, /* a native ring, entered by a call of i386 */
	DOORS,
};

const char *door_name(enum door door);

#define DOOR_CLOSED (-1000) /* this kernel has no such calls */

/* setsockopt of the int @value, or getsockopt into it: 0 or a negative errno. */
int door_set(enum door door, int fd, int level, int option, int value);
int door_get(enum door door, int fd, int level, int option, int *ret_value);

#endif
