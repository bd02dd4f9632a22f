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

/* Programs of cgroups above run too: one of ours may help the long value through. */
static bool is_crowded(const struct cgroup *cgroup)
{
	struct attached programs;

	return bpf_attached(cgroup->fd, BPF_CGROUP_SETSOCKOPT, true, &programs, NULL) ||
	       programs.count > 1;
}

static bool fails_in(const struct cgroup *cgroup)
{
	static const struct bpf_insn program[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1},
		{.code = BPF_JMP | BPF_EXIT},
	};
	_cleanup_close_ int fd = load_probe("probe_long", program, ARRAY_SIZE(program));
	_cleanup_close_ int link =
		fd < 0 ? -1 : bpf_link_create(fd, cgroup->fd, BPF_CGROUP_SETSOCKOPT, NULL);
	int status = -1;
	pid_t pid;

	if (link < 0 || is_crowded(cgroup))
		return true;
	pid = fork();
	if (!pid)
		_exit(try_long(cgroup));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return true;
	return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

bool probe_long_fails(void)
{
	struct cgroup own = CGROUP_NONE, cgroup = CGROUP_NONE;
	bool fails = true;
	char name[64];

	snprintf(name, sizeof(name), PROBE_CGROUP "%d", getpid());
	if (!cgroup_of_self(&own, NULL)) {
		cgroup_sweep(&own, PROBE_CGROUP);
		if (!cgroup_make(&own, name, &cgroup, NULL)) {
			fails = fails_in(&cgroup);
			cgroup_remove(&cgroup, NULL);
		}
	}
	cgroup_done(&cgroup);
	cgroup_done(&own);
	return fails;
}
