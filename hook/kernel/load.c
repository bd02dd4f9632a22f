// SPDX-License-Identifier: Apache-2.0
/* Loading the objects for one class, as this kernel can take them. The only user of the skeletons. */
#include "kernel/load.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <string.h>

#include "base/caps.h"
#include "base/cleanup.h"
#include "kernel/probe-features.h"
#include "kernel/probe.h"
#include "sockopt-compat.skel.h"
#include "sockopt-record.skel.h"
#include "sockopt.skel.h"

/* Keep libbpf's own words for the error; it would print them to the container's terminal. */
static char libbpf_words[256];

static int keep_words(enum libbpf_print_level level, const char *fmt, va_list args)
{
	if (level == LIBBPF_WARN && !libbpf_words[0])
		vsnprintf(libbpf_words, sizeof(libbpf_words), fmt, args);
	libbpf_words[strcspn(libbpf_words, "\n")] = '\0';
	return 0;
}

static void add_pin(struct loaded *loaded, const char *name, int fd)
{
	loaded->pins[loaded->n++] = (struct loaded_pin){name, fd};
}

static void add_pins(struct loaded *loaded, const struct sockopt_bpf *skeleton, bool apart)
{
	add_pin(loaded, "setsockopt",
		bpf_program__fd(apart ? skeleton->progs.sockopt_set
				      : skeleton->progs.sockopt_set_old));
	add_pin(loaded, "getsockopt",
		bpf_program__fd(apart ? skeleton->progs.sockopt_get
				      : skeleton->progs.sockopt_get_old));
	add_pin(loaded, "pass", bpf_program__fd(skeleton->progs.sockopt_pass));
	add_pin(loaded, "policies", bpf_map__fd(skeleton->maps.policies));
}

/* What this kernel was found to have, which the programs are told before they are loaded. */
struct found {
	bool set_retval, pid, ancestor, long_fails;
};

static int find(struct found *ret)
{
	int retval = probe_set_retval(), pid = probe_pid(), ancestor = probe_ancestor();

	if (retval < 0 || pid < 0 || ancestor < 0) {
		strcpy(libbpf_words, "finding what this kernel has");
		return retval < 0 ? retval : pid < 0 ? pid : ancestor;
	}
	*ret = (struct found){retval, pid, ancestor, probe_long_fails(NULL) != 0};
	return 0;
}

/*
 * @apart: the programs in parts that are verified by themselves, in a fraction of the time, and that
 * walk by bpf_loop() (5.17); else those that any kernel takes.
 */
static int load_form(const struct program_class *class, int events, const struct found *found,
		     bool apart, struct loaded *ret)
{
	struct bpf_program *programs[2][2];
	struct sockopt_bpf *skeleton;
	int r;

	skeleton = sockopt_bpf__open();
	if (!skeleton)
		return -errno;
	programs[0][0] = skeleton->progs.sockopt_set_old;
	programs[0][1] = skeleton->progs.sockopt_get_old;
	programs[1][0] = skeleton->progs.sockopt_set;
	programs[1][1] = skeleton->progs.sockopt_get;
	for (size_t call = 0; call < 2; call++) {
		bpf_program__set_autoload(programs[apart][call], true);
		bpf_program__set_autoload(programs[!apart][call], false);
	}
	skeleton->rodata->bound_cells = class->bounds.cells;
	skeleton->rodata->bound_steps = class->bounds.steps;
	skeleton->rodata->have_set_retval = found->set_retval;
	skeleton->rodata->have_pid = found->pid;
	skeleton->rodata->have_ancestor = found->ancestor;
	skeleton->rodata->long_needs_zero = found->long_fails;
	bpf_map__set_value_size(skeleton->maps.policies, (uint32_t) class->policy_size);
	r = bpf_map__reuse_fd(skeleton->maps.events, events);
	r = r ?: sockopt_bpf__load(skeleton);
	if (r) {
		sockopt_bpf__destroy(skeleton);
		return r;
	}
	*ret = (struct loaded){.skeleton = skeleton};
	add_pins(ret, skeleton, apart);
	return 0;
}

static bool has_loop(void)
{
	return libbpf_probe_bpf_helper(BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_FUNC_loop, NULL) != 0;
}

/* Where neither form loads, the cause is that of the form which this kernel should have taken. */
static int load_policies(const struct program_class *class, int events, struct loaded *ret)
{
	char words[sizeof(libbpf_words)];
	struct found found;
	int apart, whole, r = find(&found);

	if (r)
		return r;
	apart = load_form(class, events, &found, true, ret);
	if (!apart)
		return 0;
	memcpy(words, libbpf_words, sizeof(words));
	libbpf_words[0] = '\0';
	whole = load_form(class, events, &found, false, ret);
	if (!whole || !has_loop())
		return whole;
	memcpy(libbpf_words, words, sizeof(words));
	return apart;
}

