// SPDX-License-Identifier: Apache-2.0
/*
 * `sockoptctl doctor`: containerd's files, in the order in which it reads them: config.toml, then
 * what that imports, then what those import. Knows nothing of what is in them but "imports".
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "oci/hooks.h"
#include "oci/pattern.h"
#include "verbs/doctor-containerd.h"

#define FILES_MAX 64

void containerd_not_understood(struct doctor *d, const char *path, const char *what)
{
	doctor_say(d, DOCTOR_WARN, "%s%s: %s", d->root, path, what);
	doctor_todo(d, "see yourself that the handlers name base_runtime_spec, and "
		       "pod_annotations = " HOOK_GLOBS);
}

/* Once each: files may import one another. Takes over @path, NULL too. */
static void add_file(struct doctor *d, struct containerd_config *config, char *path,
		     const char *from)
{
	struct containerd_file *more;

	for (size_t i = 0; path && i < config->n_files; i++) {
		if (!strcmp(config->files[i].path, path)) {
			free(path);
			return;
		}
	}
	if (path && config->n_files == FILES_MAX) {
		containerd_not_understood(d, path, "is one file too many to be read here");
		free(path);
		return;
	}
	more = path ? reallocarray(config->files, config->n_files + 1, sizeof(*more)) : NULL;
	if (!more) {
		d->out_of_memory = true;
		free(path);
		return;
	}
	config->files = more;
	more[config->n_files++] = (struct containerd_file){.path = path, .from = from};
}

static char *path_in(const char *folder, int length, const char *name)
{
	char *path = NULL;

	return asprintf(&path, "%.*s/%s", length, folder, name) < 0 ? NULL : path;
}

/* All of a folder that match, hidden ones too. */
static void import_pattern(struct doctor *d, struct containerd_config *config, const char *from,
			   const char *word)
{
	const char *slash = strrchr(word, '/');
	_cleanup_free_ char *folder = strndup(word, slash ? (size_t)(slash - word) : 0);
	struct doctor_names names = {0};

	/* 1.6 takes a relative one from its working folder, newer ones from that of the file. */
	if (!folder || *word != '/' || strpbrk(folder, "*?[\\")) {
		containerd_not_understood(
			d, from, "\"imports\" names files in a way that is not understood");
		return;
	}
	doctor_list(d, folder, NULL, &names);
	for (size_t i = 0; i < names.n; i++) {
		struct error err = {0};
		bool match = false;

		pattern_glob(slash + 1, names.names[i], &match, &err);
		if (match)
			add_file(d, config, path_in(folder, (int)strlen(folder), names.names[i]),
				 from);
	}
	doctor_names_done(&names);
}

/* Only "*" makes a pattern of a word; one without may be relative to the file that names it. */
static void import(struct doctor *d, struct containerd_config *config, const char *from,
		   const char *word)
{
	if (strchr(word, '*'))
		import_pattern(d, config, from, word);
	else if (*word == '/')
		add_file(d, config, strdup(word), from);
	else
		add_file(d, config, path_in(from, (int)(strrchr(from, '/') - from), word), from);
}

static void read_file(struct doctor *d, struct containerd_config *config, size_t index)
{
	static const char *const key[] = {"imports"};
	/* adding files moves the array, so what is used below is not of it */
	struct containerd_file *file = &config->files[index];
	const char *path = file->path;
	const struct toml_entry *imports;
	_cleanup_free_ char *text = NULL;
	struct error err = {0};
	size_t length;

	file->missing = doctor_read(d, path, &text, &length, &err) == -ENOENT;
	if (file->missing)
		return;
	if (err.code || toml_parse(text, &file->toml, &err)) {
		containerd_not_understood(d, path, err.text);
		return;
	}
	imports = toml_find(&file->toml, key, 1);
	for (size_t i = 0; imports && imports->kind == TOML_STRINGS && i < imports->n; i++)
		import(d, config, path, imports->strings[i]);
}

void containerd_files_read(struct doctor *d, struct containerd_config *config)
{
	add_file(d, config, strdup(CONTAINERD_CONFIG), NULL);
	for (size_t i = 0; i < config->n_files; i++)
		read_file(d, config, i);
}
