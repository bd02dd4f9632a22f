// SPDX-License-Identifier: Apache-2.0
/* oci: the state of every runtime that we know, and what is refused of it. */
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "oci/state.h"
#include "test/tap.h"

/* ---- what the runtimes write: the keys, order and layout of each ---- */

struct good_case {
	const char *name, *text;
	const char *version, *id, *bundle, *status;
	int pid;
	size_t n_annotations;
	const char *key, *value; /* one annotation that must be there */
};

#define RUNC_HEAD "{\"ociVersion\":\"1.0.2-dev\",\"id\":\"web-1\","

static const struct good_case good_cases[] = {
	{
		.name = "runc 1.1, createRuntime",
		.text = RUNC_HEAD
		"\"status\":\"creating\",\"pid\":4242,\"bundle\":\"/run/b/web-1\","
		"\"annotations\":{\"profile.sockopt.oci\":\"web\",\"a\":\"b\"}}",
		.version = "1.0.2-dev",
		.id = "web-1",
		.bundle = "/run/b/web-1",
		.status = "creating",
		.pid = 4242,
		.n_annotations = 2,
		.key = "profile.sockopt.oci",
		.value = "web",
	},
	{
		.name = "runc, poststop: no pid",
		.text = RUNC_HEAD "\"status\":\"stopped\",\"bundle\":\"/run/b/web-1\","
				  "\"annotations\":{\"a\":\"b\"}}",
		.version = "1.0.2-dev",
		.id = "web-1",
		.bundle = "/run/b/web-1",
		.status = "stopped",
		.n_annotations = 1,
		.key = "a",
		.value = "b",
	},
	{
		.name = "runc 1.3: no annotations",
		.text = "{\"ociVersion\":\"1.2.1\",\"id\":\"x\",\"status\":\"creating\",\"pid\":7,"
			"\"bundle\":\"/b\"}\n",
		.version = "1.2.1",
		.id = "x",
		.bundle = "/b",
		.status = "creating",
		.pid = 7,
	},
	{
		.name = "crun 1.8, createRuntime: created, root, extra keys",
		.text = "{\"ociVersion\":\"1.0\",\"id\":\"box\",\"pid\":31,\"root\":\"/b/rootfs\","
			"\"bundle\":\"/"
			"b\",\"status\":\"created\",\"owner\":{\"uid\":[0,1.5,null,true]},"
			"\"annotations\":{\"run.oci.x\":\"\"}}",
		.version = "1.0",
		.id = "box",
		.bundle = "/b",
		.status = "created",
		.pid = 31,
		.n_annotations = 1,
		.key = "run.oci.x",
		.value = "",
	},
	{
		.name = "crun 1.28: several lines, escaped slashes",
		.text = "{\n  \"ociVersion\": \"1.0\",\n  \"id\": \"box\",\n  \"pid\": 31,\n"
			"  \"root\": \"\\/b\\/rootfs\",\n  \"bundle\": \"\\/run\\/b\",\n"
			"  \"status\": \"created\",\n  \"annotations\": {\n"
			"    \"policy.sockopt.oci\\/pod\": "
			"\"{\\\"version\\\":1,\\n\\\"rules\\\":[]}\"\n"
			"  }\n}\n",
		.version = "1.0",
		.id = "box",
		.bundle = "/run/b",
		.status = "created",
		.pid = 31,
		.n_annotations = 1,
		.key = "policy.sockopt.oci/pod",
		.value = "{\"version\":1,\n\"rules\":[]}",
	},
	{
		.name = "crun, poststop: pid 0, annotations null",
		.text = "{\"ociVersion\":\"1.0\",\"id\":\"box\",\"pid\":0,\"bundle\":\"/b\","
			"\"status\":\"stopped\",\"annotations\":null}",
		.version = "1.0",
		.id = "box",
		.bundle = "/b",
		.status = "stopped",
	},
	{
		.name = "pid null, no version, no status, empty annotations, unicode",
		.text = " {\"annotations\":{},\"pid\":null,\"bundle\":\"/b\\u00fc\",\"id\":\"a\"} ",
		.id = "a",
		.bundle = "/b\xc3\xbc",
	},
	{
		.name = "version and status of a kind that we do not expect",
		.text = "{\"ociVersion\":1,\"status\":null,\"id\":\"a\",\"bundle\":\"/\"}",
		.id = "a",
		.bundle = "/",
	},
};

