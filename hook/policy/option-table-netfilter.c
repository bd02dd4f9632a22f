// SPDX-License-Identifier: Apache-2.0
/*
 * Netfilter, IPVS and multicast routing, which live in the numbers of SOL_IP and SOL_IPV6. All want
 * CAP_NET_ADMIN. Their values are tables, taken as opaque bytes here.
 */
#include "policy/option-table.h"

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/netfilter_arp/arp_tables.h>
#include <linux/netfilter_bridge/ebtables.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <linux/netfilter/ipset/ip_set.h>
#include <linux/netfilter_ipv4.h>
#include <linux/ip_vs.h>
#include <linux/mroute.h>
#include <linux/mroute6.h>

/* clang-format off */
static const struct option rows[] = {
	ROW(IPT_SO_SET_REPLACE,		IP, 64, SET, bytes),
	ROW(IPT_SO_SET_ADD_COUNTERS,	IP, 65, SET, bytes),
	ROW(IPT_SO_GET_INFO,		IP, 64, GET, bytes),
	ROW(IPT_SO_GET_ENTRIES,		IP, 65, GET, bytes),
	ROW(IPT_SO_GET_REVISION_MATCH,	IP, 66, GET, bytes),
	ROW(IPT_SO_GET_REVISION_TARGET, IP, 67, GET, bytes),
	ROW(SO_ORIGINAL_DST,		IP, 80, GET, bytes16), /* struct sockaddr_in */
	ROW(SO_IP_SET,			IP, 83, GET, bytes),
	ROW(ARPT_SO_SET_REPLACE,	IP, 96, SET, bytes),
	ROW(ARPT_SO_SET_ADD_COUNTERS,	IP, 97, SET, bytes),
	ROW(ARPT_SO_GET_INFO,		IP, 96, GET, bytes),
	ROW(ARPT_SO_GET_ENTRIES,	IP, 97, GET, bytes),
	ROW(ARPT_SO_GET_REVISION_TARGET, IP, 99, GET, bytes),
	ROW(EBT_SO_SET_ENTRIES,		IP, 128, SET, bytes),
	ROW(EBT_SO_SET_COUNTERS,	IP, 129, SET, bytes),
	ROW(EBT_SO_GET_INFO,		IP, 128, GET, bytes),
	ROW(EBT_SO_GET_ENTRIES,		IP, 129, GET, bytes),
	ROW(EBT_SO_GET_INIT_INFO,	IP, 130, GET, bytes),
	ROW(EBT_SO_GET_INIT_ENTRIES,	IP, 131, GET, bytes),

	ROW(IP6T_SO_SET_REPLACE,	IPV6, 64, SET, bytes),
	ROW(IP6T_SO_SET_ADD_COUNTERS,	IPV6, 65, SET, bytes),
	ROW(IP6T_SO_GET_INFO,		IPV6, 64, GET, bytes),
	ROW(IP6T_SO_GET_ENTRIES,	IPV6, 65, GET, bytes),
	ROW(IP6T_SO_GET_REVISION_MATCH, IPV6, 68, GET, bytes),
	ROW(IP6T_SO_GET_REVISION_TARGET, IPV6, 69, GET, bytes),
	ROW(IP6T_SO_ORIGINAL_DST,	IPV6, 80, GET, bytes), /* struct sockaddr_in6 */

	ROW(IP_VS_SO_SET_NONE,		IP, 1152, SET, bytes),
	ROW(IP_VS_SO_SET_INSERT,	IP, 1153, SET, bytes),
	ROW(IP_VS_SO_SET_ADD,		IP, 1154, SET, bytes),
	ROW(IP_VS_SO_SET_EDIT,		IP, 1155, SET, bytes),
	ROW(IP_VS_SO_SET_DEL,		IP, 1156, SET, bytes),
	ROW(IP_VS_SO_SET_FLUSH,		IP, 1157, SET, bytes),
	ROW(IP_VS_SO_SET_LIST,		IP, 1158, SET, bytes),
	ROW(IP_VS_SO_SET_ADDDEST,	IP, 1159, SET, bytes),
	ROW(IP_VS_SO_SET_DELDEST,	IP, 1160, SET, bytes),
	ROW(IP_VS_SO_SET_EDITDEST,	IP, 1161, SET, bytes),
	ROW(IP_VS_SO_SET_TIMEOUT,	IP, 1162, SET, bytes),
	ROW(IP_VS_SO_SET_STARTDAEMON,	IP, 1163, SET, bytes),
	ROW(IP_VS_SO_SET_STOPDAEMON,	IP, 1164, SET, bytes),
	ROW(IP_VS_SO_SET_RESTORE,	IP, 1165, SET, bytes),
	ROW(IP_VS_SO_SET_SAVE,		IP, 1166, SET, bytes),
	ROW(IP_VS_SO_SET_ZERO,		IP, 1167, SET, bytes),
	ROW(IP_VS_SO_GET_VERSION,	IP, 1152, GET, bytes),
	ROW(IP_VS_SO_GET_INFO,		IP, 1153, GET, bytes),
	ROW(IP_VS_SO_GET_SERVICES,	IP, 1154, GET, bytes),
	ROW(IP_VS_SO_GET_SERVICE,	IP, 1155, GET, bytes),
	ROW(IP_VS_SO_GET_DESTS,		IP, 1156, GET, bytes),
	ROW(IP_VS_SO_GET_DEST,		IP, 1157, GET, bytes),
	ROW(IP_VS_SO_GET_TIMEOUT,	IP, 1158, GET, bytes),
	ROW(IP_VS_SO_GET_DAEMON,	IP, 1159, GET, bytes),

	ROW(MRT_INIT,			IP, 200, SET,  int),
	ROW(MRT_DONE,			IP, 201, SET,  none),
	ROW(MRT_ADD_VIF,		IP, 202, SET,  bytes),
	ROW(MRT_DEL_VIF,		IP, 203, SET,  bytes),
	ROW(MRT_ADD_MFC,		IP, 204, SET,  bytes),
	ROW(MRT_DEL_MFC,		IP, 205, SET,  bytes),
	ROW(MRT_VERSION,		IP, 206, GET,  int),
	ROW(MRT_ASSERT,			IP, 207, BOTH, flag),
	ROW(MRT_PIM,			IP, 208, BOTH, flag),
	ROW(MRT_TABLE,			IP, 209, SET,  u32),
	ROW(MRT_ADD_MFC_PROXY,		IP, 210, SET,  bytes),
	ROW(MRT_DEL_MFC_PROXY,		IP, 211, SET,  bytes),
	ROW(MRT_FLUSH,			IP, 212, SET,  u32),
	ROW(MRT6_INIT,			IPV6, 200, SET,  int),
	ROW(MRT6_DONE,			IPV6, 201, SET,  none),
	ROW(MRT6_ADD_MIF,		IPV6, 202, SET,  bytes),
	ROW(MRT6_DEL_MIF,		IPV6, 203, SET,  u16),
	ROW(MRT6_ADD_MFC,		IPV6, 204, SET,  bytes),
	ROW(MRT6_DEL_MFC,		IPV6, 205, SET,  bytes),
	ROW(MRT6_VERSION,		IPV6, 206, GET,  int),
	ROW(MRT6_ASSERT,		IPV6, 207, BOTH, flag),
	ROW(MRT6_PIM,			IPV6, 208, BOTH, flag),
	ROW(MRT6_TABLE,			IPV6, 209, SET,  u32),
	ROW(MRT6_ADD_MFC_PROXY,		IPV6, 210, SET,  bytes),
	ROW(MRT6_DEL_MFC_PROXY,		IPV6, 211, SET,  bytes),
	ROW(MRT6_FLUSH,			IPV6, 212, SET,  u32),
};
/* clang-format on */

OPTION_TABLE(netfilter, rows);
