// SPDX-License-Identifier: Apache-2.0
/*
 * Who sees what: a host's program above ours as a witness, a nested one below ours in getsockopt,
 * and policies of ours on a cgroup and on its parent.
 */
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "test/foreign.h"

#define RCVBUF SOL_SOCKET, SO_RCVBUF

/* ---- what a parent's program sees of a setsockopt ---- */

struct sight {
	const char *name, *policy;
	size_t length; /* of the call: SO_RCVBUF of 90000 */
	struct seen wanted;
};

/* clang-format off */
static const struct sight sights[] = {
	{"no rule", POLICY(SET("SO_MARK", "'deny'")), 4, {1, RCVBUF, 4, 0, 90000}},
	{"no rule, beyond a page", POLICY(SET("SO_MARK", "'deny'")), 5000, {1, RCVBUF, 5000, 0, 90000}},
	{"clamp", POLICY(SET("SO_RCVBUF", "'clamp','max':60000")), 4, {1, RCVBUF, 4, 0, 60000}},
	{"clamp, beyond a page", POLICY(SET("SO_RCVBUF", "'clamp','max':60000")), 5000, {1, RCVBUF, 4, 0, 60000}},
	{"a value that needs no edit, beyond a page", POLICY(SET("SO_RCVBUF", "'clamp','max':95000")), 5000, {1, RCVBUF, 4, 0, 90000}},
	{"a value that is only looked at, beyond a page", POLICY(SET("SO_RCVBUF", "'deny','where':{'value':{'max':7}}")), 5000,
	 {1, RCVBUF, 4, 0, 90000}},
	{"replace", POLICY(SET("SO_RCVBUF", "'replace','value':60000")), 5000, {1, RCVBUF, 4, 0, 60000}},
	{"redirect", POLICY(SET("SO_RCVBUF", "'redirect','to':'SO_SNDBUF','max':60000")), 4, {1, SOL_SOCKET, SO_SNDBUF, 4, 0, 60000}},
	{"ignore", POLICY(SET("SO_RCVBUF", "'ignore'")), 4, {1, RCVBUF, -1, 0, 90000}},
	{"emulate", POLICY(SET("SO_RCVBUF", "'emulate'")), 4, {1, RCVBUF, -1, 0, 90000}},
	{"deny", POLICY(SET("SO_RCVBUF", "'deny'")), 4, {1, RCVBUF, 4, -EPERM, 90000}},
	{"deny by errno", POLICY(SET("SO_RCVBUF", "'deny','errno':'EACCES'")), 4, {1, RCVBUF, 4, -EACCES, 90000}},
};
/* clang-format on */

static void check_sight(const struct sight *sight)
{
	const int value = 90000;
	struct site outer, inner;
	struct foreign foreign;
	struct seen seen, wanted = sight->wanted;
	int fd;

	site_make(&outer, NULL);
	site_make(&inner, &outer);
	site_enter(&inner);
	site_attach(&inner, sight->policy);
	foreign_attach(&foreign, &outer, 0, 0, -1, DEED_WATCH, 0, 0);
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	set_padded(fd, RCVBUF, &value, sizeof(value), sight->length);
	seen = foreign_seen(&foreign);
	if (!kernel_gives_errno())
		wanted.retval = 0;
	/* There a long value goes on by an optlen of 0: the kernel then looks at the caller's own. */
	if (wanted.optlen > SOCKOPT_PAGE && !kernel_passes_long())
		wanted.optlen = 0;
	if (!ok(!memcmp(&seen, &wanted, sizeof(seen)), "the parent sees: %s", sight->name))
		diag("%u calls, %d/%d, optlen %d, retval %d, value %u", seen.count, seen.level,
		     seen.optname, seen.optlen, seen.retval, seen.value);
	close(fd);
	foreign_detach(&foreign);
	site_close(&inner);
	site_close(&outer);
}

/* A nested program that refuses: nothing of the refused value is kept for a getsockopt. */
static void check_refused_emulation(enum deed deed, int number, int result, const char *name)
{
	struct site outer, inner;
	struct foreign foreign;
	int fd;

	/* Without bpf_get_retval() a refusal below cannot be seen, and the refused value is kept. */
	if (deed != DEED_OPTLEN && !kernel_gives_errno())
		return;
	site_make(&outer, NULL);
	site_make(&inner, &outer);
	site_enter(&inner);
	site_attach(&outer, POLICY(BOTH("200/1:int", "'emulate','initial':5")));
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	foreign_attach(&foreign, &inner, 0, 200, 1, deed, number, 0);
	is_result(set_int(fd, 200, 1, 9), result, name);
	foreign_detach(&foreign);
	is_int(get_int(fd, 200, 1), 5, name);
	is_int(set_int(fd, 200, 1, 9), 0, name);
	is_int(get_int(fd, 200, 1), 9, name);
	close(fd);
	site_close(&inner);
	site_close(&outer);
}

