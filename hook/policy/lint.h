/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a policy whose every rule is right by itself. Knows no JSON and no kernel. */
#ifndef POLICY_LINT_H
#define POLICY_LINT_H

#include "policy/policy.h"

/*
 * -EINVAL where a rule can never match, because earlier rules without "where" and
 * "sockets" take every option of it for every call; @err names both. A rule of which only
 * some options are taken is fine.
 */
int lint_unreachable(const struct policy *policy, struct error *err);

#endif
