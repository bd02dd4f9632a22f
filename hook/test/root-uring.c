// SPDX-License-Identifier: Apache-2.0
/*
 * Lengths and pointers by way of io_uring, whose two commands have checks of their own before a
 * program is asked: a rule holds for every length there too.
 */
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "test/kernel.h"
#include "test/uring.h"

#define MOST 50000

/* clang-format off */
#define HOLDS POLICY(SET("SO_RCVBUF", "'clamp','max':50000") ","                                       \
		     SET("SO_PRIORITY", "'replace','value':3") ","                                    \
		     SET("SO_MARK", "'deny','errno':'EXDEV','where':{'value':{'min':5}}") ","          \
		     SET("SO_RCVLOWAT", "'ignore'") ","                                               \
		     GET("SO_SNDBUF", "'clamp','max':5000") ","                                       \
		     GET("SO_TYPE", "'replace','value':42"))
/* clang-format on */

static const size_t lengths[] = {0, 1, 3, 4, 5, 8, 4095, 4096, 4097, PADDED_MAX};
static char buffer[PADDED_MAX];

static int set_by_ring(int fd, int option, int value, size_t length)
{
	memset(buffer, 0, sizeof(buffer));
	memcpy(buffer, &value, sizeof(value));
	return uring_sockopt(URING_SETSOCKOPT, fd, SOL_SOCKET, option, buffer, length);
}

static void check_setting(int fd, size_t length)
{
	int r = set_by_ring(fd, SO_RCVBUF, 100000, length);
	long long reads = get_int(fd, SOL_SOCKET, SO_RCVBUF);

	if (!ok(length < 4 ? r == -EINVAL : !r && reads == 2 * MOST, "%zu bytes: clamped", length))
		diag("got %d and %lld", r, reads);
	r = set_by_ring(fd, SO_PRIORITY, 6, length);
	reads = get_int(fd, SOL_SOCKET, SO_PRIORITY);
	if (!ok(!r && reads == 3, "%zu bytes: replaced", length))
		diag("got %d and %lld", r, reads);
	r = set_by_ring(fd, SO_MARK, 9, length);
	reads = get_int(fd, SOL_SOCKET, SO_MARK);
	if (!ok(r == (length < 4 ? -EINVAL : -EXDEV) && !reads, "%zu bytes: refused", length))
		diag("got %d and %lld", r, reads);
	r = set_by_ring(fd, SO_RCVLOWAT, 9, length);
	reads = get_int(fd, SOL_SOCKET, SO_RCVLOWAT);
	if (!ok(!r && reads == 1, "%zu bytes: ignored", length))
		diag("got %d and %lld", r, reads);
}

/* What is read is at most the clamped value, and never the real one. */
static void check_reading(int fd, size_t length)
{
	int value = 0, r;

	memset(buffer, 0, sizeof(buffer));
	r = uring_sockopt(URING_GETSOCKOPT, fd, SOL_SOCKET, SO_SNDBUF, buffer, length);
	memcpy(&value, buffer, sizeof(value));
	if (!ok(length < 4 ? r < 0 : r == 4 && value == 5000, "%zu bytes: reported, clamped",
		length))
		diag("got %d and %d", r, value);
	memset(buffer, 0, sizeof(buffer));
	r = uring_sockopt(URING_GETSOCKOPT, fd, SOL_SOCKET, SO_TYPE, buffer, length);
	memcpy(&value, buffer, sizeof(value));
	if (!ok(length < 4 ? r <= (int)length : r == 4 && value == 42,
		"%zu bytes: reported, replaced", length))
		diag("got %d and %d", r, value);
}

static void check_pointers(int fd)
{
	is_int(uring_sockopt(URING_SETSOCKOPT, fd, SOL_SOCKET, SO_RCVBUF, NULL, 4), -EFAULT,
	       "no memory: clamped");
	is_int(uring_sockopt(URING_SETSOCKOPT, fd, SOL_SOCKET, SO_PRIORITY, NULL, 4), -EFAULT,
	       "no memory: replaced");
	is_int(uring_sockopt(URING_SETSOCKOPT, fd, SOL_SOCKET, SO_RCVBUF, buffer, (size_t)-1),
	       -EINVAL, "a negative length");
	is_int(uring_sockopt(URING_SETSOCKOPT, fd, SOL_SOCKET, SO_RCVBUF, buffer, 1u << 31),
	       -EINVAL, "the most negative length");
	ok(uring_sockopt(URING_GETSOCKOPT, fd, SOL_SOCKET, SO_TYPE, NULL, 4) < 0,
	   "no memory: reported");
	is_int(get_int(fd, SOL_SOCKET, SO_RCVBUF), 2 * MOST, "the buffer is as it was");
}

static int tests(void)
{
	int fd = open_socket(AF_INET, SOCK_STREAM, 0);
	int result = set_by_ring(fd, SO_RCVBUF, 90000, 4);
	struct site site;

	close(fd);
	if (result) {
		skip_or_fail("socket options by io_uring, without a policy: %s", strerror(-result));
		return tap_done();
	}
	site_open(&site, HOLDS);
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		check_setting(fd, lengths[i]);
		check_reading(fd, lengths[i]);
	}
	check_pointers(fd);
	close(fd);
	site_close(&site);
	return tap_done();
}

int main(void)
{
	return kernel_main(tests);
}
