// SPDX-License-Identifier: Apache-2.0
/*
 * Levels SOL_NETLINK, SOL_PACKET, SOL_XDP and AF_VSOCK. The kernel's side is
 * net/netlink/af_netlink.c, net/packet/af_packet.c, net/xdp/xsk.c and net/vmw_vsock/af_vsock.c.
 */
#include "policy/option-table.h"

#include <asm/socket.h>
#include <linux/socket.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <linux/vm_sockets.h> /* wants sys/socket.h before it up to Linux 6.1 */

/* clang-format off */
static const struct option rows[] = {
	/* Netlink takes 0 for a shorter optlen and goes on. */
	ROW(NETLINK_ADD_MEMBERSHIP,	NETLINK, 1,  SET,  zero_u32),
	ROW(NETLINK_DROP_MEMBERSHIP,	NETLINK, 2,  SET,  zero_u32),
	ROW(NETLINK_PKTINFO,		NETLINK, 3,  BOTH, zero_flag),
	ROW(NETLINK_BROADCAST_ERROR,	NETLINK, 4,  BOTH, zero_flag),
	ROW(NETLINK_NO_ENOBUFS,		NETLINK, 5,  BOTH, zero_flag),
	NEW(NETLINK_RX_RING,		NETLINK, 6,  SET,  bytes), /* until 4.6 */
	NEW(NETLINK_TX_RING,		NETLINK, 7,  SET,  bytes),
	ROW(NETLINK_LISTEN_ALL_NSID,	NETLINK, 8,  BOTH, zero_flag),
	ROW(NETLINK_LIST_MEMBERSHIPS,	NETLINK, 9,  GET,  bytes),
	ROW(NETLINK_CAP_ACK,		NETLINK, 10, BOTH, zero_flag),
	ROW(NETLINK_EXT_ACK,		NETLINK, 11, BOTH, zero_flag),
	ROW(NETLINK_GET_STRICT_CHK,	NETLINK, 12, BOTH, zero_flag),

	ROW(PACKET_ADD_MEMBERSHIP,	PACKET, 1,  SET,  packet_mreq),
	ROW(PACKET_DROP_MEMBERSHIP,	PACKET, 2,  SET,  packet_mreq),
	ROW(PACKET_RECV_OUTPUT,		PACKET, 3,  BOTH, none), /* never made */
	/* A struct tpacket_req; version 3 of the ring adds three fields behind it. */
	ROW(PACKET_RX_RING,		PACKET, 5,  SET,  tpacket_req),
	/* A struct tpacket_stats; version 3 of the ring adds a field behind it. */
	ROW(PACKET_STATISTICS,		PACKET, 6,  GET,  tpacket_stats),
	/* Any number but 0 switches it on, negative ones too. */
	ROW(PACKET_COPY_THRESH,		PACKET, 7,  BOTH, u32),
	ROW(PACKET_AUXDATA,		PACKET, 8,  BOTH, flag),
	ROW(PACKET_ORIGDEV,		PACKET, 9,  BOTH, flag),
	ROW(PACKET_VERSION,		PACKET, 10, BOTH, int),
	ROW(PACKET_HDRLEN,		PACKET, 11, GET,  int),
	ROW(PACKET_RESERVE,		PACKET, 12, BOTH, u32),
	ROW(PACKET_TX_RING,		PACKET, 13, SET,  tpacket_req),
	ROW(PACKET_LOSS,		PACKET, 14, BOTH, flag),
	ROW(PACKET_VNET_HDR,		PACKET, 15, BOTH, flag),
	ROW(PACKET_TX_TIMESTAMP,	PACKET, 16, BOTH, none), /* control messages only */
	ROW(PACKET_TIMESTAMP,		PACKET, 17, BOTH, u32),
	/* Group in the low half, mode and flags in the high one; a limit may follow. */
	ROW(PACKET_FANOUT,		PACKET, 18, BOTH, u32),
	ROW(PACKET_TX_HAS_OFF,		PACKET, 19, BOTH, flag),
	ROW(PACKET_QDISC_BYPASS,	PACKET, 20, BOTH, flag),
	ROW(PACKET_ROLLOVER_STATS,	PACKET, 21, GET,  bytes),
	ROW(PACKET_FANOUT_DATA,		PACKET, 22, SET,  bytes),
	ROW(PACKET_IGNORE_OUTGOING,	PACKET, 23, BOTH, int),
	NEW(PACKET_VNET_HDR_SZ,		PACKET, 24, BOTH, int),

	ROW(XDP_MMAP_OFFSETS,		XDP, 1, GET,  bytes),
	/* Declared int, used as u32: 0x80000000 is a power of two, not a negative number. */
	ROW(XDP_RX_RING,		XDP, 2, SET,  u32),
	ROW(XDP_TX_RING,		XDP, 3, SET,  u32),
	ROW(XDP_UMEM_REG,		XDP, 4, SET,  xdp_umem_reg),
	ROW(XDP_UMEM_FILL_RING,		XDP, 5, SET,  u32),
	ROW(XDP_UMEM_COMPLETION_RING,	XDP, 6, SET,  u32),
	ROW(XDP_STATISTICS,		XDP, 7, GET,  bytes),
	ROW(XDP_OPTIONS,		XDP, 8, GET,  u32),
	NEW(XDP_MAX_TX_SKB_BUDGET,	XDP, 9, SET,  u32),

	ROW(SO_VM_SOCKETS_BUFFER_SIZE,		VM_SOCKETS, 0, BOTH, u64),
	ROW(SO_VM_SOCKETS_BUFFER_MIN_SIZE,	VM_SOCKETS, 1, BOTH, u64),
	ROW(SO_VM_SOCKETS_BUFFER_MAX_SIZE,	VM_SOCKETS, 2, BOTH, u64),
	ROW(SO_VM_SOCKETS_PEER_HOST_VM_ID,	VM_SOCKETS, 3, BOTH, none), /* not upstream */
	ROW(SO_VM_SOCKETS_TRUSTED,		VM_SOCKETS, 5, BOTH, none),
	ROW(SO_VM_SOCKETS_CONNECT_TIMEOUT,	VM_SOCKETS, 6, BOTH, timeval),
	ALIAS(SO_VM_SOCKETS_CONNECT_TIMEOUT, SO_VM_SOCKETS_CONNECT_TIMEOUT_NEW,
	      VM_SOCKETS, 8, BOTH, timeval),
	ROW(SO_VM_SOCKETS_CONNECT_TIMEOUT_OLD,	VM_SOCKETS, 6, BOTH, timeval),
	ROW(SO_VM_SOCKETS_NONBLOCK_TXRX,	VM_SOCKETS, 7, BOTH, none),
	ROW(SO_VM_SOCKETS_CONNECT_TIMEOUT_NEW,	VM_SOCKETS, 8, BOTH, timeval),
};
/* clang-format on */

OPTION_TABLE(link, rows);
