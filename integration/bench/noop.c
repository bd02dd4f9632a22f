// SPDX-License-Identifier: Apache-2.0
/*
 * A hook that does nothing: what starting any process costs. Linked statically. It takes the state, as it must: crun 1.8
 * ends by SIGPIPE where a hook is gone before it has written it.
 */
#include <unistd.h>

int main(void)
{
	char state[4096];

	while (read(STDIN_FILENO, state, sizeof(state)) > 0)
		;
	return 0;
}
