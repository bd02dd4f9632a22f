// SPDX-License-Identifier: Apache-2.0
/* What hooks.d files and containerd's base specifications have in common: our keys, our arguments. */
#include "oci/hooks.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "oci/pattern.h"
#include "oci/scope.h"

/* A policy may be written over several lines, which "." does not match. */
#define POLICY "{\n  \"version\": 1,\n  \"rules\": []\n}"

const struct hook_key hook_keys[HOOK_KEYS] = {
	{ANNOTATION_POLICY, POLICY},	    {ANNOTATION_POLICY "/pod", POLICY},
	{ANNOTATION_POLICY "/web", POLICY}, {ANNOTATION_POLICY "/container.web", POLICY},
	{ANNOTATION_PROFILE, "web"},	    {ANNOTATION_PROFILE "/pod", "web"},
	{ANNOTATION_PROFILE "/web", "web"}, {ANNOTATION_PROFILE "/container.web", "web"},
	{ANNOTATION_MODE, "audit"},	    {ANNOTATION_MODE "/pod", "audit"},
	{ANNOTATION_MODE "/web", "audit"},  {ANNOTATION_MODE "/container.web", "audit"},
};

const char *hook_keys_text(unsigned int set, char text[HOOK_KEYS_TEXT_MAX])
{
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; i < HOOK_KEYS; i++) {
		if (set & (1u << i))
			used += (size_t)snprintf(text + used, HOOK_KEYS_TEXT_MAX - used, "%s%s",
						 used ? ", " : "", hook_keys[i].key);
	}
	return text;
}

enum hook_stage hook_stage(const char *name)
{
	if (!strcmp(name, "prestart") || !strcmp(name, "createRuntime"))
		return HOOK_STAGE_START;
	return strcmp(name, "poststop") ? HOOK_STAGE_OTHER : HOOK_STAGE_STOP;
}

static const char *last_of(const struct json *args)
{
	const struct json *last;

	if (!args || args->kind != JSON_ARRAY || args->n_items < 2)
		return NULL;
	last = args->items[args->n_items - 1];
	return last->kind == JSON_STRING ? last->string : NULL;
}

int hook_args_check(const struct json *args, const char *stage, struct error *err)
{
	const char *told = last_of(args);

	if (hook_stage(stage) == HOOK_STAGE_OTHER)
		return error_set(
			err, EINVAL,
			"the hook is not for stage %s; there are createRuntime, prestart and "
			"poststop",
			stage);
	if (!told)
		return error_set(
			err, EINVAL,
			"no argument tells the hook its stage; write \"args\": [\"" HOOK_NAME
			"\", \"%s\"]",
			stage);
	if (hook_stage(told) != hook_stage(stage))
		return error_set(
			err, EINVAL,
			"at stage %s the hook is told \"%s\"; one entry a stage, with \"args\": "
			"[\"" HOOK_NAME "\", \"%s\"]",
			stage, told, stage);
	return 0;
}

bool hook_is_ours(const char *path, const struct json *args)
{
	const char *name = path && strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	bool named = args && args->kind == JSON_ARRAY && args->n_items &&
		     args->items[0]->kind == JSON_STRING &&
		     !strcmp(args->items[0]->string, HOOK_NAME);

	return named || (name && !strcmp(name, HOOK_NAME));
}

int hook_glob_keys(const struct toml_entry *list, unsigned int *ret, struct error *err)
{
	*ret = 0;
	for (size_t i = 0; list && i < list->n; i++) {
		for (size_t key = 0; key < HOOK_KEYS; key++) {
			bool found = false;
			int r = pattern_glob(list->strings[i], hook_keys[key].key, &found, err);

			if (r)
				return r;
			*ret |= (unsigned int)found << key;
		}
	}
	return 0;
}
