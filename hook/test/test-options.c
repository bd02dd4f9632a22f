// SPDX-License-Identifier: Apache-2.0
/*
 * The tables of options, groups, levels and types: are they whole, and do
 * look-ups find what they should?
 */
#include "test/tap.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "policy/options.h"
#include "policy/policy.h"

#define SET CALL_SETSOCKOPT
#define GET CALL_GETSOCKOPT

static const struct {
	const char *name;
	struct {
		uint32_t level, optname;
	} numbers[5];
	size_t count;
} names[] = {
	{"SO_RCVBUF", {{1, 8}}, 1},
	{"SO_RCVTIMEO", {{1, 20}, {1, 66}}, 2},
	{"SO_SNDTIMEO", {{1, 21}, {1, 67}}, 2},
	{"SO_RCVTIMEO_OLD", {{1, 20}}, 1},
	{"SO_RCVTIMEO_NEW", {{1, 66}}, 1},
	{"SO_TIMESTAMP", {{1, 29}, {1, 63}, {276, 29}, {276, 63}}, 4},
	{"SO_TIMESTAMPNS", {{1, 35}, {1, 64}}, 2},
	{"SO_TIMESTAMPING", {{1, 37}, {1, 65}}, 2},
	{"SO_PASSRIGHTS", {{1, 83}}, 1},
	{"IP_TOS", {{0, 1}}, 1},
	{"IP_MULTICAST_IF", {{0, 32}, {0, 32}}, 2}, /* setsockopt and getsockopt differ */
	{"IP_LOCAL_PORT_RANGE", {{0, 51}}, 1},
	{"IPV6_TCLASS", {{41, 67}}, 1},
	{"IPV6_CHECKSUM", {{41, 7}, {255, 7}}, 2},
	{"IPV6_HDRINCL", {{41, 36}, {255, 36}}, 2},
	{"ICMP_FILTER", {{255, 1}}, 1},
	{"ICMPV6_FILTER", {{58, 1}}, 1},
	{"MCAST_JOIN_GROUP", {{0, 42}, {41, 42}}, 2},
	{"IPT_SO_SET_REPLACE", {{0, 64}}, 1},
	{"IP6T_SO_GET_REVISION_MATCH", {{41, 68}}, 1},
	{"ARPT_SO_SET_REPLACE", {{0, 96}}, 1},
	{"EBT_SO_SET_ENTRIES", {{0, 128}}, 1},
	{"IP_VS_SO_SET_ADD", {{0, 1154}}, 1},
	{"TCP_CONGESTION", {{6, 13}}, 1},
	{"TCP_IS_MPTCP", {{6, 43}}, 1},
	{"UDP_SEGMENT", {{17, 103}, {136, 103}}, 2},
	{"UDPLITE_SEND_CSCOV", {{136, 10}, {17, 10}}, 2},
	{"NETLINK_EXT_ACK", {{270, 11}}, 1},
	{"SO_VM_SOCKETS_CONNECT_TIMEOUT", {{40, 6}, {40, 8}}, 2},
	{"CAN_RAW_FILTER", {{101, 1}}, 1},
	{"BT_SECURITY", {{274, 4}}, 1},
	{"SO_FOO", {{0, 0}}, 0},
};

static void test_names(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct option *o = NULL;
		size_t n = 0;
		bool pass = true;

		while ((o = option_by_name(names[i].name, o))) {
			pass = pass && n < names[i].count &&
			       o->level == names[i].numbers[n].level &&
			       o->optname == names[i].numbers[n].optname;
			n++;
			if (!pass)
				diag("row %zu is %u/%u", n, o->level, o->optname);
		}
		ok(pass && n == names[i].count, "%s has its %zu row(s), in order", names[i].name,
		   names[i].count);
	}
}

static const struct {
	uint32_t level, optname;
	unsigned int call;
	const char *name; /* of the first row; NULL: not known */
} numbers[] = {
	{1, 8, SET, "SO_RCVBUF"},
	{1, 20, GET, "SO_RCVTIMEO"},
	{1, 66, SET, "SO_RCVTIMEO"},
	{1, 26, SET, "SO_ATTACH_FILTER"},
	{1, 26, GET, "SO_GET_FILTER"},
	{1, 4, SET, NULL}, /* SO_ERROR is read only */
	{1, 4, GET, "SO_ERROR"},
	{0, 1, SET, "IP_TOS"}, /* and not HCI_DATA_DIR, which has the same numbers */
	{6, 1, SET, "TCP_NODELAY"},
	{17, 1, SET, "UDP_CORK"},
	{0, 20, SET, "IP_RECVORIGDSTADDR"},
	{0, 32, SET, "IP_MULTICAST_IF"},
	{0, 64, GET, "IPT_SO_GET_INFO"},
	{6, 36, SET, "TCP_INQ"},
	{200, 1, SET, NULL},
};

