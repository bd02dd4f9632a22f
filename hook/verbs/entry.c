// SPDX-License-Identifier: Apache-2.0
/*
 * One entry of the inventory: what it is called, how it is found, how it is
 * told. Asks the kernel nothing.
 */
#include <string.h>

#include "verbs/inventory.h"

const char *entry_id(const struct entry *entry)
{
	return entry->has_record ? entry->record.id : entry->key;
}

const char *entry_state_text(const struct entry *entry, char text[ENTRY_STATE_MAX])
{
	static const char *const names[] = {
		[STATE_IN_FORCE] = "in force",
		[STATE_GONE] = "gone",
		[STATE_DAMAGED] = "damaged",
	};

	if (entry->state == STATE_DAMAGED && entry->detail)
		snprintf(text, ENTRY_STATE_MAX, "damaged (%s)", entry->detail);
	else
		snprintf(text, ENTRY_STATE_MAX, "%s", names[entry->state]);
	return text;
}

const char *entry_calls_text(const struct entry *entry)
{
	static const char *const names[] = {"none", "setsockopt", "getsockopt",
					    "setsockopt getsockopt"};

	return names[entry->calls & 3];
}

/* How well @word names an entry; 0: not at all. */
enum match {
	MATCH_NONE,
	MATCH_PREFIX,
	MATCH_ID,
	MATCH_KEY
};

static enum match match(const struct entry *entry, const char *kind, const char *word)
{
	const char *id = entry_id(entry);

	if (kind && (!entry->has_record || strcmp(entry->record.kind, kind)))
		return MATCH_NONE;
	if (!strcmp(entry->key, word))
		return MATCH_KEY;
	/* A cgroup's path is typed without its first slash, too. */
	if (!strcmp(id, word) || (*id == '/' && !strcmp(id + 1, word)))
		return MATCH_ID;
	/* The empty word begins everything, and means nothing. */
	if (*word && (!strncmp(id, word, strlen(word)) || !strncmp(entry->key, word, strlen(word))))
		return MATCH_PREFIX;
	return MATCH_NONE;
}

static int refuse_ambiguous(const struct inventory *inv, const char *kind, const char *word,
			    enum match best, struct error *err)
{
	_cleanup_free_ char *keys = NULL;
	size_t length = 0;
	FILE *f = open_memstream(&keys, &length);

	if (!f)
		return error_set(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < inv->n; i++) {
		if (match(&inv->entries[i], kind, word) == best)
			fprintf(f, "%s%s", ftell(f) ? ", " : "", inv->entries[i].key);
	}
	fclose(f);
	return error_set(err, EEXIST, "\"%s\" is ambiguous; name one of: %s", word, keys);
}

int inventory_find(const struct inventory *inv, const char *kind, const char *word,
		   const struct entry **ret, struct error *err)
{
	enum match best = MATCH_NONE;
	size_t count = 0;

	for (size_t i = 0; i < inv->n; i++) {
		enum match m = match(&inv->entries[i], kind, word);

		if (m == MATCH_NONE || m < best)
			continue;
		count = m > best ? 1 : count + 1;
		best = m;
		*ret = &inv->entries[i];
	}
	if (!count)
		return error_set(err, ENOENT,
				 "no policy is known as \"%s\"; \"sockoptctl list\" shows all",
				 word);
	return count == 1 ? 0 : refuse_ambiguous(inv, kind, word, best, err);
}

static void add_record(struct json_writer *w, const struct run_record *r)
{
	_cleanup_free_ char *name = policy_text_name(r->policy);

	json_add_string(w, "kind", r->kind);
	json_add_string(w, "bundle", r->bundle);
	json_add_string(w, "namespace", r->namespace);
	json_add_string(w, "pod", r->pod);
	json_add_string(w, "container", r->container);
	json_add_int(w, "pid", r->pid);
	json_add_string(w, "cgroup", r->cgroup);
	json_add_uint(w, "cgroupId", r->cgroup_id);
	json_add_string(w, "policyName", name);
	json_add_string(w, "source", r->source);
	json_add_string(w, "mode", r->mode);
}

void entry_add_json(struct json_writer *w, const struct entry *entry)
{
	char state[ENTRY_STATE_MAX];

	json_add_string(w, "key", entry->key);
	json_add_string(w, "id", entry_id(entry));
	if (entry->has_record)
		add_record(w, &entry->record);
	json_open_array(w, "calls");
	for (size_t call = 0; call < 2; call++) {
		if (entry->calls & (1u << call))
			json_add_string(w, NULL, bpf_name_of_call(call));
	}
	json_close_array(w);
	json_add_string(w, "state",
			entry_state_text(&(struct entry){.state = entry->state}, state));
	json_add_string(w, "detail", entry->state == STATE_DAMAGED ? entry->detail : NULL);
}
