// SPDX-License-Identifier: Apache-2.0
/*
 * From entries of the kernel's map to `struct observed`, from those to a policy, and from that to a
 * file. The order at the end: links, file, entries; so that no call is forgotten that was not told,
 * and what fails can be tried again.
 */
#include "enforce-recording.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "kernel/recordings.h"

#define SUFFIX	   ".json"
#define NAME_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

int enforce_recording_begin(struct enforcement *e, struct error *err)
{
	_cleanup_close_ int fd = -1;
	int r = recordings_open(&e->pins, NULL, &fd, err);

	r = r ?: recordings_begin(fd, e->cgroup.id, err);
	return r ?: attachment_write_recorder(&e->cgroup, &e->programs, err);
}

void enforce_recording_undo(struct enforcement *e)
{
	_cleanup_close_ int fd = -1;

	if (e->cgroup.id && !recordings_open(&e->pins, NULL, &fd, NULL))
		recordings_drop(fd, e->cgroup.id, NULL);
}

/* ---- translation ---- */

static void observe(const struct recorded_calls *from, struct observed *to)
{
	const struct sockopt_recorded *value = &from->value;

	*to = (struct observed){
		.call = from->key.call == SOCKOPT_RECORDED_GET ? CALL_GETSOCKOPT : CALL_SETSOCKOPT,
		.level = from->key.level,
		.optname = from->key.optname,
		.family = from->key.family,
		.type = from->key.type,
		.protocol = from->key.protocol,
		.length = from->key.length,
		.count = value->count,
		.umin = value->umin,
		.umax = value->umax,
		.smin = value->smin,
		.smax = value->smax,
		.n_values = value->n_values,
		.more = value->more,
	};
	for (size_t i = 0; i < to->n_values && i < OBSERVED_VALUES; i++) {
		memcpy(to->values[i].bytes, value->values[i], OBSERVED_BYTES);
		to->values[i].length = value->lengths[i];
	}
}

_Static_assert(OBSERVED_VALUES == SOCKOPT_RECORDED_VALUES, "values are handed over one by one");
_Static_assert(OBSERVED_BYTES == SOCKOPT_RECORDED_BYTES, "and whole");

/* What a policy may be called, made of any text. */
static char *policy_name(const char *text)
{
	char *name = strndup(text, POLICY_NAME_MAX);

	for (char *p = name; p && *p; p++) {
		if (!strchr(NAME_BYTES, *p))
			*p = '-';
	}
	return name;
}

static int make_text(const struct recorded_all *all, enum bounds bounds, const char *name,
		     char **ret_text, struct error *err)
{
	_cleanup_free_ struct observed *seen = calloc(all->n + 1, sizeof(*seen));
	_cleanup_free_ char *own_name = policy_name(name);
	const struct recording recording = {seen, all->n, all->missed, own_name};

	if (!seen || !own_name)
		return error_set(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < all->n; i++)
		observe(&all->calls[i], &seen[i]);
	return recording_policy(&recording, bounds, ret_text, err);
}

/* ---- one recording ---- */

static bool is_recording(const struct run_record *record)
{
	return !strcmp(record->mode, policy_mode_name(MODE_RECORD));
}

static int open_map(const struct pins *pins, const struct run_record *record, int *ret_fd,
		    struct error *err)
{
	int r;

	if (!pins->root || !is_recording(record))
		return error_set(err, ENOENT, "%s is in mode \"%s\": only mode \"record\" records",
				 record->id, record->mode);
	r = recordings_open(pins, record->generation, ret_fd, err);
	/* Apart from a recording that was dropped, of which there is nothing to tell. */
	return r == -ENOENT ? error_set(err, ESTALE, "somebody removed its map") : r;
}

int enforce_recording_text(const struct pins *pins, const struct run_record *record,
			   enum bounds bounds, const char *name, char **ret_text, struct error *err)
{
	_cleanup_close_ int fd = -1;
	struct recorded_all all = {0};
	int r = open_map(pins, record, &fd, err);

	r = r ?: recordings_read(fd, record->cgroup_id, &all, err);
	r = r ?: make_text(&all, bounds, name ?: record->container ?: record->id, ret_text, err);
	recorded_all_done(&all);
	return r;
}

int enforce_recording_stop(const struct pins *pins, const struct run_record *record,
			   struct error *err)
{
	return pins->root ? pins_detach(pins, record->key, err) : 0;
}

int enforce_recording_drop(const struct pins *pins, const struct run_record *record,
			   struct error *err)
{
	_cleanup_close_ int fd = -1;
	int r = open_map(pins, record, &fd, err);

	if (r)
		return r == -ENOENT || r == -ESTALE || r == -EPROTO ? 0 : r;
	return recordings_drop(fd, record->cgroup_id, err);
}

