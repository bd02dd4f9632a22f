/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MODE_RECORD: from what the kernel kept of a cgroup's calls to a policy in the host's record folder.
 * Joins kernel/recordings and policy/recording, which do not know each other. Who takes a policy away
 * calls this first; see enforce.h for the rest.
 */
#ifndef ENFORCE_RECORDING_H
#define ENFORCE_RECORDING_H

#include "enforce.h"
#include "policy/recording.h"

/* How close recordings of containers keep to the values that were seen. */
#define ENFORCE_RECORDING_BOUNDS BOUNDS_RANGE

/* After the links: begin the recording of e->cgroup. Calls are recorded from then on. */
int enforce_recording_begin(struct enforcement *e, struct error *err);
/* Forget what was recorded since, after the links are gone. */
void enforce_recording_undo(struct enforcement *e);

/*
 * The policy that allows what was recorded of @record so far, as JSON, its name @name (NULL: the
 * container's, or the id). Nothing is forgotten. -ENOENT where nothing is being recorded,
 * -ESTALE where the map is gone that it was in. The caller frees *@ret_text.
 */
int enforce_recording_text(const struct pins *pins, const struct run_record *record,
			   enum bounds bounds, const char *name, char **ret_text,
			   struct error *err);

/* Detach what records for @record, so that its recording is final. */
int enforce_recording_stop(const struct pins *pins, const struct run_record *record,
			   struct error *err);
/* Forget what was recorded of @record. */
int enforce_recording_drop(const struct pins *pins, const struct run_record *record,
			   struct error *err);

/*
 * The end of a recording: no call is recorded any more, the policy is written to <recordDir>/<id>.json
 * (an older one becomes <id>.json.old), and what was recorded is forgotten. Success, and nothing
 * written, where @record is not in MODE_RECORD or its recording was dropped. On failure nothing is
 * forgotten and the same can be tried again. What no second try could make better, because the
 * recording cannot be told as a policy, is a warning in the log and success.
 */
int enforce_recording_finish(const struct host_config *config, const struct pins *pins,
			     const struct run_record *record, struct error *err);

/*
 * Forget recordings that no run record names. The caller holds the lock on the run folder. -EBADMSG
 * where a run record cannot be read, which may name one: nothing is forgotten then.
 */
int enforce_recording_collect(const struct host_config *config, const struct pins *pins,
			      struct error *err);

#endif
