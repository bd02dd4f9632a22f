// SPDX-License-Identifier: Apache-2.0
/*
 * The engine on setsockopt: integers and struct fields of every length, and every action on them.
 */
#include "test/rows.h"

/* clang-format off */
#define CALL(l, o, n)	{.level = (l), .optname = (o), .optlen = (n)}
#define RCVBUF(n)	CALL(1, 8, n)
#define LOWAT(n)	CALL(1, 19, n)
#define TOS(n)		CALL(0, 1, n)
#define TTL(n)		CALL(0, 2, n)
#define MTU_DISC(n)	CALL(0, 10, n)
#define RECVTTL(n)	CALL(0, 12, n)
#define MCAST_TTL(n)	CALL(0, 33, n)
#define TCLASS(n)	CALL(41, 67, n)
#define MCAST_HOPS(n)	CALL(41, 18, n)
#define NL_GROUP(n)	CALL(270, 1, n)
#define NL_PKTINFO(n)	CALL(270, 3, n)
#define LINGER(n)	CALL(1, 13, n)
#define TIMEO(n)	CALL(1, 20, n)
#define RATE(n)		CALL(1, 47, n)

static const char buffers[] = RULES(SET "'options':['@buffers'],'action':'clamp','min':2,'max':1048576}");
static const char lowat[] = RULES(SET "'options':['SO_SNDLOWAT'],'action':'clamp','min':-2,'max':5}");
static const char lowat_most[] = RULES(SET "'options':['SO_SNDLOWAT'],'action':'clamp','max':-3}");
static const char lowat_least[] = RULES(SET "'options':['SO_SNDLOWAT'],'action':'clamp','min':5}");
static const char high_denied[] = RULES(
	SET "'options':['SO_RCVBUF'],'where':{'value':{'min':1048577}},'action':'deny','errno':'E2BIG'}");

static const struct row socket_rows[] = {
	{"in bounds", buffers, RCVBUF(4), "00000100", "clamp 1/8 4 00000100"},
	{"at the upper bound", buffers, RCVBUF(4), "00001000", "clamp 1/8 4 00001000"},
	{"above it", buffers, RCVBUF(4), "01001000", "clamp 1/8 4 00001000"},
	{"below the lower bound", buffers, RCVBUF(4), "01000000", "clamp 1/8 4 02000000"},
	{"-1 is the largest size", buffers, RCVBUF(4), "ffffffff", "clamp 1/8 4 00001000"},
	{"so is INT_MIN", buffers, RCVBUF(4), "00000080", "clamp 1/8 4 00001000"},
	{"a negative size where FORCE compares signed", buffers, CALL(1, 33, 4), "ffffffff", "clamp 1/33 4 02000000"},
	{"optlen 0", buffers, RCVBUF(0), "", "deny EINVAL"},
	{"optlen 1", buffers, RCVBUF(1), "01", "deny EINVAL"},
	{"optlen 3", buffers, RCVBUF(3), "010000", "deny EINVAL"},
	{"optlen 5", buffers, RCVBUF(5), "0000200011", "clamp 1/8 5 0000100011"},
	{"optlen 8: behind the integer nothing changes", buffers, RCVBUF(8), "0000200001020304", "clamp 1/8 8 0000100001020304"},
	{"a page", buffers, RCVBUF(4096), "00002000", "clamp 1/8 4096 00001000eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"},
	{"a page and a byte", buffers, RCVBUF(4097), "00002000", "clamp 1/8 4 00001000"},
	{"20000", buffers, RCVBUF(20000), "00002000", "clamp 1/8 4 00001000"},
	{"20000 in bounds is settled too", buffers, RCVBUF(20000), "00000100", "clamp 1/8 4 00000100"},
	{"INT_MAX", buffers, RCVBUF(0x7fffffff), "00002000", "clamp 1/8 4 00001000"},
	{"SNDBUFFORCE is of the group", buffers, CALL(1, 32, 4), "00002000", "clamp 1/32 4 00001000"},
	{"another option", buffers, CALL(1, 9, 4), "00002000", "allow 1/9 4 00002000"},
	{"another option beyond a page is left alone", buffers, CALL(1, 9, 20000), "", "allow 1/9 20000 user"},
	{"the same number at another level", buffers, CALL(6, 8, 4), "00002000", "allow 6/8 4 00002000"},
	{"signed: in bounds", lowat, LOWAT(4), "ffffffff", "clamp 1/19 4 ffffffff"},
	{"signed: below", lowat, LOWAT(4), "fdffffff", "clamp 1/19 4 feffffff"},
	{"signed: INT_MIN is below", lowat, LOWAT(4), "00000080", "clamp 1/19 4 feffffff"},
	{"signed: above", lowat, LOWAT(4), "06000000", "clamp 1/19 4 05000000"},
	{"signed: INT_MAX is above", lowat, LOWAT(4), "ffffff7f", "clamp 1/19 4 05000000"},
	{"signed: upper bound alone", lowat_most, LOWAT(4), "00000000", "clamp 1/19 4 fdffffff"},
	{"signed: nothing below", lowat_most, LOWAT(4), "00000080", "clamp 1/19 4 00000080"},
	{"signed: lower bound alone", lowat_least, LOWAT(4), "00000080", "clamp 1/19 4 05000000"},
	{"signed: nothing above", lowat_least, LOWAT(4), "ffffff7f", "clamp 1/19 4 ffffff7f"},
	{"where: below", high_denied, RCVBUF(4), "00001000", "allow 1/8 4 00001000"},
	{"where: above", high_denied, RCVBUF(4), "01001000", "deny E2BIG"},
	{"where: a signed comparison would let -1 through", high_denied, RCVBUF(4), "ffffffff", "deny E2BIG"},
	{"where: INT_MIN", high_denied, RCVBUF(4), "00000080", "deny E2BIG"},
	{"where: optlen 0", high_denied, RCVBUF(0), "", "deny EINVAL"},
	{"where: optlen 3", high_denied, RCVBUF(3), "000000", "deny EINVAL"},
	{"where: beyond a page, above", high_denied, RCVBUF(4097), "01001000", "deny E2BIG"},
	{"where: beyond a page, below: trimmed, so that no other thread can rewrite it", high_denied, RCVBUF(4097), "00001000", "allow 1/8 4 00001000"},
};