static void check_good(const struct good_case *c)
{
	struct oci_state state = {};
	struct error err = {};

	if (!is_int(oci_state_parse(c->text, strlen(c->text), &state, &err), 0, c->name)) {
		diag("%s", err.text);
		return;
	}
	is_str(state.oci_version, c->version, "  its version");
	is_str(state.id, c->id, "  its id");
	is_str(state.bundle, c->bundle, "  its bundle");
	is_str(state.status, c->status, "  its status");
	is_int(state.pid, c->pid, "  its pid");
	is_int((long long)state.n_annotations, (long long)c->n_annotations, "  its annotations");
	if (c->key)
		is_str(oci_state_annotation(&state, c->key), c->value, "  one of them");
	is_str(oci_state_annotation(&state, "none.such"), NULL, "  and none that is not there");
	oci_state_done(&state);
	is_int((long long)state.n_annotations, 0, "  all given back");
}

/* ---- what is refused, and how it is said ---- */

#define OK_HEAD "{\"id\":\"a\",\"bundle\":\"/b\","

static const struct {
	const char *text, *expected;
} bad_cases[] = {
	{"[]", "expected an object, got an array"},
	{"{\"bundle\":\"/b\"}", "id: is missing; the OCI runtime has to give it"},
	{"{\"id\":null,\"bundle\":\"/b\"}", "id: expected a string, got null"},
	{"{\"id\":\"\",\"bundle\":\"/b\"}", "id: is empty"},
	{"{\"id\":\"../x\",\"bundle\":\"/b\"}", "id: \"../x\" is no container id: letters, digits, "
						"\"_\", \"+\", \"-\" and, but not first, "
						"\".\""},
	{"{\"id\":\"a\"}", "bundle: is missing; the OCI runtime has to give it"},
	{"{\"id\":\"a\",\"bundle\":7}", "bundle: expected a string, got an integer"},
	{"{\"id\":\"a\",\"bundle\":\"b\"}", "bundle: \"b\" is no absolute path"},
	{"{\"id\":\"a\",\"bundle\":\"\"}", "bundle: \"\" is no absolute path"},
	{OK_HEAD "\"pid\":-1}", "pid: expected an integer from 0 to 2147483647"},
	{OK_HEAD "\"pid\":2147483648}", "pid: expected an integer from 0 to 2147483647"},
	{OK_HEAD "\"pid\":1.5}", "pid: expected an integer from 0 to 2147483647"},
	{OK_HEAD "\"pid\":\"1\"}", "pid: expected an integer from 0 to 2147483647"},
	{OK_HEAD "\"annotations\":[]}", "annotations: expected an object, got an array"},
	{OK_HEAD "\"annotations\":\"\"}", "annotations: expected an object, got a string"},
	{OK_HEAD "\"annotations\":{\"k\":1}}",
	 "annotations[\"k\"]: expected a string, got an integer"},
	{OK_HEAD "\"annotations\":{\"a\":\"b\",\"k\":null}}",
	 "annotations[\"k\"]: expected a string, got null"},
	{OK_HEAD "\"annotations\":{\"k\":\"1\",\"l\":\"\",\"k\":\"1\"}}", NULL},
	{OK_HEAD "\"annotations\":{\"k\":\"\\u0000\"}}", NULL},
	{"{\"id\":\"a\",\"id\":\"a\",\"bundle\":\"/b\"}", NULL},
	{OK_HEAD "\"x\":1} {}", NULL},
	{OK_HEAD "\"x\":", NULL},
	{"", NULL},
	{OK_HEAD
	 "\"x\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}",
	 NULL},
};

static void check_bad(const char *text, const char *expected)
{
	struct oci_state state = {};
	struct error err = {};
	int r = oci_state_parse(text, strlen(text), &state, &err);

	if (!ok(r < 0 && err.text[0], "refused: %s", text))
		diag("got %d, \"%s\"", r, err.text);
	if (expected)
		is_str(err.text, expected, "  and its message");
	if (r == 0)
		oci_state_done(&state);
}

/* ---- ids ---- */

static void test_ids(void)
{
	static const struct {
		const char *id;
		bool good;
	} cases[] = {
		{"a", true},	{"A-_+9", true}, {"-a", true},	      {"+", true},
		{"_", true},	{"a.b.", true},	 {".", false},	      {"..", false},
		{".a", false},	{"", false},	 {"a/b", false},      {"a b", false},
		{"a@b", false}, {"a\n", false},	 {"\xc3\xbc", false}, {"a\x7f", false},
		{"a:b", false}, {"a\"b", false}, {"a%sb", false},     {"a\\b", false},
	};
	char text[257];
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		ok((oci_id_check(cases[i].id, &err) == 0) == cases[i].good, "id case %zu is %s", i,
		   cases[i].good ? "taken" : "refused");
	memset(text, 'x', sizeof(text));
	text[255] = '\0';
	is_int(oci_id_check(text, &err), 0, "an id of 255 bytes");
	text[255] = 'x';
	text[256] = '\0';
	is_int(oci_id_check(text, &err), -EINVAL, "an id of 256 bytes");
	is_str(err.text, "has 256 bytes; at most 255 are allowed", "and its message");
}

