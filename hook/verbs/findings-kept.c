// SPDX-License-Identifier: Apache-2.0
/*
 * What the kernel keeps for a policy, against what was written: the slot in its cgroup's storage, and
 * the place of what it records. Also that the programs use those very maps.
 */
#include <bpf/bpf.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "kernel/programs.h"
#include "kernel/recordings.h"
#include "policy/compile.h"
#include "sockopt-record.h"
#include "verbs/look.h"

#define MAPS_MAX 64 /* of one program; ours have four */
/* Processors that take tokens at once may take some too many. */
#define SLACK_NS UINT64_C(1000000000)

/* Whether @map is one that program @id uses: a pin may have been replaced. */
static bool uses_map(uint32_t id, int map)
{
	_cleanup_close_ int fd = bpf_prog_get_fd_by_id(id);
	struct bpf_map_info wanted = {0};
	struct bpf_prog_info info = {0};
	uint32_t ids[MAPS_MAX], length = sizeof(wanted);

	if (fd < 0 || bpf_obj_get_info_by_fd(map, &wanted, &length))
		return false;
	info.map_ids = (uintptr_t)ids;
	info.nr_map_ids = MAPS_MAX;
	length = sizeof(info);
	if (bpf_obj_get_info_by_fd(fd, &info, &length))
		return false;
	for (size_t i = 0; i < info.nr_map_ids && i < MAPS_MAX; i++) {
		if (ids[i] == wanted.id)
			return true;
	}
	return false;
}

static bool is_used(struct look *l, int map)
{
	for (size_t call = 0; call < 2; call++) {
		if (l->entry->calls & (1u << call) && !uses_map(l->entry->facts[call].prog_id, map))
			return false;
	}
	return true;
}

/*
 * What the digest leaves out, since it is not of the rules: whether events are told, and of whom. The
 * time at which the bucket is full again is never further off than the bucket is deep.
 */
static bool tells(const struct sockopt_policy *policy, const struct run_record *record)
{
	struct timespec t;
	uint64_t now;

	clock_gettime(CLOCK_BOOTTIME, &t);
	now = (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
	return policy->event_interval &&
	       !strncmp((const char *)policy->id, record->id, SOCKOPT_ID_MAX) &&
	       (policy->event_next <= now ||
		policy->event_next - now <=
			policy->event_burst + policy->event_interval + SLACK_NS);
}

/* What the kernel has in the cgroup's storage, against what was written. */
void look_at_policy(struct look *l)
{
	const struct run_record *record = l->record;
	const struct size_class *class = size_class_by_name(record->size_class);
	_cleanup_free_ struct sockopt_policy *policy = class ? malloc(class->size) : NULL;
	char digest[POLICY_DIGEST_MAX];
	_cleanup_close_ int map = -1;
	uint64_t key = record->cgroup_id;
	struct error err = {0};

	if (!look_is_of_this_build(record) || !record->digest || !policy || !l->entry->calls)
		return;
	if (programs_open_pin(&l->inventory->pins, record->generation, record->size_class,
			      "policies", &map, &err)) {
		look_find(l, FOUND_WRONG, "%s: " ALL_ANEW, err.text);
		return;
	}
	if (!is_used(l, map)) {
		look_find(
			l, FOUND_WRONG,
			"the map pinned as \"policies\" is not the one that its programs use: " ALL_ANEW);
		return;
	}
	if (bpf_map_lookup_elem(map, &key, policy)) {
		look_find(l, FOUND_WRONG, "the storage of cgroup %s cannot be read: %s: " ANEW,
			  record->cgroup, strerror(errno));
		return;
	}
	policy_digest(policy, class->size, digest);
	if (policy->magic != SOCKOPT_MAGIC)
		look_find(
			l, FOUND_WRONG,
			"the storage of cgroup %s holds no policy, so every call is denied: " ANEW,
			record->cgroup);
	else if (policy->owner != record->cgroup_id || strcmp(digest, record->digest))
		look_find(
			l, FOUND_WRONG,
			"the cgroup's storage holds another policy (digest %s) than the run record "
			"tells (%s): \"sockoptctl update\" writes it again",
			digest, record->digest);
	else if (!tells(policy, record))
		look_find(
			l, FOUND_WRONG,
			"the cgroup's storage holds the policy, but its events are kept back or told of "
			"another: \"sockoptctl update\" writes it again");
	else
		look_find(l, FOUND_OK, "the cgroup's storage holds the policy (digest %s), mode %s",
			  digest, record->mode);
}

/* That the programs know that they are to record, and that what they record has a place. */
void look_at_recording(struct look *l)
{
	const struct run_record *record = l->record;
	_cleanup_close_ int storage = -1, map = -1;
	struct sockopt_recorder recorder = {0};
	struct recorded_all all = {0};
	uint64_t key = record->cgroup_id;
	struct error err = {0};

	if (!look_is_of_this_build(record) || strcmp(record->mode, policy_mode_name(MODE_RECORD)))
		return;
	if (programs_open_pin(&l->inventory->pins, record->generation, programs_recording.name,
			      "policies", &storage, &err) ||
	    recordings_open(&l->inventory->pins, record->generation, &map, &err))
		look_find(l, FOUND_WRONG, "%s: " ALL_ANEW, err.text);
	else if (!is_used(l, storage) || !is_used(l, map))
		look_find(l, FOUND_WRONG,
			  "another map is pinned than the one that its programs use: " ALL_ANEW);
	else if (bpf_map_lookup_elem(storage, &key, &recorder) ||
		 recorder.magic != SOCKOPT_RECORDER_MAGIC || recorder.owner != key)
		look_find(
			l, FOUND_WRONG,
			"the storage of cgroup %s does not say so, and nothing is recorded: " ANEW,
			record->cgroup);
	else if (recordings_read(map, key, &all, &err))
		look_find(l, FOUND_WRONG, "%s: " ANEW, err.text);
	else
		look_find(l, all.missed ? FOUND_NOTE : FOUND_OK,
			  "%zu kinds of call are recorded, %" PRIu64 " calls found no room", all.n,
			  all.missed);
	recorded_all_done(&all);
}