static const char tos_max[] = RULES(SET "'options':['IP_TOS'],'action':'clamp','max':184}");
static const char tos_mask[] = RULES(SET "'options':['@dscp'],'action':'mask','keep':3,'set':{'dscp':'EF'}}");
static const char tos_list[] = RULES(
	SET "'options':['@dscp'],'where':{'value':{'mask':252,'oneOf':[{'dscp':'AF21'},{'dscp':'CS0'}]}},'action':'allow'},"
	SET "'options':['@dscp'],'action':'deny'}");
static const char ttl[] = RULES(SET "'options':['IP_TTL'],'action':'clamp','min':2,'max':64}");
static const char disc[] = RULES(SET "'options':['IP_MTU_DISCOVER'],'action':'clamp','min':-5,'max':3}");
static const char flag_off[] = RULES(SET "'options':['IP_RECVTTL','NETLINK_PKTINFO'],'action':'clamp','max':0}");
static const char flag_one[] = RULES(
	SET "'options':['IP_RECVTTL','SO_KEEPALIVE','NETLINK_PKTINFO'],'where':{'value':{'oneOf':[1]}},'action':'deny'}");
static const char mcast[] = RULES(SET "'options':['IP_MULTICAST_TTL','IPV6_MULTICAST_HOPS'],'action':'clamp','max':1}");
static const char mcast_none[] = RULES(SET "'options':['IP_MULTICAST_TTL','IPV6_MULTICAST_HOPS'],'action':'clamp','max':0}");
static const char tclass[] = RULES(SET "'options':['IPV6_TCLASS'],'where':{'value':{'max':0}},'action':'deny'}");
static const char tclass_list[] = RULES(SET "'options':['IPV6_TCLASS'],'where':{'value':{'oneOf':[4294967294]}},'action':'deny'}");
static const char groups[] = RULES(SET "'options':['NETLINK_ADD_MEMBERSHIP'],'where':{'value':{'max':0}},'action':'deny'}");

