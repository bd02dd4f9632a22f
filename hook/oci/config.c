// SPDX-License-Identifier: Apache-2.0
/*
 * The host's configuration: one table of keys, each with the function that takes its value. Knows
 * nothing of containers and of policies.
 */
#include "oci/config.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "oci/profile.h"
#include "policy/json.h"
#include "policy/names.h"

#define CONFIG_BYTES_MAX 65536
#define CONFIG_DEPTH_MAX 8

static const char *const mode_names[MODE_COUNT] = {
	[MODE_ENFORCE] = "enforce",
	[MODE_AUDIT] = "audit",
	[MODE_RECORD] = "record",
};

static const char *const compat_names[] = {
	[ON_COMPAT_GUARD] = "guard",
	[ON_COMPAT_WARN] = "warn",
	[ON_COMPAT_REFUSE] = "refuse",
	[ON_COMPAT_IGNORE] = "ignore",
};

static const char *const displaced_names[] = {"refuse"};

const char *policy_mode_name(enum policy_mode mode)
{
	return mode < MODE_COUNT ? mode_names[mode] : NULL;
}

/* The index of @word; else an error that lists what there is when nothing is near. */
static int find_word(const char *const *words, size_t n, const char *word, struct error *err)
{
	struct nearest nearest = {.wanted = word};
	char clip[NAME_CLIP_MAX], hint[NAME_HINT_MAX], list[96] = "";

	for (size_t i = 0; i < n; i++) {
		if (!strcmp(words[i], word))
			return (int)i;
		nearest_offer(&nearest, words[i]);
		strcat(strcat(list, i ? ", " : ""), words[i]);
	}
	if (!nearest_best(&nearest))
		snprintf(hint, sizeof(hint), "; known: %s", list);
	else
		nearest_hint(&nearest, hint);
	return error_set(err, EINVAL, "unknown value \"%s\"%s", name_clip(word, clip), hint);
}

int policy_mode_parse(const char *name, enum policy_mode *ret, struct error *err)
{
	int mode = find_word(mode_names, ARRAY_SIZE(mode_names), name, err);

	if (mode < 0)
		return mode;
	*ret = (enum policy_mode)mode;
	return 0;
}

/* ---- the values of keys; their errors begin behind the key's name ---- */

static int demand(const struct json *value, enum json_kind kind, struct error *err)
{
	if (value->kind == kind)
		return 0;
	return error_set(err, EINVAL, "expected %s, got %s", json_kind_name(kind),
			 json_kind_name(value->kind));
}

static int take_ignored(const struct json *value, void *ret, struct error *err)
{
	(void)ret;
	return demand(value, JSON_STRING, err);
}

static int take_bool(const struct json *value, void *ret, struct error *err)
{
	int r = demand(value, JSON_BOOL, err);

	if (r == 0)
		*(bool *)ret = value->boolean;
	return r;
}

static int take_events(const struct json *value, void *ret, struct error *err)
{
	int r = demand(value, JSON_INT, err);

	if (r < 0)
		return r;
	if (value->negative || value->magnitude < 1 || value->magnitude > CONFIG_EVENTS_MAX)
		return error_set(err, ERANGE, "must be from 1 to %d", CONFIG_EVENTS_MAX);
	*(unsigned int *)ret = (unsigned int)value->magnitude;
	return 0;
}

static int take_copy(const char *text, char **ret, struct error *err)
{
	char *copy = strdup(text);

	if (!copy)
		return error_set(err, ENOMEM, "out of memory");
	free(*ret);
	*ret = copy;
	return 0;
}

static int take_folder(const struct json *value, void *ret, struct error *err)
{
	char clip[NAME_CLIP_MAX];
	int r = demand(value, JSON_STRING, err);

	if (r < 0)
		return r;
	if (value->string[0] != '/')
		return error_set(err, EINVAL, "\"%s\" is no absolute path; begin it with \"/\"",
				 name_clip(value->string, clip));
	if (value->length >= PATH_MAX)
		return error_set(err, ENAMETOOLONG, "has %zu bytes; at most %d are allowed",
				 value->length, PATH_MAX - 1);
	return take_copy(value->string, ret, err);
}

static int take_profile(const struct json *value, void *ret, struct error *err)
{
	int r = demand(value, JSON_STRING, err);

	if (r == 0)
		r = profile_name_check(value->string, err);
	return r < 0 ? r : take_copy(value->string, ret, err);
}

static int take_compat(const struct json *value, void *ret, struct error *err)
{
	int r = demand(value, JSON_STRING, err);

	if (r == 0)
		r = find_word(compat_names, ARRAY_SIZE(compat_names), value->string, err);
	if (r < 0)
		return r;
	*(enum on_compat *)ret = (enum on_compat)r;
	return 0;
}

static int take_displaced(const struct json *value, void *ret, struct error *err)
{
	int r = demand(value, JSON_STRING, err);

	(void)ret;
	if (r == 0)
		r = find_word(displaced_names, ARRAY_SIZE(displaced_names), value->string, err);
	return r < 0 ? r : 0;
}

