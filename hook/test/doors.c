// SPDX-License-Identifier: Apache-2.0
/* 32-bit calls out of a 64-bit program: see doors.h. No assembler is needed but for "int $0x80". */
#include "test/doors.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test/uring.h"

const char *door_name(enum door door)
{
	static const char *const names[] = {
		[DOOR_INT80] = "int $0x80",
		[DOOR_SOCKETCALL] = "int $0x80, socketcall",
		[DOOR_X32] = "x32",
		[DOOR_RING] = "a ring made by int $0x80",
		[DOOR_RING_INT80] = "a ring entered by int $0x80",
	};

	return names[door];
}

#ifdef __x86_64__
/* As the 32-bit ABI numbers them. */
#define I386_SOCKETCALL	    102
#define I386_GETSOCKOPT	    365
#define I386_SETSOCKOPT	    366
#define I386_IO_URING_SETUP 425
#define I386_IO_URING_ENTER 426
#define SOCKETCALL_SET	    14
#define SOCKETCALL_GET	    15
#define X32_BIT		    0x40000000
#define X32_SETSOCKOPT	    541
#define X32_GETSOCKOPT	    542

/* What the calls point to; below 4 GiB, and shared with the child that makes them. */
struct low {
	int value;
	uint32_t length;
	uint32_t args[5];
	int result;
	struct io_uring_params params;
};

static uint32_t at(const void *p)
{
	return (uint32_t)(uintptr_t)p;
}

static long int80(long number, long a, long b, long c, long d, long e)
{
	long result;

	asm volatile("int $0x80"
		     : "=a"(result)
		     : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
		     : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
}

static long enter_int80(int ring)
{
	return int80(I386_IO_URING_ENTER, ring, 1, 1, IORING_ENTER_GETEVENTS, 0);
}

static long by_ring(struct low *low, enum door door, bool get, int fd, int level, int option)
{
	bool compat = door == DOOR_RING;
	int ring = compat ? (int)int80(I386_IO_URING_SETUP, 1, at(&low->params), 0, 0, 0)
			  : (int)syscall(SYS_io_uring_setup, 1, &low->params);
	int result;

	if (ring < 0)
		return compat ? ring : -errno;
	result = uring_sockopt_by(ring, &low->params, compat ? NULL : enter_int80,
				  get ? URING_GETSOCKOPT : URING_SETSOCKOPT, fd, level, option,
				  &low->value, sizeof(low->value));
	return get && result > 0 ? 0 : result;
}

static long by_call(struct low *low, enum door door, bool get, int fd, int level, int option)
{
	long length = get ? at(&low->length) : sizeof(low->value);
	long r;

	switch (door) {
	case DOOR_INT80:
		return int80(get ? I386_GETSOCKOPT : I386_SETSOCKOPT, fd, level, option,
			     at(&low->value), length);
	case DOOR_SOCKETCALL:
		low->args[0] = (uint32_t)fd;
		low->args[1] = (uint32_t)level;
		low->args[2] = (uint32_t)option;
		low->args[3] = at(&low->value);
		low->args[4] = (uint32_t)length;
		return int80(I386_SOCKETCALL, get ? SOCKETCALL_GET : SOCKETCALL_SET, at(low->args),
			     0, 0, 0);
	case DOOR_X32:
		r = syscall(X32_BIT | (get ? X32_GETSOCKOPT : X32_SETSOCKOPT), fd, level, option,
			    &low->value, length);
		return r < 0 ? -errno : r;
	default:
		return by_ring(low, door, get, fd, level, option);
	}
}

static int go(enum door door, bool get, int fd, int level, int option, int *value)
{
	struct low *low = mmap(NULL, sizeof(*low), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	int result = DOOR_CLOSED, status = 0;
	pid_t pid;

	if (low == MAP_FAILED)
		return -errno;
	low->value = *value;
	low->length = sizeof(low->value);
	pid = fork();
	if (!pid) {
		low->result = (int)by_call(low, door, get, fd, level, option);
		_exit(0);
	}
	if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	    low->result != -ENOSYS)
		result = low->result;
	*value = low->value;
	munmap(low, sizeof(*low));
	return result;
}
#else
static int go(enum door door, bool get, int fd, int level, int option, int *value)
{
	(void)door, (void)get, (void)fd, (void)level, (void)option, (void)value;
	return DOOR_CLOSED;
}
#endif

int door_set(enum door door, int fd, int level, int option, int value)
{
	return go(door, false, fd, level, option, &value);
}

int door_get(enum door door, int fd, int level, int option, int *ret_value)
{
	*ret_value = 0;
	return go(door, true, fd, level, option, ret_value);
}
