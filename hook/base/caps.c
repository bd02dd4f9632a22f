// SPDX-License-Identifier: Apache-2.0
/* Capabilities by phase; the only user of libcap. Knows nothing of what they are for. */
#include "base/caps.h"

#include <stdint.h>
#include <sys/capability.h>

#include "base/cleanup.h"

static void caps_freep(cap_t *caps)
{
	if (*caps)
		cap_free(*caps);
}
#define _cleanup_caps_ __attribute__((cleanup(caps_freep)))

#define ALWAYS UINT32_MAX

/* What is kept permitted, for which work, and which need raises it. */
static const struct {
	cap_value_t value;
	enum caps_work least;
	uint32_t need;
} kept[] = {
	{CAP_BPF, CAPS_REMOVE, ALWAYS},
	{CAP_NET_ADMIN, CAPS_ATTACH, ALWAYS},
	{CAP_SYS_ADMIN, CAPS_ATTACH, CAPS_NAME_PROGRAM},
	{CAP_PERFMON, CAPS_ATTACH, CAPS_LOAD_PROGRAM},
	{CAP_SYS_RESOURCE, CAPS_ATTACH, CAPS_LOAD_PROGRAM},
	{CAP_DAC_OVERRIDE, CAPS_ATTACH, CAPS_LOAD_PROGRAM},
};

static int current(cap_t *ret, struct error *err)
{
	*ret = cap_get_proc();
	return *ret ? 0 : error_errno(err, errno, "read the process's capabilities");
}

static int apply(cap_t caps, struct error *err)
{
	if (cap_set_proc(caps) < 0)
		return error_errno(err, errno, "set the process's capabilities");
	return 0;
}

static bool permitted(cap_t caps, cap_value_t value)
{
	cap_flag_value_t set = CAP_CLEAR;

	return cap_get_flag(caps, value, CAP_PERMITTED, &set) == 0 && set == CAP_SET;
}

static int set_flag(cap_t caps, cap_flag_t flag, cap_value_t value, bool set, struct error *err)
{
	if (cap_set_flag(caps, flag, 1, &value, set ? CAP_SET : CAP_CLEAR) < 0)
		return error_errno(err, errno, "capability %d", value);
	return 0;
}

/* The kernel lowers the ambient set with the inheritable one; clearing that one is enough. */
int caps_limit(enum caps_work work, struct error *err)
{
	_cleanup_caps_ cap_t had = NULL, keep = cap_init();
	int r = keep ? current(&had, err) : error_set(err, ENOMEM, "out of memory");

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(kept); i++) {
		if (work < kept[i].least || !permitted(had, kept[i].value))
			continue;
		r = set_flag(keep, CAP_PERMITTED, kept[i].value, true, err);
		if (r == 0 && kept[i].need == ALWAYS)
			r = set_flag(keep, CAP_EFFECTIVE, kept[i].value, true, err);
	}
	return r < 0 ? r : apply(keep, err);
}

int caps_raise(enum caps_need need, struct caps_saved *ret, struct error *err)
{
	_cleanup_caps_ cap_t caps = NULL;
	int r = current(&caps, err);

	ret->caps = NULL;
	if (r < 0)
		return r;
	ret->caps = cap_dup(caps);
	if (!ret->caps)
		return error_set(err, ENOMEM, "out of memory");
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(kept); i++) {
		if (kept[i].need == need && permitted(caps, kept[i].value))
			r = set_flag(caps, CAP_EFFECTIVE, kept[i].value, true, err);
	}
	return r < 0 ? r : apply(caps, err);
}

void caps_restore(struct caps_saved *saved)
{
	if (!saved->caps)
		return;
	cap_set_proc(saved->caps);
	cap_free(saved->caps);
	saved->caps = NULL;
}

int caps_drop_all(struct error *err)
{
	_cleanup_caps_ cap_t none = cap_init();

	return none ? apply(none, err) : error_set(err, ENOMEM, "out of memory");
}
