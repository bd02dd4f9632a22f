// SPDX-License-Identifier: Apache-2.0
/*
 * Integers, and every length that a caller may pass: each kind of rule holds for each of them. A
 * row is one rule; it is tried with all lengths, each on a socket of its own.
 */
#include <netinet/in.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "test/kernel.h"

#ifndef SO_MAX_PACING_RATE
#define SO_MAX_PACING_RATE 47
#endif

#define SAME (-1) /* as it was before the call */

struct outcome {
	int result;
	long long reads;
};

struct row {
	const char *name;
	const char *policy;
	unsigned int value;
	struct outcome none, few, whole; /* optlen 0; 1 and 3; 4 and more */
	int reader;			 /* the option that shows the effect; 0: the same */
};

struct subject {
	const char *name;
	int level, option, before;
	const struct row *rows;
	size_t count;
};

#define ALLOW_TO(max)  "'allow','where':{'value':{'max':" #max "}}"
#define DENY_FROM(min) "'deny','errno':'EACCES','where':{'value':{'min':" #min "}}"
#define OTHER	       POLICY(SET("SO_MARK", "'deny'"))
#define REFUSED                                                                                    \
	{                                                                                          \
		-EINVAL, SAME                                                                      \
	}

/* clang-format off */
/* The kernel reports the double, and refuses less than four bytes. */
static const struct row buffer_rows[] = {
	{"no rule", OTHER, 50000, REFUSED, REFUSED, {0, 100000}, 0},
	{"allow-where, allowed", POLICY(SET("SO_RCVBUF", ALLOW_TO(60000)) "," SET("SO_RCVBUF", "'deny'")),
	 60000, REFUSED, REFUSED, {0, 120000}, 0},
	{"allow-where, not allowed", POLICY(SET("SO_RCVBUF", ALLOW_TO(60000)) "," SET("SO_RCVBUF", "'deny'")),
	 60001, REFUSED, REFUSED, {-EPERM, SAME}, 0},
	{"allow-where, minus one", POLICY(SET("SO_RCVBUF", ALLOW_TO(60000)) "," SET("SO_RCVBUF", "'deny'")),
	 ~0u, REFUSED, REFUSED, {-EPERM, SAME}, 0},
	{"deny-where, denied", POLICY(SET("SO_RCVBUF", DENY_FROM(60001))),
	 60001, REFUSED, REFUSED, {-EACCES, SAME}, 0},
	{"deny-where, not denied", POLICY(SET("SO_RCVBUF", DENY_FROM(60001))),
	 60000, REFUSED, REFUSED, {0, 120000}, 0},
	{"deny-where, minus one", POLICY(SET("SO_RCVBUF", DENY_FROM(60001))),
	 ~0u, REFUSED, REFUSED, {-EACCES, SAME}, 0},
	{"deny", POLICY(SET("SO_RCVBUF", "'deny','errno':'ENOENT'")),
	 50000, {-ENOENT, SAME}, {-ENOENT, SAME}, {-ENOENT, SAME}, 0},
	{"clamp, above", POLICY(SET("SO_RCVBUF", "'clamp','min':20000,'max':60000")),
	 90000, REFUSED, REFUSED, {0, 120000}, 0},
	{"clamp, minus one", POLICY(SET("SO_RCVBUF", "'clamp','min':20000,'max':60000")),
	 ~0u, REFUSED, REFUSED, {0, 120000}, 0},
	{"clamp, below", POLICY(SET("SO_RCVBUF", "'clamp','min':20000,'max':60000")),
	 5000, REFUSED, REFUSED, {0, 40000}, 0},
	{"clamp, within", POLICY(SET("SO_RCVBUF", "'clamp','min':20000,'max':60000")),
	 30000, REFUSED, REFUSED, {0, 60000}, 0},
	{"mask", POLICY(SET("SO_RCVBUF", "'mask','keep':16383,'set':32768")),
	 0x15001, REFUSED, REFUSED, {0, 2 * 0x9001}, 0},
	{"replace", POLICY(SET("SO_RCVBUF", "'replace','value':40000")),
	 90000, {0, 80000}, {0, 80000}, {0, 80000}, 0},
	{"redirect, clamped", POLICY(SET("SO_RCVBUF", "'redirect','to':'SO_SNDBUF','max':40000")),
	 90000, REFUSED, REFUSED, {0, 80000}, SO_SNDBUF},
	{"redirect, as it is", POLICY(SET("SO_RCVBUF", "'redirect','to':'SO_SNDBUF'")),
	 45000, REFUSED, REFUSED, {0, 90000}, SO_SNDBUF},
	{"redirect, value", POLICY(SET("SO_RCVBUF", "'redirect','to':'SO_SNDBUF','value':30000")),
	 90000, {0, 60000}, {0, 60000}, {0, 60000}, SO_SNDBUF},
	{"redirect leaves the option alone", POLICY(SET("SO_SNDBUF", "'redirect','to':'SO_RCVBUF','max':40000")),
	 50000, REFUSED, REFUSED, {0, 100000}, 0},
	{"ignore", POLICY(SET("SO_RCVBUF", "'ignore'")), 90000, {0, SAME}, {0, SAME}, {0, SAME}, 0},
	{"emulate", POLICY(SET("SO_RCVBUF", "'emulate'")), 90000, REFUSED, REFUSED, {0, SAME}, 0},
};

