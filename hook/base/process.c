// SPDX-License-Identifier: Apache-2.0
/* Field 22 of /proc/PID/stat (proc(5)): ticks since boot. */
#include "base/process.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"

#define FIELDS_BEFORE_START                                                                        \
	19 /* from the one behind the name, which may hold spaces and brackets */

int64_t process_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t process_start(pid_t pid)
{
	_cleanup_fclose_ FILE *f = NULL;
	char name[32], text[1024], *p;

	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	f = fopen(name, "re");
	if (!f || !fgets(text, sizeof(text), f))
		return -1;
	p = strrchr(text, ')');
	if (!p)
		return -1;
	p++;
	for (int i = 0; p && i < FIELDS_BEFORE_START; i++)
		p = strchr(p + 1, ' ');
	return p ? (int64_t)(strtoull(p, NULL, 10) * 1000 / (unsigned long)sysconf(_SC_CLK_TCK))
		 : -1;
}
