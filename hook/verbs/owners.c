// SPDX-License-Identifier: Apache-2.0
/*
 * A cache of run records. Reads them again where the run folder has changed; prints nothing but one
 * note.
 */
#include "verbs/owners.h"

#include <string.h>
#include <sys/stat.h>
#include <syslog.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "kernel/programs.h"

/* So many are kept before those whose record is gone are forgotten. */
#define OWNERS_KEPT 1024

static void forget_record(struct owner *owner)
{
	policy_free(owner->policy);
	owner->policy = NULL;
	if (owner->has_record)
		record_done(&owner->record);
	owner->has_record = false;
}

static void free_owner(struct owner *owner)
{
	forget_record(owner);
	free(owner);
}

static void forget_absent(struct owners *owners)
{
	size_t kept = 0;

	for (size_t i = 0; i < owners->n; i++) {
		if (owners->all[i]->present)
			owners->all[kept++] = owners->all[i];
		else
			free_owner(owners->all[i]);
	}
	owners->n = kept;
}

static struct owner *look_up(struct owners *owners, uint64_t number)
{
	for (size_t i = 0; i < owners->n; i++) {
		if (owners->all[i]->number != number)
			continue;
		/* Events of one owner come in a row. */
		if (i) {
			struct owner *owner = owners->all[i];

			owners->all[i] = owners->all[0];
			owners->all[0] = owner;
		}
		return owners->all[0];
	}
	return NULL;
}

static struct owner *add(struct owners *owners, uint64_t number)
{
	struct owner *owner = calloc(1, sizeof(*owner)), **more;

	more = reallocarray(owners->all, owners->n + 1, sizeof(*more));
	if (more)
		owners->all = more;
	if (!more || !owner) {
		free(owner);
		return NULL;
	}
	owner->number = number;
	owners->all[owners->n++] = owner;
	return owner;
}

/* ---- records ---- */

static void note_foreign(struct owners *owners, const struct run_record *record)
{
	struct pinned pinned = PINNED_NONE;

	if (owners->foreign || !record->generation ||
	    !strcmp(record->generation, programs_generation()))
		return;
	owners->foreign = !pins_get(owners->pins, record->key, &pinned, NULL) && pinned.exists &&
			  !pinned.husk;
	pinned_done(&pinned);
	if (owners->foreign)
		log_line(LOG_WARNING,
			 "%s and perhaps others were put under their policies by another build of "
			 "this program: their events are not shown; that build's sockoptctl shows "
			 "them",
			 record->id);
}

/* Takes @record over. */
static void take_record(struct owners *owners, struct run_record *record)
{
	struct owner *owner = look_up(owners, record->cgroup_id) ?: add(owners, record->cgroup_id);

	if (!owner) {
		record_done(record);
		return;
	}
	forget_record(owner);
	owner->record = *record;
	owner->has_record = owner->present = true;
	snprintf(owner->id, sizeof(owner->id), "%s", record->id);
	if (record->policy)
		policy_parse(record->policy, strlen(record->policy), &owner->policy, NULL);
}

static void read_records(struct owners *owners)
{
	size_t n = 0;
	char **keys = NULL;

	if (owners->n > OWNERS_KEPT)
		forget_absent(owners);
	for (size_t i = 0; i < owners->n; i++)
		owners->all[i]->present = false;
	record_list(owners->run_dir, &keys, &n, NULL);
	for (size_t i = 0; i < n; i++) {
		struct run_record record;

		if (!record_read(owners->run_dir, keys[i], &record, NULL)) {
			note_foreign(owners, &record);
			take_record(owners, &record);
		}
		free(keys[i]);
	}
	free(keys);
}

void owners_refresh(struct owners *owners)
{
	struct stat st = {0};

	if (stat(owners->run_dir, &st) || (st.st_mtim.tv_sec == owners->changed.tv_sec &&
					   st.st_mtim.tv_nsec == owners->changed.tv_nsec))
		return;
	owners->changed = st.st_mtim;
	read_records(owners);
}

struct owner *owners_find(struct owners *owners, const struct sockopt_event *event)
{
	struct owner *owner = look_up(owners, event->owner);

	if (owner)
		return owner;
	/* Once for each that is not known: the folder's time may be too coarse to have told. */
	read_records(owners);
	owner = look_up(owners, event->owner) ?: add(owners, event->owner);
	if (owner && !owner->has_record)
		memcpy(owner->id, event->id, SOCKOPT_ID_MAX);
	return owner;
}

void owners_done(struct owners *owners)
{
	for (size_t i = 0; i < owners->n; i++)
		free_owner(owners->all[i]);
	free(owners->all);
	owners->all = NULL;
	owners->n = 0;
}

/* ---- what one owner is called, and what its policy says ---- */

/* As it is typed: a cgroup's path also without its first slash. */
static bool is_called(const struct owner *owner, const char *word)
{
	return !strcmp(owner->id, word) || (*owner->id == '/' && !strcmp(owner->id + 1, word)) ||
	       (owner->has_record &&
		(!strcmp(owner->record.id, word) || !strcmp(owner->record.key, word)));
}

static bool begins(const struct owner *owner, const char *word)
{
	size_t length = strlen(word);
	const char *id = owner->has_record ? owner->record.id : owner->id;

	return length &&
	       (!strncmp(id, word, length) || (*id == '/' && !strncmp(id + 1, word, length)) ||
		(owner->has_record && !strncmp(owner->record.key, word, length)));
}

static bool names_another(const struct owners *owners, const char *word)
{
	for (size_t i = 0; i < owners->n; i++) {
		if (is_called(owners->all[i], word))
			return true;
	}
	return false;
}

bool owner_is_wanted(const struct owners *owners, const struct owner *owner, char *const *words,
		     size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (is_called(owner, words[i]) ||
		    (begins(owner, words[i]) && !names_another(owners, words[i])))
			return true;
	}
	return !n;
}

const char *owner_rule(const struct owner *owner, unsigned int index, char text[OWNER_RULE_MAX])
{
	if (index == SOCKOPT_NO_RULE)
		return "default";
	if (owner->policy && index < owner->policy->n_rules)
		return owner->policy->rules[index].id;
	snprintf(text, OWNER_RULE_MAX, "rules[%u]", index);
	return text;
}

static bool is_of(const struct policy_key *key, uint32_t level, uint32_t optname)
{
	return key->kind == PATTERN_OPTION && key->level == level && key->optname == optname;
}

const struct option_type *owner_type(const struct owner *owner, unsigned int index, uint32_t level,
				     uint32_t optname, unsigned int call)
{
	const struct option *option = option_by_number(level, optname, call);
	const struct policy_rule *rule;

	if (option && option->type->kind != VALUE_NONE)
		return option->type;
	if (!owner->policy || index >= owner->policy->n_rules)
		return NULL;
	rule = &owner->policy->rules[index];
	for (size_t i = 0; i < rule->n_keys; i++) {
		if (rule->keys[i].call == call && is_of(&rule->keys[i], level, optname))
			return rule->keys[i].type;
	}
	return rule->action == ACTION_REDIRECT && is_of(&rule->to, level, optname) ? rule->to.type
										   : NULL;
}
