// SPDX-License-Identifier: Apache-2.0
/* base: the error object and log lines. */
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "base/cleanup.h"
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/process.h"
#include "base/utc.h"
#include "test/tap.h"

/* ---- error ---- */

static const struct {
	const char *name, *given, *expected;
} clean_cases[] = {
	{"plain text stays", "plain", "plain"},
	{"UTF-8 stays", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xa7",
	 "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xa7"},
	{"a line end cannot forge a second line", "x\nroot: done", "x?root: done"},
	{"no carriage return, no tab", "a\rb\tc", "a?b?c"},
	{"no terminal escape", "\x1b[2Jx\x7f", "?[2Jx?"},
	{"no C1 control in UTF-8",
	 "a\xc2\x9b"
	 "2Jb\xc2\x80",
	 "a??2Jb??"},
	{"U+00A0 is no control",
	 "a\xc2\xa0"
	 "b",
	 "a\xc2\xa0"
	 "b"},
};

static void test_error_clean(void)
{
	struct error err = {};

	for (size_t i = 0; i < ARRAY_SIZE(clean_cases); i++) {
		error_set(&err, EINVAL, "%s", clean_cases[i].given);
		is_str(err.text, clean_cases[i].expected, clean_cases[i].name);
	}
}

static void test_error_cut(void)
{
	char text[2 * ERROR_MAX];
	struct error err = {};

	memset(text, 'x', sizeof(text));
	text[ERROR_MAX - 1] = '\0';
	error_set(&err, EINVAL, "%s", text);
	is_str(err.text, text, "what just fits is not cut");
	text[ERROR_MAX - 1] = 'x';
	text[sizeof(text) - 1] = '\0';
	error_set(&err, EINVAL, "%s", text);
	is_int((long long)strlen(err.text), ERROR_MAX - 1, "longer text is cut to what fits");
	is_str(err.text + ERROR_MAX - 1 - strlen("…"), "…", "and ends in a mark");
	for (size_t i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xbc", 2);
	error_set(&err, EINVAL, "%s%s", "x", text);
	is_str(err.text + strlen(err.text) - strlen("\xc3\xbc…"), "\xc3\xbc…",
	       "no half character before the mark, odd offset");
	error_set(&err, EINVAL, "%s", text);
	is_str(err.text + strlen(err.text) - strlen("\xc3\xbc…"), "\xc3\xbc…",
	       "no half character before the mark, even offset");
}

static void test_error(void)
{
	struct error err = {};

	is_int(error_set(&err, ENOENT, "rules[%d]", 3), -ENOENT,
	       "error_set returns the negative code");
	is_int(err.code, ENOENT, "error_set keeps the code");
	is_int(error_prefix(&err, "policy %s", "web"), -ENOENT, "error_prefix returns it too");
	is_str(err.text, "policy web: rules[3]", "error_prefix puts the place in front");
	is_int(error_errno(&err, EACCES, "open \"%s\"", "x"), -EACCES, "error_errno returns it");
	is_str(err.text, "open \"x\": Permission denied", "error_errno says what the code means");
	is_int(error_set(NULL, EPERM, "x"), -EPERM, "error_set without an object");
	is_int(error_errno(NULL, EPERM, "x"), -EPERM, "error_errno without an object");
	ok(error_prefix(NULL, "x") < 0, "error_prefix without an object");
	test_error_clean();
	test_error_cut();
}

/* ---- log ---- */

/* What one log_line() writes; packets show that it is one write. */
static const char *logged(int packets[2], const char *message)
{
	static char line[8192];
	int saved = dup(STDERR_FILENO);
	ssize_t n;

	dup2(packets[1], STDERR_FILENO);
	log_line(LOG_ERR, "%s", message);
	dup2(saved, STDERR_FILENO);
	close(saved);
	n = recv(packets[0], line, sizeof(line) - 1, MSG_DONTWAIT);
	line[n > 0 ? n : 0] = '\0';
	return line;
}

static void test_log(void)
{
	char text[4 * ERROR_MAX];
	const char *got;
	int packets[2];

	if (!ok(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, packets) == 0, "socketpair"))
		return;
	log_open("prog", 0);
	is_str(logged(packets, "hello"), "prog: hello\n", "a line begins with the program's name");
	log_set_id("box-1");
	is_str(logged(packets, "hello"), "prog: box-1: hello\n", "then the id, in one write");
	is_str(logged(packets, "a\nprog: box-1: b\x1b[2J"), "prog: box-1: a?prog: box-1: b?[2J\n",
	       "control characters are replaced");
	log_set_id("/a\nb");
	is_str(logged(packets, "x"), "prog: /a?b: x\n", "in the id too");
	log_set_id(NULL);
	is_str(logged(packets, "%s%n"), "prog: %s%n\n", "a message is no format");
	memset(text, 'y', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	got = logged(packets, text);
	is_str(got + strlen(got) - strlen("…\n"), "…\n", "a long line is cut, marked and ended");
	ok(recv(packets[0], text, sizeof(text), MSG_DONTWAIT) < 0, "each line was one write");
	log_open("prog", 1);
	is_str(logged(packets, "hello"), "prog: hello\n",
	       "the same line with syslog, missing or not");
	close(packets[0]);
	close(packets[1]);
}

/* A child begins after what was looked at before it, and before what is looked at after it; ticks are of ten milliseconds. */
static void test_process(void)
{
	int64_t before = process_now(), start, after;
	pid_t pid = fork();

	if (!pid) {
		pause();
		_exit(0);
	}
	start = process_start(pid);
	after = process_now();
	if (!ok(start >= before - 10 && start <= after, "a process's start"))
		diag("got %lld, expected %lld to %lld", (long long)start, (long long)before,
		     (long long)after);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	is_int(process_start(pid), -1, "a process that is gone");
}

/* Against libc, in steps that meet every day of the year and leap years of every kind. */
static void test_utc(void)
{
	const int64_t end = 253402300800; /* of the year 9999 */
	struct tm tm, expected;
	size_t wrong = 0;

	for (int64_t t = 0; t < end; t += 79 * 3600 + 61) {
		time_t when = (time_t)t;

		gmtime_r(&when, &expected);
		if (utc_split(t, &tm) || tm.tm_year != expected.tm_year ||
		    tm.tm_mon != expected.tm_mon || tm.tm_mday != expected.tm_mday ||
		    tm.tm_hour != expected.tm_hour || tm.tm_min != expected.tm_min ||
		    tm.tm_sec != expected.tm_sec || utc_join(&tm) != t) {
			if (!wrong++)
				diag("the first wrong one is %lld", (long long)t);
		}
	}
	is_int((long long)wrong, 0, "dates are those of libc, and come back");
	is_int(utc_split(end - 1, &tm), 0, "the last second");
	is_int(utc_split(end, &tm), -ERANGE, "and the one behind it");
	is_int(utc_split(-1, &tm), -ERANGE, "before 1970");
	tm = (struct tm){.tm_year = 126, .tm_mon = 1, .tm_mday = 31};
	is_int(utc_join(&tm), timegm(&tm), "the 31st of February is a day of March");
}

int main(void)
{
	test_error();
	test_log();
	test_process();
	test_utc();
	return tap_done();
}
