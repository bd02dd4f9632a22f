// SPDX-License-Identifier: Apache-2.0
/*
 * Every door by which a 32-bit call comes: open under a policy alone, closed by its companion where
 * the kernel has one. A rule over level, option and socket decides such a call as any other; a rule
 * that would look at the value, or change the call, refuses it.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "test/doors.h"
#include "test/standing.h"

#define CLAMP_AT 60000
#define ROUNDS	 20
#define CALLS	 20000
#define MOST	 64 /* programs at one hook of a cgroup */

/* clang-format off */
#define RULES                                                                                      \
	"{'id':'mark','calls':['setsockopt'],'options':['SO_MARK'],'action':'deny','errno':'EACCES'}," \
	"{'id':'unix','calls':['setsockopt'],'options':['SO_RCVLOWAT'],"                           \
	"'sockets':{'families':['AF_UNIX']},'action':'deny','errno':'EXDEV'},"                     \
	"{'id':'buffer','calls':['setsockopt'],'options':['SO_RCVBUF'],'action':'clamp','max':60000}," \
	"{'id':'keep','calls':['setsockopt'],'options':['SO_KEEPALIVE'],'action':'allow'},"        \
	"{'id':'busy','calls':['setsockopt'],'options':['SO_BROADCAST'],"                          \
	"'where':{'value':{'min':1}},'action':'deny'},"                                            \
	"{'id':'own','calls':['setsockopt'],'options':['200/1:int'],'action':'ignore'}"
#define RULES_GET                                                                                  \
	"{'id':'type','calls':['getsockopt'],'options':['SO_TYPE'],'action':'replace','value':42}," \
	"{'id':'domain','calls':['getsockopt'],'options':['SO_DOMAIN'],'action':'deny','errno':'ENOTCONN'}"
/* clang-format on */

static struct standing standing;
static bool open_before[DOORS];
static enum door usual;		   /* the first of those, or DOORS */
static int inet, local, elsewhere; /* the last is of another cgroup */

/* ---- the policy ---- */

/* Returns whether the companion is there; why it is not, in @why. */
static bool attach(const char *policy, bool guard, char why[ERROR_MAX])
{
	struct enforcement e;
	struct error err = {0};
	bool guarded;

	if (standing_attach(&standing, policy, guard, &e, &err))
		bail_out("%s", err.text);
	guarded = e.record.guarded;
	snprintf(why, ERROR_MAX, "%s", e.lack.text);
	enforce_done(&e);
	return guarded;
}

static void update(const char *policy, const enum policy_mode *mode)
{
	struct error err = {0};

	if (standing_update(&standing, policy, mode, &err))
		bail_out("%s", err.text);
}

static void detach(void)
{
	standing_detach(&standing);
}

/* ---- the doors ---- */

static const struct {
	const char *name;
	int *fd;
	int level, option, value;
	bool get;
	int open;      /* without the companion */
	int held;      /* with it */
	int held_ring; /* in a ring that a 32-bit call made */
} calls[] = {
	{"a denied option", &inet, SOL_SOCKET, SO_MARK, 5, false, 0, -EACCES, -EPERM},
	{"denied for UNIX sockets, on one", &local, SOL_SOCKET, SO_RCVLOWAT, 2, false, 0, -EXDEV,
	 -EPERM},
	{"denied for UNIX sockets, on another", &inet, SOL_SOCKET, SO_RCVLOWAT, 2, false, 0, 0,
	 -EPERM},
	{"a clamped option", &inet, SOL_SOCKET, SO_RCVBUF, 90000, false, 0, -EPERM, -EPERM},
	{"an allowed option", &inet, SOL_SOCKET, SO_KEEPALIVE, 1, false, 0, 0, -EPERM},
	{"an option denied by value", &inet, SOL_SOCKET, SO_BROADCAST, 0, false, 0, -EPERM, -EPERM},
	{"an ignored option", &inet, 200, 1, 1, false, -ENOPROTOOPT, -EPERM, -EPERM},
	{"an option of no rule", &inet, SOL_SOCKET, SO_PRIORITY, 3, false, 0, 0, -EPERM},
	{"a replaced report", &inet, SOL_SOCKET, SO_TYPE, 0, true, 0, -EPERM, -EPERM},
	{"a denied report", &inet, SOL_SOCKET, SO_DOMAIN, 0, true, 0, -ENOTCONN, -EPERM},
	{"a report of no rule", &inet, SOL_SOCKET, SO_PROTOCOL, 0, true, 0, 0, -EPERM},
};

