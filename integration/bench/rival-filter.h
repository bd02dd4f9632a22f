/* SPDX-License-Identifier: Apache-2.0 */
/* The seccomp filter of the rivals, made with libseccomp. */
#ifndef RIVAL_FILTER_H
#define RIVAL_FILTER_H

#include <seccomp.h>
#include <stdbool.h>

/*
 * A filter that decides by level and option what can be decided so, and with @ask hands the other
 * options of rival-policy.h to an agent. Not loaded yet; NULL with errno. For seccomp_release().
 */
scmp_filter_ctx rival_filter(bool ask);

#endif
