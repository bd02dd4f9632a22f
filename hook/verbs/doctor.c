// SPDX-License-Identifier: Apache-2.0
/*
 * `sockoptctl doctor`: the table of checks, and how their lines are printed. What a check looks at
 * stands in its own file.
 */
#include "verbs/doctor.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

#include "base/file.h"
#include "verbs/table.h"
#include "verbs/verbs.h"

#define CONFIG_BYTES_MAX 65536

static const struct {
	const char *name;
	doctor_check *run;
	bool host; /* about the running host, whatever --root says of files: left out with --root */
} checks[] = {
	{"capabilities", doctor_capabilities, false},
	{"lockdown", doctor_lockdown, false},
	{"cgroup2", doctor_cgroup2, false},
	{"attach", doctor_attach, false},
	{"net-classes", doctor_net_classes, false},
	{"load", doctor_load, false},
	{"errno", doctor_errno, false},
	{"long-values", doctor_long, false},
	{"ring-buffer", doctor_ring, false},
	{"guard", doctor_guard, false},
	{"btf", doctor_btf, false},
	{"memlock", doctor_memlock, false},
	{"unprivileged-bpf", doctor_unprivileged, false},
	{"bpffs", doctor_bpffs, false},
	{"pins", doctor_pins, true},
	{"config", doctor_config, false},
	{"profiles", doctor_profiles, false},
	{"run-dir", doctor_run_dir, false},
	{"record-dir", doctor_record_dir, false},
	{"policies", doctor_policies, true},
	{"generations", doctor_generations, true},
	{"podman", doctor_podman, false},
	{"cri-o", doctor_crio, false},
	{"containerd", doctor_containerd, false},
};

static const char *const state_names[] = {
	[DOCTOR_OK] = "ok",
	[DOCTOR_WARN] = "warn",
	[DOCTOR_FAIL] = "fail",
};

__attribute__((format(printf, 1, 0))) static char *format(const char *fmt, va_list args)
{
	char *text;

	return vasprintf(&text, fmt, args) < 0 ? NULL : text;
}

void doctor_say(struct doctor *d, enum doctor_state state, const char *fmt, ...)
{
	struct doctor_line *more = reallocarray(d->lines, d->n + 1, sizeof(*more));
	struct doctor_line line = {.state = state, .check = d->check};
	va_list args;

	va_start(args, fmt);
	line.what = format(fmt, args);
	va_end(args);
	if (more)
		d->lines = more;
	if (more && line.what) {
		more[d->n++] = line;
	} else {
		free(line.what);
		d->out_of_memory = true;
	}
}

void doctor_todo(struct doctor *d, const char *fmt, ...)
{
	va_list args;

	if (d->out_of_memory)
		return;
	va_start(args, fmt);
	free(d->lines[d->n - 1].remedy);
	d->lines[d->n - 1].remedy = format(fmt, args);
	va_end(args);
}

static bool has_failed(const struct doctor *d)
{
	bool failed = false;

	for (size_t i = 0; i < d->n; i++)
		failed = failed || d->lines[i].state == DOCTOR_FAIL;
	return failed;
}

static int print_text(const struct doctor *d, FILE *out)
{
	static const char *const headings[] = {"STATE", "CHECK", "FOUND -> WHAT TO DO"};
	struct table table;
	int r;

	table_open(&table, headings, ARRAY_SIZE(headings));
	for (size_t i = 0; i < d->n; i++) {
		const struct doctor_line *line = &d->lines[i];

		table_add(&table, state_names[line->state]);
		table_add(&table, line->check);
		table_addf(&table, "%s%s%s", line->what, line->remedy ? " -> " : "",
			   line->remedy ?: "");
	}
	r = table_print(&table, out);
	table_done(&table);
	return r;
}

