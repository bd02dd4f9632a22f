/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what was seen of a program to a policy that allows just that, and several such policies
 * joined into one. Knows no kernel: who saw it, and where it was kept, is the caller's affair.
 */
#ifndef POLICY_RECORDING_H
#define POLICY_RECORDING_H

#include "policy/policy.h"

#define OBSERVED_VALUES 16 /* distinct values kept */
#define OBSERVED_BYTES	16 /* bytes of each */

/* One aggregate: all calls alike in call, level, optname, kind of socket and length class. */
struct observed {
	unsigned int call; /* CALL_SETSOCKOPT or CALL_GETSOCKOPT */
	uint32_t level, optname;
	uint32_t family, type, protocol; /* of the socket */
	/* 0, 1, 2, 4, 8: exactly that optlen; 16, 32, 64, 256, 4096, UINT32_MAX: at most that */
	uint32_t length;
	uint64_t count;
	/*
	 * setsockopt alone. The bounds of the value as an integer of `length` bytes in host byte
	 * order, for the lengths 1, 2, 4 and 8.
	 */
	uint64_t umin, umax;
	int64_t smin, smax;
	size_t n_values;
	bool more; /* there were other values, which were not kept */
	struct {
		uint8_t bytes[OBSERVED_BYTES]; /* the first ones of the value, 0 beyond its end */
		uint8_t length;		       /* optlen; above OBSERVED_BYTES: any such */
	} values[OBSERVED_VALUES];
};

/* How close the rules keep to the values of setsockopt that were seen. */
enum bounds {
	BOUNDS_EXACT, /* those values; a range where not all of them are known */
	BOUNDS_RANGE, /* integers from the least to the greatest, names as seen, others free */
	BOUNDS_ANY,   /* options and sockets alone */
};
/* "exact", "range" or "any"; -EINVAL for any other word. */
int bounds_by_name(const char *word, enum bounds *ret, struct error *err);

struct recording {
	struct observed *seen;
	size_t n;
	uint64_t missed; /* calls of kinds beyond those that could be kept */
	char *name;	 /* of what was recorded; NULL: "recording" */
};

/*
 * The policy that allows what @r holds and denies all else, as JSON text that policy_parse()
 * accepts; the caller frees it. Where all of it would not fit in a policy, bounds of values go
 * first, kinds of socket last, and the description says so. What no policy can name is left out and
 * told there too, and so are calls of more options than a policy can name. -E2BIG where even that
 * does not fit.
 */
int recording_policy(const struct recording *r, enum bounds bounds, char **ret_text,
		     struct error *err);

struct recorded {
	const char *source; /* the file, for messages */
	const struct policy *policy;
};

/*
 * The policy that allows what any of the @n policies allows, which recording_policy() or this
 * function has made: they deny by default, and their rules allow single options. The order of
 * @recorded does not matter. Ranges grow until they hold both; where one has no bounds there are
 * none. -EINVAL for another policy, with source and place in @err.
 */
int recording_merge(const struct recorded *recorded, size_t n, enum bounds bounds, char **ret_text,
		    struct error *err);

#endif
