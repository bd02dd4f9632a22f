// SPDX-License-Identifier: Apache-2.0
/* oci: run records: keys, round trips, damage, folders that are not to be trusted. */
#include <sys/wait.h>

#include "base/cleanup.h"
#include "oci/record.h"
#include "test/tap.h"
#include "test/temp.h"

/* ---- keys ---- */

static void is_key(const char *id, const char *bundle, const char *expected, const char *name)
{
	_cleanup_free_ char *key = NULL;
	struct error err = {};

	is_int(record_key(id, bundle, &key, &err), 0, name);
	is_str(key, expected, "  the key");
}

static void test_keys(void)
{
	char id[256], expected[RECORD_KEY_MAX + 1];
	_cleanup_free_ char *one = NULL, *other = NULL;
	struct error err = {};

	/* fixed, because the next version has to find the records of this one */
	is_key("web-1.a", "/run/b", "web-1.a@207f09e40ae4c3f7", "a container");
	is_key("web-1.a", "/run/c", "web-1.a@207ba3e40ae1e0ce", "the same id in another bundle");
	is_key("a", "", "a@e5d2f7190427066c", "no bundle");
	is_key("a", NULL, "a@e5d2f7190427066c", "NULL is no bundle");
	is_key("/kube pods/x@y", "", "_kube_pods_x_y@a97c441d802fa5e9", "a cgroup's path");
	is_key(".x", "", "_x@dd9385a75218cd43", "no hidden file");
	record_key("ab", "c", &one, &err);
	record_key("a", "bc", &other, &err);
	ok(strcmp(strchr(one, '@'), strchr(other, '@')), "where the id ends counts");
	is_int(record_key("", "/b", &one, &err), -EINVAL, "no id");

	memset(id, 'x', sizeof(id));
	id[255] = '\0';
	memset(expected, 'x', sizeof(expected));
	strcpy(expected + RECORD_KEY_MAX - 17, "@096e86a73cfb1fc4");
	is_key(id, "/b", expected, "the longest id is cut");
}

static void test_is_of(void)
{
	struct run_record record = {.id = (char *)"a", .bundle = (char *)"/b"};

	ok(record_is_of(&record, "a", "/b"), "a record of this container");
	ok(!record_is_of(&record, "aa", "/b"), "not of another id");
	ok(!record_is_of(&record, "a", "/bb"), "not of another bundle");
	ok(!record_is_of(&record, "a", NULL), "not of no bundle");
}

/* ---- round trips ---- */

#define KEY "web@0123456789abcdef"

static struct run_record full_record(void)
{
	return (struct run_record){
		.key = (char *)KEY,
		.kind = (char *)"container",
		.id = (char *)"web",
		.bundle = (char *)"/run/b",
		.container = (char *)"web \"quoted\"",
		.pod = (char *)"shop",
		.namespace = (char *)"prod\xc3\xbc",
		.pid = 4242,
		.cgroup = (char *)"/kubepods/x",
		.cgroup_id = UINT64_MAX,
		.mode = (char *)"audit",
		.source = (char *)"annotation policy.sockopt.oci/pod",
		.policy = (char *)"{\n\t\"version\": 1\n}\n",
		.generation = (char *)"g0123",
		.size_class = (char *)"small",
		.link_ids = {1, UINT32_MAX},
		.prog_ids = {3, 0},
		.guarded = true,
		.created = 1767323045,
	};
}

static void are_same(const struct run_record *got, const struct run_record *expected)
{
	is_str(got->key, expected->key, "  key");
	is_str(got->kind, expected->kind, "  kind");
	is_str(got->id, expected->id, "  id");
	is_str(got->bundle, expected->bundle, "  bundle");
	is_str(got->container, expected->container, "  container");
	is_str(got->pod, expected->pod, "  pod");
	is_str(got->namespace, expected->namespace, "  namespace");
	is_int(got->pid, expected->pid, "  pid");
	is_str(got->cgroup, expected->cgroup, "  cgroup");
	ok(got->cgroup_id == expected->cgroup_id, "  cgroup id");
	is_str(got->mode, expected->mode, "  mode");
	is_str(got->source, expected->source, "  source");
	is_str(got->policy, expected->policy, "  policy");
	is_str(got->generation, expected->generation, "  generation");
	is_str(got->size_class, expected->size_class, "  size class");
	for (int i = 0; i < 2; i++) {
		is_int(got->link_ids[i], expected->link_ids[i], "  link");
		is_int(got->prog_ids[i], expected->prog_ids[i], "  program");
	}
	is_int(got->guarded, expected->guarded, "  guarded");
	is_int(got->created, expected->created, "  created");
}

static void check_round_trip(const struct run_record *record, const char *name)
{
	struct run_record got = {};
	struct error err = {};

	if (!is_int(record_write(temp_path("run/sub"), record, &err), 0, name) ||
	    !is_int(record_read(temp_path("run/sub"), record->key, &got, &err), 0, "  read again"))
		diag("%s", err.text);
	are_same(&got, record);
	record_done(&got);
	is_str(got.id, NULL, "  all given back");
}

