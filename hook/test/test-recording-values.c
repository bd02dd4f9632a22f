// SPDX-License-Identifier: Apache-2.0
/* What a recording makes of values: the bounds that it writes, and which values pass them. */
#include "recorded.h"

#define MOST 4
#define MANY (OBSERVED_VALUES + 1)

/* The values that were set with one option, and of others whether they pass under each bound. */
/* clang-format off */
static const struct value_case {
	const char *name;
	uint32_t level, optname;
	const char *seen[MOST]; /* in hex; the length is optlen */
	const char *where;	/* for BOUNDS_EXACT */
	const char *range;	/* for BOUNDS_RANGE; NULL: the same */
	const char *denied;	/* a value that neither lets pass; NULL: all pass */
	const char *only_range; /* one that only BOUNDS_RANGE lets pass, or NULL */
	/* or NULL; MANY bytes from '@' on with this behind each are seen too */
	const char *many;
} value_cases[] = {
	{"an integer", 1, 12, {"03000000", "06000000"}, "{\"oneOf\":[3,6]}",
	 "{\"min\":3,\"max\":6}", "07000000", "05000000", NULL},
	{"a signed integer", 1, 19, {"ffffffff", "06000000"}, "{\"oneOf\":[-1,6]}",
	 "{\"min\":-1,\"max\":6}", "feffffff", "05000000", NULL},
	{"a flag is what the kernel takes it for", 1, 2, {"01000000", "07000000"},
	 "{\"oneOf\":[1]}", "{\"min\":1,\"max\":1}", "00000000", NULL, NULL},
	{"a flag that was both has no bounds", 1, 2, {"01000000", "00000000"}, NULL, NULL, NULL,
	 NULL, NULL},
	{"IP_TOS in one byte, four, and beyond a byte", 0, 1, {"b8", "20000000", "08010000",
	 "102233"}, "{\"oneOf\":[8,16,32,184]}", "{\"min\":8,\"max\":184}", "b9000000", "09", NULL},
	{"-1 that means 1", 0, 33, {"ffffffff", "05000000"}, "{\"oneOf\":[1,5]}",
	 "{\"min\":1,\"max\":5}", "06", "02", NULL},
	{"no bytes where the kernel takes them as 0", 0, 2, {"", "05"}, "{\"oneOf\":[0,5]}",
	 "{\"min\":0,\"max\":5}", "06000000", "04", NULL},
	{"no bytes where the kernel refuses them", 1, 12, {"", "05000000"}, NULL, NULL, NULL,
	 NULL, NULL},
	{"a short integer that the kernel refuses", 1, 12, {"0500", "05000000"}, NULL, NULL, NULL,
	 NULL, NULL},
	{"a rate in both widths", 1, 47, {"00000001", "0000000000000002", "ffffffff"},
	 "{\"oneOf\":[16777216,144115188075855872,18446744073709551615]}",
	 "{\"min\":16777216,\"max\":18446744073709551615}", "01000000", "00000002", NULL},
	{"names", 6, 13, {"637562696300", "626272"}, "{\"oneOf\":[\"bbr\",\"cubic\"]}", NULL,
	 "72656e6f", NULL, NULL},
	{"a name of control characters", 6, 13, {"1b5b324a"}, NULL, NULL, NULL, NULL, NULL},
	{"no name", 1, 25, {""}, "{\"oneOf\":[\"\"]}", NULL, "6c6f", NULL, NULL},
	{"a name in a struct ifreq", 1, 25, {"657468300000000000000000000000000100000000000000"},
	 "{\"oneOf\":[\"eth0\"]}", NULL, "65746831", NULL, NULL},
	{"a number with more behind it", 1, 12, {"0300000000000000000000000000000001"},
	 "{\"oneOf\":[3]}", "{\"min\":3,\"max\":3}", "04000000", NULL, NULL},
	{"a struct", 1, 13, {"0700000005000000"}, "{\"oneOf\":[{\"l_onoff\":1,\"l_linger\":5}]}",
	 "", "0100000006000000", NULL, NULL},
	{"a struct that a literal cannot tell", 0, 35, {"e00000010a00000100000000"}, NULL, NULL,
	 NULL, NULL, NULL},
	{"bytes", 0, 50, {"01020304"}, NULL, NULL, NULL, NULL, NULL},
	{"a pointer", 1, 26, {"01000000000000000010000000000000"}, NULL, NULL, NULL, NULL, NULL},
	{"the number of an open file", 1, 50, {"05000000"}, NULL, NULL, NULL, NULL, NULL},
	{"an option without a value", 1, 27, {"00000000"}, NULL, NULL, NULL, NULL, NULL},
	{"an unknown option", 200, 1, {"01000000", "ffffffffff"}, NULL, NULL, NULL, NULL, NULL},
	{"an unknown option of four bytes", 200, 1, {"01000000", "feffffff"},
	 "{\"oneOf\":[-2,1]}", "{\"min\":-2,\"max\":1}", "02000000", "00000000", NULL},
	{"an unknown option of eight bytes", 200, 1, {"0100000000000000"}, "{\"oneOf\":[1]}",
	 "{\"min\":1,\"max\":1}", "0200000000000000", NULL, NULL},
	{"more values than are kept", 1, 12, {NULL}, "{\"min\":64,\"max\":80}", NULL, "51000000",
	 NULL, "000000"},
	{"more values than are kept, with bytes behind them", 1, 12, {NULL}, NULL, NULL, NULL,
	 NULL, "00000001000000"},
	{"more values than are kept, negative with bytes behind them", 1, 19, {NULL}, NULL, NULL,
	 NULL, NULL, "0000f000000000"},
	{"more values than are kept, with nothing behind them", 1, 19, {NULL},
	 "{\"min\":64,\"max\":80}", NULL, "51000000", NULL, "00000000000000"},
	{"more names than are kept", 6, 13, {NULL}, NULL, NULL, NULL, NULL, "6200"},
	{"more values than are kept, one of them -1", 41, 67, {"ffffffff"},
	 "{\"min\":0,\"max\":80}", NULL, "51000000", NULL, "000000"},
};
/* clang-format on */

