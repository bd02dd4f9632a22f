// SPDX-License-Identifier: Apache-2.0
/* The engine on setsockopt: strings and bytes of every length, and values put in place. */
#include "test/rows.h"

/* clang-format off */
#define CALL(l, o, n)	{.level = (l), .optname = (o), .optlen = (n)}
#define CC(n)		CALL(6, 13, n)
#define TEXT(n)		CALL(200, 4, n)
#define BYTES(n)	CALL(200, 5, n)
#define FILTER(n)	CALL(58, 1, n)

#define CUBIC	"6375626963"
#define BBR	"626272"
#define LONG15	"6162636465666768696a6b6c6d6e6f"

static const char cc[] = RULES(
	SET "'options':['TCP_CONGESTION'],'where':{'value':{'not':{'oneOf':['cubic','bbr']}}},'action':'deny','errno':'ENOENT'}");
static const char cc_bad[] = RULES(
	SET "'options':['TCP_CONGESTION'],'where':{'value':{'oneOf':['bbr','','abcdefghijklmno']}},'action':'deny'}");
static const char cc_long[] = RULES(
	SET "'options':['200/4:string'],'where':{'value':{'oneOf':['abcdefgh','abcdefghi']}},'action':'deny'}");

static const struct row string_rows[] = {
	{"without NUL", cc, CC(5), CUBIC, "allow 6/13 5 " CUBIC},
	{"with NUL", cc, CC(6), CUBIC "00", "allow 6/13 6 " CUBIC "00"},
	{"the other one", cc, CC(3), BBR, "allow 6/13 3 " BBR},
	{"a whole buffer", cc, CC(16), BBR "00", "allow 6/13 16 " BBR "00eeeeeeeeeeeeeeeeeeeeeeee"},
	{"what follows the NUL does not count", cc, CC(9), BBR "00" CUBIC, "allow 6/13 9 " BBR "00" CUBIC},
	{"a prefix", cc, CC(2), "6262", "deny ENOENT"},
	{"a prefix with NUL", cc, CC(3), "626200", "deny ENOENT"},
	{"a longer one", cc, CC(4), BBR "32", "deny ENOENT"},
	{"NUL first", cc, CC(4), "00" BBR, "deny ENOENT"},
	{"length 0 is the empty string", cc, CC(0), "", "deny ENOENT"},
	{"upper case", cc, CC(3), "424252", "deny ENOENT"},
	{"beyond a page", cc, CC(4097), CUBIC "00", "allow 6/13 15 " CUBIC "00eeeeeeeeeeeeeeeeee"},
	{"beyond a page, refused", cc, CC(20000), "72656e6f00", "deny ENOENT"},
	{"a page", cc, CC(4096), "72656e6f00", "deny ENOENT"},
	{"list: the first", cc_bad, CC(3), BBR, "deny EPERM"},
	{"list: the empty string by length", cc_bad, CC(0), "", "deny EPERM"},
	{"list: the empty string by NUL", cc_bad, CC(8), "0001020304050607", "deny EPERM"},
	{"list: as long as the kernel looks", cc_bad, CC(15), LONG15, "deny EPERM"},
	{"list: the 16th byte is not looked at", cc_bad, CC(16), LONG15 "70", "deny EPERM"},
	{"list: nor what follows", cc_bad, CC(20000), LONG15 "7071", "deny EPERM"},
	{"list: the 15th differs", cc_bad, CC(16), "6162636465666768696a6b6c6d6e7000", "allow 6/13 16 6162636465666768696a6b6c6d6e7000"},
	{"list: 14 of them", cc_bad, CC(14), "6162636465666768696a6b6c6d6e", "allow 6/13 14 6162636465666768696a6b6c6d6e"},
	{"list: none, settled", cc_bad, CC(4097), CUBIC, "allow 6/13 15 " CUBIC "eeeeeeeeeeeeeeeeeeee"},
	{"eight bytes", cc_long, TEXT(8), "6162636465666768", "deny EPERM"},
	{"nine bytes", cc_long, TEXT(9), "616263646566676869", "deny EPERM"},
	{"eight of another nine", cc_long, TEXT(9), "616263646566676870", "allow 200/4 9 616263646566676870"},
	{"seven", cc_long, TEXT(7), "61626364656667", "allow 200/4 7 61626364656667"},
};

static const char raw[] = RULES(
	SET "'options':['200/5:bytes'],'where':{'value':{'oneOf':[{'hex':'0102030405060708'},{'hex':'010203'},{'hex':'00'}]}},'action':'deny'}");
static const char raw_not[] = RULES(
	SET "'options':['200/5:bytes'],'where':{'value':{'not':{'oneOf':[{'hex':'0102'}]}}},'action':'deny'}");
