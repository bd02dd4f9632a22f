// SPDX-License-Identifier: Apache-2.0
/* Sweeping what killed runs left. Removes no cgroup but empty ones that a run record names. */
#include "verbs/runs.h"

#include <string.h>

#include "enforce.h"

static int sweep_one(const struct host_config *config, const struct pins *pins,
		     const struct entry *e, bool *ret_swept, struct error *err)
{
	struct cgroup cgroup = CGROUP_NONE;
	int r = 0;

	*ret_swept = inventory_open_cgroup(&e->record, &cgroup) && !cgroup_populated(&cgroup);
	if (*ret_swept) {
		r = cgroup_remove(&cgroup, err);
		r = r ?: enforce_remove_locked(config, pins, e->key, err);
	}
	cgroup_done(&cgroup);
	return r;
}

int runs_sweep(const struct host_config *config, const struct inventory *inventory,
	       void (*each)(const char *key, void *to), void *to, struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < inventory->n; i++) {
		const struct entry *e = &inventory->entries[i];
		bool swept = false;
		int failed;

		if (!e->has_record || strcmp(e->record.kind, "run"))
			continue;
		failed = sweep_one(config, &inventory->pins, e, &swept, r ? NULL : err);
		r = r ?: failed;
		if (!failed && swept && each)
			each(e->key, to);
	}
	return r;
}
