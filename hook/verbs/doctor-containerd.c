// SPDX-License-Identifier: Apache-2.0
/*
 * `sockoptctl doctor`: containerd's runtime handlers. A handler calls our hook by the hooks of its
 * base specification, and hands on those annotations of a pod that its patterns name.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "oci/hooks.h"
#include "verbs/doctor-containerd.h"

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

static int parse_spec(const struct doctor *d, const char *path, struct json **ret,
		      struct error *err)
{
	static const struct json_limits limits = {0};
	_cleanup_free_ char *text = NULL;
	size_t length;
	int r = doctor_read(d, path, &text, &length, err);

	return r ?: json_parse(text, length, &limits, ret, err);
}

static bool read_spec(struct doctor *d, struct handler *h, const char *path)
{
	_cleanup_json_ struct json *spec = NULL;
	const struct json *hooks;
	struct error err = {0};

	snprintf(h->where, sizeof(h->where), "handler %s: %s%s", h->name, d->root, path);
	if (parse_spec(d, path, &spec, &err)) {
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

static void judge_patterns(struct doctor *d, struct handler *h,
			   const struct containerd_config *config, const char *key,
			   enum doctor_state wrong, const char *whose)
{
	const struct toml_entry *list = containerd_find(config, h->name, key);
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

static void conclude(struct doctor *d, struct handler *h, const struct containerd_config *config)
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
	judge_patterns(d, h, config, "pod_annotations", DOCTOR_FAIL, "pods");
	judge_patterns(d, h, config, "container_annotations", DOCTOR_WARN, "containers");
	if (!h->trouble)
		doctor_say(d, DOCTOR_OK, "%s calls the hook, for every annotation of ours",
			   h->where);
}

/* Returns whether the handler calls our hook, or should be seen to all the same. */
static bool judge_handler(struct doctor *d, const struct containerd_config *config,
			  const char *name)
{
	const struct toml_entry *spec = containerd_find(config, name, "base_runtime_spec");
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
		conclude(d, &h, config);
	return h.ours;
}

/* Whether the specification calls our hook anywhere, rightly or not. */
static bool spec_is_ours(const struct doctor *d, const struct toml_entry *path)
{
	_cleanup_json_ struct json *spec = NULL;
	struct error err = {0};
	const struct json *hooks;

	if (path->kind != TOML_STRING || parse_spec(d, path->strings[0], &spec, &err))
		return false;
	hooks = json_get(spec, "hooks");
	for (size_t i = 0; hooks && hooks->kind == JSON_OBJECT && i < hooks->n_items; i++) {
		const struct json *list = hooks->items[i];

		for (size_t k = 0; list->kind == JSON_ARRAY && k < list->n_items; k++) {
			if (hook_is_ours(json_get_string(list->items[k], "path"),
					 json_get(list->items[k], "args")))
				return true;
		}
	}
	return false;
}

/* A handler with our hook that containerd never sees. */
static void judge_lost(struct doctor *d, const struct containerd_config *config,
		       const struct containerd_key *key)
{
	bool elsewhere = strcmp(key->plugin, config->plugin);

	if (strcmp(key->key, "base_runtime_spec") || !spec_is_ours(d, key->entry) ||
	    containerd_find(config, key->handler, key->key))
		return;
	if (elsewhere) {
		doctor_say(d, DOCTOR_FAIL,
			   "handler %s: %s%s: containerd %u.x reads no handlers of plugins.\"%s\" "
			   "here",
			   key->handler, d->root, key->file->path, config->major, key->plugin);
		doctor_todo(d, "write it below [plugins.\"%s\".containerd.runtimes]",
			    config->plugin);
		return;
	}
	doctor_say(
		d, DOCTOR_FAIL,
		"handler %s: %s%s: containerd 1.x passes over it: a file that it reads later has "
		"a section plugins.\"%s\" too, and only that of the last counts",
		key->handler, d->root, key->file->path, key->plugin);
	doctor_todo(d, "write all of that section into one file");
}

/* Each handler once: where its first key stands. */
static bool is_first(const struct containerd_config *config, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (!config->keys[i].lost &&
		    !strcmp(config->keys[i].handler, config->keys[index].handler))
			return false;
	}
	return true;
}

void doctor_containerd(struct doctor *d)
{
	struct containerd_config config;
	size_t before = d->n;
	bool found = false;

	if (!containerd_is_installed(d)) {
		doctor_say(d, DOCTOR_OK, "not installed");
		return;
	}
	containerd_config_read(d, &config);
	for (size_t i = 0; i < config.n_keys; i++) {
		if (config.keys[i].lost)
			judge_lost(d, &config, &config.keys[i]);
		else if (is_first(&config, i))
			found = judge_handler(d, &config, config.keys[i].handler) || found;
	}
	if (!found && d->n == before) {
		doctor_say(d, DOCTOR_WARN,
			   "no handler has a base_runtime_spec that calls our hook: its containers "
			   "run without policies");
		doctor_todo(d,
			    "give a handler in %s%s a base_runtime_spec with our hooks, and "
			    "pod_annotations = " HOOK_GLOBS,
			    d->root, CONTAINERD_CONFIG);
	}
	containerd_config_done(&config);
}