static struct call set_call(const struct value_case *c, const char *hex, uint8_t bytes[64])
{
	memset(bytes, 0, 64);
	return (struct call){.level = c->level,
			     .optname = c->optname,
			     .optlen = (int32_t)from_hex(hex, bytes, 64),
			     .value = bytes,
			     .length = 64,
			     .family = AF_INET,
			     .type = SOCK_STREAM,
			     .protocol = 6};
}

/* What stands behind "value" in the only rule, without white space; "" where nothing does. */
static const char *where_of(const char *text, char where[512])
{
	static const char key[] = "\"value\": ";
	const char *at = strstr(text, key);
	size_t n = 0, i = strlen(key);
	int depth = 0;

	for (; at && at[i]; i++) {
		if (!strchr(" \n", at[i]))
			where[n++] = at[i];
		depth += (at[i] == '{') - (at[i] == '}');
		if (!depth)
			break;
	}
	where[n] = '\0';
	return where;
}

static void value_case_under(const struct value_case *c, struct made *m, enum bounds bounds,
			     const char *expected)
{
	const struct recording r = made_recording(m);
	_cleanup_free_ char *text = must_record(&r, bounds);
	struct compiled compiled = must_compile(text);
	uint8_t bytes[64];
	char where[512];
	struct call call;

	is_str(where_of(text, where), expected ?: "", c->name);
	ok(passes_all(&compiled, m), "  %d: what was seen passes", bounds);
	if (c->denied && *where) {
		call = set_call(c, c->denied, bytes);
		ok(!allows(&compiled, &call), "  %d: %s does not", bounds, c->denied);
	}
	if (c->only_range && *where) {
		call = set_call(c, c->only_range, bytes);
		ok(allows(&compiled, &call) == (bounds == BOUNDS_RANGE), "  %d: %s", bounds,
		   c->only_range);
	}
	compiled_done(&compiled);
}

static void see(const struct value_case *c, const char *hex, struct made *m)
{
	uint8_t bytes[64];
	const struct call call = set_call(c, hex, bytes);

	made_add(m, &call, bytes, sizeof(bytes));
}

static void test_values(const struct value_case *c)
{
	static struct made m;
	char hex[64];

	memset(&m, 0, sizeof(m));
	for (size_t i = 0; i < MOST && c->seen[i]; i++)
		see(c, c->seen[i], &m);
	for (int i = 0; i < MANY && c->many; i++) {
		snprintf(hex, sizeof(hex), "%02x%s", '@' + i, c->many);
		see(c, hex, &m);
	}
	value_case_under(c, &m, BOUNDS_EXACT, c->where);
	value_case_under(c, &m, BOUNDS_RANGE, c->range ?: c->where);
	value_case_under(c, &m, BOUNDS_ANY, NULL);
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(value_cases); i++)
		test_values(&value_cases[i]);
	return tap_done();
}
