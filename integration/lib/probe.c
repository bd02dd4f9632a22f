/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Socket calls from the command line, for tests: what an application in the container meets. One
 * line a step: the step's words, a colon, and "ok", the value that was read, or the errno's name.
 * Static, libc alone, knows nothing of policies. Steps are separated by ":"; the exit status is 2
 * for a step it does not understand.
 *
 *   socket FAMILY TYPE [PROTOCOL]   open one; it is the current socket from now on
 *   set LEVEL OPTION TYPE VALUE [len N]
 *   get LEVEL OPTION TYPE [len N]   prints "VALUE len N"
 *   uring-set, uring-get            the same through io_uring
 *   int80-set, int80-get            the same as 32-bit calls
 *   tos VALUE                       prints the TOS of a datagram, given by a control message
 *   stamp                           asks for the time of a datagram by ioctl
 *   race LEVEL OPTION GOOD BAD COUNT [len N]   a second thread rewrites the value; prints how often
 * BAD is read back accept                          bring lo up, listen, connect, accept: the
 * accepted socket is current receive FAMILY TYPE PATH        the current socket from now on is one
 * received over the UNIX socket PATH send PATH                       wait for a receiver at PATH
 * and hand the current socket over
 *
 * FAMILY, TYPE, LEVEL and OPTION are names from the tables below or numbers; the types of values
 * are u8, int, u32, u64, string and hex.
 */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "probe-outside.h"
#include "probe-uring.h"
#include "probe-words.h"

static int current = -1;

struct call {
	int level;
	int option;
	uint8_t *value; /* VALUE_MAX bytes */
	size_t length;	/* as handed to the kernel */
};

static void print_start(const struct step *step)
{
	for (int i = 0; i < step->count; i++)
		printf("%s%s", i ? " " : "", step->words[i]);
	printf(": ");
}

/* @result: 0 or a negative errno. */
static void print_result(const struct step *step, int result)
{
	print_start(step);
	puts(result ? strerrorname_np(-result) : "ok");
}

/*
 * The level, the option and a zeroed buffer that ends with its page, so that no byte
 * behind it is readable by luck.
 */
static struct call call_start(const struct step *step)
{
	struct call call = {
		.level = number(step, 1, levels),
		.option = number(step, 2, options),
	};

	call.value =
		mmap(NULL, VALUE_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (call.value == MAP_FAILED)
		usage(step, "out of memory");
	return call;
}

static void step_socket(const struct step *step)
{
	int fd = socket(number(step, 1, families), number(step, 2, types),
			step->count > 3 ? number(step, 3, NULL) : 0);

	print_result(step, fd < 0 ? -errno : 0);
	current = fd;
}

static void step_set(const struct step *step)
{
	struct call call = call_start(step);
	int result;

	call.length = length_word(step, 5, encode(step, 3, call.value));
	if (!strcmp(step->words[0], "uring-set"))
		result = uring_sockopt(URING_SETSOCKOPT, current, call.level, call.option,
				       call.value, call.length);
	else if (!strcmp(step->words[0], "int80-set"))
		result = outside_compat(false, current, call.level, call.option, call.value,
					&(socklen_t){(socklen_t)call.length});
	else
		result = setsockopt(current, call.level, call.option, call.value, call.length)
				 ? -errno
				 : 0;
	print_result(step, result);
}

static void step_get(const struct step *step)
{
	const char *type = word(step, 3, "the type is missing");
	struct call call = call_start(step);
	socklen_t length;
	int result;

	call.length = length_word(step, 4, width_of(type) ? width_of(type) : 256);
	length = call.length;
	if (!strcmp(step->words[0], "uring-get")) {
		result = uring_sockopt(URING_GETSOCKOPT, current, call.level, call.option,
				       call.value, call.length);
		if (result >= 0) {
			length = (socklen_t)result;
			result = 0;
		}
	} else if (!strcmp(step->words[0], "int80-get")) {
		result =
			outside_compat(true, current, call.level, call.option, call.value, &length);
	} else {
		result = getsockopt(current, call.level, call.option, call.value, &length) ? -errno
											   : 0;
	}
	if (result) {
		print_result(step, result);
		return;
	}
	print_start(step);
	print_value(type, call.value, length);
}

static void step_tos(const struct step *step)
{
	int tos = outside_tos(current, number(step, 1, NULL));

	if (tos < 0) {
		print_result(step, tos);
		return;
	}
	print_start(step);
	printf("%d\n", tos);
}

static void step_stamp(const struct step *step)
{
	print_result(step, outside_stamp(current));
}

struct race {
	volatile uint32_t *value;
	uint32_t good, bad;
	volatile bool stop;
};

static void *race_rewrite(void *arg)
{
	struct race *race = arg;

	while (!race->stop) {
		*race->value = race->good;
		*race->value = race->bad;
	}
	return NULL;
}

static void step_race(const struct step *step)
{
	struct call call = call_start(step);
	struct race race = {.value = (volatile uint32_t *)call.value};
	int count = number(step, 5, NULL), through = 0;
	pthread_t thread;

	race.good = (uint32_t)number(step, 3, NULL);
	race.bad = (uint32_t)number(step, 4, NULL);
	call.length = length_word(step, 6, 4);
	if (pthread_create(&thread, NULL, race_rewrite, &race))
		usage(step, "no second thread");
	while (!*race.value)
		sched_yield();
	for (int i = 0; i < count; i++) {
		uint32_t seen = 0;
		socklen_t length = sizeof(seen);

		setsockopt(current, call.level, call.option, call.value, call.length);
		getsockopt(current, call.level, call.option, &seen, &length);
		through += seen == race.bad;
	}
	race.stop = true;
	pthread_join(thread, NULL);
	print_start(step);
	printf("%d of %d\n", through, count);
}

static void lo_up(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	/* Where it is up already the right to change it may be missing; connect() will tell. */
	ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
}

static void step_accept(const struct step *step)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int client, fd = -1;

