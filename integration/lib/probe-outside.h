/* SPDX-License-Identifier: Apache-2.0 */
/* What does the work of a socket option without being a call that a cgroup sockopt program sees. */
#ifndef PROBE_OUTSIDE_H
#define PROBE_OUTSIDE_H

#include <stdbool.h>
#include <sys/socket.h>

/*
 * setsockopt, or with @get getsockopt, as a 32-bit call. 0 or a negative errno; -ENOSYS on other
 * architectures than x86-64.
 */
int outside_compat(bool get, int fd, int level, int option, void *value, socklen_t *length);

/*
 * @fd, an IPv4 datagram socket that is not bound yet, sends itself a datagram with @tos by a control
 * message. Returns the TOS it came with, or a negative errno.
 */
int outside_tos(int fd, int tos);

/* Such a socket asks for the time of a datagram by ioctl. 0 or a negative errno. */
int outside_stamp(int fd);

#endif
