// SPDX-License-Identifier: Apache-2.0
/* Probes: tiny programs, loaded, tried and thrown away. */
#include "kernel/probe.h"

#include <bpf/bpf.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "kernel/bpf.h"
#include "kernel/cgroup.h"

/* Longer than a page on every architecture that has pages of 4 KiB. */
#define LONG_OPTLEN 8192

#define PROBE_CGROUP "oci-sockopt-hook-probe-" /* and the process's number */

static int load_probe(const char *name, const struct bpf_insn *insns, size_t count)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_CGROUP_SETSOCKOPT);

	return bpf_prog_load(BPF_PROG_TYPE_CGROUP_SOCKOPT, name, "GPL", insns, count, &options);
}

/*
 * Whether the verifier takes @insns, which it refuses with these two where it lacks what they call. A fault of another
 * kind says nothing about the kernel, and what is made of an answer lasts until the next boot.
 */
static int is_taken(const char *name, const struct bpf_insn *insns, size_t count)
{
	_cleanup_close_ int fd = load_probe(name, insns, count);

	if (fd < 0 && errno != EINVAL && errno != EACCES)
		return -errno;
	return fd >= 0;
}

int probe_set_retval(void)
{
	static const struct bpf_insn program[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_1, .imm = -1},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_set_retval},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return is_taken("probe_retval", program, ARRAY_SIZE(program));
}

int probe_pid(void)
{
	static const struct bpf_insn program[] = {
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_current_pid_tgid},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return is_taken("probe_pid", program, ARRAY_SIZE(program));
}

int probe_ancestor(void)
{
	static const struct bpf_insn program[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_1, .imm = 1},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_current_ancestor_cgroup_id},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return is_taken("probe_ancestor", program, ARRAY_SIZE(program));
}

/*
 * In the cgroup of the probe: 0 where a long value passes, 1 where it does not,
 * 2 where nothing could be tried.
 */
static int try_long(const struct cgroup *cgroup)
{
	static char value[LONG_OPTLEN];
	int fd;

	*(int *)value = 4096;
	if (cgroup_enter(cgroup, 0, NULL))
		return 2;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return 2;
	return setsockopt(fd, SOL_SOCKET, SO_SNDBUF, value, sizeof(value)) ? 1 : 0;
}

/*
 * Programs of cgroups above run too, and each of them may help the long value through, or keep it: then nothing can be
 * told. -EBUSY.
 */
static int refuse_crowd(const struct cgroup *cgroup, struct error *err)
{
	struct attached programs;
	int r = bpf_attached(cgroup->fd, BPF_CGROUP_SETSOCKOPT, true, &programs, err);

	if (r || programs.count <= 1)
		return r;
	return error_set(err, EBUSY, "%zu setsockopt programs of cgroups above %s run as well",
			 programs.count - 1, cgroup->path);
}

static int try_in_child(const struct cgroup *cgroup, struct error *err)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(try_long(cgroup));
	if (pid < 0)
		return error_errno(err, errno, "fork");
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return error_errno(err, errno, "waiting for the probe");
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
		return error_set(err, EIO, "no process could try it in cgroup %s", cgroup->path);
	return WEXITSTATUS(status);
}

static int fails_in(const struct cgroup *cgroup, struct error *err)
{
	static const struct bpf_insn program[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1},
		{.code = BPF_JMP | BPF_EXIT},
	};
	_cleanup_close_ int fd = load_probe("probe_long", program, ARRAY_SIZE(program));
	_cleanup_close_ int link =
		fd < 0 ? -1 : bpf_link_create(fd, cgroup->fd, BPF_CGROUP_SETSOCKOPT, NULL);
	int r;

	if (link < 0)
		return error_errno(err, errno, "attaching a program that does nothing to %s",
				   cgroup->path);
	r = refuse_crowd(cgroup, err);
	return r ?: try_in_child(cgroup, err);
}

int probe_long_fails(struct error *err)
{
	struct cgroup own = CGROUP_NONE, cgroup = CGROUP_NONE;
	char name[64];
	int r;

	snprintf(name, sizeof(name), PROBE_CGROUP "%d", getpid());
	r = cgroup_of_self(&own, err);
	if (!r) {
		cgroup_sweep(&own, PROBE_CGROUP);
		r = cgroup_make(&own, name, &cgroup, err);
	}
	if (!r) {
		r = fails_in(&cgroup, err);
		cgroup_remove(&cgroup, NULL);
	}
	cgroup_done(&cgroup);
	cgroup_done(&own);
	if (r < 0)
		error_prefix(err, "whether a value longer than a page passes cannot be told");
	return r;
}
