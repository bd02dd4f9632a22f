// SPDX-License-Identifier: Apache-2.0
/*
 * Walking from a cgroup up to the root of its hierarchy with BPF_PROG_QUERY; the rules are
 * those of attach in the kernel.
 */
#include "kernel/ancestry.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/caps.h"
#include "base/cleanup.h"

/*
 * Names a program for a message. The name wants CAP_SYS_ADMIN, which is
 * lowered otherwise; the id does not.
 */
static void name_program(uint32_t id, char name[16])
{
	struct caps_saved saved;

	caps_raise(CAPS_NAME_PROGRAM, &saved, NULL);
	bpf_prog_name(id, name);
	caps_restore(&saved);
}

/*
 * May a link be attached at or below a cgroup that holds @found? @own: it is
 * the container's cgroup itself.
 */
static int judge(const struct attached *found, size_t call, const char *path, bool own,
		 struct error *err)
{
	char name[16];

	if (!found->count || found->flags & BPF_F_ALLOW_MULTI)
		return 0;
	name_program(found->ids[0], name);
	if (own)
		return error_set(err, EPERM,
				 "cgroup %s: program %u \"%s\" is attached for %s without "
				 "BPF_F_ALLOW_MULTI, so the kernel takes no other beside it: "
				 "attach it with BPF_F_ALLOW_MULTI",
				 path, found->ids[0], name, bpf_name_of_call(call));
	if (found->flags & BPF_F_ALLOW_OVERRIDE)
		return error_set(err, EPERM,
				 "cgroup %s: the host's program %u \"%s\" is attached for %s with "
				 "BPF_F_ALLOW_OVERRIDE, and ours would displace it: attach it with "
				 "BPF_F_ALLOW_MULTI",
				 path, found->ids[0], name, bpf_name_of_call(call));
	return error_set(
		err, EPERM,
		"cgroup %s: the host's program %u \"%s\" is attached for %s exclusively (no flag), "
		"so the kernel takes none below it: attach it with BPF_F_ALLOW_MULTI",
		path, found->ids[0], name, bpf_name_of_call(call));
}

/* Cut the last part of a cgroup's path; "/" stays. */
static void to_parent(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash && slash != path)
		*slash = '\0';
	else
		strcpy(path, "/");
}

/* Walk up from @cgroup. Ends at the root of what is mounted: its parent is no cgroup. */
static int walk(const struct cgroup *cgroup, size_t call, struct error *err)
{
	_cleanup_free_ char *path = strdup(cgroup->path);
	_cleanup_free_ struct attached *found = malloc(sizeof(*found));
	_cleanup_close_ int fd = fcntl(cgroup->fd, F_DUPFD_CLOEXEC, 0);
	struct stat here, above;
	bool own = true;
	int r, up;

	if (!path || !found || fd < 0 || fstat(fd, &here))
		return error_errno(err, errno ?: ENOMEM, "cgroup %s", cgroup->path);
	for (;;) {
		r = bpf_attached(fd, bpf_type_of_call(call), false, found, err);
		r = r ?: judge(found, call, path, own, err);
		if (r)
			return r;
		up = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (up < 0)
			return error_errno(err, errno, "cgroup above %s", path);
		close(TAKE_FD(fd));
		fd = up;
		if (fstat(fd, &above))
			return error_errno(err, errno, "cgroup above %s", path);
		if (above.st_dev != here.st_dev || above.st_ino == here.st_ino)
			return 0;
		here = above;
		own = false;
		to_parent(path);
	}
}

int ancestry_check(const struct cgroup *cgroup, unsigned int calls, struct ancestry *ret,
		   struct error *err)
{
	int r = 0;

	for (size_t call = 0; call < 2 && !r; call++) {
		if (!(calls & (1u << call)))
			continue;
		r = bpf_attached(cgroup->fd, bpf_type_of_call(call), true, &ret->before[call], err);
		/*
		 * Nothing runs only where nothing is attached, here or above: a program that is
		 * displaced is so by another that runs.
		 */
		if (!r && ret->before[call].count)
			r = walk(cgroup, call, err);
	}
	return r;
}

/* How many programs the cgroup itself holds; they run before one that is attached later. */
static int own_count(const struct cgroup *cgroup, size_t call, size_t *ret, struct error *err)
{
	_cleanup_free_ struct attached *own = malloc(sizeof(*own));
	int r;

	if (!own)
		return error_set(err, ENOMEM, "out of memory");
	r = bpf_attached(cgroup->fd, bpf_type_of_call(call), false, own, err);
	*ret = own->count;
	return r;
}

