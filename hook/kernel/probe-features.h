/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `sockoptctl doctor` asks of a kernel beyond probe.h: each answer is found by doing, in
 * cgroups, children and mount namespaces made for it, and nothing stays. All need CAP_BPF and
 * CAP_NET_ADMIN; without them the answers mean nothing.
 */
#ifndef KERNEL_PROBE_FEATURES_H
#define KERNEL_PROBE_FEATURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "kernel/programs.h"

/*
 * Load a setsockopt and a getsockopt program, link them to a cgroup made below the caller's, and
 * see that a socket made there is refused. -ENOTRECOVERABLE where all is attached and the programs
 * are not called; else the error of the step that failed, which the text names.
 */
int probe_enforces(struct error *err);

/*
 * Load the programs of this build in @class, pinned in a bpf file system of a mount namespace of
 * the probe's own. Needs CAP_SYS_ADMIN and CAP_PERFMON besides.
 */
int probe_load(const struct program_class *class, struct error *err);

/* Cgroup storage with values of @size bytes (before 5.15: a page). 0, or -errno. */
int probe_storage(size_t size);

/* A ring buffer can be made. 0, or -errno. */
int probe_ring(void);

/* Whether maps count against RLIMIT_MEMLOCK (before 5.11). */
bool probe_memlock_counts(void);

enum probe_guard {
	GUARD_WORKS,
	GUARD_NOT_CALLED, /* it is attached, but the kernel does not call it */
	GUARD_NO_LOAD,
	GUARD_NO_ATTACH, /* or no process could enter the cgroup (EIO) */
};
/*
 * An LSM_CGROUP program on socket_setsockopt: loaded, linked to a cgroup made for it, and a call
 * refused by it. *@ret_errno: why not, for _NO_LOAD and _NO_ATTACH; EOPNOTSUPP there: the kernel never
 * does it.
 */
enum probe_guard probe_guard(int *ret_errno);

/*
 * How the kernel marks a ring of io_uring that a 32-bit call made. *@ret_bit: which bit of int_flags
 * it is, by the kernel's types; 0: a field of its own. -ENOENT where they show neither.
 */
int probe_ring_mark(uint32_t *ret_bit);

/* The kernel shows its types (BTF of vmlinux). */
bool probe_btf(void);

struct btf;
/*
 * Whether in the kernel of these types a socket has one word for its cgroup and for the classes of
 * net_cls and net_prio (5.15 gave each a place of its own): using those controllers then takes all
 * sockets out of their cgroups. 1, 0, or -errno where the types do not tell. It is not tried out,
 * since the trial would do it to the whole host until it is booted again.
 */
int probe_shared_socket_word(const struct btf *types);
/* The same of the running kernel. */
int probe_shared_socket_word_here(void);

#endif
