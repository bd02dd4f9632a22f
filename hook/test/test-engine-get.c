// SPDX-License-Identifier: Apache-2.0
/* The engine on getsockopt: what the kernel reports, and buffers of every length for it. */
#include "test/rows.h"

/* clang-format off */
#define CALL(l, o, n, ...)	{.get = true, .level = (l), .optname = (o), .optlen = (n), __VA_ARGS__}
#define FAILED			.retval = -92 /* ENOPROTOOPT */

#define BBR	"626272"
#define LONG15	"6162636465666768696a6b6c6d6e6f"

static const char clamp[] = RULES(GET "'options':['SO_RCVBUF'],'action':'clamp','max':4096}");
static const char allow[] = RULES(GET "'options':['SO_RCVBUF'],'action':'allow'}");
static const char signed_clamp[] = RULES(GET "'options':['SO_SNDLOWAT'],'action':'clamp','min':-1}");
static const char ttl[] = RULES(GET "'options':['IP_TTL'],'action':'clamp','max':64}");
static const char ttl_min[] = RULES(GET "'options':['IP_TTL'],'action':'clamp','min':300}");
static const char tos[] = RULES(GET "'options':['IP_TOS'],'action':'mask','keep':3}");
static const char tos_all[] = RULES(GET "'options':['IP_TOS'],'action':'mask','set':-1}");
static const char rate[] = RULES(GET "'options':['SO_MAX_PACING_RATE'],'action':'clamp','max':8589934592}");
static const char rate_small[] = RULES(GET "'options':['SO_MAX_PACING_RATE'],'action':'clamp','max':1000}");
static const char linger[] = RULES(GET "'options':['SO_LINGER'],'action':'clamp','field':'l_linger','max':5}");
static const char linger_on[] = RULES(GET "'options':['SO_LINGER'],'action':'replace','field':'l_onoff','value':1}");
static const char info[] = RULES(GET "'options':['TCP_INFO'],'action':'replace','field':'tcpi_rtt','value':7}");

static const struct row edit_rows[] = {
	{"clamp: in bounds", clamp, CALL(1, 8, 4), "00100000", "clamp 0 4 00100000"},
	{"clamp: above", clamp, CALL(1, 8, 4), "01100000", "clamp 0 4 00100000"},
	{"clamp: negative is above", clamp, CALL(1, 8, 4), "ffffffff", "clamp 0 4 00100000"},
	{"clamp: signed", signed_clamp, CALL(1, 19, 4), "00000080", "clamp 0 4 ffffffff"},
	{"clamp: a longer buffer", clamp, CALL(1, 8, 100, .reported = 4), "01100000", "clamp 0 4 00100000"},
	{"clamp: beyond a page", clamp, CALL(1, 8, 20000, .reported = 4), "01100000", "clamp 0 4 00100000"},
	{"clamp: a buffer of 3 got a part of it", clamp, CALL(1, 8, 3), "011000", "deny EINVAL"},
	{"clamp: a buffer of 1", clamp, CALL(1, 8, 1), "01", "deny EINVAL"},
	{"clamp: a buffer of 0", clamp, CALL(1, 8, 0), "", "deny EINVAL"},
	{"clamp: the kernel failed", clamp, CALL(1, 8, 4, FAILED), "01100000", "allow -92 4 01100000"},
	{"clamp: the kernel failed, no room", clamp, CALL(1, 8, 0, FAILED), "", "allow -92 0"},
	{"allow", allow, CALL(1, 8, 2), "0110", "allow 0 2 0110"},
	{"allow: the kernel failed", allow, CALL(1, 8, 2, FAILED), "0110", "allow -92 2 0110"},
	{"allow: beyond a page", allow, CALL(1, 8, 20000), "", "allow 0 20000 user"},
	{"SOL_IP: a whole int", ttl, CALL(0, 2, 4), "ff000000", "clamp 0 4 40000000"},
	{"SOL_IP: a buffer of 2 got a byte", ttl, CALL(0, 2, 2, .reported = 1), "ff", "clamp 0 1 40"},
	{"SOL_IP: a buffer of 1", ttl, CALL(0, 2, 1), "40", "clamp 0 1 40"},
	{"SOL_IP: a buffer of 0", ttl, CALL(0, 2, 0), "", "deny EINVAL"},
	{"SOL_IP: two bytes of more than 255", ttl, CALL(0, 2, 2), "0001", "deny EINVAL"},
	{"SOL_IP: what one byte cannot tell", ttl_min, CALL(0, 2, 1), "40", "deny EINVAL"},
	{"SOL_IP: what four bytes can", ttl_min, CALL(0, 2, 4), "40000000", "clamp 0 4 2c010000"},
	{"mask", tos, CALL(0, 1, 4), "ba000000", "mask 0 4 02000000"},
	{"mask: one byte", tos, CALL(0, 1, 1), "ba", "mask 0 1 02"},
	{"mask: all bits of one byte", tos_all, CALL(0, 1, 1), "ba", "mask 0 1 ff"},
	{"mask: all bits", tos_all, CALL(0, 1, 4), "ba000000", "mask 0 4 ff000000"},
	{"wide: 8 bytes", rate, CALL(1, 47, 8), "ffffffffffffffff", "clamp 0 8 0000000002000000"},
	{"wide: 4 bytes cannot tell more than \"unlimited\"", rate, CALL(1, 47, 4), "ffffffff", "clamp 0 4 ffffffff"},
	{"wide: 4 bytes can tell less", rate_small, CALL(1, 47, 4), "ffffffff", "clamp 0 4 e8030000"},
	{"wide: 8 bytes, small", rate_small, CALL(1, 47, 8), "0000000001000000", "clamp 0 8 e803000000000000"},
	{"wide: 3 bytes", rate, CALL(1, 47, 3), "ffffff", "deny EINVAL"},
	{"field: above", linger, CALL(1, 13, 8), "0100000006000000", "clamp 0 8 0100000005000000"},
	{"field: cut off", linger, CALL(1, 13, 4), "01000000", "deny EINVAL"},
	{"first field: the rest may be cut off", linger_on, CALL(1, 13, 4), "00000000", "mask 0 4 01000000"},
	{"field at 68 of a longer struct", info, CALL(6, 11, 68), "01", "deny EINVAL"},
	{"field at 68 of a whole struct", info, CALL(6, 11, 72), "01", "mask 0 72 01eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"},
};