static const struct row norm_rows[] = {
	{"IP_TOS: the low byte", tos_max, TOS(4), "b8000000", "clamp 0/1 4 b8000000"},
	{"IP_TOS: above", tos_max, TOS(4), "b9000000", "clamp 0/1 4 b8000000"},
	{"IP_TOS: 0x1b8 is 0xb8", tos_max, TOS(4), "b8010000", "clamp 0/1 4 b8010000"},
	{"IP_TOS: 0x1c0 is 0xc0", tos_max, TOS(4), "c0010000", "clamp 0/1 4 b8010000"},
	{"IP_TOS: -1 is 0xff", tos_max, TOS(4), "ffffffff", "clamp 0/1 4 b8ffffff"},
	{"IP_TOS: one byte", tos_max, TOS(1), "c0", "clamp 0/1 4 b8000000"},
	{"IP_TOS: three bytes are one", tos_max, TOS(3), "10ffff", "clamp 0/1 4 10000000"},
	{"IP_TOS: no byte is 0", tos_max, TOS(0), "", "clamp 0/1 4 00000000"},
	{"IP_TOS: beyond a page", tos_max, TOS(20000), "c0010000", "clamp 0/1 4 b8010000"},
	{"IP_TOS under a list", tos_list, TOS(4), "48000000", "allow 0/1 4 48000000"},
	{"IP_TOS under a list: ECN bits do not count", tos_list, TOS(4), "4b000000", "allow 0/1 4 4b000000"},
	{"IP_TOS under a list: 0x148", tos_list, TOS(4), "48010000", "allow 0/1 4 48010000"},
	{"IP_TOS under a list: 0x1b8", tos_list, TOS(4), "b8010000", "deny EPERM"},
	{"IP_TOS under a list: one byte", tos_list, TOS(1), "b8", "deny EPERM"},
	{"IP_TOS under a list: one byte that is allowed", tos_list, TOS(1), "48", "allow 0/1 4 48000000"},
	{"IP_TOS under a list: two bytes", tos_list, TOS(2), "b848", "deny EPERM"},
	{"IP_TOS under a list: none is 0", tos_list, TOS(0), "", "allow 0/1 4 00000000"},
	{"IPV6_TCLASS under a list: one byte", tos_list, TCLASS(1), "48", "deny EINVAL"},
	{"IPV6_TCLASS under a list: -1 is 0", tos_list, TCLASS(4), "ffffffff", "allow 41/67 4 ffffffff"},
	{"mask", tos_mask, TOS(4), "02000000", "mask 0/1 4 ba000000"},
	{"mask: the bytes above do not matter", tos_mask, TOS(4), "02010000", "mask 0/1 4 ba010000"},
	{"mask: one byte", tos_mask, TOS(1), "03", "mask 0/1 4 bb000000"},
	{"mask: all bits", tos_mask, TCLASS(4), "fdffffff", "mask 41/67 4 b9000000"},
	{"IP_TTL: in bounds", ttl, TTL(4), "40000000", "clamp 0/2 4 40000000"},
	{"IP_TTL: -1, the default of the namespace", ttl, TTL(4), "ffffffff", "clamp 0/2 4 40000000"},
	{"IP_TTL: a byte of 0xff", ttl, TTL(1), "ff", "clamp 0/2 4 40000000"},
	{"IP_TTL: no byte", ttl, TTL(0), "", "clamp 0/2 4 02000000"},
	{"a byte in an int's place is unsigned", disc, MTU_DISC(1), "ff", "clamp 0/10 4 03000000"},
	{"the int itself is signed", disc, MTU_DISC(4), "feffffff", "clamp 0/10 4 feffffff"},
	{"flag: 5 is 1", flag_one, RECVTTL(4), "05000000", "deny EPERM"},
	{"flag: 256 is 1", flag_one, RECVTTL(4), "00010000", "deny EPERM"},
	{"flag: a byte", flag_one, RECVTTL(1), "80", "deny EPERM"},
	{"flag: INT_MIN is 1", flag_one, CALL(1, 9, 4), "00000080", "deny EPERM"},
	{"flag: 0", flag_one, RECVTTL(4), "00000000", "allow 0/12 4 00000000"},
	{"flag: two bytes, of which the kernel reads one", flag_one, RECVTTL(2), "0001", "allow 0/12 4 00000000"},
	{"flag: clamped", flag_off, RECVTTL(4), "00010000", "clamp 0/12 4 00000000"},
	{"IP_MULTICAST_TTL: -1 is 1", mcast, MCAST_TTL(4), "ffffffff", "clamp 0/33 4 ffffffff"},
	{"IP_MULTICAST_TTL: -1 is more than 0", mcast_none, MCAST_TTL(4), "ffffffff", "clamp 0/33 4 00000000"},
	{"IP_MULTICAST_TTL: -2 is large", mcast, MCAST_TTL(4), "feffffff", "clamp 0/33 4 01000000"},
	{"IP_MULTICAST_TTL: a byte of 0xff is 255", mcast, MCAST_TTL(1), "ff", "clamp 0/33 4 01000000"},
	{"IPV6_MULTICAST_HOPS: -1 is 1", mcast, MCAST_HOPS(4), "ffffffff", "clamp 41/18 4 ffffffff"},
	{"IPV6_MULTICAST_HOPS: -1 is more than 0", mcast_none, MCAST_HOPS(4), "ffffffff", "clamp 41/18 4 00000000"},
	{"IPV6_TCLASS: -1 is 0", tclass, TCLASS(4), "ffffffff", "deny EPERM"},
	{"IPV6_TCLASS: -2 is not", tclass, TCLASS(4), "feffffff", "allow 41/67 4 feffffff"},
	{"IPV6_TCLASS: -2 is 4294967294", tclass_list, TCLASS(4), "feffffff", "deny EPERM"},
	{"SOL_NETLINK: a shorter value is 0", groups, NL_GROUP(3), "010101", "deny EPERM"},
	{"SOL_NETLINK: so is none", groups, NL_GROUP(0), "", "deny EPERM"},
	{"SOL_NETLINK: a whole one", groups, NL_GROUP(4), "01000000", "allow 270/1 4 01000000"},
	{"SOL_NETLINK: 1 byte is 0 and says so", flag_one, NL_PKTINFO(1), "01", "allow 270/3 4 00000000"},
	{"SOL_NETLINK: beyond a page", flag_off, NL_PKTINFO(4097), "01010101", "clamp 270/3 4 00000000"},
};

