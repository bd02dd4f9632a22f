// SPDX-License-Identifier: Apache-2.0
/*
 * `sockoptctl doctor`: containerd's runtime handlers. A handler calls our hook by the hooks of its
 * base specification, and hands on those annotations of a pod that its patterns name.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "oci/hooks.h"
#include "verbs/doctor.h"

#define CONFIG	    "/etc/containerd/config.toml"
#define FILES_MAX   64 /* imported by one another */
#define ANY_OF_TOML "/*.toml"

static const char *const programs[] = {"/usr/bin/containerd", "/usr/local/bin/containerd"};

struct reading {
	struct doctor *d;
	struct toml all; /* of all files, in the order of reading: the later wins */
	size_t files;
};

static void read_file(struct reading *r, const char *path);

static void append(struct reading *r, struct toml *toml)
{
	struct toml_entry *more =
		reallocarray(r->all.entries, r->all.n + toml->n + 1, sizeof(*more));

	if (!more) {
		r->d->out_of_memory = true;
		return;
	}
	r->all.entries = more;
	memcpy(more + r->all.n, toml->entries, toml->n * sizeof(*more));
	r->all.n += toml->n;
	free(TAKE_PTR(toml->entries));
	toml->n = 0;
}

static void not_understood(struct reading *r, const char *path, const char *what)
{
	doctor_say(r->d, DOCTOR_WARN, "%s%s: %s", r->d->root, path, what);
	doctor_todo(r->d, "see yourself that the handlers name base_runtime_spec, and "
			  "pod_annotations = " HOOK_GLOBS);
}

/* A file, or all of a folder that end in .toml. */
static void read_import(struct reading *r, const char *from, const char *word)
{
	size_t folder = strlen(word) - strlen(ANY_OF_TOML);
	struct doctor_names names = {0};
	_cleanup_free_ char *path = NULL;

	if (!strpbrk(word, "*?[") && *word == '/') {
		read_file(r, word);
		return;
	}
	if (*word != '/' || strlen(word) <= strlen(ANY_OF_TOML) ||
	    strcmp(word + folder, ANY_OF_TOML) || strcspn(word, "*?[") != folder + 1) {
		not_understood(r, from, "\"imports\" names files in a way that is not understood");
		return;
	}
	path = strndup(word, folder);
	if (path)
		doctor_list(r->d, path, ".toml", &names);
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_free_ char *file = NULL;

		if (asprintf(&file, "%s/%s", path, names.names[i]) >= 0)
			read_file(r, file);
		else
			file = NULL;
	}
	doctor_names_done(&names);
}

static void read_file(struct reading *r, const char *path)
{
	static const char *const key[] = {"imports"};
	_cleanup_free_ char *text = NULL;
	const struct toml_entry *imports;
	struct toml toml = {0};
	struct error err = {0};
	size_t length, first, count;

	if (r->files++ == FILES_MAX || doctor_read(r->d, path, &text, &length, &err) == -ENOENT)
		return;
	if (err.code || toml_parse(text, &toml, &err)) {
		not_understood(r, path, err.text);
		return;
	}
	first = r->all.n;
	count = toml.n;
	append(r, &toml);
	/* appending moves the array, so each is looked up again */
	for (size_t i = 0;; i++) {
		struct toml own = {r->all.entries + first, count};

		imports = toml_find(&own, key, 1);
		if (!imports || i >= imports->n)
			break;
		if (imports->kind == TOML_STRINGS)
			read_import(r, path, imports->strings[i]);
	}
}

/* Of "plugins.X.containerd.runtimes.NAME.KEY": the index of NAME; 0: it is another path. */
static size_t handler_at(const struct toml_entry *entry)
{
	size_t name = entry->depth >= 2 ? entry->depth - 2 : 0;

	return name >= 3 && !strcmp(entry->path[0], "plugins") &&
			       !strcmp(entry->path[name - 1], "runtimes") &&
			       !strcmp(entry->path[name - 2], "containerd")
		       ? name
		       : 0;
}

static const struct toml_entry *find(const struct toml *all, const char *handler, const char *key)
{
	for (size_t i = all->n; i-- > 0;) {
		const struct toml_entry *entry = &all->entries[i];
		size_t name = handler_at(entry);

		if (name && !strcmp(entry->path[name], handler) &&
		    !strcmp(entry->path[name + 1], key))
			return entry;
	}
	return NULL;
}

/* One handler: what its base specification calls. */
struct handler {
	const char *name;
	char where[512]; /* for messages */
	bool ours, has[HOOK_STAGE_STOP + 1], trouble;
};

static void judge_stage(struct doctor *d, struct handler *h, const struct json *list)
{
	for (size_t i = 0; i < list->n_items; i++) {
		const char *path = json_get_string(list->items[i], "path");
		const struct json *args = json_get(list->items[i], "args");
		struct error err = {0};
		size_t before = d->n;
		bool good;

		if (!hook_is_ours(path, args))
			continue;
		h->ours = true;
		good = doctor_judge_hook(d, h->where, path ?: "");
		if (hook_args_check(args, list->key, &err)) {
			doctor_say(d, DOCTOR_FAIL,
				   "%s: %s: containers that ask for a policy are refused, "
				   "or keep none: wrong stage or arguments",
				   h->where, list->key);
			doctor_todo(d, "%s", err.text);
		} else if (good) {
			h->has[hook_stage(list->key)] = true;
		}
		h->trouble = h->trouble || d->n > before;
	}
}

