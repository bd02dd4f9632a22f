/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The types of the values of socket options, each as the kernel reads it. The rows of the tables
 * point here. Internal to the option tables; everyone else meets a type through struct option.
 */
#ifndef POLICY_OPTION_TYPES_H
#define POLICY_OPTION_TYPES_H

#include "policy/options.h"

#define OPTION_TYPE(name) extern const struct option_type option_type_##name

/* Plain integers; a shorter optlen is EINVAL. */
OPTION_TYPE(none);
OPTION_TYPE(int);
OPTION_TYPE(u32);
OPTION_TYPE(u16);
OPTION_TYPE(u8);
OPTION_TYPE(u64);
OPTION_TYPE(flag);	 /* int of which only "not 0" counts */
OPTION_TYPE(rate);	 /* SO_MAX_PACING_RATE: 4 bytes, or 8 where optlen allows */
OPTION_TYPE(tclass);	 /* -1 means 0 */
OPTION_TYPE(mcast_hops); /* -1 means 1 */
/* Integers of level SOL_IP: 1 to 3 bytes are read as one unsigned byte, none as 0. */
OPTION_TYPE(ip_int);
OPTION_TYPE(ip_u32);
OPTION_TYPE(ip_flag);
OPTION_TYPE(ip_tos);	   /* only the low eight bits count */
OPTION_TYPE(ip_mcast_ttl); /* -1 means 1 */
/* Integers that are 0 where optlen is shorter. */
OPTION_TYPE(zero_int);
OPTION_TYPE(zero_u32);
OPTION_TYPE(zero_flag);

/* Text: the number is what the kernel looks at, its own NUL not counted. */
OPTION_TYPE(string); /* of an option that is not known */
OPTION_TYPE(string15);
OPTION_TYPE(string31);

/* Opaque bytes: of any length, or of a fixed one. */
OPTION_TYPE(bytes);
OPTION_TYPE(bytes4);
OPTION_TYPE(bytes8);
OPTION_TYPE(bytes12);
OPTION_TYPE(bytes16);
OPTION_TYPE(bytes32);

/*
 * Structs with named integer fields. Addresses and other fields in
 * network byte order are not named.
 */
OPTION_TYPE(linger);
OPTION_TYPE(timeval);
OPTION_TYPE(ucred);
OPTION_TYPE(sock_txtime);
OPTION_TYPE(ip_mreqn);
OPTION_TYPE(group_req);
OPTION_TYPE(ipv6_mreq);
OPTION_TYPE(in6_pktinfo);
OPTION_TYPE(ip6_mtuinfo);
OPTION_TYPE(tcp_info);
OPTION_TYPE(tcp_repair_window);
OPTION_TYPE(packet_mreq);
OPTION_TYPE(tpacket_req);
OPTION_TYPE(tpacket_stats);
OPTION_TYPE(xdp_umem_reg);
OPTION_TYPE(sctp_rtoinfo);
OPTION_TYPE(sctp_assocparams);
OPTION_TYPE(sctp_initmsg);
OPTION_TYPE(sctp_assoc_value);
OPTION_TYPE(tipc_group_req);

#undef OPTION_TYPE

#endif
