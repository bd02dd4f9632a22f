/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a checked policy to the form that the BPF programs walk (bpf/sockopt-abi.h).
 * Rules are merged for each option that any rule names, so that order alone decides and
 * one look-up finds the first step.
 */
#ifndef POLICY_COMPILE_H
#define POLICY_COMPILE_H

#include "policy/policy.h"
#include "sockopt-effect.h"

/* The same BPF object, loaded with other bounds. */
struct size_class {
	const char *name; /* also the name of its folder of pins */
	struct sockopt_bounds bounds;
	size_t size; /* bytes of a policy in this class: the value size of its map */
};

enum {
	SIZE_SMALL,
	SIZE_MEDIUM,
	SIZE_LARGE,
	SIZE_CLASSES
};
extern const struct size_class size_classes[SIZE_CLASSES];
/* The class named @name; NULL where there is none, also for NULL. */
const struct size_class *size_class_by_name(const char *name);

struct compiled {
	/* class->size bytes, the rest zero; owner, id, mode and events are left 0: no events */
	struct sockopt_policy *policy;
	const struct size_class *class; /* the smallest that holds it */
	unsigned int
		calls; /* CALL_* that some rule or default could touch: which programs are needed */
	size_t used;   /* bytes of `policy` in use */
	unsigned int steps; /* the most steps that one call can take */
};

/*
 * Compile @policy. The result is freed by compiled_done(). -E2BIG where it exceeds the large class,
 * with what it needs and what there is; the numbers are those of sockopt-abi.h.
 */
int policy_compile(const struct policy *policy, struct compiled *ret, struct error *err);
/*
 * Make room for a class that is larger than the one that compile chose: for a policy that takes the
 * place of another one there. Smaller ones are refused (-EINVAL).
 */
int compiled_widen(struct compiled *compiled, const struct size_class *class, struct error *err);
void compiled_done(struct compiled *compiled);

/*
 * 16 hex digits (FNV-1a, 64 bits) over @policy, whose class has @size bytes, without what differs by
 * container and what the programs write: to tell whether the kernel has the policy that was written.
 */
#define POLICY_DIGEST_MAX 17
void policy_digest(const struct sockopt_policy *policy, size_t size, char text[POLICY_DIGEST_MAX]);

#endif