static int print_json(struct verb_call *call, const struct doctor *d)
{
	_cleanup_json_writer_ struct json_writer *w = json_writer_new(true);

	if (!w)
		return verb_print_json(call, NULL);
	json_open_object(w, NULL);
	json_add_bool(w, "ok", !has_failed(d));
	json_open_array(w, "checks");
	for (size_t i = 0; i < d->n; i++) {
		json_open_object(w, NULL);
		json_add_string(w, "check", d->lines[i].check);
		json_add_string(w, "state", state_names[d->lines[i].state]);
		json_add_string(w, "found", d->lines[i].what);
		json_add_string(w, "remedy", d->lines[i].remedy);
		json_close_object(w);
	}
	json_close_array(w);
	json_close_object(w);
	return verb_print_json(call, w);
}

/*
 * The file that --config names is where it says; the usual one is below the root. Where it is
 * broken the other checks go on with the defaults.
 */
static int read_config(struct doctor *d, const char *named, struct error *err)
{
	_cleanup_close_ int fd = named ? open(named, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
				       : doctor_open(d, CONFIG_PATH, O_RDONLY | O_NONBLOCK);
	_cleanup_free_ char *text = NULL;
	size_t length;
	int r = 0;

	if (asprintf(&d->config_path, "%s%s", named ? "" : d->root, named ?: CONFIG_PATH) < 0) {
		d->config_path = NULL;
		return error_set(err, ENOMEM, "out of memory");
	}
	d->config_there = fd >= 0 || errno != ENOENT || named;
	if (fd < 0 && d->config_there)
		r = error_errno(&d->config_error, errno, "open");
	if (fd >= 0)
		r = file_check_trusted(fd, &d->config_error);
	if (fd >= 0 && !r)
		r = file_read_fd(fd, CONFIG_BYTES_MAX, &text, &length, &d->config_error);
	if (text)
		r = host_config_parse(text, length, &d->config, &d->config_error);
	if (text && !r)
		return 0;
	return host_config_parse("{}", 2, &d->config, err);
}

static int open_root(struct doctor *d, const char *root, struct error *err)
{
	d->root = root && strcmp(root, "/") ? root : "";
	d->root_fd = open(root ?: "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return d->root_fd < 0 ? error_errno(err, errno, "--root %s", root) : 0;
}

static void doctor_done(struct doctor *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->lines[i].what);
		free(d->lines[i].remedy);
	}
	free(d->lines);
	free(d->config_path);
	host_config_done(&d->config);
	cleanup_close(&d->root_fd);
}

static int examine(struct verb_call *call, struct doctor *d, const char *root)
{
	struct error err = {0};
	int status;

	if (open_root(d, root, &err) || read_config(d, call->config_path, &err))
		return verb_refuse(&err);
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		if (checks[i].host && *d->root)
			continue;
		d->check = checks[i].name;
		checks[i].run(d);
	}
	status = call->json ? print_json(call, d) : print_text(d, call->out);
	if (status || d->out_of_memory) {
		error_set(&err, ENOMEM, "out of memory");
		return verb_refuse(&err);
	}
	return has_failed(d) ? VERB_REFUSED : VERB_DONE;
}

static int doctor_run(struct verb_call *call, int argc, char **argv)
{
	const char *root = NULL;
	const struct verb_option options[] = {{.name = "root", .value = &root}};
	struct doctor d = {.root_fd = -1};
	int status;

	if (!verb_read_options(call, options, ARRAY_SIZE(options), &argc, &argv, &status))
		return status;
	if (argc)
		return verb_usage(call, "takes no \"%s\"", argv[0]);
	status = examine(call, &d, root);
	doctor_done(&d);
	return status;
}

const struct verb verb_doctor = {
	.name = "doctor",
	.summary =
		"Find out what kernel, mounts, files and runtimes allow, and what to do about it",
	.usage = "[--json] [--root DIR]",
	.help = "One line each: \"ok\"; \"warn\", where something is lost but policies are put in\n"
		"force; \"fail\", where policies, or some of them, cannot be. What is to do stands\n"
		"behind \"->\". The kernel is asked by trying, in a cgroup and a mount namespace\n"
		"made for it; nothing stays. The status is 1 where any line is \"fail\".\n\n"
		"  --root DIR  look for files below DIR, as for an image; the kernel that is\n"
		"              asked is the running one, and what is in force here is left out\n",
	.has_json = true,
	.run = doctor_run,
};
