// SPDX-License-Identifier: Apache-2.0
/*
 * The hook: `oci-sockopt-hook [--config FILE] prestart|createRuntime|poststop`, the container's
 * state on standard input. It reads as the list of its steps; what a step does stands in the file
 * that its name begins with.
 */
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/caps.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/process.h"
#include "enforce.h"
#include "oci/compat.h"
#include "oci/scope.h"
#include "oci/select.h"
#include "oci/state.h"

struct hook {
	const char *config_path; /* NULL: the default place, which may be missing */
	struct host_config config;
	bool unasked; /* nothing is to be done, and the state is not parsed */
	struct oci_state state;
	struct selection selection;
	struct enforcement enforcement;
};

static int read_config(struct hook *h, struct error *err)
{
	return host_config_read(h->config_path ?: CONFIG_PATH, !!h->config_path, &h->config, err);
}

/*
 * Most containers ask for nothing, and on most hosts no configuration gives them a policy: they are
 * done with when that is seen.
 */
static bool asks_nothing(const struct hook *h, const char *text, size_t length)
{
	return !h->config_path && !oci_state_may_name(text, length, ANNOTATION_DOMAIN) &&
	       access(CONFIG_PATH, F_OK) && errno == ENOENT;
}

static int read_state(struct hook *h, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	int r = oci_state_read_text(STDIN_FILENO, &text, &length, err);

	h->unasked = !r && asks_nothing(h, text, length);
	if (!r && !h->unasked)
		r = oci_state_parse(text, length, &h->state, err);
	return r ? error_prefix(err, "container state") : 0;
}

/* What the run record says of this container. */
static int name_container(struct hook *h, struct error *err)
{
	struct run_record *record = &h->enforcement.record;

	h->enforcement.config = &h->config;
	record->kind = strdup("container");
	record->id = strdup(h->state.id);
	record->bundle = strdup(h->state.bundle);
	h->enforcement.mode = h->selection.mode;
	record->pid = h->state.pid;
	record->source = TAKE_PTR(h->selection.source);
	record->policy = TAKE_PTR(h->selection.text);
	record->container = TAKE_PTR(h->selection.container);
	record->pod = TAKE_PTR(h->selection.pod);
	record->namespace = TAKE_PTR(h->selection.namespace);
	if (!record->kind || !record->id || !record->bundle)
		return error_set(err, ENOMEM, "out of memory");
	return record_key(record->id, record->bundle, &record->key, err);
}

/*
 * 32-bit calls never reach a cgroup sockopt program; what to do about them is the host's to say.
 * *@ret_warn: to be told once the policy is in force, for a refusal is one line.
 */
static int check_compat(struct hook *h, bool *ret_warn, struct error *err)
{
	bool open = true;
	int r = 0;

	if (h->config.on_compat != ON_COMPAT_IGNORE)
		r = compat_open(h->state.bundle, &open, err);
	*ret_warn = open && h->config.on_compat != ON_COMPAT_IGNORE;
	h->enforcement.guard = open && h->config.on_compat == ON_COMPAT_GUARD;
	if (h->config.on_compat != ON_COMPAT_REFUSE || (!r && !open))
		return 0;
	if (r)
		return error_prefix(err, "onCompat is \"refuse\"");
	return error_set(err, EPERM,
			 "the container's seccomp profile allows 32-bit system calls, which no "
			 "policy sees, and onCompat is \"refuse\": list only the native "
			 "architecture in linux.seccomp.architectures");
}

/*
 * prestart and createRuntime: everything is in force when this returns 0, and
 * nothing is left where it does not.
 */
