/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A shim for test machines without CAP_SYS_RESOURCE, preloaded into crun there: crun 1.8 raises
 * RLIMIT_MEMLOCK before it loads its device program and gives up when that is refused, although
 * kernels since 5.11 no longer count that limit. The refusal of this one limit becomes success;
 * everything else is passed on.
 */
#include <dlfcn.h>
#include <errno.h>
#include <sys/resource.h>

typedef int setrlimit_fn(__rlimit_resource_t resource, const struct rlimit *limit);

int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
	static setrlimit_fn *next;
	int result;

	if (!next)
		next = (setrlimit_fn *)dlsym(RTLD_NEXT, "setrlimit");
	result = next(resource, limit);
	return resource == RLIMIT_MEMLOCK && result && errno == EPERM ? 0 : result;
}
