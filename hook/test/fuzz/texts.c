// SPDX-License-Identifier: Apache-2.0
/* Texts of runtimes, administrators and other programs: parsed, used, freed. */
#include "test/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "oci/compat.h"
#include "oci/hooks.h"
#include "oci/record-json.h"
#include "oci/select.h"
#include "policy/json.h"
#include "policy/policy.h"

void fuzz_demand(bool held, const char *what)
{
	if (held)
		return;
	fprintf(stderr, "fuzz: it does not hold that %s\n", what);
	abort();
}

/* A failure names its reason, in one line. */
static void demand_reason(int r, const struct error *err)
{
	fuzz_demand(r <= 0, "functions return 0 or a negative errno");
	fuzz_demand(!r || err->text[0], "an error has a text");
}

void fuzz_state(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = malloc(size + 1);
	struct oci_state state = {0};
	struct error err = {0};
	int r = oci_state_parse((const char *)data, size, &state, &err);

	demand_reason(r, &err);
	if (r || !text)
		return;
	memcpy(text, data, size);
	text[size] = '\0';
	fuzz_demand(oci_state_may_name(text, size, "sockopt.oci") || !selection_asked(&state),
		    "what asks for a policy is not passed over");
	fuzz_demand(!oci_id_check(state.id, &err), "a state that is taken has an id that is");
	fuzz_demand(state.bundle && state.bundle[0] == '/', "and an absolute bundle");
	oci_state_done(&state);
}

static void use_selection(const struct selection *selection)
{
	_cleanup_policy_ struct policy *policy = NULL;
	struct error err = {0};

	fuzz_demand(selection->text || selection->mode == MODE_RECORD, "a mode has its policy");
	if (selection->text)
		demand_reason(policy_parse(selection->text, selection->length, &policy, &err),
			      &err);
}

void fuzz_annotations(const uint8_t *data, size_t size)
{
	static char nowhere[] = "/nonexistent";
	const struct host_config config = {.allow_inline = true,
					   .allowed_modes = (1u << MODE_COUNT) - 1,
					   .profiles_dir = nowhere};
	struct selection selection = {0};
	struct oci_state state = {0};
	struct error err = {0};
	int r;

	if (oci_state_parse((const char *)data, size, &state, &err))
		return;
	r = selection_make(&state, &config, &selection, &err);
	demand_reason(r, &err);
	if (!r && selection.wanted) {
		fuzz_demand(selection_asked(&state), "nothing is selected that was not asked for");
		use_selection(&selection);
	}
	if (!r)
		selection_done(&selection);
	oci_state_done(&state);
}

/* What a tree of the text tells; where it tells nothing, false. */
static bool lists_compat(const char *text, size_t size)
{
	_cleanup_json_ struct json *root = NULL;
	const struct json *archs;

	if (json_parse(text, size, NULL, &root, NULL))
		return false;
	archs = json_get(json_get(json_get(root, "linux"), "seccomp"), "architectures");
	for (size_t i = 0; archs && archs->kind == JSON_ARRAY && i < archs->n_items; i++)
		if (archs->items[i]->kind == JSON_STRING &&
		    (!strcmp(archs->items[i]->string, "SCMP_ARCH_X86") ||
		     !strcmp(archs->items[i]->string, "SCMP_ARCH_X32")))
			return true;
	return false;
}

void fuzz_bundle(const uint8_t *data, size_t size)
{
	struct error err = {0};
	bool open = false;
	int r = compat_open_text((const char *)data, size, &open, &err);

	demand_reason(r, &err);
#if defined(__x86_64__)
	fuzz_demand(r || open || !lists_compat((const char *)data, size),
		    "32-bit architectures that are listed are seen");
#endif
}

void fuzz_config(const uint8_t *data, size_t size)
{
	struct host_config config = {0};
	struct error err = {0};
	int r = host_config_parse((const char *)data, size, &config, &err);

	demand_reason(r, &err);
	if (r)
		return;
	fuzz_demand(config.profiles_dir[0] == '/' && config.run_dir[0] == '/' &&
			    config.record_dir[0] == '/',
		    "folders are absolute");
	fuzz_demand(config.events_per_second <= CONFIG_EVENTS_MAX, "events are bounded");
	host_config_done(&config);
}

void fuzz_record(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = NULL;
	struct run_record record = {0};
	struct error err = {0};
	size_t length = 0;
	int r = record_from_json((const char *)data, size, &record, &err);

	demand_reason(r, &err);
	if (!r)
		fuzz_demand(!record_to_json(&record, &text, &length, &err),
			    "what is read can be written");
	record_done(&record);
}

void fuzz_hooks(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size);
	struct hooksd file = {0};
	struct toml toml = {0};
	struct error err = {0};
	unsigned int keys = 0;

	if (!hooksd_parse((const char *)data, size, &file, &err)) {
		demand_reason(hooksd_keys(&file, &keys, &err), &err);
		hook_is_ours(file.path, file.args);
		hook_args_check(file.args, "poststop", &err);
		hooksd_done(&file);
	}
	if (!text || toml_parse(text, &toml, &err))
		return;
	for (size_t i = 0; i < toml.n; i++)
		if (toml.entries[i].kind == TOML_STRINGS)
			hook_glob_keys(&toml.entries[i], &keys, &err);
	toml_done(&toml);
}