static int load_recorder(struct loaded *ret)
{
	struct sockopt_record_bpf *skeleton;
	int ancestors = probe_ancestor(), r;

	if (ancestors < 0) {
		strcpy(libbpf_words, "finding what this kernel has");
		return ancestors;
	}
	skeleton = sockopt_record_bpf__open();
	if (!skeleton)
		return -errno;
	skeleton->rodata->have_ancestor = ancestors;
	skeleton->rodata->long_needs_zero = probe_long_fails(NULL) != 0;
	r = sockopt_record_bpf__load(skeleton);
	if (r) {
		sockopt_record_bpf__destroy(skeleton);
		return r;
	}
	*ret = (struct loaded){.recorder = skeleton};
	add_pin(ret, "setsockopt", bpf_program__fd(skeleton->progs.record_set));
	add_pin(ret, "getsockopt", bpf_program__fd(skeleton->progs.record_get));
	add_pin(ret, "policies", bpf_map__fd(skeleton->maps.policies));
	add_pin(ret, "recordings", bpf_map__fd(skeleton->maps.recordings));
	return 0;
}

/* Ended by caps_restore(). */
static int begin(struct caps_saved *ret, struct error *err)
{
	libbpf_set_print(keep_words);
	libbpf_words[0] = '\0';
	return caps_raise(CAPS_LOAD_PROGRAM, ret, err);
}

int load_class(const struct program_class *class, int events, struct loaded *ret, struct error *err)
{
	struct caps_saved saved;
	int r = begin(&saved, err);

	if (r)
		return r;
	r = class->policy_size ? load_policies(class, events, ret) : load_recorder(ret);
	caps_restore(&saved);
	if (!r)
		return 0;
	if (r == -E2BIG)
		return error_set(err, E2BIG,
				 "this kernel takes no policy of %zu bytes in cgroup storage "
				 "(kernels before 5.15 take a page, with %d tests for one call): "
				 "make the policy smaller",
				 class->policy_size, SOCKOPT_SMALL_STEPS);
	if (r == -EPERM || r == -EACCES)
		return error_errno(err, -r,
				   "loading the BPF programs (needs CAP_BPF, CAP_NET_ADMIN and "
				   "CAP_PERFMON): %s",
				   libbpf_words);
	return error_errno(err, -r, "loading the BPF programs: %s", libbpf_words);
}

static int load_guards(const struct program_class *class, int events, int policies,
		       struct loaded *ret)
{
	bool rings = libbpf_find_vmlinux_btf_id("uring_cmd", BPF_LSM_CGROUP) > 0;
	struct sockopt_compat_bpf *skeleton;
	uint32_t bit = 0;
	int r = rings ? probe_ring_mark(&bit) : 0;

	if (r) {
		strcpy(libbpf_words, "its types do not show how this kernel marks 32-bit rings");
		return r;
	}
	skeleton = sockopt_compat_bpf__open();
	if (!skeleton)
		return -errno;
	skeleton->rodata->ring_bit = bit;
	bpf_program__set_autoload(skeleton->progs.compat_ring, rings);
	skeleton->rodata->bound_cells = class->bounds.cells;
	skeleton->rodata->bound_steps = class->bounds.steps;
	r = bpf_map__reuse_fd(skeleton->maps.policies, policies);
	r = r ?: bpf_map__reuse_fd(skeleton->maps.events, events);
	r = r ?: sockopt_compat_bpf__load(skeleton);
	if (r) {
		sockopt_compat_bpf__destroy(skeleton);
		return r;
	}
	*ret = (struct loaded){.companion = skeleton};
	if (rings)
		add_pin(ret, "compat-ring", bpf_program__fd(skeleton->progs.compat_ring));
	add_pin(ret, "compat-get", bpf_program__fd(skeleton->progs.compat_get));
	/* Who finds this one finds the others. */
	add_pin(ret, "compat-set", bpf_program__fd(skeleton->progs.compat_set));
	return 0;
}

int load_companion(const struct program_class *class, int events, int policies, struct loaded *ret,
		   struct error *err)
{
	struct caps_saved saved;
	int r = begin(&saved, err);

	if (r)
		return r;
	r = load_guards(class, events, policies, ret);
	caps_restore(&saved);
	return r ? error_errno(err, -r, "loading the programs for 32-bit calls: %s", libbpf_words)
		 : 0;
}

int load_events(int *ret_fd, struct error *err)
{
	struct caps_saved saved;
	int r = begin(&saved, err);

	if (r)
		return r;
	*ret_fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "events", 0, 0, SOCKOPT_RING_BYTES, NULL);
	r = *ret_fd < 0 ? -errno : 0;
	caps_restore(&saved);
	return r ? error_errno(err, -r, "making the ring buffer for events (kernel 5.8 has them)")
		 : 0;
}

void loaded_done(struct loaded *loaded)
{
	sockopt_bpf__destroy(loaded->skeleton);
	sockopt_record_bpf__destroy(loaded->recorder);
	sockopt_compat_bpf__destroy(loaded->companion);
	*loaded = (struct loaded){0};
}
