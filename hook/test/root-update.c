// SPDX-License-Identifier: Apache-2.0
/*
 * A policy is replaced while four threads call: every call is decided by the old policy or by the
 * new one, and an update that fails leaves the old one as it was.
 */
#include <bpf/bpf.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "test/standing.h"

#define UPDATES	   1000
#define MOVES	   20 /* to other programs */
#define THREADS	   4
#define FILLERS	   15
#define CONDITIONS 12

static struct standing standing;

static void attach(const char *policy)
{
	struct enforcement e;
	struct error err = {0};

	if (standing_attach(&standing, policy, false, &e, &err))
		bail_out("%s", err.text);
	enforce_done(&e);
}

static int update(const char *policy, const enum policy_mode *mode, struct error *err)
{
	return standing_update(&standing, policy, mode, err);
}

static void update_or_bail(const char *policy)
{
	struct error err = {0};

	if (update(policy, NULL, &err))
		bail_out("%s", err.text);
}

static void detach(void)
{
	standing_detach(&standing);
}

/* ---- four threads ---- */

static atomic_bool running;
static atomic_long seen[2], strange[THREADS];

/*
 * An option that the kernel does not know. Old: denied; new: ignored. What else comes is strange.
 */
static void *call(void *unused)
{
	int fd = open_socket(AF_INET, SOCK_STREAM, 0);

	while (running) {
		int r = set_int(fd, 200, 7, 1);

		if (same_result(r, -EACCES))
			seen[0]++;
		else if (!r)
			seen[1]++;
		else
			strange[0] = r;
	}
	close(fd);
	return unused;
}

#define WANTED	90000 /* and neither policy lets it be */
#define OLD_PUT 30000
#define NEW_PUT 60000

/* Old and new put values of their own; the fillers of the new one, and what it denies, others. */
static void *put(void *unused)
{
	int fd = open_socket(AF_INET, SOCK_STREAM, 0);

	while (running) {
		int r = set_int(fd, SOL_SOCKET, SO_RCVBUF, WANTED);
		long long value = r ? r : get_int(fd, SOL_SOCKET, SO_RCVBUF);

		if (value == 2 * OLD_PUT)
			seen[0]++;
		else if (value == 2 * NEW_PUT)
			seen[1]++;
		else
			strange[0] = value;
	}
	close(fd);
	return unused;
}

static void hammer(void *(*caller)(void *), const char *a, const char *b, int updates,
		   const char *name)
{
	pthread_t threads[THREADS];

	attach(a);
	running = true;
	seen[0] = seen[1] = strange[0] = 0;
	for (size_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, caller, NULL))
			bail_out("no thread");
	for (int i = 0; i < updates || !seen[0] || !seen[1]; i++)
		update_or_bail(i % 2 ? a : b);
	running = false;
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	is_int(strange[0], 0, name);
	diag("%s: %d updates, %ld calls saw the old policy, %ld the new one", name, updates,
	     (long)seen[0], (long)seen[1]);
	detach();
}

/* A policy that only the large class holds, with @rule at its end. */
static char *large_policy(const char *rule)
{
	char *text = NULL;
	size_t length;
	FILE *f = open_memstream(&text, &length);

	fputs("{'version':1,'rules':[", f);
	for (int k = 0; k < 4; k++) {
		fputs("{'calls':['setsockopt'],'action':'deny','options':[", f);
		for (int i = 0; i < 200; i++)
			fprintf(f, "%s'300/%d'", i ? "," : "", 200 * k + i);
		fputs("]},", f);
	}
	fprintf(f, "%s]}", rule);
	fclose(f);
	return text;
}

/*
 * Walks of many steps, so that an update comes in their midst; @fillers options before them, so that what stands
 * at one place in the one policy is something else in the other.
 */
static char *walking_policy(int fillers, int value)
{
	char *text = NULL;
	size_t length;
	FILE *f = open_memstream(&text, &length);

	fputs("{'version':1,'rules':[", f);
	for (int i = 0; i < fillers; i++)
		fprintf(f,
			"{'calls':['setsockopt'],'options':['300/%d:int'],'action':'replace','value':%d},",
			i, 10000 + i);
	for (int i = 0; i < CONDITIONS; i++)
		fprintf(f,
			"{'calls':['setsockopt'],'options':['SO_RCVBUF'],'action':'deny',"
			"'where':{'value':{'min':%d,'max':%d}}},",
			20000 + 2 * i, 20000 + 2 * i);
	fprintf(f,
		"{'calls':['setsockopt'],'options':['SO_RCVBUF'],'action':'replace','value':%d}]}",
		value);
	fclose(f);
	return text;
}

