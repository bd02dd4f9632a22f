// SPDX-License-Identifier: Apache-2.0
/*
 * What some kernels cannot do, and what then becomes of a policy that needs it: each check holds on
 * every kernel, one way or the other. What was found is printed as facts, for the table in README.
 */
#include <bpf/bpf.h>
#include <netinet/in.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/probe-features.h"
#include "kernel/probe.h"
#include "test/foreign.h"
#include "test/uring.h"

#define RCVBUF	    SOL_SOCKET, SO_RCVBUF
#define LONG_OPTLEN 5000 /* more than a page */

/* Asked before any policy is in force. */
static bool gives_errno, passes_long, takes_large;

/* A line of the table; integration/kernels/run reads it. */
static void fact(const char *what, const char *found)
{
	printf("# fact: %s: %s\n", what, found);
}

static int errno_here(int wanted)
{
	return gives_errno ? wanted : -EPERM;
}

/* ---- errno ---- */

static void check_errno(void)
{
	struct site site;
	int fd;

	site_open(&site, POLICY(BOTH("SO_MARK",
				     "'deny','errno':'ENOENT'") "," SET("SO_RCVBUF",
									"'clamp','max':60000")));
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	is_int(set_int(fd, SOL_SOCKET, SO_MARK, 1), errno_here(-ENOENT), "setsockopt refused");
	is_int(get_int(fd, SOL_SOCKET, SO_MARK), errno_here(-ENOENT), "getsockopt refused");
	is_int(set_padded(fd, RCVBUF, &(int){90000}, 4, 2), errno_here(-EINVAL),
	       "a value that a rule cannot read");
	fact("errno of a refused call",
	     gives_errno ? "the policy's" : "EPERM, whatever the policy says");
	close(fd);
	site_close(&site);
}

/* ---- size ---- */

static void check_class(const struct size_class *class, const struct pins *pins)
{
	const struct program_class wanted = {class->name, class->bounds, class->size};
	struct programs programs = PROGRAMS_NONE;
	struct error err = {0};
	int r = programs_open(pins, &wanted, &programs, &err);

	if (!is_int(r, takes_large ? 0 : -E2BIG, class->name))
		diag("%s", err.text);
	if (!takes_large)
		ok(strstr(err.text, "takes no policy of") && strstr(err.text, "page") &&
			   strstr(err.text, "make the policy smaller"),
		   "%s: the reason and the remedy: %s", class->name, err.text);
	programs_done(&programs);
}

/* The most conditions in a row that the small class takes. Leaves @site compiled for them. */
static unsigned int find_longest(struct site *site)
{
	for (unsigned int n = SOCKOPT_SMALL_STEPS;; n--) {
		_cleanup_free_ char *policy = policy_of_conditions(n);
		unsigned int more = site->compiled.steps;

		site_compile(site, policy);
		if (site->compiled.class != &size_classes[SIZE_SMALL])
			continue;
		ok(site->compiled.steps <= SOCKOPT_SMALL_STEPS && more > SOCKOPT_SMALL_STEPS,
		   "%u conditions are %u steps and small, one more is %u", n, site->compiled.steps,
		   more);
		return n;
	}
}

static void check_size(void)
{
	struct error err = {0};
	unsigned int longest;
	struct site site;
	struct pins pins;
	int fd;

	if (pins_open("/sys/fs/bpf", true, &pins, &err))
		bail_out("%s", err.text);
	check_class(&size_classes[SIZE_MEDIUM], &pins);
	check_class(&size_classes[SIZE_LARGE], &pins);
	pins_done(&pins);
	site_make(&site, NULL);
	site_enter(&site);
	longest = find_longest(&site);
	site_link(&site);
	site_write(&site);
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	is_int(set_int(fd, RCVBUF, 20000 + (int)longest - 1), errno_here(-EACCES),
	       "the last condition of the longest chain");
	is_int(set_int(fd, RCVBUF, 20000 + (int)longest), 0, "and past it");
	close(fd);
	site_close(&site);
	fact("compiled policies beyond 4 KiB, or 64 tests for a call",
	     takes_large ? "yes" : "refused when they are put in force");
}

/* ---- one cgroup within another ---- */

/* Their policies are the caller's to attach; it is in the inner one. */
static void open_nested(struct site *outer, struct site *inner)
{
	site_make(outer, NULL);
	site_make(inner, outer);
	site_enter(inner);
}

static void close_nested(struct site *outer, struct site *inner)
{
	site_close(inner);
	site_close(outer);
}