/*
 * @now is @before with our program @id put in at one place. That place, or SIZE_MAX where it is not so.
 * The last of several: a link of the same program may be there already, which an update replaces.
 */
static size_t inserted_at(const struct attached *now, const struct attached *before, uint32_t id)
{
	if (now->count != before->count + 1)
		return SIZE_MAX;
	for (size_t at = now->count; at-- > 0;) {
		if (now->ids[at] == id &&
		    !memcmp(now->ids, before->ids, at * sizeof(now->ids[0])) &&
		    !memcmp(now->ids + at + 1, before->ids + at,
			    (before->count - at) * sizeof(now->ids[0])))
			return at;
	}
	return SIZE_MAX;
}

static int confirm(const struct cgroup *cgroup, const struct attached *before, uint32_t id,
		   size_t call, struct error *err)
{
	_cleanup_free_ struct attached *now = malloc(sizeof(*now));
	size_t own = 0, at;
	int r;

	if (!now)
		return error_set(err, ENOMEM, "out of memory");
	r = bpf_attached(cgroup->fd, bpf_type_of_call(call), true, now, err);
	if (r)
		return r;
	at = inserted_at(now, before, id);
	/* What runs last has nothing behind it. */
	if (at < now->count && at + 1 < now->count)
		r = own_count(cgroup, call, &own, err);
	if (r)
		return r;
	/*
	 * After those at the cgroup itself. Further back only PREORDER puts it,
	 * of which a query does not tell.
	 */
	if (at != SIZE_MAX && at + 1 >= own)
		return 0;
	return error_set(err, EIO,
			 "cgroup %s: after attaching, the kernel does not run our %s program %u "
			 "before all %zu that ran already (%zu run now): programs were attached "
			 "meanwhile, start the container again",
			 cgroup->path, bpf_name_of_call(call), id, before->count, now->count);
}

/* The cgroup above @cgroup, or -1 in *@ret where it is the root of what is mounted. */
static int open_parent(const struct cgroup *cgroup, int *ret, struct error *err)
{
	_cleanup_close_ int fd = openat(cgroup->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat here, above;

	if (fd < 0 || fstat(cgroup->fd, &here) || fstat(fd, &above))
		return error_errno(err, errno, "cgroup above %s", cgroup->path);
	*ret = above.st_dev != here.st_dev || above.st_ino == here.st_ino ? -1 : TAKE_FD(fd);
	return 0;
}

static bool holds(const struct attached *all, uint32_t id)
{
	for (size_t i = 0; i < all->count; i++) {
		if (all->ids[i] == id)
			return true;
	}
	return false;
}

/*
 * What runs for the cgroup above runs for this one too, but for what was attached there with ALLOW_OVERRIDE after
 * ancestry_check() had looked, and is displaced by ours.
 */
static int confirm_above(const struct cgroup *cgroup, int parent, size_t call, struct error *err)
{
	_cleanup_free_ struct attached *above = malloc(sizeof(*above));
	_cleanup_free_ struct attached *now = malloc(sizeof(*now));
	int r = above && now ? 0 : error_set(err, ENOMEM, "out of memory");

	r = r ?: bpf_attached(parent, bpf_type_of_call(call), true, above, err);
	if (r || !above->count)
		return r;
	r = bpf_attached(cgroup->fd, bpf_type_of_call(call), true, now, err);
	for (size_t i = 0; i < above->count && !r; i++) {
		if (holds(now, above->ids[i]))
			continue;
		r = walk(cgroup, call, err);
		r = r
			    ?: error_set(
				       err, EIO,
				       "cgroup %s: %s programs were attached above it meanwhile, start "
				       "the container again",
				       cgroup->path, bpf_name_of_call(call));
	}
	return r;
}

int ancestry_confirm(const struct cgroup *cgroup, const struct ancestry *before,
		     const uint32_t prog_ids[2], struct error *err)
{
	_cleanup_close_ int parent = -1;
	int r = prog_ids[0] || prog_ids[1] ? open_parent(cgroup, &parent, err) : 0;

	for (size_t call = 0; call < 2 && !r; call++) {
		if (!prog_ids[call])
			continue;
		r = confirm(cgroup, &before->before[call], prog_ids[call], call, err);
		if (!r && parent >= 0)
			r = confirm_above(cgroup, parent, call, err);
	}
	return r;
}
