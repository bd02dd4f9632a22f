// SPDX-License-Identifier: Apache-2.0
/*
 * Raw bpf(2) where libbpf 1.1 hands the kernel too short an attribute, and thin wrappers elsewhere.
 */
#include "kernel/bpf.h"

#include <bpf/bpf.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "base/caps.h"
#include "base/cleanup.h"

enum bpf_attach_type bpf_type_of_call(size_t call)
{
	return call ? BPF_CGROUP_GETSOCKOPT : BPF_CGROUP_SETSOCKOPT;
}

const char *bpf_name_of_call(size_t call)
{
	return call ? "getsockopt" : "setsockopt";
}

int bpf_attached(int fd, enum bpf_attach_type type, bool effective, struct attached *ret,
		 struct error *err)
{
	/*
	 * 6.17 and later write past the end of a short attribute (measured): hand
	 * over more than any kernel knows.
	 */
	union {
		union bpf_attr attr;
		char room[1024];
	} a;

	memset(&a, 0, sizeof(a));
	memset(ret, 0, sizeof(*ret));
	a.attr.query.target_fd = (uint32_t)fd;
	a.attr.query.attach_type = type;
	a.attr.query.query_flags = effective ? BPF_F_QUERY_EFFECTIVE : 0;
	a.attr.query.prog_ids = (uintptr_t)ret->ids;
	a.attr.query.prog_cnt = ATTACHED_MAX;
	if (syscall(SYS_bpf, BPF_PROG_QUERY, &a, sizeof(a)))
		return error_errno(err, errno, "asking the kernel for the cgroup's %s programs",
				   bpf_name_of_call(type == BPF_CGROUP_GETSOCKOPT));
	ret->count = a.attr.query.prog_cnt;
	ret->flags = a.attr.query.attach_flags;
	return 0;
}

int bpf_link_facts(int fd, struct link_facts *ret, struct error *err)
{
	struct bpf_link_info info = {0};
	uint32_t length = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &length))
		return error_errno(err, errno, "asking the kernel for a link");
	if (info.type != BPF_LINK_TYPE_CGROUP)
		return error_set(err, EINVAL, "link %u is not attached to a cgroup", info.id);
	*ret = (struct link_facts){.link_id = info.id,
				   .prog_id = info.prog_id,
				   .cgroup_id = info.cgroup.cgroup_id,
				   .attach_type = info.cgroup.attach_type};
	return 0;
}

uint32_t bpf_prog_id(int fd)
{
	struct bpf_prog_info info = {0};
	uint32_t length = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &length) ? 0 : info.id;
}

void bpf_prog_name(uint32_t id, char name[16])
{
	_cleanup_close_ int fd = bpf_prog_get_fd_by_id(id);
	struct bpf_prog_info info = {0};
	uint32_t length = sizeof(info);

	strcpy(name, "?");
	if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &length) && info.name[0])
		memcpy(name, info.name, sizeof(info.name));
}

void bpf_lift_memlock(void)
{
	const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	struct caps_saved saved;

	if (caps_raise(CAPS_LOAD_PROGRAM, &saved, NULL))
		return;
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	caps_restore(&saved);
}