static const char fixed[] = RULES(SET "'options':['IP_UNICAST_IF'],'where':{'value':{'oneOf':[{'hex':'00000002'}]}},'action':'deny'}");

static const struct row bytes_rows[] = {
	{"bytes: equal", raw, BYTES(8), "0102030405060708", "deny EPERM"},
	{"bytes: equal, short", raw, BYTES(3), "010203", "deny EPERM"},
	{"bytes: longer", raw, BYTES(4), "01020300", "allow 200/5 4 01020300"},
	{"bytes: longer than eight", raw, BYTES(9), "010203040506070800", "allow 200/5 9 010203040506070800"},
	{"bytes: shorter", raw, BYTES(2), "0102", "allow 200/5 2 0102"},
	{"bytes: one differs", raw, BYTES(3), "010204", "allow 200/5 3 010204"},
	{"bytes: one zero", raw, BYTES(1), "00", "deny EPERM"},
	{"bytes: two zeroes", raw, BYTES(2), "0000", "allow 200/5 2 0000"},
	{"bytes: optlen 0", raw, BYTES(0), "", "deny EINVAL"},
	{"bytes: a page", raw, BYTES(4096), "010203", "allow 200/5 4096 010203eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"},
	{"bytes: beyond a page there is no end to settle", raw, BYTES(4097), "010203", "deny EINVAL"},
	{"bytes: not, equal", raw_not, BYTES(2), "0102", "allow 200/5 2 0102"},
	{"bytes: not, longer", raw_not, BYTES(3), "010200", "deny EPERM"},
	{"bytes: not, beyond a page", raw_not, BYTES(20000), "0102", "deny EINVAL"},
	{"fixed: equal", fixed, CALL(0, 50, 4), "00000002", "deny EPERM"},
	{"fixed: the rest does not count", fixed, CALL(0, 50, 8), "0000000207070707", "deny EPERM"},
	{"fixed: shorter", fixed, CALL(0, 50, 3), "000000", "deny EINVAL"},
	{"fixed: one differs", fixed, CALL(0, 50, 4), "00000003", "allow 0/50 4 00000003"},
	{"fixed: beyond a page", fixed, CALL(0, 50, 4097), "00000003", "allow 0/50 4 00000003"},
};

#define A64	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
static const char put_cc[] = RULES(SET "'options':['TCP_CONGESTION'],'action':'replace','value':'bbr'}");
static const char put_15[] = RULES(SET "'options':['TCP_CONGESTION'],'action':'replace','value':'abcdefghijklmno'}");
static const char put_int[] = RULES(SET "'options':['IP_TOS','SO_MARK'],'action':'replace','value':16}");
static const char put_256[] = RULES(SET "'options':['200/5:bytes'],'action':'replace','value':{'hex':'"
	A64 A64 A64 A64 A64 A64 A64 A64 "'}}");
static const char ignore[] = RULES(SET "'options':['SO_MARK'],'action':'ignore'}");
static const char deny[] = RULES(SET "'options':['SO_MARK'],'action':'deny'}," SET "'options':['SO_PRIORITY'],'action':'deny','errno':133}");
static const char emulate[] = RULES(SET "'options':['200/1:int'],'action':'emulate','initial':-2}");

