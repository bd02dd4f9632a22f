// SPDX-License-Identifier: Apache-2.0
/*
 * Trying out, pinning and linking the companion. That this kernel has none is remembered by a pin, so
 * that not every container tries again; it goes with the folder of its class, at the latest when the
 * host is booted.
 */
#include "kernel/companion.h"

#include <bpf/bpf.h>
#include <string.h>
#include <unistd.h>

#include "base/caps.h"
#include "base/cleanup.h"
#include "kernel/load.h"
#include "kernel/probe-features.h"

#define LACKING "compat-none"

enum part {
	PART_SET,
	PART_GET,
	PART_RING,
};

static const char *name_of(size_t part)
{
	return pins_link_name(PINS_CALLS + part);
}

static int open_pinned(const struct pins *pins, const char *class, struct companion *ret)
{
	struct companion companion = COMPANION_NONE;
	int r = 0;

	for (size_t part = 0; part < COMPANION_LINKS && !r; part++) {
		r = programs_open_pin(pins, programs_generation(), class, name_of(part),
				      &companion.fds[part], NULL);
		if (part == PART_RING && r == -ENOENT)
			r = 0;
	}
	if (r)
		companion_done(&companion);
	else
		*ret = companion;
	return r;
}

static int pin(const struct pins *pins, const char *class, int fd, const char *name,
	       struct error *err)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/%s/%s/%s", pins->root, programs_generation(), class, name) < 0) {
		path = NULL;
		return error_set(err, ENOMEM, "out of memory");
	}
	/* Where another was faster, theirs is as good. */
	if (bpf_obj_pin(fd, path) && errno != EEXIST)
		return error_errno(err, errno, "pinning %s", path);
	return 0;
}

/* ---- does this kernel have it? ---- */

static int lacking(struct error *err, const char *reason)
{
	return error_set(err, EOPNOTSUPP, "this kernel %s", reason);
}

static bool is_known_to_lack(const struct pins *pins, const char *class)
{
	_cleanup_close_ int fd = -1;

	return !programs_open_pin(pins, programs_generation(), class, LACKING, &fd, NULL);
}

static enum probe_guard probe(int *ret_errno, struct error *err)
{
	struct caps_saved saved;
	enum probe_guard found = GUARD_NO_ATTACH;

	*ret_errno = EPERM;
	if (caps_raise(CAPS_LOAD_PROGRAM, &saved, err))
		return found;
	found = probe_guard(ret_errno);
	caps_restore(&saved);
	return found;
}

/* What may be otherwise at the next try, so that it says nothing of the kernel. */
static bool is_of_the_moment(int code)
{
	static const int codes[] = {ENOMEM, EMFILE, ENFILE, EAGAIN, E2BIG, EBUSY, ENOSPC};

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		if (code == codes[i])
			return true;
	}
	return false;
}

static int try_out(const struct pins *pins, const char *class, int policies, struct error *err)
{
	static const char *const reasons[] = {
		[GUARD_NOT_CALLED] =
			"does not call LSM programs: \"bpf\" is not in its list of LSMs",
		[GUARD_NO_LOAD] = "loads no LSM program",
		[GUARD_NO_ATTACH] = "attaches no LSM program to a cgroup",
	};
	int code;
	enum probe_guard found = probe(&code, err);

	if (found == GUARD_WORKS)
		return 0;
	if (found != GUARD_NOT_CALLED && is_of_the_moment(code))
		return error_errno(err, code, "trying out an LSM program on a cgroup");
	if (found == GUARD_NO_ATTACH && code != EOPNOTSUPP)
		return error_set(err, EOPNOTSUPP,
				 "whether this kernel calls LSM programs could not be tried: %s",
				 strerror(code));
	pin(pins, class, policies, LACKING, NULL);
	return lacking(err, reasons[found]);
}

/* ---- opening ---- */

static int load_and_pin(const struct pins *pins, const struct program_class *class,
			const struct programs *programs, struct error *err)
{
	_cleanup_close_ int events = -1;
	struct loaded loaded = {0};
	int r = programs_open_events(pins, &events, err);

	r = r ?: load_companion(class, events, programs->policies, &loaded, err);
	for (size_t i = 0; i < loaded.n && !r; i++)
		r = pin(pins, class->name, loaded.pins[i].fd, loaded.pins[i].name, err);
	loaded_done(&loaded);
	return r;
}

int companion_open(const struct pins *pins, const struct program_class *class,
		   const struct programs *programs, struct companion *ret, struct error *err)
{
	int r = open_pinned(pins, class->name, ret);

	if (!r)
		return 0;
	if (is_known_to_lack(pins, class->name))
		return lacking(err, "was found to have no LSM programs for cgroups");
	r = try_out(pins, class->name, programs->policies, err);
	r = r ?: load_and_pin(pins, class, programs, err);
	if (r)
		return r;
	r = open_pinned(pins, class->name, ret);
	return r ? error_errno(err, -r, "opening the programs for 32-bit calls") : 0;
}

void companion_done(struct companion *companion)
{
	for (size_t part = 0; part < COMPANION_LINKS; part++) {
		if (companion->fds[part] >= 0)
			close(companion->fds[part]);
	}
	*companion = (struct companion)COMPANION_NONE;
}

/* ---- linking ---- */

unsigned int companion_parts(unsigned int calls)
{
	return calls | (calls ? 1u << PART_RING : 0);
}

bool companion_attached(const struct link_facts facts[PINS_LINKS], unsigned int calls,
			uint64_t cgroup_id)
{
	/* Those for rings are not demanded: kernels with a companion may have no hook for them. */
	for (size_t call = 0; call < PINS_CALLS; call++) {
		if (calls & (1u << call) && facts[PINS_CALLS + call].cgroup_id != cgroup_id)
			return false;
	}
	return true;
}

int companion_link(const struct companion *companion, const struct cgroup *cgroup,
		   unsigned int calls, int links[COMPANION_LINKS], struct error *err)
{
	unsigned int parts = companion_parts(calls);

	for (size_t part = 0; part < COMPANION_LINKS; part++) {
		if (!(parts & (1u << part)) || companion->fds[part] < 0 || links[part] >= 0)
			continue;
		links[part] =
			bpf_link_create(companion->fds[part], cgroup->fd, BPF_LSM_CGROUP, NULL);
		if (links[part] < 0)
			return error_errno(err, errno,
					   "cgroup %s: attaching the program %s for 32-bit calls",
					   cgroup->path, name_of(part));
	}
	return 0;
}
