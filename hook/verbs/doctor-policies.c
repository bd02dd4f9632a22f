// SPDX-License-Identifier: Apache-2.0
/* `sockoptctl doctor`: what is in force here, what is left over, and what another build left. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel/programs.h"
#include "verbs/doctor.h"
#include "verbs/inventory.h"

/* Returns false after saying why; a missing folder of pins is no reason. */
static bool read_inventory(struct doctor *d, struct inventory *ret)
{
	struct error err = {0};

	if (!inventory_read(&d->config, ret, &err))
		return true;
	doctor_say(d, DOCTOR_WARN, "not known: %s", err.text);
	doctor_todo(d, "do what the lines above say, as root");
	return false;
}

static void say_damaged(struct doctor *d, const struct entry *e)
{
	char state[ENTRY_STATE_MAX];

	doctor_say(d, DOCTOR_WARN, "%s is %s", entry_id(e), entry_state_text(e, state));
	doctor_todo(d, "sockoptctl detach %s, and start the container anew", e->key);
}

/* Of what is another configuration's the run records are elsewhere, and "detach" is no remedy. */
static bool is_of_another(struct doctor *d, const struct inventory *inv)
{
	char other[PATH_MAX];

	if (!inv->pins.root || !pins_count(&inv->pins) || !pins_owner(&inv->pins, other) ||
	    !strcmp(other, d->config.run_dir) || file_is_same(other, d->config.run_dir))
		return false;
	doctor_say(d, DOCTOR_FAIL,
		   "those pinned in %s have their run records in %s, and runDir is %s: every start "
		   "is refused",
		   inv->pins.root, other, d->config.run_dir);
	doctor_todo(d, "give this configuration a bpffs of its own, or the same runDir");
	return true;
}

void doctor_policies(struct doctor *d)
{
	size_t in_force = 0, gone = 0, damaged = 0;
	struct inventory inv = {0};

	if (!read_inventory(d, &inv))
		return;
	if (is_of_another(d, &inv)) {
		inventory_done(&inv);
		return;
	}
	for (size_t i = 0; i < inv.n; i++) {
		in_force += inv.entries[i].state == STATE_IN_FORCE;
		gone += inv.entries[i].state == STATE_GONE;
		if (inv.entries[i].state != STATE_DAMAGED)
			continue;
		damaged++;
		say_damaged(d, &inv.entries[i]);
	}
	if (gone) {
		doctor_say(d, DOCTOR_WARN, "%zu left of cgroups that are gone", gone);
		doctor_todo(d, "sockoptctl gc");
	}
	if (!gone && !damaged)
		doctor_say(d, DOCTOR_OK, "%zu in force, nothing left over", in_force);
	inventory_done(&inv);
}

static bool in_force_under(const struct entry *e, const char *generation)
{
	return e->state == STATE_IN_FORCE && e->record.generation &&
	       !strcmp(e->record.generation, generation);
}

static void judge_generation(struct doctor *d, const struct inventory *inv, const char *generation)
{
	_cleanup_free_ char *ids = NULL;
	size_t length, n = 0;
	FILE *f = open_memstream(&ids, &length);

	if (!f) {
		d->out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < inv->n; i++) {
		if (in_force_under(&inv->entries[i], generation))
			fprintf(f, "%s%s", n++ ? ", " : "", entry_id(&inv->entries[i]));
	}
	fclose(f);
	if (n) {
		doctor_say(d, DOCTOR_WARN, "under another build (%s): %s", generation, ids);
		doctor_todo(d, "nothing is wrong; start them anew where they are to run under %s",
			    programs_generation());
	} else {
		doctor_say(d, DOCTOR_WARN, "programs of another build (%s), which nothing runs",
			   generation);
		doctor_todo(d, "sockoptctl gc");
	}
}

void doctor_generations(struct doctor *d)
{
	struct inventory inv = {0};
	struct dirent *entry;
	size_t others = 0;
	DIR *dir;

	if (!read_inventory(d, &inv))
		return;
	dir = inv.pins.root ? opendir(inv.pins.root) : NULL;
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] != 'g' || !strcmp(entry->d_name, programs_generation()))
			continue;
		others++;
		judge_generation(d, &inv, entry->d_name);
	}
	if (dir)
		closedir(dir);
	if (!others)
		doctor_say(d, DOCTOR_OK, "no programs but those of this build (%s)",
			   programs_generation());
	inventory_done(&inv);
}
