// SPDX-License-Identifier: Apache-2.0
/*
 * Run a command under a seccomp filter that asks an agent (seccomp_unotify(2)). The agent is a
 * child of the command, which ends with it; so the command's exit status is ours.
 *
 *   rival-notify continue|act|gone CMD [ARG…]
 *
 *   continue   the agent reads the value and refuses, or lets the kernel go on with the call
 *   act        the agent reads the value and makes the call itself, on a copy of the descriptor
 *   gone       the agent ends at once
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "rival-filter.h"
#include "rival-policy.h"

/* Since 6.6; older headers lack the names. Wakes caller and agent on one processor, faster. */
#define NOTIF_SET_FLAGS	   _IOW('!', 4, __u64)
#define NOTIF_SYNC_WAKE_UP 1ul

struct asked {
	const struct seccomp_notif *request;
	struct rival_call call;
	int listener;
};

static void fail(const char *what)
{
	fprintf(stderr, "rival-notify: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- the caller's memory and descriptors ---- */

static int read_value(struct asked *asked)
{
	const __u64 *args = asked->request->data.args;
	struct iovec local = {&asked->call.value, sizeof(asked->call.value)};
	struct iovec remote = {(void *)(uintptr_t)args[3], sizeof(asked->call.value)};

	if ((unsigned int)args[4] < sizeof(asked->call.value))
		return -EINVAL;
	if (process_vm_readv((pid_t)asked->request->pid, &local, 1, &remote, 1, 0) < 0)
		return -errno;
	return 0;
}

static int report(const struct asked *asked, int value)
{
	const __u64 *args = asked->request->data.args;
	int length = sizeof(value);
	struct iovec local[] = {{&value, sizeof(value)}, {&length, sizeof(length)}};
	struct iovec remote[] = {{(void *)(uintptr_t)args[3], sizeof(value)},
				 {(void *)(uintptr_t)args[4], sizeof(length)}};

	return process_vm_writev((pid_t)asked->request->pid, local, 2, remote, 2, 0) < 0 ? -errno
											 : 0;
}

/* The call itself, by us. Between the look-up and here the process id may have a new owner. */
static int call_by_us(const struct asked *asked)
{
	int process = (int)syscall(SYS_pidfd_open, asked->request->pid, 0), fd, r;

	if (process < 0)
		return -errno;
	fd = (int)syscall(SYS_pidfd_getfd, process, (int)asked->request->data.args[0], 0);
	r = fd < 0 ? -errno : 0;
	close(process);
	if (!r)
		r = seccomp_notify_id_valid(asked->listener, asked->request->id);
	if (!r && setsockopt(fd, asked->call.level, asked->call.option, &asked->call.value,
			     sizeof(asked->call.value)))
		r = -errno;
	if (fd >= 0)
		close(fd);
	return r;
}

/* ---- the answers ---- */

static void answer_continue(struct asked *asked, struct seccomp_notif_resp *response)
{
	struct rival_call wanted;
	int r;

	response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	if (asked->request->data.nr == SYS_getsockopt)
		return;
	r = read_value(asked);
	wanted = asked->call;
	if (!r && rival_decide(&wanted) == RIVAL_PASS &&
	    !memcmp(&wanted, &asked->call, sizeof(wanted)))
		return;
	response->flags = 0;
	response->error = r ?: -EPERM;
}

static void answer_act(struct asked *asked, struct seccomp_notif_resp *response)
{
	int r;

	if (asked->request->data.nr == SYS_getsockopt) {
		response->error = report(asked, RIVAL_MAXSEG_REPORTED);
		return;
	}
	r = read_value(asked);
	if (!r && rival_decide(&asked->call) == RIVAL_PASS)
		r = call_by_us(asked);
	response->error = r;
}

static const struct mode {
	const char *name;
	void (*answer)(struct asked *asked, struct seccomp_notif_resp *response);
} modes[] = {
	{"continue", answer_continue},
	{"act", answer_act},
	{"gone", NULL},
};

/* ---- the agent ---- */

static void serve(int listener, const struct mode *mode)
{
	struct seccomp_notif *request;
	struct seccomp_notif_resp *response;

	if (seccomp_notify_alloc(&request, &response))
		fail("out of memory");
	for (;;) {
		struct asked asked = {.request = request, .listener = listener};

		memset(request, 0, sizeof(*request));
		if (seccomp_notify_receive(listener, request))
			continue;
		asked.call.level = (int)request->data.args[1];
		asked.call.option = (int)request->data.args[2];
		memset(response, 0, sizeof(*response));
		response->id = request->id;
		mode->answer(&asked, response);
		seccomp_notify_respond(listener, response);
	}
}

/* The agent takes the listener out of its parent, and then lets it go on. */
static void agent(pid_t parent, const int numbers[2], const int go[2], const struct mode *mode)
{
	int process = (int)syscall(SYS_pidfd_open, parent, 0), number, listener;

	/* The parent may be gone already, and then no signal comes. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		exit(1);
	if (read(numbers[0], &number, sizeof(number)) != sizeof(number))
		exit(1);
	listener = (int)syscall(SYS_pidfd_getfd, process, number, 0);
	if (process < 0 || listener < 0)
		fail("pidfd_getfd");
	ioctl(listener, NOTIF_SET_FLAGS, NOTIF_SYNC_WAKE_UP);
	if (!mode->answer)
		close(listener);
	if (write(go[1], "", 1) != 1)
		exit(1);
	if (mode->answer)
		serve(listener, mode);
	exit(0);
}

static void load_filter(const int numbers[2], const int go[2])
{
	scmp_filter_ctx filter = rival_filter(true);
	int listener;
	char byte;

	if (!filter || (errno = -seccomp_load(filter)))
		fail("the filter");
	listener = seccomp_notify_fd(filter);
	if (write(numbers[1], &listener, sizeof(listener)) != sizeof(listener))
		fail("the agent");
	close(go[1]);
	if (read(go[0], &byte, 1) != 1)
		fail("the agent");
	/* Were ours left open, a call would wait for ever for an agent that is gone. */
	close(listener);
}

static const struct mode *mode_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (!strcmp(modes[i].name, name))
			return &modes[i];
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const struct mode *mode = argc > 2 ? mode_by_name(argv[1]) : NULL;
	pid_t self = getpid();
	int numbers[2], go[2];

	if (!mode) {
		fputs("usage: rival-notify continue|act|gone CMD [ARG…]\n", stderr);
		return 2;
	}
	if (pipe2(numbers, O_CLOEXEC) || pipe2(go, O_CLOEXEC))
		fail("pipe");
	switch (fork()) {
	case -1:
		fail("fork");
		break;
	case 0:
		agent(self, numbers, go, mode);
	}
	load_filter(numbers, go);
	execvp(argv[2], argv + 2);
	fail(argv[2]);
}
