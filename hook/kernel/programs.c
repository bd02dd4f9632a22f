// SPDX-License-Identifier: Apache-2.0
/* Pinned programs and maps: opening, pinning what load.c has loaded, collecting what nobody uses. */
#include "kernel/programs.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "kernel/load.h"
#include "sockopt-generation.h"

/* Our paths are a mount point and short names of ours; one step of room for each level. */
#define GENERATION_MAX PATH_MAX
#define FOLDER_MAX     (GENERATION_MAX + 64)
#define PIN_MAX	       (FOLDER_MAX + 64)

/* What every container needs; the other pins of a class are opened by name. */
static const char *const pin_names[] = {"setsockopt", "getsockopt", "policies"};

const struct program_class programs_recording = {.name = "record"};

const char *programs_generation(void)
{
	return SOCKOPT_GENERATION;
}

static int generation_folder(const struct pins *pins, const char *generation,
			     char folder[GENERATION_MAX], struct error *err)
{
	if (snprintf(folder, GENERATION_MAX, "%s/%s", pins->root, generation) >= GENERATION_MAX)
		return error_set(err, ENAMETOOLONG, "%s", pins->root);
	return 0;
}

int programs_open_pin(const struct pins *pins, const char *generation, const char *class,
		      const char *name, int *ret_fd, struct error *err)
{
	char folder[GENERATION_MAX], path[PIN_MAX + 256];
	int r = generation_folder(pins, generation, folder, err);

	if (r)
		return r;
	snprintf(path, sizeof(path), "%s%s%s/%s", folder, class ? "/" : "", class ?: "", name);
	*ret_fd = bpf_obj_get(path);
	return *ret_fd < 0 ? error_errno(err, errno, "%s", path) : 0;
}

static int open_pinned(const char *folder, struct programs *ret)
{
	struct programs programs = PROGRAMS_NONE;
	int *const fds[] = {&programs.fds[0], &programs.fds[1], &programs.policies};
	char path[PIN_MAX + 256];

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, pin_names[i]);
		*fds[i] = bpf_obj_get(path);
		if (*fds[i] < 0) {
			int r = -errno;

			programs_done(&programs);
			return r;
		}
	}
	*ret = programs;
	return 0;
}

/* ---- loading ---- */

/* The ring of this generation: one for all size classes. */
static int open_events(const char *generation, int *ret_fd, struct error *err)
{
	char path[FOLDER_MAX];
	int r;

	snprintf(path, sizeof(path), "%s/events", generation);
	*ret_fd = bpf_obj_get(path);
	if (*ret_fd >= 0)
		return 0;
	r = load_events(ret_fd, err);
	if (r)
		return r;
	if (!bpf_obj_pin(*ret_fd, path))
		return 0;
	if (errno != EEXIST)
		return error_errno(err, errno, "pinning %s", path);
	/* Another was faster. */
	close(*ret_fd);
	*ret_fd = bpf_obj_get(path);
	return *ret_fd < 0 ? error_errno(err, errno, "%s", path) : 0;
}

static int pin_all(const struct loaded *loaded, const char *folder, struct error *err)
{
	char path[PIN_MAX];

	for (size_t i = 0; i < loaded->n; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, loaded->pins[i].name);
		if (bpf_obj_pin(loaded->pins[i].fd, path))
			return error_errno(err, errno, "pinning %s", path);
	}
	return 0;
}

/*
 * Load, pin in a folder of our own, and give it its name; where another
 * was faster, theirs is as good.
 */
static int load_and_pin(const struct program_class *class, const char *generation,
			const char *folder, struct error *err)
{
	_cleanup_close_ int events = -1;
	struct loaded loaded = {0};
	char pending[FOLDER_MAX];
	int r = class->policy_size ? open_events(generation, &events, err) : 0;

	r = r ?: load_class(class, events, &loaded, err);
	if (r)
		return r;
	snprintf(pending, sizeof(pending), "%s/+pending-%s-%d", generation, class->name, getpid());
	r = pins_remove_folder(pending, err);
	r = r ?: pins_make_folder(pending, err);
	r = r ?: pin_all(&loaded, pending, err);
	if (!r && renameat2(AT_FDCWD, pending, AT_FDCWD, folder, RENAME_NOREPLACE) &&
	    errno != EEXIST)
		r = error_errno(err, errno, "%s", folder);
	pins_remove_folder(pending, NULL);
	loaded_done(&loaded);
	return r;
}

