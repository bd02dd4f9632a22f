// SPDX-License-Identifier: Apache-2.0
/*
 * oci: the host's configuration; and whether a bundle's seccomp profile lets 32-bit calls through.
 */
#include "base/cleanup.h"
#include "oci/compat.h"
#include "oci/config.h"
#include "test/tap.h"
#include "test/temp.h"

#define ALL_MODES (1u << MODE_ENFORCE | 1u << MODE_AUDIT | 1u << MODE_RECORD)

static void check_defaults(const struct host_config *c)
{
	is_int(c->allow_inline, true, "default: allowInline");
	is_int(c->allowed_modes, ALL_MODES, "default: allowedModes");
	is_str(c->default_profile, NULL, "default: defaultProfile");
	is_str(c->profiles_dir, "/etc/oci-sockopt-hook/profiles.d", "default: profilesDir");
	is_int(c->on_compat, ON_COMPAT_GUARD, "default: onCompat");
	is_str(c->run_dir, "/run/oci-sockopt-hook", "default: runDir");
	is_str(c->record_dir, "/var/lib/oci-sockopt-hook/recordings", "default: recordDir");
	is_str(c->bpffs, NULL, "default: bpffs");
	is_int(c->events_per_second, 1000, "default: eventsPerSecond");
	is_int(c->events_burst, 2000, "default: eventsBurst");
}

static void test_full(void)
{
	static const char text[] =
		"{\"$schema\":\"x\",\"allowInline\":false,\"allowedModes\":[\"record\",\"audit\"],"
		"\"defaultProfile\":\"base-1.2\",\"profilesDir\":\"/"
		"p\",\"onDisplacedParent\":\"refuse\","
		"\"onCompat\":\"ignore\",\"runDir\":\"/r\",\"recordDir\":\"/rec\",\"bpffs\":\"/"
		"bpf\","
		"\"eventsPerSecond\":1,\"eventsBurst\":1000000}";
	struct host_config c = {};
	struct error err = {};

	if (!is_int(host_config_parse(text, strlen(text), &c, &err), 0, "every key"))
		diag("%s", err.text);
	is_int(c.allow_inline, false, "allowInline");
	is_int(c.allowed_modes, 1u << MODE_AUDIT | 1u << MODE_RECORD, "allowedModes");
	is_str(c.default_profile, "base-1.2", "defaultProfile");
	is_str(c.profiles_dir, "/p", "profilesDir");
	is_int(c.on_compat, ON_COMPAT_IGNORE, "onCompat");
	is_str(c.run_dir, "/r", "runDir");
	is_str(c.record_dir, "/rec", "recordDir");
	is_str(c.bpffs, "/bpf", "bpffs");
	is_int(c.events_per_second, 1, "eventsPerSecond");
	is_int(c.events_burst, 1000000, "eventsBurst");
	host_config_done(&c);
}

static void test_empty(void)
{
	struct host_config c = {};
	struct error err = {};

	is_int(host_config_parse("{}", 2, &c, &err), 0, "no key");
	check_defaults(&c);
	host_config_done(&c);
}

