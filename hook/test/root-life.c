// SPDX-License-Identifier: Apache-2.0
/*
 * The life of a policy at a cgroup: before it is written, while it is replaced, when the cgroup is
 * gone; which programs it attaches; and one of the large size class.
 */
#include <bpf/bpf.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/probe.h"
#include "test/kernel.h"

#define REPLACEMENTS 2000

static void check_unwritten(void)
{
	struct site site;
	int fd;

	site_make(&site, NULL);
	site_enter(&site);
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	site_compile(&site, POLICY(BOTH("SO_MARK", "'deny'")));
	site_link(&site);
	is_int(set_int(fd, SOL_SOCKET, SO_RCVBUF, 30000), -EPERM,
	       "no policy written: setsockopt is denied");
	is_int(get_int(fd, SOL_SOCKET, SO_RCVBUF), -EPERM,
	       "no policy written: getsockopt is denied");
	site_write(&site);
	is_int(set_int(fd, SOL_SOCKET, SO_RCVBUF, 30000), 0, "policy written: setsockopt");
	is_int(get_int(fd, SOL_SOCKET, SO_RCVBUF), 60000, "policy written: getsockopt");
	is_int(set_int(fd, SOL_SOCKET, SO_MARK, 1), -EPERM, "policy written: its rule");
	site_detach(&site);
	is_int(set_int(fd, SOL_SOCKET, SO_MARK, 1), 0, "links gone: no policy");
	close(fd);
	site_close(&site);
}

/*
 * Ours above the probe's cgroup helped a long value through, on kernels that refuse it, and the
 * programs that were loaded then did without that help.
 */
static void check_probe(void)
{
	struct site site;

	site_open(&site, POLICY(SET("SO_MARK", "'deny'")));
	is_int(probe_long_fails(NULL), -EBUSY,
	       "under a policy it is not told that long values pass");
	site_close(&site);
}

/* ---- which programs ---- */

static void check_calls(void)
{
	/* clang-format off */
	static const struct {
		const char *name, *policy;
		size_t set, get;
	} cases[] = {
		{"setsockopt rules", POLICY(SET("SO_MARK", "'deny'")), 1, 0},
		{"getsockopt rules", POLICY(GET("SO_MARK", "'deny'")), 0, 1},
		{"rules for both", POLICY(BOTH("SO_MARK", "'deny'")), 1, 1},
		{"a default for setsockopt",
		 "{'version':1,'name':'t','defaultAction':{'setsockopt':'deny','getsockopt':'allow'},'rules':[]}", 1, 0},
		{"rules that only allow", POLICY(SET("SO_MARK", "'allow'")), 0, 0},
	};
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct site site;

		site_open(&site, cases[i].policy);
		ok(site_attached(&site, 0) == cases[i].set &&
			   site_attached(&site, 1) == cases[i].get,
		   "programs attached: %s", cases[i].name);
		site_close(&site);
	}
}

/* ---- replacement ---- */

#define MANY_A                                                                                     \
	POLICY(SET("SO_PRIORITY", "'replace','value':3") "," SET("SO_RCVBUF",                      \
								 "'replace','value':30000"))
#define MANY_B POLICY(SET("IP_TOS", "'deny'") "," SET("SO_RCVBUF", "'replace','value':40000"))

static atomic_bool running;
static atomic_uint calls, strange;

static void *call_on(void *socket)
{
	int fd = *(int *)socket;

	while (running) {
		int result = set_int(fd, SOL_SOCKET, SO_RCVBUF, 90000);
		long long size = get_int(fd, SOL_SOCKET, SO_RCVBUF);

		calls++;
		if (result || (size != 60000 && size != 80000))
			strange++;
	}
	return NULL;
}

static void check_replacement(void)
{
	int fd, seen[2] = {0};
	pthread_t thread;
	struct site site;

	site_open(&site, MANY_A);
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	running = true;
	if (pthread_create(&thread, NULL, call_on, &fd))
		bail_out("no second thread");
	while (calls < 100)
		;
	for (int i = 0; i < REPLACEMENTS; i++) {
		int other = open_socket(AF_INET, SOCK_DGRAM, 0);

		site_replace(&site, i % 2 ? MANY_A : MANY_B);
		seen[i % 2] += set_int(other, SOL_SOCKET, SO_RCVBUF, 90000) == 0 &&
			       get_int(other, SOL_SOCKET, SO_RCVBUF) == (i % 2 ? 60000 : 80000);
		close(other);
	}
	running = false;
	pthread_join(thread, NULL);
	if (!ok(!strange, "replaced while another thread calls: always the one or the other"))
		diag("%u of %u calls were neither", strange, calls);
	is_int(seen[0] + seen[1], REPLACEMENTS, "replaced: in force at once");
	close(fd);
	site_close(&site);
}

