// SPDX-License-Identifier: Apache-2.0
/* The tables of kernel names. A name that this build's headers lack is given by its number. */
#include "policy/names.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/netlink.h>

#include "base/cleanup.h"

/* clang-format off */
#define N(name) {#name, name}

static const struct name errno_names[] = {
	N(EPERM), N(ENOENT), N(ESRCH), N(EINTR), N(EIO), N(ENXIO), N(E2BIG), N(ENOEXEC), N(EBADF),
	N(ECHILD), N(EAGAIN), N(ENOMEM), N(EACCES), N(EFAULT), N(ENOTBLK), N(EBUSY), N(EEXIST),
	N(EXDEV), N(ENODEV), N(ENOTDIR), N(EISDIR), N(EINVAL), N(ENFILE), N(EMFILE), N(ENOTTY),
	N(ETXTBSY), N(EFBIG), N(ENOSPC), N(ESPIPE), N(EROFS), N(EMLINK), N(EPIPE), N(EDOM),
	N(ERANGE), N(EDEADLK), N(ENAMETOOLONG), N(ENOLCK), N(ENOSYS), N(ENOTEMPTY), N(ELOOP),
	N(ENOMSG), N(EIDRM), N(ECHRNG), N(EL2NSYNC), N(EL3HLT), N(EL3RST), N(ELNRNG), N(EUNATCH),
	N(ENOCSI), N(EL2HLT), N(EBADE), N(EBADR), N(EXFULL), N(ENOANO), N(EBADRQC), N(EBADSLT),
	N(EBFONT), N(ENOSTR), N(ENODATA), N(ETIME), N(ENOSR), N(ENONET), N(ENOPKG), N(EREMOTE),
	N(ENOLINK), N(EADV), N(ESRMNT), N(ECOMM), N(EPROTO), N(EMULTIHOP), N(EDOTDOT), N(EBADMSG),
	N(EOVERFLOW), N(ENOTUNIQ), N(EBADFD), N(EREMCHG), N(ELIBACC), N(ELIBBAD), N(ELIBSCN),
	N(ELIBMAX), N(ELIBEXEC), N(EILSEQ), N(ERESTART), N(ESTRPIPE), N(EUSERS), N(ENOTSOCK),
	N(EDESTADDRREQ), N(EMSGSIZE), N(EPROTOTYPE), N(ENOPROTOOPT), N(EPROTONOSUPPORT),
	N(ESOCKTNOSUPPORT), N(EOPNOTSUPP), N(EPFNOSUPPORT), N(EAFNOSUPPORT), N(EADDRINUSE),
	N(EADDRNOTAVAIL), N(ENETDOWN), N(ENETUNREACH), N(ENETRESET), N(ECONNABORTED),
	N(ECONNRESET), N(ENOBUFS), N(EISCONN), N(ENOTCONN), N(ESHUTDOWN), N(ETOOMANYREFS),
	N(ETIMEDOUT), N(ECONNREFUSED), N(EHOSTDOWN), N(EHOSTUNREACH), N(EALREADY), N(EINPROGRESS),
	N(ESTALE), N(EUCLEAN), N(ENOTNAM), N(ENAVAIL), N(EISNAM), N(EREMOTEIO), N(EDQUOT),
	N(ENOMEDIUM), N(EMEDIUMTYPE), N(ECANCELED), N(ENOKEY), N(EKEYEXPIRED), N(EKEYREVOKED),
	N(EKEYREJECTED), N(EOWNERDEAD), N(ENOTRECOVERABLE), N(ERFKILL), N(EHWPOISON),
	N(EWOULDBLOCK), N(EDEADLOCK), N(ENOTSUP),
};

static const struct name family_names[] = {
	N(AF_UNSPEC), N(AF_UNIX), N(AF_INET), N(AF_AX25), N(AF_IPX), N(AF_APPLETALK), N(AF_NETROM),
	N(AF_BRIDGE), N(AF_ATMPVC), N(AF_X25), N(AF_INET6), N(AF_ROSE), N(AF_DECnet),
	N(AF_NETBEUI), N(AF_SECURITY), N(AF_KEY), N(AF_NETLINK), N(AF_PACKET), N(AF_ASH),
	N(AF_ECONET), N(AF_ATMSVC), N(AF_RDS), N(AF_SNA), N(AF_IRDA), N(AF_PPPOX), N(AF_WANPIPE),
	N(AF_LLC), N(AF_IB), N(AF_MPLS), N(AF_CAN), N(AF_TIPC), N(AF_BLUETOOTH), N(AF_IUCV),
	N(AF_RXRPC), N(AF_ISDN), N(AF_PHONET), N(AF_IEEE802154), N(AF_CAIF), N(AF_ALG), N(AF_NFC),
	N(AF_VSOCK), N(AF_KCM), N(AF_QIPCRTR), N(AF_SMC), N(AF_XDP), N(AF_MCTP), N(AF_LOCAL),
	N(AF_FILE), N(AF_ROUTE),
};

