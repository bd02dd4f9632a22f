/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is told to people: one line to standard error and, in the hook, the same line to syslog,
 * because crun does not show a hook's standard error.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/*
 * @program starts every line; @to_syslog: also to syslog, facility daemon. Called once by a main.
 */
void log_open(const char *program, int to_syslog);
/* Put @id before every message from now on ("program: id: message"); NULL: none. Not copied. */
void log_set_id(const char *id);
/*
 * @priority: LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG of <syslog.h>.
 * Control characters become '?'.
 */
void log_line(int priority, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