static void check_long(void)
{
	struct site outer, inner;
	struct foreign foreign;
	int fd;

	open_nested(&outer, &inner);
	site_attach(&inner, POLICY(SET("SO_MARK", "'deny'")));
	foreign_attach(&foreign, &outer, 0, 0, -1, DEED_WATCH, 0, 0);
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	is_int(set_padded(fd, RCVBUF, &(int){90000}, 4, LONG_OPTLEN), 0,
	       "a long value that no rule names");
	is_int(foreign_seen(&foreign).optlen, passes_long ? LONG_OPTLEN : 0,
	       "its optlen for a parent's program");
	is_int(get_int(fd, RCVBUF), 180000, "its effect");
	foreign_detach(&foreign);
	site_attach(&outer, POLICY(SET("SO_RCVBUF", "'clamp','max':60000")));
	is_int(set_padded(fd, RCVBUF, &(int){90000}, 4, LONG_OPTLEN),
	       passes_long ? 0 : errno_here(-EINVAL), "a parent's policy names it");
	is_int(get_int(fd, RCVBUF), passes_long ? 120000 : 180000,
	       "and is not got round by its length");
	close(fd);
	close_nested(&outer, &inner);
	fact("a value beyond a page that no rule names",
	     passes_long ? "passes" : "passes; a policy above refuses it if it names it");
}

static void check_nested(void)
{
	struct site outer, inner;
	struct foreign foreign;
	int fd;

	open_nested(&outer, &inner);
	site_attach(&outer, POLICY(BOTH("200/1:int", "'emulate','initial':5") "," GET(
				    "SO_RCVBUF", "'answer','value':60000")));
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	foreign_attach(&foreign, &inner, 0, 200, 1, DEED_REJECT, 0, 0);
	is_int(set_int(fd, 200, 1, 9), -EPERM, "emulated, and refused below");
	foreign_detach(&foreign);
	is_int(get_int(fd, 200, 1), gives_errno ? 5 : 9, "what is reported then");
	foreign_attach(&foreign, &inner, 1, RCVBUF, DEED_REJECT, 0, 0);
	is_int(get_int(fd, RCVBUF), gives_errno ? 60000 : -EPERM, "answered, and refused below");
	foreign_detach(&foreign);
	close(fd);
	close_nested(&outer, &inner);
	fact("`emulate` where a nested program refuses",
	     gives_errno ? "keeps nothing" : "keeps the value");
	fact("`answer` where a nested program refuses", gives_errno ? "answers" : "stays refused");
}

/* ---- what is not a policy's ---- */

static void check_uring(void)
{
	int fd = open_socket(AF_INET, SOCK_STREAM, 0), value = 40000, result;
	bool there = !uring_sockopt(URING_SETSOCKOPT, fd, RCVBUF, &value, sizeof(value));
	struct site site;

	close(fd);
	site_open(&site, POLICY(SET("SO_RCVBUF", "'deny'")));
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	result = uring_sockopt(URING_SETSOCKOPT, fd, RCVBUF, &value, sizeof(value));
	if (!ok(there ? result == -EPERM : result < 0, "io_uring finds no way round"))
		diag("got %d", result);
	ok(get_int(fd, RCVBUF) != 2 * value, "io_uring sets nothing");
	close(fd);
	site_close(&site);
	fact("socket options by io_uring", there ? "under the policy" : "the kernel has none");
}

static void check_programs(void)
{
	struct bpf_prog_info info = {0};
	__u32 size = sizeof(info);
	struct site site;
	bool apart;

	site_open(&site, POLICY(SET("SO_MARK", "'deny'")));
	if (bpf_obj_get_info_by_fd(site.programs.fds[0], &info, &size))
		bail_out("no program");
	apart = !strcmp(info.name, "sockopt_set");
	ok(apart || !strcmp(info.name, "sockopt_set_old"), "the program: %s", info.name);
	site_close(&site);
	fact("the programs are verified", apart ? "in parts" : "in one piece");
}

static int tests(void)
{
	gives_errno = probe_set_retval();
	passes_long = kernel_passes_long();
	takes_large = !probe_storage(size_classes[SIZE_LARGE].size);
	check_errno();
	check_size();
	check_long();
	check_nested();
	check_uring();
	check_programs();
	/* integration/kernels/guest/many puts more in force than the usual limit would take. */
	fact("policies count against RLIMIT_MEMLOCK",
	     probe_memlock_counts() ? "yes; the hook lifts it" : "no");
	fact("events name the process", probe_pid() ? "yes" : "no: the user and the socket alone");
	fact("net_cls or net_prio, once in use",
	     probe_shared_socket_word_here() > 0
		     ? "takes all sockets out of their cgroups; `doctor` tells"
		     : "changes nothing");
	return tap_done();
}

int main(void)
{
	return kernel_main(tests);
}
