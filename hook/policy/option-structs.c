// SPDX-License-Identifier: Apache-2.0
/*
 * Structs that socket options take: their integer fields, laid out as the headers declare them.
 * Fields in network byte order are left out, since a bound on them would compare nonsense.
 */
#include "policy/option-structs.h"

#include <sys/socket.h>

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ipv6.h>
#include <linux/net_tstamp.h>
#include <linux/tcp.h>
#include <linux/time_types.h>

/* The kernel takes a negative l_linger as the longest time, and any l_onoff but 0 as on. */
STRUCT(linger, struct linger, FLAG(struct linger, l_onoff), UNSIGNED(struct linger, l_linger));

/* Both numbers of a time64 pair lay it out alike in 64-bit programs. A negative tv_sec means 0. */
_Static_assert(sizeof(struct __kernel_sock_timeval) == 16, "two 64-bit fields");
STRUCT(timeval, struct __kernel_sock_timeval, SIGNED(struct __kernel_sock_timeval, tv_sec),
       SIGNED(struct __kernel_sock_timeval, tv_usec));

STRUCT(ucred, struct ucred, SIGNED(struct ucred, pid), UNSIGNED(struct ucred, uid),
       UNSIGNED(struct ucred, gid));
STRUCT(sock_txtime, struct sock_txtime, SIGNED(struct sock_txtime, clockid),
       UNSIGNED(struct sock_txtime, flags));

STRUCT(in6_pktinfo, struct in6_pktinfo, SIGNED(struct in6_pktinfo, ipi6_ifindex));
STRUCT(ipv6_mreq, struct ipv6_mreq, SIGNED(struct ipv6_mreq, ipv6mr_ifindex));

/* A struct ip_mreq of 8 bytes is taken too, with an imr_ifindex of 0. */
STRUCT(ip_mreqn, struct ip_mreqn, SIGNED(struct ip_mreqn, imr_ifindex));
STRUCT(group_req, struct group_req, UNSIGNED(struct group_req, gr_interface));
STRUCT(ip6_mtuinfo, struct ip6_mtuinfo, UNSIGNED(struct ip6_mtuinfo, ip6m_mtu));

/* clang-format off */
STRUCT(tcp_repair_window, struct tcp_repair_window,
       UNSIGNED(struct tcp_repair_window, snd_wl1),
       UNSIGNED(struct tcp_repair_window, snd_wnd),
       UNSIGNED(struct tcp_repair_window, max_window),
       UNSIGNED(struct tcp_repair_window, rcv_wnd),
       UNSIGNED(struct tcp_repair_window, rcv_wup));

/* What every kernel reports; longer ones add to it. A getsockopt buffer may be as short as this. */
static const struct option_field tcp_info_fields[] = {
	UNSIGNED(struct tcp_info, tcpi_state),
	UNSIGNED(struct tcp_info, tcpi_ca_state),
	UNSIGNED(struct tcp_info, tcpi_retransmits),
	UNSIGNED(struct tcp_info, tcpi_probes),
	UNSIGNED(struct tcp_info, tcpi_backoff),
	UNSIGNED(struct tcp_info, tcpi_options),
	UNSIGNED(struct tcp_info, tcpi_rto),
	UNSIGNED(struct tcp_info, tcpi_ato),
	UNSIGNED(struct tcp_info, tcpi_snd_mss),
	UNSIGNED(struct tcp_info, tcpi_rcv_mss),
	UNSIGNED(struct tcp_info, tcpi_unacked),
	UNSIGNED(struct tcp_info, tcpi_sacked),
	UNSIGNED(struct tcp_info, tcpi_lost),
	UNSIGNED(struct tcp_info, tcpi_retrans),
	UNSIGNED(struct tcp_info, tcpi_fackets),
	UNSIGNED(struct tcp_info, tcpi_last_data_sent),
	UNSIGNED(struct tcp_info, tcpi_last_ack_sent),
	UNSIGNED(struct tcp_info, tcpi_last_data_recv),
	UNSIGNED(struct tcp_info, tcpi_last_ack_recv),
	UNSIGNED(struct tcp_info, tcpi_pmtu),
	UNSIGNED(struct tcp_info, tcpi_rcv_ssthresh),
	UNSIGNED(struct tcp_info, tcpi_rtt),
	UNSIGNED(struct tcp_info, tcpi_rttvar),
	UNSIGNED(struct tcp_info, tcpi_snd_ssthresh),
	UNSIGNED(struct tcp_info, tcpi_snd_cwnd),
	UNSIGNED(struct tcp_info, tcpi_advmss),
	UNSIGNED(struct tcp_info, tcpi_reordering),
	UNSIGNED(struct tcp_info, tcpi_rcv_rtt),
	UNSIGNED(struct tcp_info, tcpi_rcv_space),
	UNSIGNED(struct tcp_info, tcpi_total_retrans),
	END,
};
/* clang-format on */

_Static_assert(offsetof(struct tcp_info, tcpi_pacing_rate) == 104,
	       "no hole before the newer fields");
const struct option_type option_type_tcp_info = {.name = "tcp_info",
						 .kind = VALUE_STRUCT,
						 .size = 104,
						 .fields = tcp_info_fields};
