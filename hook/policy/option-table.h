/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a row of the option tables is written, and where the tables are found. Included by the tables
 * and by options.c alone.
 *
 * Every row carries its number as a literal, so that it also names what the installed
 * headers are too old for; the compiler holds the literal against the header's constant.
 * Only headers below linux/ and asm/ are meant to be included beside this one: several of
 * libc's declare the same things again.
 */
#ifndef POLICY_OPTION_TABLE_H
#define POLICY_OPTION_TABLE_H

#include "policy/option-types.h"

/* The kernel's own list is in its include/linux/socket.h, which user space does not get. */
enum {
	LEVEL_IP = 0,
	LEVEL_SOCKET = 1,
	LEVEL_TCP = 6,
	LEVEL_UDP = 17,
	LEVEL_VM_SOCKETS = 40, /* AF_VSOCK: the one family whose level is its own number */
	LEVEL_IPV6 = 41,
	LEVEL_ICMPV6 = 58,
	LEVEL_SCTP = 132,
	LEVEL_UDPLITE = 136,
	LEVEL_RAW = 255,
	LEVEL_IPX = 256,
	LEVEL_AX25 = 257,
	LEVEL_ATALK = 258,
	LEVEL_NETROM = 259,
	LEVEL_ROSE = 260,
	LEVEL_DECNET = 261,
	LEVEL_X25 = 262,
	LEVEL_PACKET = 263,
	LEVEL_ATM = 264,
	LEVEL_AAL = 265,
	LEVEL_IRDA = 266,
	LEVEL_NETBEUI = 267,
	LEVEL_LLC = 268,
	LEVEL_DCCP = 269,
	LEVEL_NETLINK = 270,
	LEVEL_TIPC = 271,
	LEVEL_RXRPC = 272,
	LEVEL_PPPOL2TP = 273,
	LEVEL_BLUETOOTH = 274,
	LEVEL_PNPIPE = 275,
	LEVEL_RDS = 276,
	LEVEL_IUCV = 277,
	LEVEL_CAIF = 278,
	LEVEL_ALG = 279,
	LEVEL_NFC = 280,
	LEVEL_KCM = 281,
	LEVEL_TLS = 282,
	LEVEL_XDP = 283,
	LEVEL_MPTCP = 284,
	LEVEL_MCTP = 285,
	LEVEL_SMC = 286,
	LEVEL_VSOCK = 287,
	/* These share a number with an IP protocol; the socket's family tells them apart. */
	LEVEL_HCI = 0,
	LEVEL_L2CAP = 6,
	LEVEL_SCO = 17,
	LEVEL_RFCOMM = 18,
	LEVEL_CAN_BASE = 100,
	LEVEL_CAN_RAW = 101,
	LEVEL_CAN_ISOTP = 106,
	LEVEL_CAN_J1939 = 107,
};

#define CALL_SET CALL_SETSOCKOPT
#define CALL_GET CALL_GETSOCKOPT

/* @number, or an array of negative size where @condition does not hold. */
#define NUMBER_IF(number, condition) ((number) + 0 * sizeof(char[(condition) ? 1 : -1]))
#define TEXT_OF(token)		     #token
#define EXPANDED(token)		     TEXT_OF(token)

/* clang-format off */
/*
 * ROW(SO_RCVBUF, SOCKET, 8, BOTH, u32): a constant that every supported header has. Names are
 * pasted here and not further in, since CAN_RAW and others are macros of the headers as well.
 */
#define ROW(constant, lvl, number, call, value) {                                              \
	.name = #constant, .level = LEVEL_##lvl, .calls = CALL_##call,                         \
	.type = &option_type_##value,                                                          \
	.optname = NUMBER_IF(number, (constant) == (number)) }

/* A name of the row's own for a number that the header knows as @constant. */
#define ALIAS(text, constant, lvl, number, call, value) {                                      \
	.name = #text, .level = LEVEL_##lvl, .calls = CALL_##call,                             \
	.type = &option_type_##value,                                                          \
	.optname = NUMBER_IF(number, (constant) == (number)) }

/* A constant newer than some headers, or libc's alone: checked where it is a plain number. */
#define NEW(constant, lvl, number, call, value) {                                              \
	.name = #constant, .level = LEVEL_##lvl, .calls = CALL_##call,                         \
	.type = &option_type_##value,                                                          \
	.optname = NUMBER_IF(number, !__builtin_strcmp(EXPANDED(constant), #constant) ||       \
				     !__builtin_strcmp(EXPANDED(constant), #number)) }
/* clang-format on */

struct option_table {
	const struct option *rows;
	size_t count;
};

#define OPTION_TABLE(id, array)                                                                    \
	const struct option_table option_table_##id = {(array), sizeof(array) / sizeof((array)[0])}

extern const struct option_table option_table_socket;
extern const struct option_table option_table_ip;
extern const struct option_table option_table_ipv6;
extern const struct option_table option_table_transport;
extern const struct option_table option_table_link;
extern const struct option_table option_table_netfilter;
extern const struct option_table option_table_sctp;
extern const struct option_table option_table_other;

#endif
