// SPDX-License-Identifier: Apache-2.0
/*
 * Lines for people, to standard error and syslog. Escaping and cutting are the error object's;
 * knows nothing else.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

#include "base/error.h"

static const char *log_program = "oci-sockopt-hook";
static const char *log_id;
static bool log_syslog;

void log_open(const char *program, int to_syslog)
{
	log_program = program;
	log_syslog = to_syslog;
	/*
	 * no LOG_CONS and no LOG_PERROR: a host without /dev/log loses
	 * the line there and nothing else
	 */
	if (to_syslog)
		openlog(program, LOG_PID, LOG_DAEMON);
}

void log_set_id(const char *id)
{
	log_id = id;
}

static struct iovec part(const char *text)
{
	return (struct iovec){.iov_base = (void *)text, .iov_len = strlen(text)};
}

/* One write a line, so that hooks that run at the same time do not mix theirs. */
static void to_stderr(const char *subject, const char *text)
{
	struct iovec line[] = {part(log_program), part(": "), part(subject), part(text),
			       part("\n")};
	ssize_t ignored = writev(STDERR_FILENO, line, 5);

	(void)ignored; /* there is nobody left to tell */
}

void log_line(int priority, const char *fmt, ...)
{
	struct error subject = {}, text = {};
	char raw[2 * ERROR_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(raw, sizeof(raw), fmt, args);
	va_end(args);
	error_set(&text, EINVAL, "%s", raw);
	if (log_id)
		error_set(&subject, EINVAL, "%s: ", log_id);
	to_stderr(subject.text, text.text);
	if (log_syslog)
		syslog(priority, "%s%s", subject.text, text.text);
}
