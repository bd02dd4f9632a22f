// SPDX-License-Identifier: Apache-2.0
/*
 * The steps that put a policy in force. Their order is create()'s in oci-sockopt-hook.c, and
 * enforce_all() here is the same for the verbs.
 */
#include "enforce.h"

#include <string.h>
#include <sys/file.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/process.h"
#include "enforce-recording.h"

#define NSEC_PER_SEC 1000000000ull
#define LOCK_TRIES   500 /* of ten milliseconds */

int enforce_parse(struct enforcement *e, size_t length, struct error *err)
{
	int r = 0;

	/* Only recording goes without one. */
	if (e->record.policy)
		r = policy_parse(e->record.policy, length, &e->policy, err);
	return r ? error_prefix(err, "%s: policy", e->record.source) : 0;
}

static int set_text(char **field, const char *text, struct error *err)
{
	free(*field);
	*field = strdup(text);
	return *field ? 0 : error_set(err, ENOMEM, "out of memory");
}

/* What the programs have to know beside the rules. The bucket of tokens is full when they begin. */
static void fill_header(const struct enforcement *e, struct sockopt_policy *policy)
{
	uint64_t interval = NSEC_PER_SEC / e->config->events_per_second;

	if (e->mode == MODE_AUDIT)
		policy->flags |= SOCKOPT_FLAG_AUDIT;
	policy->event_interval = interval;
	policy->event_burst = interval * (e->config->events_burst - 1);
	memcpy(policy->id, e->record.id, strnlen(e->record.id, sizeof(policy->id)));
}

int enforce_compile(struct enforcement *e, struct error *err)
{
	int r = e->policy ? policy_compile(e->policy, &e->compiled, err) : 0;

	if (r)
		return error_prefix(err, "%s: policy", e->record.source);
	if (e->mode == MODE_RECORD) {
		/* It was checked, and is not applied. */
		compiled_done(&e->compiled);
		e->compiled = (struct compiled){.calls = CALL_SETSOCKOPT | CALL_GETSOCKOPT};
	} else {
		fill_header(e, e->compiled.policy);
	}
	return set_text(&e->record.mode, policy_mode_name(e->mode), err);
}

int enforce_check_ancestry(struct enforcement *e, struct error *err)
{
	return ancestry_check(&e->cgroup, e->compiled.calls, &e->before, err);
}

int enforce_lock(const struct host_config *config, int *ret, struct error *err)
{
	_cleanup_close_ int fd = -1;
	int r = folder_open_private(config->run_dir, true, &fd, err);

	if (r)
		return error_prefix(err, "%s", config->run_dir);
	for (int i = 0; flock(fd, LOCK_EX | LOCK_NB); i++) {
		if ((errno != EWOULDBLOCK && errno != EINTR) || i == LOCK_TRIES)
			return error_errno(err, errno,
					   "%s: waiting for another hook that holds its lock",
					   config->run_dir);
		nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
	}
	*ret = TAKE_FD(fd);
	return 0;
}

/*
 * The pins are of another run folder, @other. Where it has none left they become ours, under its lock: whoever holds that
 * is about to pin.
 */
static int take_over(struct enforcement *e, char other[PATH_MAX], struct error *err)
{
	_cleanup_close_ int lock = -1;
	char **keys = NULL;
	size_t n = 0;
	int r = folder_open_private(other, false, &lock, NULL);
	bool busy = r ? r != -ENOENT : flock(lock, LOCK_EX | LOCK_NB) != 0;

	r = pins_list(&e->pins, &keys, &n, err);
	free_strings(keys, n);
	if (!r && (busy || n))
		r = error_set(err, EEXIST,
			      "runDir %s: the policies pinned in %s have their run records in %s; "
			      "two configurations that share a bpffs would take away each other's: "
			      "give this one a bpffs of its own, or the same runDir",
			      e->config->run_dir, e->pins.root, other);
	r = r ?: pins_disown(&e->pins, err);
	return r ?: pins_claim(&e->pins, e->config->run_dir, other, err);
}

int enforce_open_folders(struct enforcement *e, struct error *err)
{
	char other[PATH_MAX];
	int r = pins_open(e->config->bpffs, true, &e->pins, err);

	r = r ?: enforce_lock(e->config, &e->lock, err);
	if (r)
		return r;
	r = pins_claim(&e->pins, e->config->run_dir, other, err);
	if (r != -EEXIST)
		return r;
	return file_is_same(e->config->run_dir, other) ? 0 : take_over(e, other, err);
}

struct program_class enforce_class(const struct enforcement *e)
{
	const struct size_class *class = e->compiled.class;

	if (e->mode == MODE_RECORD)
		return programs_recording;
	return (struct program_class){class->name, class->bounds, class->size};
}

