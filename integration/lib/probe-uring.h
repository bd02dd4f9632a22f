/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One socket option call through io_uring, by raw system calls: Debian 12's
 * headers predate these operations.
 */
#ifndef PROBE_URING_H
#define PROBE_URING_H

#include <stddef.h>

/* linux/io_uring.h, enum io_uring_socket_op, since 6.7. */
enum uring_socket_op {
	URING_GETSOCKOPT = 2,
	URING_SETSOCKOPT = 3
};

/* 0 or a length (get), or a negative errno. A ring of its own for each call: slow, and simple. */
int uring_sockopt(enum uring_socket_op op, int fd, int level, int option, void *value,
		  size_t length);

#endif
