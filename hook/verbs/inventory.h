/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All policies that this host knows of: run records joined with pins,
 * and what the kernel says of them.
 */
#ifndef VERBS_INVENTORY_H
#define VERBS_INVENTORY_H

#include "kernel/cgroup.h"
#include "kernel/pins.h"
#include "oci/config.h"
#include "oci/record.h"
#include "verbs/verbs.h"

enum entry_state {
	STATE_IN_FORCE,
	STATE_GONE,    /* its cgroup is gone */
	STATE_DAMAGED, /* pins or run record are missing */
};

struct entry {
	char *key;
	bool has_record;
	struct run_record record; /* where has_record */
	bool has_pins;
	bool unreadable;    /* what is pinned, if anything, could not be asked for */
	unsigned int calls; /* bits 1 << call: there is a link pinned */
	struct link_facts facts[PINS_LINKS]; /* of those */
	enum entry_state state;
	const char *detail; /* what is damaged, or NULL */
};

struct inventory {
	struct entry *entries; /* by key */
	size_t n;
	struct pins pins; /* root is NULL where nothing was ever pinned */
};

/* Freed by inventory_done(). */
int inventory_read(const struct host_config *config, struct inventory *ret, struct error *err);
void inventory_done(struct inventory *inventory);

/*
 * The entry that @word means: an id or a key, or the beginning of just one. NULL @kind: any.
 * -ENOENT where there is none, -EEXIST where there are several: the message lists their keys.
 */
int inventory_find(const struct inventory *inventory, const char *kind, const char *word,
		   const struct entry **ret, struct error *err);

/*
 * Open the cgroup that @record names. False where it is not that very one any more: another of the
 * same name has another id. @ret is to be released in all cases.
 */
bool inventory_open_cgroup(const struct run_record *record, struct cgroup *ret);
bool inventory_has_cgroup(const struct run_record *record);

/* What people type: the id, or the key where there is no record. */
const char *entry_id(const struct entry *entry);
/* "in force", "gone", "damaged (no pins)" … Returns @text. */
#define ENTRY_STATE_MAX 64
const char *entry_state_text(const struct entry *entry, char text[ENTRY_STATE_MAX]);
/* "setsockopt getsockopt", or "none". */
const char *entry_calls_text(const struct entry *entry);
/* What `list` and `show` tell alike, as members of the object that @w is in. */
void entry_add_json(struct json_writer *w, const struct entry *entry);

#endif
