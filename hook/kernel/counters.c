// SPDX-License-Identifier: Apache-2.0
/* Reading the counters of one policy. Nothing that the storage says of itself is believed. */
#include "kernel/counters.h"

#include <bpf/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/programs.h"

static int storage_size(int fd, size_t *ret, struct error *err)
{
	const size_t least = sizeof(struct sockopt_policy), most = UINT16_MAX;
	struct bpf_map_info info = {0};
	uint32_t length = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &length))
		return error_errno(err, errno, "asking the kernel for the map \"policies\"");
	if (info.key_size != sizeof(uint64_t) || info.value_size < least || info.value_size > most)
		return error_set(
			err, EBADMSG,
			"the map pinned as \"policies\" has keys of %u and values of %u bytes: it "
			"is not ours",
			info.key_size, info.value_size);
	*ret = info.value_size;
	return 0;
}

static int look_up(int fd, uint64_t cgroup_id, void *value, struct error *err)
{
	if (!bpf_map_lookup_elem(fd, &cgroup_id, value))
		return 0;
	if (errno == ENOENT)
		return error_set(
			err, ENOENT,
			"the kernel keeps no counters for its cgroup: no program of ours is "
			"attached there");
	return error_errno(err, errno, "reading its counters");
}

static struct counted as_counted(const struct sockopt_counter *c)
{
	return (struct counted){c->passes + c->denials + c->changes, c->denials, c->changes};
}

int counters_from_storage(const struct sockopt_policy *storage, size_t size, struct counters *ret,
			  struct error *err)
{
	size_t at, n = storage->n_rules;
	const struct sockopt_counter *counted;

	*ret = (struct counters){0};
	if (storage->magic != SOCKOPT_MAGIC)
		return error_set(err, EBADMSG, "its storage in the kernel holds no policy");
	at = sizeof(*storage) + (size_t)storage->counters * SOCKOPT_CELL;
	if (at > size || (size - at) / sizeof(*counted) < n + 1)
		return error_set(
			err, EBADMSG,
			"its storage in the kernel is damaged: %zu counters at byte %zu of %zu",
			n + 1, at, size);
	counted = (const struct sockopt_counter *)((const char *)storage + at);
	ret->rules = calloc(n + 1, sizeof(*ret->rules));
	if (!ret->rules)
		return error_set(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++)
		ret->rules[i] = as_counted(&counted[i]);
	ret->n_rules = n;
	ret->fallback = as_counted(&counted[n]);
	for (size_t i = 0; i < SOCKOPT_SHARDS; i++) {
		for (size_t call = 0; call < 2; call++)
			ret->unmatched[call] += storage->unmatched[i].calls[call];
	}
	ret->lost_full = storage->lost_full;
	ret->lost_rate = storage->lost_rate;
	return 0;
}

static int read_policy(int fd, uint64_t cgroup_id, struct counters *ret, struct error *err)
{
	_cleanup_free_ struct sockopt_policy *storage = NULL;
	size_t size = 0;
	int r = storage_size(fd, &size, err);

	if (r)
		return r;
	storage = calloc(1, size);
	if (!storage)
		return error_set(err, ENOMEM, "out of memory");
	r = look_up(fd, cgroup_id, storage, err);
	return r ?: counters_from_storage(storage, size, ret, err);
}

int counters_read(const struct pins *pins, const char *generation, const char *class,
		  uint64_t cgroup_id, struct counters *ret, struct error *err)
{
	_cleanup_close_ int policies = -1;
	struct counters counters = {0};
	int r;

	if (strcmp(generation, programs_generation()))
		return error_set(
			err, EPROTO,
			"it was put in force by another build (%s, this one is %s), whose "
			"counters only that build can read; they can be read again once it is "
			"made anew",
			generation, programs_generation());
	if (!pins->root)
		return error_set(err, ENOENT, "nothing is pinned on this host");
	r = programs_open_pin(pins, generation, class, "policies", &policies, err);
	r = r ?: read_policy(policies, cgroup_id, &counters, err);
	if (r)
		counters_done(&counters);
	else
		*ret = counters;
	return r;
}

void counters_done(struct counters *counters)
{
	free(counters->rules);
	*counters = (struct counters){0};
}