static const char put[] = RULES(GET "'options':['TCP_CONGESTION'],'action':'replace','value':'abcdefghijk'}");
static const char put_int[] = RULES(GET "'options':['SO_MARK'],'action':'replace','value':258}");
static const char answer[] = RULES(GET "'options':['TCP_CONGESTION','200/4:string'],'action':'answer','value':'abcdefghijk'}");
static const char deny[] = RULES(GET "'options':['SO_PEERCRED'],'action':'deny','errno':'ENOPROTOOPT'}");
static const char emulate[] = RULES(GET "'options':['200/1:int'],'action':'emulate','initial':5}");
#define LETTERS	"6162636465666768696a6b"

static const struct row put_rows[] = {
	{"replace", put, CALL(6, 13, 16), BBR "00", "replace 0 12 " LETTERS "00"},
	{"replace: as long", put, CALL(6, 13, 12), BBR "00", "replace 0 12 " LETTERS "00"},
	{"replace: a shorter buffer gets the beginning", put, CALL(6, 13, 11), BBR "00", "replace 0 11 " LETTERS},
	{"replace: a buffer of 9", put, CALL(6, 13, 9), BBR "00", "replace 0 9 616263646566676869"},
	{"replace: a buffer of 8", put, CALL(6, 13, 8), BBR "00", "replace 0 8 6162636465666768"},
	{"replace: a buffer of 3", put, CALL(6, 13, 3), BBR, "replace 0 3 616263"},
	{"replace: a buffer of 1", put, CALL(6, 13, 1), "62", "replace 0 1 61"},
	{"replace: a buffer of 0", put, CALL(6, 13, 0), "", "replace 0 0"},
	{"replace: beyond a page", put, CALL(6, 13, 20000, .reported = 16), BBR "00", "replace 0 12 " LETTERS "00"},
	{"replace: the kernel failed", put, CALL(6, 13, 16, FAILED), "", "replace -92 16 eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"},
	{"replace: an int in 2 bytes", put_int, CALL(1, 36, 2), "00", "replace 0 2 0201"},
	{"answer", answer, CALL(6, 13, 16), BBR "00", "answer 0 12 " LETTERS "00"},
	{"answer: the kernel failed", answer, CALL(200, 4, 16, FAILED), "", "answer 0 12 " LETTERS "00"},
	{"answer: the kernel failed, a buffer of 3", answer, CALL(200, 4, 3, FAILED), "", "answer 0 3 616263"},
	{"answer: the kernel failed, a buffer of 0", answer, CALL(200, 4, 0, FAILED), "", "answer 0 0"},
	{"answer: beyond a page", answer, CALL(200, 4, 20000, FAILED), "", "answer 0 12 " LETTERS "00"},
	{"deny", deny, CALL(1, 17, 12), "", "deny ENOPROTOOPT"},
	{"deny: the kernel failed", deny, CALL(1, 17, 12, .retval = -1), "", "deny ENOPROTOOPT"},
	{"emulate: the call is left to the caller", emulate, CALL(200, 1, 4, FAILED), "", "emulate -92 4 eeeeeeee"},
};

