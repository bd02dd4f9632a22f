// SPDX-License-Identifier: Apache-2.0
/*
 * Sorting annotation keys into a grid of keys and scopes. Looks at no value, and knows nothing of
 * the host's configuration.
 */
#include "oci/scope.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "policy/names.h"

#define DOMAIN ".sockopt.oci"

static const char *const key_names[KEY_COUNT] = {
	[KEY_POLICY] = "policy",
	[KEY_PROFILE] = "profile",
	[KEY_MODE] = "mode",
};

/* "sockopt.oci" and "sockopt.oci/policy" are meant for us too, and must not pass for nothing. */
static bool begins_with_domain(const char *key)
{
	const size_t length = strlen(DOMAIN) - 1;

	return !strncmp(key, DOMAIN + 1, length) && (key[length] == '\0' || key[length] == '/');
}

/*
 * Where the domain begins in @key, or NULL where @key is not ours;
 * *@ret_scope: behind the "/", or NULL.
 */
static const char *find_domain(const char *key, const char **ret_scope)
{
	size_t length = strlen(key);
	const char *domain = strstr(key, DOMAIN "/");

	*ret_scope = domain ? domain + strlen(DOMAIN "/") : NULL;
	if (begins_with_domain(key))
		return key;
	if (domain || length < strlen(DOMAIN))
		return domain;
	domain = key + length - strlen(DOMAIN);
	return strcmp(domain, DOMAIN) ? NULL : domain;
}

static int find_key(const char *annotation, size_t length, struct error *err)
{
	struct nearest nearest = {};
	char first[NAME_CLIP_MAX], hint[NAME_HINT_MAX];

	snprintf(first, sizeof(first), "%.*s", (int)length, annotation);
	nearest.wanted = first;
	for (int i = 0; i < KEY_COUNT; i++) {
		if (length == strlen(key_names[i]) && !strncmp(annotation, key_names[i], length))
			return i;
		nearest_offer(&nearest, key_names[i]);
	}
	return error_set(err, EINVAL,
			 "unknown key%s; there are " ANNOTATION_POLICY ", " ANNOTATION_PROFILE
			 " and " ANNOTATION_MODE,
			 nearest_hint(&nearest, hint));
}

/* SCOPE_COUNT: of another container. */
static int find_scope(const char *scope, const char *container, struct error *err)
{
	static const char named[] = "container.";
	enum scope match = SCOPE_NAME;
	const char *name = scope;

	if (!scope)
		return SCOPE_BARE;
	if (!strcmp(scope, "pod"))
		return SCOPE_POD;
	if (!strncmp(scope, named, strlen(named))) {
		match = SCOPE_CONTAINER;
		name += strlen(named);
	}
	if (!*name || strchr(name, '/'))
		return error_set(err, EINVAL,
				 "behind the \"/\" stands \"pod\" or the name of a container");
	if (!container)
		return error_set(err, EINVAL,
				 "it is for the container \"%s\", but the runtime does not tell "
				 "this container's name; drop \"/%s\" or put \"/pod\" in its place",
				 name, scope);
	return strcmp(name, container) ? SCOPE_COUNT : match;
}

static int sort_one(const struct annotation *annotation, const char *container,
		    struct scope_grid *grid, struct error *err)
{
	const char *scope_name, *domain = find_domain(annotation->key, &scope_name);
	int key, scope;

	if (!domain)
		return 0;
	key = find_key(annotation->key, (size_t)(domain - annotation->key), err);
	if (key < 0)
		return key;
	scope = find_scope(scope_name, container, err);
	if (scope < 0)
		return scope;
	if (scope < SCOPE_COUNT)
		grid->at[key][scope] = annotation;
	return 0;
}

int scope_sort(const struct oci_state *state, const char *name, struct scope_grid *ret,
	       struct error *err)
{
	*ret = (struct scope_grid){};
	for (size_t i = 0; i < state->n_annotations; i++)
		if (sort_one(&state->annotations[i], name, ret, err) < 0)
			return error_prefix(err, "annotation %.*s", ANNOTATION_SHOWN_MAX,
					    state->annotations[i].key);
	return 0;
}

const struct annotation *scope_nearest(const struct scope_grid *grid, enum scoped_key key)
{
	const struct annotation *nearest = NULL;

	for (int i = 0; i < SCOPE_COUNT && !nearest; i++)
		nearest = grid->at[key][i];
	return nearest;
}
