// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Cgroup sockopt programs as one writes them by hand for one purpose: one bound, one refusal, and
 * the rules of rival-policy.h. Knows nothing of this project's engine, and is as careless about
 * optlen as such programs are.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "rival-policy.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

enum {
	REFUSE,
	GO_ON
};

SEC("cgroup/setsockopt")
int clamp(struct bpf_sockopt *ctx)
{
	int *value = ctx->optval;

	if (ctx->level != RIVAL_LEVEL_SOCKET || ctx->optname != RIVAL_RCVBUF)
		return GO_ON;
	if ((void *)(value + 1) > ctx->optval_end)
		return GO_ON;
	if (*value > RIVAL_RCVBUF_MAX)
		*value = RIVAL_RCVBUF_MAX;
	return GO_ON;
}

SEC("cgroup/setsockopt")
int deny(struct bpf_sockopt *ctx)
{
	if (ctx->level == RIVAL_LEVEL_SOCKET && ctx->optname == RIVAL_MARK)
		return REFUSE;
	return GO_ON;
}

SEC("cgroup/setsockopt")
int rules_set(struct bpf_sockopt *ctx)
{
	struct rival_call call = {.level = ctx->level, .option = ctx->optname};
	int *value = ctx->optval;

	if ((void *)(value + 1) > ctx->optval_end)
		return GO_ON;
	call.value = *value;
	switch (rival_decide(&call)) {
	case RIVAL_DENY:
		return REFUSE;
	case RIVAL_SKIP:
		ctx->optlen = -1;
		return GO_ON;
	case RIVAL_PASS:
		break;
	}
	ctx->optname = call.option;
	*value = call.value;
	return GO_ON;
}

SEC("cgroup/getsockopt")
int rules_get(struct bpf_sockopt *ctx)
{
	int *value = ctx->optval;

	if (!rival_reports_maxseg(ctx->level, ctx->optname) ||
	    (void *)(value + 1) > ctx->optval_end)
		return GO_ON;
	*value = RIVAL_MAXSEG_REPORTED;
	return GO_ON;
}
