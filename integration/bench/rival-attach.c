// SPDX-License-Identifier: Apache-2.0
/*
 * Attach programs of rival.bpf.c to a cgroup. They stay with it after this exits.
 *
 *   rival-attach FOLDER PROGRAM…     clamp, deny, rules_set, rules_get
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rival.skel.h"

static void fail(const char *what)
{
	fprintf(stderr, "rival-attach: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void attach(const struct rival_bpf *skeleton, int folder, const char *name)
{
	struct bpf_program *program = bpf_object__find_program_by_name(skeleton->obj, name);

	if (!program)
		fail(name);
	if (bpf_prog_attach(bpf_program__fd(program), folder,
			    bpf_program__expected_attach_type(program), BPF_F_ALLOW_MULTI))
		fail(name);
}

int main(int argc, char **argv)
{
	struct rival_bpf *skeleton;
	int folder;

	if (argc < 3) {
		fputs("usage: rival-attach FOLDER PROGRAM…\n", stderr);
		return 2;
	}
	folder = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		fail(argv[1]);
	skeleton = rival_bpf__open_and_load();
	if (!skeleton)
		fail("loading");
	for (int i = 2; i < argc; i++)
		attach(skeleton, folder, argv[i]);
	rival_bpf__destroy(skeleton);
	return 0;
}
