// SPDX-License-Identifier: Apache-2.0
/* A guardian and its one child: see kernel.h. The child does all the testing. */
#include "test/kernel.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

#define BPFFS "/sys/fs/bpf"
/* For all tests of a program, also on one emulated processor of a busy machine. */
#define SECONDS_MAX 600

static struct cgroup top = CGROUP_NONE;	 /* below TEST_CGROUP, of this program alone */
static struct cgroup home = CGROUP_NONE; /* below it: where the child is between two sites */
static struct pins pins;
static unsigned int sites;
static volatile sig_atomic_t interrupted;
static volatile pid_t child;

void bail_out(const char *fmt, ...)
{
	va_list args;

	printf("Bail out! ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	_exit(1);
}

static void must(int r, const struct error *err, const char *what)
{
	if (r)
		bail_out("%s: %s", what, err->text);
}

/* ---- guardian and child ---- */

static void note_signal(int signal)
{
	interrupted = signal;
	if (child > 0)
		kill(child, SIGKILL);
}

static void handle_signals(void (*handler)(int))
{
	const struct sigaction action = {.sa_handler =
						 handler}; /* no SA_RESTART: waitpid returns */
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &action, NULL);
}

static int guard(void)
{
	struct error err;
	int status = 0, removed;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	removed = cgroup_remove(&top, &err);
	if (removed)
		printf("Bail out! %s\n", err.text);
	else if (child < 0)
		printf("Bail out! no second process\n");
	else if (WIFSIGNALED(status))
		printf("Bail out! the tests ended by signal %d\n", WTERMSIG(status));
	fflush(stdout);
	if (interrupted)
		return 128 + interrupted;
	return removed || child < 0 || !WIFEXITED(status) ? 1 : WEXITSTATUS(status);
}

/*
 * A bpf file system of its own: what others pinned was loaded under who knows which programs, of which what is
 * loaded here must know nothing.
 */
static void own_pins(void)
{
	struct error err = {0};

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bpf", BPFFS, "bpf", 0, "mode=0700"))
		bail_out("%s: %s", BPFFS, strerror(errno));
	must(pins_open(BPFFS, true, &pins, &err), &err, "pins");
}

/* Before programs of others come to the sites, under which it could not be told what this kernel does. */
static void load_all(void)
{
	struct error err = {0};

	for (size_t i = 0; i < SIZE_CLASSES; i++) {
		const struct size_class *class = &size_classes[i];
		struct program_class wanted = {class->name, class->bounds, class->size};
		struct programs programs = PROGRAMS_NONE;
		int r = programs_open(&pins, &wanted, &programs, &err);

		if (r && r != -E2BIG)
			bail_out("programs: %s", err.text);
		programs_done(&programs);
	}
}