	lo_up();
	client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(current, (struct sockaddr *)&address, length) || listen(current, 1) ||
	    getsockname(current, (struct sockaddr *)&address, &length) ||
	    connect(client, (struct sockaddr *)&address, length) ||
	    (fd = accept(current, NULL, NULL)) < 0) {
		print_result(step, -errno);
		return;
	}
	current = fd;
	print_result(step, 0);
}

struct parcel {
	struct msghdr message;
	struct iovec iov;
	char byte;
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
};

static struct cmsghdr *parcel_init(struct parcel *parcel)
{
	struct cmsghdr *header;

	memset(parcel, 0, sizeof(*parcel));
	parcel->iov = (struct iovec){&parcel->byte, 1};
	parcel->message.msg_iov = &parcel->iov;
	parcel->message.msg_iovlen = 1;
	parcel->message.msg_control = &parcel->control;
	parcel->message.msg_controllen = sizeof(parcel->control);
	header = CMSG_FIRSTHDR(&parcel->message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	return header;
}

static int path_address(const struct step *step, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(address->sun_path, sizeof(address->sun_path), "%s",
		 word(step, 1, "the path is missing"));
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static void step_receive(const struct step *step)
{
	struct sockaddr_un address;
	struct parcel parcel;
	struct cmsghdr *header = parcel_init(&parcel);
	int fd = path_address(step, &address);

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    recvmsg(fd, &parcel.message, 0) < 0) {
		print_result(step, -errno);
		return;
	}
	memcpy(&current, CMSG_DATA(header), sizeof(current));
	print_result(step, 0);
}

static void step_send(const struct step *step)
{
	struct sockaddr_un address;
	struct parcel parcel;
	struct cmsghdr *header = parcel_init(&parcel);
	int fd = path_address(step, &address), tries = 500;

	memcpy(CMSG_DATA(header), &current, sizeof(current));
	while (connect(fd, (struct sockaddr *)&address, sizeof(address)) && --tries)
		usleep(10000);
	print_result(step, sendmsg(fd, &parcel.message, 0) < 0 ? -errno : 0);
}

static const struct {
	const char *name;
	void (*run)(const struct step *step);
} steps[] = {
	{"socket", step_socket}, {"set", step_set},	  {"get", step_get},
	{"uring-set", step_set}, {"int80-set", step_set}, {"int80-get", step_get},
	{"tos", step_tos},	 {"stamp", step_stamp},	  {"uring-get", step_get},
	{"race", step_race},	 {"accept", step_accept}, {"receive", step_receive},
	{"send", step_send},
};

static void run(const struct step *step)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (step->count && !strcmp(steps[i].name, step->words[0])) {
			steps[i].run(step);
			return;
		}
	}
	usage(step, "unknown");
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		struct step step = {.words = argv + i};

		while (i < argc && strcmp(argv[i], ":"))
			i++, step.count++;
		run(&step);
	}
	return 0;
}
