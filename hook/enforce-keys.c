// SPDX-License-Identifier: Apache-2.0
/*
 * What is under the keys: one policy's pins and run record, looked at and changed under the lock on the run folder. Taking
 * policies away, and sweeping what crashes left.
 */
#include "enforce.h"

#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "enforce-alive.h"
#include "enforce-recording.h"

/*
 * A start leaves one husk at most, so it looks at a few keys. Where there are more, one start in several looks at as
 * many more: the kernel goes through the folder to the place where they are read.
 */
#define SWEEP_FEW   4
#define SWEEP_EVERY 8

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* @record: what was read under @key, or NULL. */
static int remove_known(const struct host_config *config, const struct pins *pins, const char *key,
			const struct run_record *record, struct error *err)
{
	/* A record that cannot be read does not protect its pins. */
	int r = record ? enforce_recording_finish(config, pins, record, err) : 0;

	if (r)
		return r;
	/* Pins first: a record without pins is swept, pins without a record look half done. */
	r = pins->root ? pins_remove(pins, key, err) : 0;
	return r ?: record_remove(config->run_dir, key, err);
}

/*
 * The record of @key, which is to be removed. One that is none is as good as missing; one that only cannot be read now may
 * be a recording's, or tell of a container that is alive.
 */
static int read_known(const struct host_config *config, const char *key, struct run_record *ret,
		      bool *ret_known, struct error *err)
{
	static const int none[] = {-ENOENT, -EBADMSG, -EINVAL, -EFBIG, -ELOOP};
	int r = record_read(config->run_dir, key, ret, err);

	*ret_known = !r;
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		if (r == none[i])
			return 0;
	}
	return r;
}

int enforce_remove_locked(const struct host_config *config, const struct pins *pins,
			  const char *key, struct error *err)
{
	struct run_record record = {0};
	bool known;
	int r = read_known(config, key, &record, &known, err);

	r = r ?: remove_known(config, pins, key, known ? &record : NULL, err);
	record_done(&record);
	return r;
}

/* Whether exactly the links that this enforcement would make are pinned, alive, and at our cgroup. */
static bool is_attached(const struct enforcement *e, const struct pinned *pinned)
{
	for (size_t call = 0; call < 2; call++) {
		bool wanted = e->compiled.calls & (1u << call);

		if ((pinned->fds[call] >= 0) != wanted)
			return false;
		if (wanted && pinned->facts[call].cgroup_id != e->cgroup.id)
			return false;
	}
	return true;
}

/* Whether @old, and what is pinned for it, is what this enforcement would put in force. */
static bool is_same(const struct enforcement *e, const struct pinned *pinned,
		    const struct run_record *old)
{
	return old->cgroup_id == e->cgroup.id && is_attached(e, pinned) &&
	       (!old->guarded ||
		companion_attached(pinned->facts, e->compiled.calls, e->cgroup.id)) &&
	       same_text(old->policy, e->record.policy) && same_text(old->mode, e->record.mode);
}

/* Whether one of the links is attached to a cgroup that is not ours. */
static bool is_elsewhere(const struct enforcement *e, const struct pinned *pinned)
{
	for (size_t call = 0; call < PINS_CALLS; call++) {
		if (pinned->fds[call] >= 0 && pinned->facts[call].cgroup_id != e->cgroup.id)
			return true;
	}
	return false;
}

/*
 * What is under our key already. What lost a link, or whose run record is missing, was left half done by a crash:
 * it is removed and made anew.
 */
