/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the BPF programs and user space share: the compiled policy with its counters, events, what a
 * socket keeps, limits.
 * Layout only; how a policy is decided stands in sockopt-engine.h. Any change here changes the
 * compiled object and with it the generation under which programs and maps are pinned, so two
 * layouts never meet.
 *
 * All integers are in host byte order. Little-endian hosts only: a short integer is read from the
 * low end of a word.
 */
#ifndef SOCKOPT_ABI_H
#define SOCKOPT_ABI_H

#include <linux/types.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the engine reads short integers from the low end of a word: little-endian hosts only"
#endif

#define SOCKOPT_MAGIC 0x50534f53u /* "SOSP": the slot has been written; anything else denies */

/* The kernel hands a program at most a page of the value, whatever optlen says. */
#define SOCKOPT_PAGE 4096
/* A setsockopt program always has at least this much buffer, zero-filled beyond optlen. */
#define SOCKOPT_MIN_ROOM  16
#define SOCKOPT_VALUE_MAX 256 /* bytes of one value: to put in place, to compare with, to keep */
#define SOCKOPT_KEPT_MAX  8   /* emulated options that one socket keeps, of all policies above it */

/*
 * A policy is a header and an arena of 16-byte cells that holds, in this order, displacements,
 * keys, values, steps and counters. Size classes are the same object loaded with other bounds: the small
 * one fits the page that kernels before 5.15 allow for cgroup storage, the large one the 64 KiB that
 * later ones do. Beyond two pages the kernel gives memory in powers of two; the medium class is the
 * half of the large one.
 */
#define SOCKOPT_CELL	     16
#define SOCKOPT_SMALL_CELLS  224
#define SOCKOPT_MEDIUM_CELLS 2016
#define SOCKOPT_LARGE_CELLS  4052
/*
 * The most steps that one call may take. Before bpf_loop() (5.17) more than 320 exceed the verifier's
 * 8192 branches.
 */
#define SOCKOPT_SMALL_STEPS 64
#define SOCKOPT_LARGE_STEPS 320

#define SOCKOPT_FLAG_LEVELS 0x1u /* some keys stand for a whole level: optname is SOCKOPT_ANY */
#define SOCKOPT_FLAG_AUDIT  0x2u /* verdicts are counted and told, and nothing is changed */
#define SOCKOPT_ANY	    0xffffffffu

struct sockopt_key {
	__u32 level;
	__u32 optname;
	__u16 first[2]; /* step to start at, by call: [0] setsockopt, [1] getsockopt */
	__u32 used;	/* 0: an empty place of the table */
};

enum sockopt_op {
	/* tests: go on at `yes` or at `no` */
	SOCKOPT_OP_SOCKET,   /* a: bitmap of families, b: bitmap of types; 0: any */
	SOCKOPT_OP_PROTOCOL, /* a <= protocol <= b */
	SOCKOPT_OP_VALUE, /* read an integer: acc = (value & a) ^ b; `no` where there is no value */
	SOCKOPT_OP_RANGE, /* a <= acc <= b, unsigned */
	SOCKOPT_OP_TEXT, /* settle a string or bytes, `size` at most; `no` where there is no value */
	SOCKOPT_OP_WORD,     /* (8 bytes at `offset`, 0 beyond the value's end) & a == b */
	SOCKOPT_OP_LENGTH,   /* a <= length of the value <= b */
	SOCKOPT_OP_REDIRECT, /* level = a, optname = b; goes on at `yes` */
	/* verdicts: the walk ends here */
	SOCKOPT_OP_ALLOW,
	SOCKOPT_OP_DENY, /* errno in a */
	SOCKOPT_OP_IGNORE,
	SOCKOPT_OP_CLAMP,   /* after VALUE: acc into a..b */
	SOCKOPT_OP_MASK,    /* after VALUE: (acc & a) | b */
	SOCKOPT_OP_REPLACE, /* `size` bytes at byte `offset` of the arena take the value's place */
	SOCKOPT_OP_ANSWER,  /* the same, even where the kernel failed */
	SOCKOPT_OP_EMULATE, /* keep with the socket; initial: `size` at `offset`; a: kept bytes */
};

