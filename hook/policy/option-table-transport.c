// SPDX-License-Identifier: Apache-2.0
/*
 * Levels SOL_TCP, SOL_MPTCP, SOL_UDP, SOL_UDPLITE and SOL_TLS. A shorter optlen than int is EINVAL.
 * The kernel's side is net/ipv4/tcp.c, net/mptcp/sockopt.c, net/ipv4/udp.c and net/tls/tls_main.c.
 */
#include "policy/option-table.h"

#include <linux/tcp.h>
#include <linux/tls.h>
#include <linux/mptcp.h>
#include <linux/udp.h>

/* clang-format off */
static const struct option rows[] = {
	ROW(TCP_NODELAY,		TCP, 1,  BOTH, flag),
	ROW(TCP_MAXSEG,			TCP, 2,  BOTH, int),
	ROW(TCP_CORK,			TCP, 3,  BOTH, flag),
	/* TCP refuses a negative number; MPTCP keeps it and uses the default (run on 6.18). */
	ROW(TCP_KEEPIDLE,		TCP, 4,  BOTH, u32),
	ROW(TCP_KEEPINTVL,		TCP, 5,  BOTH, u32),
	ROW(TCP_KEEPCNT,		TCP, 6,  BOTH, u32),
	ROW(TCP_SYNCNT,			TCP, 7,  BOTH, int),
	/* Negative: no FIN-WAIT-2 at all. */
	ROW(TCP_LINGER2,		TCP, 8,  BOTH, int),
	ROW(TCP_DEFER_ACCEPT,		TCP, 9,  BOTH, int),
	/* Older kernels (6.1) take a negative clamp as the largest one, newer ones as the least. */
	ROW(TCP_WINDOW_CLAMP,		TCP, 10, BOTH, u32),
	ROW(TCP_INFO,			TCP, 11, GET,  tcp_info),
	ROW(TCP_QUICKACK,		TCP, 12, BOTH, flag),
	/* Looks at TCP_CA_NAME_MAX - 1 bytes, ended by NUL or by optlen. */
	ROW(TCP_CONGESTION,		TCP, 13, BOTH, string15),
	ROW(TCP_MD5SIG,			TCP, 14, SET,  bytes),
	NEW(TCP_COOKIE_TRANSACTIONS,	TCP, 15, BOTH, bytes), /* until 3.9 */
	ROW(TCP_THIN_LINEAR_TIMEOUTS,	TCP, 16, BOTH, int),
	ROW(TCP_THIN_DUPACK,		TCP, 17, BOTH, int),
	ROW(TCP_USER_TIMEOUT,		TCP, 18, BOTH, int),
	ROW(TCP_REPAIR,			TCP, 19, BOTH, int),
	ROW(TCP_REPAIR_QUEUE,		TCP, 20, BOTH, u32),
	ROW(TCP_QUEUE_SEQ,		TCP, 21, BOTH, u32),
	ROW(TCP_REPAIR_OPTIONS,		TCP, 22, SET,  bytes),
	ROW(TCP_FASTOPEN,		TCP, 23, BOTH, int),
	ROW(TCP_TIMESTAMP,		TCP, 24, BOTH, u32),
	ROW(TCP_NOTSENT_LOWAT,		TCP, 25, BOTH, u32),
	ROW(TCP_CC_INFO,		TCP, 26, GET,  bytes),
	ROW(TCP_SAVE_SYN,		TCP, 27, BOTH, int),
	ROW(TCP_SAVED_SYN,		TCP, 28, GET,  bytes),
	ROW(TCP_REPAIR_WINDOW,		TCP, 29, BOTH, tcp_repair_window),
	ROW(TCP_FASTOPEN_CONNECT,	TCP, 30, BOTH, int),
	ROW(TCP_ULP,			TCP, 31, BOTH, string15),
	ROW(TCP_MD5SIG_EXT,		TCP, 32, SET,  bytes),
	ROW(TCP_FASTOPEN_KEY,		TCP, 33, BOTH, bytes),
	ROW(TCP_FASTOPEN_NO_COOKIE,	TCP, 34, BOTH, int),
	ROW(TCP_ZEROCOPY_RECEIVE,	TCP, 35, GET,  bytes),
	ROW(TCP_INQ,			TCP, 36, BOTH, int),
	ROW(TCP_CM_INQ,			TCP, 36, BOTH, int),
	ROW(TCP_TX_DELAY,		TCP, 37, BOTH, int),
	NEW(TCP_AO_ADD_KEY,		TCP, 38, SET,  bytes),
	NEW(TCP_AO_DEL_KEY,		TCP, 39, SET,  bytes),
	NEW(TCP_AO_INFO,		TCP, 40, BOTH, bytes),
	NEW(TCP_AO_GET_KEYS,		TCP, 41, GET,  bytes),
	NEW(TCP_AO_REPAIR,		TCP, 42, BOTH, bytes),
	NEW(TCP_IS_MPTCP,		TCP, 43, GET,  flag),
	NEW(TCP_RTO_MAX_MS,		TCP, 44, BOTH, int),
	NEW(TCP_RTO_MIN_US,		TCP, 45, BOTH, u32),
	NEW(TCP_DELACK_MAX_US,		TCP, 46, BOTH, u32),

	ROW(MPTCP_INFO,			MPTCP, 1, GET, bytes),
	ROW(MPTCP_TCPINFO,		MPTCP, 2, GET, bytes),
	ROW(MPTCP_SUBFLOW_ADDRS,	MPTCP, 3, GET, bytes),
	NEW(MPTCP_FULL_INFO,		MPTCP, 4, GET, bytes),

	ROW(TLS_TX,			TLS, 1, BOTH, bytes), /* keys, in the cipher's struct */
	ROW(TLS_RX,			TLS, 2, BOTH, bytes),
	ROW(TLS_TX_ZEROCOPY_RO,		TLS, 3, BOTH, u32),
	ROW(TLS_RX_EXPECT_NO_PAD,	TLS, 4, BOTH, u32),
	NEW(TLS_TX_MAX_PAYLOAD_LEN,	TLS, 5, BOTH, u16),

	/* Until 7.0, UDP and UDP-Lite sockets took each of these at either level. */
	ROW(UDP_CORK,			UDP,	 1,   BOTH, flag),
	ROW(UDP_CORK,			UDPLITE, 1,   BOTH, flag),
	NEW(UDPLITE_SEND_CSCOV,		UDPLITE, 10,  BOTH, int),
	NEW(UDPLITE_SEND_CSCOV,		UDP,	 10,  BOTH, int),
	NEW(UDPLITE_RECV_CSCOV,		UDPLITE, 11,  BOTH, int),
	NEW(UDPLITE_RECV_CSCOV,		UDP,	 11,  BOTH, int),
	ROW(UDP_ENCAP,			UDP,	 100, BOTH, int),
	ROW(UDP_ENCAP,			UDPLITE, 100, BOTH, int),
	ROW(UDP_NO_CHECK6_TX,		UDP,	 101, BOTH, flag),
	ROW(UDP_NO_CHECK6_TX,		UDPLITE, 101, BOTH, flag),
	ROW(UDP_NO_CHECK6_RX,		UDP,	 102, BOTH, flag),
	ROW(UDP_NO_CHECK6_RX,		UDPLITE, 102, BOTH, flag),
	ROW(UDP_SEGMENT,		UDP,	 103, BOTH, int),
	ROW(UDP_SEGMENT,		UDPLITE, 103, BOTH, int),
	ROW(UDP_GRO,			UDP,	 104, BOTH, flag),
	ROW(UDP_GRO,			UDPLITE, 104, BOTH, flag),
};
/* clang-format on */

OPTION_TABLE(transport, rows);
