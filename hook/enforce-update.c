// SPDX-License-Identifier: Apache-2.0
/*
 * A new policy in the place of one that is in force. Two ways: written over the old one, where the
 * programs that run can take it, which is one atomic exchange; else beside it by other programs,
 * which then take over its pins.
 */
#include "enforce.h"

#include <bpf/bpf.h>
#include <string.h>

#include "base/cleanup.h"

struct update {
	struct enforcement *e;
	struct run_record old;
	struct pinned pinned;
	/* of the old policy; NULL: of another build, or what is pinned is not what it put there */
	const struct size_class *class;
	unsigned int there; /* calls for which a link is pinned */
	void *before;	    /* what was in the storage, of the class of the new policy */
};

static int no_memory(struct error *err)
{
	return error_set(err, ENOMEM, "out of memory");
}

/*
 * Whether what is pinned are links of ours at the cgroup, running the programs of @class. An update
 * that was killed on its way leaves links of two classes; one link may have been detached by others.
 */
static bool runs_class(const struct update *u, const struct size_class *class)
{
	for (size_t call = 0; class && call < 2; call++) {
		const struct link_facts *facts = &u->pinned.facts[call];
		_cleanup_close_ int fd = -1;

		if (u->pinned.fds[call] < 0)
			continue;
		if (facts->cgroup_id != u->e->cgroup.id ||
		    programs_open_pin(&u->e->pins, programs_generation(), class->name,
				      bpf_name_of_call(call), &fd, NULL) ||
		    bpf_prog_id(fd) != facts->prog_id)
			return false;
	}
	return class;
}

/* What is pinned for the old policy, and its cgroup. */
static int find_old(struct update *u, struct error *err)
{
	struct enforcement *e = u->e;
	int r = pins_get(&e->pins, u->old.key, &u->pinned, err);

	if (r)
		return r;
	if (!u->pinned.exists)
		return error_set(err, ENOENT, "%s: its policy is not in force any more", u->old.id);
	for (size_t call = 0; call < 2; call++) {
		if (u->pinned.fds[call] >= 0)
			u->there |= 1u << call;
	}
	r = cgroup_at(u->old.cgroup, &e->cgroup, err);
	if (!r && e->cgroup.id != u->old.cgroup_id)
		r = error_set(err, ENOENT, "%s: its cgroup %s is gone", u->old.id, u->old.cgroup);
	if (!r && u->old.generation && !strcmp(u->old.generation, programs_generation()))
		u->class = size_class_by_name(u->old.size_class);
	if (!runs_class(u, u->class))
		u->class = NULL;
	return r;
}

/* Links for @calls, seen to run. @storage: whether the cgroup has the storage of their class. */
static int add_links(struct update *u, unsigned int calls, bool storage, struct error *err)
{
	struct enforcement *e = u->e;
	int r;

	if (!calls)
		return 0;
	r = ancestry_check(&e->cgroup, calls, &e->before, err);
	if (!r && !storage)
		r = enforce_write_ahead(e, err);
	r = r ?: attachment_add(&e->attachment, &e->cgroup, &e->programs, calls, err);
	return r ?: ancestry_confirm(&e->cgroup, &e->before, e->attachment.prog_ids, err);
}

/* What the programs of the new policy have in the cgroup's storage already, if anything. */
static int keep_before(struct update *u, struct error *err)
{
	_cleanup_free_ void *before = malloc(u->e->compiled.class->size);
	uint64_t key = u->e->cgroup.id;

	if (!before)
		return no_memory(err);
	if (!bpf_map_lookup_elem(u->e->programs.policies, &key, before))
		u->before = TAKE_PTR(before);
	else if (errno != ENOENT)
		return error_errno(err, errno, "cgroup %s: reading its policy", u->e->cgroup.path);
	return 0;
}

static void give_back_before(struct update *u)
{
	uint64_t key = u->e->cgroup.id;

	if (u->before)
		bpf_map_update_elem(u->e->programs.policies, &key, u->before, BPF_EXIST);
}

/* The links that came, pinned in the place of @before (PINNED_NONE: beside what is pinned). */
static int pin_links(struct update *u, const struct pinned *before, struct error *err)
{
	int links[PINS_LINKS];

	for (size_t link = 0; link < PINS_LINKS; link++)
		links[link] = attachment_fd(&u->e->attachment, link);
	return pins_exchange(&u->e->pins, u->old.key, links, before, err);
}

/*
 * What the new policy, which is in force, needs no more; @needed: bits 1 << link. Last of all, for this is not taken back.
 */
static int drop_others(struct update *u, unsigned int needed, struct error *err)
{
	int r = 0;

	for (size_t link = 0; link < PINS_LINKS && !r; link++) {
		if (u->pinned.fds[link] >= 0 && !(needed & (1u << link)))
			r = pins_drop(&u->e->pins, u->old.key, link, err);
	}
	return r ? error_prefix(err,
				"%s: the new policy is in force, but what it needs no more "
				"is pinned still, \"sockoptctl update\" again removes it",
				u->old.id)
		 : 0;
}

/* The ids in the record: of links that stay, and of those that came. */
static void name_links(struct update *u)
{
	struct attachment *a = &u->e->attachment;

	for (size_t call = 0; call < 2; call++) {
		if (a->links[call] >= 0 || !(u->e->compiled.calls & (1u << call)))
			continue;
		a->link_ids[call] = u->pinned.facts[call].link_id;
		a->prog_ids[call] = u->pinned.facts[call].prog_id;
	}
}