/* ---- a nested program in getsockopt ---- */

struct report {
	const char *name, *policy;
	enum deed deed;
	int number;
	long long reads; /* SO_RCVBUF, which is 90000; or a negative errno */
};

/* clang-format off */
static const struct report reports[] = {
	{"its value, clamped", POLICY(GET("SO_RCVBUF", "'clamp','max':60000")), DEED_VALUE, 70000, 60000},
	{"its value, replaced", POLICY(GET("SO_RCVBUF", "'replace','value':60000")), DEED_VALUE, 70000, 60000},
	{"its value, denied", POLICY(GET("SO_RCVBUF", "'deny','where':{'value':{'oneOf':[70000]}}")), DEED_VALUE, 70000, -EPERM},
	{"its length of 0, clamped", POLICY(GET("SO_RCVBUF", "'clamp','max':60000")), DEED_OPTLEN, 0, -EINVAL},
	{"its length of 2, clamped", POLICY(GET("SO_RCVBUF", "'clamp','max':60000")), DEED_OPTLEN, 2, -EINVAL},
	{"its length of -1, clamped", POLICY(GET("SO_RCVBUF", "'clamp','max':60000")), DEED_OPTLEN, -1, -EINVAL},
	{"its length of 2, replaced", POLICY(GET("SO_RCVBUF", "'replace','value':60000")), DEED_OPTLEN, 2, 60000},
	{"its length of 100, clamped", POLICY(GET("SO_RCVBUF", "'clamp','max':60000")), DEED_OPTLEN, 100, -EFAULT},
	{"its refusal, clamped", POLICY(GET("SO_RCVBUF", "'clamp','max':60000")), DEED_REJECT, 0, -EPERM},
	{"its refusal, replaced", POLICY(GET("SO_RCVBUF", "'replace','value':60000")), DEED_REJECT, 0, -EPERM},
	{"its refusal, answered", POLICY(GET("SO_RCVBUF", "'answer','value':60000")), DEED_REJECT, 0, 60000},
	{"its refusal, another errno", POLICY(GET("SO_RCVBUF", "'deny','errno':'EACCES'")), DEED_REJECT, 0, -EACCES},
	{"its errno, clamped", POLICY(GET("SO_RCVBUF", "'clamp','max':60000")), DEED_RETVAL, -95, -EOPNOTSUPP},
	{"its errno, emulated", POLICY(BOTH("SO_RCVBUF", "'emulate','initial':60000")), DEED_RETVAL, -95, 60000},
};
/* clang-format on */

static void check_report(const struct report *report)
{
	struct site outer, inner;
	struct foreign foreign;
	long long reads;
	int fd;

	/* Without bpf_set_retval() no answer undoes a refusal. */
	if ((report->deed == DEED_RETVAL || (report->deed == DEED_REJECT && report->reads >= 0)) &&
	    !kernel_gives_errno())
		return;
	site_make(&outer, NULL);
	site_make(&inner, &outer);
	site_enter(&inner);
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	if (set_int(fd, RCVBUF, 45000))
		bail_out("SO_RCVBUF cannot be set");
	foreign_attach(&foreign, &inner, 1, RCVBUF, report->deed, report->number, 0);
	site_attach(&outer, report->policy);
	reads = get_int(fd, RCVBUF);
	is_result(reads, report->reads, report->name);
	close(fd);
	foreign_detach(&foreign);
	site_close(&inner);
	site_close(&outer);
}

/* ---- ours on both ---- */

struct pair {
	const char *name, *child, *parent;
	int value, result;
	long long reads, sends; /* SO_RCVBUF and SO_SNDBUF afterwards; 0: not looked at */
};

