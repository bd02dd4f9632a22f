/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Emulated options: what is set stays with the socket, and the kernel is not asked. Part of
 * sockopt.bpf.c, whose settings it uses; user space never sees it.
 */
#ifndef SOCKOPT_EMULATE_H
#define SOCKOPT_EMULATE_H

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	/* BPF_F_CLONE: accepted sockets inherit what was set */
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct sockopt_kept);
} kept SEC(".maps");

/* What a socket keeps for the option that the call names; a free entry is taken where @create. */
SOCKOPT_INLINE struct sockopt_kept_entry *kept_find(struct bpf_sockopt *ctx,
						    const struct sockopt_policy *policy, int create)
{
	__u64 option = (__u64)(__u32)ctx->level << 32 | (__u32)ctx->optname;
	__u64 owner = policy->owner, found = SOCKOPT_KEPT_MAX;
	struct sockopt_kept_entry *entry;
	struct sockopt_kept *all;

	all = bpf_sk_storage_get(&kept, ctx->sk, 0, create ? BPF_SK_STORAGE_GET_F_CREATE : 0);
	if (!all)
		return 0;
	for (__u64 i = 0; i < SOCKOPT_KEPT_MAX; i++) {
		entry = &all->entries[i];
		if (create ? !entry->owner || (entry->owner == owner && entry->option == option)
			   : entry->owner == owner && entry->option == option) {
			found = i;
			break;
		}
	}
	sockopt_forget(found, policy->zero);
	sockopt_opaque(found);
	if (found >= SOCKOPT_KEPT_MAX)
		return 0;
	sockopt_opaque(found);
	entry = &all->entries[found];
	if (create) {
		entry->owner = owner;
		entry->option = option;
	}
	return entry;
}

/* Whether the value of a setsockopt, of @length bytes, is one that an emulated option can have. */
SOCKOPT_INLINE int emulated_fits(const struct sockopt_step *step, __s64 length)
{
	__s64 most = (__s64)step->a;

	return length >= 0 && (step->flags & SOCKOPT_FIXED ? length >= most : length <= most);
}

/*
 * setsockopt of an emulated option: the value goes to the socket, the kernel is
 * not asked. Returns 0 or an errno.
 */
SOCKOPT_INLINE int emulate_set(struct bpf_sockopt *ctx, const struct sockopt_policy *policy,
			       const struct sockopt_step *step, int apart)
{
	__s64 length = ctx->optlen, most = (__s64)step->a;
	struct sockopt_kept_entry *entry;

	if (length == SOCKOPT_SKIP_KERNEL || (have_set_retval && bpf_get_retval() < 0))
		return 0; /* a nested cgroup's program has settled the call */
	if (!emulated_fits(step, length))
		return EINVAL;
	if (length > most)
		length = most;
	if (!sockopt_room(ctx, (__u64)length))
		return EINVAL;
	entry = kept_find(ctx, policy, 1);
	if (!entry)
		return ENOMEM;
	entry->length = (__u32)length;
	sockopt_copy_out(ctx, &entry->value, (__u64)length, apart);
	ctx->optlen = SOCKOPT_SKIP_KERNEL;
	return 0;
}

/* getsockopt of an emulated option: what the socket keeps, or the policy's initial value. */
SOCKOPT_INLINE int emulate_get(struct bpf_sockopt *ctx, const struct sockopt_policy *policy,
			       const struct sockopt_operands *o, int apart)
{
	const struct sockopt_kept_entry *entry = kept_find(ctx, policy, 0);

	ctx->optlen = (__s32)(entry ? sockopt_copy_in(ctx, &entry->value, entry->length, apart)
				    : sockopt_copy_in(ctx, o->value, o->step->size, apart));
	ctx->retval = 0;
	return 0;
}

#endif