static const char *class_of(const char *policy)
{
	struct site none = {0};

	site_compile(&none, policy);
	return none.compiled.class->name;
}

#define MARK_OLD "{'calls':['setsockopt'],'options':['SO_MARK'],'action':'deny','errno':'EACCES'}"
#define MARK_NEW                                                                                   \
	"{'calls':['setsockopt','getsockopt'],'options':['SO_MARK'],'action':'deny','errno':'EXDEV'}"

#define CALL_OLD "{'calls':['setsockopt'],'options':['200/7'],'action':'deny','errno':'EACCES'}"
#define CALL_NEW                                                                                   \
	"{'calls':['setsockopt'],'options':['200/7'],'action':'ignore'},"                          \
	"{'calls':['getsockopt'],'options':['SO_MARK'],'action':'deny'}"

static void check_threads(void)
{
	_cleanup_free_ char *large = large_policy(CALL_NEW);
	_cleanup_free_ char *plain = walking_policy(0, OLD_PUT);
	_cleanup_free_ char *filled = walking_policy(FILLERS, NEW_PUT);
	const char *given = getenv("UPDATES");
	int updates = given ? atoi(given) : UPDATES;

	kernel_gives_errno(); /* asked before there are threads */
	is_str(class_of(filled), class_of(plain), "of one size class");
	/* A part of the program once asked for the policy again, and went on by another than it began by. */
	hammer(put, plain, filled, updates, "to another shape and back: only old or new");
	hammer(call, POLICY(CALL_OLD), POLICY(CALL_NEW), updates,
	       "update after update: only old or new");
	for (int i = 0; i < MOVES && kernel_takes_large(); i++)
		hammer(call, POLICY(CALL_OLD), large, 2,
		       "to the large class and on: only old or new");
}

/* ---- one at a time ---- */

static long long attached(size_t call)
{
	return (long long)site_attached(&standing.site, call);
}

static void check_links(void)
{
	_cleanup_free_ char *large = large_policy(MARK_OLD);
	/* clang-format off */
	const struct {
		const char *name, *policy;
		size_t set, get;
		int set_result, get_result;
	} rows[] = {
		{"both calls", POLICY(MARK_NEW), 1, 1, -EXDEV, -EXDEV},
		{"one call", POLICY(MARK_OLD), 1, 0, -EACCES, 0},
		{"getsockopt alone", POLICY(GET("SO_MARK", "'deny'")), 0, 1, 0, -EPERM},
		{"nothing to do", POLICY(""), 0, 0, 0, 0},
		{"from nothing", POLICY(MARK_OLD), 1, 0, -EACCES, 0},
		{"the large class", large, 1, 0, -EACCES, 0},
		{"back in the large class", POLICY(MARK_NEW), 1, 1, -EXDEV, -EXDEV},
		{"nothing, of the large class", POLICY(""), 0, 0, 0, 0},
		{"from nothing again", POLICY(MARK_NEW), 1, 1, -EXDEV, -EXDEV},
	};
	/* clang-format on */
	int fd = open_socket(AF_INET, SOCK_STREAM, 0);

	attach(POLICY(MARK_OLD));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].policy == large && !kernel_takes_large())
			continue;
		update_or_bail(rows[i].policy);
		is_int(attached(0), (long long)rows[i].set, rows[i].name);
		is_int(attached(1), (long long)rows[i].get, rows[i].name);
		is_result(set_int(fd, SOL_SOCKET, SO_MARK, 0), rows[i].set_result, rows[i].name);
		is_result(get_int(fd, SOL_SOCKET, SO_MARK), rows[i].get_result, rows[i].name);
	}
	detach();
	is_int(attached(0) + attached(1), 0, "detached");
	close(fd);
}

