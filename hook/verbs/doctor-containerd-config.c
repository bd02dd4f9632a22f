// SPDX-License-Identifier: Apache-2.0
/*
 * `sockoptctl doctor`: how containerd joins its files. Measured with `containerd config dump` of
 * 1.6.20, 1.7.24 and 2.1.9: a later file wins; 1.x takes the whole section of a plugin from the
 * last file that has one, 2.x joins them key by key.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "verbs/doctor-containerd.h"

#define PLUGIN_1 "cri" /* by version of the configuration */
#define PLUGIN_2 "io.containerd.grpc.v1.cri"
#define PLUGIN_3 "io.containerd.cri.v1.runtime"

static const char *const programs[] = {"/usr/bin/containerd", "/usr/local/bin/containerd"};

bool containerd_is_installed(const struct doctor *d)
{
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		if (doctor_exists(d, programs[i]))
			return true;
	}
	return doctor_exists(d, CONTAINERD_CONFIG);
}

/* ---- which containerd it is ---- */

/* By names of packages, which a Go program keeps even when it is stripped. 0: not known. */
static unsigned int major_of_text(const char *text, size_t length)
{
	static const char *const packages[] = {
		"github.com/containerd/containerd/cmd/containerd",
		"github.com/containerd/containerd/v2/cmd/containerd"};

	for (size_t i = 0; i < ARRAY_SIZE(packages); i++) {
		if (memmem(text, length, packages[i], strlen(packages[i])))
			return (unsigned int)i + 1;
	}
	return 0;
}

static unsigned int major_of_program(const struct doctor *d, const char *path)
{
	_cleanup_close_ int fd = doctor_open(d, path, O_RDONLY | O_NONBLOCK);
	unsigned int major;
	struct stat st;
	void *text;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || !st.st_size)
		return 0;
	text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED)
		return 0;
	major = major_of_text(text, (size_t)st.st_size);
	munmap(text, (size_t)st.st_size);
	return major;
}

/* Where no program tells, or two contradict each other, the files are taken to fit theirs. */
static unsigned int find_major(const struct doctor *d, const struct containerd_config *config)
{
	unsigned int found = 0;

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		unsigned int major = major_of_program(d, programs[i]);

		if (major && found && major != found)
			found = 0;
		else if (major)
			found = major;
	}
	return found ?: config->version >= 3 ? 2 : 1;
}

/* ---- what is in them ---- */

static unsigned long version_of(const struct toml *toml)
{
	static const char *const key[] = {"version"};
	const struct toml_entry *version = toml_find(toml, key, 1);

	return version && version->n ? strtoul(version->strings[0], NULL, 10) : 0;
}

/* The last that is named holds for all. */
static void find_version(struct doctor *d, struct containerd_config *config)
{
	const char *first = NULL;

	config->version = 1;
	for (size_t i = 0; i < config->n_files; i++) {
		unsigned long version = version_of(&config->files[i].toml);

		if (version && first && version != config->version) {
			doctor_say(d, DOCTOR_WARN,
				   "%s%s: is of another version than %s: containerd may pass over "
				   "the handlers of either",
				   d->root, config->files[i].path, first);
			doctor_todo(d, "write all files for one version");
		}
		if (version) {
			config->version = version;
			first = config->files[i].path;
		}
	}
}

static bool is_below(const struct toml_entry *entry, const char *plugin)
{
	return entry->depth >= 2 && !strcmp(entry->path[0], "plugins") &&
	       !strcmp(entry->path[1], plugin);
}

/* The part of a handler's key at each depth; NULL: any. */
static const char *const parts[] = {"plugins", NULL, "containerd", "runtimes", NULL, NULL};

static bool is_on_the_way(const struct toml_entry *entry)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts) && i < entry->depth; i++) {
		if (parts[i] && strcmp(entry->path[i], parts[i]))
			return false;
	}
	return true;
}

static bool has_handlers(const struct containerd_config *config, const char *plugin)
{
	for (size_t i = 0; i < config->n_keys; i++) {
		if (!strcmp(config->keys[i].plugin, plugin))
			return true;
	}
	return false;
}

