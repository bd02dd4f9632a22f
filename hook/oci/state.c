// SPDX-License-Identifier: Apache-2.0
/*
 * A container's state, as the runtimes hand it to a hook. Knows nothing of what annotations mean,
 * and nothing of cgroups.
 */
#include "oci/state.h"

#include <limits.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "policy/json-scan.h"
#include "policy/json.h"
#include "policy/names.h"

#define ID_MAX 255
/*
 * Far deeper than any runtime writes; the state comes from one, but may carry what a client sent.
 */
#define STATE_DEPTH_MAX 32
/* Runtimes write it at once. A hook without a timeout would wait for ever for the end of it. */
#define STATE_SECONDS 30

#define ID_FIRST "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-"
#define ID_REST	 ID_FIRST "."

int oci_id_check(const char *id, struct error *err)
{
	size_t length = strlen(id);

	if (length == 0)
		return error_set(err, EINVAL, "is empty");
	if (length > ID_MAX)
		return error_set(err, EINVAL, "has %zu bytes; at most %d are allowed", length,
				 ID_MAX);
	if (!strchr(ID_FIRST, id[0]) || strspn(id, ID_REST) != length)
		return error_set(err, EINVAL,
				 "\"%s\" is no container id: letters, digits, \"_\", \"+\", \"-\" "
				 "and, but not first, \".\"",
				 id);
	return 0;
}

static int take_string(const char *value, char **ret, struct error *err)
{
	*ret = value ? strdup(value) : NULL;
	return value && !*ret ? error_set(err, ENOMEM, "out of memory") : 0;
}

static int demand_string(const struct json *root, const char *key, char **ret, struct error *err)
{
	const struct json *value = json_get(root, key);

	if (!value)
		return error_set(err, EINVAL, "%s: is missing; the OCI runtime has to give it",
				 key);
	if (value->kind != JSON_STRING)
		return error_set(err, EINVAL, "%s: expected a string, got %s", key,
				 json_kind_name(value->kind));
	return take_string(value->string, ret, err);
}

static int parse_id(const struct json *root, struct oci_state *state, struct error *err)
{
	int r = demand_string(root, "id", &state->id, err);

	if (r < 0)
		return r;
	return oci_id_check(state->id, err) < 0 ? error_prefix(err, "id") : 0;
}

static int parse_bundle(const struct json *root, struct oci_state *state, struct error *err)
{
	char clip[NAME_CLIP_MAX];
	int r = demand_string(root, "bundle", &state->bundle, err);

	if (r < 0)
		return r;
	if (*state->bundle != '/')
		return error_set(err, EINVAL, "bundle: \"%s\" is no absolute path",
				 name_clip(state->bundle, clip));
	return 0;
}

/* Absent or 0 after the process has ended, by runtime. */
static int parse_pid(const struct json *root, struct oci_state *state, struct error *err)
{
	const struct json *pid = json_get(root, "pid");

	if (!pid || pid->kind == JSON_NULL)
		return 0;
	if (pid->kind != JSON_INT || pid->negative || pid->magnitude > INT_MAX)
		return error_set(err, EINVAL, "pid: expected an integer from 0 to %d", INT_MAX);
	state->pid = (pid_t)pid->magnitude;
	return 0;
}

static int parse_annotation(const struct json *item, struct annotation *ret, struct error *err)
{
	int r;

	if (item->kind != JSON_STRING)
		return error_set(err, EINVAL, "annotations[\"%.*s\"]: expected a string, got %s",
				 ANNOTATION_SHOWN_MAX, item->key, json_kind_name(item->kind));
	r = take_string(item->key, &ret->key, err);
	return r < 0 ? r : take_string(item->string, &ret->value, err);
}

static int parse_annotations(const struct json *root, struct oci_state *state, struct error *err)
{
	const struct json *all = json_get(root, "annotations");
	int r = 0;

	if (!all || all->kind == JSON_NULL || (all->kind == JSON_OBJECT && all->n_items == 0))
		return 0;
	if (all->kind != JSON_OBJECT)
		return error_set(err, EINVAL, "annotations: expected an object, got %s",
				 json_kind_name(all->kind));
	state->annotations = calloc(all->n_items, sizeof(*state->annotations));
	if (!state->annotations)
		return error_set(err, ENOMEM, "out of memory");
	for (size_t i = 0; r == 0 && i < all->n_items; i++) {
		state->n_annotations++;
		r = parse_annotation(all->items[i], &state->annotations[i], err);
	}
	return r;
}

