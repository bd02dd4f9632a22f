// SPDX-License-Identifier: Apache-2.0
/*
 * Level SOL_SOCKET. A shorter optlen than int is EINVAL for all but SO_BINDTODEVICE; the kernel's
 * side is net/core/sock.c, sk_setsockopt() and sk_getsockopt().
 */
#include "policy/option-table.h"

#include <asm/socket.h>
#include <linux/types.h>

/* clang-format off */
static const struct option rows[] = {
	ROW(SO_DEBUG,			SOCKET, 1,  BOTH, flag),
	ROW(SO_REUSEADDR,		SOCKET, 2,  BOTH, flag),
	ROW(SO_TYPE,			SOCKET, 3,  GET,  int),
	ROW(SO_ERROR,			SOCKET, 4,  GET,  int),
	ROW(SO_DONTROUTE,		SOCKET, 5,  BOTH, flag),
	ROW(SO_BROADCAST,		SOCKET, 6,  BOTH, flag),
	/* min_t(u32, …): a negative size is a large one. */
	ROW(SO_SNDBUF,			SOCKET, 7,  BOTH, u32),
	ROW(SO_RCVBUF,			SOCKET, 8,  BOTH, u32),
	ROW(SO_KEEPALIVE,		SOCKET, 9,  BOTH, flag),
	ROW(SO_OOBINLINE,		SOCKET, 10, BOTH, flag),
	ROW(SO_NO_CHECK,		SOCKET, 11, BOTH, flag),
	/* Kept as u32: -1 is the highest priority, for those who may. */
	ROW(SO_PRIORITY,		SOCKET, 12, BOTH, u32),
	ROW(SO_LINGER,			SOCKET, 13, BOTH, linger),
	ROW(SO_BSDCOMPAT,		SOCKET, 14, BOTH, none),
	ROW(SO_REUSEPORT,		SOCKET, 15, BOTH, flag),
	ROW(SO_PASSCRED,		SOCKET, 16, BOTH, flag),
	ROW(SO_PEERCRED,		SOCKET, 17, GET,  ucred),
	/* Negative means INT_MAX. */
	ROW(SO_RCVLOWAT,		SOCKET, 18, BOTH, u32),
	ROW(SO_SNDLOWAT,		SOCKET, 19, BOTH, int),
	ROW(SO_RCVTIMEO,		SOCKET, 20, BOTH, timeval),
	ALIAS(SO_RCVTIMEO, SO_RCVTIMEO_NEW, SOCKET, 66, BOTH, timeval),
	ROW(SO_RCVTIMEO_OLD,		SOCKET, 20, BOTH, timeval),
	ROW(SO_RCVTIMEO_NEW,		SOCKET, 66, BOTH, timeval),
	ROW(SO_SNDTIMEO,		SOCKET, 21, BOTH, timeval),
	ALIAS(SO_SNDTIMEO, SO_SNDTIMEO_NEW, SOCKET, 67, BOTH, timeval),
	ROW(SO_SNDTIMEO_OLD,		SOCKET, 21, BOTH, timeval),
	ROW(SO_SNDTIMEO_NEW,		SOCKET, 67, BOTH, timeval),
	ROW(SO_SECURITY_AUTHENTICATION, SOCKET, 22, BOTH, none),
	ROW(SO_SECURITY_ENCRYPTION_TRANSPORT, SOCKET, 23, BOTH, none),
	ROW(SO_SECURITY_ENCRYPTION_NETWORK, SOCKET, 24, BOTH, none),
	/* Looks at IFNAMSIZ - 1 bytes, ended by NUL or by optlen. */
	ROW(SO_BINDTODEVICE,		SOCKET, 25, BOTH, string15),
	ROW(SO_ATTACH_FILTER,		SOCKET, 26, SET,  bytes16), /* sock_fprog: has a pointer */
	ROW(SO_GET_FILTER,		SOCKET, 26, GET,  bytes),
	/* The value must be there, and is not looked at. */
	ROW(SO_DETACH_FILTER,		SOCKET, 27, SET,  none),
	ROW(SO_DETACH_BPF,		SOCKET, 27, SET,  none),
	ROW(SO_PEERNAME,		SOCKET, 28, GET,  bytes),
	ROW(SO_TIMESTAMP,		SOCKET, 29, BOTH, flag),
	ALIAS(SO_TIMESTAMP, SO_TIMESTAMP_NEW, SOCKET, 63, BOTH, flag),
	ROW(SO_TIMESTAMP_OLD,		SOCKET, 29, BOTH, flag),
	ROW(SO_TIMESTAMP_NEW,		SOCKET, 63, BOTH, flag),
	ROW(SO_ACCEPTCONN,		SOCKET, 30, GET,  flag),
	ROW(SO_PEERSEC,			SOCKET, 31, GET,  bytes),
	/* Doubled, not capped; negative means 0. */
	ROW(SO_SNDBUFFORCE,		SOCKET, 32, SET,  int),
	ROW(SO_RCVBUFFORCE,		SOCKET, 33, SET,  int),
	ROW(SO_PASSSEC,			SOCKET, 34, BOTH, flag),
	ROW(SO_TIMESTAMPNS,		SOCKET, 35, BOTH, flag),
	ALIAS(SO_TIMESTAMPNS, SO_TIMESTAMPNS_NEW, SOCKET, 64, BOTH, flag),
	ROW(SO_TIMESTAMPNS_OLD,		SOCKET, 35, BOTH, flag),
	ROW(SO_TIMESTAMPNS_NEW,		SOCKET, 64, BOTH, flag),
	ROW(SO_MARK,			SOCKET, 36, BOTH, u32),
	/* Flags, and where optlen is 8 the number of a PTP clock behind them. */
	ROW(SO_TIMESTAMPING,		SOCKET, 37, BOTH, u32),
	ALIAS(SO_TIMESTAMPING, SO_TIMESTAMPING_NEW, SOCKET, 65, BOTH, u32),
	ROW(SO_TIMESTAMPING_OLD,	SOCKET, 37, BOTH, u32),
	ROW(SO_TIMESTAMPING_NEW,	SOCKET, 65, BOTH, u32),
	ROW(SO_PROTOCOL,		SOCKET, 38, GET,  int),
	ROW(SO_DOMAIN,			SOCKET, 39, GET,  int),
	ROW(SO_RXQ_OVFL,		SOCKET, 40, BOTH, flag),
	ROW(SO_WIFI_STATUS,		SOCKET, 41, BOTH, flag),
	ROW(SO_PEEK_OFF,		SOCKET, 42, BOTH, int),
	ROW(SO_NOFCS,			SOCKET, 43, BOTH, flag),
	ROW(SO_LOCK_FILTER,		SOCKET, 44, BOTH, flag),
	ROW(SO_SELECT_ERR_QUEUE,	SOCKET, 45, BOTH, flag),
	ROW(SO_BUSY_POLL,		SOCKET, 46, BOTH, int),
	/* unsigned long where optlen allows; ~0 of either width is "no limit". */
	ROW(SO_MAX_PACING_RATE,		SOCKET, 47, BOTH, rate),
	ROW(SO_BPF_EXTENSIONS,		SOCKET, 48, GET,  int),
	ROW(SO_INCOMING_CPU,		SOCKET, 49, BOTH, int),
	ROW(SO_ATTACH_BPF,		SOCKET, 50, SET,  int),
	ROW(SO_ATTACH_REUSEPORT_CBPF,	SOCKET, 51, SET,  bytes16),
	ROW(SO_ATTACH_REUSEPORT_EBPF,	SOCKET, 52, SET,  int),
	ROW(SO_CNX_ADVICE,		SOCKET, 53, SET,  int),
	ROW(SO_MEMINFO,			SOCKET, 55, GET,  bytes),
	ROW(SO_INCOMING_NAPI_ID,	SOCKET, 56, GET,  u32),
	ROW(SO_COOKIE,			SOCKET, 57, GET,  u64),
	ROW(SO_PEERGROUPS,		SOCKET, 59, GET,  bytes),
	ROW(SO_ZEROCOPY,		SOCKET, 60, BOTH, int),
	ROW(SO_TXTIME,			SOCKET, 61, BOTH, sock_txtime),
	ROW(SO_BINDTOIFINDEX,		SOCKET, 62, BOTH, int),
	ROW(SO_DETACH_REUSEPORT_BPF,	SOCKET, 68, SET,  none),
	ROW(SO_PREFER_BUSY_POLL,	SOCKET, 69, BOTH, flag),
	ROW(SO_BUSY_POLL_BUDGET,	SOCKET, 70, BOTH, int),
	ROW(SO_NETNS_COOKIE,		SOCKET, 71, GET,  u64),
	ROW(SO_BUF_LOCK,		SOCKET, 72, BOTH, u32),
	ROW(SO_RESERVE_MEM,		SOCKET, 73, BOTH, int),
	/* -1 means the sysctl's choice, which may be more than a bound allows. */
	ROW(SO_TXREHASH,		SOCKET, 74, BOTH, u32),
	ROW(SO_RCVMARK,			SOCKET, 75, BOTH, flag),
	NEW(SO_PASSPIDFD,		SOCKET, 76, BOTH, flag),
	NEW(SO_PEERPIDFD,		SOCKET, 77, GET,  int),
	NEW(SO_DEVMEM_LINEAR,		SOCKET, 78, BOTH, none), /* control messages only, so far */
	NEW(SO_DEVMEM_DMABUF,		SOCKET, 79, BOTH, none),
	NEW(SO_DEVMEM_DONTNEED,		SOCKET, 80, SET,  bytes),
	NEW(SO_RCVPRIORITY,		SOCKET, 82, BOTH, flag),
	NEW(SO_PASSRIGHTS,		SOCKET, 83, BOTH, flag),
	NEW(SO_INQ,			SOCKET, 84, BOTH, int),
};
/* clang-format on */

OPTION_TABLE(socket, rows);