static int create(struct hook *h, struct error *err)
{
	struct enforcement *e = &h->enforcement;
	bool warn = false;
	int r;

	r = read_state(h, err);
	if (r || h->unasked)
		return r;
	log_set_id(h->state.id);
	r = read_config(h, err);
	if (r && !selection_asked(&h->state)) {
		log_line(LOG_WARNING, "%s", err->text);
		return 0;
	}
	r = r ?: selection_make(&h->state, &h->config, &h->selection, err);
	if (r || !h->selection.wanted)
		return r;
	r = check_compat(h, &warn, err);
	r = r ?: name_container(h, err);
	r = r ?: enforce_parse(e, h->selection.length, err);
	r = r ?: enforce_compile(e, err);
	r = r ?: cgroup_of_pid(h->state.pid, &e->cgroup, err);
	r = r ?: enforce_open_folders(e, err);
	r = r ?: enforce_settle_key(e, err);
	if (r || e->already)
		return r;
	r = enforce_check_ancestry(e, err);
	r = r ?: enforce_open_programs(e, err);
	r = r ?: enforce_attach_links(e, err);
	r = r ?: enforce_write_storage(e, err);
	r = r ?: enforce_attach_companion(e, err);
	r = r ?: enforce_pin(e, err);
	r = r ?: enforce_confirm(e, err);
	r = r ?: enforce_write_record(e, err);
	r = r ?: caps_drop_all(err);
	if (r)
		enforce_undo(e);
	else if (warn && !e->record.guarded)
		log_line(LOG_WARNING,
			 "the container's seccomp profile allows 32-bit system calls, which this "
			 "policy does not see%s%s (onCompat \"ignore\" silences this)",
			 e->lack.code ? ": " : "", e->lack.text);
	return r;
}

/*
 * poststop: the cgroup is gone already. Idempotent; a container that never had a policy is success.
 * A broken configuration must not keep policies in place: its folders are taken to be the default ones.
 */
static int teardown(struct hook *h, struct error *err)
{
	_cleanup_free_ char *key = NULL;
	int r;

	r = oci_state_read(STDIN_FILENO, &h->state, err);
	if (r)
		return error_prefix(err, "container state");
	log_set_id(h->state.id);
	if (read_config(h, err)) {
		log_line(LOG_WARNING, "%s: the default folders are used", err->text);
		r = host_config_parse("{}", strlen("{}"), &h->config, err);
	}
	r = r ?: record_key(h->state.id, h->state.bundle, &key, err);
	r = r ?: enforce_remove(&h->config, key, h->state.id, h->state.bundle, &h->state.pid, err);
	if (r != ENFORCE_STAYS)
		return r;
	log_line(LOG_WARNING, "%s", err->text);
	return 0;
}

static const struct stage {
	const char *name;
	enum caps_work work;
	int (*run)(struct hook *h, struct error *err);
} stages[] = {
	{"prestart", CAPS_ATTACH, create},
	{"createRuntime", CAPS_ATTACH, create},
	{"poststop", CAPS_REMOVE, teardown},
};

static const struct stage *find_stage(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(stages); i++) {
		if (!strcmp(stages[i].name, name))
			return &stages[i];
	}
	return NULL;
}

#define USAGE                                                                                      \
	"usage: oci-sockopt-hook [--config FILE] prestart|createRuntime|poststop, with the "       \
	"container's state on standard input"

static int usage(void)
{
	log_line(LOG_ERR, USAGE);
	return 2;
}

int main(int argc, char **argv)
{
	struct hook h = {.enforcement = ENFORCEMENT_NONE};
	const struct stage *stage;
	struct error err = {0};
	int r;

	process_disinherit();
	log_open("oci-sockopt-hook", true);
	if (argc == 2 && !strcmp(argv[1], "--version"))
		return puts("oci-sockopt-hook " VERSION) < 0;
	if (argc == 2 && !strcmp(argv[1], "--help"))
		return puts(USAGE) < 0;
	if (argc == 4 && !strcmp(argv[1], "--config"))
		h.config_path = argv[2];
	else if (argc != 2)
		return usage();
	stage = find_stage(argv[argc - 1]);
	if (!stage)
		return usage();
	r = caps_limit(stage->work, &err);
	r = r ?: stage->run(&h, &err);
	if (r)
		log_line(LOG_ERR, "%s", err.text);
	enforce_done(&h.enforcement);
	selection_done(&h.selection);
	oci_state_done(&h.state);
	host_config_done(&h.config);
	return r ? 1 : 0;
}
