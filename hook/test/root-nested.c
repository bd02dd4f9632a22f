// SPDX-License-Identifier: Apache-2.0
/*
 * Programs of others around ours: one of a nested cgroup, which runs before, and one of a parent,
 * which runs after and has the last word.
 */
#include <netinet/in.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "test/foreign.h"

#define SAME (-1)

/* One foreign program, our policy, one call with four bytes unless `length` says another. */
struct row {
	const char *name;
	const char *policy;
	struct {
		int level, option; /* option -1: every call */
		enum deed deed;
		int a, b;
	} foreign;
	int level, option, value;
	size_t length;
	int result;
	int reader; /* SO_RCVBUF, SO_SNDBUF or IP_TOS */
	long long reads;
};

/* clang-format off */
#define RCVBUF SOL_SOCKET, SO_RCVBUF
#define MAX60  POLICY(SET("SO_RCVBUF", "'clamp','max':60000"))
#define DENY60 POLICY(SET("SO_RCVBUF", "'deny','errno':'EACCES','where':{'value':{'min':60001}}"))
#define ALLOW60 POLICY(SET("SO_RCVBUF", "'allow','where':{'value':{'max':60000}}") "," SET("SO_RCVBUF", "'deny','errno':'EACCES'"))
#define PUT60  POLICY(SET("SO_RCVBUF", "'replace','value':60000"))

