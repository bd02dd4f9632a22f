// SPDX-License-Identifier: Apache-2.0
/*
 * `sockoptctl doctor`: what the kernel allows. Each answer comes from a probe of kernel/; where
 * none could be tried for want of capabilities, nothing is said of features.
 */
#include <inttypes.h>
#include <linux/capability.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/probe-features.h"
#include "kernel/probe.h"
#include "policy/compile.h"
#include "verbs/doctor.h"

static const struct {
	int number;
	const char *name, *loss;
	bool demanded;
} capabilities[] = {
	{CAP_BPF, "CAP_BPF", "no program can be loaded", true},
	{CAP_NET_ADMIN, "CAP_NET_ADMIN", "no program can be attached", true},
	{CAP_PERFMON, "CAP_PERFMON", "the verifier refuses the programs", true},
	{CAP_SYS_ADMIN, "CAP_SYS_ADMIN", "programs of the host are not named in messages", false},
	{CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE",
	 "from the root cgroup no cgroup can be made for probes", false},
};

/* The first line of the file @path, or NULL. The caller frees it. */
static char *first_line(const char *path)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	if (!f || getline(&line, &size, f) <= 0) {
		free(line);
		return NULL;
	}
	line[strcspn(line, "\n")] = '\0';
	return line;
}

static uint64_t effective_set(void)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/status", "re");
	_cleanup_free_ char *line = NULL;
	uint64_t set = 0;
	size_t size = 0;

	while (f && getline(&line, &size, f) > 0) {
		if (sscanf(line, "CapEff: %" SCNx64, &set) == 1)
			break;
	}
	return set;
}

static bool has_capability(uint64_t set, int number)
{
	/* CAP_SYS_ADMIN counts for those that were split off it. */
	if ((number == CAP_BPF || number == CAP_PERFMON) && set >> CAP_SYS_ADMIN & 1)
		return true;
	return set >> number & 1;
}

void doctor_capabilities(struct doctor *d)
{
	uint64_t set = effective_set();
	size_t missing = 0;

	d->may_probe = true;
	for (size_t i = 0; i < ARRAY_SIZE(capabilities); i++) {
		if (has_capability(set, capabilities[i].number))
			continue;
		missing++;
		if (capabilities[i].demanded)
			d->may_probe = false;
		doctor_say(d, capabilities[i].demanded ? DOCTOR_FAIL : DOCTOR_WARN,
			   "%s is missing: %s", capabilities[i].name, capabilities[i].loss);
		doctor_todo(d, "run as root, and in a container give it %s", capabilities[i].name);
	}
	if (!missing)
		doctor_say(d, DOCTOR_OK, "all that loading and attaching take");
}

/* "none [integrity] confidentiality": the one in brackets holds. */
void doctor_lockdown(struct doctor *d)
{
	_cleanup_free_ char *line = first_line("/sys/kernel/security/lockdown");
	char *open = line ? strchr(line, '[') : NULL;

	if (!open) {
		doctor_say(d, DOCTOR_OK, "none, or not shown: no /sys/kernel/security/lockdown");
		return;
	}
	open[strcspn(open, "]")] = '\0';
	doctor_say(d, DOCTOR_OK,
		   "%s; it does not concern programs of this kind, see \"attach\" and \"load\"",
		   open + 1);
}

void doctor_unprivileged(struct doctor *d)
{
	_cleanup_free_ char *line = first_line("/proc/sys/kernel/unprivileged_bpf_disabled");

	if (!line) {
		doctor_say(d, DOCTOR_WARN, "the kernel does not show who may load programs");
		doctor_todo(d, "see that /proc/sys is mounted");
	} else if (!strcmp(line, "0")) {
		doctor_say(d, DOCTOR_WARN, "processes without capabilities may load BPF programs");
		doctor_todo(d, "sysctl -w kernel.unprivileged_bpf_disabled=2, and at every boot "
			       "by a file in /etc/sysctl.d");
	} else {
		doctor_say(d, DOCTOR_OK,
			   "only processes with capabilities may load BPF programs (%s)", line);
	}
}

void doctor_attach(struct doctor *d)
{
	struct error err = {0};
	int r = d->may_probe ? probe_enforces(&err) : 0;

	if (!d->may_probe) {
		doctor_say(d, DOCTOR_WARN,
			   "not tried, and no other feature: capabilities are missing");
		doctor_todo(d, "run as root");
		return;
	}
	if (!r) {
		doctor_say(d, DOCTOR_OK, "programs attach to a cgroup by links, and are called");
		return;
	}
	doctor_say(d, DOCTOR_FAIL, "%s", err.text);
	if (r == -ENOTRECOVERABLE)
		doctor_todo(d, "boot with cgroup_no_v1=net_cls,net_prio: using either takes all "
			       "sockets out of their cgroups until the next boot");
	else if (r == -EPERM)
		doctor_todo(d, "see whether a program of the host is attached above without "
			       "ALLOW_MULTI (bpftool cgroup tree), and whether the system calls "
			       "of this process are filtered");
	else if (r == -EINVAL || r == -ENOSYS)
		doctor_todo(d, "use a kernel with CONFIG_CGROUP_BPF and links, 5.10 or newer");
	else
		doctor_todo(d, "remove the cause, and run doctor again");
}

/* Returns whether it is right to go on: nothing is known of a large class where the small fails. */
static bool load_class(struct doctor *d, size_t index, struct error *err)
{
	const struct size_class *class = &size_classes[index];
	const struct program_class wanted = {class->name, class->bounds, class->size};

	d->takes[index] = !probe_load(&wanted, err);
	return d->takes[index];
}

