// SPDX-License-Identifier: Apache-2.0
/*
 * `sockoptctl check`: whether policies would be accepted, how large they are, and what in them
 * likely does less than it seems. Touches nothing of the host.
 */
#include <string.h>
#include <syslog.h>

#include "base/log.h"
#include "policy/compile.h"
#include "policy/lint.h"
#include "verbs/table.h"
#include "verbs/verbs.h"

struct finding {
	struct policy *policy; /* NULL where it is not accepted */
	struct lints lints;
	size_t bytes;
	const char *class;
	unsigned int calls;
	bool refused; /* for its warnings */
};

static void finding_done(struct finding *f)
{
	lints_done(&f->lints);
	policy_free(f->policy);
}

static int examine(const char *path, struct finding *ret, struct error *err)
{
	_cleanup_policy_ struct policy *policy = NULL;
	struct compiled compiled = {0};
	int r = policy_text_parse(path, &policy, err);

	if (r)
		return r;
	r = policy_compile(policy, &compiled, err);
	r = r ?: lint_policy(policy, &ret->lints, err);
	if (r) {
		compiled_done(&compiled);
		return error_prefix(err, "%s", strcmp(path, "-") ? path : "standard input");
	}
	ret->bytes = compiled.used;
	ret->class = compiled.class->name;
	ret->calls = compiled.calls;
	ret->policy = TAKE_PTR(policy);
	compiled_done(&compiled);
	return 0;
}

/* "rules[2]", and the id where it has one of its own. */
static void print_warning(const char *path, const struct finding *f, const struct lint *lint)
{
	const char *id = f->policy->rules[lint->rule].id;
	char place[32];
	bool named;

	snprintf(place, sizeof(place), "rules[%zu]", lint->rule);
	named = strcmp(id, place);
	log_line(f->refused ? LOG_ERR : LOG_WARNING, "%s: %s%s%s%s%s: %s (%s)", path,
		 f->refused ? "" : "warning: ", place, named ? " \"" : "", named ? id : "",
		 named ? "\"" : "", lint->text, lint->name);
}

static void print_text(FILE *out, const char *path, const struct finding *f)
{
	size_t rules = f->policy->n_rules;

	table_print_clean(out, path);
	fprintf(out, ": ok: %zu rule%s, %zu bytes compiled (%s)%s%s%s", rules,
		rules == 1 ? "" : "s", f->bytes, f->class, f->calls ? "," : ", no programs needed",
		f->calls & CALL_SETSOCKOPT ? " setsockopt" : "",
		f->calls & CALL_GETSOCKOPT ? " getsockopt" : "");
	if (f->lints.n)
		fprintf(out, "; %zu warning%s", f->lints.n, f->lints.n == 1 ? "" : "s");
	fputc('\n', out);
}

static void add_warnings(struct json_writer *w, const struct finding *f)
{
	json_open_array(w, "warnings");
	for (size_t i = 0; i < f->lints.n; i++) {
		const struct lint *lint = &f->lints.items[i];

		json_open_object(w, NULL);
		json_add_string(w, "lint", lint->name);
		json_add_string(w, "rule", f->policy->rules[lint->rule].id);
		json_add_uint(w, "index", lint->rule);
		json_add_string(w, "text", lint->text);
		json_add_string(w, "remedy", lint->remedy);
		json_close_object(w);
	}
	json_close_array(w);
}

static void add_json(struct json_writer *w, const char *path, const struct finding *f,
		     const struct error *err)
{
	json_open_object(w, NULL);
	json_add_string(w, "file", path);
	json_add_bool(w, "ok", f->policy && !f->refused);
	if (!f->policy) {
		json_add_string(w, "error", err->text);
	} else {
		json_add_string(w, "name", f->policy->name);
		json_add_uint(w, "rules", f->policy->n_rules);
		json_add_uint(w, "bytes", f->bytes);
		json_add_string(w, "sizeClass", f->class);
		json_open_array(w, "calls");
		if (f->calls & CALL_SETSOCKOPT)
			json_add_string(w, NULL, "setsockopt");
		if (f->calls & CALL_GETSOCKOPT)
			json_add_string(w, NULL, "getsockopt");
		json_close_array(w);
		add_warnings(w, f);
	}
	json_close_object(w);
}

/* Returns whether the policy is good. */
static bool check_one(struct verb_call *call, const char *path, bool strict, struct json_writer *w)
{
	struct finding finding = {0};
	struct error err = {0};
	bool good;

	if (examine(path, &finding, &err))
		verb_refuse(&err);
	finding.refused = strict && finding.lints.n;
	good = finding.policy && !finding.refused;
	for (size_t i = 0; i < finding.lints.n; i++)
		print_warning(path, &finding, &finding.lints.items[i]);
	if (!call->json && good)
		print_text(call->out, path, &finding);
	if (w)
		add_json(w, path, &finding, &err);
	finding_done(&finding);
	return good;
}

static int check_run(struct verb_call *call, int argc, char **argv)
{
	_cleanup_json_writer_ struct json_writer *w = NULL;
	bool strict = false;
	const struct verb_option options[] = {{"strict", NULL, &strict}};
	int status;

	if (!verb_read_options(call, options, ARRAY_SIZE(options), &argc, &argv, &status))
		return status;
	if (argc < 1)
		return verb_usage(call, "which policy?");
	status = VERB_DONE;
	w = json_writer_new(true);
	if (w)
		json_open_array(w, NULL);
	for (int i = 0; i < argc; i++) {
		if (!check_one(call, argv[i], strict, w))
			status = VERB_REFUSED;
	}
	if (w)
		json_close_array(w);
	if (call->json && verb_print_json(call, w))
		status = VERB_REFUSED;
	return status;
}

const struct verb verb_check = {
	.name = "check",
	.summary = "Check policies as they would be checked before they are put in force",
	.usage = "[--json] [--strict] FILE…",
	.help = "FILE \"-\" is standard input. Each good policy is one line with the number of\n"
		"its rules, its size once compiled, the size class that it needs, and the calls\n"
		"that it needs a program for. What is wrong with the others goes to standard\n"
		"error. The status is 1 where any policy is wrong.\n\n"
		"Rules that likely do less than they seem to are warnings on standard error,\n"
		"each with the rule and what closes the gap.\n\n"
		"  --strict  a policy with warnings is wrong\n",
	.has_json = true,
	.run = check_run,
};
