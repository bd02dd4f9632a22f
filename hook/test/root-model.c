// SPDX-License-Identifier: Apache-2.0
/*
 * Random policies and calls: what the engine says in user space, and the naive evaluator, against what
 * the kernel does. Beside each socket under the policies stands a twin in a cgroup without any: it is
 * given what the kernel's own handler should get, or tells what it reports. Then both must have
 * returned the same, and at the end be in the same state. A case that fails is printed small.
 *
 * usage: root-model [CASES [SEED]]; MODEL_CASES in the environment is the default.
 */
#include "test/model-chain.h"

#include <bpf/bpf.h>

#include "test/kernel.h"

#define CASES 20000
#define BATCH 250

static uint64_t cases = CASES, first_seed = 1;
static struct site sites[2]; /* [0]: nested in [1], where the sockets are made */
static bool may_nest;
static size_t done, calls_done, faults;
static char detail[256]; /* of why the last case failed */

/* ---- the caller's memory ---- */

#define USER_PAGES 6

/* Of the socket and of its twin. It ends where the mapped bytes of a call do. */
static uint8_t *user_end[2];

static uint8_t *lay_out_user(size_t which, const struct model_call *call)
{
	uint8_t *start = user_end[which] - call->mapped;
	size_t n = call->mapped < VALUE_BYTES ? (size_t)call->mapped : VALUE_BYTES;

	memset(start, call->fill, (size_t)call->mapped);
	memcpy(start, call->value, n);
	return start;
}

/* ---- setsockopt ---- */

/* What the kernel does with what the programs left, shown by the twin. */
static int finish_set(int twin, const struct model_call *call, const struct passage *p)
{
	uint8_t *user = lay_out_user(1, call);
	bool beyond = p->optlen > (int32_t)p->room;

	if (p->retval < 0)
		return p->retval;
	if (p->optlen == -1)
		return 0;
	if (p->optlen < -1 || (beyond && call->optlen <= PAGE))
		return -EFAULT;
	/* A length beyond a page that nobody settled: nothing that was written counts. */
	if (beyond)
		return set_raw(twin, (int)call->level, (int)call->optname, user,
			       (size_t)call->optlen);
	if (!p->optlen)
		return set_raw(twin, (int)p->level, (int)p->optname, user, (size_t)call->optlen);
	memcpy(user_end[1] - p->room, p->buffer, p->room);
	return set_raw(twin, (int)p->level, (int)p->optname, user_end[1] - p->room,
		       (size_t)p->optlen);
}

static const char *run_set(struct chain *chain, const struct model_case *c,
			   const struct model_call *call, int fd, int twin)
{
	uint8_t *user = lay_out_user(0, call);
	static struct passage p;
	size_t n = call->optlen > PAGE ? PAGE : (size_t)call->optlen;
	const char *why = NULL;
	int got = set_raw(fd, (int)call->level, (int)call->optname, user, (size_t)call->optlen);
	int expected = -EFAULT;

	p = (struct passage){.level = call->level,
			     .optname = call->optname,
			     .optlen = call->optlen};
	p.room = n < SOCKOPT_MIN_ROOM ? SOCKOPT_MIN_ROOM : n;
	if ((size_t)call->mapped >= n) {
		memcpy(p.buffer, user, n);
		why = pass_chain(chain, c, call, &p);
		expected = why ? 0 : finish_set(twin, call, &p);
	} else {
		faults++;
	}
	if (!why && !same_result(got, expected)) {
		snprintf(detail, sizeof(detail), "setsockopt %u/%u: got %d, expected %d",
			 call->level, call->optname, got, expected);
		why = "setsockopt returns something else";
	}
	return why;
}

/* ---- getsockopt ---- */

/* What the caller gets of what the programs left; *@length and @bytes hold what the kernel gave. */
static int finish_get(const struct passage *p, const struct passage *kernel, uint8_t *bytes,
		      int32_t *length)
{
	if (p->retval < 0)
		return p->retval;
	if (p->optlen < 0 || p->optlen > (int32_t)p->room)
		return kernel->optlen > PAGE && p->optlen >= 0 ? kernel->retval : -EFAULT;
	if (!p->optlen)
		return 0;
	memcpy(bytes, p->buffer, (size_t)p->optlen);
	*length = p->optlen;
	return 0;
}