/* ---- its end ---- */

/* An id of 255 bytes leaves no room for what follows it; a key does. */
static const char *file_stem(const struct run_record *record)
{
	return strlen(record->id) <= RECORD_KEY_MAX && *record->id != '/' ? record->id
									  : record->key;
}

/* Whole under another name first: the older recording gives up its name for nothing less. */
static int write_beside(int dirfd, const char *stem, const char *text, struct error *err)
{
	char name[NAME_MAX + 1], old[NAME_MAX + 1], fresh[NAME_MAX + 1];
	int r;

	snprintf(name, sizeof(name), "%s" SUFFIX, stem);
	snprintf(old, sizeof(old), "%s" SUFFIX ".old", stem);
	snprintf(fresh, sizeof(fresh), "%s" SUFFIX ".new", stem);
	r = file_write_at(dirfd, fresh, text, strlen(text), err);
	if (r)
		return r;
	if (renameat(dirfd, name, dirfd, old) && errno != ENOENT)
		r = error_errno(err, errno, "rename %s to %s", name, old);
	else if (renameat(dirfd, fresh, dirfd, name))
		r = error_errno(err, errno, "rename %s to %s", fresh, name);
	if (r)
		unlinkat(dirfd, fresh, 0);
	return r;
}

static int write_file(const struct host_config *config, const struct run_record *record,
		      const char *text, struct error *err)
{
	_cleanup_close_ int dirfd = -1;
	int r = folder_open_private(config->record_dir, true, &dirfd, err);

	r = r ?: write_beside(dirfd, file_stem(record), text, err);
	if (!r) {
		log_line(LOG_INFO, "the recording is in %s/%s.json", config->record_dir,
			 file_stem(record));
		return 0;
	}
	return error_prefix(err,
			    "the recording of %s stays in the kernel until it can be written (make "
			    "room, then \"sockoptctl gc\"): recordDir %s",
			    record->id, config->record_dir);
}

/* Another try finds the same. */
static bool is_hopeless(int r)
{
	return r == -E2BIG || r == -EPROTO || r == -EINVAL || r == -ESTALE;
}

int enforce_recording_finish(const struct host_config *config, const struct pins *pins,
			     const struct run_record *record, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	int r;

	if (!pins->root || !is_recording(record))
		return 0;
	r = enforce_recording_stop(pins, record, err);
	r = r ?: enforce_recording_text(pins, record, ENFORCE_RECORDING_BOUNDS, NULL, &text, err);
	if (r == -ENOENT)
		return 0;
	if (is_hopeless(r)) {
		log_line(LOG_WARNING, "the recording of %s is lost: %s", record->id,
			 err ? err->text : strerror(-r));
		r = 0;
	}
	if (!r && text)
		r = write_file(config, record, text, err);
	return r ?: enforce_recording_drop(pins, record, err);
}

/* ---- recordings without a name ---- */

struct owners {
	uint64_t *ids;
	size_t n;
};

static bool is_named(uint64_t owner, void *from)
{
	const struct owners *owners = from;

	for (size_t i = 0; i < owners->n; i++) {
		if (owners->ids[i] == owner)
			return true;
	}
	return false;
}

static int read_owners(const struct host_config *config, struct owners *ret, struct error *err)
{
	size_t n = 0;
	char **keys;
	int r = record_list(config->run_dir, &keys, &n, err);

	if (r)
		return r;
	ret->ids = calloc(n + 1, sizeof(*ret->ids));
	if (!ret->ids)
		r = error_set(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++) {
		struct run_record record = {0};
		struct error why = {0};
		int failed = r ? 0 : record_read(config->run_dir, keys[i], &record, &why);

		/* It may name any of them, and calls may still be recorded. */
		if (failed && failed != -ENOENT && failed != -EINVAL)
			r = error_set(err, failed == -ENOMEM ? ENOMEM : EBADMSG,
				      "%s: recordings that have no name are kept, for one may be "
				      "its: \"sockoptctl detach %s\" gives it up",
				      why.text, keys[i]);
		else if (!r && !failed)
			ret->ids[ret->n++] = record.cgroup_id;
		record_done(&record);
		free(keys[i]);
	}
	free(keys);
	return r;
}

int enforce_recording_collect(const struct host_config *config, const struct pins *pins,
			      struct error *err)
{
	_cleanup_close_ int fd = -1;
	struct owners owners = {0};
	size_t dropped;
	int r = recordings_open(pins, NULL, &fd, err);

	if (r)
		return r == -ENOENT ? 0 : r;
	r = read_owners(config, &owners, err);
	r = r ?: recordings_drop_others(fd, is_named, &owners, &dropped, err);
	free(owners.ids);
	return r;
}