/* How SOCKOPT_OP_VALUE reads and what the kernel would make of it. */
#define SOCKOPT_SIGNED	   0x01u
#define SOCKOPT_BOOL	   0x02u /* any value but 0 is 1 */
#define SOCKOPT_MINUS_1_0  0x04u /* -1 is 0 */
#define SOCKOPT_MINUS_1_1  0x08u /* -1 is 1 */
#define SOCKOPT_SHORT_BYTE 0x10u /* optlen 1..3: one unsigned byte; 0: the value 0 */
#define SOCKOPT_SHORT_ZERO 0x20u /* optlen below `size`: the value 0 */
#define SOCKOPT_WIDE	   0x40u /* 8 bytes where optlen allows; all ones in 4 bytes is all ones in 8 */
#define SOCKOPT_LOW	   0x80u /* the low bytes of an integer of `size`: only they count */
/* With these alone an integer that is there in its whole width is taken as it is. */
#define SOCKOPT_PLAIN (SOCKOPT_SIGNED | SOCKOPT_SHORT_BYTE | SOCKOPT_SHORT_ZERO)
/* How SOCKOPT_OP_TEXT and SOCKOPT_OP_EMULATE take the value. */
#define SOCKOPT_STRING 0x01u /* ended by NUL or at `size`, the most that the kernel looks at */
#define SOCKOPT_FIXED  0x02u /* shorter than `size` is EINVAL */

struct sockopt_step {
	__u8 op;
	__u8 flags;
	__u8 width; /* VALUE, CLAMP, MASK: bytes, 1, 2, 4 or 8 */
	__u8 log;   /* an event is wanted */
	__u16 yes;  /* steps count from the first step of the policy */
	__u16 no;
	__u16 offset; /* VALUE, WORD: in the value; REPLACE, ANSWER, EMULATE: in the arena */
	__u16 size;
	__u16 rule; /* the index of this verdict's rule; SOCKOPT_NO_RULE: the default action */
	__u16 reserved;
	__u64 a;
	__u64 b;
};
#define SOCKOPT_NO_RULE 0xffffu

/* Of one rule. Only the programs count; a new policy begins at 0. */
struct sockopt_counter {
	__u64 passes;  /* calls that the rule decided and let through as they were */
	__u64 denials; /* refused. In audit mode: would have been */
	__u64 changes; /* changed in any other way, the kernel skipped among them */
};

/*
 * Calls that no rule names and the default action allows. They are to cost as little as can be, so
 * processors count on different cache lines: the CPU's number modulo SOCKOPT_SHARDS says on which.
 */
#define SOCKOPT_SHARDS 4
struct sockopt_unmatched {
	__u64 calls[2]; /* by call */
	__u64 padding[6];
};

#define SOCKOPT_ID_MAX 64 /* bytes of the policy's id in events; a longer one is cut */

struct sockopt_policy {
	__u32 magic;
	__u32 flags;
	__u64 owner; /* the cgroup's id: tells one policy's kept values from another's */
	__u64 seed;  /* of the key table; searched by the compiler so that no two keys meet */
	/*
	 * By the high byte of an option's hash: whether the policy may have anything to say of it. A
	 * call whose bit is 0 goes on as it is.
	 */
	__u64 concerns[4];
	__u16 n_slots;	 /* places of the key table; 0: no keys */
	__u16 n_buckets; /* displacements, one __u16 each, from cell 0 */
	__u16 keys;	 /* cell of the first key */
	__u16 steps;	 /* cell of the first step */
	__u16 n_steps;
	__u16 cells;	/* cells in use */
	__u16 first[2]; /* step to start at for an option that no key names, by call */
	__u64 zero;	/* 0; the verifier does not know, see sockopt_forget() */
	__u16 counters; /* cell of the counters: one for each rule, then the default action's */
	__u16 n_rules;
	__u32 reserved;
	/*
	 * A bucket of tokens for events: one costs `event_interval`, and the bucket holds `event_burst`
	 * (nanoseconds). It is full again at `event_next`, which the programs write.
	 */
	__u64 event_interval; /* 0: no events */
	__u64 event_burst;
	__u64 event_next;
	/* events that could not be told: the ring was full, the bucket was empty */
	__u64 lost_full;
	__u64 lost_rate;
	__u8 id[SOCKOPT_ID_MAX]; /* what people type; ended by NUL where it is shorter */
	struct sockopt_unmatched unmatched[SOCKOPT_SHARDS];
	__u8 arena[];
};