static void test_numbers(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		const struct option *o =
			option_by_number(numbers[i].level, numbers[i].optname, numbers[i].call);
		char name[64];

		snprintf(name, sizeof(name), "%u/%u for call %u", numbers[i].level,
			 numbers[i].optname, numbers[i].call);
		is_str(o ? o->name : NULL, numbers[i].name, name);
	}
}

/*
 * How the kernel reads what rules are most likely to be about; each would else be a way around one.
 */
static const struct {
	const char *name;
	unsigned int call;
	struct option_type type;
} types[] = {
	{"SO_RCVBUF", SET, {.kind = VALUE_INT, .size = 4}},
	{"SO_RCVBUFFORCE", SET, {.kind = VALUE_INT, .size = 4, .is_signed = true}},
	{"SO_RCVLOWAT", SET, {.kind = VALUE_INT, .size = 4}},
	{"SO_PRIORITY", SET, {.kind = VALUE_INT, .size = 4}},
	{"SO_MARK", SET, {.kind = VALUE_INT, .size = 4}},
	{"SO_REUSEADDR", SET, {.kind = VALUE_INT, .size = 4, .norm = NORM_BOOL}},
	{"SO_MAX_PACING_RATE", SET, {.kind = VALUE_INT, .size = 4, .wide = true}},
	{"SO_COOKIE", GET, {.kind = VALUE_INT, .size = 8}},
	{"SO_BINDTODEVICE", SET, {.kind = VALUE_STRING, .size = 15}},
	{"SO_LINGER", SET, {.kind = VALUE_STRUCT, .size = 8}},
	{"SO_RCVTIMEO", SET, {.kind = VALUE_STRUCT, .size = 16}},
	{"SO_PEERCRED", GET, {.kind = VALUE_STRUCT, .size = 12}},
	{"SO_DETACH_FILTER", SET, {.kind = VALUE_NONE}},
	{"IP_TOS", SET, {.kind = VALUE_INT, .size = 4, .norm = NORM_LOW8, .shorter = SHORTER_BYTE}},
	{"IP_TTL", SET, {.kind = VALUE_INT, .size = 4, .shorter = SHORTER_BYTE}},
	{"IP_MULTICAST_TTL",
	 SET,
	 {.kind = VALUE_INT, .size = 4, .norm = NORM_MINUS_1_1, .shorter = SHORTER_BYTE}},
	{"IP_TRANSPARENT",
	 SET,
	 {.kind = VALUE_INT, .size = 4, .norm = NORM_BOOL, .shorter = SHORTER_BYTE}},
	{"IP_MULTICAST_IF", SET, {.kind = VALUE_STRUCT, .size = 12}},
	{"IP_MULTICAST_IF", GET, {.kind = VALUE_BYTES, .size = 4}},
	{"IP_UNICAST_IF", SET, {.kind = VALUE_BYTES, .size = 4}},
	{"IP_LOCAL_PORT_RANGE", SET, {.kind = VALUE_INT, .size = 4}},
	{"IPV6_TCLASS", SET, {.kind = VALUE_INT, .size = 4, .norm = NORM_MINUS_1_0}},
	{"IPV6_UNICAST_HOPS", SET, {.kind = VALUE_INT, .size = 4}},
	{"IPV6_MULTICAST_HOPS", SET, {.kind = VALUE_INT, .size = 4, .norm = NORM_MINUS_1_1}},
	{"IPV6_DONTFRAG",
	 SET,
	 {.kind = VALUE_INT, .size = 4, .norm = NORM_BOOL, .shorter = SHORTER_ZERO}},
	{"NETLINK_EXT_ACK",
	 SET,
	 {.kind = VALUE_INT, .size = 4, .norm = NORM_BOOL, .shorter = SHORTER_ZERO}},
	{"TCP_CONGESTION", SET, {.kind = VALUE_STRING, .size = 15}},
	{"TCP_ULP", SET, {.kind = VALUE_STRING, .size = 15}},
	{"TCP_NOTSENT_LOWAT", SET, {.kind = VALUE_INT, .size = 4}},
	{"TCP_WINDOW_CLAMP", SET, {.kind = VALUE_INT, .size = 4}},
	{"TCP_KEEPIDLE", SET, {.kind = VALUE_INT, .size = 4}},
	{"TCP_USER_TIMEOUT", SET, {.kind = VALUE_INT, .size = 4, .is_signed = true}},
	{"TCP_INFO", GET, {.kind = VALUE_STRUCT, .size = 104}},
	{"XDP_RX_RING", SET, {.kind = VALUE_INT, .size = 4}},
	{"SCTP_MAXSEG", SET, {.kind = VALUE_BYTES}},
	{"SO_VM_SOCKETS_BUFFER_SIZE", SET, {.kind = VALUE_INT, .size = 8}},
};

