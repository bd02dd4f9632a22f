// SPDX-License-Identifier: Apache-2.0
/*
 * Probes that attach: a program at a cgroup made below the caller's, and a child that enters it and
 * calls.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "kernel/cgroup.h"
#include "kernel/probe-features.h"

/* Return 0: refused, in a sockopt program as in one of LSM_CGROUP. */
static const struct bpf_insn refuse_all[] = {
	{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
	{.code = BPF_JMP | BPF_EXIT},
};

static int make_cgroup(const char *what, struct cgroup *ret, struct error *err)
{
	struct cgroup own = CGROUP_NONE;
	char name[64];
	int r = cgroup_of_self(&own, err);

	snprintf(name, sizeof(name), "oci-sockopt-hook-%s-%d", what, getpid());
	r = r ?: cgroup_make(&own, name, ret, err);
	cgroup_done(&own);
	return r;
}

static void drop_cgroup(struct cgroup *cgroup)
{
	if (cgroup->fd >= 0)
		cgroup_remove(cgroup, NULL);
	cgroup_done(cgroup);
}

/* What the child saw, as exit status: one bit for each call that was refused. */
#define SAW_SETSOCKOPT 1
#define SAW_GETSOCKOPT 2
#define SAW_NOTHING    4 /* it could not try */

static int call_in(const struct cgroup *cgroup)
{
	int fd, value = 4096, saw = 0;
	socklen_t length = sizeof(value);

	if (cgroup_enter(cgroup, 0, NULL))
		return SAW_NOTHING;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return SAW_NOTHING;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &value, sizeof(value)) && errno == EPERM)
		saw |= SAW_SETSOCKOPT;
	if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &value, &length) && errno == EPERM)
		saw |= SAW_GETSOCKOPT;
	return saw;
}

static int see_in(const struct cgroup *cgroup)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(call_in(cgroup));
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return SAW_NOTHING;
	return WEXITSTATUS(status);
}

static int attach_one(const struct cgroup *cgroup, size_t call, int *ret_link, struct error *err)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = bpf_type_of_call(call));
	_cleanup_close_ int fd = bpf_prog_load(BPF_PROG_TYPE_CGROUP_SOCKOPT, "probe_refuse", "GPL",
					       refuse_all, ARRAY_SIZE(refuse_all), &options);

	if (fd < 0)
		return error_errno(err, errno, "loading a %s program", bpf_name_of_call(call));
	*ret_link = bpf_link_create(fd, cgroup->fd, bpf_type_of_call(call), NULL);
	if (*ret_link < 0)
		return error_errno(err, errno, "attaching a %s program to a cgroup by a link",
				   bpf_name_of_call(call));
	return 0;
}

int probe_enforces(struct error *err)
{
	_cleanup_close_ int set = -1, get = -1;
	struct cgroup cgroup = CGROUP_NONE;
	int saw = 0, r = make_cgroup("enforces", &cgroup, err);

	r = r ?: attach_one(&cgroup, 0, &set, err);
	r = r ?: attach_one(&cgroup, 1, &get, err);
	if (!r)
		saw = see_in(&cgroup);
	drop_cgroup(&cgroup);
	if (r)
		return r;
	if (saw & SAW_NOTHING)
		return error_set(err, EIO, "no process could enter the cgroup of the probe");
	if (saw != (SAW_SETSOCKOPT | SAW_GETSOCKOPT))
		return error_set(err, ENOTRECOVERABLE,
				 "the programs attach, but calls on a socket of the cgroup do not "
				 "reach them");
	return 0;
}

static int load_guard(void)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_LSM_CGROUP);
	int id = libbpf_find_vmlinux_btf_id("socket_setsockopt", BPF_LSM_CGROUP);

	if (id < 0) {
		errno = -id;
		return -1;
	}
	options.attach_btf_id = (__u32)id;
	return bpf_prog_load(BPF_PROG_TYPE_LSM, "probe_guard", "GPL", refuse_all,
			     ARRAY_SIZE(refuse_all), &options);
}

/* What a kernel answers that has no trampolines for LSM programs (arm64 6.1); C libraries have no name for it. */
#define KERNEL_ENOTSUPP 524

enum probe_guard probe_guard(int *ret_errno)
{
	libbpf_print_fn_t printed = libbpf_set_print(NULL);
	_cleanup_close_ int fd = load_guard(), link = -1;
	struct cgroup cgroup = CGROUP_NONE;
	enum probe_guard found = GUARD_NO_LOAD;
	int saw;

	*ret_errno = errno;
	libbpf_set_print(printed);
	if (fd < 0)
		return found;
	if (!make_cgroup("guard", &cgroup, NULL))
		link = bpf_link_create(fd, cgroup.fd, BPF_LSM_CGROUP, NULL);
	*ret_errno = link < 0 ? errno : EIO;
	if (*ret_errno == KERNEL_ENOTSUPP)
		*ret_errno = EOPNOTSUPP;
	saw = link < 0 ? SAW_NOTHING : see_in(&cgroup);
	if (saw & SAW_NOTHING)
		found = GUARD_NO_ATTACH;
	else
		found = saw & SAW_SETSOCKOPT ? GUARD_WORKS : GUARD_NOT_CALLED;
	drop_cgroup(&cgroup);
	return found;
}
