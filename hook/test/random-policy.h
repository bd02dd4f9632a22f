/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random policies over options of every type of value: what a seed gives is always the same. Values
 * come from short lists, so that rules and calls meet.
 */
#ifndef TEST_RANDOM_POLICY_H
#define TEST_RANDOM_POLICY_H

#include <inttypes.h>

#include "test/engine.h"

#define RULES_MAX 5

static uint64_t state;

static uint64_t number(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static size_t below(size_t n)
{
	return number() % n;
}

#define ANY_OF(array) ((array)[below(ARRAY_SIZE(array))])

/* clang-format off */
static const struct pick {
	const char *text;
	uint32_t level, optname;
	const char *field, *level_text;
} picks[] = {
	{"SO_RCVBUF", 1, 8, NULL, "1/*"},	{"SO_PRIORITY", 1, 12, NULL, "1/*"},
	{"SO_SNDLOWAT", 1, 19, NULL, "1/*"},	{"SO_KEEPALIVE", 1, 9, NULL, "1/*"},
	{"SO_MAX_PACING_RATE", 1, 47, NULL, "1/*"}, {"SO_LINGER", 1, 13, "l_linger", "1/*"},
	{"SO_RCVTIMEO", 1, 20, "tv_sec", "1/*"}, {"1/66", 1, 66, "tv_usec", "1/*"},
	{"IP_TOS", 0, 1, NULL, "0/*"},		{"IP_TTL", 0, 2, NULL, "0/*"},
	{"IP_MTU_DISCOVER", 0, 10, NULL, "0/*"}, {"IP_RECVTTL", 0, 12, NULL, "0/*"},
	{"IP_MULTICAST_TTL", 0, 33, NULL, "0/*"}, {"IPV6_TCLASS", 41, 67, NULL, "41/*"},
	{"IPV6_MULTICAST_HOPS", 41, 18, NULL, "41/*"}, {"NETLINK_PKTINFO", 270, 3, NULL, "270/*"},
	{"PNPIPE_ENCAP", 275, 1, NULL, "275/*"}, {"NETLINK_ADD_MEMBERSHIP", 270, 1, NULL, "270/*"},
	{"TLS_TX_MAX_PAYLOAD_LEN", 282, 5, NULL, "282/*"},
	{"200/1:int", 200, 1, NULL, "200/*"},	{"200/2:u8", 200, 2, NULL, "200/*"},
	{"200/3:u64", 200, 3, NULL, "200/*"},	{"TCP_CONGESTION", 6, 13, NULL, "6/*"},
	{"200/4:string", 200, 4, NULL, "200/*"}, {"200/5:bytes", 200, 5, NULL, "200/*"},
	{"IP_UNICAST_IF", 0, 50, NULL, "0/*"},	{"SO_SNDBUF", 1, 7, NULL, "1/*"},
	{"SO_RCVLOWAT", 1, 18, NULL, "1/*"},	{"SO_BINDTODEVICE", 1, 25, NULL, "1/*"},
	{"SO_MARK", 1, 36, NULL, "1/*"},	{"IPV6_UNICAST_HOPS", 41, 16, NULL, "41/*"},
	{"TCP_NODELAY", 6, 1, NULL, "6/*"},	{"TCP_KEEPIDLE", 6, 4, NULL, "6/*"},
};

static const int64_t numbers[] = {
	0, 1, 2, 3, 5, 64, 127, 128, 184, 255, 256, 0x1b8, 32767, 65535, 65536, 0x7fffffff, 0x80000000,
	0xfffffffe, 0xffffffff, 0x100000000, INT64_MAX, -1, -2, -5, -128, -256, INT32_MIN, INT64_MIN,
};
static const char *const words[] = {
	"", "x", "lo", "bbr", "bbr2", "cubic", "abcdefg", "abcdefgh", "abcdefghi", "abcdefghijklmn", "abcdefghijklmno",
};
static const int32_t lengths[] = {0, 1, 2, 3, 4, 4, 4, 5, 7, 8, 8, 9, 15, 16, 16, 17, 20, 40, 4096, 4097, 20000};
/* clang-format on */

static const struct option_type *type_of(const struct pick *pick)
{
	const struct option *row = option_by_number(pick->level, pick->optname, CALL_SETSOCKOPT);
	const char *given = strchr(pick->text, ':');

	return given ? option_type_by_name(given + 1) : row->type;
}

/* A literal for @pick, as JSON with ' for ". */
static const char *literal(const struct pick *pick, bool list)
{
	static char text[4][64];
	static size_t next;
	const struct option_type *type = type_of(pick);
	char *to = text[next++ % 4];

	if (type->kind == VALUE_STRING)
		snprintf(to, 64, "'%s'", ANY_OF(words));
	else if (type->kind == VALUE_BYTES)
		snprintf(to, 64, "{'hex':'%.*s'}", type->size ? 8 : (int)(2 * below(19)),
			 below(2) ? "0102000003040506070800000000000000000000"
				  : "0102000003040506000800000000000000000000");
	else if (type->kind == VALUE_STRUCT && list)
		snprintf(to, 64, "{'%s':%" PRId64 "}", pick->field, ANY_OF(numbers));
	else
		snprintf(to, 64, "%" PRId64,
			 type->norm == NORM_BOOL ? (int64_t)below(2) : ANY_OF(numbers));
	return to;
}

static void add_test(FILE *f, const struct pick *pick, bool integer_test)
{
	unsigned int parts = integer_test ? 1 + (unsigned int)below(7) : 4;
	const char *comma = "";

	if (integer_test && !below(3)) {
		fprintf(f, "'mask':%" PRIu64, number() >> below(60) | 1);
		comma = ",";
	}
	if (parts & 1) {
		fprintf(f, "%s'min':%s", comma, literal(pick, false));
		comma = ",";
	}
	if (parts & 2) {
		fprintf(f, "%s'max':%s", comma, literal(pick, false));
		comma = ",";
	}
	if (parts & 4)
		fprintf(f, "%s'oneOf':[%s,%s,%s]", comma, literal(pick, !integer_test),
			literal(pick, !integer_test), literal(pick, !integer_test));
}

static void add_where(FILE *f, const struct pick *pick)
{
	const struct option_type *type = type_of(pick);
	bool field = type->kind == VALUE_STRUCT && below(2);
	bool integer_test = field || type->kind == VALUE_INT;
	size_t form = below(3);

	fprintf(f, "'where':{'value':{");
	if (field)
		fprintf(f, "'field':'%s',", pick->field);
	if (form)
		add_test(f, pick, integer_test);
	if (form != 1) {
		fprintf(f, "%s'not':{", form ? "," : "");
		add_test(f, pick, integer_test);
		fprintf(f, "}");
	}
	fprintf(f, "}},");
}

static void add_action(FILE *f, const struct pick *pick, const struct pick *other)
{
	bool is_struct = type_of(pick)->kind == VALUE_STRUCT;
	const char *name = is_struct ? pick->field : "", *q = is_struct ? "'field':'" : "",
		   *end = is_struct ? "'," : "";

	switch (below(9)) {
	case 0:
		fprintf(f, "%s%s%s'action':'clamp','max':%s", q, name, end, literal(pick, false));
		break;
	case 1:
		fprintf(f, "%s%s%s'action':'clamp','min':%s,'max':%s", q, name, end,
			literal(pick, false), literal(pick, false));
		break;
	case 2:
		fprintf(f, "%s%s%s'action':'mask','keep':%s,'set':%s", q, name, end,
			literal(pick, false), literal(pick, false));
		break;
	case 3:
		fprintf(f, "%s%s%s'action':'replace','value':%s", q, name, end,
			literal(pick, false));
		break;
	case 4:
		fprintf(f, "'action':'answer','value':%s", literal(pick, true));
		break;
	case 5:
		fprintf(f, "'action':'redirect','to':'%s','value':%s", other->text,
			literal(other, true));
		break;
	case 6:
		fprintf(f, "'action':'redirect','to':'%s','max':%s", other->text,
			literal(other, false));
		break;
	case 7:
		fprintf(f, "'action':'redirect','to':'%s'", other->text);
		break;
	case 8:
		fprintf(f, "'action':'emulate'");
		break;
	}
}

static void add_rule(FILE *f, const struct pick *pick, const struct pick *other)
{
	static const char *const simple[] = {"allow", "deny", "ignore"};
	size_t width = below(8); /* 0: everything, 1: the level, else the option */

	fprintf(f, "{'calls':['%s'],'options':['%s'],", below(5) < 3 ? "setsockopt" : "getsockopt",
		width == 0   ? "*"
		: width == 1 ? pick->level_text
			     : pick->text);
	if (!below(6))
		fprintf(f, "'sockets':{'families':['AF_INET'],'protocols':['IPPROTO_TCP',"
			   "'IPPROTO_UDP']},");
	if (width > 1 && below(3))
		add_where(f, pick);
	if (width <= 1 || !below(3))
		fprintf(f, "'action':'%s'", ANY_OF(simple));
	else
		add_action(f, pick, other);
	fprintf(f, "}");
}

/* A policy, rule by rule. */
struct random_policy {
	const char *otherwise;
	char *rules[RULES_MAX];
	size_t n;
};

static inline char *random_text(const struct random_policy *p)
{
	char *text = NULL;
	size_t length;
	FILE *f = open_memstream(&text, &length);

	fprintf(f, "{'version':1,'defaultAction':'%s','rules':[", p->otherwise);
	for (size_t i = 0; i < p->n; i++)
		fprintf(f, "%s%s", i ? "," : "", p->rules[i]);
	fprintf(f, "]}");
	fclose(f);
	return text;
}

static inline bool is_accepted(const struct random_policy *p)
{
	_cleanup_free_ char *text = random_text(p);
	struct error err = {0};
	_cleanup_policy_ struct policy *policy = parse_text(text, &err);

	return policy;
}

/* A rule that the parser refuses is left away. */
static inline void make_policy(const struct pick *const mine[2], struct random_policy *ret)
{
	*ret = (struct random_policy){.otherwise = below(3) ? "allow" : "deny"};
	for (size_t i = 0; i < RULES_MAX * 2 && ret->n < RULES_MAX; i++) {
		size_t length;
		FILE *f = open_memstream(&ret->rules[ret->n], &length);

		add_rule(f, mine[below(2)], mine[below(2)]);
		fclose(f);
		ret->n++;
		if (!is_accepted(ret))
			free(ret->rules[--ret->n]);
	}
}

static inline void random_policy_done(struct random_policy *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->rules[i]);
	p->n = 0;
}