static const char *check_got(const struct model_call *call, int got, int expected, socklen_t length,
			     int32_t wanted, const uint8_t *bytes, const uint8_t *wanted_bytes)
{
	if (same_result(got, expected) &&
	    (got < 0 ||
	     ((int32_t)length == wanted && !memcmp(bytes, wanted_bytes, (size_t)call->optlen))))
		return NULL;
	snprintf(detail, sizeof(detail),
		 "getsockopt %u/%u: got %d, length %u, expected %d, length %d", call->level,
		 call->optname, got, length, expected, wanted);
	return "getsockopt gives something else";
}

static const char *run_get(struct chain *chain, const struct model_case *c,
			   const struct model_call *call, int fd, int twin)
{
	uint8_t *user = lay_out_user(0, call), *other = lay_out_user(1, call);
	socklen_t length = (socklen_t)call->optlen, reported = length;
	static struct passage p, kernel;
	const char *why;
	int32_t wanted;
	int got = get_raw(fd, (int)call->level, (int)call->optname, user, &length), expected;
	size_t n;

	p = (struct passage){.level = call->level, .optname = call->optname};
	p.retval = get_raw(twin, (int)call->level, (int)call->optname, other, &reported);
	p.room = call->optlen > PAGE ? PAGE : (size_t)call->optlen;
	p.optlen = p.retval < 0 ? call->optlen : (int32_t)reported;
	n = reported < p.room ? reported : p.room;
	if (p.retval >= 0)
		memcpy(p.buffer, other, n);
	kernel = p;
	why = pass_chain(chain, c, call, &p);
	if (why)
		return why;
	wanted = (int32_t)reported;
	expected = finish_get(&p, &kernel, other, &wanted);
	return check_got(call, got, expected, length, wanted, user, other);
}

/* ---- one case ---- */

static void write_policy(struct site *site, struct sockopt_policy *policy)
{
	struct error err = {0};

	if (attachment_write(&site->cgroup, &site->programs, policy, &err))
		bail_out("storage: %s", err.text);
}

/* All options that any rule could have changed, read where no policy says anything. */
static const char *compare_state(int fd, int twin)
{
	for (size_t i = 0; i < 2; i++)
		write_policy(&sites[i], sites[i].compiled.policy);
	for (size_t i = 0; i < ARRAY_SIZE(picks); i++) {
		uint8_t value[64] = {0}, wanted[64] = {0};
		socklen_t length = sizeof(value), other = sizeof(wanted);
		int level = (int)picks[i].level, option = (int)picks[i].optname;
		int got = get_raw(fd, level, option, value, &length);
		int expected = get_raw(twin, level, option, wanted, &other);

		if (got == expected && length == other && !memcmp(value, wanted, sizeof(value)))
			continue;
		snprintf(detail, sizeof(detail),
			 "%s: %d and %d, length %u and %u, first bytes %02x%02x and %02x%02x",
			 picks[i].text, got, expected, length, other, value[0], value[1], wanted[0],
			 wanted[1]);
		return "the sockets are in different states";
	}
	return NULL;
}

static const char *compare_counters(const struct chain *chain)
{
	static union {
		struct sockopt_policy policy;
		uint8_t bytes[1 << 16];
	} storage;

	for (size_t i = 0; i < 2; i++) {
		size_t n = chain->policies[i]->n_rules + 1;
		uint64_t unmatched[2] = {0};

		if (bpf_map_lookup_elem(sites[i].programs.policies, &sites[i].cgroup.id, &storage))
			bail_out("storage: %s", strerror(errno));
		for (size_t k = 0; k < SOCKOPT_SHARDS * 2; k++)
			unmatched[k % 2] += storage.policy.unmatched[k / 2].calls[k % 2];
		if (memcmp(unmatched, chain->unmatched[i], sizeof(unmatched)))
			return "the calls that nothing looked at are counted otherwise";
		if (memcmp(storage.policy.arena + storage.policy.counters * SOCKOPT_CELL,
			   chain->counters[i], n * sizeof(chain->counters[i][0])))
			return "the rules count otherwise";
	}
	return NULL;
}