static int settle(struct enforcement *e, const struct pinned *pinned, struct error *err)
{
	struct run_record old = {0};
	int r = record_read(e->config->run_dir, e->record.key, &old, err);

	if ((r == -ENOENT || r == -EBADMSG) && is_elsewhere(e, pinned) &&
	    enforce_pins_alive(pinned))
		r = error_set(err, EEXIST,
			      "another policy is in force for it already, its run record cannot be "
			      "read, and processes are in its cgroup: take it away with "
			      "\"sockoptctl detach %s\" first",
			      e->record.key);
	else if (r == -ENOENT || r == -EBADMSG)
		r = enforce_remove_locked(e->config, &e->pins, e->record.key, err);
	else if (!r && !record_is_of(&old, e->record.id, e->record.bundle))
		r = error_set(err, EEXIST, "key %s belongs to %s already", e->record.key, old.id);
	else if (!r && e->fresh && enforce_is_alive(&old))
		r = error_set(err, EEXIST, "id %s is in use, at cgroup %s: give another", old.id,
			      old.cgroup);
	else if (!r && is_same(e, pinned, &old))
		e->already = true;
	else if (!r && !pinned->husk && enforce_is_alive(&old))
		r = error_set(
			err, EEXIST,
			"another policy is in force for it already (%s, at cgroup %s): take it "
			"away with \"sockoptctl detach\" first",
			old.source ?: "of an unknown source", old.cgroup);
	else if (!r)
		r = enforce_remove_locked(e->config, &e->pins, e->record.key, err);
	record_done(&old);
	return r;
}

/*
 * Whether another key has a policy at our cgroup, of whatever class or build. All of them are looked through only where
 * something is attached there.
 */
static int refuse_second(struct enforcement *e, struct error *err)
{
	_cleanup_free_ struct attached *own = malloc(sizeof(*own));
	size_t n = 0, attached = 0;
	char **keys = NULL;
	int r = own ? 0 : error_set(err, ENOMEM, "out of memory");

	for (size_t call = 0; call < 2 && !r; call++) {
		r = bpf_attached(e->cgroup.fd, bpf_type_of_call(call), false, own, err);
		attached += own->count;
	}
	e->vacant = !r && !attached;
	if (r || !attached)
		return r;
	r = pins_list(&e->pins, &keys, &n, err);
	for (size_t i = 0; i < n && !r; i++) {
		struct pinned pinned;

		if (!strcmp(keys[i], e->record.key) || pins_get(&e->pins, keys[i], &pinned, NULL))
			continue;
		for (size_t call = 0; call < 2 && !r; call++) {
			if (pinned.fds[call] >= 0 && pinned.facts[call].cgroup_id == e->cgroup.id)
				r = error_set(err, EEXIST,
					      "cgroup %s has a policy of ours already, under %s: "
					      "\"sockoptctl detach\" takes it away",
					      e->cgroup.path, keys[i]);
		}
		pinned_done(&pinned);
	}
	free_strings(keys, n);
	return r;
}

/* How many keys this start looks at; 0: none. */
static size_t sweep_size(const struct pins *pins)
{
	struct timespec now;

	if (pins_count(pins) <= SWEEP_FEW)
		return SWEEP_FEW;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_nsec / 1000 % SWEEP_EVERY ? 0 : SWEEP_FEW * SWEEP_EVERY;
}

int enforce_settle_key(struct enforcement *e, struct error *err)
{
	struct pinned pinned;
	size_t removed, most;
	int r = pins_get(&e->pins, e->record.key, &pinned, err);

	if (r)
		return r;
	if (pinned.exists)
		r = settle(e, &pinned, err);
	else if (pins_pending(&e->pins, e->record.key) ||
		 record_exists(e->config->run_dir, e->record.key))
		r = enforce_remove_locked(e->config, &e->pins, e->record.key, err);
	pinned_done(&pinned);
	/*
	 * Husks cost nothing but memory: a container starts all the
	 * same when they cannot be removed.
	 */
	most = sweep_size(&e->pins);
	if (!r && most)
		enforce_sweep(e->config, &e->pins, true, most, &removed, NULL);
	return r || e->already ? r : refuse_second(e, err);
}