static const struct {
	const char *text, *expected;
} bad_cases[] = {
	{"[]", "expected an object, got an array"},
	{"{\"allowInlin\":true}", "unknown key \"allowInlin\" (did you mean allowInline?)"},
	{"{\"xyz\":true}", "unknown key \"xyz\""},
	{"{\"$schema\":1}", "$schema: expected a string, got an integer"},
	{"{\"allowInline\":\"yes\"}", "allowInline: expected a boolean, got a string"},
	{"{\"allowInline\":null}", "allowInline: expected a boolean, got null"},
	{"{\"allowedModes\":\"audit\"}", "allowedModes: expected an array, got a string"},
	{"{\"allowedModes\":[]}", "allowedModes: must list at least one mode"},
	{"{\"allowedModes\":[\"audit\",7]}", "allowedModes[1]: expected a string, got an integer"},
	{"{\"allowedModes\":[\"audits\"]}",
	 "allowedModes[0]: unknown value \"audits\" (did you mean audit?)"},
	{"{\"allowedModes\":[\"x\"]}",
	 "allowedModes[0]: unknown value \"x\"; known: enforce, audit, record"},
	{"{\"allowedModes\":[\"audit\",\"record\",\"audit\"]}",
	 "allowedModes[2]: \"audit\" is listed twice"},
	{"{\"defaultProfile\":\"../web\"}", "defaultProfile: \"../web\" is no profile name: 1 to "
					    "64 letters, digits, \"_\" and, but not "
					    "first, \".\" or \"-\""},
	{"{\"defaultProfile\":\"\"}", "defaultProfile: \"\" is no profile name: 1 to 64 letters, "
				      "digits, \"_\" and, but not first, "
				      "\".\" or \"-\""},
	{"{\"defaultProfile\":[]}", "defaultProfile: expected a string, got an array"},
	{"{\"profilesDir\":\"p\"}", "profilesDir: \"p\" is no absolute path; begin it with \"/\""},
	{"{\"runDir\":\"\"}", "runDir: \"\" is no absolute path; begin it with \"/\""},
	{"{\"recordDir\":\"./r\"}", "recordDir: \"./r\" is no absolute path; begin it with \"/\""},
	{"{\"bpffs\":false}", "bpffs: expected a string, got a boolean"},
	{"{\"onDisplacedParent\":\"ignore\"}",
	 "onDisplacedParent: unknown value \"ignore\"; known: refuse"},
	{"{\"onCompat\":\"gaurd\"}", "onCompat: unknown value \"gaurd\" (did you mean guard?)"},
	{"{\"onCompat\":\"never\"}",
	 "onCompat: unknown value \"never\"; known: guard, warn, refuse, ignore"},
	{"{\"eventsPerSecond\":0}", "eventsPerSecond: must be from 1 to 1000000"},
	{"{\"eventsPerSecond\":-1}", "eventsPerSecond: must be from 1 to 1000000"},
	{"{\"eventsBurst\":1000001}", "eventsBurst: must be from 1 to 1000000"},
	{"{\"eventsBurst\":1e3}", "eventsBurst: expected an integer, got a number"},
	{"{\"runDir\":\"/a\",\"runDir\":\"/a\"}", "runDir: duplicate key"},
	{"{\"runDir\":\"/a\"", NULL},
	{"", NULL},
};

static void test_bad(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_cases); i++) {
		struct host_config c = {};
		struct error err = {};
		const char *text = bad_cases[i].text;
		int r = host_config_parse(text, strlen(text), &c, &err);

		if (!ok(r < 0 && err.text[0], "refused: %s", text))
			diag("got %d, \"%s\"", r, err.text);
		if (bad_cases[i].expected)
			is_str(err.text, bad_cases[i].expected, "  and its message");
		if (r == 0)
			host_config_done(&c);
	}
}

static void test_long_folder(void)
{
	char text[PATH_MAX + 64];
	struct host_config c = {};
	struct error err = {};
	int n = sprintf(text, "{\"runDir\":\"/%0*d\"}", PATH_MAX - 2, 0);

	is_int(host_config_parse(text, (size_t)n, &c, &err), 0, "the longest path");
	host_config_done(&c);
	n = sprintf(text, "{\"runDir\":\"/%0*d\"}", PATH_MAX - 1, 0);
	is_int(host_config_parse(text, (size_t)n, &c, &err), -ENAMETOOLONG, "one byte more");
}

/* Errors of a file begin with its path. */
static void is_file_error(const char *path, const char *rest, const char *name)
{
	struct host_config c = {};
	struct error err = {};
	char expected[2 * PATH_MAX + 256];

	snprintf(expected, sizeof(expected), "%s: %s", path, rest);
	ok(host_config_read(path, false, &c, &err) < 0, "refused: %s", name);
	is_str(err.text, expected, "  and its message");
}

static void test_file(void)
{
	const char *path = temp_path("config.json");
	struct host_config c = {};
	struct error err = {};

	is_int(host_config_read(path, false, &c, &err), 0, "no file, none required");
	check_defaults(&c);
	host_config_done(&c);
	is_int(host_config_read(path, true, &c, &err), -ENOENT, "no file, but required");
	temp_write(path, "{\"runDir\":\"/r\"}", 15, 0644);
	is_int(host_config_read(path, true, &c, &err), 0, "a file");
	is_str(c.run_dir, "/r", "and what it says");
	host_config_done(&c);
	if (symlink("config.json", temp_path("link.json")) < 0)
		ok(false, "symlink");
	is_int(host_config_read(temp_path("link.json"), true, &c, &err), 0, "through a link");
	host_config_done(&c);
	is_file_error(temp_write(temp_path("bad.json"), "{\"x\":1}", 7, 0644), "unknown key \"x\"",
		      "a bad file");
	is_file_error(temp_write(temp_path("loose.json"), "{}", 2, 0666),
		      "has mode 0666; take the right to write from group and others (chmod go-w)",
		      "a file that everybody may write");
	is_file_error(temp_path("."), "is not a regular file", "a folder");
}

