// SPDX-License-Identifier: Apache-2.0
/*
 * Levels SOL_IPV6, SOL_ICMPV6 and SOL_RAW without netfilter. The kernel's side is
 * net/ipv6/ipv6_sockglue.c: do_ipv6_setsockopt() takes 0 for a shorter optlen, but
 * then most options refuse; "zero" are those that do not. net/ipv6/raw.c and
 * net/ipv4/raw.c answer for raw sockets.
 */
#include "policy/option-table.h"

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>

/* clang-format off */
static const struct option rows[] = {
	ROW(IPV6_ADDRFORM,		IPV6, 1,  BOTH, int),
	ROW(IPV6_2292PKTINFO,		IPV6, 2,  BOTH, flag),
	ROW(IPV6_2292HOPOPTS,		IPV6, 3,  BOTH, flag),
	ROW(IPV6_2292DSTOPTS,		IPV6, 4,  BOTH, flag),
	ROW(IPV6_2292RTHDR,		IPV6, 5,  BOTH, flag),
	ROW(IPV6_2292PKTOPTIONS,	IPV6, 6,  BOTH, bytes),
	/* Negative means off. A raw socket takes it at both levels. */
	ROW(IPV6_CHECKSUM,		IPV6, 7,  BOTH, int),
	ROW(IPV6_CHECKSUM,		RAW,  7,  BOTH, int),
	ROW(IPV6_2292HOPLIMIT,		IPV6, 8,  BOTH, flag),
	ROW(IPV6_NEXTHOP,		IPV6, 9,  BOTH, none), /* no socket option so far */
	ROW(IPV6_AUTHHDR,		IPV6, 10, BOTH, none),
	ROW(IPV6_FLOWINFO,		IPV6, 11, BOTH, flag),
	/* -1 means the route's default, which may be above a bound. */
	ROW(IPV6_UNICAST_HOPS,		IPV6, 16, BOTH, u32),
	ROW(IPV6_MULTICAST_IF,		IPV6, 17, BOTH, int),
	ROW(IPV6_MULTICAST_HOPS,	IPV6, 18, BOTH, mcast_hops),
	ROW(IPV6_MULTICAST_LOOP,	IPV6, 19, BOTH, int),
	NEW(IPV6_JOIN_GROUP,		IPV6, 20, SET,  ipv6_mreq),
	ROW(IPV6_ADD_MEMBERSHIP,	IPV6, 20, SET,  ipv6_mreq),
	NEW(IPV6_LEAVE_GROUP,		IPV6, 21, SET,  ipv6_mreq),
	ROW(IPV6_DROP_MEMBERSHIP,	IPV6, 21, SET,  ipv6_mreq),
	ROW(IPV6_ROUTER_ALERT,		IPV6, 22, BOTH, int),
	ROW(IPV6_MTU_DISCOVER,		IPV6, 23, BOTH, int),
	ROW(IPV6_MTU,			IPV6, 24, BOTH, int),
	ROW(IPV6_RECVERR,		IPV6, 25, BOTH, flag),
	ROW(IPV6_V6ONLY,		IPV6, 26, BOTH, flag),
	ROW(IPV6_JOIN_ANYCAST,		IPV6, 27, SET,  ipv6_mreq),
	ROW(IPV6_LEAVE_ANYCAST,		IPV6, 28, SET,  ipv6_mreq),
	ROW(IPV6_MULTICAST_ALL,		IPV6, 29, BOTH, flag),
	ROW(IPV6_ROUTER_ALERT_ISOLATE,	IPV6, 30, BOTH, flag),
	ROW(IPV6_RECVERR_RFC4884,	IPV6, 31, BOTH, int),
	ROW(IPV6_FLOWLABEL_MGR,		IPV6, 32, BOTH, bytes),
	ROW(IPV6_FLOWINFO_SEND,		IPV6, 33, BOTH, flag),
	ROW(IPV6_IPSEC_POLICY,		IPV6, 34, SET,  bytes),
	ROW(IPV6_XFRM_POLICY,		IPV6, 35, SET,  bytes),
	ROW(IPV6_HDRINCL,		IPV6, 36, BOTH, flag),
	ROW(IPV6_HDRINCL,		RAW,  36, BOTH, flag),
	ROW(MCAST_JOIN_GROUP,		IPV6, 42, SET,  group_req),
	ROW(MCAST_BLOCK_SOURCE,		IPV6, 43, SET,  bytes),
	ROW(MCAST_UNBLOCK_SOURCE,	IPV6, 44, SET,  bytes),
	ROW(MCAST_LEAVE_GROUP,		IPV6, 45, SET,  group_req),
	ROW(MCAST_JOIN_SOURCE_GROUP,	IPV6, 46, SET,  bytes),
	ROW(MCAST_LEAVE_SOURCE_GROUP,	IPV6, 47, SET,  bytes),
	ROW(MCAST_MSFILTER,		IPV6, 48, BOTH, bytes),
	ROW(IPV6_RECVPKTINFO,		IPV6, 49, BOTH, flag),
	ROW(IPV6_PKTINFO,		IPV6, 50, SET,  in6_pktinfo),
	ROW(IPV6_RECVHOPLIMIT,		IPV6, 51, BOTH, flag),
	ROW(IPV6_HOPLIMIT,		IPV6, 52, BOTH, none),
	ROW(IPV6_RECVHOPOPTS,		IPV6, 53, BOTH, flag),
	ROW(IPV6_HOPOPTS,		IPV6, 54, BOTH, bytes),
	NEW(IPV6_RXHOPOPTS,		IPV6, 54, BOTH, bytes),
	ROW(IPV6_RTHDRDSTOPTS,		IPV6, 55, BOTH, bytes),
	ROW(IPV6_RECVRTHDR,		IPV6, 56, BOTH, flag),
	ROW(IPV6_RTHDR,			IPV6, 57, BOTH, bytes),
	ROW(IPV6_RECVDSTOPTS,		IPV6, 58, BOTH, flag),
	ROW(IPV6_DSTOPTS,		IPV6, 59, BOTH, bytes),
	NEW(IPV6_RXDSTOPTS,		IPV6, 59, BOTH, bytes),
	ROW(IPV6_RECVPATHMTU,		IPV6, 60, BOTH, flag),
	ROW(IPV6_PATHMTU,		IPV6, 61, GET,  ip6_mtuinfo),
	ROW(IPV6_DONTFRAG,		IPV6, 62, BOTH, zero_flag),
	NEW(IPV6_USE_MIN_MTU,		IPV6, 63, BOTH, none),
	ROW(IPV6_RECVTCLASS,		IPV6, 66, BOTH, flag),
	ROW(IPV6_TCLASS,		IPV6, 67, BOTH, tclass),
	ROW(IPV6_AUTOFLOWLABEL,		IPV6, 70, BOTH, zero_flag),
	ROW(IPV6_ADDR_PREFERENCES,	IPV6, 72, BOTH, u32),
	ROW(IPV6_MINHOPCOUNT,		IPV6, 73, BOTH, int),
	ROW(IPV6_RECVORIGDSTADDR,	IPV6, 74, BOTH, flag),
	ROW(IPV6_ORIGDSTADDR,		IPV6, 74, BOTH, flag),
	ROW(IPV6_TRANSPARENT,		IPV6, 75, BOTH, flag),
	ROW(IPV6_UNICAST_IF,		IPV6, 76, BOTH, bytes4), /* as IP_UNICAST_IF */
	ROW(IPV6_RECVFRAGSIZE,		IPV6, 77, BOTH, zero_flag),
	ROW(IPV6_FREEBIND,		IPV6, 78, BOTH, flag),

	/* A shorter optlen replaces only the first bytes of the filter. */
	ROW(ICMPV6_FILTER,		ICMPV6, 1, BOTH, bytes32),
	NEW(ICMP6_FILTER,		ICMPV6, 1, BOTH, bytes32),
	NEW(ICMP_FILTER,		RAW,    1, BOTH, bytes4),
};
/* clang-format on */

OPTION_TABLE(ipv6, rows);
