// SPDX-License-Identifier: Apache-2.0
/*
 * Level SOL_IP without netfilter. These also work on AF_INET6 sockets. The kernel's side is
 * net/ipv4/ip_sockglue.c: do_ip_setsockopt() reads its integers from 4 bytes, from one byte where
 * optlen is 1 to 3, and takes 0 where optlen is 0 (some options then refuse, which does no harm).
 */
#include "policy/option-table.h"

#include <linux/in.h>

/* clang-format off */
static const struct option rows[] = {
	/* An int stored in eight bits: 0x1b8 sets 0xb8. */
	ROW(IP_TOS,			IP, 1,  BOTH, ip_tos),
	/* -1 means the default of the namespace, which may be above a bound. */
	ROW(IP_TTL,			IP, 2,  BOTH, ip_u32),
	ROW(IP_HDRINCL,			IP, 3,  BOTH, ip_flag),
	ROW(IP_OPTIONS,			IP, 4,  BOTH, bytes),
	ROW(IP_ROUTER_ALERT,		IP, 5,  BOTH, ip_flag),
	ROW(IP_RECVOPTS,		IP, 6,  BOTH, ip_flag),
	ROW(IP_RETOPTS,			IP, 7,  BOTH, ip_flag),
	ROW(IP_RECVRETOPTS,		IP, 7,  BOTH, ip_flag),
	ROW(IP_PKTINFO,			IP, 8,  BOTH, ip_flag),
	ROW(IP_PKTOPTIONS,		IP, 9,  GET,  bytes),
	ROW(IP_MTU_DISCOVER,		IP, 10, BOTH, ip_int),
	ROW(IP_RECVERR,			IP, 11, BOTH, ip_flag),
	ROW(IP_RECVTTL,			IP, 12, BOTH, ip_flag),
	ROW(IP_RECVTOS,			IP, 13, BOTH, ip_flag),
	ROW(IP_MTU,			IP, 14, GET,  int),
	ROW(IP_FREEBIND,		IP, 15, BOTH, ip_flag),
	ROW(IP_IPSEC_POLICY,		IP, 16, SET,  bytes),
	ROW(IP_XFRM_POLICY,		IP, 17, SET,  bytes),
	ROW(IP_PASSSEC,			IP, 18, BOTH, ip_flag),
	ROW(IP_TRANSPARENT,		IP, 19, BOTH, ip_flag),
	ROW(IP_RECVORIGDSTADDR,		IP, 20, BOTH, ip_flag),
	ROW(IP_ORIGDSTADDR,		IP, 20, BOTH, ip_flag),
	ROW(IP_MINTTL,			IP, 21, BOTH, ip_int),
	ROW(IP_NODEFRAG,		IP, 22, BOTH, ip_flag),
	ROW(IP_CHECKSUM,		IP, 23, BOTH, ip_flag),
	ROW(IP_BIND_ADDRESS_NO_PORT,	IP, 24, BOTH, ip_flag),
	ROW(IP_RECVFRAGSIZE,		IP, 25, BOTH, ip_flag),
	ROW(IP_RECVERR_RFC4884,		IP, 26, BOTH, ip_int),
	/* An address of 4 bytes, an ip_mreq of 8, or an ip_mreqn of 12; reports the address. */
	ROW(IP_MULTICAST_IF,		IP, 32, SET,  ip_mreqn),
	ROW(IP_MULTICAST_IF,		IP, 32, GET,  bytes4),
	ROW(IP_MULTICAST_TTL,		IP, 33, BOTH, ip_mcast_ttl),
	ROW(IP_MULTICAST_LOOP,		IP, 34, BOTH, ip_flag),
	ROW(IP_ADD_MEMBERSHIP,		IP, 35, SET,  ip_mreqn),
	ROW(IP_DROP_MEMBERSHIP,		IP, 36, SET,  ip_mreqn),
	ROW(IP_UNBLOCK_SOURCE,		IP, 37, SET,  bytes12), /* struct ip_mreq_source */
	ROW(IP_BLOCK_SOURCE,		IP, 38, SET,  bytes12),
	ROW(IP_ADD_SOURCE_MEMBERSHIP,	IP, 39, SET,  bytes12),
	ROW(IP_DROP_SOURCE_MEMBERSHIP,	IP, 40, SET,  bytes12),
	ROW(IP_MSFILTER,		IP, 41, BOTH, bytes),
	ROW(MCAST_JOIN_GROUP,		IP, 42, SET,  group_req),
	ROW(MCAST_BLOCK_SOURCE,		IP, 43, SET,  bytes), /* group_source_req: 264 bytes */
	ROW(MCAST_UNBLOCK_SOURCE,	IP, 44, SET,  bytes),
	ROW(MCAST_LEAVE_GROUP,		IP, 45, SET,  group_req),
	ROW(MCAST_JOIN_SOURCE_GROUP,	IP, 46, SET,  bytes),
	ROW(MCAST_LEAVE_SOURCE_GROUP,	IP, 47, SET,  bytes),
	ROW(MCAST_MSFILTER,		IP, 48, BOTH, bytes),
	ROW(IP_MULTICAST_ALL,		IP, 49, BOTH, ip_int),
	/* An interface's number in network byte order: a bound on it would compare nonsense. */
	ROW(IP_UNICAST_IF,		IP, 50, BOTH, bytes4),
	/* The lower port in the low half, the upper one in the high half; optlen must be 4. */
	NEW(IP_LOCAL_PORT_RANGE,	IP, 51, BOTH, u32),
	NEW(IP_PROTOCOL,		IP, 52, GET,  int),
};
/* clang-format on */

OPTION_TABLE(ip, rows);