static void test_modes(void)
{
	enum policy_mode mode = MODE_COUNT;
	struct error err = {};

	is_str(policy_mode_name(MODE_ENFORCE), "enforce", "name of enforce");
	is_str(policy_mode_name(MODE_AUDIT), "audit", "name of audit");
	is_str(policy_mode_name(MODE_RECORD), "record", "name of record");
	is_str(policy_mode_name(MODE_COUNT), NULL, "no name past the end");
	is_int(policy_mode_parse("record", &mode, &err), 0, "a mode by name");
	is_int(mode, MODE_RECORD, "is the right one");
	is_int(policy_mode_parse("Record", &mode, &err), -EINVAL, "letter case counts");
	is_str(err.text, "unknown value \"Record\" (did you mean record?)", "and its message");
}

/* ---- compat ---- */

#if defined(__x86_64__)
#define COMPAT_ARCH "SCMP_ARCH_X86"
#elif defined(__aarch64__)
#define COMPAT_ARCH "SCMP_ARCH_ARM"
#endif

#ifdef COMPAT_ARCH
static const struct {
	const char *text;
	bool open;
} compat_cases[] = {
	{"{}", true},
	{"{\"linux\":null}", true},
	{"{\"linux\":{\"seccomp\":null}}", true},
	{"{\"linux\":{\"resources\":{}}}", true},
	{"{\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\"}}}", false},
	{"{\"linux\":{\"seccomp\":{\"architectures\":[]}}}", false},
	{"{\"linux\":{\"seccomp\":{\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_AARCH64\"]}}"
	 "}",
	 false},
	{"{\"linux\":{\"seccomp\":{\"architectures\":[\"SCMP_ARCH_X86_64\",\"" COMPAT_ARCH "\"]}}}",
	 true},
	{"{\"linux\":{\"seccomp\":{\"architectures\":[\"SCMP_ARCH_MIPS\"]}}}", false},
	{"{\"linux\":{\"seccomp\":{\"architectures\":\"" COMPAT_ARCH "\"}}}", false},
	{"{\"linux\":[],\"seccomp\":{}}", true},
	/* what the quick look cannot tell is parsed */
	{"{\"linux\":{\"seccomp\":{\"architectures\":[\"SCMP\\u005fARCH_X86\","
	 "\"SCMP\\u005fARCH_ARM\"]}}}",
	 true},
	{"{\"linux\":{\"\\u0073eccomp\":{\"architectures\":[]}}}", false},
	{"{\"a\":{\"linux\":{\"seccomp\":{}}},\"b\":\"\\\"linux\\\"\",\"c\":[\"]}\",1.5,null]}",
	 true},
};

#define TWICE "{\"linux\":{\"seccomp\":{}},\"linux\":{}}"

static void test_compat(void)
{
	struct error err = {};
	bool open;

	for (size_t i = 0; i < ARRAY_SIZE(compat_cases); i++) {
		const char *text = compat_cases[i].text;

		temp_write(temp_path("config.json"), text, strlen(text), 0644);
		open = !compat_cases[i].open;
		is_int(compat_open(temp_root, &open, &err), 0, text);
		is_int(open, compat_cases[i].open, "  lets 32-bit calls through");
	}
	temp_write(temp_path("config.json"), "{", 1, 0644);
	is_int(compat_open(temp_root, &open, &err), -EINVAL, "a broken bundle");
	temp_write(temp_path("config.json"), TWICE, strlen(TWICE), 0644);
	is_int(compat_open(temp_root, &open, &err), -EINVAL, "a member that is there twice");
	is_int(compat_open("/none/such", &open, &err), -ENOENT, "no bundle");
	is_str(err.text, "/none/such/config.json: open: No such file or directory",
	       "and its message");
}
#else
static void test_compat(void)
{
	struct error err = {};
	bool open = true;

	is_int(compat_open("/none/such", &open, &err), 0, "nothing to read without 32-bit calls");
	is_int(open, false, "nothing is let through");
}
#endif

int main(void)
{
	temp_make();
	test_empty();
	test_full();
	test_bad();
	test_long_folder();
	test_file();
	test_modes();
	test_compat();
	return tap_done();
}
