// SPDX-License-Identifier: Apache-2.0
/*
 * Sockets that no process made, and calls that the kernel keeps from these programs: what
 * integration/THREATS.md says of them, shown beside a call that the policy holds. Should a kernel
 * close one of these ways, its check fails, and the page wants another word.
 */
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "test/kernel.h"

#define FAMILY_SMC     43
#define LEVEL_SCTP     132
#define SCTP_PEELOFF   102
#define SCTP_OPTION    0 /* SCTP_RTOINFO */
#define PEER_PIDFD     77
#define LOCAL_CID      1 /* VMADDR_CID_LOCAL, since 5.6 */
#define EPHEMERAL_PORT 7911

/* clang-format off */
#define DENY POLICY(SET("SO_PRIORITY", "'deny','errno':'EXDEV'") ","                                   \
		    SET("IP_TOS", "'deny','errno':'EXDEV'") ","                                      \
		    GET("SO_PEERPIDFD", "'deny','errno':'EXDEV'") ","                                 \
		    GET("SO_TYPE", "'deny','errno':'EXDEV'") ","                                      \
		    GET("SOL_SCTP/*", "'deny','errno':'EXDEV'"))
/* clang-format on */

static struct site site;

static bool listens(int fd, const void *name, size_t length)
{
	return fd >= 0 && !bind(fd, name, (socklen_t)length) && !listen(fd, 1);
}

/* What a listener of @name takes from a client of @family; -1 where there is no such thing here. */
static int accepted_of(int listener, int family, const void *name, size_t length)
{
	int client = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), fd = -1;

	if (client >= 0 && !connect(client, name, (socklen_t)length))
		fd = accept(listener, NULL, NULL);
	if (client >= 0 && fd < 0)
		close(client);
	return fd;
}

/* The kernel makes it when the connection comes, in a thread of its own: it belongs to the root cgroup. */
static void check_vsock(void)
{
	const struct sockaddr_vm name = {.svm_family = AF_VSOCK,
					 .svm_port = EPHEMERAL_PORT,
					 .svm_cid = LOCAL_CID};
	int listener = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0), fd = -1;

	if (listens(listener, &name, sizeof(name)))
		fd = accepted_of(listener, AF_VSOCK, &name, sizeof(name));
	if (fd < 0) {
		diag("no AF_VSOCK within this host: not tried");
		close(listener);
		return;
	}
	is_result(set_int(listener, SOL_SOCKET, SO_PRIORITY, 3), -EXDEV,
		  "AF_VSOCK: seen on a listener");
	is_int(set_int(fd, SOL_SOCKET, SO_PRIORITY, 3), 0, "AF_VSOCK: not seen on what it accepts");
	close(fd);
	close(listener);
}

/*
 * The same where SMC is spoken, for which no test has a device. Where it is not, what is accepted is
 * the TCP socket below, which is the container's.
 */
static void check_smc(void)
{
	const struct sockaddr_in name = {.sin_family = AF_INET,
					 .sin_port = htons(EPHEMERAL_PORT),
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int listener = socket(FAMILY_SMC, SOCK_STREAM | SOCK_CLOEXEC, 0), fd = -1;

	if (listens(listener, &name, sizeof(name)))
		fd = accepted_of(listener, AF_INET, &name, sizeof(name));
	if (fd < 0) {
		diag("no AF_SMC here: not tried");
		close(listener);
		return;
	}
	is_result(set_int(listener, IPPROTO_IP, IP_TOS, 0x20), -EXDEV,
		  "AF_SMC: seen on a listener");
	is_result(set_int(fd, IPPROTO_IP, IP_TOS, 0x20), -EXDEV,
		  "AF_SMC: seen on what it accepts from a client without SMC");
	close(fd);
	close(listener);
}

/* Since 5.12 the kernel asks no program about the few that make a socket or a connection. */
static void check_sctp(void)
{
	int fd = socket(AF_INET, SOCK_SEQPACKET | SOCK_CLOEXEC, LEVEL_SCTP), value[16] = {0};
	socklen_t length = sizeof(value);

	if (fd < 0) {
		diag("no SCTP here: not tried");
		return;
	}
	is_result(get_raw(fd, LEVEL_SCTP, SCTP_OPTION, value, &length), -EXDEV, "SCTP: seen");
	length = 8;
	is_int(get_raw(fd, LEVEL_SCTP, SCTP_PEELOFF, value, &length), -EINVAL,
	       "SCTP: SCTP_SOCKOPT_PEELOFF is answered by the kernel");
	close(fd);
}

/* Since 6.5, with the option itself. */
static void check_pidfd(void)
{
	int pair[2], pidfd = -1, r;
	socklen_t length = sizeof(pidfd);

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		bail_out("no pair of sockets");
	is_result(get_int(pair[0], SOL_SOCKET, SO_TYPE), -EXDEV, "UNIX: seen");
	r = get_raw(pair[0], SOL_SOCKET, PEER_PIDFD, &pidfd, &length);
	if (pidfd < 0)
		diag("no SO_PEERPIDFD here: not tried");
	else
		is_int(r, 0, "UNIX: SO_PEERPIDFD is not seen");
	close(pidfd);
	close(pair[0]);
	close(pair[1]);
}

/* Who connects makes it. */
static void check_unix(void)
{
	const struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0root-adrift"};
	int listener = open_socket(AF_UNIX, SOCK_STREAM, 0), fd;

	if (!listens(listener, &name, sizeof(name)))
		bail_out("no UNIX listener");
	fd = accepted_of(listener, AF_UNIX, &name, sizeof(name));
	is_result(set_int(fd, SOL_SOCKET, SO_PRIORITY, 3), -EXDEV, "UNIX: a client inside, seen");
	close(fd);
	site_enter(NULL);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (const struct sockaddr *)&name, sizeof(name)))
		bail_out("no UNIX connection");
	site_enter(&site);
	close(fd);
	fd = accept(listener, NULL, NULL);
	is_int(set_int(fd, SOL_SOCKET, SO_PRIORITY, 3), 0, "UNIX: a client outside, not seen");
	close(fd);
	close(listener);
}

static int tests(void)
{
	kernel_gives_errno(); /* asked here, and not in the middle of a check */
	site_open(&site, DENY);
	check_unix();
	check_vsock();
	check_smc();
	check_sctp();
	check_pidfd();
	site_close(&site);
	return tap_done();
}

int main(void)
{
	return kernel_main(tests);
}
