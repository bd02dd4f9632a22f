// SPDX-License-Identifier: Apache-2.0
/* Reading the inventory. What an entry is called, and how it is found: entry.c. */
#include "verbs/inventory.h"

#include <string.h>

#include "base/cleanup.h"

struct key_array {
	char **keys;
	size_t n;
};

static void free_keys(struct key_array *a)
{
	free_strings(a->keys, a->n);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted, each once; takes over both arrays whatever happens. */
static int merge(struct key_array *a, struct key_array *b, struct key_array *ret, struct error *err)
{
	struct key_array all = {.keys = calloc(a->n + b->n + 1, sizeof(char *))};

	if (!all.keys) {
		free_keys(a);
		free_keys(b);
		return error_set(err, ENOMEM, "out of memory");
	}
	memcpy(all.keys, a->keys, a->n * sizeof(char *));
	memcpy(all.keys + a->n, b->keys, b->n * sizeof(char *));
	qsort(all.keys, a->n + b->n, sizeof(char *), by_text);
	for (size_t i = 0; i < a->n + b->n; i++) {
		if (all.n && !strcmp(all.keys[all.n - 1], all.keys[i]))
			free(all.keys[i]);
		else
			all.keys[all.n++] = all.keys[i];
	}
	free(a->keys);
	free(b->keys);
	*ret = all;
	return 0;
}

bool inventory_open_cgroup(const struct run_record *record, struct cgroup *ret)
{
	return !cgroup_at(record->cgroup, ret, NULL) && ret->id == record->cgroup_id;
}

bool inventory_has_cgroup(const struct run_record *record)
{
	struct cgroup cgroup = CGROUP_NONE;
	bool there = inventory_open_cgroup(record, &cgroup);

	cgroup_done(&cgroup);
	return there;
}

static void judge(struct entry *e, bool husk)
{
	static const char *const missing[] = {"no setsockopt link", "no getsockopt link"};

	e->state = STATE_DAMAGED;
	if (!e->has_pins)
		e->detail = "no pins";
	else if (!e->has_record)
		e->detail = "no run record";
	for (size_t call = 0; call < 2 && !e->detail; call++) {
		if (e->record.link_ids[call] && !(e->calls & (1u << call)))
			e->detail = missing[call];
	}
	/*
	 * The kernel marks a link of a removed cgroup some time later, and a policy
	 * without links has none to mark. A link that somebody detached looks the same.
	 */
	if (e->has_record ? !inventory_has_cgroup(&e->record) : husk)
		e->state = STATE_GONE;
	else if (husk && !e->detail)
		e->detail = "a link was detached";
	else if (!e->detail)
		e->state = STATE_IN_FORCE;
}

/* Returns whether there is anything under @key: it may be gone since it was listed. */
static bool read_entry(const struct host_config *config, const struct pins *pins, const char *key,
		       struct entry *e)
{
	struct pinned pinned = PINNED_NONE;

	e->unreadable = pins->root && pins_get(pins, key, &pinned, NULL);
	e->has_record = !record_read(config->run_dir, key, &e->record, NULL);
	e->has_pins = pinned.exists && !e->unreadable;
	for (size_t call = 0; call < PINS_CALLS; call++) {
		if (pinned.fds[call] >= 0)
			e->calls |= 1u << call;
	}
	memcpy(e->facts, pinned.facts, sizeof(e->facts));
	judge(e, pinned.husk);
	if (e->unreadable)
		e->detail = "pins cannot be read";
	else if (!e->has_record && record_exists(config->run_dir, key))
		e->detail = "run record cannot be read";
	pinned_done(&pinned);
	return e->has_record || e->has_pins || e->detail != NULL;
}

static int read_entries(const struct host_config *config, struct inventory *inv,
			struct key_array *keys, struct error *err)
{
	inv->entries = calloc(keys->n + 1, sizeof(*inv->entries));
	if (!inv->entries)
		return error_set(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < keys->n; i++) {
		struct entry *e = &inv->entries[inv->n];

		if (!read_entry(config, &inv->pins, keys->keys[i], e))
			continue;
		e->key = TAKE_PTR(keys->keys[i]);
		inv->n++;
	}
	return 0;
}

int inventory_read(const struct host_config *config, struct inventory *ret, struct error *err)
{
	struct key_array pinned = {0}, recorded = {0}, all = {0};
	struct inventory inv = {0};
	int r = pins_open(config->bpffs, false, &inv.pins, err);

	if (r ==
	    -ENOENT) /* nothing was ever pinned here; what has a record all the same is damaged */
		r = 0;
	else
		r = r ?: pins_list(&inv.pins, &pinned.keys, &pinned.n, err);
	r = r ?: record_list(config->run_dir, &recorded.keys, &recorded.n, err);
	if (r)
		free_keys(&pinned);
	r = r ?: merge(&pinned, &recorded, &all, err);
	r = r ?: read_entries(config, &inv, &all, err);
	free_keys(&all);
	if (r)
		inventory_done(&inv);
	else
		*ret = inv;
	return r;
}

void inventory_done(struct inventory *inventory)
{
	for (size_t i = 0; i < inventory->n; i++) {
		free(inventory->entries[i].key);
		record_done(&inventory->entries[i].record);
	}
	free(inventory->entries);
	pins_done(&inventory->pins);
	*inventory = (struct inventory){0};
}
