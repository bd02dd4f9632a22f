// SPDX-License-Identifier: Apache-2.0
/*
 * oci: would an annotation of ours reach the hook, by a hooks.d file or a containerd handler? And
 * the one question to a kernel's types that needs no kernel.
 */
#include <bpf/btf.h>

#include "base/cleanup.h"
#include "kernel/probe-features.h"
#include "oci/hooks.h"
#include "oci/scope.h"
#include "test/tap.h"

#define BARE	 0x111u /* policy, profile and mode, without a scope */
#define PROFILES 0x0f0u

/* ---- hooks.d ---- */

static const struct {
	const char *name, *when;
	int expected; /* 0 or an error */
	unsigned int keys;
} whens[] = {
	{"what we install", "{\"annotations\":{\"(^|\\\\.)sockopt\\\\.oci(/.*)?$\":\".*\"}}", 0,
	 HOOK_KEYS_ALL},
	{"anchored, without scopes",
	 "{\"annotations\":{\"^(policy|profile|mode)\\\\.sockopt\\\\.oci$\":\".*\"}}", 0, BARE},
	{"one word of ours", "{\"annotations\":{\"^profile\\\\.sockopt\":\".*\"}}", 0, PROFILES},
	{"nothing of ours", "{\"annotations\":{\"^other$\":\".*\"}}", 0, 0},
	{"no condition", "{}", 0, 0},
	{"always", "{\"always\":true}", 0, HOOK_KEYS_ALL},
	{"not always", "{\"always\":false,\"annotations\":{\"sockopt\":\"\"}}", 0, 0},
	{"two patterns that no key has both of",
	 "{\"annotations\":{\"^policy\":\".*\",\"^profile\":\".*\"}}", 0, 0},
	{"\"or\" is no word of hooks.d files",
	 "{\"or\":true,\"annotations\":{\"^policy\":\".*\",\"^profile\":\".*\"}}", 0, 0},
	{"two patterns that a key has both of",
	 "{\"annotations\":{\"^policy\":\".*\",\"sockopt\":\".*\"}}", 0, 0x00f},
	{"also a command", "{\"annotations\":{\"sockopt\":\".*\"},\"commands\":[\"sh\"]}", 0, 0},
	{"also mounts", "{\"annotations\":{\"sockopt\":\".*\"},\"hasBindMounts\":true}", 0, 0},
	{"a value of one line", "{\"annotations\":{\"sockopt\":\"^.+$\"}}", 0, 0xff0},
	{"a value that ours do not have", "{\"annotations\":{\"sockopt\":\"^true$\"}}", 0, 0},
	{"a wrong pattern", "{\"annotations\":{\"(sockopt\":\".*\"}}", -EINVAL, 0},
	{"one that is not understood", "{\"annotations\":{\"(?i)sockopt\":\".*\"}}", -EOPNOTSUPP,
	 0},
	{"no object", "{\"annotations\":[\"sockopt\"]}", -EINVAL, 0},
	{"no condition at all", "[]", 0, 0},
	{"a value that is no string", "{\"annotations\":{\"sockopt\":true}}", -EINVAL, 0},
};

static void test_when(void)
{
	char text[1024], missed[HOOK_KEYS_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(whens); i++) {
		struct hooksd file = {0};
		struct error err = {0};
		unsigned int keys = 0;

		snprintf(text, sizeof(text),
			 "{\"version\":\"1.0.0\",\"hook\":{\"path\":\"/x\"},\"when\":%s,"
			 "\"stages\":[\"poststop\"]}",
			 whens[i].when);
		if (hooksd_parse(text, strlen(text), &file, &err))
			diag("%s", err.text);
		if (!is_int(hooksd_keys(&file, &keys, &err), whens[i].expected, whens[i].name))
			diag("%s", err.text);
		if (!whens[i].expected && !is_int(keys, whens[i].keys, "  and its keys"))
			diag("%s", hook_keys_text(keys, missed));
		hooksd_done(&file);
	}
	is_str(hook_keys_text(BARE, missed),
	       "policy.sockopt.oci, profile.sockopt.oci, mode.sockopt.oci", "keys in words");
	ok(strlen(hook_keys_text(HOOK_KEYS_ALL, missed)) < HOOK_KEYS_TEXT_MAX - 1 &&
		   strstr(missed, hook_keys[HOOK_KEYS - 1].key),
	   "all keys have room");
}