static void test_round_trips(void)
{
	struct run_record record = full_record(), smallest = {
							  .key = (char *)KEY,
							  .kind = (char *)"host",
							  .id = (char *)"/x",
							  .bundle = (char *)"",
							  .cgroup = (char *)"/x",
							  .mode = (char *)"record",
						  };
	struct stat st = {};

	check_round_trip(&record, "a full record");
	stat(temp_path("run/sub/" KEY ".json"), &st);
	is_int(st.st_mode & 07777, 0600, "its file's mode");
	stat(temp_path("run/sub"), &st);
	is_int(st.st_mode & 07777, 0700, "its folder's mode");
	check_round_trip(&smallest, "the least that a record needs, over the other");
}

/* Other programs read it: names and forms are an interface. */
static void test_text(void)
{
	static const char *const parts[] = {
		"\"key\": \"" KEY "\"",
		"\"kind\": \"container\"",
		"\"sizeClass\": \"small\"",
		"\"pid\": 4242",
		"\"cgroupId\": 18446744073709551615",
		"\"links\": {",
		"\"programs\": {",
		"\"setsockopt\": 1,",
		"\"getsockopt\": 4294967295",
		"\"created\": \"2026-01-02T03:04:05Z\"",
	};
	_cleanup_fclose_ FILE *f = NULL;
	struct run_record record = full_record();
	struct error err = {};
	char text[4096] = "";

	is_int(record_write(temp_path("run"), &record, &err), 0, "a record to look at");
	f = fopen(temp_path("run/" KEY ".json"), "re");
	text[f ? fread(text, 1, sizeof(text) - 1, f) : 0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (!ok(strstr(text, parts[i]), "it holds %s", parts[i]))
			diag("%s", text);
}

/* ---- what cannot be written or read ---- */

static void test_refused_writes(void)
{
	static const char *const bad_keys[] = {"", ".", "..", ".x", "a/b", "../a", "a\nb", "a b"};
	struct run_record record = full_record();
	struct error err = {};
	char *large;

	for (size_t i = 0; i < ARRAY_SIZE(bad_keys); i++) {
		struct run_record got;

		record.key = (char *)bad_keys[i];
		is_int(record_write(temp_path("run"), &record, &err), -EINVAL,
		       "a bad key, written");
		is_int(record_read(temp_path("run"), bad_keys[i], &got, &err), -EINVAL, "  read");
		is_int(record_remove(temp_path("run"), bad_keys[i], &err), -EINVAL, "  removed");
	}
	record = full_record();
	record.cgroup = NULL;
	is_int(record_write(temp_path("run"), &record, &err), -EINVAL, "a record without a cgroup");
	record = full_record();
	record.created = 253402300800;
	is_int(record_write(temp_path("run"), &record, &err), -ERANGE,
	       "a time beyond the year 9999");
	record = full_record();
	large = calloc(1, (1 << 20) + 1);
	memset(large, 'x', 1 << 20);
	record.source = large;
	is_int(record_write(temp_path("run"), &record, &err), -EFBIG,
	       "a record too large to be read");
	free(large);
}

static void check_damaged(const char *text, const char *part)
{
	struct run_record got = {};
	struct error err = {};

	temp_write(temp_path("run/bad.json"), text, strlen(text), 0600);
	is_int(record_read(temp_path("run"), "bad", &got, &err), -EBADMSG, "a damaged record");
	if (!ok(strstr(err.text, part) && strstr(err.text, temp_path("run/bad.json")),
		"  the message names its path and \"%s\"", part))
		diag("got \"%s\"", err.text);
	is_str(got.id, NULL, "  nothing is handed out");
}

/* A good record's text with the first @from replaced by @to. */
static void check_changed(const char *from, const char *to, const char *part)
{
	static const char good[] =
		"{\"key\":\"bad\",\"kind\":\"run\",\"id\":\"x\",\"bundle\":\"\",\"cgroup\":\"/x\","
		"\"mode\":\"audit\",\"pid\":1,\"cgroupId\":2,\"links\":{\"setsockopt\":1,"
		"\"getsockopt\":2},\"programs\":{\"setsockopt\":3,\"getsockopt\":4},"
		"\"created\":\"2026-01-02T03:04:05Z\"}";
	const char *at = strstr(good, from);
	char text[1024];

	if (!ok(at != NULL, "the good text has what is to be changed"))
		return;
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
	if (part) {
		check_damaged(text, part);
	} else {
		struct run_record got = {};
		struct error err = {};

		temp_write(temp_path("run/bad.json"), text, strlen(text), 0600);
		is_int(record_read(temp_path("run"), "bad", &got, &err), 0, "still a record");
		record_done(&got);
	}
}

static void test_damage(void)
{
	check_damaged("", "is damaged");
	check_damaged("{\"key\":", "is damaged");
	check_damaged("[]", "key: expected a string");
	check_changed("\"pid\"", "\"fromTheFuture\":[{}],\"pid\"", NULL);
	check_changed("\"key\":\"bad\"", "\"key\":\"good\"", "holds the record of \"good\"");
	check_changed("\"id\":\"x\"", "\"id\":null", "id: expected a string");
	check_changed("\"pid\":1", "\"pid\":-1", "pid: expected an integer in range");
	check_changed("\"links\":{", "\"links\":0,\"x\":{",
		      "links: setsockopt: expected an integer in range");
	check_changed("\"getsockopt\":4", "\"getsockopt\":4294967296",
		      "programs: getsockopt: expected an integer in range");
	check_changed("05Z", "05", "created: expected a time");
	check_changed("05Z", "05Zx", "created: expected a time");
	/* What can be read can be written again: an update writes the whole record. */
	check_changed("2026-01-02T", "0782-01-02T", "created: expected a time");
	check_changed("2026-01-02T03:04:05Z", "9999-12-31T23:59:60Z", "created: expected a time");
}

/* ---- removal and listing ---- */

static void is_list(const char *dir, const char *expected, const char *name)
{
	char **keys = NULL, joined[512] = "";
	struct error err = {};
	size_t n = 0;

	is_int(record_list(dir, &keys, &n, &err), 0, name);
	for (size_t i = 0; i < n; i++) {
		strcat(strcat(joined, i ? " " : ""), keys[i]);
		free(keys[i]);
	}
	free(keys);
	is_str(joined, expected, "  the keys");
}

static void test_list_and_remove(void)
{
	static const char *const keys[] = {"b@2", "a@10", "c", "a@1"};
	static const char *const others[] = {".tmp-0123", ".json", "x.jso", "README", "a b.json"};
	struct run_record record = full_record(), got;
	struct error err = {};

	is_list(temp_path("list"), "", "a missing folder");
	is_int(record_remove(temp_path("list"), "a", &err), 0, "to remove from it");
	is_int(record_read(temp_path("list"), "a", &got, &err), -ENOENT, "to read from it");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		record.key = (char *)keys[i];
		record_write(temp_path("list"), &record, &err);
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		temp_write(temp_path("list/%s", others[i]), "", 0, 0600);
	is_list(temp_path("list"), "a@1 a@10 b@2 c", "sorted, and nothing but records");
	is_int(record_remove(temp_path("list"), "b@2", &err), 0, "remove one");
	is_int(record_remove(temp_path("list"), "b@2", &err), 0, "remove it again");
	is_int(record_read(temp_path("list"), "b@2", &got, &err), -ENOENT, "it is gone");
	is_list(temp_path("list"), "a@1 a@10 c", "the others stay");
}

static void test_foreign_folder(void)
{
	struct run_record record = full_record(), got;
	struct error err = {};
	char **keys;
	size_t n;

	mkdir(temp_path("loose"), 0700);
	chmod(temp_path("loose"), 0777);
	is_int(record_write(temp_path("loose"), &record, &err), -EPERM, "others may write: write");
	is_int(record_read(temp_path("loose"), KEY, &got, &err), -EPERM, "  read");
	is_int(record_remove(temp_path("loose"), KEY, &err), -EPERM, "  remove");
	is_int(record_list(temp_path("loose"), &keys, &n, &err), -EPERM, "  list");
	if (symlink("/etc/hostname", temp_path("run/link.json")) < 0)
		ok(false, "symlink");
	is_int(record_read(temp_path("run"), "link", &got, &err), -ELOOP, "a link is no record");
}

/* ---- many at once ---- */

static void write_often(struct run_record *record, char *policy)
{
	struct error err;

	record->policy = policy;
	for (int i = 0; i < 100; i++)
		if (record_write(temp_path("run"), record, &err) < 0)
			_exit(1);
	_exit(0);
}

/* Whoever reads while others write sees one of the records, whole. */
static void test_concurrent(void)
{
	char *policies[2] = {calloc(1, 3001), calloc(1, 9001)};
	struct run_record record = full_record();
	int left = 2, bad = 0, reads = 0, status;
	struct error err = {};

	memset(policies[0], 'a', 3000);
	memset(policies[1], 'b', 9000);
	record_write(temp_path("run"), &record, &err);
	fflush(stdout);
	for (int i = 0; i < 2; i++)
		if (fork() == 0)
			write_often(&record, policies[i]);
	for (; left; reads++) {
		struct run_record got = {};

		if (record_read(temp_path("run"), KEY, &got, &err) < 0 ||
		    (strcmp(got.policy, record.policy) && strcmp(got.policy, policies[0]) &&
		     strcmp(got.policy, policies[1])))
			bad++;
		record_done(&got);
		while (left && waitpid(-1, &status, WNOHANG) > 0) {
			bad += !WIFEXITED(status) || WEXITSTATUS(status);
			left--;
		}
	}
	is_int(bad, 0, "every record read while others write is whole");
	ok(reads > 0, "read %s", reads > 0 ? "at all" : "never");
	free(policies[0]);
	free(policies[1]);
}

int main(void)
{
	temp_make();
	test_keys();
	test_is_of();
	test_round_trips();
	test_text();
	test_refused_writes();
	test_damage();
	test_concurrent();
	test_list_and_remove();
	test_foreign_folder();
	return tap_done();
}
