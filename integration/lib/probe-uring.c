// SPDX-License-Identifier: Apache-2.0
/* One submission, one completion, and the ring is gone. */
#include "probe-uring.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The fields of struct io_uring_sqe that a socket option uses, at the
 * places that newer headers give them.
 */
struct sockopt_sqe {
	uint8_t opcode, flags;
	uint16_t ioprio;
	int32_t fd;
	uint32_t cmd_op, pad;
	uint32_t level, optname;
	uint32_t len, uring_cmd_flags;
	uint64_t user_data;
	uint16_t buf_index, personality;
	uint32_t optlen;
	uint64_t optval;
	uint64_t unused;
};
_Static_assert(sizeof(struct sockopt_sqe) == 64, "a submission is 64 bytes");

static void *ring_map(int ring, size_t length, off_t offset)
{
	return mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, offset);
}

static int ring_call(int ring, const struct io_uring_params *params, const struct sockopt_sqe *sqe)
{
	uint8_t *sq, *cq;
	void *sqes;

	sq = ring_map(ring, params->sq_off.array + params->sq_entries * sizeof(uint32_t),
		      IORING_OFF_SQ_RING);
	cq = ring_map(ring, params->cq_off.cqes + params->cq_entries * sizeof(struct io_uring_cqe),
		      IORING_OFF_CQ_RING);
	sqes = ring_map(ring, params->sq_entries * sizeof(*sqe), IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || sqes == MAP_FAILED)
		return -errno;
	memcpy(sqes, sqe, sizeof(*sqe));
	*(uint32_t *)(sq + params->sq_off.array) = 0;
	__atomic_store_n((uint32_t *)(sq + params->sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;
	return ((struct io_uring_cqe *)(cq + params->cq_off.cqes))->res;
}

int uring_sockopt(enum uring_socket_op op, int fd, int level, int option, void *value,
		  size_t length)
{
	struct io_uring_params params = {0};
	struct sockopt_sqe sqe = {
		.opcode = IORING_OP_URING_CMD,
		.fd = fd,
		.cmd_op = op,
		.level = (uint32_t)level,
		.optname = (uint32_t)option,
		.optlen = (uint32_t)length,
		.optval = (uint64_t)(uintptr_t)value,
	};
	int ring = (int)syscall(SYS_io_uring_setup, 1, &params), result;

	if (ring < 0)
		return -errno;
	result = ring_call(ring, &params, &sqe);
	close(ring);
	return result;
}