static const struct name type_names[] = {
	N(SOCK_STREAM), N(SOCK_DGRAM), N(SOCK_RAW), N(SOCK_RDM), N(SOCK_SEQPACKET), N(SOCK_DCCP),
	N(SOCK_PACKET),
};

static const struct name protocol_names[] = {
	N(IPPROTO_IP), N(IPPROTO_ICMP), N(IPPROTO_IGMP), N(IPPROTO_IPIP), N(IPPROTO_TCP),
	N(IPPROTO_EGP), N(IPPROTO_PUP), N(IPPROTO_UDP), N(IPPROTO_IDP), N(IPPROTO_TP),
	N(IPPROTO_DCCP), N(IPPROTO_IPV6), N(IPPROTO_RSVP), N(IPPROTO_GRE), N(IPPROTO_ESP),
	N(IPPROTO_AH), N(IPPROTO_MTP), N(IPPROTO_BEETPH), N(IPPROTO_ENCAP), N(IPPROTO_PIM),
	N(IPPROTO_COMP), N(IPPROTO_L2TP), N(IPPROTO_SCTP), N(IPPROTO_UDPLITE), N(IPPROTO_MPLS),
	N(IPPROTO_ETHERNET), N(IPPROTO_RAW), N(IPPROTO_MPTCP),
	N(IPPROTO_HOPOPTS), N(IPPROTO_ROUTING), N(IPPROTO_FRAGMENT), N(IPPROTO_ICMPV6), N(IPPROTO_NONE),
	N(IPPROTO_DSTOPTS), N(IPPROTO_MH), {"IPPROTO_SMC", 256},
	N(NETLINK_ROUTE), N(NETLINK_USERSOCK), N(NETLINK_FIREWALL), N(NETLINK_SOCK_DIAG),
	N(NETLINK_NFLOG), N(NETLINK_XFRM), N(NETLINK_SELINUX), N(NETLINK_ISCSI), N(NETLINK_AUDIT),
	N(NETLINK_FIB_LOOKUP), N(NETLINK_CONNECTOR), N(NETLINK_NETFILTER), N(NETLINK_IP6_FW),
	N(NETLINK_DNRTMSG), N(NETLINK_KOBJECT_UEVENT), N(NETLINK_GENERIC),
	N(NETLINK_SCSITRANSPORT), N(NETLINK_ECRYPTFS), N(NETLINK_RDMA), N(NETLINK_CRYPTO),
	N(NETLINK_SMC),
};

/* RFC 2474, 2597, 3246, 5865 and 8622 */
static const struct name dscp_names[] = {
	{"CS0", 0}, {"CS1", 8}, {"CS2", 16}, {"CS3", 24}, {"CS4", 32}, {"CS5", 40}, {"CS6", 48},
	{"CS7", 56}, {"DF", 0}, {"LE", 1}, {"AF11", 10}, {"AF12", 12}, {"AF13", 14}, {"AF21", 18},
	{"AF22", 20}, {"AF23", 22}, {"AF31", 26}, {"AF32", 28}, {"AF33", 30}, {"AF41", 34},
	{"AF42", 36}, {"AF43", 38}, {"VA", 44}, {"VOICE-ADMIT", 44}, {"EF", 46},
};
/* clang-format on */

static const struct {
	const struct name *rows;
	size_t count;
} tables[] = {
	[NAMES_ERRNO] = {errno_names, ARRAY_SIZE(errno_names)},
	[NAMES_FAMILY] = {family_names, ARRAY_SIZE(family_names)},
	[NAMES_TYPE] = {type_names, ARRAY_SIZE(type_names)},
	[NAMES_PROTOCOL] = {protocol_names, ARRAY_SIZE(protocol_names)},
	[NAMES_DSCP] = {dscp_names, ARRAY_SIZE(dscp_names)},
};

const struct name *names_all(enum name_table table, size_t *count)
{
	*count = tables[table].count;
	return tables[table].rows;
}

const struct name *name_find(enum name_table table, const char *name)
{
	for (size_t i = 0; i < tables[table].count; i++)
		if (!strcmp(tables[table].rows[i].name, name))
			return &tables[table].rows[i];
	return NULL;
}

const char *name_of(enum name_table table, uint32_t number)
{
	for (size_t i = 0; i < tables[table].count; i++)
		if (tables[table].rows[i].number == number)
			return tables[table].rows[i].name;
	return NULL;
}
