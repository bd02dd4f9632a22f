/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few questions to bpf(2) that are ours: what is attached to a cgroup, and whose link is this.
 */
#ifndef KERNEL_BPF_H
#define KERNEL_BPF_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define ATTACHED_MAX 512 /* 64 programs for a cgroup, over eight levels that hold that many */

struct attached {
	uint32_t ids[ATTACHED_MAX]; /* programs */
	size_t count;
	uint32_t flags; /* BPF_F_ALLOW_*; 0 with a count: attached exclusively */
};

/* BPF_CGROUP_SETSOCKOPT or _GETSOCKOPT of call 0 or 1. */
enum bpf_attach_type bpf_type_of_call(size_t call);
/* "setsockopt", "getsockopt". */
const char *bpf_name_of_call(size_t call);

/*
 * The programs at the cgroup folder @fd; @effective: all that run for it, in the order in which
 * they run (then flags is 0). Needs CAP_NET_ADMIN.
 */
int bpf_attached(int fd, enum bpf_attach_type type, bool effective, struct attached *ret,
		 struct error *err);

struct link_facts {
	uint32_t link_id;
	uint32_t prog_id;
	uint64_t cgroup_id; /* 0: the cgroup is gone, the link is a husk */
	uint32_t attach_type;
};

/* Of the link behind @fd. -EINVAL where it is no cgroup link. */
int bpf_link_facts(int fd, struct link_facts *ret, struct error *err);

/* The id of the program behind @fd, or 0. */
uint32_t bpf_prog_id(int fd);
/*
 * The name of program @id into @name (16 bytes); "?" where the kernel does
 * not tell. Needs CAP_SYS_ADMIN.
 */
void bpf_prog_name(uint32_t id, char name[16]);

/*
 * Before 5.11 maps, and the storage that a link makes, count against RLIMIT_MEMLOCK, of all of
 * root's maps together: with the usual 64 KiB the fourth container is refused with ENOMEM. Take the
 * limit away, where the process may. Where it loads programs or makes a map, libbpf (1.0) has done so,
 * on such kernels alone.
 */
void bpf_lift_memlock(void);

#endif
