// SPDX-License-Identifier: Apache-2.0
/*
 * The checks of `sockoptctl verify`: each asks the kernel, and says one thing or several. A table;
 * they run in its order, and none trusts what an earlier one found.
 */
#include "verbs/findings.h"

#include <bpf/bpf.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "kernel/companion.h"
#include "kernel/programs.h"
#include "kernel/recordings.h"
#include "oci/compat.h"
#include "policy/compile.h"
#include "sockopt-record.h"
#include "verbs/order.h"

#define MAPS_MAX 64 /* of one program; ours have four */
/* Where nothing mends it in place. */
#define ANEW "\"sockoptctl detach\" takes it away, and a new start puts it in force again"
/* Where what all policies share is amiss. */
#define ALL_ANEW                                                                                   \
	"\"sockoptctl detach\" all policies, then \"sockoptctl gc\", and start what had them again"
#define SLACK_NS                                                                                   \
	UINT64_C(1000000000) /* processors that take tokens at once may take some too many */

struct look {
	const struct host_config *config;
	const struct inventory *inventory;
	const struct entry *entry;
	const struct run_record *record;
	const char *check;
	struct findings *to;
};

__attribute__((format(printf, 3, 4))) static void find(struct look *l, enum verdict verdict,
						       const char *fmt, ...)
{
	struct finding *more = reallocarray(l->to->list, l->to->n + 1, sizeof(*more));
	va_list args;

	if (!more) {
		l->to->failed = true;
		return;
	}
	l->to->list = more;
	more += l->to->n++;
	*more = (struct finding){.verdict = verdict, .check = l->check};
	va_start(args, fmt);
	vsnprintf(more->text, sizeof(more->text), fmt, args);
	va_end(args);
}

/* ---- the checks ---- */

static void check_state(struct look *l)
{
	char state[ENTRY_STATE_MAX];

	if (l->entry->state == STATE_IN_FORCE)
		find(l, FOUND_OK, "pins, run record and cgroup %s are there", l->record->cgroup);
	else if (l->entry->state == STATE_DAMAGED && l->entry->has_record && l->entry->has_pins)
		find(l, FOUND_WRONG,
		     "%s: \"sockoptctl update\" makes it whole, \"sockoptctl detach\" takes it away",
		     entry_state_text(l->entry, state));
	else
		find(l, FOUND_WRONG,
		     "%s: \"sockoptctl gc\" or \"sockoptctl detach\" removes what is left",
		     entry_state_text(l->entry, state));
}

static void check_link(struct look *l, size_t call)
{
	const struct link_facts *facts = &l->entry->facts[call];
	bool there = l->entry->calls & (1u << call), wanted = l->record->link_ids[call];
	const char *name = bpf_name_of_call(call);

	if (!there && !wanted)
		return;
	if (!there)
		find(l, FOUND_WRONG, "the %s link %u is not pinned any more: " ANEW, name,
		     l->record->link_ids[call]);
	else if (facts->link_id != l->record->link_ids[call] ||
		 facts->prog_id != l->record->prog_ids[call])
		find(l, FOUND_WRONG,
		     "the pinned %s link is %u with program %u, the run record says link %u with "
		     "program %u: " ANEW,
		     name, facts->link_id, facts->prog_id, l->record->link_ids[call],
		     l->record->prog_ids[call]);
	else if (facts->cgroup_id != l->record->cgroup_id)
		find(l, FOUND_WRONG, "the %s link is not attached to cgroup %s: " ANEW, name,
		     l->record->cgroup);
	else if (facts->attach_type != (uint32_t)bpf_type_of_call(call))
		find(l, FOUND_WRONG, "the %s link is attached for another call: " ANEW, name);
	else
		find(l, FOUND_OK, "%s link %u is attached to the cgroup", name, facts->link_id);
}

static void check_links(struct look *l)
{
	for (size_t call = 0; call < 2; call++)
		check_link(l, call);
}

static bool is_of_this_build(const struct run_record *record)
{
	return record->generation && !strcmp(record->generation, programs_generation());
}