static int parse_optional(const struct json *root, struct oci_state *state, struct error *err)
{
	int r = take_string(json_get_string(root, "ociVersion"), &state->oci_version, err);

	return r < 0 ? r : take_string(json_get_string(root, "status"), &state->status, err);
}

static int parse_root(const struct json *root, struct oci_state *state, struct error *err)
{
	static int (*const parts[])(const struct json *, struct oci_state *, struct error *) = {
		parse_id, parse_bundle, parse_pid, parse_annotations, parse_optional,
	};
	int r = 0;

	if (root->kind != JSON_OBJECT)
		return error_set(err, EINVAL, "expected an object, got %s",
				 json_kind_name(root->kind));
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(parts); i++)
		r = parts[i](root, state, err);
	return r;
}

int oci_state_parse(const char *text, size_t length, struct oci_state *ret, struct error *err)
{
	static const struct json_limits limits = {.bytes = OCI_STATE_MAX, .depth = STATE_DEPTH_MAX};
	_cleanup_json_ struct json *root = NULL;
	struct oci_state state = {};
	int r = json_parse(text, length, &limits, &root, err);

	if (r == 0)
		r = parse_root(root, &state, err);
	if (r < 0) {
		oci_state_done(&state);
		return r;
	}
	*ret = state;
	return 0;
}

int oci_state_read_text(int fd, char **ret_text, size_t *ret_length, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	int r = file_read_within(fd, OCI_STATE_MAX, STATE_SECONDS, &text, &length, err);

	if (r < 0)
		return r;
	if (length == 0)
		return error_set(
			err, EINVAL,
			"is empty; the OCI runtime writes it to the hook's standard input");
	*ret_text = TAKE_PTR(text);
	*ret_length = length;
	return 0;
}

int oci_state_read(int fd, struct oci_state *ret, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	int r = oci_state_read_text(fd, &text, &length, err);

	return r ?: oci_state_parse(text, length, ret, err);
}

/* ---- without parsing ---- */

static bool is_id(const struct json_span *value)
{
	char id[ID_MAX + 1];

	if (*value->at != '"' || value->length > ID_MAX + 2)
		return false;
	*(char *)mempcpy(id, value->at + 1, value->length - 2) = '\0';
	return !oci_id_check(id, NULL);
}

static bool is_absolute(const struct json_span *value)
{
	return !strncmp(value->at, "\"/", 2) || !strncmp(value->at, "\"\\/", 3);
}

static bool is_pid(const struct json_span *value)
{
	return value->length < 10 && strspn(value->at, "0123456789") >= value->length;
}

static bool is_object(const struct json_span *value)
{
	return *value->at == '{';
}

bool oci_state_may_name(const char *text, size_t length, const char *word)
{
	static const struct {
		const char *key;
		bool (*is_fine)(const struct json_span *value);
		bool required;
	} members[] = {
		{"id", is_id, true},
		{"bundle", is_absolute, true},
		{"pid", is_pid, false},
		{"annotations", is_object, false},
	};
	struct json_span value;

	/* No other escape than \u can stand for a letter or a dot. */
	if (memmem(text, length, word, strlen(word)) || memmem(text, length, "\\u", 2))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		int r = json_scan(text, length, members[i].key, &value);

		if (r ? r != -ENOENT || members[i].required : !members[i].is_fine(&value))
			return true;
	}
	return false;
}

void oci_state_done(struct oci_state *state)
{
	for (size_t i = 0; i < state->n_annotations; i++) {
		free(state->annotations[i].key);
		free(state->annotations[i].value);
	}
	free(state->annotations);
	free(state->oci_version);
	free(state->id);
	free(state->bundle);
	free(state->status);
	*state = (struct oci_state){};
}

const char *oci_state_annotation(const struct oci_state *state, const char *key)
{
	for (size_t i = 0; i < state->n_annotations; i++)
		if (!strcmp(state->annotations[i].key, key))
			return state->annotations[i].value;
	return NULL;
}
