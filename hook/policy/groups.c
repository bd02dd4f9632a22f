// SPDX-License-Identifier: Apache-2.0
/*
 * Groups: the options that a rule must name together, since each of them is a sideways door to what
 * the others close. A member is a name of the tables and stands for all rows of that name.
 */
#include "policy/options.h"

#include <string.h>

#include "base/cleanup.h"

#define GROUP(text, what, ...)                                                                     \
	{                                                                                          \
		.name = text, .description = what, .options = (const char *const[])                \
		{                                                                                  \
			__VA_ARGS__, NULL                                                          \
		}                                                                                  \
	}

/* clang-format off */
static const struct option_group groups[] = {
	GROUP("@dscp", "The DSCP and ECN bits of what a socket sends, over IPv4 and IPv6.",
	      "IP_TOS", "IPV6_TCLASS"),
	GROUP("@ttl", "How many hops a packet may travel.",
	      "IP_TTL", "IP_MULTICAST_TTL", "IPV6_UNICAST_HOPS", "IPV6_MULTICAST_HOPS"),
	GROUP("@priority", "The queueing priority; IP_TOS sets it too, and is in @dscp.",
	      "SO_PRIORITY"),
	GROUP("@mark", "The firewall mark, set on what is sent and shown of what is received.",
	      "SO_MARK", "SO_RCVMARK"),
	GROUP("@device", "Which interface a socket is tied to or sends through.",
	      "SO_BINDTODEVICE", "SO_BINDTOIFINDEX", "IP_UNICAST_IF", "IPV6_UNICAST_IF",
	      "IP_MULTICAST_IF", "IPV6_MULTICAST_IF", "IPV6_PKTINFO"),
	GROUP("@transparent", "Use of addresses that are not the host's own.",
	      "IP_TRANSPARENT", "IPV6_TRANSPARENT", "IP_FREEBIND", "IPV6_FREEBIND"),
	GROUP("@raw-headers", "Headers and checksums that a raw socket writes itself.",
	      "IP_HDRINCL", "IPV6_HDRINCL", "IP_NODEFRAG", "IPV6_CHECKSUM"),
	GROUP("@ip-options", "IPv4 options and IPv6 extension headers, also those of a flow label.",
	      "IP_OPTIONS", "IPV6_HOPOPTS", "IPV6_RTHDR", "IPV6_RTHDRDSTOPTS", "IPV6_DSTOPTS",
	      "IPV6_2292PKTOPTIONS", "IPV6_FLOWLABEL_MGR"),
	GROUP("@pmtu", "Path MTU discovery, IPv4 and IPv6.",
	      "IP_MTU_DISCOVER", "IPV6_MTU_DISCOVER"),

	GROUP("@buffers", "The size of socket buffers, below the host's limit and past it.",
	      "SO_RCVBUF", "SO_SNDBUF", "SO_RCVBUFFORCE", "SO_SNDBUFFORCE"),
	GROUP("@memory", "All that makes the kernel hold more memory for a socket.",
	      "SO_RCVBUF", "SO_SNDBUF", "SO_RCVBUFFORCE", "SO_SNDBUFFORCE", "SO_BUF_LOCK",
	      "SO_RESERVE_MEM", "SO_RCVLOWAT", "TCP_WINDOW_CLAMP", "TCP_NOTSENT_LOWAT",
	      "SO_VM_SOCKETS_BUFFER_SIZE", "SO_VM_SOCKETS_BUFFER_MIN_SIZE",
	      "SO_VM_SOCKETS_BUFFER_MAX_SIZE", "PACKET_RX_RING", "PACKET_TX_RING",
	      "XDP_UMEM_REG", "XDP_RX_RING", "XDP_TX_RING", "XDP_UMEM_FILL_RING",
	      "XDP_UMEM_COMPLETION_RING"),
	GROUP("@packet-rings", "Rings shared with the kernel: of packet sockets and of XDP.",
	      "PACKET_RX_RING", "PACKET_TX_RING", "PACKET_VERSION", "PACKET_RESERVE",
	      "XDP_UMEM_REG", "XDP_RX_RING", "XDP_TX_RING", "XDP_UMEM_FILL_RING",
	      "XDP_UMEM_COMPLETION_RING"),
	GROUP("@promiscuous", "Reception of what is addressed to others.",
	      "PACKET_ADD_MEMBERSHIP", "PACKET_DROP_MEMBERSHIP", "SO_J1939_PROMISC"),
	GROUP("@busy-poll", "Spinning on the queue of a network card.",
	      "SO_BUSY_POLL", "SO_PREFER_BUSY_POLL", "SO_BUSY_POLL_BUDGET"),
	GROUP("@zerocopy", "Pages of the program handed to the network, and back.",
	      "SO_ZEROCOPY", "TCP_ZEROCOPY_RECEIVE", "TLS_TX_ZEROCOPY_RO", "SO_DEVMEM_DONTNEED"),

	GROUP("@timestamps", "Time stamps of packets, by the kernel or by the network card.",
	      "SO_TIMESTAMP", "SO_TIMESTAMPNS", "SO_TIMESTAMPING", "PACKET_TIMESTAMP"),
	GROUP("@timeouts", "How long a blocking call waits; both numbers of each option.",
	      "SO_RCVTIMEO", "SO_SNDTIMEO", "SO_VM_SOCKETS_CONNECT_TIMEOUT"),
	GROUP("@tcp-timers", "The timers of a TCP connection other than keepalive.",
	      "TCP_USER_TIMEOUT", "TCP_LINGER2", "TCP_SYNCNT", "TCP_DEFER_ACCEPT",
	      "TCP_RTO_MAX_MS", "TCP_RTO_MIN_US", "TCP_DELACK_MAX_US"),
	GROUP("@keepalive", "TCP keepalive; TCP_USER_TIMEOUT overrides its count of probes.",
	      "SO_KEEPALIVE", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT"),
	GROUP("@congestion", "The congestion control of a TCP connection, and its inner state.",
	      "TCP_CONGESTION", "TCP_CC_INFO"),
	GROUP("@pacing", "How fast a socket sends, and when.",
	      "SO_MAX_PACING_RATE", "SO_TXTIME", "TCP_TX_DELAY"),
	GROUP("@fastopen", "Data in the first packet of a TCP connection.",
	      "TCP_FASTOPEN", "TCP_FASTOPEN_CONNECT", "TCP_FASTOPEN_KEY", "TCP_FASTOPEN_NO_COOKIE"),
	GROUP("@repair", "The inner state of a TCP connection, read and rewritten.",
	      "TCP_REPAIR", "TCP_REPAIR_QUEUE", "TCP_QUEUE_SEQ", "TCP_REPAIR_OPTIONS",
	      "TCP_REPAIR_WINDOW", "TCP_TIMESTAMP", "TCP_AO_REPAIR"),
	GROUP("@tcp-signatures", "Keys that sign TCP segments: MD5 and TCP-AO.",
	      "TCP_MD5SIG", "TCP_MD5SIG_EXT", "TCP_AO_ADD_KEY", "TCP_AO_DEL_KEY", "TCP_AO_INFO",
	      "TCP_AO_GET_KEYS", "TCP_AO_REPAIR"),
	GROUP("@ulp", "Protocols that the kernel layers onto a TCP connection: kTLS and others.",
	      "TCP_ULP"),
	GROUP("@reuse", "Sharing an address or a port with other sockets.",
	      "SO_REUSEADDR", "SO_REUSEPORT", "SCTP_REUSE_PORT"),

	GROUP("@multicast", "Multicast and anycast groups: joining, leaving, sending to them.",
	      "IP_ADD_MEMBERSHIP", "IP_DROP_MEMBERSHIP", "IP_ADD_SOURCE_MEMBERSHIP",
	      "IP_DROP_SOURCE_MEMBERSHIP", "IP_BLOCK_SOURCE", "IP_UNBLOCK_SOURCE", "IP_MSFILTER",
	      "IP_MULTICAST_IF", "IP_MULTICAST_TTL", "IP_MULTICAST_LOOP", "IP_MULTICAST_ALL",
	      "MCAST_JOIN_GROUP", "MCAST_LEAVE_GROUP", "MCAST_BLOCK_SOURCE", "MCAST_UNBLOCK_SOURCE",
	      "MCAST_JOIN_SOURCE_GROUP", "MCAST_LEAVE_SOURCE_GROUP", "MCAST_MSFILTER",
	      "IPV6_ADD_MEMBERSHIP", "IPV6_DROP_MEMBERSHIP", "IPV6_JOIN_ANYCAST",
	      "IPV6_LEAVE_ANYCAST", "IPV6_MULTICAST_IF", "IPV6_MULTICAST_HOPS",
	      "IPV6_MULTICAST_LOOP", "IPV6_MULTICAST_ALL"),
	GROUP("@multicast-routing", "The host's multicast routing table.",
	      "MRT_INIT", "MRT_DONE", "MRT_ADD_VIF", "MRT_DEL_VIF", "MRT_ADD_MFC", "MRT_DEL_MFC",
	      "MRT_VERSION", "MRT_ASSERT", "MRT_PIM", "MRT_TABLE", "MRT_ADD_MFC_PROXY",
	      "MRT_DEL_MFC_PROXY", "MRT_FLUSH", "MRT6_INIT", "MRT6_DONE", "MRT6_ADD_MIF",
	      "MRT6_DEL_MIF", "MRT6_ADD_MFC", "MRT6_DEL_MFC", "MRT6_VERSION", "MRT6_ASSERT",
	      "MRT6_PIM", "MRT6_TABLE", "MRT6_ADD_MFC_PROXY", "MRT6_DEL_MFC_PROXY", "MRT6_FLUSH"),
	GROUP("@filters", "Classic and eBPF programs of a socket: attach, detach, lock, read.",
	      "SO_ATTACH_FILTER", "SO_ATTACH_BPF", "SO_ATTACH_REUSEPORT_CBPF",
	      "SO_ATTACH_REUSEPORT_EBPF", "SO_DETACH_FILTER", "SO_DETACH_REUSEPORT_BPF",
	      "SO_LOCK_FILTER", "SO_GET_FILTER", "PACKET_FANOUT_DATA"),
	GROUP("@peer-identity", "Who is at the other end of a local socket, asked or sent along.",
	      "SO_PEERCRED", "SO_PEERSEC", "SO_PEERGROUPS", "SO_PEERPIDFD", "SO_PASSCRED",
	      "SO_PASSSEC", "SO_PASSPIDFD", "IP_PASSSEC"),
	GROUP("@ipsec", "IPsec policies of a single socket, and IPsec within UDP.",
	      "IP_IPSEC_POLICY", "IP_XFRM_POLICY", "IPV6_IPSEC_POLICY", "IPV6_XFRM_POLICY",
	      "UDP_ENCAP"),
	GROUP("@iptables", "Tables of iptables, ip6tables, arptables, ebtables; look-ups of ipset.",
	      "IPT_SO_SET_REPLACE", "IPT_SO_SET_ADD_COUNTERS", "IPT_SO_GET_INFO",
	      "IPT_SO_GET_ENTRIES", "IPT_SO_GET_REVISION_MATCH", "IPT_SO_GET_REVISION_TARGET",
	      "IP6T_SO_SET_REPLACE", "IP6T_SO_SET_ADD_COUNTERS", "IP6T_SO_GET_INFO",
	      "IP6T_SO_GET_ENTRIES", "IP6T_SO_GET_REVISION_MATCH", "IP6T_SO_GET_REVISION_TARGET",
	      "ARPT_SO_SET_REPLACE", "ARPT_SO_SET_ADD_COUNTERS", "ARPT_SO_GET_INFO",
	      "ARPT_SO_GET_ENTRIES", "ARPT_SO_GET_REVISION_TARGET", "EBT_SO_SET_ENTRIES",
	      "EBT_SO_SET_COUNTERS", "EBT_SO_GET_INFO", "EBT_SO_GET_ENTRIES",
	      "EBT_SO_GET_INIT_INFO", "EBT_SO_GET_INIT_ENTRIES", "SO_IP_SET"),
	GROUP("@ipvs", "The host's IPVS load balancer.",
	      "IP_VS_SO_SET_NONE", "IP_VS_SO_SET_INSERT", "IP_VS_SO_SET_ADD", "IP_VS_SO_SET_EDIT",
	      "IP_VS_SO_SET_DEL", "IP_VS_SO_SET_FLUSH", "IP_VS_SO_SET_LIST",
	      "IP_VS_SO_SET_ADDDEST", "IP_VS_SO_SET_DELDEST", "IP_VS_SO_SET_EDITDEST",
	      "IP_VS_SO_SET_TIMEOUT", "IP_VS_SO_SET_STARTDAEMON", "IP_VS_SO_SET_STOPDAEMON",
	      "IP_VS_SO_SET_RESTORE", "IP_VS_SO_SET_SAVE", "IP_VS_SO_SET_ZERO",
	      "IP_VS_SO_GET_VERSION", "IP_VS_SO_GET_INFO", "IP_VS_SO_GET_SERVICES",
	      "IP_VS_SO_GET_SERVICE", "IP_VS_SO_GET_DESTS", "IP_VS_SO_GET_DEST",
	      "IP_VS_SO_GET_TIMEOUT", "IP_VS_SO_GET_DAEMON"),
};
/* clang-format on */

const struct option_group *groups_all(size_t *count)
{
	*count = ARRAY_SIZE(groups);
	return groups;
}

const struct option_group *group_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		if (!strcmp(groups[i].name, name))
			return &groups[i];
	return NULL;
}