/* Why @c fails, or NULL. Made in sites[0]; @twin is a fresh socket without a policy. */
static const char *run_case(const struct model_case *c, int twin)
{
	static struct chain chain;
	const char *why = NULL;
	bool fits;
	int fd;

	detail[0] = '\0';
	chain_begin(c, &chain);
	fits = chain.compiled[0].class == sites[0].compiled.class &&
	       chain.compiled[1].class == sites[1].compiled.class;
	fd = open_socket(c->socket[0], c->socket[1], c->socket[2]);
	for (size_t i = 0; i < 2 && fits; i++)
		write_policy(&sites[i], chain.compiled[i].policy);
	for (size_t i = 0; i < c->n_calls && fits && !why; i++, calls_done++)
		why = (c->calls[i].get ? run_get : run_set)(&chain, c, &c->calls[i], fd, twin);
	if (fits && !why)
		why = compare_counters(&chain) ?: compare_state(fd, twin);
	done += fits;
	close(fd);
	chain_done(&chain);
	return why;
}

/* The same with a twin of its own. */
static const char *run_again(const struct model_case *c)
{
	const char *why;
	int twin;

	site_enter(NULL);
	twin = open_socket(c->socket[0], c->socket[1], c->socket[2]);
	site_enter(&sites[0]);
	why = run_case(c, twin);
	close(twin);
	return why;
}

static void report(const struct model_case *failed, const char *why)
{
	struct model_case small = *failed, next = small;
	int change;

	for (size_t nr = 0; (change = model_smaller(&next, nr)) >= 0; next = small) {
		if (!change || !run_again(&next)) {
			nr++;
			continue;
		}
		small = next;
		nr = 0;
	}
	why = run_again(&small) ?: why;
	ok(false, "seed %llu: %s", (unsigned long long)failed->seed, why);
	diag("%s", detail);
	print_model_case(&small);
}

/* ---- all cases ---- */

static size_t run_batch(uint64_t seed, size_t n)
{
	static int twins[BATCH];
	size_t failed = 0;

	site_enter(NULL);
	for (size_t i = 0; i < n; i++) {
		const int *socket = model_socket(seed + i);

		twins[i] = open_socket(socket[0], socket[1], socket[2]);
	}
	site_enter(&sites[0]);
	for (size_t i = 0; i < n; i++) {
		struct model_case c;
		const char *why;

		make_model_case(seed + i, may_nest, &c);
		why = run_case(&c, twins[i]);
		close(twins[i]);
		if (why && failed++ < 3)
			report(&c, why);
		model_case_done(&c);
	}
	return failed;
}

static void check_variety(void)
{
	const struct {
		size_t n, one_in;
		const char *what;
	} rows[] = {
		{model_seen.denied, 10, "refused"},
		{model_seen.changed, 10, "changed"},
		{model_seen.skipped, 50, "kept from the kernel"},
		{model_seen.emulated, 100, "of emulated options"},
		{model_seen.answered, 500, "answered"},
		{model_seen.audited, 100, "of audits that would have done something"},
		{model_seen.unconcerned, 20, "stopped by the filter"},
		{model_seen.beside, 20, "let through by the filter and not in the table"},
		{short_ways, 20, "of the short way"},
		{faults, 300, "with memory that is not there"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ok(rows[i].n > calls_done / rows[i].one_in, "%zu were %s", rows[i].n, rows[i].what);
}

static int tests(void)
{
	static const char *const nothing = "{'version':1,'rules':[]}";
	size_t failed = 0;

	if (cases > CASES)
		alarm(0);
	may_nest = kernel_gives_errno();
	for (size_t i = 0; i < 2; i++) {
		user_end[i] = guarded(USER_PAGES, 0);
		site_make(&sites[1 - i], i ? &sites[1] : NULL);
		site_attach(&sites[1 - i], "{'version':1,'defaultAction':'deny','rules':[]}");
		site_compile(&sites[1 - i], nothing);
	}
	for (uint64_t seed = 0; seed < cases && failed < 3; seed += BATCH)
		failed += run_batch(first_seed + seed, cases - seed < BATCH ? cases - seed : BATCH);
	ok(!failed,
	   "%zu cases, %zu calls: the kernel does as the engine says, and the naive evaluator",
	   done, calls_done);
	if (cases >= 1000)
		check_variety();
	for (size_t i = 0; i < 2; i++)
		site_close(&sites[i]);
	return tap_done();
}

int main(int argc, char **argv)
{
	const char *given = argc > 1 ? argv[1] : getenv("MODEL_CASES");

	if (given)
		cases = strtoull(given, NULL, 0);
	if (argc > 2)
		first_seed = strtoull(argv[2], NULL, 0);
	return kernel_main(tests);
}