static const char where[] = RULES(GET "'options':['SO_RCVBUF'],'where':{'value':{'min':10}},'action':'deny'}");
static const char where_not[] = RULES(GET "'options':['SO_RCVBUF'],'where':{'value':{'not':{'min':10}}},'action':'deny'}");
static const char where_answer[] = RULES(GET "'options':['SO_RCVBUF'],'where':{'value':{'min':10}},'action':'answer','value':1}");
static const char where_then[] = RULES(
	GET "'options':['SO_RCVBUF'],'where':{'value':{'min':10}},'action':'deny'},"
	GET "'options':['SO_RCVBUF'],'action':'answer','value':1}");
static const char name[] = RULES(
	GET "'options':['TCP_CONGESTION'],'where':{'value':{'oneOf':['bbr','abcdefghijklmno']}},'action':'replace','value':'x'}");
static const char bytes[] = RULES(GET "'options':['200/5:bytes'],'where':{'value':{'oneOf':[{'hex':'0102'},{'hex':''}]}},'action':'deny'}");

static const struct row where_rows[] = {
	{"where: matches", where, CALL(1, 8, 4), "0a000000", "deny EPERM"},
	{"where: does not", where, CALL(1, 8, 4), "09000000", "allow 0 4 09000000"},
	{"where: a part of the value", where, CALL(1, 8, 2), "0900", "deny EINVAL"},
	{"where: the kernel failed", where, CALL(1, 8, 4, FAILED), "0a000000", "allow -92 4 0a000000"},
	{"where: the kernel failed, a part", where, CALL(1, 8, 2, FAILED), "0a00", "allow -92 2 0a00"},
	{"where: not", where_not, CALL(1, 8, 4), "09000000", "deny EPERM"},
	{"where: not, the kernel failed: no value matches nothing", where_not, CALL(1, 8, 4, FAILED), "09000000", "allow -92 4 09000000"},
	{"where: answer", where_answer, CALL(1, 8, 4), "0a000000", "answer 0 4 01000000"},
	{"where: answer, the kernel failed", where_answer, CALL(1, 8, 4, FAILED), "0a000000", "allow -92 4 0a000000"},
	{"where: the next rule, the kernel failed", where_then, CALL(1, 8, 4, FAILED), "0a000000", "answer 0 4 01000000"},
	{"where: beyond a page", where, CALL(1, 8, 20000, .reported = 4), "0a000000", "deny EPERM"},
	{"name: whole", name, CALL(6, 13, 16), BBR "00000000000000000000000000", "replace 0 2 7800"},
	{"name: another", name, CALL(6, 13, 16), BBR "32000000000000000000000000", "allow 0 16 " BBR "32000000000000000000000000"},
	{"name: with its NUL", name, CALL(6, 13, 4), BBR "00", "replace 0 2 7800"},
	{"name: the NUL cut off, so that more may be", name, CALL(6, 13, 3), BBR, "deny EINVAL"},
	{"name: a prefix", name, CALL(6, 13, 2), "6262", "deny EINVAL"},
	{"name: nothing reported is the empty name", name, CALL(6, 13, 0), "", "allow 0 0"},
	{"name: the longest without NUL", name, CALL(6, 13, 15), LONG15, "replace 0 2 7800"},
	{"name: the longest", name, CALL(6, 13, 16), LONG15 "00", "replace 0 2 7800"},
	{"name: beyond a page", name, CALL(6, 13, 20000, .reported = 16), BBR "00", "replace 0 2 7800"},
	{"name: the kernel failed", name, CALL(6, 13, 16, FAILED), BBR "00", "allow -92 16 " BBR "00eeeeeeeeeeeeeeeeeeeeeeee"},
	{"bytes: equal", bytes, CALL(200, 5, 8, .reported = 2), "0102", "deny EPERM"},
	{"bytes: longer", bytes, CALL(200, 5, 8), "0102", "allow 0 8 0102eeeeeeeeeeee"},
	{"bytes: none", bytes, CALL(200, 5, 8, .reported = -1), "", "deny EPERM"},
	{"bytes: the kernel reports more than the buffer holds", bytes, CALL(200, 5, 8, .reported = 9), "0102", "deny EINVAL"},
	{"bytes: beyond a page", bytes, CALL(200, 5, 4097), "0102", "deny EINVAL"},
};
/* clang-format on */

int main(void)
{
	run_rows(edit_rows, ARRAY_SIZE(edit_rows));
	run_rows(put_rows, ARRAY_SIZE(put_rows));
	run_rows(where_rows, ARRAY_SIZE(where_rows));
	return tap_done();
}
