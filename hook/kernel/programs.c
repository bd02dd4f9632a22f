// SPDX-License-Identifier: Apache-2.0
/* Load, pin, open and collect the programs. */
#include "kernel/programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/caps.h"
#include "base/cleanup.h"
#include "kernel/probe.h"
#include "sockopt-generation.h"
#include "sockopt.skel.h"

/* Our paths are a mount point and short names of ours; one step of room for each level. */
#define GENERATION_MAX PATH_MAX
#define FOLDER_MAX     (GENERATION_MAX + 64)
#define PIN_MAX	       (FOLDER_MAX + 64)

static const char *const pin_names[] = {"setsockopt", "getsockopt", "policies"};

const char *programs_generation(void)
{
	return SOCKOPT_GENERATION;
}

/* Keep libbpf's own words for the error; it would print them to the container's terminal. */
static char libbpf_words[256];

static int keep_words(enum libbpf_print_level level, const char *fmt, va_list args)
{
	if (level == LIBBPF_WARN && !libbpf_words[0])
		vsnprintf(libbpf_words, sizeof(libbpf_words), fmt, args);
	libbpf_words[strcspn(libbpf_words, "\n")] = '\0';
	return 0;
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

/* A loaded object, and which of its programs were loaded. */
struct loaded {
	struct sockopt_bpf *skeleton;
	struct bpf_program *programs[2]; /* by call */
};

/*
 * @by_helper: the programs that walk by bpf_loop (5.17), which verify faster;
 * else those that any kernel takes.
 */
static int load_variant(const struct program_class *class, bool by_helper, struct loaded *ret)
{
	struct sockopt_bpf *skeleton = sockopt_bpf__open();
	struct bpf_program *programs[2][2];
	int r;

	if (!skeleton)
		return -errno;
	programs[0][0] = skeleton->progs.sockopt_set_old;
	programs[0][1] = skeleton->progs.sockopt_get_old;
	programs[1][0] = skeleton->progs.sockopt_set;
	programs[1][1] = skeleton->progs.sockopt_get;
	for (size_t call = 0; call < 2; call++) {
		bpf_program__set_autoload(programs[by_helper][call], true);
		bpf_program__set_autoload(programs[!by_helper][call], false);
		ret->programs[call] = programs[by_helper][call];
	}
	skeleton->rodata->bound_cells = class->bounds.cells;
	skeleton->rodata->bound_steps = class->bounds.steps;
	skeleton->rodata->have_set_retval = probe_set_retval();
	skeleton->rodata->long_needs_zero = probe_long_fails();
	bpf_map__set_value_size(skeleton->maps.policies, (uint32_t) class->policy_size);
	r = sockopt_bpf__load(skeleton);
	if (r) {
		sockopt_bpf__destroy(skeleton);
		return r;
	}
	ret->skeleton = skeleton;
	return 0;
}

static int load(const struct program_class *class, struct loaded *ret, struct error *err)
{
	struct caps_saved saved;
	int r = caps_raise(CAPS_LOAD_PROGRAM, &saved, err);

	libbpf_set_print(keep_words);
	for (int by_helper = 1; !r && by_helper >= 0; by_helper--) {
		libbpf_words[0] = '\0';
		r = load_variant(class, by_helper, ret);
		if (!r)
			break;
		r = by_helper ? 0 : r;
	}
	caps_restore(&saved);
	if (!r)
		return 0;
	if (r == -E2BIG)
		return error_set(err, E2BIG,
				 "this kernel takes no policy of %zu bytes in cgroup storage "
				 "(kernels before 5.15 take a page): make the policy smaller",
				 class->policy_size);
	if (r == -EPERM || r == -EACCES)
		return error_errno(err, -r,
				   "loading the BPF programs (needs CAP_BPF, CAP_NET_ADMIN and "
				   "CAP_PERFMON): %s",
				   libbpf_words);
	return error_errno(err, -r, "loading the BPF programs: %s", libbpf_words);
}

static int pin_all(const struct loaded *loaded, const char *folder, struct error *err)
{
	const int fds[] = {bpf_program__fd(loaded->programs[0]),
			   bpf_program__fd(loaded->programs[1]),
			   bpf_map__fd(loaded->skeleton->maps.policies)};
	char path[PIN_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, pin_names[i]);
		if (bpf_obj_pin(fds[i], path))
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
	struct loaded loaded = {0};
	char pending[FOLDER_MAX];
	int r = load(class, &loaded, err);

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
	sockopt_bpf__destroy(loaded.skeleton);
	return r;
}

/*
 * Before 5.11 the storage that a link makes counts against RLIMIT_MEMLOCK, of all of root's maps
 * together: with the usual 64 KiB the fourth container is refused with ENOMEM.
 */
static void lift_memlock(void)
{
	const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	struct caps_saved saved;

	if (caps_raise(CAPS_LOAD_PROGRAM, &saved, NULL))
		return;
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	caps_restore(&saved);
}

int programs_open(const struct pins *pins, const struct program_class *class, struct programs *ret,
		  struct error *err)
{
	char generation[GENERATION_MAX], folder[FOLDER_MAX];
	int r;

	if (snprintf(generation, sizeof(generation), "%s/%s", pins->root, SOCKOPT_GENERATION) >=
	    GENERATION_MAX)
		return error_set(err, ENAMETOOLONG, "%s", pins->root);
	snprintf(folder, sizeof(folder), "%s/%s", generation, class->name);
	lift_memlock();
	if (!open_pinned(folder, ret))
		return 0;
	r = pins_make_folder(generation, err);
	r = r ?: load_and_pin(class, generation, folder, err);
	if (r)
		return r;
	r = open_pinned(folder, ret);
	if (r)
		return error_errno(err, -r, "opening the programs pinned in %s", folder);
	return 0;
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

static bool is_in_use(const char *folder, const uint32_t *in_use, size_t n)
{
	struct programs programs;
	bool used = false;

	if (open_pinned(folder, &programs))
		return false;
	for (size_t call = 0; call < 2; call++) {
		uint32_t id = bpf_prog_id(programs.fds[call]);

		for (size_t i = 0; i < n; i++)
			used = used || in_use[i] == id;
	}
	programs_done(&programs);
	return used;
}

static int collect_generation(const char *generation, const uint32_t *in_use, size_t n,
			      size_t *removed, struct error *err)
{
	_cleanup_closedir_ DIR *dir = opendir(generation);
	char folder[FOLDER_MAX + 256];
	struct dirent *entry;
	int r = 0;

	while (dir && !r && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(folder, sizeof(folder), "%s/%s", generation, entry->d_name);
		if (is_in_use(folder, in_use, n))
			continue;
		r = pins_remove_folder(folder, err);
		*removed += !r;
	}
	if (!r)
		rmdir(generation); /* fails while a class in it is in use */
	return r;
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
