// SPDX-License-Identifier: Apache-2.0
/*
 * `sockoptctl check`: whether policies would be accepted, and how large they
 * are. Touches nothing of the host.
 */
#include <syslog.h>

#include "base/log.h"
#include "policy/compile.h"
#include "verbs/verbs.h"

struct finding {
	char *name; /* the policy's own */
	size_t rules, bytes;
	const char *class;
	unsigned int calls;
};

static int examine(const char *path, struct finding *ret, struct error *err)
{
	_cleanup_policy_ struct policy *policy = NULL;
	_cleanup_free_ char *text = NULL;
	struct compiled compiled = {0};
	size_t length;
	int r = policy_text_read(path, &text, &length, err);

	if (r)
		return r;
	r = policy_parse(text, length, &policy, err);
	r = r ?: policy_compile(policy, &compiled, err);
	if (r)
		return error_prefix(err, "%s", path);
	*ret = (struct finding){
		.rules = policy->n_rules,
		.bytes = compiled.used,
		.class = compiled.class->name,
		.calls = compiled.calls,
		.name = TAKE_PTR(policy->name),
	};
	compiled_done(&compiled);
	return 0;
}

static void print_text(FILE *out, const char *path, const struct finding *f)
{
	fprintf(out, "%s: ok: %zu rule%s, %zu bytes compiled (%s)%s%s%s\n", path, f->rules,
		f->rules == 1 ? "" : "s", f->bytes, f->class,
		f->calls ? "," : ", no programs needed",
		f->calls & CALL_SETSOCKOPT ? " setsockopt" : "",
		f->calls & CALL_GETSOCKOPT ? " getsockopt" : "");
}

static void add_json(struct json_writer *w, const char *path, const struct finding *f,
		     const struct error *err)
{
	json_open_object(w, NULL);
	json_add_string(w, "file", path);
	json_add_bool(w, "ok", !err->code);
	if (err->code) {
		json_add_string(w, "error", err->text);
	} else {
		json_add_string(w, "name", f->name);
		json_add_uint(w, "rules", f->rules);
		json_add_uint(w, "bytes", f->bytes);
		json_add_string(w, "sizeClass", f->class);
		json_open_array(w, "calls");
		if (f->calls & CALL_SETSOCKOPT)
			json_add_string(w, NULL, "setsockopt");
		if (f->calls & CALL_GETSOCKOPT)
			json_add_string(w, NULL, "getsockopt");
		json_close_array(w);
	}
	json_close_object(w);
}

static int check_run(struct verb_call *call, int argc, char **argv)
{
	_cleanup_json_writer_ struct json_writer *w = NULL;
	int status;

	if (!verb_read_options(call, NULL, 0, &argc, &argv, &status))
		return status;
	if (argc < 1)
		return verb_usage(call, "which policy?");
	w = json_writer_new(true);
	if (w)
		json_open_array(w, NULL);
	for (int i = 0; i < argc; i++) {
		struct finding finding = {0};
		struct error err = {0};

		if (examine(argv[i], &finding, &err))
			status = verb_refuse(&err);
		if (!call->json && !err.code)
			print_text(call->out, argv[i], &finding);
		if (w)
			add_json(w, argv[i], &finding, &err);
		free(finding.name);
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
	.usage = "[--json] FILE…",
	.help = "FILE \"-\" is standard input. Each good policy is one line with the number of\n"
		"its rules, its size once compiled, the size class that it needs, and the calls\n"
		"that it needs a program for. What is wrong with the others goes to standard\n"
		"error. The status is 1 where any policy is wrong.\n",
	.has_json = true,
	.run = check_run,
};
