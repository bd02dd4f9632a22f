// SPDX-License-Identifier: Apache-2.0
/*
 * When a process began, by field 22 of /proc/PID/stat (proc(5)), which is ticks since boot, and the
 * time now on that clock. What a caller leaves to its children.
 */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
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

/* Else the next file that is opened would be where messages are written to. */
static void fill_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) < 0)
			return;
	}
}

void process_disinherit(void)
{
	fill_standard_descriptors();
	/* The C library opens what TZ names to tell syslog the time, and would wait at a FIFO. */
	clearenv();
	umask(077);
	/* Whoever closes our standard error, and a limit on the size of files, must not end us in the middle of an undo. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
}