/* ---- from a descriptor ---- */

/* A state of as many annotations as fit in @max bytes. */
static char *large_state(size_t max, size_t *ret_length)
{
	char *text = malloc(max + 64);
	size_t used = (size_t)sprintf(text, OK_HEAD "\"annotations\":{");

	for (size_t i = 0; used + 32 < max; i++)
		used += (size_t)sprintf(text + used, "%s\"k%zu\":\"v\"", i ? "," : "", i);
	used += (size_t)sprintf(text + used, "}}");
	*ret_length = used;
	return text;
}

static int read_from_file(const char *text, size_t length, size_t spaces, struct oci_state *state,
			  struct error *err)
{
	_cleanup_fclose_ FILE *f = tmpfile();

	if (!f || fwrite(text, 1, length, f) != length)
		return -EIO;
	for (size_t i = 0; i < spaces; i++)
		fputc(' ', f);
	rewind(f);
	return oci_state_read(fileno(f), state, err);
}

static void test_read(void)
{
	static const char small[] = "{\"id\":\"a\",\"bundle\":\"/b\"}";
	_cleanup_free_ char *large = NULL;
	struct oci_state state = {};
	struct error err = {};
	size_t length;

	is_int(read_from_file("", 0, 0, &state, &err), -EINVAL, "an empty standard input");
	is_str(err.text, "is empty; the OCI runtime writes it to the hook's standard input",
	       "and its message");
	is_int(read_from_file(small, strlen(small), OCI_STATE_MAX - strlen(small), &state, &err), 0,
	       "a state of just the limit");
	oci_state_done(&state);
	is_int(read_from_file(small, strlen(small), OCI_STATE_MAX - strlen(small) + 1, &state,
			      &err),
	       -EFBIG, "one byte more");
	is_str(err.text, "is larger than 4194304 bytes", "and its message");
	is_int(oci_state_read(-1, &state, &err), -EBADF, "no standard input");

	/* a reader that compares each key with each needs minutes for it */
	large = large_state(OCI_STATE_MAX, &length);
	is_int(read_from_file(large, length, 0, &state, &err), 0, "as many annotations as fit");
	ok(state.n_annotations > 200000, "all %zu of them", state.n_annotations);
	is_str(oci_state_annotation(&state, "k200000"), "v", "one of the last");
	oci_state_done(&state);
}

/* ---- the look without parsing ---- */

#define HEAD "{\"id\":\"a\",\"bundle\":\"/b\","

static const struct {
	const char *text;
	bool may;
} look_cases[] = {
	{HEAD "\"pid\":7,\"annotations\":{\"x\":\"y\",\"z\":\"\\\"\"}}", false},
	{"{\"bundle\":\"\\/run\\/b\", \"id\": \"a.b\"}\t", false},
	{HEAD "\"annotations\":{\"policy.sockopt.oci\":\"{}\"}}", true},
	{HEAD "\"annotations\":{\"policy.sockopt.oci\\/pod\":\"{}\"}}", true},
	{HEAD "\"annotations\":{\"policy.sock\\u006fpt.oci\":\"{}\"}}", true},
	{HEAD "\"annotations\":[]}", true},
	{HEAD "\"pid\":-1}", true},
	{HEAD "\"pid\":99999999999}", true},
	{HEAD "\"pid\":7", true},
	{HEAD "\"id\":\"b\"}", true},
	{"{\"id\":\"../a\",\"bundle\":\"/b\"}", true},
	{"{\"id\":\"\",\"bundle\":\"/b\"}", true},
	{"{\"id\":1,\"bundle\":\"/b\"}", true},
	{"{\"id\":\"a\",\"bundle\":\"b\"}", true},
	{"{\"id\":\"a\"}", true},
	{"{\"bundle\":\"/b\"}", true},
	{"{}", true},
	{"[]", true},
	{"nonsense", true},
};

static void test_look(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(look_cases); i++) {
		const char *text = look_cases[i].text;

		is_int(oci_state_may_name(text, strlen(text), "sockopt.oci"), look_cases[i].may,
		       text);
	}
	/* Whatever names one of ours is parsed. */
	for (size_t i = 0; i < ARRAY_SIZE(good_cases); i++) {
		const struct good_case *c = &good_cases[i];

		if (c->key && strstr(c->key, "sockopt.oci"))
			ok(oci_state_may_name(c->text, strlen(c->text), "sockopt.oci"),
			   "is parsed: %s", c->name);
	}
}

int main(void)
{
	test_look();
	for (size_t i = 0; i < ARRAY_SIZE(good_cases); i++)
		check_good(&good_cases[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad_cases); i++)
		check_bad(bad_cases[i].text, bad_cases[i].expected);
	test_ids();
	test_read();
	return tap_done();
}
