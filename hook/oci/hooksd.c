// SPDX-License-Identifier: Apache-2.0
/* hooks.d files of podman and CRI-O (oci-hooks(5)), and when they call their hook. */
#include <string.h>

#include "base/cleanup.h"
#include "oci/hooks.h"
#include "oci/pattern.h"

/* "precreate" is podman's own. */
static const char *const known_stages[] = {
	"precreate",	  "prestart",  "createRuntime", "createContainer",
	"startContainer", "poststart", "poststop",
};

static int check_stages(const struct json *stages, struct error *err)
{
	if (!stages || stages->kind != JSON_ARRAY || !stages->n_items)
		return error_set(err, EINVAL, "stages: must list at least one stage");
	for (size_t i = 0; i < stages->n_items; i++) {
		const struct json *stage = stages->items[i];
		bool known = false;

		for (size_t k = 0; k < ARRAY_SIZE(known_stages); k++)
			known = known || (stage->kind == JSON_STRING &&
					  !strcmp(stage->string, known_stages[k]));
		if (!known)
			return error_set(err, EINVAL, "stages[%zu]: no stage that OCI knows", i);
	}
	return 0;
}

static int check(const struct hooksd *file, struct error *err)
{
	const char *version = json_get_string(file->json, "version");

	if (!version || strcmp(version, "1.0.0"))
		return error_set(err, EINVAL, "version: must be \"1.0.0\"");
	if (!file->path || !*file->path)
		return error_set(err, EINVAL, "hook.path: is missing");
	return check_stages(file->stages, err);
}

int hooksd_parse(const char *text, size_t length, struct hooksd *ret, struct error *err)
{
	static const struct json_limits limits = {0};
	struct hooksd file = {0};
	const struct json *hook;
	int r = json_parse(text, length, &limits, &file.json, err);

	if (r)
		return r;
	hook = json_get(file.json, "hook");
	file.path = json_get_string(hook, "path");
	file.args = json_get(hook, "args");
	file.stages = json_get(file.json, "stages");
	r = check(&file, err);
	if (r)
		hooksd_done(&file);
	else
		*ret = file;
	return r;
}

void hooksd_done(struct hooksd *file)
{
	json_free(file->json);
	*file = (struct hooksd){0};
}

static bool is_true(const struct json *value)
{
	return value && value->kind == JSON_BOOL && value->boolean;
}

static bool is_set(const struct json *value)
{
	return value && value->kind != JSON_NULL;
}

/* A member of "annotations" against one annotation: a pattern for its key, one for its value. */
static int matches(const struct json *pattern, const struct hook_key *key, bool *ret,
		   struct error *err)
{
	int r = pattern_regexp(pattern->key, key->key, ret, err);

	if (r || !*ret)
		return r;
	if (pattern->kind != JSON_STRING)
		return error_set(err, EINVAL, "the value of \"%s\" is no string", pattern->key);
	return pattern_regexp(pattern->string, key->value, ret, err);
}

/*
 * As podman decides it for a container with this one annotation: all conditions have to hold, and
 * one at least. What hangs on a container's command or its mounts is not relied on.
 */
static int calls_for(const struct json *when, const struct hook_key *key, bool *ret,
		     struct error *err)
{
	const struct json *always = json_get(when, "always");
	const struct json *commands = json_get(when, "commands");
	const struct json *annotations = json_get(when, "annotations");
	bool any = is_true(always);
	bool all = (any || !is_set(always)) && !is_set(json_get(when, "hasBindMounts")) &&
		   !(commands && commands->n_items);
	int r = 0;

	if (is_set(annotations) && annotations->kind != JSON_OBJECT)
		return error_set(err, EINVAL, "annotations: expected an object, got %s",
				 json_kind_name(annotations->kind));
	for (size_t i = 0; annotations && i < annotations->n_items && !r; i++) {
		bool one = false;

		r = matches(annotations->items[i], key, &one, err);
		any = any || one;
		all = all && one;
	}
	*ret = any && all;
	return r;
}

int hooksd_keys(const struct hooksd *file, unsigned int *ret, struct error *err)
{
	const struct json *when = json_get(file->json, "when");
	int r = 0;

	*ret = 0;
	for (size_t i = 0; i < HOOK_KEYS && !r; i++) {
		bool found = false;

		r = calls_for(when, &hook_keys[i], &found, err);
		*ret |= (unsigned int)found << i;
	}
	return r ? error_prefix(err, "when") : 0;
}