/* clang-format off */
#define UP     POLICY(SET("SO_RCVBUF", "'clamp','min':40000"))
#define DOWN   POLICY(SET("SO_RCVBUF", "'clamp','max':30000"))
#define NONE   POLICY(SET("SO_MARK", "'deny'"))
#define EMULATE(initial) POLICY(BOTH("SO_RCVBUF", "'emulate','initial':" #initial))
static const struct pair pairs[] = {
	{"the parent clamps last", UP, DOWN, 20000, 0, 60000, 0},
	{"the parent clamps last, the other way", DOWN, UP, 90000, 0, 80000, 0},
	{"the child clamps, the parent allows", DOWN, NONE, 90000, 0, 60000, 0},
	{"the child denies, the parent clamps", POLICY(SET("SO_RCVBUF", "'deny','errno':'EACCES'")), DOWN, 90000, -EACCES, 0, 0},
	{"the child clamps, the parent denies", DOWN, POLICY(SET("SO_RCVBUF", "'deny','errno':'EACCES'")), 90000, -EACCES, 0, 0},
	{"both deny: the parent's errno", POLICY(SET("SO_RCVBUF", "'deny','errno':'EACCES'")),
	 POLICY(SET("SO_RCVBUF", "'deny','errno':'ENOENT'")), 90000, -ENOENT, 0, 0},
	{"the child denies, the parent ignores", POLICY(SET("SO_RCVBUF", "'deny','errno':'EACCES'")),
	 POLICY(SET("SO_RCVBUF", "'ignore'")), 90000, -EACCES, 0, 0},
	{"the child ignores, the parent denies by the value", POLICY(SET("SO_RCVBUF", "'ignore'")),
	 POLICY(SET("SO_RCVBUF", "'deny','where':{'value':{'min':10}}")), 90000, 0, 0, 0},
	{"the child redirects, the parent clamps the new option", POLICY(SET("SO_RCVBUF", "'redirect','to':'SO_SNDBUF'")),
	 POLICY(SET("SO_SNDBUF", "'clamp','max':30000")), 90000, 0, 0, 60000},
	{"the child redirects, the parent redirects back", POLICY(SET("SO_RCVBUF", "'redirect','to':'SO_SNDBUF','max':40000")),
	 POLICY(SET("SO_SNDBUF", "'redirect','to':'SO_RCVBUF','max':30000")), 90000, 0, 60000, 0},
	{"the child emulates, the parent allows", EMULATE(7), NONE, 90000, 0, 90000, 0},
	{"the parent emulates, the child allows", NONE, EMULATE(7), 90000, 0, 90000, 0},
	{"the child clamps, the parent emulates", DOWN, EMULATE(7), 90000, 0, 30000, 0},
};
/* clang-format on */

static void check_pair(const struct pair *pair)
{
	struct site outer, inner;
	long long reads, sends;
	int result, fd;

	site_make(&outer, NULL);
	site_make(&inner, &outer);
	site_attach(&outer, pair->parent);
	site_attach(&inner, pair->child);
	site_enter(&inner);
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	result = set_int(fd, RCVBUF, pair->value);
	reads = get_int(fd, RCVBUF);
	sends = get_int(fd, SOL_SOCKET, SO_SNDBUF);
	if (!ok(same_result(result, pair->result) && (!pair->reads || reads == pair->reads) &&
			(!pair->sends || sends == pair->sends),
		"ours on both: %s", pair->name))
		diag("got %d, SO_RCVBUF %lld, SO_SNDBUF %lld", result, reads, sends);
	close(fd);
	site_close(&inner);
	site_close(&outer);
}

/*
 * The child takes the call, so the parent has nothing to keep; what it reports has the last word.
 */
static void check_both_emulate(void)
{
	struct site outer, inner;
	int fd;

	site_make(&outer, NULL);
	site_make(&inner, &outer);
	site_attach(&outer, POLICY(BOTH("200/1:int", "'emulate','initial':1")));
	site_attach(&inner, POLICY(BOTH("200/1:int", "'emulate','initial':2")));
	site_enter(&inner);
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	is_int(get_int(fd, 200, 1), 1, "both emulate: the parent reports its initial value");
	is_int(set_int(fd, 200, 1, 9), 0, "both emulate: set");
	is_int(get_int(fd, 200, 1), 1,
	       "both emulate: the parent was not reached and keeps nothing");
	site_detach(&outer);
	is_int(get_int(fd, 200, 1), 9, "both emulate: the child kept it");
	close(fd);
	site_close(&inner);
	site_close(&outer);
}

static int tests(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(sights); i++)
		check_sight(&sights[i]);
	check_refused_emulation(DEED_REJECT, 0, -EPERM, "refused below an emulation");
	check_refused_emulation(DEED_RETVAL, -EACCES, -EACCES,
				"refused by errno below an emulation");
	check_refused_emulation(DEED_OPTLEN, -1, 0, "taken below an emulation");
	for (size_t i = 0; i < ARRAY_SIZE(reports); i++)
		check_report(&reports[i]);
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		check_pair(&pairs[i]);
	check_both_emulate();
	return tap_done();
}

int main(void)
{
	return kernel_main(tests);
}