/* Eight bits count; one to three bytes are one byte, none is the value 0. */
static const struct row tos_rows[] = {
	{"no rule", OTHER, 0xb8, {0, 0}, {0, 0xb8}, {0, 0xb8}, 0},
	{"allow-where, allowed", POLICY(SET("IP_TOS", ALLOW_TO(32)) "," SET("IP_TOS", "'deny'")),
	 32, {0, 0}, {0, 32}, {0, 32}, 0},
	{"allow-where, not allowed", POLICY(SET("IP_TOS", ALLOW_TO(32)) "," SET("IP_TOS", "'deny'")),
	 0xb8, {0, 0}, {-EPERM, SAME}, {-EPERM, SAME}, 0},
	{"allow-where, by the low bits", POLICY(SET("IP_TOS", ALLOW_TO(32)) "," SET("IP_TOS", "'deny'")),
	 0x120, {0, 0}, {0, 32}, {0, 32}, 0},
	{"deny-where, high bits hide nothing", POLICY(SET("IP_TOS", DENY_FROM(33))),
	 0xffff00b8, {0, 0}, {-EACCES, SAME}, {-EACCES, SAME}, 0},
	{"deny-where, zero", POLICY(SET("IP_TOS", "'deny','where':{'value':{'oneOf':[0]}}")),
	 0, {-EPERM, SAME}, {-EPERM, SAME}, {-EPERM, SAME}, 0},
	{"clamp", POLICY(SET("IP_TOS", "'clamp','max':32")), 0xb8, {0, 0}, {0, 32}, {0, 32}, 0},
	{"clamp, minimum", POLICY(SET("IP_TOS", "'clamp','min':32")), 4, {0, 32}, {0, 32}, {0, 32}, 0},
	{"mask", POLICY(SET("IP_TOS", "'mask','keep':3,'set':{'dscp':'AF11'}")),
	 0xba, {0, 40}, {0, 42}, {0, 42}, 0},
	{"mask, high bits", POLICY(SET("IP_TOS", "'mask','keep':252")),
	 0x1bb, {0, 0}, {0, 0xb8}, {0, 0xb8}, 0},
	{"replace", POLICY(SET("IP_TOS", "'replace','value':{'dscp':'EF'}")),
	 8, {0, 0xb8}, {0, 0xb8}, {0, 0xb8}, 0},
	{"redirect, clamped", POLICY(SET("IP_TOS", "'redirect','to':'IP_TTL','min':1,'max':20")),
	 0xb8, {0, 1}, {0, 20}, {0, 20}, IP_TTL},
	{"redirect, as it is", POLICY(SET("IP_TOS", "'redirect','to':'IP_TTL'")),
	 0x38, {-EINVAL, SAME}, {0, 0x38}, {0, 0x38}, IP_TTL},
	{"ignore", POLICY(SET("IP_TOS", "'ignore'")), 0xb8, {0, SAME}, {0, SAME}, {0, SAME}, 0},
	{"emulate", POLICY(SET("IP_TOS", "'emulate'")), 0xb8, REFUSED, REFUSED, {0, SAME}, 0},
};

/* Eight bytes are read where optlen allows. */
static const struct row rate_rows[] = {
	{"no rule", OTHER, 5000000, REFUSED, REFUSED, {0, 5000000}, 0},
	{"allow-where, allowed", POLICY(SET("SO_MAX_PACING_RATE", ALLOW_TO(1000000)) "," SET("SO_MAX_PACING_RATE", "'deny'")),
	 1000000, REFUSED, REFUSED, {0, 1000000}, 0},
	{"allow-where, not allowed", POLICY(SET("SO_MAX_PACING_RATE", ALLOW_TO(1000000)) "," SET("SO_MAX_PACING_RATE", "'deny'")),
	 1000001, REFUSED, REFUSED, {-EPERM, SAME}, 0},
	{"deny-where", POLICY(SET("SO_MAX_PACING_RATE", DENY_FROM(1000001))),
	 1000001, REFUSED, REFUSED, {-EACCES, SAME}, 0},
	{"clamp", POLICY(SET("SO_MAX_PACING_RATE", "'clamp','max':1000000")),
	 5000000, REFUSED, REFUSED, {0, 1000000}, 0},
	{"clamp, no limit", POLICY(SET("SO_MAX_PACING_RATE", "'clamp','max':1000000")),
	 ~0u, REFUSED, REFUSED, {0, 1000000}, 0},
	{"mask", POLICY(SET("SO_MAX_PACING_RATE", "'mask','keep':65535,'set':65536")),
	 0x50001, REFUSED, REFUSED, {0, 0x10001}, 0},
	{"replace", POLICY(SET("SO_MAX_PACING_RATE", "'replace','value':300000")),
	 5000000, {0, 300000}, {0, 300000}, {0, 300000}, 0},
	{"redirect, clamped", POLICY(SET("SO_MAX_PACING_RATE", "'redirect','to':'SO_RCVBUF','max':40000")),
	 5000000, REFUSED, REFUSED, {0, 80000}, SO_RCVBUF},
	{"ignore", POLICY(SET("SO_MAX_PACING_RATE", "'ignore'")), 5000000, {0, SAME}, {0, SAME}, {0, SAME}, 0},
	{"emulate", POLICY(SET("SO_MAX_PACING_RATE", "'emulate'")), 5000000, REFUSED, REFUSED, {0, SAME}, 0},
};

