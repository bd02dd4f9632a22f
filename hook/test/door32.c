// SPDX-License-Identifier: Apache-2.0
/*
 * A 32-bit program that makes one system call, see door32.h. On x86 it goes by the kernel's own entry
 * (sysenter or syscall), as libraries do. Freestanding: there need be no 32-bit library.
 */
#include "test/door32.h"

/* The same numbers on i386 and arm. */
#define CALL_EXIT  1
#define CALL_READ  3
#define CALL_WRITE 4
#define CALL_MMAP2 192
#define READ_WRITE 3
#define SHARED_AT  0x11 /* MAP_SHARED | MAP_FIXED */

long door32_call(const int call[7]);
void door32_main(const long *stack) __attribute__((noreturn, used));

#ifdef __i386__
#define AT_SYSINFO 32

static long entry __attribute__((used));

asm(".globl _start\n"
    "_start:\n\t"
    "mov %esp, %eax\n\t"
    "and $-16, %esp\n\t"
    "sub $12, %esp\n\t"
    "push %eax\n\t"
    "call door32_main\n"
    "door32_call:\n\t"
    "push %ebp\n\t"
    "push %edi\n\t"
    "push %esi\n\t"
    "push %ebx\n\t"
    "mov 20(%esp), %eax\n\t"
    "mov 4(%eax), %ebx\n\t"
    "mov 8(%eax), %ecx\n\t"
    "mov 12(%eax), %edx\n\t"
    "mov 16(%eax), %esi\n\t"
    "mov 20(%eax), %edi\n\t"
    "mov 24(%eax), %ebp\n\t"
    "mov (%eax), %eax\n\t"
    "call *entry\n\t"
    "pop %ebx\n\t"
    "pop %esi\n\t"
    "pop %edi\n\t"
    "pop %ebp\n\t"
    "ret\n");

/* Behind arguments and environment the kernel puts pairs of numbers; one says where its entry is. */
static void find_entry(const long *stack)
{
	const long *p = stack + 1 + stack[0] + 1;

	while (*p)
		p++;
	for (p++; *p && *p != AT_SYSINFO; p += 2)
		;
	entry = p[1];
}
#else
asm(".globl _start\n"
    "_start:\n\t"
    "mov r0, sp\n\t"
    "bl door32_main\n"
    "door32_call:\n\t"
    "push {r4, r5, r6, r7, r8, lr}\n\t"
    "mov r8, r0\n\t"
    "ldr r7, [r8]\n\t"
    "ldr r0, [r8, #4]\n\t"
    "ldr r1, [r8, #8]\n\t"
    "ldr r2, [r8, #12]\n\t"
    "ldr r3, [r8, #16]\n\t"
    "ldr r4, [r8, #20]\n\t"
    "ldr r5, [r8, #24]\n\t"
    "svc #0\n\t"
    "pop {r4, r5, r6, r7, r8, pc}\n");

static void find_entry(const long *stack)
{
	(void)stack;
}
#endif

/* What was done is told by a byte; then doors.c may want what the call made, and hangs up. */
void door32_main(const long *stack)
{
	const int map[7] = {CALL_MMAP2,	 DOOR32_AT, DOOR32_SIZE, READ_WRITE, SHARED_AT,
			    DOOR32_FILE, 0};
	struct door32 *door = (struct door32 *)DOOR32_AT;

	find_entry(stack);
	door32_call(map);
	door->result = (int)door32_call(door->call);
	door32_call((const int[7]){CALL_WRITE, DOOR32_LINE, (int)(long)door, 1});
	door32_call((const int[7]){CALL_READ, DOOR32_LINE, (int)(long)door, 1});
	for (;;)
		door32_call((const int[7]){CALL_EXIT, 0});
}