static bool read_spec(struct doctor *d, struct handler *h, const char *path)
{
	static const struct json_limits limits = {0};
	_cleanup_json_ struct json *spec = NULL;
	_cleanup_free_ char *text = NULL;
	const struct json *hooks;
	struct error err = {0};
	size_t length;

	snprintf(h->where, sizeof(h->where), "handler %s: %s%s", h->name, d->root, path);
	if (doctor_read(d, path, &text, &length, &err) ||
	    json_parse(text, length, &limits, &spec, &err)) {
		doctor_say(d, DOCTOR_FAIL,
			   "%s: %s: once containerd starts again, no pod of this node starts",
			   h->where, err.text);
		doctor_todo(d, "write it anew, by integration/containerd/base-spec");
		return false;
	}
	hooks = json_get(spec, "hooks");
	for (size_t i = 0; hooks && hooks->kind == JSON_OBJECT && i < hooks->n_items; i++) {
		if (hooks->items[i]->kind == JSON_ARRAY)
			judge_stage(d, h, hooks->items[i]);
	}
	return true;
}

static void judge_patterns(struct doctor *d, struct handler *h, const struct toml *all,
			   const char *key, enum doctor_state wrong, const char *whose)
{
	const struct toml_entry *list = find(all, h->name, key);
	char keys[HOOK_KEYS_TEXT_MAX];
	struct error err = {0};
	unsigned int found = 0;

	if (list && list->kind != TOML_STRINGS)
		error_set(&err, EINVAL, "line %u is no array of strings", list->line);
	else
		hook_glob_keys(list, &found, &err);
	if (!err.code && found == HOOK_KEYS_ALL)
		return;
	h->trouble = true;
	if (err.code)
		doctor_say(d, wrong, "handler %s: %s: %s", h->name, key, err.text);
	else
		doctor_say(d, wrong,
			   "handler %s: %s: these annotations of %s do not reach the hook: %s",
			   h->name, key, whose, hook_keys_text(HOOK_KEYS_ALL & ~found, keys));
	doctor_todo(d, "write %s = " HOOK_GLOBS " for this handler%s", key,
		    found ? "; \"*\" does not match \"/\"" : "");
}

static void conclude(struct doctor *d, struct handler *h, const struct toml *all)
{
	if (!h->has[HOOK_STAGE_START] && !h->trouble) {
		h->trouble = true;
		doctor_say(d, DOCTOR_FAIL,
			   "%s: nothing calls the hook at createRuntime: containers "
			   "that ask for a policy run without one",
			   h->where);
		doctor_todo(d, "add it to \"createRuntime\" of \"hooks\"");
	}
	if (!h->has[HOOK_STAGE_STOP] && !h->trouble) {
		h->trouble = true;
		doctor_say(d, DOCTOR_WARN,
			   "%s: nothing calls the hook at poststop: what a container "
			   "leaves stays until the next start or \"sockoptctl gc\"",
			   h->where);
		doctor_todo(d, "add it to \"poststop\" of \"hooks\"");
	}
	judge_patterns(d, h, all, "pod_annotations", DOCTOR_FAIL, "pods");
	judge_patterns(d, h, all, "container_annotations", DOCTOR_WARN, "containers");
	if (!h->trouble)
		doctor_say(d, DOCTOR_OK, "%s calls the hook, for every annotation of ours",
			   h->where);
}

/* Returns whether the handler calls our hook, or should be seen to all the same. */
static bool judge_handler(struct doctor *d, const struct toml *all, const char *name)
{
	const struct toml_entry *spec = find(all, name, "base_runtime_spec");
	struct handler h = {.name = name};

	if (!spec || (spec->kind == TOML_STRING && !*spec->strings[0]))
		return false;
	if (spec->kind != TOML_STRING || spec->strings[0][0] != '/') {
		doctor_say(d, DOCTOR_WARN,
			   "handler %s: base_runtime_spec in line %u is no absolute path", name,
			   spec->line);
		doctor_todo(d, "write all of it, from \"/\"");
		return true;
	}
	if (!read_spec(d, &h, spec->strings[0]))
		return true;
	if (h.ours)
		conclude(d, &h, all);
	return h.ours;
}

/* Each handler once: where its first key stands. */
static bool is_first(const struct toml *all, size_t index, size_t name)
{
	const char *handler = all->entries[index].path[name];

	for (size_t i = 0; i < index; i++) {
		size_t at = handler_at(&all->entries[i]);

		if (at && !strcmp(all->entries[i].path[at], handler))
			return false;
	}
	return true;
}

void doctor_containerd(struct doctor *d)
{
	struct reading r = {.d = d};
	bool installed = doctor_exists(d, CONFIG), found = false;
	size_t before = d->n;

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		installed = installed || doctor_exists(d, programs[i]);
	if (!installed) {
		doctor_say(d, DOCTOR_OK, "not installed");
		return;
	}
	read_file(&r, CONFIG);
	for (size_t i = 0; i < r.all.n; i++) {
		size_t name = handler_at(&r.all.entries[i]);

		if (name && is_first(&r.all, i, name))
			found = judge_handler(d, &r.all, r.all.entries[i].path[name]) || found;
	}
	if (!found && d->n == before) {
		doctor_say(d, DOCTOR_WARN,
			   "no handler has a base_runtime_spec that calls our hook: its containers "
			   "run without policies");
		doctor_todo(d,
			    "give a handler in %s%s a base_runtime_spec with our hooks, and "
			    "pod_annotations = " HOOK_GLOBS,
			    d->root, CONFIG);
	}
	toml_done(&r.all);
}