static int add_mode(const struct json *item, unsigned int *modes, struct error *err)
{
	enum policy_mode mode = MODE_ENFORCE;
	int r = demand(item, JSON_STRING, err);

	if (r == 0)
		r = policy_mode_parse(item->string, &mode, err);
	if (r < 0)
		return r;
	if (*modes & 1u << mode)
		return error_set(err, EINVAL, "\"%s\" is listed twice", item->string);
	*modes |= 1u << mode;
	return 0;
}

static int take_modes(const struct json *value, void *ret, struct error *err)
{
	unsigned int modes = 0;

	if (demand(value, JSON_ARRAY, err) < 0)
		return error_prefix(err, "%s", value->key);
	for (size_t i = 0; i < value->n_items; i++)
		if (add_mode(value->items[i], &modes, err) < 0)
			return error_prefix(err, "%s[%zu]", value->key, i);
	if (!modes)
		return error_set(err, EINVAL, "%s: must list at least one mode", value->key);
	*(unsigned int *)ret = modes;
	return 0;
}

#define FIELD(member) offsetof(struct host_config, member)

static const struct config_key {
	const char *name;
	int (*take)(const struct json *value, void *ret, struct error *err);
	size_t offset;
	bool names_place; /* its errors name the key, because they name the item too */
} config_keys[] = {
	{"$schema", take_ignored, 0, false},
	{"allowInline", take_bool, FIELD(allow_inline), false},
	{"allowedModes", take_modes, FIELD(allowed_modes), true},
	{"defaultProfile", take_profile, FIELD(default_profile), false},
	{"profilesDir", take_folder, FIELD(profiles_dir), false},
	{"onDisplacedParent", take_displaced, 0, false},
	{"onCompat", take_compat, FIELD(on_compat), false},
	{"runDir", take_folder, FIELD(run_dir), false},
	{"recordDir", take_folder, FIELD(record_dir), false},
	{"bpffs", take_folder, FIELD(bpffs), false},
	{"eventsPerSecond", take_events, FIELD(events_per_second), false},
	{"eventsBurst", take_events, FIELD(events_burst), false},
};

static int defaults(struct host_config *config, struct error *err)
{
	*config = (struct host_config){
		.allow_inline = true,
		.allowed_modes = (1u << MODE_COUNT) - 1,
		.profiles_dir = strdup("/etc/oci-sockopt-hook/profiles.d"),
		.on_compat = ON_COMPAT_GUARD,
		.run_dir = strdup("/run/oci-sockopt-hook"),
		.record_dir = strdup("/var/lib/oci-sockopt-hook/recordings"),
		.events_per_second = 1000,
		.events_burst = 2000,
	};
	if (config->profiles_dir && config->run_dir && config->record_dir)
		return 0;
	return error_set(err, ENOMEM, "out of memory");
}

static int take_member(const struct json *member, struct host_config *config, struct error *err)
{
	struct nearest nearest = {.wanted = member->key};
	char clip[NAME_CLIP_MAX], hint[NAME_HINT_MAX];
	const struct config_key *key = config_keys;
	int r;

	for (; key < config_keys + ARRAY_SIZE(config_keys); key++) {
		if (!strcmp(key->name, member->key))
			break;
		nearest_offer(&nearest, key->name);
	}
	if (key == config_keys + ARRAY_SIZE(config_keys))
		return error_set(err, EINVAL, "unknown key \"%s\"%s", name_clip(member->key, clip),
				 nearest_hint(&nearest, hint));
	r = key->take(member, (char *)config + key->offset, err);
	return r < 0 && !key->names_place ? error_prefix(err, "%s", key->name) : r;
}

static int take_root(const struct json *root, struct host_config *config, struct error *err)
{
	int r = demand(root, JSON_OBJECT, err);

	for (size_t i = 0; r == 0 && i < root->n_items; i++)
		r = take_member(root->items[i], config, err);
	return r;
}

int host_config_parse(const char *text, size_t length, struct host_config *ret, struct error *err)
{
	static const struct json_limits limits = {CONFIG_BYTES_MAX, CONFIG_DEPTH_MAX};
	_cleanup_json_ struct json *root = NULL;
	struct host_config config;
	int r = defaults(&config, err);

	if (r == 0)
		r = json_parse(text, length, &limits, &root, err);
	if (r == 0)
		r = take_root(root, &config, err);
	if (r < 0) {
		host_config_done(&config);
		return r;
	}
	*ret = config;
	return 0;
}

static int read_and_parse(int fd, struct host_config *ret, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	int r = file_check_trusted(fd, err);

	if (r == 0)
		r = file_read_fd(fd, CONFIG_BYTES_MAX, &text, &length, err);
	return r < 0 ? r : host_config_parse(text, length, ret, err);
}

int host_config_read(const char *path, bool required, struct host_config *ret, struct error *err)
{
	_cleanup_close_ int fd = -1;
	int r = file_open_at(AT_FDCWD, path, false, &fd, err);

	if (r == -ENOENT && !required)
		return defaults(ret, err);
	if (r == 0)
		r = read_and_parse(fd, ret, err);
	return r < 0 ? error_prefix(err, "%s", path) : 0;
}

void host_config_done(struct host_config *config)
{
	free(config->default_profile);
	free(config->profiles_dir);
	free(config->run_dir);
	free(config->record_dir);
	free(config->bpffs);
	*config = (struct host_config){};
}
