// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The companion: the kernel asks no cgroup sockopt program about 32-bit calls, so these programs of
 * LSM_CGROUP hold them against the same policy, in the same storage. They see native calls too,
 * and are done with those first. What is decided stands in sockopt-blind.h.
 */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "sockopt-blind.h"
#include "sockopt-class.h"
#include "sockopt-effect.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/*
 * Set before load: IO_RING_F_COMPAT, where the kernel keeps that in flags; the enumeration has no
 * name to find it by.
 */
const volatile __u32 ring_bit = 0;

#include "sockopt-caller.h"
#include "sockopt-tell.h"

/* ---- what is looked at of the kernel's own types; their places come from its BTF ---- */

struct sock_common {
	unsigned short skc_family;
} __attribute__((preserve_access_index));

struct sock {
	struct sock_common __sk_common;
	__u16 sk_type, sk_protocol;
} __attribute__((preserve_access_index));

struct socket {
	struct sock *sk;
} __attribute__((preserve_access_index));

struct thread_info {
	__u32 status; /* x86 alone */
} __attribute__((preserve_access_index));

struct task_struct {
	struct thread_info thread_info;
} __attribute__((preserve_access_index));

struct pt_regs {
	unsigned long orig_ax; /* x86 alone */
} __attribute__((preserve_access_index));

struct pt_regs___arm64 {
	__u64 pstate;
} __attribute__((preserve_access_index));

struct inode {
	unsigned short i_mode;
} __attribute__((preserve_access_index));

struct file {
	struct inode *f_inode;
} __attribute__((preserve_access_index));

struct io_uring_cmd {
	struct file *file;
	__u32 cmd_op;
} __attribute__((preserve_access_index));

struct io_ring_ctx {
	unsigned int compat : 1;
} __attribute__((preserve_access_index));

/* Of later kernels (seen in 7.2). */
struct io_ring_ctx___flags {
	unsigned int int_flags;
} __attribute__((preserve_access_index));

struct io_kiocb {
	struct io_ring_ctx *ctx;
} __attribute__((preserve_access_index));

/* ---- is it a 32-bit call? ---- */

#define X86_TS_COMPAT	0x0002u	    /* int $0x80 and its like */
#define X86_X32_BIT	0x40000000u /* in the number of a call of x32 */
#define ARM64_MODE_32	0x10u	    /* PSTATE.nRW, which is the processor's own */
#define MODE_TYPE	0170000
#define MODE_SOCKET	0140000
#define RING_GETSOCKOPT 2 /* SOCKET_URING_OP_*, since 6.7 */
#define RING_SETSOCKOPT 3

/* What in_compat_syscall() is in the kernel. */
SOCKOPT_INLINE int is_compat(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	void *regs = (void *)bpf_task_pt_regs(task);

	if (!bpf_core_field_exists(task->thread_info.status))
		return !!(((struct pt_regs___arm64 *)regs)->pstate & ARM64_MODE_32);
	if (task->thread_info.status & X86_TS_COMPAT)
		return 1;
	return !!(((struct pt_regs *)regs)->orig_ax & X86_X32_BIT);
}

/* ---- the policy over it ---- */

/* What a step is given: one policy for the whole of a call, whatever is written meanwhile. */
struct course {
	const struct sockopt_policy *policy;
	struct sockopt_blind b;
};

static long next(__u64 i, struct course *c)
{
	const struct sockopt_bounds bounds = {bound_cells, bound_steps, 1, 0};

	(void)i;
	return sockopt_blind_step(&c->b, c->policy, &bounds);
}

SOCKOPT_INLINE void tell_blind(struct sockopt_policy *policy, const struct sockopt_blind *b)
{
	struct sockopt_event *e = tell_begin(policy);

	if (!e)
		return;
	e->level = e->to_level = b->level;
	e->optname = e->to_optname = b->optname;
	e->optlen = e->to_optlen = e->retval = 0;
	e->error = b->op == SOCKOPT_OP_DENY ? b->error : 0;
	e->rule = b->rule;
	e->op = b->op;
	e->get = b->get;
	e->changes = e->before_length = e->after_length = 0;
	__builtin_memset(e->before, 0, sizeof(e->before));
	__builtin_memset(e->after, 0, sizeof(e->after));
	tell_task(e);
	e->family = b->family;
	e->type = b->type;
	e->protocol = b->protocol;
	bpf_ringbuf_submit(e, 0);
}