static void take_back(struct update *u)
{
	struct attachment *a = &u->e->attachment;

	give_back_before(u);
	for (size_t link = 0; link < PINS_LINKS; link++) {
		if (attachment_fd(a, link) >= 0)
			pins_drop(&u->e->pins, u->old.key, link, NULL);
	}
	attachment_undo(a, &u->e->pins, u->old.key);
}

static int write_over(struct update *u, struct error *err)
{
	struct enforcement *e = u->e;
	unsigned int calls = e->compiled.calls;
	const struct pinned none = PINNED_NONE;
	int r;

	r = u->there ? keep_before(u, err) : 0;
	r = r ?: add_links(u, calls & ~u->there, u->there, err);
	r = r ?: enforce_add_companion(e, &u->pinned, err);
	r = r ?: pin_links(u, &none, err);
	if (!r && u->there)
		r = attachment_write(&e->cgroup, &e->programs, e->compiled.policy, err);
	if (!r) {
		name_links(u);
		r = enforce_write_record(e, err);
	}
	if (r) {
		take_back(u);
		return r;
	}
	return drop_others(u, calls | companion_parts(calls) << PINS_CALLS, err);
}

/* ---- beside it ---- */

/*
 * The record first: whoever is killed before all pins are replaced leaves a record that `verify` finds wrong.
 */
static int record_and_pin(struct update *u, struct error *err)
{
	struct enforcement *e = u->e;
	int r = enforce_write_record(e, err);

	if (r)
		return r;
	r = pin_links(u, &u->pinned, err);
	if (r && r != -ENOTRECOVERABLE)
		record_write(e->config->run_dir, &u->old, NULL);
	return r;
}

/* What lost a link moves to the programs that it had, and to the storage that its old links read. */
static int move_over(struct update *u, struct error *err)
{
	struct enforcement *e = u->e;
	unsigned int came = 0;
	int r = e->compiled.calls ? keep_before(u, err) : 0;

	r = r ?: add_links(u, e->compiled.calls, false, err);
	r = r ?: enforce_add_companion(e, NULL, err);
	r = r ?: record_and_pin(u, err);
	if (r && r != -ENOTRECOVERABLE) {
		attachment_undo(&e->attachment, &e->pins, u->old.key);
		give_back_before(u);
	}
	if (r)
		return r;
	for (size_t link = 0; link < PINS_LINKS; link++) {
		if (attachment_fd(&e->attachment, link) >= 0)
			came |= 1u << link;
	}
	return drop_others(u, came, err);
}

static int put(struct update *u, struct error *err)
{
	struct compiled *compiled = &u->e->compiled;
	bool fits = u->class && u->class->size >= compiled->class->size;
	int r = fits ? compiled_widen(compiled, u->class, err) : 0;

	r = r ?: enforce_open_programs(u->e, err);
	if (r)
		return r;
	/* Nothing is to be written, and no programs were opened. */
	if (!compiled->calls)
		fits = false;
	return fits ? write_over(u, err) : move_over(u, err);
}

static int keep_text(char **field, const char *text, struct error *err)
{
	if (*field || !text)
		return 0;
	*field = strdup(text);
	return *field ? 0 : no_memory(err);
}

/* What the new record has in common with the old one. */
static int take_over(struct update *u, const enum policy_mode *mode, struct error *err)
{
	const struct run_record *old = &u->old;
	struct run_record *record = &u->e->record;
	enum policy_mode before;
	int r = policy_mode_parse(old->mode, &before, err);

	if (r)
		return error_prefix(err, "run record");
	u->e->mode = mode ? *mode : before;
	if (before == MODE_RECORD || u->e->mode == MODE_RECORD)
		return error_set(err, EINVAL,
				 "%s: a recording cannot become a policy, nor a policy a "
				 "recording, while the container runs: start it anew",
				 old->id);
	record->pid = old->pid;
	record->maker = old->maker;
	record->made_at = old->made_at;
	record->guarded = u->e->guard = old->guarded;
	r = keep_text(&record->kind, old->kind, err);
	r = r ?: keep_text(&record->id, old->id, err);
	r = r ?: keep_text(&record->bundle, old->bundle, err);
	r = r ?: keep_text(&record->container, old->container, err);
	r = r ?: keep_text(&record->pod, old->pod, err);
	r = r ?: keep_text(&record->namespace, old->namespace, err);
	r = r ?: keep_text(&record->policy, old->policy, err);
	r = r ?: keep_text(&record->source, old->source ?: "of an unknown source", err);
	if (!r && !record->policy)
		r = error_set(err, EBADMSG,
			      "%s: its run record tells no policy: give one, with --policy or "
			      "--profile",
			      old->id);
	return r;
}

int enforce_update(struct enforcement *e, const enum policy_mode *mode, struct error *err)
{
	struct update u = {.e = e, .pinned = PINNED_NONE};
	int r = enforce_open_folders(e, err);

	r = r ?: record_read(e->config->run_dir, e->record.key, &u.old, err);
	r = r ?: take_over(&u, mode, err);
	r = r ?: enforce_parse(e, strlen(e->record.policy), err);
	r = r ?: enforce_compile(e, err);
	r = r ?: find_old(&u, err);
	r = r ?: put(&u, err);
	pinned_done(&u.pinned);
	record_done(&u.old);
	free(u.before);
	return r;
}