static void child_main(int (*tests)(void))
{
	struct error err = {0};
	int status;

	handle_signals(SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(SECONDS_MAX);
	must(cgroup_make(&top, "home", &home, &err), &err, "cgroup");
	must(cgroup_enter(&home, 0, &err), &err, "cgroup");
	own_pins();
	ability_begin();
	load_all();
	status = tests();
	fflush(stdout);
	_exit(status);
}

int kernel_main(int (*tests)(void))
{
	struct cgroup above = CGROUP_NONE;
	struct error err = {0};
	char name[64];

	if (!getenv("TEST_CGROUP"))
		bail_out("TEST_CGROUP is not set: run this by integration/lib/sandbox, as root");
	handle_signals(note_signal);
	must(cgroup_at(getenv("TEST_CGROUP"), &above, &err), &err, "TEST_CGROUP");
	snprintf(name, sizeof(name), "%s.%d", program_invocation_short_name, getpid());
	must(cgroup_make(&above, name, &top, &err), &err, "cgroup");
	cgroup_done(&above);
	fflush(stdout);
	child = fork();
	if (!child)
		child_main(tests);
	return guard();
}

/* ---- sites ---- */

void site_make(struct site *site, const struct site *above)
{
	struct error err = {0};
	char name[32];

	*site = (struct site){.cgroup = CGROUP_NONE,
			      .programs = PROGRAMS_NONE,
			      .attachment = ATTACHMENT_NONE};
	snprintf(name, sizeof(name), "site%u", ++sites);
	must(cgroup_make(above ? &above->cgroup : &top, name, &site->cgroup, &err), &err, "cgroup");
}

void site_enter(const struct site *site)
{
	struct error err = {0};

	must(cgroup_enter(site ? &site->cgroup : &home, 0, &err), &err, "cgroup");
}

void site_compile(struct site *site, const char *policy)
{
	_cleanup_policy_ struct policy *parsed = NULL;
	_cleanup_free_ char *text = strdup(policy);
	struct error err = {0};

	for (char *p = text; p && (p = strchr(p, '\''));)
		*p = '"';
	if (!text)
		bail_out("out of memory");
	must(policy_parse(text, strlen(text), &parsed, &err), &err, text);
	compiled_done(&site->compiled);
	must(policy_compile(parsed, &site->compiled, &err), &err, text);
}

void site_link(struct site *site)
{
	const struct size_class *class = site->compiled.class;
	struct program_class wanted = {class->name, class->bounds, class->size};
	struct error err = {0};

	must(programs_open(&pins, &wanted, &site->programs, &err), &err, "programs");
	must(attachment_link(&site->attachment, &site->cgroup, &site->programs,
			     site->compiled.calls, &err),
	     &err, "links");
}

void site_write(struct site *site)
{
	struct error err = {0};

	/* Without a program there is no storage. */
	if (!site->compiled.calls)
		return;
	must(attachment_write(&site->cgroup, &site->programs, site->compiled.policy, &err), &err,
	     "storage");
}

void site_attach(struct site *site, const char *policy)
{
	site_compile(site, policy);
	site_link(site);
	site_write(site);
}

void site_replace(struct site *site, const char *policy)
{
	const struct size_class *class = site->compiled.class;
	unsigned int calls = site->compiled.calls;

	site_compile(site, policy);
	if (class != site->compiled.class || calls != site->compiled.calls)
		bail_out("a policy that needs other programs: %s", policy);
	site_write(site);
}

void site_detach(struct site *site)
{
	attachment_done(&site->attachment);
	programs_done(&site->programs);
	compiled_done(&site->compiled);
	site->compiled = (struct compiled){0};
}

size_t site_attached(const struct site *site, size_t call)
{
	struct attached programs;
	struct error err;

	must(bpf_attached(site->cgroup.fd, bpf_type_of_call(call), false, &programs, &err), &err,
	     "cgroup");
	return programs.count;
}

void site_close(struct site *site)
{
	struct error err = {0};

	site_enter(NULL);
	site_detach(site);
	must(cgroup_remove(&site->cgroup, &err), &err, "cgroup");
	cgroup_done(&site->cgroup);
}

void site_open(struct site *site, const char *policy)
{
	site_make(site, NULL);
	site_enter(site);
	site_attach(site, policy);
}

/* ---- a long one ---- */

char *policy_of_conditions(unsigned int n)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		bail_out("out of memory");
	fputs("{'version':1,'name':'long','rules':[{'calls':['setsockopt'],'options':['SO_RCVBUF']"
	      ","
	      "'action':'deny','errno':'EACCES','where':{'value':{'oneOf':[",
	      f);
	for (unsigned int i = 0; i < n; i++)
		fprintf(f, "%s%u%s", i % 60 ? "," : "", 20000 + i,
			i % 60 == 59 && i + 1 < n
				? "]}}},{'calls':['setsockopt'],'options':['SO_RCVBUF'],"
				  "'action':'deny','errno':'EACCES','where':{'value':{'oneOf':["
				: "");
	fputs("]}}},{'calls':['setsockopt'],'options':['SO_RCVBUF'],'action':'clamp','max':30000}]"
	      "}",
	      f);
	fclose(f);
	return text;
}

/* ---- the calls ---- */

int open_socket(int family, int type, int protocol)
{
	int fd = socket(family, type | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		bail_out("socket(%d, %d, %d): %s", family, type, protocol, strerror(errno));
	return fd;
}

int set_raw(int fd, int level, int option, const void *value, size_t length)
{
	return setsockopt(fd, level, option, value, (socklen_t)length) ? -errno : 0;
}

int get_raw(int fd, int level, int option, void *value, socklen_t *length)
{
	return getsockopt(fd, level, option, value, length) ? -errno : 0;
}

int set_int(int fd, int level, int option, int value)
{
	return set_raw(fd, level, option, &value, sizeof(value));
}

long long get_int(int fd, int level, int option)
{
	socklen_t length = sizeof(int);
	int value = 0, r = get_raw(fd, level, option, &value, &length);

	if (r)
		return r;
	return length == sizeof(value) ? value : -EMSGSIZE;
}

int set_padded(int fd, int level, int option, const void *value, size_t size, size_t length)
{
	static char buffer[PADDED_MAX];

	memset(buffer, 0, sizeof(buffer));
	memcpy(buffer, value, size);
	return set_raw(fd, level, option, buffer, length);
}