void doctor_load(struct doctor *d)
{
	struct error err = {0};

	if (!d->may_probe)
		return;
	if (!has_capability(effective_set(), CAP_SYS_ADMIN)) {
		doctor_say(d, DOCTOR_WARN, "not tried: the trial takes CAP_SYS_ADMIN");
		doctor_todo(d, "run as root");
		return;
	}
	if (!load_class(d, SIZE_SMALL, &err)) {
		doctor_say(d, DOCTOR_FAIL, "%s", err.text);
		doctor_todo(d, "report it with this text: it is the verifier's");
	} else if (load_class(d, SIZE_LARGE, &err)) {
		doctor_say(d, DOCTOR_OK,
			   "this build's programs load, for small and large policies");
	} else if (probe_storage(size_classes[SIZE_LARGE].size) == -E2BIG) {
		doctor_say(d, DOCTOR_WARN, "only policies of at most %zu bytes compiled are taken",
			   size_classes[SIZE_SMALL].size);
		doctor_todo(d, "use policies that \"sockoptctl check\" calls small, or kernel 5.15 "
			       "or newer");
	} else {
		doctor_say(d, DOCTOR_WARN, "only small policies are taken: %s", err.text);
		doctor_todo(d, "report it with this text: it is the verifier's");
	}
}

void doctor_errno(struct doctor *d)
{
	int r = d->may_probe ? probe_set_retval() : 0;

	if (!d->may_probe)
		return;
	if (r < 0) {
		doctor_say(d, DOCTOR_WARN,
			   "no program can be loaded to see which errno a denied call gets: %s",
			   strerror(-r));
		doctor_todo(d, "run it again as root, and with memory to spare");
		return;
	}
	if (r) {
		doctor_say(d, DOCTOR_OK, "a denied call fails with the policy's errno");
		return;
	}
	doctor_say(d, DOCTOR_WARN, "a denied call always fails with EPERM");
	doctor_todo(d, "expect EPERM for every \"errno\", or use kernel 5.18 or newer");
}

void doctor_long(struct doctor *d)
{
	struct error err = {0};
	int r = d->may_probe ? probe_long_fails(&err) : 0;

	if (!d->may_probe)
		return;
	if (r < 0)
		doctor_say(d, DOCTOR_OK,
			   "%s: the programs help such a value, which is right on every kernel",
			   err.text);
	else
		doctor_say(d, DOCTOR_OK, "%s",
			   r ? "values longer than a page need help, which the programs give"
			     : "values longer than a page pass where no rule names their option");
}

void doctor_ring(struct doctor *d)
{
	int r = d->may_probe ? probe_ring() : 0;

	if (!d->may_probe)
		return;
	if (!r) {
		doctor_say(d, DOCTOR_OK, "a ring buffer can be made, for events%s",
			   probe_pid() > 0 ? "" : ", which do not name the process on this kernel");
		return;
	}
	doctor_say(d, DOCTOR_WARN, "no ring buffer can be made, so there are no events: %s",
		   strerror(-r));
	doctor_todo(d, "use kernel 5.8 or newer");
}

void doctor_guard(struct doctor *d)
{
	int code = 0;

	if (!d->may_probe)
		return;
	switch (probe_guard(&code)) {
	case GUARD_WORKS:
		doctor_say(d, DOCTOR_OK,
			   "LSM programs work on cgroups: a companion holds 32-bit calls where "
			   "the seccomp profile lets them through");
		return;
	case GUARD_NOT_CALLED:
		doctor_say(d, DOCTOR_WARN,
			   "LSM programs attach but are not called: 32-bit calls pass "
			   "every policy");
		break;
	case GUARD_NO_LOAD:
		doctor_say(d, DOCTOR_WARN,
			   "no LSM program loads (%s): 32-bit calls pass every policy",
			   strerror(code));
		break;
	case GUARD_NO_ATTACH:
		doctor_say(
			d, DOCTOR_WARN,
			"no LSM program attaches to a cgroup (%s): 32-bit calls pass every policy",
			strerror(code));
		break;
	}
	doctor_todo(d,
		    "give containers a seccomp profile that lists the native architecture alone");
}

void doctor_btf(struct doctor *d)
{
	if (probe_btf()) {
		doctor_say(d, DOCTOR_OK, "the kernel shows its types");
		return;
	}
	doctor_say(d, DOCTOR_WARN, "the kernel does not show its types, which LSM programs need");
	doctor_todo(d, "mount /sys, or use a kernel with CONFIG_DEBUG_INFO_BTF");
}

void doctor_memlock(struct doctor *d)
{
	if (!d->may_probe)
		return;
	if (!probe_memlock_counts()) {
		doctor_say(d, DOCTOR_OK, "maps do not count against RLIMIT_MEMLOCK");
	} else if (has_capability(effective_set(), CAP_SYS_RESOURCE)) {
		doctor_say(d, DOCTOR_OK, "maps count against RLIMIT_MEMLOCK, which the hook lifts");
	} else {
		doctor_say(d, DOCTOR_WARN,
			   "maps count against RLIMIT_MEMLOCK, and CAP_SYS_RESOURCE "
			   "is missing: after a few containers the next is refused");
		doctor_todo(d, "give runtimes CAP_SYS_RESOURCE, or \"ulimit -l unlimited\"");
	}
}
