// SPDX-License-Identifier: Apache-2.0
/*
 * A shim for LD_PRELOAD that stands before libc's two functions. It hands the kernel a copy of the
 * value, so no other thread changes it after the decision.
 */
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "rival-policy.h"

static int (*next_set)(int, int, int, const void *, socklen_t);
static int (*next_get)(int, int, int, void *, socklen_t *);

__attribute__((constructor)) static void find_next(void)
{
	next_set = dlsym(RTLD_NEXT, "setsockopt");
	next_get = dlsym(RTLD_NEXT, "getsockopt");
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
	struct rival_call call = {.level = level, .option = option};

	if (!value || length < sizeof(call.value))
		return next_set(fd, level, option, value, length);
	memcpy(&call.value, value, sizeof(call.value));
	switch (rival_decide(&call)) {
	case RIVAL_DENY:
		errno = EPERM;
		return -1;
	case RIVAL_SKIP:
		return 0;
	case RIVAL_PASS:
		break;
	}
	if (!rival_bound(&call))
		return next_set(fd, level, option, value, length);
	return next_set(fd, call.level, call.option, &call.value, sizeof(call.value));
}

int getsockopt(int fd, int level, int option, void *value, socklen_t *length)
{
	int r = next_get(fd, level, option, value, length);

	if (!r && rival_reports_maxseg(level, option) && *length == sizeof(int))
		memcpy(value, &(int){RIVAL_MAXSEG_REPORTED}, sizeof(int));
	return r;
}