static int pass(enum door door, size_t i)
{
	int value;

	if (calls[i].get)
		return door_get(door, *calls[i].fd, calls[i].level, calls[i].option, &value);
	return door_set(door, *calls[i].fd, calls[i].level, calls[i].option, calls[i].value);
}

static void find_doors(void)
{
	for (enum door door = 0; door < DOORS; door++) {
		int r = door_set(door, inet, SOL_SOCKET, SO_PRIORITY, 1);

		open_before[door] = !r;
		diag("%s: %s", door_name(door),
		     !r			? "this kernel has it"
		     : r == DOOR_CLOSED ? "this kernel has it not"
					: strerror(-r));
	}
	while (usual < DOORS && !open_before[usual])
		usual++;
	ok(!open_before[DOOR_X32_NATIVE], "no door: %s", door_name(DOOR_X32_NATIVE));
}

/* What this kernel was booted for must be there: a word of the names. */
static void demand_doors(const char *word)
{
	for (enum door door = 0; word && door < DOORS; door++) {
		if (strstr(door_name(door), word) && !door_makes_ring(door) &&
		    !door_enters_ring(door) && door != DOOR_X32_NATIVE)
			ok(open_before[door], "a door: %s", door_name(door));
	}
}

static void check_doors(bool guarded)
{
	for (enum door door = 0; door < DOORS; door++) {
		for (size_t i = 0; open_before[door] && i < ARRAY_SIZE(calls); i++) {
			int expected = guarded && door_makes_ring(door) ? calls[i].held_ring
				       : guarded			? calls[i].held
									: calls[i].open;
			int got = pass(door, i);

			/* A native ring is under the policy anyhow. */
			if (door_enters_ring(door) && !guarded)
				continue;
			if (!ok(got == expected, "%s, %s: %s", door_name(door),
				guarded ? "with the companion" : "without", calls[i].name))
				diag("got %d, expected %d", got, expected);
		}
	}
}

static void check_native(const char *name)
{
	bool right = same_result(set_int(inet, SOL_SOCKET, SO_MARK, 5), -EACCES);

	right &= !set_int(inet, SOL_SOCKET, SO_RCVBUF, 90000);
	right &= get_int(inet, SOL_SOCKET, SO_RCVBUF) == 2 * CLAMP_AT;
	right &= !set_int(inet, SOL_SOCKET, SO_BROADCAST, 0);
	right &= same_result(set_int(inet, SOL_SOCKET, SO_BROADCAST, 1), -EPERM);
	right &= get_int(inet, SOL_SOCKET, SO_TYPE) == 42;
	ok(right, "native calls: %s", name);
}

/* ---- what a native call costs ---- */

/* Nanoseconds, the least of some rounds. */
static double cost(int fd)
{
	double least = 1e9;

	for (int round = 0; round < ROUNDS; round++) {
		struct timespec a, b;
		double ns;

		clock_gettime(CLOCK_MONOTONIC, &a);
		for (int i = 0; i < CALLS; i++)
			set_int(fd, SOL_SOCKET, SO_PRIORITY, 1);
		clock_gettime(CLOCK_MONOTONIC, &b);
		ns = ((b.tv_sec - a.tv_sec) * 1e9 + (b.tv_nsec - a.tv_nsec)) / CALLS;
		least = ns < least ? ns : least;
	}
	return least;
}

static void tell_cost(const char *when)
{
	double there = cost(elsewhere);

	diag("a native setsockopt that no rule names, %s: %.0f ns, on a socket of another cgroup "
	     "%.0f ns",
	     when, cost(inet), there);
}

/* ---- with and without ---- */

static void check_without(void)
{
	char why[ERROR_MAX];

	ok(!attach(POLICY(RULES "," RULES_GET), false, why),
	   "no companion where none is asked for");
	check_native("without the companion");
	check_doors(false);
	tell_cost("a policy");
	detach();
}

