/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a container's seccomp profile lets 32-bit system calls through, which cgroup sockopt
 * programs never see.
 */
#ifndef OCI_COMPAT_H
#define OCI_COMPAT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/*
 * Read @bundle/config.json. *@ret_open: the host is of an architecture with 32-bit calls and
 * linux.seccomp is absent or lists one of its 32-bit architectures (x86-64: SCMP_ARCH_X86,
 * SCMP_ARCH_X32; arm64: SCMP_ARCH_ARM).
 */
int compat_open(const char *bundle, bool *ret_open, struct error *err);
/* The same of the text of a config.json, on a host whose architecture has such calls. */
int compat_open_text(const char *text, size_t length, bool *ret_open, struct error *err);

#endif
