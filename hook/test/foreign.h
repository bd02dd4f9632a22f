/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that is not ours, as a nested cgroup or the host's parent cgroup may have one: plain
 * instructions, attached with BPF_F_ALLOW_MULTI. It counts the calls it sees and keeps what it saw
 * of the last one, and then does its deed to those that match.
 */
#ifndef TEST_FOREIGN_H
#define TEST_FOREIGN_H

#include <stdint.h>

#include "test/kernel.h"

/* bpf_set_retval and bpf_get_retval where the kernel has them: kernel_gives_errno(). */
enum deed {
	DEED_WATCH,  /* let it pass */
	DEED_REJECT, /* return 0 */
	DEED_RETVAL, /* bpf_set_retval(a), return 1 */
	DEED_OPTLEN, /* ctx->optlen = a */
	DEED_RENAME, /* ctx->level = a, ctx->optname = b */
	DEED_VALUE,  /* the first four bytes of the value become a */
	DEED_NAIVE,  /* return 0 where the first four bytes are more than a: a careless check */
};

/* What was seen of the last call. */
struct seen {
	uint32_t count;
	int32_t level, optname, optlen, retval;
	uint32_t value; /* the first four bytes, where there are as many */
};

struct foreign {
	int program, map, folder;
	enum bpf_attach_type type;
};

/*
 * Attach to the cgroup of @site for @call (0: setsockopt, 1: getsockopt). @option -1: every call.
 */
void foreign_attach(struct foreign *foreign, const struct site *site, unsigned int call, int level,
		    int option, enum deed deed, int a, int b);
struct seen foreign_seen(const struct foreign *foreign);
void foreign_detach(struct foreign *foreign);

#endif
