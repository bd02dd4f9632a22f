// SPDX-License-Identifier: Apache-2.0
/*
 * Whose calls a policy is for. What a UNIX listener accepts belongs to the cgroup of who connected:
 * with a policy that answers for the kernel a client told the daemon that it is root, and with one
 * that ignores it took the daemon's time limit away. Now only calls of the policy's own processes
 * are under it, on whatever end.
 */
#include <string.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/probe.h"
#include "test/kernel.h"

#define FORGED 4711

/* clang-format off */
#define FORGES POLICY(GET("SO_PEERCRED", "'replace','value':{'pid':4711,'uid':4711,'gid':4711}") ","    \
		      SET("SO_RCVTIMEO", "'ignore'") ","                                            \
		      SET("SO_SNDBUF", "'redirect','to':'SO_SNDBUFFORCE','value':1048576") ","       \
		      SET("SO_RCVBUF", "'clamp','max':5000") ","                                     \
		      SET("SO_PASSCRED", "'deny','errno':'EXDEV'") ","                              \
		      GET("SO_PASSCRED", "'answer','value':1") ","                                 \
		      BOTH("SO_PRIORITY", "'emulate','initial':77"))
/* clang-format on */

static bool tells; /* this kernel tells a nested cgroup from another */
static struct site site, nested, beside;
static int made, accepted; /* the two ends of the connection that was made inside */

static socklen_t local_name(struct sockaddr_un *name)
{
	*name = (struct sockaddr_un){.sun_family = AF_UNIX};
	/* abstract, so that nothing stays */
	snprintf(name->sun_path + 1, sizeof(name->sun_path) - 1, "root-caller-%d", getpid());
	return (socklen_t)sizeof(*name);
}

static void connect_inside(void)
{
	int listener = open_socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un name;
	socklen_t length = local_name(&name);

	if (bind(listener, (struct sockaddr *)&name, length) || listen(listener, 1))
		bail_out("no UNIX listener");
	site_enter(&site);
	made = open_socket(AF_UNIX, SOCK_STREAM, 0);
	if (connect(made, (struct sockaddr *)&name, length))
		bail_out("no UNIX connection");
	site_enter(NULL);
	accepted = accept(listener, NULL, NULL);
	if (accepted < 0)
		bail_out("nothing to accept");
	close(listener);
}

/* ---- the calls, each with what it shows: 0 untouched, 1 as the policy has it, or the errno ---- */

static int peer(int fd)
{
	struct ucred cred = {0};
	socklen_t length = sizeof(cred);
	int r = get_raw(fd, SOL_SOCKET, SO_PEERCRED, &cred, &length);

	return r ?: cred.uid == FORGED;
}

static int timeout(int fd)
{
	const struct timeval wanted = {.tv_sec = 7}, none = {0};
	struct timeval got = {0};
	socklen_t length = sizeof(got);
	int r = set_raw(fd, SOL_SOCKET, SO_RCVTIMEO, &wanted, sizeof(wanted));

	get_raw(fd, SOL_SOCKET, SO_RCVTIMEO, &got, &length);
	if (!r && got.tv_sec)
		set_raw(fd, SOL_SOCKET, SO_RCVTIMEO, &none, sizeof(none));
	return r ?: got.tv_sec != wanted.tv_sec;
}

static int redirected(int fd)
{
	int r = set_int(fd, SOL_SOCKET, SO_SNDBUF, 6000);

	return r ?: get_int(fd, SOL_SOCKET, SO_SNDBUF) != 12000;
}

static int clamped(int fd)
{
	int r = set_int(fd, SOL_SOCKET, SO_RCVBUF, 6000);

	return r ?: get_int(fd, SOL_SOCKET, SO_RCVBUF) != 12000;
}

static int denied(int fd)
{
	return set_int(fd, SOL_SOCKET, SO_PASSCRED, 0);
}

static int answered(int fd)
{
	long long r = get_int(fd, SOL_SOCKET, SO_PASSCRED);

	return r < 0 ? (int)r : r == 1;
}

static int emulated(int fd)
{
	long long r = get_int(fd, SOL_SOCKET, SO_PRIORITY);

	return r < 0 ? (int)r : r == 77;
}

static const struct {
	const char *name;
	int (*call)(int fd);
	int own;    /* to the policy's own processes */
	int unsure; /* to others and to nested ones, where the kernel does not tell them apart */
} calls[] = {
	{"replaced credentials", peer, 1, -EPERM},
	{"an ignored time limit", timeout, 1, -EPERM},
	{"a redirected option", redirected, 1, -EPERM},
	{"a clamped option", clamped, 1, -EPERM},
	{"a denied option", denied, -EXDEV, -EXDEV},
	{"an answered option", answered, 1, -EPERM},
	{"an emulated option", emulated, 1, -EPERM},
};

/* @where: NULL is outside of all. */
static void check(const char *who, const struct site *where, bool own)
{
	bool unsure = !tells && where != &site;

	site_enter(where);
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		for (int end = 0; end < 2; end++) {
			int expected = unsure ? calls[i].unsure : own ? calls[i].own : 0;
			int got = calls[i].call(end ? accepted : made);

			if (!ok(same_result(got, expected), "%s, on the %s end: %s", who,
				end ? "accepted" : "connecting", calls[i].name))
				diag("got %d, expected %d", got, expected);
		}
	}
	site_enter(NULL);
}

/* Of other families a socket is always its maker's, and stays under the policy wherever it goes. */
static void check_inet(void)
{
	int fd;

	site_enter(&site);
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	site_enter(NULL);
	is_result(denied(fd), -EXDEV, "a TCP socket made inside, in the hands of others: denied");
	is_int(emulated(fd), 1, "a TCP socket made inside, in the hands of others: emulated");
	close(fd);
}

static int tests(void)
{
	int ancestors = probe_ancestor();

	if (ancestors < 0)
		bail_out("what the kernel has cannot be told");
	tells = ancestors;
	kernel_gives_errno(); /* asked here, and not in the middle of a check */
	diag("nested cgroups are told from others: %s", tells ? "yes" : "no");
	site_make(&site, NULL);
	site_make(&nested, &site);
	site_make(&beside, NULL);
	site_attach(&site, FORGES);
	connect_inside();
	check("its own process", &site, true);
	check("a process of a nested cgroup", &nested, true);
	check("a process outside", NULL, false);
	check("a process of a cgroup beside", &beside, false);
	check_inet();
	close(made);
	close(accepted);
	site_close(&beside);
	site_close(&nested);
	site_close(&site);
	return tap_done();
}

int main(void)
{
	return kernel_main(tests);
}
