// SPDX-License-Identifier: Apache-2.0
/*
 * Families that containers seldom use: CAN, Bluetooth, crypto, TIPC, RDS, SMC, RxRPC and
 * the rest. Levels of Bluetooth share numbers with IP protocols, so a rule that names one
 * of those should name the family too. ATM sockets take their options at any level, since
 * the number itself carries one.
 */
#include "policy/option-table.h"

#include <sys/socket.h>

#include <linux/atm.h>
#include <linux/atmdev.h>
#include <linux/atmsap.h>
#include <linux/can/isotp.h>
#include <linux/can/j1939.h>
#include <linux/can/raw.h>
#include <linux/if_alg.h>
#include <linux/if_pppol2tp.h>
#include <linux/kcm.h>
#include <linux/llc.h>
#include <linux/nfc.h>
#include <linux/phonet.h>
#include <linux/rds.h>
#include <linux/rxrpc.h>
#include <linux/smc.h>
#include <linux/tipc.h>
#include <linux/x25.h>

/* clang-format off */
static const struct option rows[] = {
	ROW(CAN_RAW_FILTER,		CAN_RAW, 1, BOTH, bytes),
	ROW(CAN_RAW_ERR_FILTER,		CAN_RAW, 2, BOTH, u32),
	ROW(CAN_RAW_LOOPBACK,		CAN_RAW, 3, BOTH, flag),
	ROW(CAN_RAW_RECV_OWN_MSGS,	CAN_RAW, 4, BOTH, flag),
	ROW(CAN_RAW_FD_FRAMES,		CAN_RAW, 5, BOTH, flag),
	ROW(CAN_RAW_JOIN_FILTERS,	CAN_RAW, 6, BOTH, flag),
	NEW(CAN_RAW_XL_FRAMES,		CAN_RAW, 7, BOTH, flag),
	NEW(CAN_RAW_XL_VCID_OPTS,	CAN_RAW, 8, BOTH, bytes),
	ROW(CAN_ISOTP_OPTS,		CAN_ISOTP, 1, BOTH, bytes),
	ROW(CAN_ISOTP_RECV_FC,		CAN_ISOTP, 2, BOTH, bytes),
	ROW(CAN_ISOTP_TX_STMIN,		CAN_ISOTP, 3, BOTH, u32),
	ROW(CAN_ISOTP_RX_STMIN,		CAN_ISOTP, 4, BOTH, u32),
	ROW(CAN_ISOTP_LL_OPTS,		CAN_ISOTP, 5, BOTH, bytes),
	ROW(SO_J1939_FILTER,		CAN_J1939, 1, SET,  bytes),
	ROW(SO_J1939_PROMISC,		CAN_J1939, 2, BOTH, flag),
	ROW(SO_J1939_SEND_PRIO,		CAN_J1939, 3, BOTH, int),
	ROW(SO_J1939_ERRQUEUE,		CAN_J1939, 4, BOTH, flag),

	/* The names are those of libbluetooth: the kernel exports none. */
	NEW(BT_SECURITY,		BLUETOOTH, 4,  BOTH, bytes),
	NEW(BT_DEFER_SETUP,		BLUETOOTH, 7,  BOTH, flag),
	NEW(BT_FLUSHABLE,		BLUETOOTH, 8,  BOTH, u32),
	NEW(BT_POWER,			BLUETOOTH, 9,  BOTH, bytes),
	NEW(BT_CHANNEL_POLICY,		BLUETOOTH, 10, BOTH, u32),
	NEW(BT_VOICE,			BLUETOOTH, 11, BOTH, u16),
	NEW(BT_SNDMTU,			BLUETOOTH, 12, BOTH, u16),
	NEW(BT_RCVMTU,			BLUETOOTH, 13, BOTH, u16),
	NEW(BT_PHY,			BLUETOOTH, 14, BOTH, u32),
	NEW(BT_MODE,			BLUETOOTH, 15, BOTH, u8),
	NEW(BT_PKT_STATUS,		BLUETOOTH, 16, BOTH, flag),
	NEW(BT_ISO_QOS,			BLUETOOTH, 17, BOTH, bytes),
	NEW(BT_CODEC,			BLUETOOTH, 19, BOTH, bytes),
	NEW(BT_ISO_BASE,		BLUETOOTH, 20, BOTH, bytes),
	NEW(BT_PKT_SEQNUM,		BLUETOOTH, 22, BOTH, flag),
	NEW(HCI_DATA_DIR,		HCI,	   1,  BOTH, flag),
	NEW(HCI_FILTER,			HCI,	   2,  BOTH, bytes),
	NEW(HCI_TIME_STAMP,		HCI,	   3,  BOTH, flag),
	NEW(L2CAP_OPTIONS,		L2CAP,	   1,  BOTH, bytes),
	NEW(L2CAP_CONNINFO,		L2CAP,	   2,  GET,  bytes),
	NEW(L2CAP_LM,			L2CAP,	   3,  BOTH, u32),
	NEW(SCO_OPTIONS,		SCO,	   1,  GET,  bytes),
	NEW(SCO_CONNINFO,		SCO,	   2,  GET,  bytes),
	NEW(RFCOMM_CONNINFO,		RFCOMM,	   2,  GET,  bytes),
	NEW(RFCOMM_LM,			RFCOMM,	   3,  BOTH, u32),

	ROW(ALG_SET_KEY,		ALG, 1, SET, bytes),
	ROW(ALG_SET_IV,			ALG, 2, SET, none), /* these three: control messages only */
	ROW(ALG_SET_OP,			ALG, 3, SET, none),
	ROW(ALG_SET_AEAD_ASSOCLEN,	ALG, 4, SET, none),
	ROW(ALG_SET_AEAD_AUTHSIZE,	ALG, 5, SET, none), /* optlen itself is the value */
	ROW(ALG_SET_DRBG_ENTROPY,	ALG, 6, SET, bytes),
	NEW(ALG_SET_KEY_BY_KEY_SERIAL,	ALG, 7, SET, int),

	ROW(TIPC_IMPORTANCE,		TIPC, 127, BOTH, u32),
	ROW(TIPC_SRC_DROPPABLE,		TIPC, 128, BOTH, flag),
	ROW(TIPC_DEST_DROPPABLE,	TIPC, 129, BOTH, flag),
	ROW(TIPC_CONN_TIMEOUT,		TIPC, 130, BOTH, u32),
	ROW(TIPC_NODE_RECVQ_DEPTH,	TIPC, 131, GET,  u32),
	ROW(TIPC_SOCK_RECVQ_DEPTH,	TIPC, 132, GET,  u32),
	ROW(TIPC_MCAST_BROADCAST,	TIPC, 133, SET,  none),
	ROW(TIPC_MCAST_REPLICAST,	TIPC, 134, SET,  none),
	ROW(TIPC_GROUP_JOIN,		TIPC, 135, BOTH, tipc_group_req),
	ROW(TIPC_GROUP_LEAVE,		TIPC, 136, SET,  none),
	ROW(TIPC_SOCK_RECVQ_USED,	TIPC, 137, GET,  u32),
	ROW(TIPC_NODELAY,		TIPC, 138, BOTH, flag),

	ROW(RDS_CANCEL_SENT_TO,		RDS, 1,  SET,  bytes),
	ROW(RDS_GET_MR,			RDS, 2,  SET,  bytes),
	ROW(RDS_FREE_MR,		RDS, 3,  SET,  bytes),
	ROW(RDS_RECVERR,		RDS, 5,  BOTH, flag),
	ROW(RDS_CONG_MONITOR,		RDS, 6,  BOTH, flag),
	ROW(RDS_GET_MR_FOR_DEST,	RDS, 7,  SET,  bytes),
	ROW(SO_RDS_TRANSPORT,		RDS, 8,  BOTH, int),
	ROW(SO_RDS_MSG_RXPATH_LATENCY,	RDS, 10, SET,  bytes),
	/* RDS takes these two at its own level as well. */
	ALIAS(SO_TIMESTAMP, SO_TIMESTAMP_OLD, RDS, 29, SET, flag),
	ALIAS(SO_TIMESTAMP, SO_TIMESTAMP_NEW, RDS, 63, SET, flag),
	ROW(RDS_INFO_COUNTERS,		RDS, 10000, GET, bytes),
	ROW(RDS_INFO_CONNECTIONS,	RDS, 10001, GET, bytes),
	ROW(RDS_INFO_SEND_MESSAGES,	RDS, 10003, GET, bytes),
	ROW(RDS_INFO_RETRANS_MESSAGES,	RDS, 10004, GET, bytes),
	ROW(RDS_INFO_RECV_MESSAGES,	RDS, 10005, GET, bytes),
	ROW(RDS_INFO_SOCKETS,		RDS, 10006, GET, bytes),
	ROW(RDS_INFO_TCP_SOCKETS,	RDS, 10007, GET, bytes),
	ROW(RDS_INFO_IB_CONNECTIONS,	RDS, 10008, GET, bytes),
	ROW(RDS_INFO_CONNECTION_STATS,	RDS, 10009, GET, bytes),
	ROW(RDS_INFO_IWARP_CONNECTIONS, RDS, 10010, GET, bytes),

	ROW(SMC_LIMIT_HS,		SMC, 1, BOTH, flag),

	ROW(RXRPC_SECURITY_KEY,		RXRPC, 1, SET, bytes),
	ROW(RXRPC_SECURITY_KEYRING,	RXRPC, 2, SET, bytes),
	ROW(RXRPC_EXCLUSIVE_CONNECTION, RXRPC, 3, SET, none),
	ROW(RXRPC_MIN_SECURITY_LEVEL,	RXRPC, 4, SET, u32),
	ROW(RXRPC_UPGRADEABLE_SERVICE,	RXRPC, 5, SET, bytes4),
	ROW(RXRPC_SUPPORTED_CMSG,	RXRPC, 6, GET, int),
	NEW(RXRPC_MANAGE_RESPONSE,	RXRPC, 7, SET, u32),

	ROW(KCM_RECV_DISABLE,		KCM, 1, BOTH, flag),

	ROW(PPPOL2TP_SO_DEBUG,		PPPOL2TP, 1, BOTH, int),
	ROW(PPPOL2TP_SO_RECVSEQ,	PPPOL2TP, 2, BOTH, int),
	ROW(PPPOL2TP_SO_SENDSEQ,	PPPOL2TP, 3, BOTH, int),
	ROW(PPPOL2TP_SO_LNSMODE,	PPPOL2TP, 4, BOTH, int),
	ROW(PPPOL2TP_SO_REORDERTO,	PPPOL2TP, 5, BOTH, u32), /* msecs_to_jiffies() */

	ROW(LLC_OPT_RETRY,		LLC, 1, BOTH, u32),
	ROW(LLC_OPT_SIZE,		LLC, 2, BOTH, u32),
	ROW(LLC_OPT_ACK_TMR_EXP,	LLC, 3, BOTH, u32),
	ROW(LLC_OPT_P_TMR_EXP,		LLC, 4, BOTH, u32),
	ROW(LLC_OPT_REJ_TMR_EXP,	LLC, 5, BOTH, u32),
	ROW(LLC_OPT_BUSY_TMR_EXP,	LLC, 6, BOTH, u32),
	ROW(LLC_OPT_TX_WIN,		LLC, 7, BOTH, u32),
	ROW(LLC_OPT_RX_WIN,		LLC, 8, BOTH, u32),
	ROW(LLC_OPT_PKTINFO,		LLC, 9, BOTH, flag),

	ROW(NFC_LLCP_RW,		NFC, 0, BOTH, u32),
	ROW(NFC_LLCP_MIUX,		NFC, 1, BOTH, u32),
	ROW(NFC_LLCP_REMOTE_MIU,	NFC, 2, GET,  u32),
	ROW(NFC_LLCP_REMOTE_LTO,	NFC, 3, GET,  u32),
	ROW(NFC_LLCP_REMOTE_RW,		NFC, 4, GET,  u32),

	/* Phonet takes 0 for a shorter optlen. */
	ROW(PNPIPE_ENCAP,		PNPIPE, 1, BOTH, zero_int),
	ROW(PNPIPE_IFINDEX,		PNPIPE, 2, GET,  int),
	ROW(PNPIPE_HANDLE,		PNPIPE, 3, BOTH, zero_int),
	ROW(PNPIPE_INITSTATE,		PNPIPE, 4, BOTH, zero_flag),

	NEW(MCTP_OPT_ADDR_EXT,		MCTP, 1, BOTH, flag),
	NEW(CAIFSO_LINK_SELECT,		CAIF, 127, SET, int),
	NEW(CAIFSO_REQ_PARAM,		CAIF, 128, SET, bytes),
	NEW(CAIFSO_RSP_PARAM,		CAIF, 129, GET, bytes),
	NEW(SO_IPRMDATA_MSG,		IUCV, 128, BOTH, flag),
	NEW(SO_MSGSIZE,			IUCV, 2048, GET, u32),
	NEW(SO_MSGLIMIT,		IUCV, 4096, BOTH, int),

	ROW(X25_QBITINCL,		X25, 1, BOTH, flag),
	ROW(SO_SETCLP,			ATM, 1107296260, BOTH, flag),
	ROW(SO_CIRANGE,			ATM, 1107361794, BOTH, bytes),
	ROW(SO_ATMQOS,			ATM, 1107427412, BOTH, bytes),
	ROW(SO_ATMSAP,			ATM, 1107492904, BOTH, bytes),
	ROW(SO_ATMPVC,			ATM, 1107558412, GET,  bytes),
	ROW(SO_MULTIPOINT,		ATM, 1107623940, BOTH, int),
	NEW(AX25_WINDOW,		AX25, 1,  BOTH, u32),
	NEW(AX25_T1,			AX25, 2,  BOTH, u32),
	NEW(AX25_N2,			AX25, 3,  BOTH, u32),
	NEW(AX25_T3,			AX25, 4,  BOTH, u32),
	NEW(AX25_T2,			AX25, 5,  BOTH, u32),
	NEW(AX25_BACKOFF,		AX25, 6,  BOTH, u32),
	NEW(AX25_EXTSEQ,		AX25, 7,  BOTH, flag),
	NEW(AX25_PIDINCL,		AX25, 8,  BOTH, flag),
	NEW(AX25_IDLE,			AX25, 9,  BOTH, u32),
	NEW(AX25_PACLEN,		AX25, 10, BOTH, u32),
	NEW(AX25_IAMDIGI,		AX25, 12, BOTH, flag),
	ROW(SO_BINDTODEVICE,		AX25, 25, BOTH, string15), /* AX.25: at its own level */
	NEW(NETROM_T1,			NETROM, 1, BOTH, u32),
	NEW(NETROM_T2,			NETROM, 2, BOTH, u32),
	NEW(NETROM_N2,			NETROM, 3, BOTH, u32),
	NEW(NETROM_T4,			NETROM, 6, BOTH, u32),
	NEW(NETROM_IDLE,		NETROM, 7, BOTH, u32),
	NEW(ROSE_DEFER,			ROSE, 1, BOTH, flag),
	NEW(ROSE_T1,			ROSE, 2, BOTH, u32),
	NEW(ROSE_T2,			ROSE, 3, BOTH, u32),
	NEW(ROSE_T3,			ROSE, 4, BOTH, u32),
	NEW(ROSE_IDLE,			ROSE, 5, BOTH, u32),
	NEW(ROSE_QBITINCL,		ROSE, 6, BOTH, flag),
	NEW(ROSE_HOLDBACK,		ROSE, 7, BOTH, u32),
};
/* clang-format on */

OPTION_TABLE(other, rows);