SOCKOPT_INLINE void note(struct sockopt_policy *policy, const struct sockopt_blind *b,
			 const struct sockopt_bounds *bounds)
{
	if (b->op == SOCKOPT_OP_ALLOW && b->rule == SOCKOPT_NO_RULE)
		count_unmatched(policy, b->get != 0);
	else
		count(policy, bounds, b->rule, b->op == SOCKOPT_OP_DENY, 0);
	if (policy->event_interval && (b->op == SOCKOPT_OP_DENY || b->log))
		tell_blind(policy, b);
}

/* Returns what the program returns. */
SOCKOPT_INLINE int hold(struct socket *sock, int level, int optname, int get)
{
	const struct sockopt_bounds bounds = {bound_cells, bound_steps, 1, 0};
	struct sockopt_policy *policy = bpf_get_local_storage(&policies, 0);
	struct course c = {.policy = policy,
			   .b = {.level = (__u32)level,
				 .optname = (__u32)optname,
				 .get = (__u32)get}};
	struct sock *sk = sock->sk;

	if (!sk)
		return 0;
	c.b.family = sk->__sk_common.skc_family;
	c.b.type = sk->sk_type;
	c.b.protocol = sk->sk_protocol;
	if (c.b.family == FAMILY_UNIX && caller_of(policy->owner) == CALLER_OTHER)
		return 1;
	if (!sockopt_blind_begin(&c.b, policy, &bounds))
		bpf_loop((__u32)bound_steps, next, &c, 0);
	if (policy->magic == SOCKOPT_MAGIC) {
		note(policy, &c.b, &bounds);
		if (policy->flags & SOCKOPT_FLAG_AUDIT)
			return 1;
	}
	if (c.b.op == SOCKOPT_OP_ALLOW)
		return 1;
	return refuse(c.b.error);
}

SEC("lsm_cgroup/socket_setsockopt")
int BPF_PROG(compat_set, struct socket *sock, int level, int optname)
{
	(void)ctx;
	return is_compat() ? hold(sock, level, optname, 0) : 1;
}

SEC("lsm_cgroup/socket_getsockopt")
int BPF_PROG(compat_get, struct socket *sock, int level, int optname)
{
	(void)ctx;
	return is_compat() ? hold(sock, level, optname, 1) : 1;
}

SOCKOPT_INLINE int is_compat_ring(const struct io_uring_cmd *cmd)
{
	/* The command is the beginning of the request. */
	const struct io_kiocb *request = (const void *)cmd;
	const struct io_ring_ctx *ring = BPF_CORE_READ(request, ctx);

	const struct io_ring_ctx___flags *later = (const void *)ring;

	if (bpf_core_field_exists(ring->compat))
		return (int)BPF_CORE_READ_BITFIELD_PROBED(ring, compat);
	return !!(BPF_CORE_READ(later, int_flags) & ring_bit);
}

/*
 * A ring that a 32-bit call made has 32-bit calls in it whoever enters it, and the task does not
 * show that. Level and option lie in memory that the caller may rewrite meanwhile: all are refused.
 */
SEC("?lsm_cgroup/uring_cmd")
int BPF_PROG(compat_ring, struct io_uring_cmd *cmd)
{
	const struct sockopt_bounds bounds = {bound_cells, bound_steps, 1, 0};
	struct sockopt_policy *policy;

	(void)ctx;
	if (cmd->cmd_op != RING_SETSOCKOPT && cmd->cmd_op != RING_GETSOCKOPT)
		return 1;
	if ((cmd->file->f_inode->i_mode & MODE_TYPE) != MODE_SOCKET || !is_compat_ring(cmd))
		return 1;
	policy = bpf_get_local_storage(&policies, 0);
	if (policy->magic == SOCKOPT_MAGIC) {
		count(policy, &bounds, SOCKOPT_NO_RULE, 1, 0);
		if (policy->flags & SOCKOPT_FLAG_AUDIT)
			return 1;
	}
	return 0;
}
