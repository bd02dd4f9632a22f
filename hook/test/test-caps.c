// SPDX-License-Identifier: Apache-2.0
/*
 * base: capabilities by phase. Each phase in a child of its own, because what
 * is dropped does not come back.
 */
#include <stdint.h>
#include <sys/capability.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/caps.h"
#include "test/tap.h"

static bool has_cap(cap_flag_t flag, cap_value_t value)
{
	cap_t caps = cap_get_proc();
	cap_flag_value_t set = CAP_CLEAR;

	cap_get_flag(caps, value, flag, &set);
	cap_free(caps);
	return set == CAP_SET;
}

static bool only_within(cap_flag_t flag, uint64_t allowed)
{
	for (int value = 0; value <= cap_max_bits() - 1; value++)
		if (has_cap(flag, value) && !(allowed >> value & 1))
			return false;
	return true;
}

#define BIT(cap) (UINT64_C(1) << (cap))

/* Something to lose in every set: CAP_CHOWN inheritable and ambient, where it is to be had. */
static void raise_chown(void)
{
	cap_value_t value = CAP_CHOWN;
	cap_t caps = cap_get_proc();

	cap_set_flag(caps, CAP_INHERITABLE, 1, &value, CAP_SET);
	cap_set_proc(caps);
	cap_free(caps);
	cap_set_ambient(CAP_CHOWN, CAP_SET);
}

static int child_limit(void)
{
	bool admin = has_cap(CAP_PERMITTED, CAP_NET_ADMIN);
	struct error err;

	raise_chown();
	if (caps_limit(CAPS_ATTACH, &err) < 0)
		return 1;
	if (!only_within(CAP_PERMITTED, BIT(CAP_BPF) | BIT(CAP_NET_ADMIN) | BIT(CAP_SYS_ADMIN) |
						BIT(CAP_PERFMON) | BIT(CAP_SYS_RESOURCE) |
						BIT(CAP_DAC_OVERRIDE)))
		return 2;
	if (!only_within(CAP_EFFECTIVE, BIT(CAP_BPF) | BIT(CAP_NET_ADMIN)))
		return 3;
	if (!only_within(CAP_INHERITABLE, 0) || cap_get_ambient(CAP_CHOWN) == CAP_SET)
		return 4;
	return has_cap(CAP_EFFECTIVE, CAP_NET_ADMIN) == admin ? 0 : 5;
}

static int child_limit_to_removing(void)
{
	struct error err;

	if (caps_limit(CAPS_REMOVE, &err) < 0)
		return 1;
	return only_within(CAP_PERMITTED, BIT(CAP_BPF)) && only_within(CAP_EFFECTIVE, BIT(CAP_BPF))
		       ? 0
		       : 2;
}

static int child_raise(void)
{
	bool admin = has_cap(CAP_PERMITTED, CAP_SYS_ADMIN);
	bool perfmon = has_cap(CAP_PERMITTED, CAP_PERFMON);
	struct caps_saved saved;
	struct error err;

	if (caps_limit(CAPS_ATTACH, &err) < 0 || has_cap(CAP_EFFECTIVE, CAP_SYS_ADMIN))
		return 1;
	if (caps_raise(CAPS_NAME_PROGRAM, &saved, &err) < 0 ||
	    has_cap(CAP_EFFECTIVE, CAP_SYS_ADMIN) != admin || has_cap(CAP_EFFECTIVE, CAP_PERFMON))
		return 2;
	caps_restore(&saved);
	if (has_cap(CAP_EFFECTIVE, CAP_SYS_ADMIN))
		return 3;
	if (caps_raise(CAPS_LOAD_PROGRAM, &saved, &err) < 0 ||
	    has_cap(CAP_EFFECTIVE, CAP_PERFMON) != perfmon || has_cap(CAP_EFFECTIVE, CAP_SYS_ADMIN))
		return 4;
	caps_restore(&saved);
	return has_cap(CAP_EFFECTIVE, CAP_PERFMON) ? 5 : 0;
}

/* A process that was not limited has as much after raising and restoring as before. */
static int child_restore(void)
{
	bool admin = has_cap(CAP_EFFECTIVE, CAP_SYS_ADMIN);
	struct caps_saved saved;
	struct error err;

	if (caps_raise(CAPS_NAME_PROGRAM, &saved, &err) < 0)
		return 1;
	caps_restore(&saved);
	return has_cap(CAP_EFFECTIVE, CAP_SYS_ADMIN) == admin ? 0 : 2;
}

static int child_drop_all(void)
{
	struct caps_saved saved;
	struct error err;

	raise_chown();
	if (caps_drop_all(&err) < 0)
		return 1;
	if (!only_within(CAP_PERMITTED, 0) || !only_within(CAP_EFFECTIVE, 0) ||
	    !only_within(CAP_INHERITABLE, 0) || cap_get_ambient(CAP_CHOWN) == CAP_SET)
		return 2;
	/* nothing to raise any more is no error, and a second time is none */
	if (caps_raise(CAPS_NAME_PROGRAM, &saved, &err) < 0)
		return 3;
	caps_restore(&saved);
	return caps_limit(CAPS_ATTACH, &err) == 0 && caps_drop_all(&err) == 0 &&
			       only_within(CAP_EFFECTIVE, 0)
		       ? 0
		       : 4;
}

static void is_zero_in_child(int (*run)(void), const char *name)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(run());
	waitpid(pid, &status, 0);
	is_int(WIFEXITED(status) ? WEXITSTATUS(status) : 255, 0, name);
}

int main(void)
{
	is_zero_in_child(child_limit, "caps_limit");
	is_zero_in_child(child_limit_to_removing, "caps_limit for what removes");
	is_zero_in_child(child_raise, "caps_raise and caps_restore after caps_limit");
	is_zero_in_child(child_restore, "caps_restore gives back what was there");
	is_zero_in_child(child_drop_all, "caps_drop_all");
	return tap_done();
}