static const char linger[] = RULES(SET "'options':['SO_LINGER'],'action':'clamp','field':'l_linger','max':5}");
static const char linger_on[] = RULES(SET "'options':['SO_LINGER'],'action':'replace','field':'l_onoff','value':1}");
static const char linger_all[] = RULES(SET "'options':['SO_LINGER'],'action':'replace','value':{'l_onoff':1,'l_linger':7}}");
static const char linger_is[] = RULES(
	SET "'options':['SO_LINGER'],'where':{'value':{'oneOf':[{'l_onoff':1,'l_linger':7}]}},'action':'deny'}");
static const char timeo[] = RULES(SET "'options':['SO_RCVTIMEO'],'action':'clamp','field':'tv_sec','min':1,'max':60}");
static const char timeo_usec[] = RULES(SET "'options':['SO_RCVTIMEO'],'action':'mask','field':'tv_usec','keep':0,'set':9}");
static const char rate[] = RULES(SET "'options':['SO_MAX_PACING_RATE'],'action':'clamp','max':8589934592}");
static const char rate_small[] = RULES(SET "'options':['SO_MAX_PACING_RATE'],'action':'clamp','min':3,'max':1000}");
static const char rate_none[] = RULES(
	SET "'options':['SO_MAX_PACING_RATE'],'where':{'value':{'min':4294967296}},'action':'deny'}");