int enforce_open_programs(struct enforcement *e, struct error *err)
{
	struct program_class wanted = enforce_class(e);

	if (!e->compiled.calls)
		return 0;
	return programs_open(&e->pins, &wanted, &e->programs, err);
}

int enforce_write_ahead(struct enforcement *e, struct error *err)
{
	_cleanup_close_ int pass = -1;
	int r = programs_open_pin(&e->pins, programs_generation(), e->compiled.class->name, "pass",
				  &pass, err);

	r = r ?: attachment_prepare(&e->attachment, &e->cgroup, pass, err);
	return r ?: enforce_write_storage(e, err);
}

int enforce_attach_links(struct enforcement *e, struct error *err)
{
	if (e->vacant)
		return attachment_add(&e->attachment, &e->cgroup, &e->programs, e->compiled.calls,
				      err);
	return attachment_link(&e->attachment, &e->cgroup, &e->programs, e->compiled.calls, err);
}

int enforce_write_storage(struct enforcement *e, struct error *err)
{
	if (!e->compiled.calls)
		return 0;
	if (e->mode == MODE_RECORD)
		return enforce_recording_begin(e, err);
	return attachment_write(&e->cgroup, &e->programs, e->compiled.policy, err);
}

int enforce_pin(struct enforcement *e, struct error *err)
{
	return attachment_pin(&e->attachment, &e->pins, e->record.key, err);
}

int enforce_confirm(struct enforcement *e, struct error *err)
{
	return ancestry_confirm(&e->cgroup, &e->before, e->attachment.prog_ids, err);
}

int enforce_write_record(struct enforcement *e, struct error *err)
{
	char digest[POLICY_DIGEST_MAX];
	struct timespec now;
	int r = set_text(&e->record.cgroup, e->cgroup.path, err);

	r = r ?: set_text(&e->record.generation, programs_generation(), err);
	r = r ?: set_text(&e->record.size_class, enforce_class(e).name, err);
	if (!r && e->compiled.policy) {
		policy_digest(e->compiled.policy, e->compiled.class->size, digest);
		r = set_text(&e->record.digest, digest, err);
	}
	if (r)
		return r;
	e->record.cgroup_id = e->cgroup.id;
	/* time() is behind by up to a tick: events of the policy before would be told as of this one. */
	clock_gettime(CLOCK_REALTIME, &now);
	e->record.created = now.tv_sec;
	/* Taken over where a policy is updated: the container is still that runtime's. */
	if (!e->record.made_at) {
		e->record.maker = getppid();
		e->record.made_at = process_now();
	}
	memcpy(e->record.link_ids, e->attachment.link_ids, sizeof(e->record.link_ids));
	memcpy(e->record.prog_ids, e->attachment.prog_ids, sizeof(e->record.prog_ids));
	r = record_write(e->config->run_dir, &e->record, err);
	return r ? error_prefix(err, "run record") : 0;
}

int enforce_all(struct enforcement *e, size_t length, struct error *err)
{
	int r = enforce_parse(e, length, err);
	bool ahead;

	r = r ?: enforce_compile(e, err);
	r = r ?: enforce_open_folders(e, err);
	r = r ?: enforce_settle_key(e, err);
	if (r || e->already)
		return r;
	r = enforce_check_ancestry(e, err);
	r = r ?: enforce_open_programs(e, err);
	/* A slot that records, and is not written yet, refuses nothing. */
	ahead = e->live && e->compiled.calls && e->mode != MODE_RECORD;
	if (!r && ahead)
		r = enforce_write_ahead(e, err);
	r = r ?: enforce_attach_links(e, err);
	if (!r && !ahead)
		r = enforce_write_storage(e, err);
	r = r ?: enforce_attach_companion(e, err);
	r = r ?: enforce_pin(e, err);
	r = r ?: enforce_confirm(e, err);
	r = r ?: enforce_write_record(e, err);
	if (r)
		enforce_undo(e);
	return r;
}

void enforce_undo(struct enforcement *e)
{
	if (e->attachment.pinned)
		record_remove(e->config->run_dir, e->record.key, NULL);
	attachment_undo(&e->attachment, &e->pins, e->record.key);
	if (e->mode == MODE_RECORD)
		enforce_recording_undo(e);
}

void enforce_done(struct enforcement *e)
{
	attachment_done(&e->attachment);
	programs_done(&e->programs);
	compiled_done(&e->compiled);
	policy_free(e->policy);
	cgroup_done(&e->cgroup);
	pins_done(&e->pins);
	record_done(&e->record);
	if (e->lock >= 0)
		close(e->lock);
	*e = (struct enforcement)ENFORCEMENT_NONE;
}
