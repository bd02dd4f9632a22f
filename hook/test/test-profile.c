// SPDX-License-Identifier: Apache-2.0
/* oci: profiles by name, and what keeps the reader inside their folder. */
#include "base/cleanup.h"
#include "oci/profile.h"
#include "policy/policy.h"
#include "test/tap.h"
#include "test/temp.h"

static void test_names(void)
{
	static const struct {
		const char *name;
		bool good;
	} cases[] = {
		{"web", true},	{"_x", true},	{"9", true},	     {"a.b-c_d", true},
		{"a..", true},	{"", false},	{".", false},	     {"..", false},
		{".a", false},	{"-a", false},	{"a/b", false},	     {"../a", false},
		{"a b", false}, {"a\n", false}, {"\xc3\xbc", false}, {"a+b", false},
		{"/a", false},
	};
	char text[66];
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		ok((profile_name_check(cases[i].name, &err) == 0) == cases[i].good,
		   "name case %zu is %s", i, cases[i].good ? "taken" : "refused");
	memset(text, 'x', sizeof(text));
	text[64] = '\0';
	is_int(profile_name_check(text, &err), 0, "a name of 64 bytes");
	text[64] = 'x';
	text[65] = '\0';
	is_int(profile_name_check(text, &err), -EINVAL, "a name of 65 bytes");
}

/* Read profile @name; its error has to hold @part, where that is given. */
static void check(const char *name, int expected, const char *text, const char *part)
{
	struct host_config config = {.profiles_dir = (char *)temp_path("p")};
	_cleanup_free_ char *got = NULL, *path = NULL;
	struct error err = {};
	size_t length = 0;
	char label[128];

	snprintf(label, sizeof(label), "profile %s", name);
	if (!is_int(profile_read(&config, name, &got, &length, &path, &err), expected, label))
		diag("%s", err.text);
	is_str(got, text, "  its text");
	is_int((long long)length, text ? (long long)strlen(text) : 0, "  its length");
	if (!part)
		is_str(path, temp_path("p/%s.json", name), "  its path");
	else if (!ok(strstr(err.text, part) && strstr(err.text, temp_path("p/%s.json", name)),
		     "  the message names path and remedy"))
		diag("got \"%s\"", err.text);
}

static void link_to(const char *target, const char *name)
{
	if (symlink(target, temp_path("p/%s", name)) < 0)
		ok(false, "symlink %s", name);
}

/*
 * A folder as Kubernetes mounts a ConfigMap: the file a link, over a
 * link that is swapped on update.
 */
static void test_links(void)
{
	mkdir(temp_path("p/..2026"), 0755);
	temp_write(temp_path("p/..2026/map.json"), "map!", 4, 0644);
	link_to("..2026", "..data");
	link_to("..data/map.json", "map.json");
	check("map", 0, "map!", NULL);

	temp_write(temp_path("outside.json"), "secret", 6, 0644);
	link_to("../outside.json", "up.json");
	link_to(temp_path("outside.json"), "absolute.json");
	link_to("/proc/self/exe", "proc.json");
	link_to("loop.json", "loop.json");
	check("up", -EXDEV, NULL, "leads out of");
	check("absolute", -EXDEV, NULL, "put the file itself there as absolute.json");
	check("proc", -EXDEV, NULL, "leads out of");
	check("loop", -ELOOP, NULL, "open");
}

static void test_files(void)
{
	char *large = malloc(POLICY_JSON_MAX + 1);

	memset(large, ' ', POLICY_JSON_MAX + 1);
	temp_write(temp_path("p/large.json"), large, POLICY_JSON_MAX + 1, 0644);
	check("large", -EFBIG, NULL, "is larger than 65536 bytes");
	large[POLICY_JSON_MAX] = '\0';
	temp_write(temp_path("p/limit.json"), large, POLICY_JSON_MAX, 0644);
	check("limit", 0, large, NULL);
	free(large);

	temp_write(temp_path("p/loose.json"), "{}", 2, 0664);
	check("loose", -EPERM, NULL, "chmod go-w");
	mkdir(temp_path("p/folder.json"), 0755);
	check("folder", -EPERM, NULL, "is not a regular file");
	mkfifo(temp_path("p/fifo.json"), 0600);
	check("fifo", -EPERM, NULL, "is not a regular file");
	if (geteuid() == 0) {
		temp_write(temp_path("p/foreign.json"), "{}", 2, 0644);
		is_int(chown(temp_path("p/foreign.json"), 12345, 0), 0, "chown");
		check("foreign", -EPERM, NULL, "chown it to root");
	}
	check("none", -ENOENT, NULL, "install it there");
}

int main(void)
{
	temp_make();
	test_names();
	check("nofolder", -ENOENT, NULL, "install it there");
	mkdir(temp_path("p"), 0755);
	test_links();
	test_files();
	return tap_done();
}
