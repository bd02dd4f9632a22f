/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of known socket options: name, numbers, the type of the value and how the kernel reads
 * it. Data and look-ups only; what a policy does with an option stands elsewhere.
 */
#ifndef POLICY_OPTIONS_H
#define POLICY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALL_SETSOCKOPT (1u << 0)
#define CALL_GETSOCKOPT (1u << 1)
#define CALL_BOTH	(CALL_SETSOCKOPT | CALL_GETSOCKOPT)

enum value_kind {
	VALUE_NONE,   /* nothing is known of the value, or there is none: no rule may look at it */
	VALUE_INT,    /* one integer */
	VALUE_STRING, /* text, ended by NUL or by optlen */
	VALUE_BYTES,  /* opaque bytes */
	VALUE_STRUCT, /* named integer fields */
};

/* What the kernel makes of an integer before it acts on it. */
enum value_norm {
	NORM_NONE,
	NORM_BOOL,	/* any value but 0 means 1 */
	NORM_LOW8,	/* only the low eight bits count (IP_TOS) */
	NORM_MINUS_1_0, /* -1 means 0 (IPV6_TCLASS) */
	NORM_MINUS_1_1, /* -1 means 1 (IP_MULTICAST_TTL) */
};

/* What the kernel makes of an integer when optlen is shorter than its type. */
enum value_shorter {
	SHORTER_REFUSED, /* EINVAL */
	SHORTER_BYTE,	 /* 1 to 3: one unsigned byte; 0: the value 0 (level SOL_IP) */
	SHORTER_ZERO,	 /* the value 0 (level SOL_NETLINK) */
};

struct option_field {
	const char *name;
	uint16_t offset; /* bytes from the start of the value */
	uint8_t width;	 /* bytes: 1, 2, 4 or 8, host byte order */
	bool is_signed;	 /* how the kernel compares it; the header may declare it otherwise */
	bool is_flag;	 /* any value but 0 means 1 */
};

struct option_type {
	const char *name; /* as printed by `sockoptctl options`, e.g. "int", "u32", "linger" */
	enum value_kind kind;
	/*
	 * INT: width in bytes (1, 2, 4, 8). STRUCT: sizeof. BYTES: the fixed size, 0 where it
	 * varies. STRING: the most bytes that the kernel looks at, its own NUL not counted
	 * (IFNAMSIZ - 1).
	 */
	uint16_t size;
	/* INT: how the kernel compares it; false too where it takes -1 as "largest" */
	bool is_signed;
	/* INT of 4 bytes that the kernel reads as 8 when optlen allows (SO_MAX_PACING_RATE) */
	bool wide;
	enum value_norm norm;
	enum value_shorter shorter;
	const struct option_field *fields; /* STRUCT: ended by a NULL name; else NULL */
};

struct option {
	const char *name;
	uint32_t level;
	uint32_t optname;
	uint8_t calls; /* CALL_*: the calls this row describes */
	const struct option_type *type;
};

struct option_group {
	const char *name;	    /* with the '@' */
	const char *description;    /* one sentence: what it closes */
	const char *const *options; /* names in the table, ended by NULL */
};

struct option_level {
	const char *name;
	uint32_t level;
};

/* The whole tables, for printing and for tests. @count receives the number of rows. */
const struct option *options_all(size_t *count);
const struct option_group *groups_all(size_t *count);
const struct option_level *levels_all(size_t *count);

/*
 * The next row named @name after @prev (NULL: the first), or NULL. One name has several rows where
 * the kernel has several numbers for it (SO_RCVTIMEO is 20 and 66; UDP options also answer at level
 * SOL_UDPLITE), or where setsockopt and getsockopt take different types.
 */
const struct option *option_by_name(const char *name, const struct option *prev);

/* The row of a pair of numbers for one call (CALL_SETSOCKOPT or CALL_GETSOCKOPT), or NULL. */
const struct option *option_by_number(uint32_t level, uint32_t optname, unsigned int call);

const struct option_group *group_by_name(const char *name);
const struct option_level *level_by_name(const char *name);
/* The first name of a level number, or NULL. */
const char *level_name(uint32_t level);

/*
 * The types a policy may give to numbers: int, u32, u8, u64, string,
 * bytes, linger, timeval. Or NULL.
 */
const struct option_type *option_type_by_name(const char *name);

#endif
