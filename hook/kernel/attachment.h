/* SPDX-License-Identifier: Apache-2.0 */
/* One policy at one cgroup: links, the policy in the cgroup's storage, pins. Undone as a whole. */
#ifndef KERNEL_ATTACHMENT_H
#define KERNEL_ATTACHMENT_H

#include "kernel/cgroup.h"
#include "kernel/companion.h"
#include "kernel/pins.h"
#include "kernel/programs.h"

struct attachment {
	int links[2]; /* by call; -1: none */
	int pass;     /* a link that does nothing, and holds the storage; -1: none */
	uint32_t link_ids[2], prog_ids[2];
	int companion[COMPANION_LINKS]; /* its links; -1: none */
	bool pinned;
};
#define ATTACHMENT_NONE                                                                            \
	{                                                                                          \
		.links = {-1, -1}, .pass = -1, .companion = { -1, -1, -1 }                         \
	}

/*
 * Make the storage of @cgroup before any program reads it, by attaching @pass, which does nothing:
 * for a cgroup whose processes run already, and would be denied until its policy is written. The
 * storage stays when @pass goes, which it does once ours are attached.
 */
int attachment_prepare(struct attachment *a, const struct cgroup *cgroup, int pass,
		       struct error *err);

/*
 * Attach @programs to @cgroup for the @calls (bits 1 << call). The links live as
 * long as the attachment, or a pin. -EEXIST where a policy of ours is there already.
 */
int attachment_link(struct attachment *a, const struct cgroup *cgroup,
		    const struct programs *programs, unsigned int calls, struct error *err);

/*
 * The same where no policy of ours is, or beside one which has the storage, and no link for @calls.
 */
int attachment_add(struct attachment *a, const struct cgroup *cgroup,
		   const struct programs *programs, unsigned int calls, struct error *err);

/*
 * Put @policy (the class's size) into the storage of @cgroup, which the first program that is
 * attached has made; @policy->owner is set. One atomic exchange.
 */
int attachment_write(const struct cgroup *cgroup, const struct programs *programs,
		     struct sockopt_policy *policy, struct error *err);

/*
 * The same where the programs record: make the slot of @cgroup theirs. From then on calls are
 * recorded.
 */
int attachment_write_recorder(const struct cgroup *cgroup, const struct programs *programs,
			      struct error *err);

/* The link that is pinned as @link, see pins.h; -1: none. */
int attachment_fd(const struct attachment *a, size_t link);

/* Pin the links under @key. */
int attachment_pin(struct attachment *a, const struct pins *pins, const char *key,
		   struct error *err);

/* Take everything back: pins under @key where attachment_pin() made them, and the links. */
void attachment_undo(struct attachment *a, const struct pins *pins, const char *key);

/* Let go of the links; what is pinned stays in force. */
void attachment_done(struct attachment *a);

#endif
