// SPDX-License-Identifier: Apache-2.0
/*
 * From sorted annotations and host configuration to one policy text. Knows no keys' spelling beyond
 * messages, and reads no policy's inside.
 */
#include "oci/select.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "oci/scope.h"

/* What the runtimes call the same fact; the first that is there counts. */
static const char *const container_keys[] = {
	"io.kubernetes.cri.container-name",
	"io.kubernetes.container.name",
	NULL,
};
static const char *const pod_keys[] = {
	"io.kubernetes.cri.sandbox-name",
	"io.kubernetes.pod.name",
	NULL,
};
static const char *const namespace_keys[] = {
	"io.kubernetes.cri.sandbox-namespace",
	"io.kubernetes.pod.namespace",
	NULL,
};
static const char *const type_keys[] = {
	"io.kubernetes.cri.container-type",
	"io.kubernetes.cri-o.ContainerType",
	NULL,
};

static const char *first_of(const struct oci_state *state, const char *const *keys)
{
	const char *value = NULL;

	for (; *keys && !value; keys++) {
		value = oci_state_annotation(state, *keys);
		if (value && !*value)
			value = NULL;
	}
	return value;
}

/*
 * A pod's author may forge the annotation of another runtime than the one in use, but that one
 * always writes its own: where any says that this is no sandbox, it is none.
 */
static bool is_sandbox(const struct oci_state *state)
{
	bool sandbox = false;

	for (const char *const *key = type_keys; *key; key++) {
		const char *type = oci_state_annotation(state, *key);

		if (!type)
			continue;
		if (strcmp(type, "sandbox") && strcmp(type, "podsandbox"))
			return false;
		sandbox = true;
	}
	return sandbox;
}

/* policy and profile are one question: the nearest scope that answers it in either way counts. */
static int nearest_policy(const struct scope_grid *grid, const struct annotation **ret_policy,
			  const struct annotation **ret_profile, struct error *err)
{
	const struct annotation *policy = NULL, *profile = NULL;

	for (int i = 0; i < SCOPE_COUNT && !policy && !profile; i++) {
		policy = grid->at[KEY_POLICY][i];
		profile = grid->at[KEY_PROFILE][i];
	}
	if (policy && profile)
		return error_set(err, EINVAL,
				 "annotations %s and %s: both say which policy applies; remove one",
				 policy->key, profile->key);
	*ret_policy = policy;
	*ret_profile = profile;
	return 0;
}

static int demand_value(const struct annotation *annotation, struct error *err)
{
	if (*annotation->value)
		return 0;
	return error_set(err, EINVAL, "is empty; give it a value or remove it");
}

static int check_allowed(const struct host_config *config, enum policy_mode mode, struct error *err)
{
	char list[64] = "";

	if (config->allowed_modes & 1u << mode)
		return 0;
	for (int i = 0; i < MODE_COUNT; i++)
		if (config->allowed_modes & 1u << i)
			strcat(strcat(list, *list ? ", " : ""), policy_mode_name(i));
	return error_set(err, EPERM,
			 "mode \"%s\" is not allowed on this host; choose from %s with "
			 "annotation " ANNOTATION_MODE,
			 policy_mode_name(mode), list);
}

static int choose_mode(const struct annotation *annotation, const struct host_config *config,
		       enum policy_mode *ret, struct error *err)
{
	int r;

	*ret = MODE_ENFORCE;
	if (!annotation)
		return check_allowed(config, *ret, err);
	r = demand_value(annotation, err);
	if (r == 0)
		r = policy_mode_parse(annotation->value, ret, err);
	if (r == 0)
		r = check_allowed(config, *ret, err);
	return r < 0 ? error_prefix(err, "annotation %s", annotation->key) : 0;
}

static int out_of_memory(struct error *err)
{
	return error_set(err, ENOMEM, "out of memory");
}

static int format_source(struct selection *selection, struct error *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int format_source(struct selection *selection, struct error *err, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&selection->source, fmt, args);
	va_end(args);
	if (n >= 0)
		return 0;
	selection->source = NULL;
	return out_of_memory(err);
}