static void check_mode(void)
{
	const enum policy_mode audit = MODE_AUDIT, enforce = MODE_ENFORCE, record = MODE_RECORD;
	int fd = open_socket(AF_INET, SOCK_STREAM, 0);
	struct error err = {0};

	attach(POLICY(MARK_OLD));
	is_int(update(NULL, &audit, &err), 0, "mode alone: audit");
	is_int(set_int(fd, SOL_SOCKET, SO_MARK, 0), 0, "nothing is refused in audit mode");
	is_int(update(POLICY(MARK_NEW), NULL, &err), 0, "another policy: the mode stays");
	is_int(set_int(fd, SOL_SOCKET, SO_MARK, 0), 0, "nothing is refused in audit mode still");
	is_int(update(NULL, &enforce, &err), 0, "mode alone: enforce");
	is_result(set_int(fd, SOL_SOCKET, SO_MARK, 0), -EXDEV, "the newer policy is enforced");
	is_int(update(NULL, &record, &err), -EINVAL, "mode record is refused");
	detach();
	close(fd);
}

/* What fails leaves the old policy, its links, its pins and its record. */
static void check_failures(void)
{
	static const char bad[] = "{'version':1,'rules':[{'calls':['setsockopt']}]}";
	int fd = open_socket(AF_INET, SOCK_STREAM, 0);
	struct error err = {0};
	struct run_record before = {0}, after = {0};
	const char *run_dir = standing.config.run_dir;
	_cleanup_free_ char *key = NULL, *large = large_policy(MARK_NEW);

	attach(POLICY(MARK_OLD));
	record_key("update", "", &key, NULL);
	record_read(run_dir, key, &before, NULL);
	is_int(update(bad, NULL, &err), -EINVAL, "a bad policy");
	/* A run record that cannot be written: the last step of an update, and of a move. */
	if (mount(run_dir, run_dir, NULL, MS_BIND, NULL) ||
	    mount(NULL, run_dir, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL))
		bail_out("no read-only run folder");
	is_int(update(POLICY(MARK_NEW), NULL, &err), -EROFS, "no record: written over");
	is_int(attached(1), 0, "and the added link is gone");
	is_int(update(large, NULL, &err), kernel_takes_large() ? -EROFS : -E2BIG,
	       "no record: moved");
	is_int(attached(0), 1, "and there is one program");
	umount2(run_dir, MNT_DETACH);
	is_result(set_int(fd, SOL_SOCKET, SO_MARK, 0), -EACCES, "the old policy decides");
	record_read(run_dir, key, &after, NULL);
	is_int(after.link_ids[0], before.link_ids[0], "the record names the old link");
	is_str(after.policy, before.policy, "and the old policy");
	record_done(&before);
	record_done(&after);
	detach();
	is_int(update(POLICY(MARK_NEW), NULL, &err), -ENOENT, "what is not in force is refused");
	close(fd);
}

/* It moves to the programs that it had: their storage is the old policy's, which decides on. */
static void check_lost_link(void)
{
	int fd = open_socket(AF_INET, SOCK_STREAM, 0);
	const char *run_dir = standing.config.run_dir;
	struct pinned pinned = PINNED_NONE;
	_cleanup_free_ char *key = NULL;
	struct error err = {0};
	struct enforcement e;

	if (standing_attach(&standing, POLICY(MARK_NEW), false, &e, &err) ||
	    record_key("update", "", &key, &err) || pins_get(&e.pins, key, &pinned, &err) ||
	    bpf_link_detach(pinned.fds[1]))
		bail_out("no lost link: %s", err.text);
	pinned_done(&pinned);
	enforce_done(&e);
	if (mount(run_dir, run_dir, NULL, MS_BIND, NULL) ||
	    mount(NULL, run_dir, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL))
		bail_out("no read-only run folder");
	is_int(update(POLICY(MARK_OLD), NULL, &err), -EROFS, "a lost link, and no record");
	umount2(run_dir, MNT_DETACH);
	is_result(set_int(fd, SOL_SOCKET, SO_MARK, 0), -EXDEV, "the old policy decides");
	update_or_bail(POLICY(MARK_OLD));
	is_result(set_int(fd, SOL_SOCKET, SO_MARK, 0), -EACCES, "the new one, where it succeeds");
	detach();
	close(fd);
}

static int tests(void)
{
	standing_open(&standing, "update");
	check_links();
	check_mode();
	check_failures();
	check_lost_link();
	check_threads();
	standing_close(&standing);
	return tap_done();
}

int main(void)
{
	return kernel_main(tests);
}
