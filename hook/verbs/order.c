// SPDX-License-Identifier: Apache-2.0
/*
 * The effective order of one cgroup. All policies share two programs, so an id does not tell whose
 * a program is: only the cgroup that it is attached to does, and that is found by walking up.
 */
#include "verbs/order.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "kernel/cgroup.h"

/*
 * The first step with @id that no cgroup has claimed yet: the order
 * runs from the inner to the outer.
 */
static struct order_step *unclaimed(struct order *order, uint32_t id)
{
	for (size_t i = 0; i < order->count; i++) {
		if (order->steps[i].prog_id == id && !order->steps[i].cgroup)
			return &order->steps[i];
	}
	return NULL;
}

static int add_displaced(struct order *order, uint32_t id, const char *path, struct error *err)
{
	struct order_step *more =
		reallocarray(order->displaced, order->n_displaced + 1, sizeof(*more));

	if (!more)
		return error_set(err, ENOMEM, "out of memory");
	order->displaced = more;
	more += order->n_displaced++;
	*more = (struct order_step){.prog_id = id, .cgroup = strdup(path)};
	bpf_prog_name(id, more->name);
	return 0;
}

static int claim(struct order *order, int fd, size_t call, const char *path, const struct entry *e,
		 bool own, struct error *err)
{
	struct attached at;
	int r = bpf_attached(fd, bpf_type_of_call(call), false, &at, err);

	for (size_t i = 0; !r && i < at.count; i++) {
		struct order_step *step = unclaimed(order, at.ids[i]);

		if (!step) {
			r = add_displaced(order, at.ids[i], path, err);
			continue;
		}
		step->cgroup = strdup(path);
		step->ours =
			own && e->calls & (1u << call) && step->prog_id == e->facts[call].prog_id;
	}
	return r;
}

/* Up to the root of what is mounted; @path is cut level by level. */
static int walk(struct order *order, const struct cgroup *cgroup, size_t call,
		const struct entry *e, struct error *err)
{
	_cleanup_free_ char *path = strdup(cgroup->path);
	_cleanup_close_ int fd = openat(cgroup->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool own = true;
	char *slash;
	int r = path && fd >= 0 ? 0 : error_errno(err, errno, "cgroup %s", cgroup->path);

	while (!r) {
		int up;

		r = claim(order, fd, call, *path ? path : "/", e, own, err);
		slash = strrchr(path, '/');
		if (r || !slash || !slash[1] || !strcmp(path, cgroup->root))
			break;
		*slash = '\0';
		own = false;
		up = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (up < 0)
			return error_errno(err, errno, "cgroup %s", path);
		close(fd);
		fd = up;
	}
	return r;
}

int order_read(const struct entry *e, size_t call, struct order *ret, struct error *err)
{
	struct cgroup cgroup = CGROUP_NONE;
	struct attached effective;
	int r;

	*ret = (struct order){0};
	if (!e->has_record || e->state == STATE_GONE)
		return error_set(err, ENOENT, "its cgroup is gone");
	r = cgroup_at(e->record.cgroup, &cgroup, err);
	r = r ?: bpf_attached(cgroup.fd, bpf_type_of_call(call), true, &effective, err);
	if (!r) {
		ret->steps = calloc(effective.count + 1, sizeof(*ret->steps));
		if (!ret->steps)
			r = error_set(err, ENOMEM, "out of memory");
	}
	for (size_t i = 0; !r && i < effective.count; i++) {
		ret->steps[i].prog_id = effective.ids[i];
		bpf_prog_name(effective.ids[i], ret->steps[i].name);
		ret->count++;
	}
	r = r ?: walk(ret, &cgroup, call, e, err);
	cgroup_done(&cgroup);
	return r;
}

void order_done(struct order *order)
{
	for (size_t i = 0; i < order->count; i++)
		free(order->steps[i].cgroup);
	for (size_t i = 0; i < order->n_displaced; i++)
		free(order->displaced[i].cgroup);
	free(order->displaced);
	free(order->steps);
	*order = (struct order){0};
}
