// SPDX-License-Identifier: Apache-2.0
/*
 * The map `recordings` as a whole is read by batches: the kernel goes through its buckets and cannot
 * lose its place, whatever is added and removed meanwhile.
 */
#include "kernel/recordings.h"

#include <bpf/bpf.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/programs.h"

#define BATCH 256

static struct sockopt_recorded_key first_of(uint64_t owner)
{
	return (struct sockopt_recorded_key){.owner = owner, .call = SOCKOPT_RECORDED_OWNER};
}

static int check_layout(int fd, struct error *err)
{
	struct bpf_map_info info = {0};
	uint32_t length = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &length))
		return error_errno(err, errno, "asking the kernel for the map of recordings");
	if (info.key_size != sizeof(struct sockopt_recorded_key) ||
	    info.value_size != sizeof(struct sockopt_recorded))
		return error_set(err, EPROTO,
				 "another version of this program laid out the recordings");
	return 0;
}

int recordings_open(const struct pins *pins, const char *generation, int *ret_fd, struct error *err)
{
	_cleanup_close_ int fd = -1;
	int r = programs_open_pin(pins, generation ?: programs_generation(),
				  programs_recording.name, "recordings", &fd, err);

	r = r ?: check_layout(fd, err);
	if (!r)
		*ret_fd = TAKE_FD(fd);
	return r;
}

int recordings_begin(int fd, uint64_t owner, struct error *err)
{
	const struct sockopt_recorded empty = {.magic = SOCKOPT_RECORDING_MAGIC};
	const struct sockopt_recorded_key first = first_of(owner);
	struct sockopt_recorded old;
	/* What an earlier recording of that cgroup left. */
	int r = bpf_map_lookup_elem(fd, &first, &old) ? 0 : recordings_drop(fd, owner, err);

	if (!r && bpf_map_update_elem(fd, &first, &empty, BPF_ANY))
		r = error_errno(err, errno,
				"room for a recording (there is room for %d kinds of call, of all "
				"containers together)",
				SOCKOPT_RECORDINGS);
	return r;
}

/* ---- going through the map ---- */

struct batch {
	struct sockopt_recorded_key keys[BATCH];
	struct sockopt_recorded values[BATCH];
};

/* Call @take for each entry until it returns what is not 0. @take removes nothing. */
static int for_each(int fd, int (*take)(const struct recorded_calls *, void *), void *to,
		    struct error *err)
{
	LIBBPF_OPTS(bpf_map_batch_opts, options, .elem_flags = BPF_F_LOCK);
	_cleanup_free_ struct batch *batch = calloc(1, sizeof(*batch));
	uint32_t place, count;
	bool last = false;
	int r = batch ? 0 : error_set(err, ENOMEM, "out of memory");

	for (void *from = NULL; !r && !last; from = &place) {
		count = BATCH;
		/* ENOENT says that these are the last. */
		last = bpf_map_lookup_batch(fd, from, &place, batch->keys, batch->values, &count,
					    &options) != 0;
		if (last && errno != ENOENT)
			return error_errno(err, errno, "reading the recordings");
		for (uint32_t i = 0; i < count && !r; i++)
			r = take(&(struct recorded_calls){batch->keys[i], batch->values[i]}, to);
	}
	return r;
}

/* ---- reading ---- */

struct collected {
	uint64_t owner; /* 0: of all, with their first entries */
	struct recorded_all all;
	size_t room;
};

static int collect(const struct recorded_calls *calls, void *to)
{
	bool is_first = calls->key.call == SOCKOPT_RECORDED_OWNER;
	struct collected *c = to;

	if (c->owner && (calls->key.owner != c->owner || is_first))
		return 0;
	if (c->all.n == c->room) {
		size_t room = c->room ? c->room * 2 : BATCH;
		struct recorded_calls *more = reallocarray(c->all.calls, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		c->all.calls = more;
		c->room = room;
	}
	c->all.calls[c->all.n++] = *calls;
	return 0;
}

/* *@ret: what was collected of @owner (0: all that there is). */
static int collect_all(int fd, uint64_t owner, struct recorded_all *ret, struct error *err)
{
	struct collected c = {.owner = owner};
	int r = for_each(fd, collect, &c, err);

	if (r) {
		recorded_all_done(&c.all);
		return r == -ENOMEM ? error_set(err, ENOMEM, "out of memory") : r;
	}
	*ret = c.all;
	return 0;
}

int recordings_read(int fd, uint64_t owner, struct recorded_all *ret, struct error *err)
{
	const struct sockopt_recorded_key key = first_of(owner);
	struct sockopt_recorded first;
	int r;

	if (bpf_map_lookup_elem_flags(fd, &key, &first, BPF_F_LOCK))
		return errno == ENOENT ? error_set(err, ENOENT, "nothing is recorded of it")
				       : error_errno(err, errno, "reading the recordings");
	if (first.magic != SOCKOPT_RECORDING_MAGIC)
		return error_set(err, EPROTO, "another version of this program recorded it");
	r = collect_all(fd, owner, ret, err);
	if (!r)
		ret->missed = first.count;
	return r;
}

void recorded_all_done(struct recorded_all *all)
{
	free(all->calls);
	*all = (struct recorded_all){0};
}

/* ---- forgetting ---- */

static int drop_all(int fd, const struct recorded_all *all, struct error *err)
{
	for (size_t i = 0; i < all->n; i++) {
		if (bpf_map_delete_elem(fd, &all->calls[i].key) && errno != ENOENT)
			return error_errno(err, errno, "removing a recording");
	}
	return 0;
}

int recordings_drop(int fd, uint64_t owner, struct error *err)
{
	const struct sockopt_recorded_key first = first_of(owner);
	struct recorded_all all = {0};
	int r = collect_all(fd, owner, &all, err);

	r = r ?: drop_all(fd, &all, err);
	recorded_all_done(&all);
	/* Last: as long as it is there, there is something to drop. */
	if (!r && bpf_map_delete_elem(fd, &first) && errno != ENOENT)
		r = error_errno(err, errno, "removing a recording");
	return r;
}

int recordings_drop_others(int fd, bool (*is_wanted)(uint64_t owner, void *from), void *from,
			   size_t *ret_dropped, struct error *err)
{
	struct recorded_all all = {0}, unwanted = {0};
	int r = collect_all(fd, 0, &all, err);

	*ret_dropped = 0;
	for (size_t i = 0; i < all.n; i++) {
		if (is_wanted(all.calls[i].key.owner, from))
			continue;
		*ret_dropped += all.calls[i].key.call == SOCKOPT_RECORDED_OWNER;
		all.calls[unwanted.n++] = all.calls[i];
	}
	unwanted.calls = all.calls;
	r = r ?: drop_all(fd, &unwanted, err);
	recorded_all_done(&all);
	return r;
}