static const struct row nested_rows[] = {
	/* optlen -1: the nested program has taken the call; the kernel is not asked. */
	{"optlen -1, clamp", MAX60, {RCVBUF, DEED_OPTLEN, -1, 0}, RCVBUF, 90000, 0, 0, SO_RCVBUF, SAME},
	{"optlen -1, deny-where", DENY60, {RCVBUF, DEED_OPTLEN, -1, 0}, RCVBUF, 90000, 0, 0, SO_RCVBUF, SAME},
	{"optlen -1, replace", PUT60, {RCVBUF, DEED_OPTLEN, -1, 0}, RCVBUF, 90000, 0, 0, SO_RCVBUF, SAME},
	{"optlen -1, allow-where: no value, so no match", ALLOW60, {RCVBUF, DEED_OPTLEN, -1, 0}, RCVBUF, 30000, 0, -EACCES, SO_RCVBUF, SAME},
	{"optlen -1, deny", POLICY(SET("SO_RCVBUF", "'deny'")), {RCVBUF, DEED_OPTLEN, -1, 0}, RCVBUF, 90000, 0, -EPERM, SO_RCVBUF, SAME},
	{"optlen -1, ignore", POLICY(SET("SO_RCVBUF", "'ignore'")), {RCVBUF, DEED_OPTLEN, -1, 0}, RCVBUF, 90000, 0, 0, SO_RCVBUF, SAME},
	{"optlen -1, redirect", POLICY(SET("SO_SNDBUF", "'redirect','to':'SO_RCVBUF','value':60000")),
	 {SOL_SOCKET, SO_SNDBUF, DEED_OPTLEN, -1, 0}, SOL_SOCKET, SO_SNDBUF, 90000, 0, 0, SO_RCVBUF, SAME},
	/* optlen 0: the kernel would read the caller's memory again, with the caller's length. */
	{"optlen 0, clamp", MAX60, {RCVBUF, DEED_OPTLEN, 0, 0}, RCVBUF, 90000, 0, -EINVAL, SO_RCVBUF, SAME},
	{"optlen 0, deny-where", DENY60, {RCVBUF, DEED_OPTLEN, 0, 0}, RCVBUF, 90000, 0, -EINVAL, SO_RCVBUF, SAME},
	{"optlen 0, allow-where", ALLOW60, {RCVBUF, DEED_OPTLEN, 0, 0}, RCVBUF, 90000, 0, -EINVAL, SO_RCVBUF, SAME},
	{"optlen 0, replace", PUT60, {RCVBUF, DEED_OPTLEN, 0, 0}, RCVBUF, 90000, 0, 0, SO_RCVBUF, 120000},
	{"optlen 0, emulate", POLICY(SET("SO_RCVBUF", "'emulate'")), {RCVBUF, DEED_OPTLEN, 0, 0}, RCVBUF, 90000, 0, -EINVAL, SO_RCVBUF, SAME},
	{"optlen 0 of IP_TOS, clamp", POLICY(SET("IP_TOS", "'clamp','max':32")),
	 {IPPROTO_IP, IP_TOS, DEED_OPTLEN, 0, 0}, IPPROTO_IP, IP_TOS, 0xb8, 0, 0, IP_TOS, 0},
	{"optlen 0 of IP_TOS, allow-where", POLICY(SET("IP_TOS", "'allow','where':{'value':{'max':32}}") "," SET("IP_TOS", "'deny'")),
	 {IPPROTO_IP, IP_TOS, DEED_OPTLEN, 0, 0}, IPPROTO_IP, IP_TOS, 0xb8, 0, 0, IP_TOS, 0},
	/* optlen beyond the buffer, or beyond a page. */
	{"optlen 5000, clamp", MAX60, {RCVBUF, DEED_OPTLEN, 5000, 0}, RCVBUF, 90000, 0, 0, SO_RCVBUF, 120000},
	{"optlen 5000, deny-where", DENY60, {RCVBUF, DEED_OPTLEN, 5000, 0}, RCVBUF, 90000, 0, -EACCES, SO_RCVBUF, SAME},
	{"optlen 5000 of a call beyond a page, clamp", MAX60, {RCVBUF, DEED_OPTLEN, 5000, 0}, RCVBUF, 90000, 6000, 0, SO_RCVBUF, 120000},
	{"optlen 5000, no rule", POLICY(SET("SO_MARK", "'deny'")), {RCVBUF, DEED_OPTLEN, 5000, 0}, RCVBUF, 90000, 0, -EFAULT, SO_RCVBUF, SAME},
	{"optlen 100, clamp", MAX60, {RCVBUF, DEED_OPTLEN, 100, 0}, RCVBUF, 90000, 0, -EFAULT, SO_RCVBUF, SAME},
	{"optlen -2, clamp", MAX60, {RCVBUF, DEED_OPTLEN, -2, 0}, RCVBUF, 90000, 0, -EINVAL, SO_RCVBUF, SAME},
	{"optlen -2, no rule", POLICY(SET("SO_MARK", "'deny'")), {RCVBUF, DEED_OPTLEN, -2, 0}, RCVBUF, 90000, 0, -EFAULT, SO_RCVBUF, SAME},
	{"optlen 1 of IP_TOS, clamp", POLICY(SET("IP_TOS", "'clamp','max':32")),
	 {IPPROTO_IP, IP_TOS, DEED_OPTLEN, 1, 0}, IPPROTO_IP, IP_TOS, 0xb8, 0, 0, IP_TOS, 32},
	/* Another option than the caller named: what the kernel would get is what counts. */
	{"renamed into a denied option", POLICY(SET("SO_RCVBUF", "'deny','errno':'EACCES'")),
	 {SOL_SOCKET, SO_SNDBUF, DEED_RENAME, SOL_SOCKET, SO_RCVBUF}, SOL_SOCKET, SO_SNDBUF, 90000, 0, -EACCES, SO_RCVBUF, SAME},
	{"renamed into a clamped option", MAX60,
	 {SOL_SOCKET, SO_SNDBUF, DEED_RENAME, SOL_SOCKET, SO_RCVBUF}, SOL_SOCKET, SO_SNDBUF, 90000, 0, 0, SO_RCVBUF, 120000},
	{"renamed away from a denied option", POLICY(SET("SO_RCVBUF", "'deny','errno':'EACCES'")),
	 {RCVBUF, DEED_RENAME, SOL_SOCKET, SO_SNDBUF}, RCVBUF, 40000, 0, 0, SO_SNDBUF, 80000},
	{"renamed into another level", MAX60, {IPPROTO_IP, IP_TOS, DEED_RENAME, RCVBUF},
	 IPPROTO_IP, IP_TOS, 90000, 0, 0, SO_RCVBUF, 120000},
	/* The value that the nested program put there. */
	{"rewritten value, clamp", MAX60, {RCVBUF, DEED_VALUE, 90000, 0}, RCVBUF, 30000, 0, 0, SO_RCVBUF, 120000},
	{"rewritten value, deny-where", DENY60, {RCVBUF, DEED_VALUE, 90000, 0}, RCVBUF, 30000, 0, -EACCES, SO_RCVBUF, SAME},
	{"rewritten value, allow-where", ALLOW60, {RCVBUF, DEED_VALUE, 30000, 0}, RCVBUF, 90000, 0, 0, SO_RCVBUF, 60000},
	/* Refused below: the refusal stays, and ours changes the errno. */
	{"refused, no rule", POLICY(SET("SO_MARK", "'deny'")), {RCVBUF, DEED_REJECT, 0, 0}, RCVBUF, 90000, 0, -EPERM, SO_RCVBUF, SAME},
	{"refused, clamp", MAX60, {RCVBUF, DEED_REJECT, 0, 0}, RCVBUF, 90000, 0, -EPERM, SO_RCVBUF, SAME},
	{"refused, ignore", POLICY(SET("SO_RCVBUF", "'ignore'")), {RCVBUF, DEED_REJECT, 0, 0}, RCVBUF, 90000, 0, -EPERM, SO_RCVBUF, SAME},
	{"refused, deny", POLICY(SET("SO_RCVBUF", "'deny','errno':'EACCES'")), {RCVBUF, DEED_REJECT, 0, 0}, RCVBUF, 90000, 0, -EACCES, SO_RCVBUF, SAME},
	{"refused by errno, clamp", MAX60, {RCVBUF, DEED_RETVAL, -95, 0}, RCVBUF, 90000, 0, -EOPNOTSUPP, SO_RCVBUF, SAME},
	{"refused by errno, deny", POLICY(SET("SO_RCVBUF", "'deny','errno':'EACCES'")), {RCVBUF, DEED_RETVAL, -95, 0}, RCVBUF, 90000, 0, -EACCES, SO_RCVBUF, SAME},
};