static void check_update(void)
{
	enum policy_mode audit = MODE_AUDIT, enforce = MODE_ENFORCE;
	int value;

	update(POLICY(RULES), NULL);
	is_int(door_get(usual, inet, SOL_SOCKET, SO_DOMAIN, &value), 0,
	       "update: no rule for getsockopt is left");
	is_int(door_set(usual, inet, SOL_SOCKET, SO_MARK, 5), -EACCES,
	       "update: setsockopt as before");
	update(POLICY(""), NULL);
	is_int(door_set(usual, inet, SOL_SOCKET, SO_MARK, 5), 0, "update: to nothing");
	update(POLICY(RULES "," RULES_GET), NULL);
	is_int(door_set(usual, inet, SOL_SOCKET, SO_MARK, 5), -EACCES, "update: and back");
	is_int(door_get(usual, inet, SOL_SOCKET, SO_DOMAIN, &value), -ENOTCONN,
	       "update: getsockopt too");
	update(NULL, &audit);
	is_int(door_set(usual, inet, SOL_SOCKET, SO_MARK, 5), 0, "update: audit refuses nothing");
	update(NULL, &enforce);
}

static void check_again(void)
{
	char why[ERROR_MAX];

	is_int(door_set(usual, inet, SOL_SOCKET, SO_MARK, 5), 0, "detached, and nothing holds");
	attach(POLICY(RULES "," RULES_GET), true, why);
	is_int(door_set(usual, inet, SOL_SOCKET, SO_MARK, 5), -EACCES,
	       "attached again, from what is pinned");
	detach();
}

static int load_allowing(void)
{
	static const struct bpf_insn allow[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_LSM_CGROUP);

	options.attach_btf_id =
		(uint32_t)libbpf_find_vmlinux_btf_id("socket_setsockopt", BPF_LSM_CGROUP);
	return bpf_prog_load(BPF_PROG_TYPE_LSM, "allow", "GPL", allow, ARRAY_SIZE(allow), &options);
}

/* Where the kernel has it, and this cgroup has no room for it, the policy is not put in force. */
static void check_full(void)
{
	int links[MOST], n = 0, program = load_allowing();
	struct enforcement e;
	struct error err = {0};

	for (; n < MOST; n++) {
		links[n] = bpf_link_create(program, standing.site.cgroup.fd, BPF_LSM_CGROUP, NULL);
		if (links[n] < 0)
			bail_out("LSM program %d: %s", n, strerror(errno));
	}
	is_int(standing_attach(&standing, POLICY(RULES), true, &e, &err), -E2BIG,
	       "no room for the companion: refused");
	ok(strstr(err.text, "32-bit"), "  and told: %s", err.text);
	enforce_done(&e);
	is_int((long long)site_attached(&standing.site, 0), 0, "  and nothing of the policy stays");
	while (n > 0)
		close(links[--n]);
	close(program);
}

static void check_with(void)
{
	char why[ERROR_MAX];

	if (!attach(POLICY(RULES "," RULES_GET), true, why)) {
		ok(*why, "no companion, and the reason is told: %s", why);
		detach();
		return;
	}
	check_native("with the companion");
	check_doors(true);
	tell_cost("a policy and its companion");
	if (usual < DOORS)
		check_update();
	detach();
	if (usual < DOORS)
		check_again();
	check_full();
}

static int tests(void)
{
	kernel_gives_errno(); /* asked before the doors, and told in a line of its own */
	elsewhere = open_socket(AF_INET, SOCK_STREAM, 0);
	standing_open(&standing, "compat");
	inet = open_socket(AF_INET, SOCK_STREAM, 0);
	local = open_socket(AF_UNIX, SOCK_STREAM, 0);
	find_doors();
	demand_doors(getenv("DOORS_WANTED"));
	cost(inet);
	tell_cost("no policy");
	check_without();
	check_with();
	close(elsewhere);
	close(inet);
	close(local);
	standing_close(&standing);
	return tap_done();
}

int main(void)
{
	return kernel_main(tests);
}
