// SPDX-License-Identifier: Apache-2.0
/*
 * `sockoptctl doctor`: hooks.d files, which podman and CRI-O read. A file in a later folder hides
 * that of the same name in an earlier one.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "oci/hooks.h"
#include "verbs/doctor.h"

static const struct doctor_consumer podman = {
	.name = "podman",
	.programs = (const char *const[]){"/usr/bin/podman", "/usr/local/bin/podman", NULL},
	.configs = (const char *const[]){"/usr/share/containers/containers.conf",
					 "/etc/containers/containers.conf", NULL},
	.config_dirs = (const char *const[]){"/etc/containers/containers.conf.d", NULL},
	.key = {"engine", "hooks_dir"},
	.key_depth = 2,
	.table = "[engine]",
};

static const struct doctor_consumer crio = {
	.name = "CRI-O",
	.programs =
		(const char *const[]){"/usr/bin/crio", "/usr/local/bin/crio", "/etc/crio", NULL},
	.configs = (const char *const[]){"/etc/crio/crio.conf", NULL},
	.config_dirs = (const char *const[]){"/etc/crio/crio.conf.d", NULL},
	.key = {"crio", "runtime", "hooks_dir"},
	.key_depth = 3,
	.table = "[crio.runtime]",
	.only_installed = true,
};

/* What was found for one consumer. */
struct finding {
	struct doctor *d;
	const struct doctor_consumer *consumer;
	struct doctor_names folders;
	size_t files; /* that are ours */
	bool trouble; /* something was said of them */
	bool has[HOOK_STAGE_STOP + 1], unknown[HOOK_STAGE_STOP + 1];
	unsigned int keys[HOOK_STAGE_STOP + 1];
	char *hook; /* the path that was judged last: both files name the same */
	bool hook_good;
};

static bool is_hidden(const struct finding *f, size_t folder, const char *name)
{
	for (size_t i = folder + 1; i < f->folders.n; i++) {
		_cleanup_free_ char *path = NULL;

		if (asprintf(&path, "%s/%s", f->folders.names[i], name) < 0)
			path = NULL;
		if (path && doctor_exists(f->d, path))
			return true;
	}
	return false;
}

static void judge_keys(struct finding *f, const struct hooksd *file, const char *where,
		       enum hook_stage stage)
{
	struct error err = {0};
	unsigned int keys = 0;
	int r = hooksd_keys(file, &keys, &err);

	f->keys[stage] |= keys;
	if (!r)
		return;
	f->trouble = true;
	f->unknown[stage] = true;
	doctor_say(f->d, r == -EOPNOTSUPP ? DOCTOR_WARN : DOCTOR_FAIL, "%s: %s", where, err.text);
	doctor_todo(f->d, "write " HOOKSD_PATTERN);
}

static void judge_stages(struct finding *f, const struct hooksd *file, const char *where, bool good)
{
	for (size_t i = 0; i < file->stages->n_items; i++) {
		const char *name = file->stages->items[i]->string;
		enum hook_stage stage = hook_stage(name);
		struct error err = {0};

		if (hook_args_check(file->args, name, &err)) {
			f->trouble = true;
			doctor_say(f->d, DOCTOR_FAIL,
				   "%s: containers that ask for a policy are refused, "
				   "or keep none: wrong stage or arguments",
				   where);
			doctor_todo(f->d, "%s", err.text);
			f->unknown[stage] = true;
			continue;
		}
		f->has[stage] = f->has[stage] || good;
		f->unknown[stage] = f->unknown[stage] || !good;
		judge_keys(f, file, where, stage);
	}
}

/* A file that cannot be read is ours by its name alone. */
static void refuse_file(struct finding *f, const char *where, const char *name,
			const struct error *err)
{
	bool ours = strstr(name, HOOK_NAME);

	doctor_say(f->d, ours ? DOCTOR_FAIL : DOCTOR_WARN, "%s: %s: %s refuses every container",
		   where, err->text, f->consumer->name);
	doctor_todo(f->d, ours ? "install the file anew, readable by root" : "mend or remove it");
	if (!ours)
		return;
	f->files++;
	f->trouble = true;
	f->unknown[HOOK_STAGE_START] = f->unknown[HOOK_STAGE_STOP] = true;
}

static bool judge_hook(struct finding *f, const char *where, const char *path)
{
	size_t before = f->d->n;

	if (f->hook && !strcmp(f->hook, path))
		return f->hook_good;
	f->hook_good = doctor_judge_hook(f->d, where, path);
	f->trouble = f->trouble || f->d->n > before;
	free(f->hook);
	f->hook = strdup(path);
	return f->hook_good;
}

static void judge_file(struct finding *f, const char *folder, const char *name)
{
	_cleanup_free_ char *path = NULL, *where = NULL, *text = NULL;
	struct hooksd file = {0};
	struct error err = {0};
	size_t length;

	if (asprintf(&path, "%s/%s", folder, name) < 0 ||
	    asprintf(&where, "%s%s", f->d->root, path) < 0) {
		f->d->out_of_memory = true;
		return;
	}
	if (doctor_read(f->d, path, &text, &length, &err) ||
	    hooksd_parse(text, length, &file, &err)) {
		refuse_file(f, where, name, &err);
		return;
	}
	if (hook_is_ours(file.path, file.args)) {
		f->files++;
		judge_stages(f, &file, where, judge_hook(f, where, file.path));
	}
	hooksd_done(&file);
}

