/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what a policy was made for is alive. For the parts of enforce.h's module. */
#ifndef ENFORCE_ALIVE_H
#define ENFORCE_ALIVE_H

#include "enforce.h"

/*
 * The cgroup that @record was made for; false where it is gone. Where that cannot be told it is taken to be there, and
 * @ret->fd is -1. @ret is to be released in all cases.
 */
bool enforce_find_cgroup(const struct run_record *record, struct cgroup *ret);

/*
 * Whether the cgroup of @record is still there and in use: then its policy is not ours to remove. A host's policy is in
 * use without any process.
 */
bool enforce_is_alive(const struct run_record *record);

/* The same where there is no record: whether processes are in a cgroup that one of @pinned is attached to. */
bool enforce_pins_alive(const struct pinned *pinned);

/* May what @record tells of be removed, for a state's @pid? 1: yes; 0: it is another's; ENFORCE_STAYS. */
int enforce_may_remove(const struct run_record *record, const char *id, const char *bundle,
		       const pid_t *pid, struct error *err);
/*
 * The same at the end of a container whose record is gone or damaged: of whom the pins under @key are cannot be told, and
 * they stay while processes are in their cgroup. Or a negative errno.
 */
int enforce_may_remove_unknown(const struct pins *pins, const char *key, struct error *err);

#endif
