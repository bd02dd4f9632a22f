// SPDX-License-Identifier: Apache-2.0
/*
 * What the verbs of sockoptctl share and what needs no root: tables, options, finding a policy by
 * what was typed. The verbs are no part of the library, so their files are included.
 */
#include "verbs/colour.c"
#include "verbs/entry.c"
#include "verbs/policy-text.c"
#include "verbs/table.c"

#include <fcntl.h>

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

/* Of more columns than any terminal has, in bytes and on a screen. */
#define LONG_CELL 300

static const struct table_case {
	const char *name;
	const char *headings[3];
	const char *cells[9]; /* NULL: an empty one */
	size_t rows;
	const char *expected;
} table_cases[] = {
	{"table: columns by characters, the empty optional one left out, nothing moves a terminal",
	 {"ID", "?POD", "STATE"},
	 {"a", NULL, "in force", "gr\303\274n", "", "x\033[2J\ny\302\233z"},
	 2,
	 "ID    STATE\na     in force\ngr\303\274n  x?[2J?y??z\n"},
	{"table: the optional column where a row has it",
	 {"ID", "?POD", "STATE"},
	 {"long-id", "p", NULL},
	 1,
	 "ID       POD  STATE\nlong-id  p    -\n"},
	{"table: headings alone, the optional column left out",
	 {"ID", "?POD", "STATE"},
	 {NULL},
	 0,
	 "ID  STATE\n"},
	{"table: no line ends in blanks, also where the last column is left out",
	 {"ID", "STATE", "?POD"},
	 {"a", "gone", NULL, "b", "in force", NULL},
	 2,
	 "ID  STATE\na   gone\nb   in force\n"},
	{"table: blanks in front of a cell stay",
	 {"  #", "NAME", "CGROUP"},
	 {"  1", "n", "/"},
	 1,
	 "  #  NAME  CGROUP\n  1  n     /\n"},
	{"table: a character of two columns",
	 {"ID", "STATE", "X"},
	 {"\346\227\245\346\234\254", "s", "x", "abcdef", "t", "y"},
	 2,
	 "ID      STATE  X\n\346\227\245\346\234\254    s      x\nabcdef  t      y\n"},
	/* libsmartcols never returned from a character that ends early. */
	{"table: bytes that are no UTF-8, whole or cut off",
	 {"ID", "STATE", "X"},
	 {"a\xff", "\xe6", "x\xe6\x97"},
	 1,
	 "ID  STATE  X\na?  ?      x??\n"},
};

static void test_table(const struct table_case *c)
{
	_cleanup_free_ char *text = NULL;
	struct table table;

	table_open(&table, c->headings, ARRAY_SIZE(c->headings));
	for (size_t i = 0; i < c->rows * ARRAY_SIZE(c->headings); i++)
		table_add(&table, c->cells[i]);
	text = printed(&table);
	is_str(text, c->expected, c->name);
}

static void test_long_table(void)
{
	static const char *const headings[] = {"ID", "STATE"};
	_cleanup_free_ char *text = NULL, *expected = NULL;
	char cell[LONG_CELL + 1];
	struct table table;

	memset(cell, 'x', LONG_CELL);
	cell[LONG_CELL] = '\0';
	setenv("COLUMNS", "40", 1);
	table_open(&table, headings, ARRAY_SIZE(headings));
	table_addf(&table, "%s", cell);
	table_add(&table, cell);
	text = printed(&table);
	unsetenv("COLUMNS");
	if (asprintf(&expected, "%-*s  STATE\n%s  %s\n", LONG_CELL, "ID", cell, cell) < 0)
		return;
	is_str(text, expected, "table: a long line is neither cut nor wrapped");
}

static void test_no_locale(void)
{
	static const char *const headings[] = {"ID", "STATE"};
	_cleanup_free_ char *text = NULL;
	struct table table;

	table_open(&table, headings, ARRAY_SIZE(headings));
	is_int(!!table.utf8, true, "table: there is a UTF-8 locale");
	if (table.utf8)
		freelocale(table.utf8);
	table.utf8 = (locale_t)0;
	table_add(&table, "gr\303\274n");
	table_add(&table, "s");
	text = printed(&table);
	is_str(text, "ID     STATE\ngr??n  s\n", "table: ASCII where there is no UTF-8 locale");
}

/* ---- colours ---- */

static const struct colour_case {
	const char *name;
	const char *term, *no_color; /* NULL: unset */
	bool terminal, wanted;
} colour_cases[] = {
	{"colour: a terminal", "xterm", NULL, true, true},
	{"colour: an empty NO_COLOR asks for nothing", "xterm", "", true, true},
	{"colour: NO_COLOR, whatever it says", "xterm", "0", true, false},
	{"colour: a dumb terminal", "dumb", NULL, true, false},
	{"colour: a terminal that nothing is known of", NULL, NULL, true, false},
	{"colour: a file", "xterm", NULL, false, false},
};

static void set_or_unset(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

/* The other end of a terminal that is nobody's; NULL where the system gives none. */
static FILE *terminal_open(int *ret_master)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), fd = -1;

	if (master >= 0 && !grantpt(master) && !unlockpt(master))
		fd = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	*ret_master = master;
	return fd >= 0 ? fdopen(fd, "w") : NULL;
}

static void test_colours(void)
{
	FILE *file = fopen("/dev/null", "w"), *terminal;
	char *text = NULL;
	size_t length;
	FILE *memory = open_memstream(&text, &length);
	int master;

	terminal = terminal_open(&master);
	is_int(!!terminal, true, "colour: a terminal to test with");
	for (size_t i = 0; i < ARRAY_SIZE(colour_cases) && terminal; i++) {
		const struct colour_case *c = &colour_cases[i];

		set_or_unset("TERM", c->term);
		set_or_unset("NO_COLOR", c->no_color);
		is_int(colour_wanted(c->terminal ? terminal : file), c->wanted, c->name);
	}
	set_or_unset("NO_COLOR", NULL);
	setenv("TERM", "xterm", 1);
	is_int(colour_wanted(memory), false, "colour: what is collected in memory");
	is_str(colour_set(false)->red, "", "colour: nothing where none are wanted");
	is_str(colour_set(true)->red, "\033[31m", "colour: red");
	fclose(memory);
	free(text);
	fclose(file);
	if (terminal)
		fclose(terminal);
	if (master >= 0)
		close(master);
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
	for (size_t i = 0; i < ARRAY_SIZE(table_cases); i++)
		test_table(&table_cases[i]);
	test_long_table();
	test_no_locale();
	test_colours();
	for (size_t i = 0; i < ARRAY_SIZE(find_cases); i++)
		test_find(&find_cases[i]);
	test_state();
	test_text();
	return tap_done();
}