int programs_open(const struct pins *pins, const struct program_class *class, struct programs *ret,
		  struct error *err)
{
	char generation[GENERATION_MAX], folder[FOLDER_MAX];
	int r;

	r = generation_folder(pins, SOCKOPT_GENERATION, generation, err);
	if (r)
		return r;
	snprintf(folder, sizeof(folder), "%s/%s", generation, class->name);
	if (!open_pinned(folder, ret))
		return 0;
	r = pins_make_folder(generation, err);
	r = r ?: load_and_pin(class, generation, folder, err);
	if (r)
		return r;
	r = open_pinned(folder, ret);
	if (r)
		return error_errno(
			err, -r,
			"opening the programs pinned in %s (\"sockoptctl gc\" drops a set that is not whole)",
			folder);
	return 0;
}

int programs_open_events(const struct pins *pins, int *ret_fd, struct error *err)
{
	char generation[GENERATION_MAX];
	int r = generation_folder(pins, SOCKOPT_GENERATION, generation, err);

	r = r ?: pins_make_folder(generation, err);
	return r ?: open_events(generation, ret_fd, err);
}

void programs_done(struct programs *programs)
{
	for (size_t i = 0; i < 2; i++) {
		if (programs->fds[i] >= 0)
			close(programs->fds[i]);
	}
	if (programs->policies >= 0)
		close(programs->policies);
	*programs = (struct programs)PROGRAMS_NONE;
}

/* ---- collecting what nobody uses ---- */

/* True where that cannot be told. A set that is not whole is of no use. */
static bool is_in_use(const char *folder, const uint32_t *in_use, size_t n)
{
	struct programs programs;
	bool used = false;
	int r = open_pinned(folder, &programs);

	if (r)
		return r != -ENOENT;
	for (size_t call = 0; call < 2; call++) {
		uint32_t id = bpf_prog_id(programs.fds[call]);

		for (size_t i = 0; i < n; i++)
			used = used || in_use[i] == id;
	}
	programs_done(&programs);
	return used;
}

/*
 * Under another name first: a set that is not whole under its own is refused by every start, and one that is killed in
 * the middle would leave that.
 */
static int remove_class(const char *generation, const char *class, struct error *err)
{
	char folder[FOLDER_MAX + 256], going[FOLDER_MAX + 256];
	int r = 0;

	snprintf(folder, sizeof(folder), "%s/%s", generation, class);
	if (*class == '+')
		return pins_remove_folder(folder, err);
	snprintf(going, sizeof(going), "%s/+going-%s", generation, class);
	r = pins_remove_folder(going, err);
	if (!r && rename(folder, going))
		r = error_errno(err, errno, "%s", folder);
	return r ?: pins_remove_folder(going, err);
}

static int collect_generation(const char *generation, const uint32_t *in_use, size_t n,
			      size_t *removed, struct error *err)
{
	_cleanup_closedir_ DIR *dir = opendir(generation);
	char folder[FOLDER_MAX + 256];
	struct dirent *entry;
	bool used, any = false;
	int r = 0;

	while (dir && !r && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || !strcmp(entry->d_name, "events"))
			continue;
		snprintf(folder, sizeof(folder), "%s/%s", generation, entry->d_name);
		used = is_in_use(folder, in_use, n);
		any = any || used;
		if (used)
			continue;
		r = remove_class(generation, entry->d_name, err);
		*removed += !r;
	}
	if (r || any)
		return r;
	snprintf(folder, sizeof(folder), "%s/events", generation);
	unlink(folder);
	rmdir(generation); /* fails where another process pins in it just now */
	return 0;
}

int programs_collect(const struct pins *pins, const uint32_t *in_use, size_t n, size_t *ret_removed,
		     struct error *err)
{
	_cleanup_closedir_ DIR *dir = opendir(pins->root);
	char generation[GENERATION_MAX];
	struct dirent *entry;
	int r = 0;

	*ret_removed = 0;
	if (!dir)
		return error_errno(err, errno, "%s", pins->root);
	while (!r && (entry = readdir(dir))) {
		if (entry->d_name[0] != 'g')
			continue;
		if (snprintf(generation, sizeof(generation), "%s/%s", pins->root, entry->d_name) <
		    PATH_MAX)
			r = collect_generation(generation, in_use, n, ret_removed, err);
	}
	return r;
}