static int take_inline(const struct annotation *annotation, const struct host_config *config,
		       struct selection *selection, struct error *err)
{
	if (!config->allow_inline)
		return error_set(err, EPERM,
				 "this host allows no policies in annotations (\"allowInline\" in "
				 "its configuration); name a profile with " ANNOTATION_PROFILE);
	if (demand_value(annotation, err) < 0)
		return -EINVAL;
	selection->text = strdup(annotation->value);
	if (!selection->text)
		return out_of_memory(err);
	selection->length = strlen(selection->text);
	return format_source(selection, err, "annotation %s", annotation->key);
}

/* @kind: how messages call it. */
static int take_profile(const char *kind, const char *name, const struct host_config *config,
			struct selection *selection, struct error *err)
{
	_cleanup_free_ char *path = NULL;
	int r = profile_read(config, name, &selection->text, &selection->length, &path, err);

	if (r < 0)
		return r;
	selection->profile = strdup(name);
	if (!selection->profile)
		return out_of_memory(err);
	return format_source(selection, err, "%s %s (%s)", kind, name, path);
}

static int take_named(const struct annotation *annotation, const struct host_config *config,
		      struct selection *selection, struct error *err)
{
	int r = demand_value(annotation, err);

	return r < 0 ? r : take_profile("profile", annotation->value, config, selection, err);
}

static int take_default(const struct host_config *config, struct selection *selection,
			struct error *err)
{
	int r = take_profile("default profile", config->default_profile, config, selection, err);

	return r < 0 ? error_prefix(err, "host configuration: defaultProfile") : 0;
}

/* Only recording can do without a policy: it writes one. */
static int take_none(const struct annotation *mode, struct selection *selection, struct error *err)
{
	if (selection->mode != MODE_RECORD)
		return error_set(
			err, EINVAL,
			"annotation %s: there is no policy to %s; add annotation " ANNOTATION_POLICY
			" or " ANNOTATION_PROFILE,
			mode->key, policy_mode_name(selection->mode));
	return format_source(selection, err, "annotation %s", mode->key);
}

static int take_text(const struct scope_grid *grid, const struct host_config *config,
		     struct selection *selection, struct error *err)
{
	const struct annotation *policy = NULL, *profile = NULL;
	const struct annotation *mode = scope_nearest(grid, KEY_MODE);
	int r = nearest_policy(grid, &policy, &profile, err);

	selection->wanted = policy || profile || mode || config->default_profile;
	if (r < 0 || !selection->wanted)
		return r;
	r = choose_mode(mode, config, &selection->mode, err);
	if (r < 0)
		return r;
	if (policy && take_inline(policy, config, selection, err) < 0)
		return error_prefix(err, "annotation %s", policy->key);
	if (profile && take_named(profile, config, selection, err) < 0)
		return error_prefix(err, "annotation %s", profile->key);
	if (policy || profile)
		return 0;
	if (config->default_profile)
		return take_default(config, selection, err);
	return take_none(mode, selection, err);
}

static int copy_name(const char *name, char **ret, struct error *err)
{
	*ret = name ? strdup(name) : NULL;
	return name && !*ret ? out_of_memory(err) : 0;
}

static int take_names(const struct oci_state *state, struct selection *selection, struct error *err)
{
	int r = copy_name(first_of(state, container_keys), &selection->container, err);

	if (r == 0)
		r = copy_name(first_of(state, pod_keys), &selection->pod, err);
	return r < 0 ? r : copy_name(first_of(state, namespace_keys), &selection->namespace, err);
}

int selection_make(const struct oci_state *state, const struct host_config *config,
		   struct selection *ret, struct error *err)
{
	struct selection selection = {};
	struct scope_grid grid;
	int r = 0;

	if (!is_sandbox(state)) {
		r = scope_sort(state, first_of(state, container_keys), &grid, err);
		if (r == 0)
			r = take_text(&grid, config, &selection, err);
	}
	if (r == 0 && selection.wanted)
		r = take_names(state, &selection, err);
	if (r < 0) {
		selection_done(&selection);
		return r;
	}
	*ret = selection;
	return 0;
}

bool selection_asked(const struct oci_state *state)
{
	for (size_t i = 0; i < state->n_annotations; i++) {
		if (strstr(state->annotations[i].key, ANNOTATION_DOMAIN))
			return true;
	}
	return false;
}

void selection_done(struct selection *selection)
{
	free(selection->source);
	free(selection->profile);
	free(selection->text);
	free(selection->container);
	free(selection->pod);
	free(selection->namespace);
	*selection = (struct selection){};
}
