// SPDX-License-Identifier: Apache-2.0
/* oci: the small reader of TOML. */
#include "base/cleanup.h"
#include "oci/toml.h"
#include "test/tap.h"

/* "a.b = S x|y" for each entry: path, kind (S, A, ?, T), strings; ";" between entries. */
static void print(const struct toml *toml, char *text, size_t size)
{
	static const char kinds[] = {'S', 'A', '?', 'T'};
	FILE *f = fmemopen(text, size, "w");

	for (size_t i = 0; i < toml->n; i++) {
		const struct toml_entry *e = &toml->entries[i];

		for (size_t k = 0; k < e->depth; k++)
			fprintf(f, "%s%s", k ? "." : i ? ";" : "", e->path[k]);
		fprintf(f, "=%c%u", kinds[e->kind], e->line);
		for (size_t k = 0; k < e->n; k++)
			fprintf(f, "|%s", e->strings[k]);
	}
	fclose(f);
}

static const struct {
	const char *name, *text, *expected;
} good[] = {
	{"nothing", "", ""},
	{"comments and blank lines", "# a = \"b\"\n\n  \t# c\r\n", ""},
	{"a string", "a = \"b\"", "a=S1|b"},
	{"without blanks", "a=\"b\"\n", "a=S1|b"},
	{"a literal string", "a = 'C:\\n'", "a=S1|C:\\n"},
	{"escapes", "a = \"\\\"x\\\\\\t\"", "a=S1|\"x\\\t"},
	{"a comment behind it", "a = \"#b\" # c", "a=S1|#b"},
	{"line ends of two characters", "a = \"b\"\r\nc = \"d\"\r\n", "a=S1|b;c=S2|d"},
	{"a table", "[t]\na = \"b\"\n[u] # x\na = \"c\"", "t=T1;t.a=S2|b;u=T3;u.a=S4|c"},
	{"quoted parts of a table", "[plugins.\"io.containerd.grpc.v1.cri\".containerd]\nx = \"y\"",
	 "plugins.io.containerd.grpc.v1.cri.containerd=T1;"
	 "plugins.io.containerd.grpc.v1.cri.containerd.x=S2|y"},
	{"literal parts of a table", "[plugins.'io.x'.y]\nx = \"y\"",
	 "plugins.io.x.y=T1;plugins.io.x.y.x=S2|y"},
	{"blanks in a table's name", "[ a . \"b\" ]\nx = \"y\"", "a.b=T1;a.b.x=S2|y"},
	{"a table in an array", "[[a.b]]\nx = \"y\"", "a.b=T1;a.b.x=S2|y"},
	{"a table with nothing in it", "[a]\n[b]", "a=T1;b=T2"},
	{"a dotted key", "[a]\nb . c = \"d\"", "a=T1;a.b.c=S2|d"},
	{"a quoted key", "\"a b\" = \"d\"", "a b=S1|d"},
	{"an array", "a = [\"b\", 'c']", "a=A1|b|c"},
	{"an empty array", "a = []", "a=A1"},
	{"an array over lines, with comments",
	 "a = [ # x\n  \"b\", # \"no\"\n\n  \"c\",\n] # y\nd = \"e\"", "a=A1|b|c;d=S6|e"},
	{"an array of other things", "a = [1, 2]\nb = \"c\"", "a=?1;b=S2|c"},
	{"an array that begins with a string", "a = [\"x\", 2]\nb = \"c\"", "a=?1;b=S2|c"},
	{"an array of arrays", "a = [[\"x\"], [\"]\"]]\nb = \"c\"", "a=?1;b=S2|c"},
	{"an inline table", "a = {b = \"}\", c = [1, {d = 2}]}\ne = \"f\"", "a=?1;e=S2|f"},
	{"numbers, booleans, dates",
	 "a = 1\nb = -1.5e3\nc = true\nd = 1979-05-27 07:32:00Z # x\ne = \"f\"",
	 "a=?1|1;b=?2|-1.5e3;c=?3|true;d=?4|1979-05-27 07:32:00Z;e=S5|f"},
	{"a string over lines", "a = \"\"\"\nb = \"c\"\n\\\"\"\"\"\nd = \"e\"", "a=?1;d=S4|e"},
	{"a literal string over lines", "a = '''\n[t]\n'''\nd = \"e\"", "a=?1;d=S4|e"},
	{"a string over lines in an array", "a = [\"\"\"\n]\"\"\"]\nd = \"e\"", "a=?1;d=S3|e"},
	{"an empty string", "a = \"\"", "a=S1|"},
};

static const struct {
	const char *name, *text, *expected;
} bad[] = {
	{"no value", "a =", "line 1 is not understood: no value"},
	{"no equals sign", "\n\na\n", "line 3 is not understood: a key without \"=\""},
	{"no key", "= 1", "line 1 is not understood: no key"},
	{"no end of a string", "a = \"b\nc = \"d\"",
	 "line 1 is not understood: a string without an end"},
	{"no end of an array", "x = 1\na = [\"b\"\n",
	 "line 2 is not understood: brackets without an end"},
	{"no comma", "a = [\"b\" \"c\"]",
	 "line 1 is not understood: an array without \",\" or \"]\""},
	{"no end of an inline table", "a = {b = 1\n",
	 "line 1 is not understood: brackets without an end"},
	{"no end of a long string", "a = \"\"\"b\n",
	 "line 1 is not understood: a string without an end"},
	{"text behind a string", "a = \"b\" c",
	 "line 1 is not understood: more text where the line should end"},
	{"text behind a table", "[a] b",
	 "line 1 is not understood: more text where the line should end"},
	{"an escape by number", "a = \"\\u0041\"",
	 "line 1 is not understood: that escape in a string"},
	{"an escape at the end", "a = \"\\", "line 1 is not understood: that escape in a string"},
	{"a table without an end", "[a\nb = 1",
	 "line 1 is not understood: a table's name without \"]\""},
	{"no table", "[]", "line 1 is not understood: no key"},
	{"no TOML at all", "{\"a\": 1}", "line 1 is not understood: no key"},
};

static void test_find(void)
{
	static const char *const one[] = {"a", "b"}, *const none[] = {"a"};
	struct toml toml = {0};
	const struct toml_entry *entry;

	toml_parse("[a]\nb = \"c\"\n[x]\nb = \"d\"\n[a]\nb = \"e\"\n", &toml, NULL);
	entry = toml_find(&toml, one, 2);
	is_str(entry ? entry->strings[0] : NULL, "e", "the last of several");
	ok(!toml_find(&toml, none, 1), "no table is an entry");
	toml_done(&toml);
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct toml toml = {0};
		struct error err = {0};
		char text[512] = "";

		if (!is_int(toml_parse(good[i].text, &toml, &err), 0, good[i].name))
			diag("%s", err.text);
		print(&toml, text, sizeof(text));
		is_str(text, good[i].expected, "  and what was read");
		toml_done(&toml);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct toml toml = {0};
		struct error err = {0};

		is_int(toml_parse(bad[i].text, &toml, &err), -EINVAL, bad[i].name);
		is_str(err.text, bad[i].expected, "  and its message");
	}
	test_find();
	return tap_done();
}
