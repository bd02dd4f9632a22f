/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs that record and user space share: a container's slot, and what is kept of calls
 * that are alike. Layout only. Any change here changes the compiled object and with it the
 * generation; a change of what is in the map `recordings` is to change SOCKOPT_RECORDING_MAGIC too,
 * since a later build reads what an earlier one left there.
 */
#ifndef SOCKOPT_RECORD_H
#define SOCKOPT_RECORD_H

#include <linux/bpf.h>

#define SOCKOPT_RECORDER_MAGIC	0x52534f53u /* "SOSR": the slot has been written */
#define SOCKOPT_RECORDING_MAGIC 0x31534f53u /* "SOS1": in an owner's first entry */

/* Entries of all containers together, and of one. */
#define SOCKOPT_RECORDINGS     65536
#define SOCKOPT_RECORDINGS_OWN 1024

#define SOCKOPT_RECORDED_VALUES 16 /* distinct values of one entry */
#define SOCKOPT_RECORDED_WORDS	2  /* of eight bytes, of each value */
#define SOCKOPT_RECORDED_BYTES	(SOCKOPT_RECORDED_WORDS * 8)
#define SOCKOPT_RECORDED_LENGTH 255 /* optlen of a value as it is told: this or more */

/* In the cgroup's storage. */
struct sockopt_recorder {
	__u32 magic;
	__u32 reserved;
	__u64 owner;   /* the cgroup's id */
	__u64 entries; /* of this owner in the map, its first one not counted */
};

enum sockopt_recorded_call {
	SOCKOPT_RECORDED_SET,
	SOCKOPT_RECORDED_GET,
	/*
	 * An owner's first entry, all else of its key 0. User space makes it: a recording exists from
	 * then on. Its count is that of calls that found no room.
	 */
	SOCKOPT_RECORDED_OWNER,
};

struct sockopt_recorded_key {
	__u64 owner;
	__u32 call; /* enum sockopt_recorded_call */
	__u32 level, optname;
	__u32 family, type, protocol;
	/* 0, 1, 2, 4, 8: exactly that optlen; 16, 32, 64, 256, 4096, all ones: at most that */
	__u32 length;
	__u32 reserved;
};

struct sockopt_recorded {
	struct bpf_spin_lock lock;
	__u32 magic; /* in an owner's first entry */
	__u64 count;
	/* setsockopt of 1, 2, 4 or 8 bytes: the value as an integer of that width */
	__u64 umin, umax;
	__s64 smin, smax;
	/* setsockopt: values, zero-filled, and their optlen */
	__u8 n_values;
	__u8 more; /* there were others, which were not kept */
	__u8 reserved[6];
	__u8 lengths[SOCKOPT_RECORDED_VALUES];
	__u64 values[SOCKOPT_RECORDED_VALUES][SOCKOPT_RECORDED_WORDS];
};

_Static_assert(sizeof(struct sockopt_recorded_key) == 40, "a key has no holes");
/* With its key and the kernel's own header an entry takes 512 bytes of kernel memory. */
_Static_assert(sizeof(struct sockopt_recorded) == 328, "a value has no holes");

#endif
