// SPDX-License-Identifier: Apache-2.0
/*
 * `sockoptctl gc`: remove what nobody uses any more. Everything happens
 * under the lock that the hook takes.
 */
#include <dirent.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "enforce.h"
#include "verbs/runs.h"
#include "verbs/verbs.h"

#define TEMPORARY_PREFIX ".tmp-" /* as base/file.c names a file until it is whole */

struct words {
	char **words;
	size_t n;
};

struct garbage {
	struct words policies, files;
	size_t classes;
};

static void words_add(const char *word, void *to)
{
	struct words *list = to;
	char **more = reallocarray(list->words, list->n + 1, sizeof(*more));
	char *copy = strdup(word);

	if (more)
		list->words = more;
	/* Removed it is all the same; only its name is not printed. */
	if (more && copy)
		more[list->n++] = TAKE_PTR(copy);
	free(copy);
}

static void words_done(struct words *list)
{
	free_strings(list->words, list->n);
}

static int remove_temporary_in(const char *folder, struct words *removed, struct error *err)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	int fd, r = folder_open_private(folder, false, &fd, err);

	if (r)
		return r == -ENOENT ? 0 : r;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return error_errno(err, errno, "%s", folder);
	}
	while ((entry = readdir(dir))) {
		if (strncmp(entry->d_name, TEMPORARY_PREFIX, strlen(TEMPORARY_PREFIX)))
			continue;
		if (unlinkat(dirfd(dir), entry->d_name, 0))
			return error_errno(err, errno, "%s/%s", folder, entry->d_name);
		words_add(entry->d_name, removed);
	}
	return 0;
}

/* What one left that was killed while it wrote a run record or a recording. */
static int remove_temporary(const struct host_config *config, struct words *removed,
			    struct error *err)
{
	int r = remove_temporary_in(config->run_dir, removed, err);

	return r ?: remove_temporary_in(config->record_dir, removed, err);
}

static bool has_key(const struct inventory *inv, const char *key)
{
	for (size_t i = 0; i < inv->n; i++) {
		if (!strcmp(inv->entries[i].key, key))
			return true;
	}
	return false;
}

static int collect_programs(const struct inventory *inv, size_t *removed, struct error *err)
{
	_cleanup_free_ uint32_t *ids = calloc(2 * inv->n + 1, sizeof(*ids));
	size_t n = 0;

	if (!ids)
		return error_set(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < inv->n; i++) {
		if (inv->entries[i].unreadable)
			return error_set(err, EIO,
					 "%s: its pins cannot be read, and it may use any of the "
					 "programs: none is removed",
					 inv->entries[i].key);
		for (size_t call = 0; call < 2; call++) {
			if (inv->entries[i].calls & (1u << call))
				ids[n++] = inv->entries[i].facts[call].prog_id;
		}
	}
	return programs_collect(&inv->pins, ids, n, removed, err);
}

/*
 * What is there before and not after was removed. What cannot be removed, for one a recording that
 * cannot be written, does not keep the rest; the first such error is told.
 */
static int sweep(const struct host_config *config, const struct pins *pins, struct garbage *g,
		 struct error *err)
{
	struct inventory before = {0}, after = {0};
	size_t count;
	int r = inventory_read(config, &before, err), failed;

	if (r)
		return r;
	r = runs_sweep(config, &before, NULL, NULL, err);
	failed = enforce_sweep(config, pins, true, 0, &count, r ? NULL : err);
	r = r ?: failed;
	failed = inventory_read(config, &after, r ? NULL : err);
	r = r ?: failed;
	for (size_t i = 0; i < before.n && !failed; i++) {
		if (!has_key(&after, before.entries[i].key))
			words_add(before.entries[i].key, &g->policies);
	}
	r = r ?: collect_programs(&after, &g->classes, err);
	/* Nothing is left that the next configuration could take from this one. */
	if (!r && !after.n)
		r = pins_disown(pins, err);
	inventory_done(&before);
	inventory_done(&after);
	return r ?: remove_temporary(config, &g->files, err);
}

static int collect(struct verb_call *call, struct garbage *g, struct error *err)
{
	struct enforcement e = ENFORCEMENT_NONE;
	struct inventory inv = {0};
	int r = inventory_read(&call->config, &inv, err);
	bool nothing = !r && !inv.n && !inv.pins.root;

	inventory_done(&inv);
	if (r)
		return r;
	/* Where nothing was ever pinned, no folder is made in order to find it empty. */
	if (nothing)
		return remove_temporary(&call->config, &g->files, err);
	e.config = &call->config;
	r = enforce_open_folders(&e, err);
	r = r ?: sweep(&call->config, &e.pins, g, err);
	enforce_done(&e);
	return r;
}

static void print_text(FILE *out, const struct garbage *g)
{
	for (size_t i = 0; i < g->policies.n; i++)
		fprintf(out, "removed policy %s\n", g->policies.words[i]);
	if (g->classes)
		fprintf(out, "removed %zu set(s) of programs that nothing used\n", g->classes);
	for (size_t i = 0; i < g->files.n; i++)
		fprintf(out, "removed temporary file %s\n", g->files.words[i]);
	if (!g->policies.n && !g->classes && !g->files.n)
		fprintf(out, "nothing to remove\n");
}

static void add_words(struct json_writer *w, const char *key, const struct words *list)
{
	json_open_array(w, key);
	for (size_t i = 0; i < list->n; i++)
		json_add_string(w, NULL, list->words[i]);
	json_close_array(w);
}

static int print_json(struct verb_call *call, const struct garbage *g)
{
	_cleanup_json_writer_ struct json_writer *w = json_writer_new(true);

	if (!w)
		return verb_print_json(call, NULL);
	json_open_object(w, NULL);
	add_words(w, "policies", &g->policies);
	json_add_uint(w, "sizeClasses", g->classes);
	add_words(w, "temporaryFiles", &g->files);
	json_close_object(w);
	return verb_print_json(call, w);
}

static int gc_run(struct verb_call *call, int argc, char **argv)
{
	struct garbage g = {0};
	struct error err = {0};
	int status, r;

	if (!verb_read_options(call, NULL, 0, &argc, &argv, &status))
		return status;
	if (argc)
		return verb_usage(call, "takes no \"%s\"", argv[0]);
	status = verb_open_host(call);
	if (status)
		return status;
	r = collect(call, &g, &err);
	/* Also where it failed on the way: some is removed then. */
	if (call->json)
		status = print_json(call, &g);
	else if (!r || g.policies.n || g.classes || g.files.n)
		print_text(call->out, &g);
	if (r)
		status = verb_refuse(&err);
	words_done(&g.policies);
	words_done(&g.files);
	return status;
}

const struct verb verb_gc = {
	.name = "gc",
	.summary = "Remove what is left of policies whose cgroup is gone, and unused programs",
	.usage = "[--json]",
	.help = "Removed are: pins and run records of policies whose cgroup is gone; run\n"
		"records without pins; what a killed \"sockoptctl run\" left; programs that no\n"
		"link uses, which the next container loads anew; temporary files. No policy\n"
		"that is in force is touched. A recording is written to the host's folder for\n"
		"recordings first; where that fails it stays, and the status is 1.\n",
	.has_json = true,
	.run = gc_run,
};
