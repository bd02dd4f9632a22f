// SPDX-License-Identifier: Apache-2.0
/*
 * What the verbs of sockoptctl share and what needs no root: tables, options, finding a policy by
 * what was typed. The verbs are no part of the library, so their files are included.
 */
#include "verbs/entry.c"
#include "verbs/policy-text.c"
#include "verbs/table.c"

#include "tap.h"
#include "temp.h"

/* ---- tables ---- */

/* What @table prints; the caller frees. */
static char *printed(struct table *table)
{
	char *text = NULL;
	size_t length;
	FILE *f = open_memstream(&text, &length);

	table_print(table, f);
	fclose(f);
	table_done(table);
	return text;
}

static void test_table(void)
{
	static const char *const headings[] = {"ID", "?POD", "STATE"};
	_cleanup_free_ char *text = NULL, *with_pod = NULL;
	struct table table;

	table_open(&table, headings, ARRAY_SIZE(headings));
	table_add(&table, "a");
	table_add(&table, NULL);
	table_add(&table, "in force");
	table_add(&table, "gr\303\274n");
	table_add(&table, "");
	table_addf(&table, "%s", "x\033[2J\ny\302\233z");
	text = printed(&table);
	is_str(text, "ID    STATE\na     in force\ngr\303\274n  x?[2J?y??z\n",
	       "table: columns by characters, the empty optional one left out, nothing moves a "
	       "terminal");

	table_open(&table, headings, ARRAY_SIZE(headings));
	table_add(&table, "long-id");
	table_add(&table, "p");
	table_add(&table, NULL);
	with_pod = printed(&table);
	is_str(with_pod, "ID       POD  STATE\nlong-id  p    -\n",
	       "table: the optional column where a row has it");
}

/* ---- what was typed ---- */

static struct entry entries[] = {
	{.key = "_a_b@2", .has_record = true, .record = {.kind = "host", .id = "/a/b"}},
	{.key = "lost@9"},
	{.key = "twice@1", .has_record = true, .record = {.kind = "container", .id = "twice"}},
	{.key = "twice@2", .has_record = true, .record = {.kind = "container", .id = "twice"}},
	{.key = "web-1@5", .has_record = true, .record = {.kind = "container", .id = "web-1"}},
	{.key = "web-12@6", .has_record = true, .record = {.kind = "run", .id = "web-12"}},
};

static const struct find_case {
	const char *word, *kind;
	const char *key; /* NULL: an error */
	const char *error;
} find_cases[] = {
	{"web-1", NULL, "web-1@5", NULL}, /* whole, though it begins another */
	{"web-12", NULL, "web-12@6", NULL},
	{"web-12@6", NULL, "web-12@6", NULL},
	{"web-1@", NULL, "web-1@5", NULL},
	{"web", "run", "web-12@6", NULL},
	{"web", NULL, NULL, "\"web\" is ambiguous; name one of: web-1@5, web-12@6"},
	{"twice", NULL, NULL, "\"twice\" is ambiguous; name one of: twice@1, twice@2"},
	{"twice@2", NULL, "twice@2", NULL},
	{"lost", NULL, "lost@9", NULL},
	{"lost", "run", NULL, "no policy is known as \"lost\"; \"sockoptctl list\" shows all"},
	{"/a/b", NULL, "_a_b@2", NULL},
	{"a/b", NULL, "_a_b@2", NULL},
	{"", NULL, NULL, "no policy is known as \"\"; \"sockoptctl list\" shows all"},
	{"nix", NULL, NULL, "no policy is known as \"nix\"; \"sockoptctl list\" shows all"},
};

static void test_find(const struct find_case *c)
{
	const struct inventory inv = {.entries = entries, .n = ARRAY_SIZE(entries)};
	const struct entry *found = NULL;
	struct error err = {0};
	int r = inventory_find(&inv, c->kind, c->word, &found, &err);

	if (c->error)
		is_str(r ? err.text : "found", c->error, "find: an error");
	else
		is_str(r ? err.text : found->key, c->key, "find");
}

static void test_state(void)
{
	char text[ENTRY_STATE_MAX];

	is_str(entry_state_text(&(struct entry){.state = STATE_IN_FORCE}, text), "in force",
	       "state: in force");
	is_str(entry_state_text(&(struct entry){.state = STATE_GONE, .detail = "no pins"}, text),
	       "gone", "state: gone");
	is_str(entry_state_text(&(struct entry){.state = STATE_DAMAGED, .detail = "no pins"}, text),
	       "damaged (no pins)", "state: damaged");
	is_str(entry_calls_text(&(struct entry){.calls = 2}), "getsockopt", "calls");
}

/* ---- a policy's text ---- */

static int choose(const char *policy, char **ret_source, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	const char *path = temp_write(temp_path("p.json"), policy, strlen(policy), 0600);
	size_t length;

	return policy_text_choose(NULL, path, NULL, &text, &length, ret_source, err);
}

static void test_text(void)
{
	_cleanup_free_ char *source = NULL,
			    *name = policy_text_name("{\"version\":1,\"name\":\"n\",\"rules\":[]}");
	_cleanup_json_writer_ struct json_writer *w = json_writer_new(false);
	char expected[2 * PATH_MAX];
	struct error err = {0};

	is_str(name, "n", "text: the policy's name");
	ok(!policy_text_name("no JSON"), "text: no name where there is no JSON");
	policy_text_add(w, NULL, "{\"a\":[1,-2,18446744073709551615,true,null,\"x\"]}");
	is_str(json_writer_text(w, NULL), "{\"a\":[1,-2,18446744073709551615,true,null,\"x\"]}",
	       "text: as JSON");

	is_int(choose("{\"version\":1,\"rules\":[]}", &source, &err), 0,
	       "text: a good policy is taken");
	snprintf(expected, sizeof(expected), "file %s", temp_path("p.json"));
	is_str(source, expected, "  its source");
	is_int(choose("{\"version\":2,\"rules\":[]}", &(char *){NULL}, &err), -EINVAL,
	       "text: a bad policy is not");
	snprintf(expected, sizeof(expected), "%s: version: this build knows version 1, got 2",
		 temp_path("p.json"));
	is_str(err.text, expected, "  file, place and reason");
}

int main(void)
{
	temp_make();
	test_table();
	for (size_t i = 0; i < ARRAY_SIZE(find_cases); i++)
		test_find(&find_cases[i]);
	test_state();
	test_text();
	return tap_done();
}
