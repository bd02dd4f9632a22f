// SPDX-License-Identifier: Apache-2.0
/*
 * Emulated options: what a socket keeps is its own, goes with it to the sockets it accepts, and
 * belongs to one policy's cgroup.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "test/kernel.h"

#define LEVEL 200

static void check_apart(void)
{
	struct site site;
	int one, two;

	site_open(&site, POLICY(BOTH("200/1:int", "'emulate','initial':5") "," BOTH("200/2:int",
										    "'emulate'")));
	one = open_socket(AF_INET, SOCK_STREAM, 0);
	two = open_socket(AF_UNIX, SOCK_DGRAM, 0);
	is_int(get_int(one, LEVEL, 1), 5, "the initial value");
	is_int(get_int(one, LEVEL, 2), 0, "no initial value: zero");
	is_int(set_int(one, LEVEL, 1, 11), 0, "set on one socket");
	is_int(set_int(two, LEVEL, 1, -22), 0, "set on another");
	is_int(get_int(one, LEVEL, 1), 11, "kept by the one");
	is_int(get_int(two, LEVEL, 1), -22, "kept by the other");
	is_int(get_int(one, LEVEL, 2), 0, "another option is not touched");
	is_int(set_int(one, LEVEL, 1, 12), 0, "set again");
	is_int(get_int(one, LEVEL, 1), 12, "the last value counts");
	is_int(set_int(one, LEVEL, 3, 1), -ENOPROTOOPT, "an option that no rule names");
	close(one);
	one = open_socket(AF_INET, SOCK_STREAM, 0);
	is_int(get_int(one, LEVEL, 1), 5, "a new socket starts anew");
	close(one);
	close(two);
	site_close(&site);
}

/* The kernel's own option is covered, not set. */
static void check_cover(void)
{
	uint32_t memory[16] = {0}; /* SO_MEMINFO; [1]: the receive buffer */
	socklen_t length = sizeof(memory);
	struct site site;
	int fd;

	site_open(&site, POLICY(BOTH("SO_RCVBUF", "'emulate','initial':5000")));
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	is_int(set_int(fd, SOL_SOCKET, SO_RCVBUF, 33333), 0, "a known option");
	is_int(get_int(fd, SOL_SOCKET, SO_RCVBUF), 33333, "reported as it was set");
	get_raw(fd, SOL_SOCKET, SO_MEMINFO, memory, &length);
	ok(memory[1] && memory[1] != 66666, "and the kernel was not asked");
	close(fd);
	site_close(&site);
}

static void check_accept(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int listener, client, accepted;
	struct site site;

	site_open(&site, POLICY(BOTH("200/1:int", "'emulate','initial':5")));
	listener = open_socket(AF_INET, SOCK_STREAM, 0);
	client = open_socket(AF_INET, SOCK_STREAM, 0);
	set_int(listener, LEVEL, 1, 33);
	if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&address, &length) ||
	    connect(client, (struct sockaddr *)&address, length))
		bail_out("a connection over the loopback: %s", strerror(errno));
	accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	is_int(get_int(accepted, LEVEL, 1), 33, "an accepted socket inherits");
	is_int(get_int(client, LEVEL, 1), 5, "its peer does not");
	set_int(accepted, LEVEL, 1, 44);
	is_int(get_int(accepted, LEVEL, 1), 44, "an accepted socket has a value of its own");
	is_int(get_int(listener, LEVEL, 1), 33, "its listener keeps its own");
	close(accepted);
	close(client);
	close(listener);
	site_close(&site);
}