#define VALUE_BYTES 32

/* Bytes for a call of @pick. */
static inline void make_value(const struct pick *pick, uint8_t value[VALUE_BYTES])
{
	uint64_t n = (uint64_t)ANY_OF(numbers) + below(3) - 1;

	for (size_t i = 0; i < VALUE_BYTES; i++)
		value[i] = (uint8_t)(below(2) ? number() : 0);
	memcpy(value, &n, sizeof(n));
	if (pick->field && below(2))
		memcpy(value + (pick->optname == 13 ? 4 : 8), &n, sizeof(n));
	if (type_of(pick)->kind == VALUE_STRING)
		strcpy((char *)value, ANY_OF(words));
	if (type_of(pick)->kind == VALUE_BYTES)
		memcpy(value, "\1\2\0\0\3\4\5\6\7\10\0\0\0\0\0\0\0\0", 18);
}

/* The policy of a seed, and what its rules are about. */
struct trial {
	const struct pick *mine[2];
	char *text;
	struct compiled compiled;
};

static inline void trial_begin(uint64_t seed, struct trial *ret)
{
	struct random_policy made;

	state = seed;
	ret->mine[0] = &ANY_OF(picks);
	ret->mine[1] = below(2) ? ret->mine[0] : &ANY_OF(picks);
	make_policy(ret->mine, &made);
	ret->text = random_text(&made);
	random_policy_done(&made);
	ret->compiled = compile_text(ret->text);
}

static inline void trial_done(struct trial *t)
{
	compiled_done(&t->compiled);
	free(t->text);
}

/* A call for @pick or for another option of its level, with @length bytes at @value. */
static inline struct call make_call(const struct pick *pick, int32_t optlen, const void *value,
				    size_t length)
{
	return (struct call){.level = pick->level,
			     .optname = below(12) ? pick->optname : 1,
			     .optlen = optlen,
			     .value = value,
			     .length = length,
			     .get = below(5) >= 3,
			     .family = below(3) ? 2 : 10,
			     .protocol = below(3) ? 6 : 1};
}

#endif
