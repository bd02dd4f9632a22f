// SPDX-License-Identifier: Apache-2.0
/*
 * SO_MARK set to 5 by a way that is not libc's function; prints "ok" or the errno's name.
 *
 *   rival-raw syscall     by syscall(2)
 *   rival-raw wide        the same with bits in the upper half of the registers, which the kernel
 *                         does not look at
 *   rival-raw compat      by the entry for 32-bit programs, which any 64-bit program can take
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COMPAT_SETSOCKOPT 366
#define UPPER		  (1ul << 32)
#ifndef MAP_32BIT
#define MAP_32BIT 0 /* x86 alone has it, and the entry */
#endif

static long by_syscall(int fd, const int *value)
{
	return syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_MARK, value, sizeof(*value)) ? -errno : 0;
}

static long by_wide_syscall(int fd, const int *value)
{
	return syscall(SYS_setsockopt, fd, UPPER | SOL_SOCKET, UPPER | SO_MARK, value,
		       sizeof(*value))
		       ? -errno
		       : 0;
}

static long by_compat(int fd, const int *value)
{
#ifdef __x86_64__
	long r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(COMPAT_SETSOCKOPT), "b"(fd), "c"(SOL_SOCKET), "d"(SO_MARK),
			   "S"(value), "D"(sizeof(*value))
			 : "r8", "r9", "r10", "r11", "memory");
	return r;
#else
	(void)fd;
	(void)value;
	return -ENOSYS;
#endif
}

static const struct way {
	const char *name;
	long (*set)(int fd, const int *value);
} ways[] = {
	{"syscall", by_syscall},
	{"wide", by_wide_syscall},
	{"compat", by_compat},
};

int main(int argc, char **argv)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* The 32-bit entry takes an address of 32 bits. */
	int *value = mmap(NULL, sizeof(*value), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	for (size_t i = 0; argc == 2 && i < sizeof(ways) / sizeof(ways[0]); i++) {
		long r;

		if (strcmp(argv[1], ways[i].name) || value == MAP_FAILED || fd < 0)
			continue;
		*value = 5;
		r = ways[i].set(fd, value);
		puts(r ? strerrorname_np((int)-r) : "ok");
		return 0;
	}
	fputs("usage: rival-raw syscall|wide|compat\n", stderr);
	return 2;
}