static const struct row field_rows[] = {
	{"struct: any l_onoff but 0 is on", linger_is, LINGER(8), "0200000007000000", "deny EPERM"},
	{"struct: a negative l_onoff too", linger_is, LINGER(8), "ffffffff07000000", "deny EPERM"},
	{"struct: off is not on", linger_is, LINGER(8), "0000000007000000", "allow 1/13 8 0000000007000000"},
	{"struct: another time", linger_is, LINGER(8), "0200000008000000", "allow 1/13 8 0200000008000000"},
	{"field: in bounds", linger, LINGER(8), "0100000005000000", "clamp 1/13 8 0100000005000000"},
	{"field: above, its neighbour untouched", linger, LINGER(8), "0100000006000000", "clamp 1/13 8 0100000005000000"},
	{"field: a negative time is the longest", linger, LINGER(8), "01000000ffffffff", "clamp 1/13 8 0100000005000000"},
	{"field: optlen 0", linger, LINGER(0), "", "deny EINVAL"},
	{"field: ends before it", linger, LINGER(4), "01000000", "deny EINVAL"},
	{"field: ends within it", linger, LINGER(7), "01000000060000", "deny EINVAL"},
	{"field: a byte longer", linger, LINGER(9), "010000000600000077", "clamp 1/13 9 010000000500000077"},
	{"field: beyond a page", linger, LINGER(4097), "0100000006000000", "clamp 1/13 8 0100000005000000"},
	{"first field: beyond a page the whole struct is left", linger_on, LINGER(20000), "0000000006000000", "mask 1/13 8 0100000006000000"},
	{"whole struct replaced", linger_all, LINGER(8), "0000000006000000", "replace 1/13 8 0100000007000000"},
	{"whole struct replaced, whatever was there", linger_all, LINGER(0), "", "replace 1/13 8 0100000007000000"},
	{"whole struct replaced beyond a page", linger_all, LINGER(20000), "", "replace 1/13 8 0100000007000000"},
	{"whole struct compared", linger_is, LINGER(8), "0100000007000000", "deny EPERM"},
	{"whole struct compared, longer", linger_is, LINGER(12), "010000000700000001", "deny EPERM"},
	{"whole struct compared, last byte differs", linger_is, LINGER(8), "0100000007000001", "allow 1/13 8 0100000007000001"},
	{"whole struct compared, shorter", linger_is, LINGER(7), "01000000070000", "deny EINVAL"},
	{"whole struct compared beyond a page", linger_is, LINGER(4097), "0100000008000000", "allow 1/13 8 0100000008000000"},
	{"64-bit field: negative is less", timeo, TIMEO(16), "ffffffffffffffff1000000000000000", "clamp 1/20 16 01000000000000001000000000000000"},
	{"64-bit field: above", timeo, TIMEO(16), "00000000010000001000000000000000", "clamp 1/20 16 3c000000000000001000000000000000"},
	{"64-bit field: both numbers", timeo, CALL(1, 66, 16), "3d000000000000001000000000000000", "clamp 1/66 16 3c000000000000001000000000000000"},
	{"64-bit field at offset 8", timeo_usec, TIMEO(16), "01000000000000001000000000000000", "mask 1/20 16 01000000000000000900000000000000"},
	{"wide: 4 bytes in bounds", rate, RATE(4), "feffffff", "clamp 1/47 4 feffffff"},
	{"wide: all ones in 4 bytes is no limit", rate, RATE(4), "ffffffff", "clamp 1/47 8 0000000002000000"},
	{"wide: all ones in 5 bytes too", rate, RATE(5), "ffffffff00", "clamp 1/47 8 0000000002000000"},
	{"wide: all ones in 8 bytes", rate, RATE(8), "ffffffffffffffff", "clamp 1/47 8 0000000002000000"},
	{"wide: 0xffffffff in 8 bytes is a number", rate, RATE(8), "ffffffff00000000", "clamp 1/47 8 ffffffff00000000"},
	{"wide: the high half counts", rate_small, RATE(8), "0000000001000000", "clamp 1/47 8 e803000000000000"},
	{"wide: below in 4 bytes", rate_small, RATE(4), "00000000", "clamp 1/47 8 0300000000000000"},
	{"wide: 3 bytes", rate_small, RATE(3), "010000", "deny EINVAL"},
	{"wide: beyond a page, in bounds", rate, RATE(4097), "0000000001000000", "clamp 1/47 8 0000000001000000"},
	{"wide: beyond a page", rate_small, RATE(4097), "0000000001000000", "clamp 1/47 8 e803000000000000"},
	{"wide, where: all ones in 4", rate_none, RATE(4), "ffffffff", "deny EPERM"},
	{"wide, where: one less", rate_none, RATE(4), "feffffff", "allow 1/47 4 feffffff"},
	{"wide, where: the high half", rate_none, RATE(8), "0000000001000000", "deny EPERM"},
};

