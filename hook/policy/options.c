// SPDX-License-Identifier: Apache-2.0
/*
 * Look-ups in the tables of options and levels. The rows themselves are in
 * option-table-*.c, the groups in groups.c. Where several rows answer, the first one does:
 * tables put the usual name first.
 */
#include "policy/options.h"

#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "policy/option-table.h"

#define ROWS_MAX 1024

static const struct option_table *const tables[] = {
	&option_table_socket, &option_table_ip,	       &option_table_ipv6, &option_table_transport,
	&option_table_link,   &option_table_netfilter, &option_table_sctp, &option_table_other,
};

/* A level that libc knows, held against its constant; and one that it does not. */
#define LEVEL(id)                                                                                  \
	{                                                                                          \
		"SOL_" #id, NUMBER_IF(LEVEL_##id, SOL_##id == LEVEL_##id)                          \
	}
#define LEVEL_AS(text, id)                                                                         \
	{                                                                                          \
		text, LEVEL_##id                                                                   \
	}

static const struct option_level levels[] = {
	LEVEL(SOCKET),
	LEVEL(IP),
	LEVEL(IPV6),
	LEVEL(ICMPV6),
	LEVEL(RAW),
	LEVEL(TCP),
	LEVEL(MPTCP),
	LEVEL(UDP),
	LEVEL_AS("SOL_UDPLITE", UDPLITE),
	LEVEL(TLS),
	LEVEL_AS("SOL_SCTP", SCTP),
	LEVEL(DCCP),
	LEVEL(NETLINK),
	LEVEL(PACKET),
	LEVEL(XDP),
	LEVEL_AS("AF_VSOCK", VM_SOCKETS),
	LEVEL_AS("SOL_VSOCK", VSOCK),
	LEVEL_AS("SOL_CAN_BASE", CAN_BASE),
	LEVEL_AS("SOL_CAN_RAW", CAN_RAW),
	LEVEL_AS("SOL_CAN_ISOTP", CAN_ISOTP),
	LEVEL_AS("SOL_CAN_J1939", CAN_J1939),
	LEVEL(BLUETOOTH),
	LEVEL_AS("SOL_HCI", HCI),
	LEVEL_AS("SOL_L2CAP", L2CAP),
	LEVEL_AS("SOL_SCO", SCO),
	LEVEL_AS("SOL_RFCOMM", RFCOMM),
	LEVEL(ALG),
	LEVEL(TIPC),
	LEVEL(RDS),
	LEVEL(SMC),
	LEVEL(RXRPC),
	LEVEL(KCM),
	LEVEL(PPPOL2TP),
	LEVEL(LLC),
	LEVEL(NFC),
	LEVEL(IUCV),
	LEVEL(CAIF),
	LEVEL(PNPIPE),
	LEVEL(MCTP),
	LEVEL(ATM),
	LEVEL(AAL),
	LEVEL(X25),
	LEVEL_AS("SOL_AX25", AX25),
	LEVEL_AS("SOL_NETROM", NETROM),
	LEVEL_AS("SOL_ROSE", ROSE),
	LEVEL_AS("SOL_IPX", IPX),
	LEVEL_AS("SOL_ATALK", ATALK),
	LEVEL(DECNET),
	LEVEL(IRDA),
	LEVEL(NETBEUI),
};

const struct option *options_all(size_t *count)
{
	static struct option rows[ROWS_MAX];
	static size_t n_rows;

	for (size_t i = 0, n = 0; !n_rows && i < ARRAY_SIZE(tables); i++) {
		assert(n + tables[i]->count <= ARRAY_SIZE(rows));
		memcpy(&rows[n], tables[i]->rows, tables[i]->count * sizeof(rows[0]));
		n += tables[i]->count;
		if (i + 1 == ARRAY_SIZE(tables))
			n_rows = n;
	}
	*count = n_rows;
	return rows;
}

const struct option_level *levels_all(size_t *count)
{
	*count = ARRAY_SIZE(levels);
	return levels;
}

/* Two names of options mostly part within their first letters, where a call costs more. */
static bool same_name(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

/*
 * These two go through the tables themselves: the pages of the copy that options_all() makes cost
 * every container more than the search does.
 */
const struct option *option_by_name(const char *name, const struct option *prev)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		const struct option *o = tables[i]->rows, *end = o + tables[i]->count;

		if (prev && (prev < o || prev >= end))
			continue;
		for (o = prev ? prev + 1 : o; o < end; o++)
			if (same_name(o->name, name))
				return o;
		prev = NULL;
	}
	return NULL;
}

const struct option *option_by_number(uint32_t level, uint32_t optname, unsigned int call)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		const struct option *o = tables[i]->rows, *end = o + tables[i]->count;

		for (; o < end; o++)
			if (o->level == level && o->optname == optname && (o->calls & call))
				return o;
	}
	return NULL;
}

const struct option_level *level_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		if (!strcmp(levels[i].name, name))
			return &levels[i];
	return NULL;
}

const char *level_name(uint32_t level)
{
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		if (levels[i].level == level)
			return levels[i].name;
	return NULL;
}
