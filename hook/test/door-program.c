// SPDX-License-Identifier: Apache-2.0
/* Starting the 32-bit program, and taking over what its call made: see door-program.h. */
#include "test/door-program.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "test/door32.h"

/* The program; empty where the machine that built this has no compiler for it. */
extern const char door32_begin[], door32_end[];
asm(".pushsection .rodata\n"
    ".globl door32_begin, door32_end\n"
    "door32_begin: .incbin \"" DOOR32 "\"\n"
    "door32_end: .byte 0\n"
    ".popsection\n");

static int program_file(void)
{
	size_t size = (size_t)(door32_end - door32_begin);
	int fd = size ? memfd_create("door32", MFD_CLOEXEC) : -1;

	if (fd >= 0 && write(fd, door32_begin, size) == (ssize_t)size)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

__attribute__((noreturn)) static void become(int program, int file, const int lines[2])
{
	char *const none[] = {NULL};

	close(lines[0]);
	for (int fd = 0; fd < DOOR32_FILE; fd++)
		fcntl(fd, F_SETFD, 0);
	if (dup2(file, DOOR32_FILE) >= 0 && dup2(lines[1], DOOR32_LINE) >= 0)
		fexecve(program, none, none);
	_exit(1);
}

static int take_over(pid_t pid, int theirs)
{
	_cleanup_close_ int process = (int)syscall(SYS_pidfd_open, pid, 0);
	int fd = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, theirs, 0);

	return fd < 0 ? -errno : fd;
}

/* What the program @pid found, once it says that it is done. */
static long result_of(pid_t pid, int line, int file, bool made)
{
	struct door32 door;
	char byte;

	if (read(line, &byte, 1) != 1 || pread(file, &door, sizeof(door), 0) != sizeof(door))
		return -ENOSYS;
	return made && door.result >= 0 ? take_over(pid, door.result) : door.result;
}

long door_program_call(int file, bool made)
{
	_cleanup_close_ int program = program_file();
	int lines[2];
	pid_t pid;
	long result;

	if (program < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, lines))
		return -ENOSYS;
	pid = fork();
	if (!pid)
		become(program, file, lines);
	close(lines[1]);
	result = pid < 0 ? -ENOSYS : result_of(pid, lines[0], file, made);
	close(lines[0]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return result;
}