#define FILE_OF(version, hook, stages)                                                             \
	"{\"version\":" version ",\"hook\":" hook ",\"when\":{},\"stages\":" stages "}"

static const struct {
	const char *text, *expected;
} broken[] = {
	{"{", NULL},
	{"[]", "version: must be \"1.0.0\""},
	{FILE_OF("\"0.1.0\"", "{\"path\":\"/x\"}", "[\"poststop\"]"), "version: must be \"1.0.0\""},
	{FILE_OF("\"1.0.0\"", "{}", "[\"poststop\"]"), "hook.path: is missing"},
	{FILE_OF("\"1.0.0\"", "{\"path\":\"\"}", "[\"poststop\"]"), "hook.path: is missing"},
	{FILE_OF("\"1.0.0\"", "{\"path\":\"/x\"}", "[]"), "stages: must list at least one stage"},
	{FILE_OF("\"1.0.0\"", "{\"path\":\"/x\"}", "[\"poststop\",\"later\"]"),
	 "stages[1]: no stage that OCI knows"},
	{FILE_OF("\"1.0.0\"", "{\"path\":\"/x\"}", "[1]"), "stages[0]: no stage that OCI knows"},
};

static void test_broken(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		struct hooksd file = {0};
		struct error err = {0};

		ok(hooksd_parse(broken[i].text, strlen(broken[i].text), &file, &err) < 0,
		   "refused: %s", broken[i].text);
		if (broken[i].expected)
			is_str(err.text, broken[i].expected, "  and its message");
	}
}

/* ---- arguments ---- */

static const struct {
	const char *args, *stage;
	int expected;
} arguments[] = {
	{"[\"oci-sockopt-hook\",\"createRuntime\"]", "createRuntime", 0},
	{"[\"oci-sockopt-hook\",\"prestart\"]", "createRuntime", 0}, /* the same to the hook */
	{"[\"h\",\"--config\",\"/c\",\"poststop\"]", "poststop", 0},
	{"[\"oci-sockopt-hook\",\"createRuntime\"]", "poststop", -EINVAL},
	{"[\"oci-sockopt-hook\",\"poststop\"]", "prestart", -EINVAL},
	{"[\"oci-sockopt-hook\",\"createContainer\"]", "createContainer", -EINVAL},
	{"[\"createRuntime\"]", "createRuntime", -EINVAL}, /* that is its name */
	{"[\"oci-sockopt-hook\",1]", "createRuntime", -EINVAL},
	{"[]", "createRuntime", -EINVAL},
	{"{}", "createRuntime", -EINVAL},
	{"null", "createRuntime", -EINVAL},
};

static void test_arguments(void)
{
	static const struct json_limits limits = {0};

	for (size_t i = 0; i < ARRAY_SIZE(arguments); i++) {
		_cleanup_json_ struct json *args = NULL;
		struct error err = {0};

		json_parse(arguments[i].args, strlen(arguments[i].args), &limits, &args, NULL);
		ok(hook_args_check(args, arguments[i].stage, &err) == arguments[i].expected,
		   "%s at %s: %s", arguments[i].args, arguments[i].stage, err.text);
	}
	is_int(hook_args_check(NULL, "poststop", NULL), -EINVAL, "no arguments");
	ok(hook_is_ours("/a/oci-sockopt-hook", NULL), "ours by its path");
	ok(!hook_is_ours("/a/oci-sockopt-hook2", NULL), "another's");
	ok(!hook_is_ours(NULL, NULL), "nobody's");
}

/* ---- containerd ---- */