/* Where a file that is missing would be put. */
static const char *first_folder(const struct finding *f)
{
	return f->folders.n ? f->folders.names[0] : DOCTOR_HOOKS_DIR;
}

static void judge_stage(struct finding *f, enum hook_stage stage, const char *name,
			enum doctor_state wrong, const char *loss)
{
	unsigned int missed = HOOK_KEYS_ALL & ~f->keys[stage];
	char keys[HOOK_KEYS_TEXT_MAX];

	if (f->unknown[stage])
		return; /* a line above says what is wrong with it */
	if (!f->has[stage]) {
		doctor_say(f->d, wrong, "no file calls the hook at %s: %s", name, loss);
		doctor_todo(f->d, "install oci-sockopt-hook-%s.json in %s%s", name, f->d->root,
			    first_folder(f));
	} else if (missed) {
		doctor_say(f->d, wrong, "at %s these annotations do not reach the hook: %s: %s",
			   name, hook_keys_text(missed, keys), loss);
		doctor_todo(f->d,
			    "write " HOOKSD_PATTERN " under \"annotations\" of \"when\", alone");
	}
}

static void conclude(struct finding *f)
{
	size_t before = f->d->n;

	judge_stage(f, HOOK_STAGE_START, "createRuntime", DOCTOR_FAIL,
		    "containers that ask for a policy run without one");
	judge_stage(f, HOOK_STAGE_STOP, "poststop", DOCTOR_WARN,
		    "what a container leaves stays until the next start or \"sockoptctl gc\"");
	if (!f->trouble && f->d->n == before)
		doctor_say(f->d, DOCTOR_OK, "%zu files call %s, for every annotation of ours",
			   f->files, f->hook ?: HOOK_NAME);
}

static bool is_read(const struct finding *f, const char *folder)
{
	for (size_t i = 0; i < f->folders.n; i++) {
		if (!strcmp(f->folders.names[i], folder))
			return true;
	}
	return false;
}

/* Files of ours where people put them, and the runtime does not look. */
static void judge_unread(struct finding *f)
{
	static const char *const folders[] = {DOCTOR_HOOKS_DIR, "/etc/containers/oci/hooks.d",
					      "/run/containers/oci/hooks.d"};
	const char *config = f->consumer->configs[0];

	for (size_t i = 1; f->consumer->configs[i]; i++)
		config = f->consumer->configs[i];
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		struct doctor_names names = {0};
		bool ours = false;

		if (!is_read(f, folders[i]))
			doctor_list(f->d, folders[i], ".json", &names);
		for (size_t k = 0; k < names.n; k++)
			ours = ours || strstr(names.names[k], HOOK_NAME);
		doctor_names_done(&names);
		if (!ours)
			continue;
		f->trouble = true;
		doctor_say(f->d, DOCTOR_WARN, "%s%s has files of ours, and %s does not look there",
			   f->d->root, folders[i], f->consumer->name);
		doctor_todo(f->d,
			    "add it to \"hooks_dir\" in %s of %s%s, beside %s; or move them there",
			    f->consumer->table, f->d->root, config, first_folder(f));
	}
}

static bool is_installed(const struct doctor *d, const struct doctor_consumer *c)
{
	for (size_t i = 0; c->programs[i]; i++) {
		if (doctor_exists(d, c->programs[i]))
			return true;
	}
	return false;
}

static void judge_folders(struct finding *f)
{
	for (size_t i = 0; i < f->folders.n; i++) {
		struct doctor_names names = {0};

		doctor_list(f->d, f->folders.names[i], ".json", &names);
		for (size_t k = 0; k < names.n; k++) {
			if (!is_hidden(f, i, names.names[k]))
				judge_file(f, f->folders.names[i], names.names[k]);
		}
		doctor_names_done(&names);
	}
}

static void judge_consumer(struct doctor *d, const struct doctor_consumer *c)
{
	struct finding f = {.d = d, .consumer = c};
	bool installed = is_installed(d, c);

	if (installed || !c->only_installed) {
		f.trouble = !doctor_hook_folders(d, c, &f.folders);
		judge_folders(&f);
		judge_unread(&f);
	}
	if (f.files) {
		conclude(&f);
	} else if (!installed) {
		doctor_say(d, DOCTOR_OK, "not installed");
	} else {
		doctor_say(d, DOCTOR_WARN,
			   "no hooks.d file of ours: its containers run without policies");
		doctor_todo(d, "install both oci-sockopt-hook-*.json in %s%s", d->root,
			    first_folder(&f));
	}
	free(f.hook);
	doctor_names_done(&f.folders);
}

void doctor_podman(struct doctor *d)
{
	judge_consumer(d, &podman);
}

void doctor_crio(struct doctor *d)
{
	judge_consumer(d, &crio);
}
