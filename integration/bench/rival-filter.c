// SPDX-License-Identifier: Apache-2.0
/* One rule for each option of rival-policy.h that a filter can name. */
#include "rival-filter.h"

#include <errno.h>
#include <stddef.h>

#include "rival-policy.h"

/*
 * The kernel takes the lower half of both registers and a filter sees all of them: a comparison
 * of 64 bits is walked past by a value in the upper half.
 */
#define LOWER_HALF 0xffffffffu

static const struct rule {
	int call, level, option;
	uint32_t action;
} rules[] = {
	{SCMP_SYS(setsockopt), RIVAL_LEVEL_SOCKET, RIVAL_MARK, SCMP_ACT_ERRNO(EPERM)},
	{SCMP_SYS(setsockopt), RIVAL_LEVEL_TCP, RIVAL_NODELAY, SCMP_ACT_ERRNO(0)},
	{SCMP_SYS(setsockopt), RIVAL_LEVEL_SOCKET, RIVAL_RCVBUF, SCMP_ACT_NOTIFY},
	{SCMP_SYS(setsockopt), RIVAL_LEVEL_SOCKET, RIVAL_RCVBUFFORCE, SCMP_ACT_NOTIFY},
	{SCMP_SYS(setsockopt), RIVAL_LEVEL_IP, RIVAL_TTL, SCMP_ACT_NOTIFY},
	{SCMP_SYS(getsockopt), RIVAL_LEVEL_TCP, RIVAL_MAXSEG, SCMP_ACT_NOTIFY},
};

static int add(scmp_filter_ctx filter, const struct rule *rule)
{
	return seccomp_rule_add_exact(filter, rule->action, rule->call, 2,
				      SCMP_A1(SCMP_CMP_MASKED_EQ, LOWER_HALF,
					      (scmp_datum_t)rule->level),
				      SCMP_A2(SCMP_CMP_MASKED_EQ, LOWER_HALF,
					      (scmp_datum_t)rule->option));
}

scmp_filter_ctx rival_filter(bool ask)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int r = filter ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (ask || rules[i].action != SCMP_ACT_NOTIFY)
			r = add(filter, &rules[i]);
	}
	if (!r)
		return filter;
	seccomp_release(filter);
	errno = -r;
	return NULL;
}