static void check_programs(struct look *l)
{
	struct error err = {0};

	if (!is_of_this_build(l->record)) {
		find(l, FOUND_NOTE,
		     "attached by another build (%s; this one is %s): its policy cannot be "
		     "compared, \"sockoptctl update\" brings it to this one",
		     l->record->generation ?: "unknown", programs_generation());
		return;
	}
	for (size_t call = 0; call < 2; call++) {
		const char *name = bpf_name_of_call(call);
		_cleanup_close_ int fd = -1;

		if (!(l->entry->calls & (1u << call)))
			continue;
		if (programs_open_pin(&l->inventory->pins, l->record->generation,
				      l->record->size_class, name, &fd, &err))
			find(l, FOUND_WRONG,
			     "the program that this build pins is gone: %s: " ALL_ANEW, err.text);
		else if (bpf_prog_id(fd) != l->entry->facts[call].prog_id)
			find(l, FOUND_WRONG,
			     "the %s link runs program %u, this build's is %u: " ALL_ANEW, name,
			     l->entry->facts[call].prog_id, bpf_prog_id(fd));
		else
			find(l, FOUND_OK, "%s program %u is this build's", name, bpf_prog_id(fd));
	}
}

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
static void check_policy(struct look *l)
{
	const struct run_record *record = l->record;
	const struct size_class *class = size_class_by_name(record->size_class ?: "");
	_cleanup_free_ struct sockopt_policy *policy = class ? malloc(class->size) : NULL;
	char digest[POLICY_DIGEST_MAX];
	_cleanup_close_ int map = -1;
	uint64_t key = record->cgroup_id;
	struct error err = {0};

	if (!is_of_this_build(record) || !record->digest || !policy || !l->entry->calls)
		return;
	if (programs_open_pin(&l->inventory->pins, record->generation, record->size_class,
			      "policies", &map, &err)) {
		find(l, FOUND_WRONG, "%s: " ALL_ANEW, err.text);
		return;
	}
	if (!is_used(l, map)) {
		find(l, FOUND_WRONG,
		     "the map pinned as \"policies\" is not the one that its programs use: " ALL_ANEW);
		return;
	}
	if (bpf_map_lookup_elem(map, &key, policy)) {
		find(l, FOUND_WRONG, "the storage of cgroup %s cannot be read: %s: " ANEW,
		     record->cgroup, strerror(errno));
		return;
	}
	policy_digest(policy, class->size, digest);
	if (policy->magic != SOCKOPT_MAGIC)
		find(l, FOUND_WRONG,
		     "the storage of cgroup %s holds no policy, so every call is denied: " ANEW,
		     record->cgroup);
	else if (policy->owner != record->cgroup_id || strcmp(digest, record->digest))
		find(l, FOUND_WRONG,
		     "the cgroup's storage holds another policy (digest %s) than the run record "
		     "tells (%s): \"sockoptctl update\" writes it again",
		     digest, record->digest);
	else if (!tells(policy, record))
		find(l, FOUND_WRONG,
		     "the cgroup's storage holds the policy, but its events are kept back or told of "
		     "another: \"sockoptctl update\" writes it again");
	else
		find(l, FOUND_OK, "the cgroup's storage holds the policy (digest %s), mode %s",
		     digest, record->mode);
}

/* That the programs know that they are to record, and that what they record has a place. */
static void check_recording(struct look *l)
{
	const struct run_record *record = l->record;
	_cleanup_close_ int storage = -1, map = -1;
	struct sockopt_recorder recorder = {0};
	struct recorded_all all = {0};
	uint64_t key = record->cgroup_id;
	struct error err = {0};

	if (!is_of_this_build(record) || strcmp(record->mode, policy_mode_name(MODE_RECORD)))
		return;
	if (programs_open_pin(&l->inventory->pins, record->generation, programs_recording.name,
			      "policies", &storage, &err) ||
	    recordings_open(&l->inventory->pins, record->generation, &map, &err))
		find(l, FOUND_WRONG, "%s: " ALL_ANEW, err.text);
	else if (!is_used(l, storage) || !is_used(l, map))
		find(l, FOUND_WRONG,
		     "another map is pinned than the one that its programs use: " ALL_ANEW);
	else if (bpf_map_lookup_elem(storage, &key, &recorder) ||
		 recorder.magic != SOCKOPT_RECORDER_MAGIC || recorder.owner != key)
		find(l, FOUND_WRONG,
		     "the storage of cgroup %s does not say so, and nothing is recorded: " ANEW,
		     record->cgroup);
	else if (recordings_read(map, key, &all, &err))
		find(l, FOUND_WRONG, "%s: " ANEW, err.text);
	else
		find(l, all.missed ? FOUND_NOTE : FOUND_OK,
		     "%zu kinds of call are recorded, %" PRIu64 " calls found no room", all.n,
		     all.missed);
	recorded_all_done(&all);
}