/* 2.x moves what version 2 says to the plugin of version 3, where that has no handlers. */
static const char *find_plugin(const struct containerd_config *config)
{
	if (config->major == 1)
		return config->version == 1 ? PLUGIN_1 : PLUGIN_2;
	return config->version == 2 && !has_handlers(config, PLUGIN_3) ? PLUGIN_2 : PLUGIN_3;
}

static bool has_section(const struct containerd_file *file, const char *plugin)
{
	for (size_t i = 0; i < file->toml.n; i++) {
		if (is_below(&file->toml.entries[i], plugin))
			return true;
	}
	return false;
}

static void add_key(struct doctor *d, struct containerd_config *config,
		    const struct containerd_file *file, const struct toml_entry *entry)
{
	struct containerd_key *more = reallocarray(config->keys, config->n_keys + 1, sizeof(*more));

	if (!more) {
		d->out_of_memory = true;
		return;
	}
	config->keys = more;
	more[config->n_keys++] = (struct containerd_key){
		.file = file,
		.entry = entry,
		.plugin = entry->path[1],
		.handler = entry->path[4],
		.key = entry->path[5],
	};
}

static void find_keys(struct doctor *d, struct containerd_config *config)
{
	for (size_t i = 0; i < config->n_files; i++) {
		const struct containerd_file *file = &config->files[i];

		for (size_t k = 0; k < file->toml.n; k++) {
			const struct toml_entry *entry = &file->toml.entries[k];
			bool nested = entry->kind == TOML_OTHER && !entry->n;

			if (!is_on_the_way(entry))
				continue;
			if (entry->depth == ARRAY_SIZE(parts) && entry->kind != TOML_TABLE)
				add_key(d, config, file, entry);
			else if (entry->depth < ARRAY_SIZE(parts) && nested)
				containerd_not_understood(
					d, file->path,
					"has an inline table that is not understood");
		}
	}
}

static void find_lost(struct containerd_config *config)
{
	const struct containerd_file *last = config->files;

	for (size_t i = 0; i < config->n_files; i++) {
		if (has_section(&config->files[i], config->plugin))
			last = &config->files[i];
	}
	for (size_t i = 0; i < config->n_keys; i++) {
		struct containerd_key *key = &config->keys[i];

		key->lost = strcmp(key->plugin, config->plugin) ||
			    (config->major == 1 && key->file != last);
	}
}

/* ---- what keeps 1.x from starting ---- */

static void judge_start(struct doctor *d, const struct containerd_config *config)
{
	for (size_t i = 1; i < config->n_files; i++) {
		const struct containerd_file *file = &config->files[i];

		if (!file->missing)
			continue;
		doctor_say(d, DOCTOR_FAIL,
			   "%s%s imports %s, which is not there: containerd 1.x does not start",
			   d->root, file->from, file->path);
		doctor_todo(d, "install it, or take it out of \"imports\"");
	}
	if (config->version < 3)
		return;
	doctor_say(
		d, DOCTOR_FAIL,
		"%s%s: containerd 1.x knows no version %lu: 1.7 does not start, 1.6 runs without "
		"these handlers",
		d->root, CONTAINERD_CONFIG, config->version);
	doctor_todo(d, "write version = 2, and handlers below [plugins.\"" PLUGIN_2
		       "\".containerd.runtimes]");
}

void containerd_config_read(struct doctor *d, struct containerd_config *ret)
{
	*ret = (struct containerd_config){0};
	containerd_files_read(d, ret);
	find_version(d, ret);
	ret->major = find_major(d, ret);
	find_keys(d, ret);
	ret->plugin = find_plugin(ret);
	find_lost(ret);
	if (ret->major == 1)
		judge_start(d, ret);
}

void containerd_config_done(struct containerd_config *config)
{
	for (size_t i = 0; i < config->n_files; i++) {
		free(config->files[i].path);
		toml_done(&config->files[i].toml);
	}
	free(config->files);
	free(config->keys);
	*config = (struct containerd_config){0};
}

const struct toml_entry *containerd_find(const struct containerd_config *config,
					 const char *handler, const char *key)
{
	for (size_t i = config->n_keys; i-- > 0;) {
		const struct containerd_key *one = &config->keys[i];

		if (!one->lost && !strcmp(one->handler, handler) && !strcmp(one->key, key))
			return one->entry;
	}
	return NULL;
}
