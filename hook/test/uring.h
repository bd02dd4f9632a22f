/* SPDX-License-Identifier: Apache-2.0 */
/* The two calls by way of io_uring: a ring for one submission, and then it is gone. */
#ifndef TEST_URING_H
#define TEST_URING_H

#include <stddef.h>

struct io_uring_params;

enum uring_call {
	URING_GETSOCKOPT = 2, /* SOCKET_URING_OP_GETSOCKOPT; level SOL_SOCKET only */
	URING_SETSOCKOPT = 3,
};

/* What the completion says: setsockopt 0, getsockopt the length, or a negative errno. */
int uring_sockopt(enum uring_call call, int fd, int level, int option, void *value, size_t length);

/* The same by @ring, which is as @params say; @enter is io_uring_enter for one, or NULL. */
int uring_sockopt_by(int ring, const struct io_uring_params *params, long (*enter)(int ring),
		     enum uring_call call, int fd, int level, int option, void *value,
		     size_t length);

#endif
