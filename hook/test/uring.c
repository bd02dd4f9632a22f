// SPDX-License-Identifier: Apache-2.0
/*
 * One submission and one completion, by the system calls alone: the library is not needed for it.
 */
#include "test/uring.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OP_URING_CMD 46 /* IORING_OP_URING_CMD, which older headers lack */

/* A submission as a socket option uses it (since 6.7; older headers lack the names). */
struct submission {
	uint8_t opcode, flags;
	uint16_t ioprio;
	int32_t fd;
	uint32_t call, pad;
	uint32_t level, option;
	uint32_t unused, command_flags;
	uint64_t user_data;
	uint32_t unused2;
	uint32_t length;
	uint64_t value;
	uint64_t unused3;
};
_Static_assert(sizeof(struct submission) == 64, "the size of a submission");

static void *map(int ring, size_t length, off_t part)
{
	return mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, part);
}

static long enter_once(int ring)
{
	return syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0 ? -errno
											    : 0;
}

static int submit(int ring, const struct io_uring_params *p, long (*enter)(int ring),
		  const struct submission *submission)
{
	uint8_t *sq =
		map(ring, p->sq_off.array + p->sq_entries * sizeof(uint32_t), IORING_OFF_SQ_RING);
	uint8_t *cq = map(ring, p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe),
			  IORING_OFF_CQ_RING);
	long entered;
	struct submission *slot = map(ring, p->sq_entries * sizeof(*slot), IORING_OFF_SQES);

	if ((void *)sq == MAP_FAILED || (void *)cq == MAP_FAILED || (void *)slot == MAP_FAILED)
		return -errno;
	*slot = *submission;
	*(uint32_t *)(sq + p->sq_off.array) = 0;
	__atomic_store_n((uint32_t *)(sq + p->sq_off.tail), 1, __ATOMIC_RELEASE);
	entered = enter(ring);
	if (entered < 0)
		return (int)entered;
	return ((struct io_uring_cqe *)(cq + p->cq_off.cqes))->res;
}

int uring_sockopt_by(int ring, const struct io_uring_params *params, long (*enter)(int ring),
		     enum uring_call call, int fd, int level, int option, void *value,
		     size_t length)
{
	struct submission submission = {
		.opcode = OP_URING_CMD,
		.fd = fd,
		.call = call,
		.level = (uint32_t)level,
		.option = (uint32_t)option,
		.length = (uint32_t)length,
		.value = (uint64_t)(uintptr_t)value,
	};

	return submit(ring, params, enter ?: enter_once, &submission);
}

int uring_sockopt(enum uring_call call, int fd, int level, int option, void *value, size_t length)
{
	struct io_uring_params params = {0};
	int ring = (int)syscall(SYS_io_uring_setup, 1, &params), result;

	if (ring < 0)
		return -errno;
	result = uring_sockopt_by(ring, &params, NULL, call, fd, level, option, value, length);
	close(ring);
	return result;
}
