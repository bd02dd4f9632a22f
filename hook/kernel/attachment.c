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

int attachment_link(struct attachment *a, const struct cgroup *cgroup,
		    const struct programs *programs, unsigned int calls, struct error *err)
{
	int r = calls ? refuse_second(cgroup, programs, err) : 0;

	if (r)
		return r;
	for (size_t call = 0; call < 2; call++) {
		struct link_facts facts;

		if (!(calls & (1u << call)))
			continue;
		a->links[call] = bpf_link_create(programs->fds[call], cgroup->fd,
						 bpf_type_of_call(call), NULL);
		if (a->links[call] < 0 && errno == E2BIG)
			return error_set(err, E2BIG,
					 "cgroup %s: the kernel takes at most 64 %s programs on "
					 "one cgroup, and there are so many",
					 cgroup->path, bpf_name_of_call(call));
		if (a->links[call] < 0)
			return error_errno(err, errno, "cgroup %s: attaching the %s program",
					   cgroup->path, bpf_name_of_call(call));
		r = bpf_link_facts(a->links[call], &facts, err);
		if (r)
			return r;
		a->link_ids[call] = facts.link_id;
		a->prog_ids[call] = facts.prog_id;
	}
	return 0;
}

int attachment_write(const struct attachment *a, const struct cgroup *cgroup,
		     const struct programs *programs, struct sockopt_policy *policy,
		     struct error *err)
{
	uint64_t key = cgroup->id;

	/*
	 * The kernel makes the storage when the first program is attached;
	 * without one there is none to write.
	 */
	if (a->links[0] < 0 && a->links[1] < 0)
		return 0;
	policy->owner = cgroup->id;
	if (bpf_map_update_elem(programs->policies, &key, policy, BPF_EXIST))
		return error_errno(err, errno, "cgroup %s: writing the policy", cgroup->path);
	return 0;
}

int attachment_pin(struct attachment *a, const struct pins *pins, const char *key,
		   struct error *err)
{
	int r = pins_put(pins, key, a->links, err);

	a->pinned = !r;
	return r;
}

void attachment_undo(struct attachment *a, const struct pins *pins, const char *key)
{
	/*
	 * Now, and not when the kernel comes to free them: whoever
	 * attaches next finds none of ours.
	 */
	for (size_t call = 0; call < 2; call++) {
		if (a->links[call] >= 0)
			bpf_link_detach(a->links[call]);
	}
	if (a->pinned)
		pins_remove(pins, key, NULL);
	attachment_done(a);
}

void attachment_done(struct attachment *a)
{
	for (size_t call = 0; call < 2; call++) {
		if (a->links[call] >= 0)
			close(a->links[call]);
	}
	*a = (struct attachment)ATTACHMENT_NONE;
}