static int remove_key(const struct host_config *config, const struct pins *pins, const char *key,
		      const char *id, const char *bundle, const pid_t *pid, struct error *err)
{
	_cleanup_close_ int lock = -1;
	struct run_record record = {0};
	bool known = false;
	int r, may = 1;

	if ((!pins->root || !pins_exist(pins, key)) && !record_exists(config->run_dir, key))
		return 0;
	r = enforce_lock(config, &lock, err);
	r = r ?: read_known(config, key, &record, &known, err);
	if (!r && known)
		may = enforce_may_remove(&record, id, bundle, pid, err);
	else if (!r && pid)
		may = enforce_may_remove_unknown(pins, key, err);
	if (!r)
		r = may == 1 ? remove_known(config, pins, key, known ? &record : NULL, err) : may;
	record_done(&record);
	return r;
}

int enforce_remove(const struct host_config *config, const char *key, const char *id,
		   const char *bundle, const pid_t *pid, struct error *err)
{
	struct pins pins = {0};
	int r = pins_open(config->bpffs, false, &pins, err);

	/* No folder of ours in bpffs, or no bpffs: nothing is pinned. */
	if (r == -ENOENT)
		r = 0;
	r = r ?: remove_key(config, &pins, key, id, bundle, pid, err);
	pins_done(&pins);
	return r;
}

/* ---- husks ---- */

/*
 * Whether the policy of @key outlived its cgroup: 1 or 0, or a negative errno. A policy without links is judged by its
 * record, and so is one whose links somebody detached: what is left of it, if only the word that it is not in
 * force, stays as long as the container. A recording that has ended has no links either, and goes.
 */
static int is_husk(const struct host_config *config, const struct pins *pins, const char *key,
		   struct error *err)
{
	struct run_record record = {0};
	struct cgroup cgroup = CGROUP_NONE;
	struct pinned pinned;
	bool known;
	int r = pins_get(pins, key, &pinned, err);

	if (r)
		return r;
	if (!pinned.exists || pinned_attached(&pinned)) {
		r = !pinned.exists;
		pinned_done(&pinned);
		return r;
	}
	r = read_known(config, key, &record, &known, err);
	if (!r)
		r = !known || !strcmp(record.mode, policy_mode_name(MODE_RECORD)) ||
		    (pinned.husk ? !enforce_is_alive(&record)
				 : !enforce_find_cgroup(&record, &cgroup));
	record_done(&record);
	cgroup_done(&cgroup);
	pinned_done(&pinned);
	return r;
}

/* Run records whose pins are gone: what a crash between the two removals leaves. */
static int sweep_records(const struct host_config *config, const struct pins *pins, size_t *removed,
			 struct error *err)
{
	struct pinned pinned;
	size_t n = 0;
	char **keys;
	int r = record_list(config->run_dir, &keys, &n, err);

	if (r)
		return r;
	for (size_t i = 0; i < n; i++) {
		int failed = pins_get(pins, keys[i], &pinned, r ? NULL : err);

		if (!failed && !pinned.exists) {
			failed = enforce_remove_locked(config, pins, keys[i], r ? NULL : err);
			*removed += !failed;
		}
		pinned_done(&pinned);
		r = r ?: failed;
	}
	free_strings(keys, n);
	return r;
}

int enforce_sweep(const struct host_config *config, const struct pins *pins, bool lock_held,
		  size_t most, size_t *ret_removed, struct error *err)
{
	_cleanup_close_ int lock = -1;
	size_t n = 0;
	char **keys;
	int r = lock_held ? 0 : enforce_lock(config, &lock, err);

	*ret_removed = 0;
	if (!r)
		r = most ? pins_sample(pins, most, &keys, &n, err)
			 : pins_list(pins, &keys, &n, err);
	if (r)
		return r;
	for (size_t i = 0; i < n; i++) {
		int husk = pins_attached(pins, keys[i])
				   ? 0
				   : is_husk(config, pins, keys[i], r ? NULL : err);
		int failed = husk < 0 ? husk : 0;

		if (husk > 0) {
			failed = enforce_remove_locked(config, pins, keys[i], r ? NULL : err);
			*ret_removed += !failed;
		}
		r = r ?: failed;
	}
	free_strings(keys, n);
	if (most)
		return r;
	r = r ?: sweep_records(config, pins, ret_removed, err);
	return r ?: enforce_recording_collect(config, pins, err);
}
