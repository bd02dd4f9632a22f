/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the engine in the real kernel share: a guardian process that cleans up, cgroups
 * of the test's own, policies at them, and short words for the two calls. They run as root inside
 * integration/lib/sandbox. Trouble of the test itself (no cgroup, no memory) ends it: "Bail out!".
 */
#ifndef TEST_KERNEL_H
#define TEST_KERNEL_H

#include <stdint.h>
#include <sys/socket.h>

#include "kernel/attachment.h"
#include "policy/compile.h"
#include "test/ability.h"
#include "test/tap.h"

/* Policies are written with ' in the place of ". */
#define POLICY(rules) "{'version':1,'name':'test','rules':[" rules "]}"
#define RULE(calls, options, action)                                                               \
	"{'calls':[" calls "],'options':['" options "'],'action':" action "}"
#define SET(options, action)  RULE("'setsockopt'", options, action)
#define GET(options, action)  RULE("'getsockopt'", options, action)
#define BOTH(options, action) RULE("'setsockopt','getsockopt'", options, action)

/*
 * Run @tests (which returns what tap_done() returns) in a process of its own, in a cgroup below
 * TEST_CGROUP. The guardian waits for it, and when it ends or a signal comes, kills what is left
 * and removes the cgroup. Returns the exit status for main.
 */
int kernel_main(int (*tests)(void));

__attribute__((noreturn, format(printf, 1, 2))) void bail_out(const char *fmt, ...);

/* One cgroup, and perhaps a policy of ours at it. */
struct site {
	struct cgroup cgroup;
	struct compiled compiled;
	struct programs programs;
	struct attachment attachment;
};

/* A new cgroup below @above (NULL: the test's own). */
void site_make(struct site *site, const struct site *above);
/* From now on this process, and each socket that it makes, belongs to the cgroup of @site. */
void site_enter(const struct site *site);
/* Compile @policy; link it; write it into the storage. Each a step of site_attach(). */
void site_compile(struct site *site, const char *policy);
void site_link(struct site *site);
void site_write(struct site *site);
void site_attach(struct site *site, const char *policy);
/* Compile @policy and write it over the one that is in force. Same size class, same calls. */
void site_replace(struct site *site, const char *policy);
/* Let go of links, maps and memory; the cgroup stays. */
void site_detach(struct site *site);
/* Leave the cgroup where we are in it, detach, remove it. */
void site_close(struct site *site);
/* How many programs are attached to its cgroup for @call, 0 or 1; whose, does not matter. */
size_t site_attached(const struct site *site, size_t call);
/* site_make(), site_enter(), site_attach(). */
void site_open(struct site *site, const char *policy);

/*
 * A policy of @n conditions in a row for SO_RCVBUF: the values from 20000 on, @n of them, are denied
 * with EACCES, and all others clamped to 30000. The caller frees it.
 */
char *policy_of_conditions(unsigned int n);

int open_socket(int family, int type, int protocol);

/* setsockopt and getsockopt: 0 or a negative errno. */
int set_raw(int fd, int level, int option, const void *value, size_t length);
int get_raw(int fd, int level, int option, void *value, socklen_t *length);
int set_int(int fd, int level, int option, int value);
/* The integer, or a negative errno, or EMSGSIZE negative where it is not of four bytes. */
long long get_int(int fd, int level, int option);

#define PADDED_MAX 20000
/* set_raw() of @length bytes that begin with the @size bytes of @value; the rest is 0. */
int set_padded(int fd, int level, int option, const void *value, size_t size, size_t length);

#endif
