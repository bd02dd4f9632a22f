// SPDX-License-Identifier: Apache-2.0
/*
 * The companion for 32-bit calls as a part of an enforcement: where it was asked for and the kernel
 * has it, the container is not to run without.
 */
#include "enforce.h"

#include "base/cleanup.h"

static void companion_close(struct companion *companion)
{
	companion_done(companion);
}

int enforce_add_companion(struct enforcement *e, const struct pinned *pinned, struct error *err)
{
	__attribute__((cleanup(companion_close))) struct companion companion = COMPANION_NONE;
	struct program_class class = enforce_class(e);
	struct attachment *a = &e->attachment;
	int links[COMPANION_LINKS], r;

	/* Who records does not read the policy's storage; without calls there is none. */
	if (!e->guard || !e->compiled.calls || e->mode == MODE_RECORD)
		return 0;
	for (size_t part = 0; part < COMPANION_LINKS; part++)
		links[part] = pinned ? pinned->fds[PINS_CALLS + part] : -1;
	r = companion_open(&e->pins, &class, &e->programs, &companion, err);
	r = r ?: companion_link(&companion, &e->cgroup, e->compiled.calls, links, err);
	for (size_t part = 0; part < COMPANION_LINKS; part++) {
		if (!pinned || pinned->fds[PINS_CALLS + part] < 0)
			a->companion[part] = links[part];
	}
	return r;
}

int enforce_attach_companion(struct enforcement *e, struct error *err)
{
	struct error found = {0};
	int r = enforce_add_companion(e, NULL, &found);

	e->record.guarded = !r && e->guard && e->mode != MODE_RECORD;
	if (r && r != -EOPNOTSUPP)
		return error_set(err, -r,
				 "%s (onCompat is \"guard\": \"warn\" starts containers without)",
				 found.text);
	e->lack = found;
	return 0;
}
