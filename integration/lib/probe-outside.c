// SPDX-License-Identifier: Apache-2.0
/* 32-bit calls, control messages, ioctl: see probe-outside.h. */
#include "probe-outside.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>

#include "probe-words.h"

#ifdef __x86_64__
#define I386_GETSOCKOPT 365
#define I386_SETSOCKOPT 366

int outside_compat(bool get, int fd, int level, int option, void *value, socklen_t *length)
{
	/* What a 32-bit call points to lies below 4 GiB. */
	uint8_t *low = mmap(NULL, VALUE_MAX + sizeof(*length), PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	socklen_t *low_length = (socklen_t *)(low + VALUE_MAX);
	long result, last;

	if (low == MAP_FAILED)
		return -errno;
	memcpy(low, value, *length);
	*low_length = *length;
	last = get ? (long)low_length : (long)*length;
	asm volatile("int $0x80"
		     : "=a"(result)
		     : "a"((long)(get ? I386_GETSOCKOPT : I386_SETSOCKOPT)), "b"((long)fd),
		       "c"((long)level), "d"((long)option), "S"(low), "D"(last)
		     : "memory", "r8", "r9", "r10", "r11");
	*length = *low_length;
	memcpy(value, low, *length);
	munmap(low, VALUE_MAX + sizeof(*length));
	return (int)result;
}
#else
int outside_compat(bool get, int fd, int level, int option, void *value, socklen_t *length)
{
	(void)get, (void)fd, (void)level, (void)option, (void)value, (void)length;
	return -ENOSYS;
}
#endif

union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static struct msghdr message_of(struct iovec *iov, union control *control)
{
	memset(control, 0, sizeof(*control));
	return (struct msghdr){.msg_iov = iov,
			       .msg_iovlen = 1,
			       .msg_control = control,
			       .msg_controllen = sizeof(*control)};
}

/* Bound and connected to itself. */
static int to_itself(int fd)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);

	if (bind(fd, (struct sockaddr *)&address, length) ||
	    getsockname(fd, (struct sockaddr *)&address, &length) ||
	    connect(fd, (struct sockaddr *)&address, length))
		return -errno;
	return 0;
}

int outside_tos(int fd, int tos)
{
	char byte = 0;
	struct iovec iov = {&byte, 1};
	union control control;
	struct msghdr message = message_of(&iov, &control);
	int on = 1, r = to_itself(fd);

	if (r)
		return r;
	control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)),
					  .cmsg_level = IPPROTO_IP,
					  .cmsg_type = IP_TOS};
	memcpy(CMSG_DATA(&control.header), &tos, sizeof(tos));
	if (setsockopt(fd, IPPROTO_IP, IP_RECVTOS, &on, sizeof(on)) || sendmsg(fd, &message, 0) < 0)
		return -errno;
	message = message_of(&iov, &control);
	if (recvmsg(fd, &message, 0) < 0)
		return -errno;
	return message.msg_controllen ? *(uint8_t *)CMSG_DATA(&control.header) : -ENODATA;
}

int outside_stamp(int fd)
{
	struct timeval when;
	char byte = 0;
	int r = to_itself(fd);

	/* Asking is what makes the kernel note the times of what comes from then on. */
	for (int i = 0; i < 2 && !r; i++) {
		if (send(fd, &byte, 1, 0) < 0 || recv(fd, &byte, 1, 0) < 0)
			return -errno;
		r = ioctl(fd, SIOCGSTAMP, &when) && i ? -errno : 0;
	}
	return r;
}
