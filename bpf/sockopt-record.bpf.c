// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The two programs that record: each call is counted with those like it, and goes on as it came.
 * Knows no policy. What is kept of a call stands in sockopt-record.h.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "sockopt-record.h"
#include "sockopt-value.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* A setsockopt whose optlen exceeds a page fails with EFAULT unless a program sets optlen to 0. */
const volatile __u8 long_needs_zero = 0;

/* How an entry begins; too large for the stack, and of a type that may be read-only. */
static const __u64 nothing[sizeof(struct sockopt_recorded) / 8];

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_STORAGE);
	/* the cgroup's id alone: both attach types share one slot */
	__uint(key_size, sizeof(__u64));
	__uint(value_size, sizeof(struct sockopt_recorder));
} policies SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, SOCKOPT_RECORDINGS);
	__type(key, struct sockopt_recorded_key);
	__type(value, struct sockopt_recorded);
} recordings SEC(".maps");

#include "sockopt-caller.h"

/* The value of one call. */
struct seen {
	__u64 words[SOCKOPT_RECORDED_WORDS];
	__u64 length; /* optlen; 0: no value */
	__u64 number; /* bytes of it as an integer; 0: it is none */
};

SOCKOPT_INLINE int pass(struct bpf_sockopt *ctx, int get)
{
	/* As in sockopt.bpf.c. */
	if (long_needs_zero && (ctx->optlen > SOCKOPT_PAGE || (get && ctx->retval < 0)))
		ctx->optlen = 0;
	return 1;
}

/* A length that a program of a nested cgroup made negative is of no class, and so of the largest. */
SOCKOPT_INLINE __u32 length_class(__s32 optlen)
{
	if (optlen < 0 || optlen > SOCKOPT_PAGE)
		return ~0u;
	if (optlen > 64)
		return optlen > 256 ? SOCKOPT_PAGE : 256;
	if (optlen > 16)
		return optlen > 32 ? 64 : 32;
	return !optlen || optlen == 1 || optlen == 2 || optlen == 4 || optlen == 8 ? (__u32)optlen
										   : 16;
}

SOCKOPT_INLINE void read_value(struct seen *seen, struct bpf_sockopt *ctx)
{
	__s64 optlen = ctx->optlen;
	__u64 length;

	__builtin_memset(seen, 0, sizeof(*seen));
	if (optlen <= 0 || optlen > SOCKOPT_PAGE)
		return;
	length = optlen > SOCKOPT_RECORDED_BYTES ? SOCKOPT_RECORDED_BYTES : (__u64)optlen;
	if (!sockopt_room(ctx, length))
		return;
	seen->length = optlen > SOCKOPT_RECORDED_LENGTH ? SOCKOPT_RECORDED_LENGTH : (__u64)optlen;
	seen->words[0] = sockopt_load(ctx, 0, length);
	seen->words[1] = length > 8 ? sockopt_load(ctx, 8, length - 8) : 0;
	if (optlen == 1 || optlen == 2 || optlen == 4 || optlen == 8)
		seen->number = (__u64)optlen;
}

/* ---- one entry; the caller holds its lock, under which no function may be called ---- */

SOCKOPT_INLINE void widen(struct sockopt_recorded *entry, const struct seen *seen)
{
	__u64 value = seen->words[0], shift = (64 - seen->number * 8) & 63;
	__s64 number = (__s64)(value << shift) >> shift;

	/* All that is counted in this entry has this width. */
	if (!entry->count || value < entry->umin)
		entry->umin = value;
	if (!entry->count || value > entry->umax)
		entry->umax = value;
	if (!entry->count || number < entry->smin)
		entry->smin = number;
	if (!entry->count || number > entry->smax)
		entry->smax = number;
}

SOCKOPT_INLINE void keep(struct sockopt_recorded *entry, const struct seen *seen)
{
	__u64 n = entry->n_values;

	for (__u64 i = 0; i < SOCKOPT_RECORDED_VALUES; i++) {
		if (i >= n)
			break;
		if (entry->lengths[i] == seen->length && entry->values[i][0] == seen->words[0] &&
		    entry->values[i][1] == seen->words[1])
			return;
	}
	sockopt_opaque(n);
	if (n >= SOCKOPT_RECORDED_VALUES) {
		entry->more = 1;
		return;
	}
	sockopt_opaque(n);
	entry->lengths[n] = (__u8)seen->length;
	entry->values[n][0] = seen->words[0];
	entry->values[n][1] = seen->words[1];
	entry->n_values = (__u8)(n + 1);
}

/* ---- entries ---- */

SOCKOPT_INLINE void count_missed(const struct sockopt_recorded_key *key)
{
	struct sockopt_recorded_key first = {.owner = key->owner, .call = SOCKOPT_RECORDED_OWNER};
	struct sockopt_recorded *entry = bpf_map_lookup_elem(&recordings, &first);

	if (entry)
		__sync_fetch_and_add(&entry->count, 1);
}

/*
 * The entry of @key, made where there is none. As many processors as come here at once with the last
 * free place may each take one.
 */
SOCKOPT_INLINE struct sockopt_recorded *find(struct sockopt_recorder *recorder,
					     const struct sockopt_recorded_key *key)
{
	struct sockopt_recorded *entry = bpf_map_lookup_elem(&recordings, key);

	if (entry)
		return entry;
	if (recorder->entries >= SOCKOPT_RECORDINGS_OWN)
		return 0;
	if (!bpf_map_update_elem(&recordings, key, nothing, BPF_NOEXIST))
		__sync_fetch_and_add(&recorder->entries, 1);
	/* Where it failed, another may have been faster. */
	return bpf_map_lookup_elem(&recordings, key);
}

SOCKOPT_INLINE int observe(struct bpf_sockopt *ctx, int get)
{
	struct sockopt_recorder *recorder = bpf_get_local_storage(&policies, 0);
	struct sockopt_recorded_key key = {
		.owner = recorder->owner,
		.call = get ? SOCKOPT_RECORDED_GET : SOCKOPT_RECORDED_SET,
		.level = (__u32)ctx->level,
		.optname = (__u32)ctx->optname,
		.family = ctx->sk->family,
		.type = ctx->sk->type,
		.protocol = ctx->sk->protocol,
		.length = length_class(ctx->optlen),
	};
	struct sockopt_recorded *entry;
	struct seen seen = {0};

	if (recorder->magic != SOCKOPT_RECORDER_MAGIC)
		return pass(ctx, get);
	if (key.family == FAMILY_UNIX && caller_of(recorder->owner) == CALLER_OTHER)
		return pass(ctx, get);
	if (!get)
		read_value(&seen, ctx);
	entry = find(recorder, &key);
	if (!entry) {
		count_missed(&key);
		return pass(ctx, get);
	}
	bpf_spin_lock(&entry->lock);
	if (seen.number)
		widen(entry, &seen);
	if (seen.length)
		keep(entry, &seen);
	entry->count++;
	bpf_spin_unlock(&entry->lock);
	return pass(ctx, get);
}

SEC("cgroup/setsockopt")
int record_set(struct bpf_sockopt *ctx)
{
	return observe(ctx, 0);
}

SEC("cgroup/getsockopt")
int record_get(struct bpf_sockopt *ctx)
{
	return observe(ctx, 1);
}
