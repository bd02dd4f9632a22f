/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Run records: one JSON file for each policy in force, <runDir>/<key>.json,
 * 0600, written whole or not at all.
 */
#ifndef OCI_RECORD_H
#define OCI_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define RECORD_KEY_MAX 240 /* bytes of a key, so that <key>.json fits NAME_MAX */

struct run_record {
	char *key;    /* from record_key() */
	char *kind;   /* "container", "run" or "host" */
	char *id;     /* what people type: the container's id; for a host policy its cgroup path */
	char *bundle; /* "" where there is none */
	char *container, *pod, *namespace; /* NULL where not known */
	int64_t pid;			   /* at attach time; 0: none */
	char *cgroup;			   /* path below the cgroup2 mount, e.g. "/kubepods/x" */
	uint64_t cgroup_id;
	char *mode;
	char *source;	  /* as selection.source */
	char *policy;	  /* the policy's JSON text as it was given; NULL: recording without one */
	char *generation; /* SOCKOPT_GENERATION of the build that attached */
	char *size_class;
	char *digest; /* of the compiled policy; NULL: of an earlier build, or nothing compiled */
	uint32_t link_ids[2], prog_ids[2]; /* [0] setsockopt, [1] getsockopt; 0: none attached */
	bool guarded;			   /* a companion holds 32-bit calls too */
	int64_t maker;	 /* the process that called us: the runtime; 0: not known */
	int64_t made_at; /* milliseconds since boot, for comparing with processes' starts */
	int64_t created; /* seconds since the epoch, UTC */
};

/*
 * The key of a container: "<id>@<16 hex digits over id and bundle>", the id cut where the whole
 * would exceed RECORD_KEY_MAX, and each byte that no container id may have ("/" in a cgroup's path)
 * replaced by "_". The caller frees *@ret.
 *
 * The digits are FNV-1a (64 bits) over id and bundle, a NUL behind each. It is no cryptographic
 * hash: somebody who chooses id and bundle can make two containers share a key. All that this can
 * reach is a refusal, because the record holds both in full, and who finds a record under a
 * container's key compares them: record_is_of().
 */
int record_key(const char *id, const char *bundle, char **ret, struct error *err);

/* Whether @record is of this container, not of another that shares its key. NULL @bundle: "". */
bool record_is_of(const struct run_record *record, const char *id, const char *bundle);

/*
 * @run_dir is created (0700) where missing. Written to a temporary file, synced,
 * renamed. A folder that does not belong to the caller, or that others may write, is
 * refused by each function here (-EPERM).
 */
int record_write(const char *run_dir, const struct run_record *record, struct error *err);
/*
 * -ENOENT where there is none; -EBADMSG where it is damaged; -EINVAL where @key
 * is none. Freed by record_done().
 */
int record_read(const char *run_dir, const char *key, struct run_record *ret, struct error *err);
/* Whether there is a file for @key, readable or not. */
bool record_exists(const char *run_dir, const char *key);
/* Missing is success. */
int record_remove(const char *run_dir, const char *key, struct error *err);
void record_done(struct run_record *record);

/* All keys with a record, sorted; missing folder: none. The caller frees each and the array. */
int record_list(const char *run_dir, char ***ret_keys, size_t *ret_count, struct error *err);

#endif