static const struct subject subjects[] = {
	{"SO_RCVBUF", SOL_SOCKET, SO_RCVBUF, 35000, buffer_rows, ARRAY_SIZE(buffer_rows)},
	{"IP_TOS", IPPROTO_IP, IP_TOS, 4, tos_rows, ARRAY_SIZE(tos_rows)},
	{"SO_MAX_PACING_RATE", SOL_SOCKET, SO_MAX_PACING_RATE, 700000, rate_rows, ARRAY_SIZE(rate_rows)},
};
/* clang-format on */

static const size_t lengths[] = {0, 1, 3, 4, 5, 4096, 4097, 20000};

static const struct outcome *outcome_of(const struct row *row, size_t length)
{
	return !length ? &row->none : length < 4 ? &row->few : &row->whole;
}

/* Sockets are made and set before the policy is there. */
static void check_row(const struct subject *subject, const struct row *row)
{
	int level = subject->level, reader = row->reader ?: subject->option;
	int fds[ARRAY_SIZE(lengths)];
	struct site site;

	site_make(&site, NULL);
	site_enter(&site);
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		fds[i] = open_socket(AF_INET, SOCK_DGRAM, 0);
		if (set_int(fds[i], level, subject->option, subject->before))
			bail_out("%s cannot be set", subject->name);
	}
	site_attach(&site, row->policy);
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		const struct outcome *wanted = outcome_of(row, lengths[i]);
		long long before = get_int(fds[i], level, reader), reads;
		int result = set_padded(fds[i], level, subject->option, &row->value,
					sizeof(row->value), lengths[i]);

		reads = get_int(fds[i], level, reader);
		if (!ok(same_result(result, wanted->result) &&
				reads == (wanted->reads == SAME ? before : wanted->reads),
			"%s, %s, optlen %zu", subject->name, row->name, lengths[i]))
			diag("got %d and %lld (before %lld), expected %d and %lld", result, reads,
			     before, wanted->result, wanted->reads);
		close(fds[i]);
	}
	site_close(&site);
}

/* What four bytes could not say. */
static void check_wide_rates(void)
{
	/* clang-format off */
	static const struct {
		const char *name;
		uint64_t value;
		size_t length;
		uint64_t reads;
	} cases[] = {
		{"beyond 32 bits", 1ull << 40, 8, 1ull << 33},
		{"low half within the bound", (1ull << 40) + 5, 8, 1ull << 33},
		{"no limit, eight bytes", ~0ull, 8, 1ull << 33},
		{"no limit, four bytes", 0xffffffff, 4, 1ull << 33},
		{"all ones of the low half in eight bytes", 0xffffffff, 8, 0xffffffff},
		{"within", 12345, 8, 12345},
		{"a length between", 0xfffffffe, 7, 0xfffffffe},
	};
	/* clang-format on */
	struct site site;

	site_open(&site, POLICY(SET("SO_MAX_PACING_RATE", "'clamp','max':8589934592")));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int fd = open_socket(AF_INET, SOCK_STREAM, 0);
		int result = set_padded(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &cases[i].value,
					sizeof(cases[i].value), cases[i].length);
		uint64_t reads = 0;
		socklen_t length = sizeof(reads);

		get_raw(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &reads, &length);
		if (!ok(!result && reads == cases[i].reads, "SO_MAX_PACING_RATE of eight bytes: %s",
			cases[i].name))
			diag("got %d and %#llx", result, (unsigned long long)reads);
		close(fd);
	}
	site_close(&site);
}

static int tests(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++)
		for (size_t j = 0; j < subjects[i].count; j++)
			check_row(&subjects[i], &subjects[i].rows[j]);
	check_wide_rates();
	return tap_done();
}

int main(void)
{
	return kernel_main(tests);
}