/* ---- the end of a cgroup ---- */

static bool husk(const struct site *site)
{
	struct link_facts facts;
	struct error err;

	if (bpf_link_facts(site->attachment.links[0], &facts, &err))
		bail_out("%s", err.text);
	return !facts.cgroup_id;
}

/* The kernel lets go of a cgroup some time after its folder is gone. */
static bool wait_for_husk(const struct site *site)
{
	for (int i = 0; i < 500; i++) {
		if (husk(site))
			return true;
		usleep(10000);
	}
	return false;
}

static bool has_storage(const struct site *site, uint64_t id)
{
	_cleanup_free_ char *value = malloc(site->compiled.class->size);

	return value && !bpf_map_lookup_elem(site->programs.policies, &id, value);
}

static void check_removal(void)
{
	struct error err;
	struct site site;
	uint64_t id;
	int fd;

	site_open(&site, POLICY(SET("SO_MARK", "'deny'") "," SET("200/1:int", "'emulate'")));
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	id = site.cgroup.id;
	ok(has_storage(&site, id), "the policy is in the cgroup's storage");
	site_enter(NULL);
	if (cgroup_remove(&site.cgroup, &err))
		bail_out("%s", err.text);
	is_int(set_int(fd, SOL_SOCKET, SO_MARK, 1), -EPERM,
	       "the cgroup is gone, its socket lives: still denied");
	is_int(set_int(fd, 200, 1, 1), 0, "the cgroup is gone, its socket lives: still emulated");
	close(fd);
	ok(wait_for_husk(&site), "the last socket is closed: the link is a husk");
	ok(!has_storage(&site, id), "the storage is gone with the cgroup");
	site_detach(&site);
	cgroup_done(&site.cgroup);
}

/* A cgroup of the same name is another one. */
static void check_same_name(void)
{
	struct cgroup again = CGROUP_NONE;
	struct error err;
	struct site site, above;
	const char *name;
	int fd;

	site_make(&above, NULL);
	site_make(&site, &above);
	site_attach(&site, POLICY(SET("SO_MARK", "'deny'")));
	name = strrchr(site.cgroup.path, '/') + 1;
	if (cgroup_remove(&site.cgroup, &err) || cgroup_make(&above.cgroup, name, &again, &err) ||
	    cgroup_enter(&again, 0, &err))
		bail_out("%s", err.text);
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	is_int(set_int(fd, SOL_SOCKET, SO_MARK, 1), 0,
	       "a new cgroup of the same name has no policy");
	ok(again.id != site.cgroup.id, "a new cgroup of the same name has another id");
	close(fd);
	site_enter(NULL);
	site_detach(&site);
	cgroup_done(&site.cgroup);
	cgroup_done(&again);
	site_close(&above);
}

/* ---- the large class ---- */

static void check_large(void)
{
	_cleanup_free_ char *policy = policy_of_conditions(300);
	struct site site;
	int fd;

	if (!kernel_takes_large())
		return;
	site_open(&site, policy);
	is_str(site.compiled.class->name, "medium", "a policy of 300 conditions: its class");
	ok(site.compiled.steps >= 300, "a policy of 300 conditions: %u steps for one call",
	   site.compiled.steps);
	fd = open_socket(AF_INET, SOCK_STREAM, 0);
	is_int(set_int(fd, SOL_SOCKET, SO_RCVBUF, 20000), -EACCES,
	       "a policy of 300 conditions: the first");
	is_int(set_int(fd, SOL_SOCKET, SO_RCVBUF, 20299), -EACCES,
	       "a policy of 300 conditions: the last");
	is_int(set_int(fd, SOL_SOCKET, SO_RCVBUF, 20300), 0, "a policy of 300 conditions: none");
	is_int(get_int(fd, SOL_SOCKET, SO_RCVBUF), 40600,
	       "a policy of 300 conditions: none, as it is");
	is_int(set_int(fd, SOL_SOCKET, SO_RCVBUF, 90000), 0,
	       "a policy of 300 conditions: past all of them");
	is_int(get_int(fd, SOL_SOCKET, SO_RCVBUF), 60000,
	       "a policy of 300 conditions: clamped at the end");
	is_int(set_int(fd, SOL_SOCKET, SO_SNDBUF, 90000), 0,
	       "a policy of 300 conditions: another option");
	close(fd);
	site_close(&site);
}

static int tests(void)
{
	check_unwritten();
	check_probe();
	check_calls();
	check_replacement();
	check_removal();
	check_same_name();
	check_large();
	return tap_done();
}

int main(void)
{
	return kernel_main(tests);
}
