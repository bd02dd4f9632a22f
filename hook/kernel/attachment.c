// SPDX-License-Identifier: Apache-2.0
/*
 * Links first, since they make the storage; then the storage; then the pins, which make all of it
 * last. A slot without a policy denies, so no moment is open.
 */
#include "kernel/attachment.h"

#include <bpf/bpf.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sockopt-record.h"

/*
 * All policies share two programs, and a cgroup has one slot for the policy, for both
 * calls: a second policy of ours at @cgroup would be written over the first one, also
 * where it is for the other call.
 */
static int refuse_second(const struct cgroup *cgroup, const struct programs *programs,
			 struct error *err)
{
	_cleanup_free_ struct attached *own = malloc(sizeof(*own));
	int r = own ? 0 : error_set(err, ENOMEM, "out of memory");

	for (size_t call = 0; call < 2 && !r; call++) {
		uint32_t id = bpf_prog_id(programs->fds[call]);

		r = bpf_attached(cgroup->fd, bpf_type_of_call(call), false, own, err);
		for (size_t i = 0; !r && i < own->count; i++) {
			if (own->ids[i] == id)
				r = error_set(err, EEXIST,
					      "cgroup %s has a policy of ours already, under "
					      "another id: \"sockoptctl list\" shows it, "
					      "\"sockoptctl detach\" takes it away",
					      cgroup->path);
		}
	}
	return r;
}

static int link_to(const struct cgroup *cgroup, int program, size_t call, int *ret,
		   struct error *err)
{
	*ret = bpf_link_create(program, cgroup->fd, bpf_type_of_call(call), NULL);
	if (*ret < 0 && errno == ENOMEM) {
		bpf_lift_memlock();
		*ret = bpf_link_create(program, cgroup->fd, bpf_type_of_call(call), NULL);
	}
	if (*ret >= 0)
		return 0;
	if (errno == E2BIG)
		return error_set(err, E2BIG,
				 "cgroup %s: the kernel takes at most 64 %s programs on one "
				 "cgroup, and there are so many",
				 cgroup->path, bpf_name_of_call(call));
	return error_errno(err, errno, "cgroup %s: attaching the %s program", cgroup->path,
			   bpf_name_of_call(call));
}

static void let_pass_go(struct attachment *a)
{
	if (a->pass < 0)
		return;
	bpf_link_detach(a->pass);
	close(TAKE_FD(a->pass));
}

int attachment_prepare(struct attachment *a, const struct cgroup *cgroup, int pass,
		       struct error *err)
{
	return link_to(cgroup, pass, 0, &a->pass, err);
}

int attachment_link(struct attachment *a, const struct cgroup *cgroup,
		    const struct programs *programs, unsigned int calls, struct error *err)
{
	int r = calls ? refuse_second(cgroup, programs, err) : 0;

	return r ?: attachment_add(a, cgroup, programs, calls, err);
}

int attachment_add(struct attachment *a, const struct cgroup *cgroup,
		   const struct programs *programs, unsigned int calls, struct error *err)
{
	int r = 0;

	for (size_t call = 0; call < 2; call++) {
		struct link_facts facts;

		if (!(calls & (1u << call)))
			continue;
		r = link_to(cgroup, programs->fds[call], call, &a->links[call], err);
		r = r ?: bpf_link_facts(a->links[call], &facts, err);
		if (r)
			return r;
		a->link_ids[call] = facts.link_id;
		a->prog_ids[call] = facts.prog_id;
	}
	/* Ours hold the storage now. */
	let_pass_go(a);
	return 0;
}

int attachment_write(const struct cgroup *cgroup, const struct programs *programs,
		     struct sockopt_policy *policy, struct error *err)
{
	uint64_t key = cgroup->id;

	policy->owner = cgroup->id;
	if (bpf_map_update_elem(programs->policies, &key, policy, BPF_EXIST))
		return error_errno(err, errno, "cgroup %s: writing the policy", cgroup->path);
	return 0;
}

int attachment_write_recorder(const struct cgroup *cgroup, const struct programs *programs,
			      struct error *err)
{
	const struct sockopt_recorder recorder = {.magic = SOCKOPT_RECORDER_MAGIC,
						  .owner = cgroup->id};

	if (bpf_map_update_elem(programs->policies, &cgroup->id, &recorder, BPF_EXIST))
		return error_errno(err, errno, "cgroup %s: beginning the recording", cgroup->path);
	return 0;
}

int attachment_fd(const struct attachment *a, size_t link)
{
	return link < PINS_CALLS ? a->links[link] : a->companion[link - PINS_CALLS];
}

int attachment_pin(struct attachment *a, const struct pins *pins, const char *key,
		   struct error *err)
{
	int links[PINS_LINKS], r;

	for (size_t link = 0; link < PINS_LINKS; link++)
		links[link] = attachment_fd(a, link);
	r = pins_put(pins, key, links, err);

	a->pinned = !r;
	return r;
}

void attachment_undo(struct attachment *a, const struct pins *pins, const char *key)
{
	/*
	 * Now, and not when the kernel comes to free them: whoever
	 * attaches next finds none of ours.
	 */
	for (size_t link = 0; link < PINS_LINKS; link++) {
		if (attachment_fd(a, link) >= 0)
			bpf_link_detach(attachment_fd(a, link));
	}
	if (a->pinned)
		pins_remove(pins, key, NULL);
	attachment_done(a);
}

void attachment_done(struct attachment *a)
{
	for (size_t link = 0; link < PINS_LINKS; link++) {
		if (attachment_fd(a, link) >= 0)
			close(attachment_fd(a, link));
	}
	let_pass_go(a);
	*a = (struct attachment)ATTACHMENT_NONE;
}