static const char one[] = RULES(SET "'options':['200/1:u8'],'action':'clamp','max':9}");
static const char eight[] = RULES(SET "'options':['200/1:u64'],'action':'clamp','min':9223372036854775808}");
static const char bits[] = RULES(SET "'options':['SO_SNDLOWAT'],'where':{'value':{'mask':2147483649,'oneOf':[1,-2147483648]}},'action':'deny'}");
static const char bits_range[] = RULES(SET "'options':['SO_SNDLOWAT'],'where':{'value':{'mask':4278190080,'min':2130706432}},'action':'deny'}");
static const char negated[] = RULES(SET "'options':['SO_SNDLOWAT'],'where':{'value':{'min':-10,'max':10,'not':{'min':-1,'max':1}}},'action':'deny'}");
static const char negated_list[] = RULES(SET "'options':['SO_PRIORITY'],'where':{'value':{'not':{'mask':15,'oneOf':[1,2]}}},'action':'deny'}");
static const char all_three[] = RULES(SET "'options':['SO_PRIORITY'],'where':{'value':{'min':2,'max':4,'oneOf':[1,3,5]}},'action':'deny'}");

static const struct row where_rows[] = {
	{"one byte", one, CALL(200, 1, 1), "ff", "clamp 200/1 1 09"},
	{"one byte, longer", one, CALL(200, 1, 2), "ffff", "clamp 200/1 2 09ff"},
	{"one byte, none", one, CALL(200, 1, 0), "", "deny EINVAL"},
	{"eight bytes", eight, CALL(200, 1, 8), "ffffffffffffff7f", "clamp 200/1 8 0000000000000080"},
	{"eight bytes, seven", eight, CALL(200, 1, 7), "ffffffffffffff", "deny EINVAL"},
	{"mask compares bits", bits, LOWAT(4), "03000000", "deny EPERM"},
	{"mask: the sign bit", bits, LOWAT(4), "02000080", "deny EPERM"},
	{"mask: both bits are another pattern", bits, LOWAT(4), "01000080", "allow 1/19 4 01000080"},
	{"mask: none", bits, LOWAT(4), "feffff7f", "allow 1/19 4 feffff7f"},
	{"mask: a range of bits is unsigned", bits_range, LOWAT(4), "000000ff", "deny EPERM"},
	{"mask: at its start", bits_range, LOWAT(4), "ffffff7f", "deny EPERM"},
	{"mask: below", bits_range, LOWAT(4), "ffffff7e", "allow 1/19 4 ffffff7e"},
	{"not: outside of both", negated, LOWAT(4), "0b000000", "allow 1/19 4 0b000000"},
	{"not: between", negated, LOWAT(4), "02000000", "deny EPERM"},
	{"not: between, negative", negated, LOWAT(4), "feffffff", "deny EPERM"},
	{"not: inside of both", negated, LOWAT(4), "ffffffff", "allow 1/19 4 ffffffff"},
	{"not: below all", negated, LOWAT(4), "f5ffffff", "allow 1/19 4 f5ffffff"},
	{"not with a mask: in the list", negated_list, CALL(1, 12, 4), "120000ff", "allow 1/12 4 120000ff"},
	{"not with a mask: not in it", negated_list, CALL(1, 12, 4), "13000000", "deny EPERM"},
	{"not: no value is not \"not\"", negated_list, CALL(1, 12, 2), "1300", "deny EINVAL"},
	{"range and list: in both", all_three, CALL(1, 12, 4), "03000000", "deny EPERM"},
	{"range and list: in the list alone", all_three, CALL(1, 12, 4), "01000000", "allow 1/12 4 01000000"},
	{"range and list: in the range alone", all_three, CALL(1, 12, 4), "04000000", "allow 1/12 4 04000000"},
};
/* clang-format on */

int main(void)
{
	run_rows(socket_rows, ARRAY_SIZE(socket_rows));
	run_rows(norm_rows, ARRAY_SIZE(norm_rows));
	run_rows(field_rows, ARRAY_SIZE(field_rows));
	run_rows(where_rows, ARRAY_SIZE(where_rows));
	return tap_done();
}