static void test_types(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		const struct option_type *want = &types[i].type, *got = NULL;
		const struct option *o = NULL;

		while (!got && (o = option_by_name(types[i].name, o)))
			if (o->calls & types[i].call)
				got = o->type;
		if (!ok(got && got->kind == want->kind && got->size == want->size &&
				got->is_signed == want->is_signed && got->wide == want->wide &&
				got->norm == want->norm && got->shorter == want->shorter,
			"%s is read as it should be", types[i].name) &&
		    got)
			diag("got %s: kind %d size %u signed %d wide %d norm %d shorter %d",
			     got->name, got->kind, got->size, got->is_signed, got->wide, got->norm,
			     got->shorter);
	}
}

static bool fields_fit(const struct option_type *type)
{
	size_t n = 0;

	for (const struct option_field *f = type->fields; f->name; f++, n++) {
		bool power = f->width == 1 || f->width == 2 || f->width == 4 || f->width == 8;

		if (!power || f->offset + f->width > type->size)
			return false;
	}
	return n > 0;
}

static bool row_is_sound(const struct option *o)
{
	const struct option_type *t = o->type;

	if (!o->name || !o->name[0] || !t || !t->name || !level_name(o->level) || !o->calls ||
	    (o->calls & ~CALL_BOTH) || o->optname > INT32_MAX)
		return false;
	switch (t->kind) {
	case VALUE_INT:
		return (t->size == 1 || t->size == 2 || t->size == 4 || t->size == 8) && !t->fields;
	case VALUE_STRUCT:
		return t->fields && fields_fit(t) && t->size <= POLICY_VALUE_MAX;
	case VALUE_STRING:
		return t->size > 0 && t->size < POLICY_VALUE_MAX && !t->fields;
	default:
		return t->size <= POLICY_VALUE_MAX && !t->fields;
	}
}

static bool rows_agree(const struct option *a, const struct option *b)
{
	/* Bluetooth's levels 0, 6 and 17 are other protocols under the same number. */
	bool shared = a->level == 0 || a->level == 6 || a->level == 17;

	if (a->level != b->level || a->optname != b->optname || !(a->calls & b->calls))
		return true;
	return strcmp(a->name, b->name) && (a->type == b->type || shared);
}

static void test_rows(void)
{
	size_t count, bad = 0;
	const struct option *all = options_all(&count);

	for (size_t i = 0; i < count; i++) {
		if (!row_is_sound(&all[i]) && ++bad)
			diag("not sound: %s", all[i].name);
		for (size_t j = i + 1; j < count; j++)
			if (!rows_agree(&all[i], &all[j]) && ++bad)
				diag("%s and %s: twice, or of two types", all[i].name, all[j].name);
	}
	ok(count > 600, "the table has its rows");
	is_int(bad, 0, "every row is sound, and said once");
}

static void test_groups(void)
{
	size_t count;
	const struct option_group *all = groups_all(&count);

	for (size_t i = 0; i < count; i++) {
		const struct option_group *g = &all[i];
		size_t end = strlen(g->description), bad = 0;

		for (const char *const *member = g->options; *member; member++) {
			const char *const *other = g->options;

			while (other < member && strcmp(*other, *member))
				other++;
			if ((other < member || !option_by_name(*member, NULL)) && ++bad)
				diag("%s: not in the table, or twice", *member);
		}
		ok(!bad && g->name[0] == '@' && group_by_name(g->name) == g && end &&
			   g->description[end - 1] == '.',
		   "%s: each member is known, and said once", g->name);
	}
	ok(!group_by_name("dscp") && !group_by_name("@none"), "no other group is known");
}

static void test_levels(void)
{
	size_t count;
	const struct option_level *all = levels_all(&count);

	for (size_t i = 0; i < count; i++)
		if (level_by_name(all[i].name) != &all[i])
			ok(false, "%s is said twice", all[i].name);
	is_str(level_name(0), "SOL_IP", "level 0");
	is_str(level_name(6), "SOL_TCP", "level 6");
	is_str(level_name(40), "AF_VSOCK", "level 40");
	is_str(level_name(200), NULL, "no level 200");
	is_int(level_by_name("SOL_L2CAP")->level, 6, "SOL_L2CAP");
}

static void test_type_names(void)
{
	static const char *const known[] = {"int",    "u32",   "u8",	 "u64",
					    "string", "bytes", "linger", "timeval"};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		is_str(option_type_by_name(known[i]) ? option_type_by_name(known[i])->name : NULL,
		       known[i], known[i]);
	ok(!option_type_by_name("bool") && !option_type_by_name(""), "no other type is public");
}

int main(void)
{
	test_rows();
	test_names();
	test_numbers();
	test_types();
	test_groups();
	test_levels();
	test_type_names();
	return tap_done();
}
