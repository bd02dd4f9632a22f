// SPDX-License-Identifier: Apache-2.0
/* Single questions: one map, one program or one type each. Nothing is attached here. */
#include "kernel/probe-features.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/cleanup.h"

int probe_storage(size_t size)
{
	/* By the cgroup's id alone, as the programs have it. */
	_cleanup_close_ int fd = bpf_map_create(BPF_MAP_TYPE_CGROUP_STORAGE, "probe_storage",
						sizeof(__u64), (__u32)size, 0, NULL);

	return fd < 0 ? -errno : 0;
}

int probe_ring(void)
{
	_cleanup_close_ int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "probe_ring", 0, 0,
						(__u32)sysconf(_SC_PAGESIZE), NULL);

	return fd < 0 ? -errno : 0;
}

/* In a child: a limit that is lowered cannot be raised again without CAP_SYS_RESOURCE. */
static int try_without_memlock(void)
{
	const struct rlimit none = {0, 0};
	int fd;

	if (setrlimit(RLIMIT_MEMLOCK, &none))
		return 2;
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "probe_memlock", sizeof(__u32), sizeof(__u32), 1,
			    NULL);
	return fd < 0 && errno == EPERM;
}

bool probe_memlock_counts(void)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(try_without_memlock());
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 1;
}

static void free_btf(struct btf **btf)
{
	btf__free(*btf); /* takes NULL and an error's pointer too */
}
#define _cleanup_btf_ __attribute__((cleanup(free_btf)))

/* libbpf would tell the terminal where it looked in vain. */
static struct btf *kernel_types(void)
{
	libbpf_print_fn_t printed = libbpf_set_print(NULL);
	struct btf *btf = btf__load_vmlinux_btf();

	libbpf_set_print(printed);
	return btf;
}

bool probe_btf(void)
{
	_cleanup_btf_ struct btf *btf = kernel_types();

	return btf != NULL;
}

/* Structs without a name are looked into; deeper than the kernel nests them nobody looks. */
static bool has_member(const struct btf *btf, const struct btf_type *type, const char *name,
		       int depth)
{
	const struct btf_member *member = btf_members(type);

	for (int i = 0; i < btf_vlen(type); i++, member++) {
		const char *own = btf__name_by_offset(btf, member->name_off);
		const struct btf_type *inner = btf__type_by_id(btf, member->type);

		if (own && !strcmp(own, name))
			return true;
		if (own && !*own && inner && btf_is_composite(inner) && depth > 0 &&
		    has_member(btf, inner, name, depth - 1))
			return true;
	}
	return false;
}

int probe_shared_socket_word(const struct btf *types)
{
	int id = btf__find_by_name_kind(types, "sock_cgroup_data", BTF_KIND_STRUCT);

	if (id < 0)
		return id;
	/* The bit that says what the shared word holds. */
	return has_member(types, btf__type_by_id(types, (__u32)id), "is_data", 3);
}

int probe_shared_socket_word_here(void)
{
	_cleanup_btf_ struct btf *btf = kernel_types();

	return btf ? probe_shared_socket_word(btf) : -ENOENT;
}

static uint32_t enumerator(const struct btf *btf, const char *name)
{
	for (uint32_t id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		const struct btf_enum *e = btf_is_enum(type) ? btf_enum(type) : NULL;

		for (int i = 0; e && i < btf_vlen(type); i++) {
			if (!strcmp(btf__name_by_offset(btf, e[i].name_off), name))
				return (uint32_t)e[i].val;
		}
	}
	return 0;
}

int probe_ring_mark(uint32_t *ret_bit)
{
	_cleanup_btf_ struct btf *btf = kernel_types();
	int id = btf ? btf__find_by_name_kind(btf, "io_ring_ctx", BTF_KIND_STRUCT) : -ENOENT;
	const struct btf_type *ring = id < 0 ? NULL : btf__type_by_id(btf, (uint32_t)id);

	*ret_bit = 0;
	if (!ring)
		return -ENOENT;
	if (has_member(btf, ring, "compat", 3))
		return 0;
	if (has_member(btf, ring, "int_flags", 3))
		*ret_bit = enumerator(btf, "IO_RING_F_COMPAT");
	return *ret_bit ? 0 : -ENOENT;
}