/* All eight at once, of each kind and size. */
static void check_eight(void)
{
	static const char policy[] =
		POLICY("{'calls':['setsockopt','getsockopt'],'options':['200/1:u8',"
		       "'200/2:int','200/3:u64','200/4:linger','200/5:string','200/6:bytes',"
		       "'200/7:timeval','200/8:u32'],'action':'emulate'}");
	static const size_t sizes[] = {1, 4, 8, 8, 20, 256, 16, 4};
	char value[256], told[300];
	struct site site;
	int fd;

	site_open(&site, policy);
	fd = open_socket(AF_INET, SOCK_DGRAM, 0);
	for (int i = 0; i < 8; i++) {
		memset(value, 'a' + i, sizeof(value));
		is_int(set_raw(fd, LEVEL, i + 1, value, sizes[i]), 0,
		       "eight emulated options: set");
	}
	for (int i = 0; i < 8; i++) {
		socklen_t length = sizeof(told);

		memset(value, 'a' + i, sizeof(value));
		if (!ok(!get_raw(fd, LEVEL, i + 1, told, &length) && length == sizes[i] &&
				!memcmp(told, value, length),
			"eight emulated options: %d reported", i + 1))
			diag("%u bytes, expected %zu", length, sizes[i]);
	}
	is_result(set_raw(fd, LEVEL, 6, value, 257), -EINVAL, "more bytes than a socket keeps");
	is_int(set_raw(fd, LEVEL, 6, "xyz", 3), 0, "a shorter value");
	is_int(get_raw(fd, LEVEL, 6, told, &(socklen_t){sizeof(told)}), 0,
	       "a shorter value is reported");
	ok(!memcmp(told, "xyz", 3), "a shorter value is what is reported");
	is_result(set_raw(fd, LEVEL, 2, value, 3), -EINVAL, "less than an integer");
	close(fd);
	site_close(&site);
}

static void check_nine(void)
{
	char text[512] = "{\"version\":1,\"rules\":[{\"calls\":[\"setsockopt\"],\"action\":"
			 "\"emulate\",\"options\":[";
	struct policy *policy = NULL;
	struct error err = {0};
	int r;

	for (int i = 1; i <= 9; i++)
		sprintf(text + strlen(text), "%s\"200/%d:int\"", i > 1 ? "," : "", i);
	strcat(text, "]}]}");
	r = policy_parse(text, strlen(text), &policy, &err);
	ok(r && strstr(err.text, "8"), "a ninth emulated option is refused: %s", err.text);
	policy_free(policy);
}

/* Two policies, one above the other, with eight options each: a socket keeps eight of both. */
static void check_full(void)
{
	struct site outer, inner;
	int fd, result = 0;

	site_make(&outer, NULL);
	site_make(&inner, &outer);
	site_enter(&inner);
	site_attach(&outer,
		    POLICY(RULE("'setsockopt','getsockopt'",
				"200/1:int','200/2:int','200/3:int','200/4:int", "'emulate'")));
	site_attach(&inner, POLICY(RULE("'setsockopt','getsockopt'",
					"201/1:int','201/2:int','201/3:int','201/4:int','201/5:int",
					"'emulate'")));
	fd = open_socket(AF_INET, SOCK_DGRAM, 0);
	for (int i = 1; i <= 4; i++)
		result |= set_int(fd, LEVEL, i, i);
	for (int i = 1; i <= 4; i++)
		result |= set_int(fd, LEVEL + 1, i, i);
	is_int(result, 0, "eight options of two policies on one socket");
	is_result(set_int(fd, LEVEL + 1, 5, 5), -ENOMEM, "a ninth is refused");
	is_int(set_int(fd, LEVEL + 1, 4, 9), 0, "what has a place is still set");
	is_int(get_int(fd, LEVEL + 1, 4), 9, "what has a place is still reported");
	is_int(get_int(fd, LEVEL + 1, 5), 0, "what has no place reports the initial value");
	close(fd);
	site_close(&inner);
	site_close(&outer);
}

/* A value kept under one policy is not shown under another. */
static void check_replaced(void)
{
	struct site site;
	int fd;

	site_open(&site, POLICY(BOTH("200/1:int", "'emulate','initial':5") "," BOTH("200/2:int",
										    "'emulate'")));
	fd = open_socket(AF_INET, SOCK_DGRAM, 0);
	set_int(fd, LEVEL, 1, 9);
	site_replace(&site, POLICY(BOTH("200/2:int", "'emulate','initial':6")));
	is_int(get_int(fd, LEVEL, 1), -EOPNOTSUPP, "a new policy without the option");
	is_int(get_int(fd, LEVEL, 2), 6, "a new policy's initial value");
	site_replace(&site, POLICY(BOTH("200/1:int", "'emulate','initial':5")));
	is_int(get_int(fd, LEVEL, 1), 9, "the same cgroup, the option again: what was kept");
	close(fd);
	site_close(&site);
}

static int tests(void)
{
	check_apart();
	check_cover();
	check_accept();
	check_eight();
	check_nine();
	check_full();
	check_replaced();
	return tap_done();
}

int main(void)
{
	return kernel_main(tests);
}
