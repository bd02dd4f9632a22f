// SPDX-License-Identifier: Apache-2.0
/*
 * The checks of `sockoptctl verify`: each asks the kernel, and says one thing or several. A table;
 * they run in its order, and none trusts what an earlier one found. Here are those of what is
 * attached; those of what the kernel keeps for a policy stand in findings-kept.c.
 */
#include "verbs/findings.h"

#include <stdarg.h>
#include <string.h>

#include "kernel/companion.h"
#include "kernel/programs.h"
#include "oci/compat.h"
#include "verbs/look.h"
#include "verbs/order.h"

/* Where an update that was killed may have left it. */
#define WHOLE "\"sockoptctl update\" makes it whole, or " ANEW

void look_find(struct look *l, enum verdict verdict, const char *fmt, ...)
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
		look_find(l, FOUND_OK, "pins, run record and cgroup %s are there",
			  l->record->cgroup);
	else if (l->entry->state == STATE_DAMAGED && l->entry->has_record && l->entry->has_pins)
		look_find(
			l, FOUND_WRONG,
			"%s: \"sockoptctl update\" makes it whole, \"sockoptctl detach\" takes it away",
			entry_state_text(l->entry, state));
	else
		look_find(l, FOUND_WRONG,
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
		look_find(l, FOUND_WRONG, "the %s link %u is not pinned any more: " WHOLE, name,
			  l->record->link_ids[call]);
	else if (facts->link_id != l->record->link_ids[call] ||
		 facts->prog_id != l->record->prog_ids[call])
		look_find(
			l, FOUND_WRONG,
			"the pinned %s link is %u with program %u, the run record says link %u with "
			"program %u: " WHOLE,
			name, facts->link_id, facts->prog_id, l->record->link_ids[call],
			l->record->prog_ids[call]);
	else if (facts->cgroup_id != l->record->cgroup_id)
		look_find(l, FOUND_WRONG, "the %s link is not attached to cgroup %s: " ANEW, name,
			  l->record->cgroup);
	else if (facts->attach_type != (uint32_t)bpf_type_of_call(call))
		look_find(l, FOUND_WRONG, "the %s link is attached for another call: " ANEW, name);
	else
		look_find(l, FOUND_OK, "%s link %u is attached to the cgroup", name,
			  facts->link_id);
}

static void check_links(struct look *l)
{
	for (size_t call = 0; call < 2; call++)
		check_link(l, call);
}

bool look_is_of_this_build(const struct run_record *record)
{
	return record->generation && !strcmp(record->generation, programs_generation());
}

static void check_programs(struct look *l)
{
	struct error err = {0};

	if (!look_is_of_this_build(l->record)) {
		look_find(l, FOUND_NOTE,
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
			look_find(l, FOUND_WRONG,
				  "the program that this build pins is gone: %s: " ALL_ANEW,
				  err.text);
		else if (bpf_prog_id(fd) != l->entry->facts[call].prog_id)
			look_find(l, FOUND_WRONG,
				  "the %s link runs program %u, this build's is %u: " ALL_ANEW,
				  name, l->entry->facts[call].prog_id, bpf_prog_id(fd));
		else
			look_find(l, FOUND_OK, "%s program %u is this build's", name,
				  bpf_prog_id(fd));
	}
}

/* ---- order ---- */

static void check_place(struct look *l, size_t call, const struct order *order)
{
	const char *name = bpf_name_of_call(call);
	size_t at = 0;

	while (at < order->count && !order->steps[at].ours)
		at++;
	if (at == order->count) {
		look_find(l, FOUND_WRONG,
			  "the kernel does not run its %s program for cgroup %s: " ANEW, name,
			  l->record->cgroup);
		return;
	}
	look_find(l, FOUND_OK, "%s: runs as number %zu of %zu", name, at + 1, order->count);
	for (size_t i = 0; i < at; i++)
		look_find(
			l, FOUND_NOTE,
			"%s: program %u \"%s\" at %s runs before it, and may have changed the call",
			name, order->steps[i].prog_id, order->steps[i].name,
			order->steps[i].cgroup ?: "?");
	for (size_t i = at + 1; i < order->count; i++)
		look_find(l, FOUND_NOTE,
			  "%s: program %u \"%s\" at %s runs after it, and has the last word", name,
			  order->steps[i].prog_id, order->steps[i].name,
			  order->steps[i].cgroup ?: "?");
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
			look_find(l, FOUND_WRONG, "%s: %s", name, err.text);
		else
			check_place(l, call, &order);
		for (size_t i = 0; i < order.n_displaced; i++)
			look_find(
				l, FOUND_WRONG,
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
		look_find(l, held ? FOUND_OK : FOUND_WRONG, "%s",
			  held ? "the companion holds 32-bit calls against the policy"
			       : "the companion for 32-bit calls is not attached to the cgroup "
				 "any more: " ANEW);
		return;
	}
	if (compat_open(l->record->bundle, &open, &err))
		look_find(l, FOUND_NOTE, "whether 32-bit calls get past it is not known: %s",
			  err.text);
	else if (!open)
		look_find(l, FOUND_OK, "the seccomp profile lets no 32-bit calls through");
	else
		look_find(
			l, l->config->on_compat == ON_COMPAT_REFUSE ? FOUND_WRONG : FOUND_NOTE,
			"the seccomp profile lets 32-bit calls through, which no policy sees: list "
			"only the native architecture in linux.seccomp.architectures");
}

static const struct {
	const char *name;
	void (*look)(struct look *l);
} checks[] = {
	{"state", check_state},	    {"links", check_links},	      {"programs", check_programs},
	{"policy", look_at_policy}, {"recording", look_at_recording}, {"order", check_order},
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
