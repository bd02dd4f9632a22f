// SPDX-License-Identifier: Apache-2.0
/*
 * `sockoptctl doctor`: in which folders a runtime looks for hooks.d files, by its configuration.
 * Knows nothing of what is in them.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "oci/toml.h"
#include "verbs/doctor.h"

struct reading {
	struct doctor *d;
	const struct doctor_consumer *consumer;
	struct doctor_names *folders;
	bool trouble;
};

static void not_understood(struct reading *f, const char *path, const char *why)
{
	f->trouble = true;
	doctor_say(f->d, DOCTOR_WARN, "%s%s: %s", f->d->root, path, why);
	doctor_todo(f->d, "see yourself which folders it names as \"hooks_dir\"");
}

static void take_folders(struct reading *f, const struct toml *toml, const char *path)
{
	const struct toml_entry *entry = toml_find(toml, f->consumer->key, f->consumer->key_depth);
	struct error err = {0};

	if (!entry)
		return;
	if (entry->kind != TOML_STRINGS) {
		error_set(&err, EINVAL,
			  "line %u is not understood: \"hooks_dir\" is no array of strings",
			  entry->line);
		not_understood(f, path, err.text);
		return;
	}
	doctor_names_done(f->folders);
	for (size_t i = 0; i < entry->n; i++)
		doctor_names_add(f->d, f->folders, entry->strings[i]);
}

static void read_folders_of(struct reading *f, const char *path)
{
	_cleanup_free_ char *text = NULL;
	struct toml toml = {0};
	struct error err = {0};
	size_t length;

	if (doctor_read(f->d, path, &text, &length, &err) == -ENOENT)
		return;
	if (err.code || toml_parse(text, &toml, &err))
		not_understood(f, path, err.text);
	else
		take_folders(f, &toml, path);
	toml_done(&toml);
}

bool doctor_hook_folders(struct doctor *d, const struct doctor_consumer *c,
			 struct doctor_names *ret)
{
	struct reading f = {.d = d, .consumer = c, .folders = ret};

	*ret = (struct doctor_names){0};
	doctor_names_add(d, ret, DOCTOR_HOOKS_DIR);
	for (size_t i = 0; c->configs[i]; i++)
		read_folders_of(&f, c->configs[i]);
	for (size_t i = 0; c->config_dirs[i]; i++) {
		struct doctor_names names = {0};

		doctor_list(d, c->config_dirs[i], ".conf", &names);
		for (size_t k = 0; k < names.n; k++) {
			_cleanup_free_ char *path = NULL;

			if (asprintf(&path, "%s/%s", c->config_dirs[i], names.names[k]) >= 0)
				read_folders_of(&f, path);
			else
				path = NULL;
		}
		doctor_names_done(&names);
	}
	return !f.trouble;
}