#define SOCKOPT_EVENT_BYTES 16 /* of a value before and after */
#define SOCKOPT_RING_BYTES  (1u << 20)

/* One verdict, told through the ring buffer `events`. */
struct sockopt_event {
	__u64 time;  /* nanoseconds since boot, suspension counted (CLOCK_BOOTTIME) */
	__u64 owner; /* of the policy */
	__u64 lost_full, lost_rate; /* of the policy, when this was told */
	__u32 level, optname, to_level, to_optname;
	__s32 optlen, to_optlen; /* -1: the kernel is skipped */
	__s32 retval;		 /* getsockopt: what the kernel returned */
	__u32 error; /* SOCKOPT_OP_DENY: positive errno, as the caller gets it from this kernel */
	__u32 pid, tid; /* in the host's numbers; 0: this kernel does not tell */
	__u32 uid;
	__u32 family, type, protocol;
	__u16 rule;			  /* or SOCKOPT_NO_RULE */
	__u8 op;			  /* enum sockopt_op: ALLOW and above */
	__u8 get;			  /* 1: getsockopt */
	__u8 audit;			  /* 1: the verdict was not carried out */
	__u8 before_length, after_length; /* bytes of those below */
	__u8 changes;			  /* 1: the call is, or would be, another */
	__u8 before[SOCKOPT_EVENT_BYTES], after[SOCKOPT_EVENT_BYTES];
	__u8 id[SOCKOPT_ID_MAX];
};

/* In blocks, as large as the verifier is to look at in one piece. */
#define SOCKOPT_BLOCK 64
struct sockopt_block {
	__u64 words[SOCKOPT_BLOCK / 8];
};
struct sockopt_value {
	struct sockopt_block blocks[SOCKOPT_VALUE_MAX / SOCKOPT_BLOCK];
};

/* What a socket keeps for emulated options; the entry is found by owner and numbers. */
struct sockopt_kept_entry {
	__u64 owner;  /* 0: free */
	__u64 option; /* level << 32 | optname */
	__u32 length;
	__u32 reserved;
	struct sockopt_value value;
};

struct sockopt_kept {
	struct sockopt_kept_entry entries[SOCKOPT_KEPT_MAX];
};

_Static_assert(sizeof(struct sockopt_key) == SOCKOPT_CELL, "a key is one cell");
_Static_assert(sizeof(struct sockopt_step) == 2 * SOCKOPT_CELL, "a step is two cells");
_Static_assert(sizeof(struct sockopt_policy) == 28 * SOCKOPT_CELL, "the arena starts on a cell");
_Static_assert(sizeof(struct sockopt_event) == 192, "an event has no holes");
/* 5.10 allows a page for the value and the kernel's own header of 24 bytes. */
_Static_assert(sizeof(struct sockopt_policy) + SOCKOPT_SMALL_CELLS * SOCKOPT_CELL <= 4096 - 64,
	       "the small class fits a page");
_Static_assert(sizeof(struct sockopt_policy) + SOCKOPT_MEDIUM_CELLS * SOCKOPT_CELL <= 32768 - 64,
	       "the medium class fits half of that");
_Static_assert(sizeof(struct sockopt_policy) + SOCKOPT_LARGE_CELLS * SOCKOPT_CELL <= 65536 - 128,
	       "the large class fits what cgroup storage takes");

#endif
