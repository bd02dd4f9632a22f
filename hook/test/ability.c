// SPDX-License-Identifier: Apache-2.0
/* See ability.h. */
#include "test/ability.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "kernel/probe-features.h"
#include "kernel/probe.h"
#include "policy/compile.h"
#include "test/tap.h"

static bool long_passes;

/* One answer for the whole program, and one line of TAP. */
struct ability {
	bool asked, there;
};

/*
 * Written to before the probe answers, and so not inlined: where the first write to a page comes between a comparison and
 * the jump on it, the emulator of integration/kernels has lost the flags when it comes back from the fault (5.10).
 */
static __attribute__((noinline)) bool ask(struct ability *ability, bool (*probe)(void),
					  const char *lack)
{
	if (ability->asked)
		return ability->there;
	ability->asked = true;
	ability->there = probe();
	if (!ability->there)
		skip_or_fail("%s", lack);
	return ability->there;
}

static bool gives_errno(void)
{
	return probe_set_retval() > 0;
}

static bool tells_pid(void)
{
	return probe_pid() > 0;
}

bool kernel_gives_errno(void)
{
	static struct ability ability;

	return ask(&ability, gives_errno, "this kernel lets no program choose an errno");
}

bool kernel_tells_pid(void)
{
	static struct ability ability;

	return ask(&ability, tells_pid, "this kernel does not tell programs the process");
}

static bool passes_long(void)
{
	return long_passes;
}

void ability_begin(void)
{
	struct error err = {0};
	int r = probe_long_fails(&err);

	/* Tests would expect what the programs, which were loaded without knowing, do not do. */
	if (r < 0) {
		printf("Bail out! %s\n", err.text);
		fflush(stdout);
		_exit(1);
	}
	long_passes = !r;
}

bool kernel_passes_long(void)
{
	static struct ability ability;

	return ask(&ability, passes_long, "this kernel refuses values longer than a page");
}

static bool takes_large(void)
{
	return !probe_storage(size_classes[SIZE_LARGE].size);
}

bool kernel_takes_large(void)
{
	static struct ability ability;

	return ask(&ability, takes_large, "this kernel takes no policy beyond a page");
}

bool same_result(long long got, long long expected)
{
	return got == expected || (expected < 0 && got == -EPERM && !kernel_gives_errno());
}

bool is_result(long long got, long long expected, const char *name)
{
	bool pass = ok(same_result(got, expected), "%s", name);

	if (!pass)
		diag("got %lld, expected %lld", got, expected);
	return pass;
}
