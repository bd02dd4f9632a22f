// SPDX-License-Identifier: Apache-2.0
/* Tables of names, and values in and out. */
#include "probe-words.h"

#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

const struct name families[] = {
	{"unix", AF_UNIX},	 {"inet", AF_INET},	{"inet6", AF_INET6},
	{"netlink", AF_NETLINK}, {"packet", AF_PACKET}, {},
};

const struct name types[] = {
	{"stream", SOCK_STREAM},
	{"dgram", SOCK_DGRAM},
	{"raw", SOCK_RAW},
	{},
};

const struct name levels[] = {
	{"ip", IPPROTO_IP},	{"socket", SOL_SOCKET}, {"tcp", IPPROTO_TCP}, {"udp", IPPROTO_UDP},
	{"ipv6", IPPROTO_IPV6}, {"netlink", 270},	{"packet", 263},      {},
};

const struct name options[] = {
	{"SO_REUSEADDR", SO_REUSEADDR},
	{"SO_TYPE", SO_TYPE},
	{"SO_SNDBUF", SO_SNDBUF},
	{"SO_RCVBUF", SO_RCVBUF},
	{"SO_KEEPALIVE", SO_KEEPALIVE},
	{"SO_PRIORITY", SO_PRIORITY},
	{"SO_TIMESTAMP", SO_TIMESTAMP},
	{"SO_LINGER", SO_LINGER},
	{"SO_BINDTODEVICE", SO_BINDTODEVICE},
	{"SO_RCVBUFFORCE", SO_RCVBUFFORCE},
	{"SO_MARK", SO_MARK},
	{"IP_TOS", IP_TOS},
	{"IP_TTL", IP_TTL},
	{"IP_TRANSPARENT", IP_TRANSPARENT},
	{"IPV6_TCLASS", IPV6_TCLASS},
	{"TCP_NODELAY", TCP_NODELAY},
	{"TCP_MAXSEG", TCP_MAXSEG},
	{"TCP_KEEPIDLE", TCP_KEEPIDLE},
	{"TCP_CONGESTION", TCP_CONGESTION},
	{},
};

void usage(const struct step *step, const char *what)
{
	fprintf(stderr, "probe: step \"%s\": %s\n", step->count ? step->words[0] : "", what);
	exit(2);
}

const char *word(const struct step *step, int at, const char *what)
{
	if (at >= step->count)
		usage(step, what);
	return step->words[at];
}

int number(const struct step *step, int at, const struct name *names)
{
	const char *text = word(step, at, "a word is missing");
	char *end;
	long value;

	for (; names && names->name; names++)
		if (!strcmp(names->name, text))
			return names->number;
	value = strtol(text, &end, 0);
	if (*end || end == text)
		usage(step, "a word is neither a known name nor a number");
	return (int)value;
}

size_t length_word(const struct step *step, int at, size_t otherwise)
{
	if (at >= step->count)
		return otherwise;
	if (strcmp(step->words[at], "len"))
		usage(step, "only \"len N\" may follow here");
	return (size_t)number(step, at + 1, NULL);
}

size_t width_of(const char *type)
{
	if (!strcmp(type, "u8"))
		return 1;
	if (!strcmp(type, "int") || !strcmp(type, "u32"))
		return 4;
	return !strcmp(type, "u64") ? 8 : 0;
}

static size_t encode_hex(const struct step *step, const char *text, uint8_t *value)
{
	size_t length = strlen(text) / 2, i;

	for (i = 0; i < length && i < VALUE_MAX; i++)
		if (sscanf(text + 2 * i, "%2hhx", &value[i]) != 1)
			usage(step, "no hexadecimal value");
	return i;
}

size_t encode(const struct step *step, int at, uint8_t *value)
{
	const char *type = word(step, at, "the type is missing");
	const char *text = word(step, at + 1, "the value is missing");
	uint64_t integer;

	if (!strcmp(type, "hex"))
		return encode_hex(step, text, value);
	if (!strcmp(type, "string"))
		return (size_t)snprintf((char *)value, VALUE_MAX, "%s", text);
	if (!width_of(type))
		usage(step, "unknown type of value");
	integer = strtoull(text, NULL, 0);
	memcpy(value, &integer, width_of(type)); /* little-endian hosts only: a test program */
	return width_of(type);
}

void print_value(const char *type, const uint8_t *value, size_t length)
{
	size_t width = width_of(type), i;
	uint64_t integer = 0;

	if (!strcmp(type, "string")) {
		printf("%.*s", (int)strnlen((const char *)value, length), (const char *)value);
	} else if (width) {
		memcpy(&integer, value, length < width ? length : width);
		if (!strcmp(type, "int"))
			printf("%d", (int)integer);
		else
			printf("%llu", (unsigned long long)integer);
	} else {
		for (i = 0; i < length; i++)
			printf("%02x", value[i]);
	}
	printf(" len %zu\n", length);
}
