// SPDX-License-Identifier: Apache-2.0
/*
 * Structs of packet, XDP, SCTP and TIPC sockets; as option-structs.c, whose
 * headers do not mix with these.
 */
#include "policy/option-structs.h"

#include <sys/socket.h>

#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <linux/sctp.h>
#include <linux/tipc.h>

/* clang-format off */
STRUCT(packet_mreq, struct packet_mreq,
       SIGNED(struct packet_mreq, mr_ifindex),
       UNSIGNED(struct packet_mreq, mr_type),
       UNSIGNED(struct packet_mreq, mr_alen));
STRUCT(tpacket_req, struct tpacket_req,
       UNSIGNED(struct tpacket_req, tp_block_size),
       UNSIGNED(struct tpacket_req, tp_block_nr),
       UNSIGNED(struct tpacket_req, tp_frame_size),
       UNSIGNED(struct tpacket_req, tp_frame_nr));
STRUCT(tpacket_stats, struct tpacket_stats,
       UNSIGNED(struct tpacket_stats, tp_packets),
       UNSIGNED(struct tpacket_stats, tp_drops));

/* The first form of struct xdp_umem_reg, which every kernel takes; "flags" came behind it. */
static const struct option_field xdp_umem_reg_fields[] = {
	UNSIGNED(struct xdp_umem_reg, len),
	UNSIGNED(struct xdp_umem_reg, chunk_size),
	UNSIGNED(struct xdp_umem_reg, headroom),
	END,
};
_Static_assert(offsetof(struct xdp_umem_reg, flags) == 24, "no hole before the newer fields");
const struct option_type option_type_xdp_umem_reg = {
	.name = "xdp_umem_reg", .kind = VALUE_STRUCT, .size = 24, .fields = xdp_umem_reg_fields};

STRUCT(sctp_rtoinfo, struct sctp_rtoinfo,
       SIGNED(struct sctp_rtoinfo, srto_assoc_id),
       UNSIGNED(struct sctp_rtoinfo, srto_initial),
       UNSIGNED(struct sctp_rtoinfo, srto_max),
       UNSIGNED(struct sctp_rtoinfo, srto_min));
STRUCT(sctp_assocparams, struct sctp_assocparams,
       SIGNED(struct sctp_assocparams, sasoc_assoc_id),
       UNSIGNED(struct sctp_assocparams, sasoc_asocmaxrxt),
       UNSIGNED(struct sctp_assocparams, sasoc_number_peer_destinations),
       UNSIGNED(struct sctp_assocparams, sasoc_peer_rwnd),
       UNSIGNED(struct sctp_assocparams, sasoc_local_rwnd),
       UNSIGNED(struct sctp_assocparams, sasoc_cookie_life));
STRUCT(sctp_initmsg, struct sctp_initmsg,
       UNSIGNED(struct sctp_initmsg, sinit_num_ostreams),
       UNSIGNED(struct sctp_initmsg, sinit_max_instreams),
       UNSIGNED(struct sctp_initmsg, sinit_max_attempts),
       UNSIGNED(struct sctp_initmsg, sinit_max_init_timeo));
STRUCT(sctp_assoc_value, struct sctp_assoc_value,
       SIGNED(struct sctp_assoc_value, assoc_id),
       UNSIGNED(struct sctp_assoc_value, assoc_value));
STRUCT(tipc_group_req, struct tipc_group_req,
       UNSIGNED(struct tipc_group_req, type),
       UNSIGNED(struct tipc_group_req, instance),
       UNSIGNED(struct tipc_group_req, scope),
       UNSIGNED(struct tipc_group_req, flags));
/* clang-format on */