static const struct {
	const char *name, *list;
	int expected;
	unsigned int keys;
} globs[] = {
	{"what we tell to write", HOOK_GLOBS, 0, HOOK_KEYS_ALL},
	{"without scopes", "[\"*.sockopt.oci\"]", 0, BARE},
	{"a star that is to cross \"/\"", "[\"*.sockopt.oci*\"]", 0, BARE},
	{"scopes alone", "[\"*.sockopt.oci/*\"]", 0, HOOK_KEYS_ALL & ~BARE},
	{"another's", "[\"io.example.*\"]", 0, 0},
	{"nothing", "[]", 0, 0},
	{"a wrong one", "[\"*.sockopt.oci\", \"[\"]", -EINVAL, 0},
};

static void test_globs(void)
{
	unsigned int keys = 1;
	char text[256];

	for (size_t i = 0; i < ARRAY_SIZE(globs); i++) {
		struct toml toml = {0};
		struct error err = {0};

		keys = 0;
		snprintf(text, sizeof(text), "p = %s\n", globs[i].list);
		toml_parse(text, &toml, &err);
		is_int(hook_glob_keys(toml.entries, &keys, &err), globs[i].expected, globs[i].name);
		if (!globs[i].expected)
			is_int(keys, globs[i].keys, "  and its keys");
		toml_done(&toml);
	}
	is_int(hook_glob_keys(NULL, &keys, NULL), 0, "no list");
	is_int(keys, 0, "  and its keys");
}

/* Were a key or a scope added there and not here, nobody would be told that it does not arrive. */
static void test_keys(void)
{
	for (size_t i = 0; i < HOOK_KEYS; i++) {
		struct annotation annotation = {(char *)hook_keys[i].key,
						(char *)hook_keys[i].value};
		struct oci_state state = {.annotations = &annotation, .n_annotations = 1};
		struct scope_grid grid;
		struct error err = {0};

		if (!is_int(scope_sort(&state, "web", &grid, &err), 0, hook_keys[i].key))
			diag("%s", err.text);
		ok(grid.at[i / SCOPE_COUNT][(SCOPE_COUNT - 1 - i % SCOPE_COUNT)] != NULL,
		   "  is of its own kind and scope");
	}
	is_int(HOOK_KEYS, KEY_COUNT * SCOPE_COUNT, "every kind in every scope");
}

/* ---- types ---- */

/* struct sock_cgroup_data as it was before 5.15 (@shared), and since. */
static struct btf *types(bool shared)
{
	struct btf *btf = btf__new_empty();
	int u8 = btf__add_int(btf, "unsigned char", 1, 0), inner, both;

	if (!shared) {
		btf__add_struct(btf, "sock_cgroup_data", 8);
		btf__add_field(btf, "cgroup", u8, 0, 0);
		btf__add_field(btf, "classid", u8, 64, 0);
		return btf;
	}
	inner = btf__add_struct(btf, NULL, 8);
	btf__add_field(btf, "is_data", u8, 0, 1);
	btf__add_field(btf, "no_refcnt", u8, 1, 1);
	both = btf__add_union(btf, NULL, 8);
	btf__add_field(btf, NULL, inner, 0, 0);
	btf__add_field(btf, "val", u8, 0, 0);
	btf__add_struct(btf, "sock_cgroup_data", 8);
	btf__add_field(btf, NULL, both, 0, 0);
	return btf;
}

static void test_types(void)
{
	struct btf *of[] = {types(true), types(false), btf__new_empty()};

	is_int(probe_shared_socket_word(of[0]), 1, "types: one word for cgroup and classes");
	is_int(probe_shared_socket_word(of[1]), 0, "types: a place of its own for each");
	ok(probe_shared_socket_word(of[2]) < 0, "types: they do not tell");
	for (size_t i = 0; i < ARRAY_SIZE(of); i++)
		btf__free(of[i]);
}

int main(void)
{
	test_when();
	test_broken();
	test_arguments();
	test_globs();
	test_keys();
	test_types();
	return tap_done();
}
