// SPDX-License-Identifier: Apache-2.0
/*
 * Run a command under the seccomp filter.
 *
 *   rival-seccomp CMD [ARG…]
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rival-filter.h"

int main(int argc, char **argv)
{
	scmp_filter_ctx filter = rival_filter(false);

	if (argc < 2) {
		fputs("usage: rival-seccomp CMD [ARG…]\n", stderr);
		return 2;
	}
	if (!filter || (errno = -seccomp_load(filter))) {
		fprintf(stderr, "rival-seccomp: the filter: %s\n", strerror(errno));
		return 1;
	}
	seccomp_release(filter);
	execvp(argv[1], argv + 1);
	fprintf(stderr, "rival-seccomp: %s: %s\n", argv[1], strerror(errno));
	return 1;
}
