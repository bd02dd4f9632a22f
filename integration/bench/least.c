// SPDX-License-Identifier: Apache-2.0
/*
 * usage: least attach PROGRAMS CGROUP FOLDER | least remove FOLDER
 *
 * The least that anyone has to ask of the kernel to put a cgroup under programs that are pinned in PROGRAMS, to make that
 * last in FOLDER on bpffs, and to end it: no look at what the host attached, no lock, no record, no JSON. Linked statically.
 */
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define VALUE_MAX 65536

static const char *const names[] = {"setsockopt", "getsockopt"};

static int call(enum bpf_cmd cmd, union bpf_attr attr, const char *what)
{
	int r = (int)syscall(SYS_bpf, cmd, &attr, sizeof(attr));

	if (r < 0) {
		perror(what);
		exit(1);
	}
	return r;
}

static int get(const char *folder, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return call(BPF_OBJ_GET, (union bpf_attr){.pathname = (uintptr_t)path}, path);
}

static void pin(const char *folder, const char *name, int fd)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	call(BPF_OBJ_PIN, (union bpf_attr){.pathname = (uintptr_t)path, .bpf_fd = (uint32_t)fd},
	     path);
}

static int attach(const char *programs, const char *cgroup, const char *folder)
{
	static const enum bpf_attach_type types[] = {BPF_CGROUP_SETSOCKOPT, BPF_CGROUP_GETSOCKOPT};
	static char value[VALUE_MAX];
	int target = open(cgroup, O_RDONLY | O_DIRECTORY), links[2];
	union bpf_attr update = {.map_fd = (uint32_t)get(programs, "policies"), .flags = BPF_EXIST};
	struct stat st;
	uint64_t key;

	if (target < 0 || fstat(target, &st) || mkdir(folder, 0700)) {
		perror(cgroup);
		return 1;
	}
	for (int i = 0; i < 2; i++) {
		union bpf_attr link = {.link_create = {.prog_fd = (uint32_t)get(programs, names[i]),
						       .target_fd = (uint32_t)target,
						       .attach_type = types[i]}};

		links[i] = call(BPF_LINK_CREATE, link, "link");
	}
	key = st.st_ino;
	update.key = (uintptr_t)&key;
	update.value = (uintptr_t)value;
	call(BPF_MAP_UPDATE_ELEM, update, "policy");
	for (int i = 0; i < 2; i++)
		pin(folder, names[i], links[i]);
	return 0;
}

static int take_away(const char *folder)
{
	char path[512];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	return rmdir(folder) ? 1 : 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "attach"))
		return attach(argv[2], argv[3], argv[4]);
	if (argc == 3 && !strcmp(argv[1], "remove"))
		return take_away(argv[2]);
	return 2;
}
