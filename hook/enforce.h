/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Putting one policy in force at one cgroup, changing it, and taking it away: the steps that the
 * hook and the verbs share, each a function. enforce.c puts in force (enforce-companion.c for
 * 32-bit calls), enforce-update.c changes, enforce-keys.c takes away and sweeps. Joins policy/, oci/ and kernel/; only mains and verbs know it.
 */
#ifndef ENFORCE_H
#define ENFORCE_H

#include <stdbool.h>

#include "base/error.h"
#include "kernel/ancestry.h"
#include "kernel/attachment.h"
#include "oci/config.h"
#include "oci/record.h"
#include "policy/compile.h"

struct enforcement {
	const struct host_config *config; /* not owned */
	enum policy_mode mode;		  /* from the caller; MODE_ENFORCE is 0 */
	/* kind, id, bundle and the like from the caller; the rest is filled in on the way */
	struct run_record record;
	struct policy *policy;
	struct compiled compiled;
	struct cgroup cgroup;
	struct pins pins;
	int lock; /* on the run folder, while keys are looked at and changed */
	struct ancestry before;
	struct programs programs;
	struct attachment attachment;
	/* from the caller: a key that is in force at any cgroup is refused, not taken over */
	bool fresh;
	bool live; /* from the caller: processes run in the cgroup, and must not be denied meanwhile */
	bool vacant; /* nothing was attached to the cgroup itself, seen under the lock */
	bool guard; /* from the caller: hold 32-bit calls too, where the kernel has what it takes */
	struct error lack; /* why it has not; code 0: it has, or it was not asked for */
	bool already;	   /* the very same is in force: nothing is left to do */
};
#define ENFORCEMENT_NONE                                                                           \
	{                                                                                          \
		.cgroup = CGROUP_NONE, .lock = -1, .programs = PROGRAMS_NONE,                      \
		.attachment = ATTACHMENT_NONE                                                      \
	}

/*
 * record.policy, of @length bytes, into `policy` and `compiled`. In MODE_RECORD it may be NULL, and
 * is only checked. Errors start with record.source and "policy".
 */
int enforce_parse(struct enforcement *e, size_t length, struct error *err);
/* Also what the programs have to know beside the rules: mode, id, how many events. */
int enforce_compile(struct enforcement *e, struct error *err);
/* Would attaching to `cgroup` be refused, or displace a program of the host? */
int enforce_check_ancestry(struct enforcement *e, struct error *err);
/*
 * Our folder in bpffs, the run folder, and the lock on it: at most a few seconds are waited for it. -EEXIST where
 * what is pinned has its run records in another run folder, whose lock is another.
 */
int enforce_open_folders(struct enforcement *e, struct error *err);
/* The lock on the run folder; *@ret_fd holds it until it is closed. Waits a few seconds at most. */
int enforce_lock(const struct host_config *config, int *ret_fd, struct error *err);
/*
 * What is pinned under record.key already: the same policy at the same cgroup sets `already`;
 * another live policy is refused; a husk, or what an earlier container of that id left, is removed.
 * Husks of others are swept too, a bounded number.
 */
int enforce_settle_key(struct enforcement *e, struct error *err);
int enforce_open_programs(struct enforcement *e, struct error *err);
/*
 * Make the storage of the cgroup and write the policy into it before the programs come: for a cgroup
 * in which processes run.
 */
int enforce_write_ahead(struct enforcement *e, struct error *err);
int enforce_attach_links(struct enforcement *e, struct error *err);
/*
 * The companion, where `guard` is set: then either record.guarded is, or `lack` says why the kernel
 * has none.
 */
int enforce_attach_companion(struct enforcement *e, struct error *err);
int enforce_write_storage(struct enforcement *e, struct error *err);
int enforce_pin(struct enforcement *e, struct error *err);
/* Ask the kernel whether ours runs, first, and every parent's still does. */
int enforce_confirm(struct enforcement *e, struct error *err);
int enforce_write_record(struct enforcement *e, struct error *err);

/* All of the above from enforce_parse() on, and enforce_undo() where one fails. For the verbs. */
int enforce_all(struct enforcement *e, size_t length, struct error *err);

/*
 * Put record.policy in the place of the one that is in force under record.key, in *@mode; NULL for
 * either: as it is. The rest of `record` is taken from the run record. Processes run meanwhile: each
 * call is decided by one of the two. Where the new policy needs programs of another size class or
 * build, both hold for a moment. On failure the old policy stays as it was.
 */
int enforce_update(struct enforcement *e, const enum policy_mode *mode, struct error *err);

/* For the parts of this module. */
struct program_class enforce_class(const struct enforcement *e);
/* What of the companion @pinned has not yet (NULL: nothing), into `attachment`. */
int enforce_add_companion(struct enforcement *e, const struct pinned *pinned, struct error *err);

/* Take back every side effect of this enforcement. */
void enforce_undo(struct enforcement *e);
/* Release memory, descriptors and the lock; what is pinned stays in force. */
void enforce_done(struct enforcement *e);

/*
 * Take the policy @key away: pins and run record. Missing is success, and touches nothing. Where the run
 * record under that key is not of @id (NULL: anybody) and @bundle, nothing is removed. A recording is written first; where
 * that fails (a full disk), everything stays for a later try, which `sockoptctl gc` makes.
 * @pid: NULL for whoever may end a live policy. Otherwise the state's; ENFORCE_STAYS, and *@err says why, where the policy
 * was made for a later container of that id, which is alive: runc frees an id before it runs poststop hooks. It is known
 * by a runtime that began before the policy was made, and did not make it; where the run record cannot be read, which
 * says when that was, by processes in the cgroup.
 */
#define ENFORCE_STAYS 2
int enforce_remove(const struct host_config *config, const char *key, const char *id,
		   const char *bundle, const pid_t *pid, struct error *err);

/*
 * Remove husks: pins whose cgroup is gone, run records without pins. At most
 * @most pins are looked at (0: all).
 * *@ret_removed counts keys. @lock_held: the caller has the lock on the run folder. What cannot be removed does
 * not keep the rest; the first such error is told.
 */
int enforce_sweep(const struct host_config *config, const struct pins *pins, bool lock_held,
		  size_t most, size_t *ret_removed, struct error *err);

/*
 * Remove what is under @key; the caller holds the lock on the run folder. A recording is written
 * first, as enforce_remove() says.
 */
int enforce_remove_locked(const struct host_config *config, const struct pins *pins,
			  const char *key, struct error *err);

#endif