/* A host's program above ours. */
static const struct row parent_rows[] = {
	{"refuses what we allow", POLICY(SET("SO_MARK", "'deny'")), {RCVBUF, DEED_REJECT, 0, 0}, RCVBUF, 90000, 0, -EPERM, SO_RCVBUF, SAME},
	{"refuses what we clamp", MAX60, {RCVBUF, DEED_REJECT, 0, 0}, RCVBUF, 90000, 0, -EPERM, SO_RCVBUF, SAME},
	{"refuses what we ignore", POLICY(SET("SO_RCVBUF", "'ignore'")), {RCVBUF, DEED_REJECT, 0, 0}, RCVBUF, 90000, 0, -EPERM, SO_RCVBUF, SAME},
	{"refuses what we emulate", POLICY(SET("SO_RCVBUF", "'emulate'")), {RCVBUF, DEED_REJECT, 0, 0}, RCVBUF, 90000, 0, -EPERM, SO_RCVBUF, SAME},
	{"undoes our refusal", POLICY(SET("SO_RCVBUF", "'deny'")), {RCVBUF, DEED_RETVAL, 0, 0}, RCVBUF, 90000, 0, 0, SO_RCVBUF, 180000},
	{"changes our errno", POLICY(SET("SO_RCVBUF", "'deny','errno':'EACCES'")), {RCVBUF, DEED_RETVAL, -95, 0}, RCVBUF, 90000, 0, -EOPNOTSUPP, SO_RCVBUF, SAME},
	{"keeps our errno when it refuses", POLICY(SET("SO_RCVBUF", "'deny','errno':'EACCES'")), {RCVBUF, DEED_REJECT, 0, 0}, RCVBUF, 90000, 0, -EACCES, SO_RCVBUF, SAME},
	{"asks the kernel for what we ignore", POLICY(SET("SO_RCVBUF", "'ignore'")), {RCVBUF, DEED_OPTLEN, 4, 0}, RCVBUF, 90000, 0, 0, SO_RCVBUF, 180000},
	{"puts its own value", MAX60, {RCVBUF, DEED_VALUE, 70000, 0}, RCVBUF, 90000, 0, 0, SO_RCVBUF, 140000},
	{"judges the value that we put", MAX60, {RCVBUF, DEED_NAIVE, 60000, 0}, RCVBUF, 90000, 0, 0, SO_RCVBUF, 120000},
	{"judges the option that we put", POLICY(SET("SO_SNDBUF", "'redirect','to':'SO_RCVBUF'")),
	 {RCVBUF, DEED_REJECT, 0, 0}, SOL_SOCKET, SO_SNDBUF, 90000, 0, -EPERM, SO_RCVBUF, SAME},
};
/* clang-format on */

/* Our policy is at the outer cgroup where the foreign program is @nested, else at the inner one. */
static void check_row(const struct row *row, bool nested)
{
	int level = row->reader == IP_TOS ? IPPROTO_IP : SOL_SOCKET;
	struct site outer, inner;
	struct foreign foreign;
	long long before, reads;
	int result, fd;

	if (row->foreign.deed == DEED_RETVAL && !kernel_gives_errno())
		return;
	/* There the call goes on with the caller's own value and length, as any long one. */
	if (row->foreign.a > SOCKOPT_PAGE && row->result == -EFAULT && !kernel_passes_long())
		return;
	site_make(&outer, NULL);
	site_make(&inner, &outer);
	site_enter(&inner);
	foreign_attach(&foreign, nested ? &inner : &outer, 0, row->foreign.level,
		       row->foreign.option, row->foreign.deed, row->foreign.a, row->foreign.b);
	site_attach(nested ? &outer : &inner, row->policy);
	fd = open_socket(AF_INET, SOCK_DGRAM, 0);
	before = get_int(fd, level, row->reader);
	result = set_padded(fd, row->level, row->option, &row->value, 4, row->length ?: 4);
	reads = get_int(fd, level, row->reader);
	if (!ok(same_result(result, row->result) &&
			reads == (row->reads == SAME ? before : row->reads),
		"%s: %s", nested ? "a nested program" : "a parent's program", row->name))
		diag("got %d and %lld (before %lld), expected %d and %lld", result, reads, before,
		     row->result, row->reads);
	close(fd);
	foreign_detach(&foreign);
	site_close(&inner);
	site_close(&outer);
}

static int tests(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(nested_rows); i++)
		check_row(&nested_rows[i], true);
	for (size_t i = 0; i < ARRAY_SIZE(parent_rows); i++)
		check_row(&parent_rows[i], false);
	return tap_done();
}

int main(void)
{
	return kernel_main(tests);
}
