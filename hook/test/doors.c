// SPDX-License-Identifier: Apache-2.0
/*
 * 32-bit calls, out of a 64-bit program where the processor has them: see doors.h. No assembler is
 * needed but for "int $0x80".
 */
#include "test/doors.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "test/door-program.h"
#include "test/door32.h"
#include "test/uring.h"

enum what {
	SET,
	GET,
	RING_SETUP,
	RING_ENTER,
	WHATS
};

/* What the calls point to, below 4 GiB, and shared with who makes them. */
struct low {
	struct door32 program;
	int value;
	uint32_t length;
	uint32_t args[5];
	int result;
	struct io_uring_params params;
};
_Static_assert(sizeof(struct low) <= DOOR32_SIZE, "the program maps all of it");

static struct low *low;
static int low_file;

#ifdef __x86_64__
#define OF_X86(call)	call
#define I386_SOCKETCALL 102
#define SOCKETCALL_SET	14
#define SOCKETCALL_GET	15
#define X32_BIT		0x40000000

/* As the 32-bit ABI numbers them. */
static const int numbers32[WHATS] = {366, 365, 425, 426};

static long int80(enum what what, const long args[5])
{
	long result, number = numbers32[what];

	asm volatile("int $0x80"
		     : "=a"(result)
		     : "a"(number), "b"(args[0]), "c"(args[1]), "d"(args[2]), "S"(args[3]),
		       "D"(args[4])
		     : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
}

static long socketcall(enum what what, const long args[5])
{
	long result, which = what == GET ? SOCKETCALL_GET : SOCKETCALL_SET;

	for (size_t i = 0; i < 5; i++)
		low->args[i] = (uint32_t)args[i];
	asm volatile("int $0x80"
		     : "=a"(result)
		     : "a"((long)I386_SOCKETCALL), "b"(which), "c"((long)low->args)
		     : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
}

static long x32_number(int number, const long args[5])
{
	long r = syscall(X32_BIT | number, args[0], args[1], args[2], args[3], args[4]);

	return r < 0 ? -errno : r;
}

static long x32(enum what what, const long args[5])
{
	static const int numbers[WHATS] = {541, 542, 425, 426};

	return x32_number(numbers[what], args);
}

static long x32_native(enum what what, const long args[5])
{
	return x32_number(what == GET ? SYS_getsockopt : SYS_setsockopt, args);
}
#else
#define OF_X86(call) absent

static const int numbers32[WHATS] = {294, 295, 425, 426}; /* of arm */

static long absent(enum what what, const long args[5])
{
	(void)what, (void)args;
	return -ENOSYS;
}
#endif

static long program(enum what what, const long args[5])
{
	struct door32 *door = &low->program;

	door->call[0] = numbers32[what];
	for (int i = 0; i < 5; i++)
		door->call[i + 1] = (int)args[i];
	door->call[6] = 0;
	return door_program_call(low_file, what == RING_SETUP);
}

static long native(enum what what, const long args[5])
{
	long r = syscall(what == RING_SETUP ? SYS_io_uring_setup : SYS_io_uring_enter, args[0],
			 args[1], args[2], args[3], args[4], 0);

	return r < 0 ? -errno : r;
}

/* ---- the doors ---- */

static const struct {
	const char *name;
	long (*call)(enum what what, const long args[5]); /* makes the call, or enters the ring */
	long (*make)(enum what what, const long args[5]); /* makes the ring */
} doors[DOORS] = {
	[DOOR_INT80] = {"int $0x80", OF_X86(int80), NULL},
	[DOOR_SOCKETCALL] = {"int $0x80, socketcall", OF_X86(socketcall), NULL},
	[DOOR_X32] = {"x32", OF_X86(x32), NULL},
	[DOOR_PROGRAM] = {"a 32-bit program", program, NULL},
	[DOOR_RING_INT80] = {"a ring made by int $0x80", native, OF_X86(int80)},
	[DOOR_RING_X32] = {"a ring made by x32", native, OF_X86(x32)},
	[DOOR_RING_PROGRAM] = {"a ring made by a 32-bit program", native, program},
	[DOOR_ENTER_INT80] = {"a ring entered by int $0x80", OF_X86(int80), native},
	[DOOR_ENTER_X32] = {"a ring entered by x32", OF_X86(x32), native},
	[DOOR_ENTER_PROGRAM] = {"a ring entered by a 32-bit program", program, native},
	[DOOR_X32_NATIVE] = {"x32 with the native number", OF_X86(x32_native), NULL},
};
static enum door current;

const char *door_name(enum door door)
{
	return doors[door].name;
}

bool door_makes_ring(enum door door)
{
	return doors[door].make && doors[door].make != native;
}

bool door_enters_ring(enum door door)
{
	return doors[door].make == native;
}

static long enter(int ring)
{
	return doors[current].call(RING_ENTER, (long[]){ring, 1, 1, IORING_ENTER_GETEVENTS, 0});
}

static long by_ring(bool get, int fd, int level, int option)
{
	long made = doors[current].make(RING_SETUP, (long[]){1, (long)&low->params, 0, 0, 0});
	_cleanup_close_ int ring = (int)made;
	int result;

	if (made < 0)
		return made;
	result = uring_sockopt_by(ring, &low->params, enter,
				  get ? URING_GETSOCKOPT : URING_SETSOCKOPT, fd, level, option,
				  &low->value, sizeof(low->value));
	return get && result > 0 ? 0 : result;
}

static long by_call(bool get, int fd, int level, int option)
{
	long length = get ? (long)&low->length : (long)sizeof(low->value);

	return doors[current].call(get ? GET : SET,
				   (long[]){fd, level, option, (long)&low->value, length});
}

static bool map_low(void)
{
	low_file = memfd_create("door", MFD_CLOEXEC);
	if (low_file < 0 || ftruncate(low_file, DOOR32_SIZE))
		return false;
	low = mmap((void *)DOOR32_AT, DOOR32_SIZE, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_FIXED_NOREPLACE, low_file, 0);
	return low != MAP_FAILED;
}

static int go(enum door door, bool get, int fd, int level, int option, int *value)
{
	int result = DOOR_CLOSED, status = 0;
	pid_t pid;

	if (!map_low())
		return -errno;
	current = door;
	low->value = *value;
	low->length = sizeof(low->value);
	pid = fork();
	if (!pid) {
		low->result = (int)(doors[door].make ? by_ring(get, fd, level, option)
						     : by_call(get, fd, level, option));
		_exit(0);
	}
	if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	    low->result != -ENOSYS)
		result = low->result;
	*value = low->value;
	munmap(low, DOOR32_SIZE);
	close(low_file);
	return result;
}

int door_set(enum door door, int fd, int level, int option, int value)
{
	return go(door, false, fd, level, option, &value);
}

int door_get(enum door door, int fd, int level, int option, int *ret_value)
{
	*ret_value = 0;
	return go(door, true, fd, level, option, ret_value);
}