static const struct row put_rows[] = {
	{"replace: a shorter one", put_cc, CC(16), CUBIC "00", "replace 6/13 4 " BBR "00"},
	{"replace: a longer one", put_cc, CC(1), "61", "replace 6/13 4 " BBR "00"},
	{"replace: what was not there", put_cc, CC(0), "", "replace 6/13 4 " BBR "00"},
	{"replace: beyond a page", put_cc, CC(20000), CUBIC, "replace 6/13 4 " BBR "00"},
	{"replace: without NUL", put_15, CC(3), BBR, "replace 6/13 15 " LONG15},
	{"replace: one byte by an int", put_int, CALL(0, 1, 1), "01", "replace 0/1 4 10000000"},
	{"replace: a shorter int", put_int, CALL(1, 36, 3), "010203", "replace 1/36 4 10000000"},
	{"replace: a longer int", put_int, CALL(1, 36, 9), "010203", "replace 1/36 4 10000000"},
	{"replace: 256 bytes fit", put_256, BYTES(256), "00", "replace 200/5 256 " "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
	{"replace: 255 bytes of room", put_256, BYTES(255), "00", "deny EINVAL"},
	{"replace: the kernel's 16 bytes are no room either", put_256, BYTES(0), "", "deny EINVAL"},
	{"ignore", ignore, CALL(1, 36, 4), "01000000", "ignore 1/36 -1"},
	{"ignore: optlen 0", ignore, CALL(1, 36, 0), "", "ignore 1/36 -1"},
	{"ignore: beyond a page", ignore, CALL(1, 36, 20000), "", "ignore 1/36 -1"},
	{"deny", deny, CALL(1, 36, 4), "01000000", "deny EPERM"},
	{"deny: optlen 0", deny, CALL(1, 36, 0), "", "deny EPERM"},
	{"deny: beyond a page", deny, CALL(1, 36, 20000), "", "deny EPERM"},
	{"deny: the largest errno", deny, CALL(1, 12, 4), "01000000", "deny EHWPOISON"},
	{"emulate: the call is left to the caller", emulate, CALL(200, 1, 4), "01000000", "emulate 200/1 4 01000000"},
};

static const char to_bare[] = RULES(SET "'options':['SO_RCVBUFFORCE'],'action':'redirect','to':'SO_RCVBUF'}");
static const char to_bound[] = RULES(SET "'options':['SO_RCVBUFFORCE'],'action':'redirect','to':'SO_RCVBUF','max':1048576}");
static const char to_signed[] = RULES(SET "'options':['SO_PRIORITY'],'action':'redirect','to':'SO_SNDLOWAT','min':-1,'max':5}");
static const char to_value[] = RULES(SET "'options':['SO_MARK'],'action':'redirect','to':'TCP_CONGESTION','value':'bbr'}");
static const char to_string[] = RULES(SET "'options':['200/4:string'],'action':'redirect','to':'TCP_CONGESTION'}");
static const char to_unknown[] = RULES(SET "'options':['200/4'],'action':'redirect','to':'300/7'}");
static const char to_tos[] = RULES(SET "'options':['200/4'],'action':'redirect','to':'IP_TOS'}");
static const char to_where[] = RULES(
	SET "'options':['SO_PRIORITY'],'where':{'value':{'max':6}},'action':'allow'},"
	SET "'options':['SO_PRIORITY'],'action':'redirect','to':'SO_MARK','value':1}");

static const struct row redirect_rows[] = {
	{"redirect", to_bare, CALL(1, 33, 4), "00002000", "allow 1/8 4 00002000"},
	{"redirect: longer", to_bare, CALL(1, 33, 4096), "00002000", "allow 1/8 4096 00002000eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"},
	{"redirect: beyond a page, where the kernel would forget the option", to_bare, CALL(1, 33, 4097), "00002000", "allow 1/8 4 00002000"},
	{"redirect: optlen 0", to_bare, CALL(1, 33, 0), "", "deny EINVAL"},
	{"redirect: bounded", to_bound, CALL(1, 33, 4), "01001000", "clamp 1/8 4 00001000"},
	{"redirect: bounds compare as the target does", to_bound, CALL(1, 33, 4), "ffffffff", "clamp 1/8 4 00001000"},
	{"redirect: bounded, beyond a page", to_bound, CALL(1, 33, 20000), "01001000", "clamp 1/8 4 00001000"},
	{"redirect: to a signed one", to_signed, CALL(1, 12, 4), "feffffff", "clamp 1/19 4 ffffffff"},
	{"redirect: to a signed one, above", to_signed, CALL(1, 12, 4), "06000000", "clamp 1/19 4 05000000"},
	{"redirect: with a value", to_value, CALL(1, 36, 4), "06000000", "replace 6/13 4 " BBR "00"},
	{"redirect: with a value, optlen 0", to_value, CALL(1, 36, 0), "", "replace 6/13 4 " BBR "00"},
	{"redirect: with a value, beyond a page", to_value, CALL(1, 36, 4097), "", "replace 6/13 4 " BBR "00"},
	{"redirect: a string", to_string, TEXT(3), BBR, "allow 6/13 3 " BBR},
	{"redirect: the empty string", to_string, TEXT(0), "", "allow 6/13 1 00"},
	{"redirect: a string beyond a page", to_string, TEXT(20000), BBR "00", "allow 6/13 15 " BBR "00eeeeeeeeeeeeeeeeeeeeee"},
	{"redirect: unknown type", to_unknown, TEXT(3), BBR, "allow 300/7 3 " BBR},
	{"redirect: unknown type beyond a page", to_unknown, TEXT(4097), BBR, "deny EINVAL"},
	{"redirect: a short byte", to_tos, TEXT(1), "b8", "allow 0/1 4 b8000000"},
	{"redirect: after a where that matched", to_where, CALL(1, 12, 4), "06000000", "allow 1/12 4 06000000"},
	{"redirect: after one that did not", to_where, CALL(1, 12, 4), "07000000", "replace 1/36 4 01000000"},
};
/* clang-format on */

int main(void)
{
	run_rows(string_rows, ARRAY_SIZE(string_rows));
	run_rows(bytes_rows, ARRAY_SIZE(bytes_rows));
	run_rows(put_rows, ARRAY_SIZE(put_rows));
	run_rows(redirect_rows, ARRAY_SIZE(redirect_rows));
	return tap_done();
}