/* ---- order ---- */

static void check_place(struct look *l, size_t call, const struct order *order)
{
	const char *name = bpf_name_of_call(call);
	size_t at = 0;

	while (at < order->count && !order->steps[at].ours)
		at++;
	if (at == order->count) {
		find(l, FOUND_WRONG, "the kernel does not run its %s program for cgroup %s: " ANEW,
		     name, l->record->cgroup);
		return;
	}
	find(l, FOUND_OK, "%s: runs as number %zu of %zu", name, at + 1, order->count);
	for (size_t i = 0; i < at; i++)
		find(l, FOUND_NOTE,
		     "%s: program %u \"%s\" at %s runs before it, and may have changed the call",
		     name, order->steps[i].prog_id, order->steps[i].name,
		     order->steps[i].cgroup ?: "?");
	for (size_t i = at + 1; i < order->count; i++)
		find(l, FOUND_NOTE,
		     "%s: program %u \"%s\" at %s runs after it, and has the last word", name,
		     order->steps[i].prog_id, order->steps[i].name, order->steps[i].cgroup ?: "?");
}

static void check_order(struct look *l)
{
	for (size_t call = 0; call < 2; call++) {
		const char *name = bpf_name_of_call(call);
		struct error err = {0};
		struct order order;

		if (!(l->entry->calls & (1u << call)))
			continue;
		if (order_read(l->entry, call, &order, &err))
			find(l, FOUND_WRONG, "%s: %s", name, err.text);
		else
			check_place(l, call, &order);
		for (size_t i = 0; i < order.n_displaced; i++)
			find(l, FOUND_WRONG,
			     "%s: the host's program %u \"%s\" at %s does not run for this "
			     "cgroup: it was attached without BPF_F_ALLOW_MULTI, attach it with it",
			     name, order.displaced[i].prog_id, order.displaced[i].name,
			     order.displaced[i].cgroup ?: "?");
		order_done(&order);
	}
}

static void check_compat(struct look *l)
{
	struct error err = {0};
	bool open, held;

	if (strcmp(l->record->kind, "container"))
		return;
	if (l->record->guarded) {
		held = companion_attached(l->entry->facts, l->entry->calls, l->record->cgroup_id);
		find(l, held ? FOUND_OK : FOUND_WRONG, "%s",
		     held ? "the companion holds 32-bit calls against the policy"
			  : "the companion for 32-bit calls is not attached to the cgroup "
			    "any more: " ANEW);
		return;
	}
	if (compat_open(l->record->bundle, &open, &err))
		find(l, FOUND_NOTE, "whether 32-bit calls get past it is not known: %s", err.text);
	else if (!open)
		find(l, FOUND_OK, "the seccomp profile lets no 32-bit calls through");
	else
		find(l, l->config->on_compat == ON_COMPAT_REFUSE ? FOUND_WRONG : FOUND_NOTE,
		     "the seccomp profile lets 32-bit calls through, which no policy sees: list "
		     "only the native architecture in linux.seccomp.architectures");
}

static const struct {
	const char *name;
	void (*look)(struct look *l);
} checks[] = {
	{"state", check_state},	  {"links", check_links},	  {"programs", check_programs},
	{"policy", check_policy}, {"recording", check_recording}, {"order", check_order},
	{"compat", check_compat},
};

void findings_make(const struct host_config *config, const struct inventory *inventory,
		   const struct entry *entry, struct findings *ret)
{
	struct look l = {.config = config,
			 .inventory = inventory,
			 .entry = entry,
			 .record = &entry->record,
			 .to = ret};

	*ret = (struct findings){0};
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		l.check = checks[i].name;
		checks[i].look(&l);
		/* Of what is gone or has no record there is nothing more to say. */
		if (!entry->has_record || entry->state == STATE_GONE)
			break;
	}
}

void findings_done(struct findings *findings)
{
	free(findings->list);
	*findings = (struct findings){0};
}

enum verdict findings_worst(const struct findings *findings)
{
	enum verdict worst = findings->failed ? FOUND_WRONG : FOUND_OK;

	for (size_t i = 0; i < findings->n; i++) {
		if (findings->list[i].verdict > worst)
			worst = findings->list[i].verdict;
	}
	return worst;
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[FOUND_OK] = "ok", [FOUND_NOTE] = "note", [FOUND_WRONG] = "wrong"};

	return names[verdict];
}
