// SPDX-License-Identifier: Apache-2.0
/*
 * The corpus against the C parsers, file by file: what is in good/ is taken, what is in bad/ is
 * refused with the message that bad/MESSAGES gives. The same files are held against the JSON
 * Schemas by schemas/test/run.
 */
#include "test/tap.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "oci/config.h"
#include "policy/json.h"
#include "policy/names.h"
#include "policy/policy.h"

#define FILE_BYTES_MAX (1 << 20)

static int take_policy(const char *text, size_t length, struct error *err)
{
	_cleanup_policy_ struct policy *policy = NULL;

	return policy_parse(text, length, &policy, err);
}

static int take_config(const char *text, size_t length, struct error *err)
{
	struct host_config config = {0};
	int rc = host_config_parse(text, length, &config, err);

	if (rc == 0)
		host_config_done(&config);
	return rc;
}

/* The whole file, or NULL. */
static char *read_file(const char *path, size_t *ret_length)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	char *text = file ? malloc(FILE_BYTES_MAX) : NULL;

	if (text)
		*ret_length = fread(text, 1, FILE_BYTES_MAX - 1, file);
	return text;
}

typedef int take_fn(const char *text, size_t length, struct error *err);

/* -ENOENT where there is no such file. */
static int take_file(take_fn *take, const char *dir, const char *name, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	char path[4096];
	size_t length;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	text = read_file(path, &length);
	return text ? take(text, length, err) : error_set(err, ENOENT, "%s: cannot be read", path);
}

static bool is_json(const char *name)
{
	size_t length = strlen(name);

	return length > 5 && !strcmp(name + length - 5, ".json");
}

static size_t check_good(take_fn *take, const char *dir)
{
	_cleanup_closedir_ DIR *files = opendir(dir);
	struct dirent *entry;
	size_t count = 0;

	while (files && (entry = readdir(files))) {
		struct error err = {0};

		if (!is_json(entry->d_name))
			continue;
		count++;
		if (!ok(take_file(take, dir, entry->d_name, &err) == 0, "%s/%s is taken", dir,
			entry->d_name))
			diag("refused: %s", err.text);
	}
	return count;
}

static size_t count_files(const char *dir)
{
	_cleanup_closedir_ DIR *files = opendir(dir);
	struct dirent *entry;
	size_t count = 0;

	while (files && (entry = readdir(files)))
		count += is_json(entry->d_name);
	return count;
}

static void check_refusal(take_fn *take, const char *dir, const char *name, const char *message)
{
	struct error err = {0};
	int rc = take_file(take, dir, name, &err);

	ok(rc < 0 && err.code == -rc, "%s/%s is refused", dir, name);
	is_str(err.text, message, "with its message");
}

/* Rows are: file, tab, message, tab, who refuses it. */
static size_t check_bad(take_fn *take, const char *dir)
{
	_cleanup_free_ char *messages = NULL;
	char path[4096], *row, *rest, *name, *message;
	size_t length = 0, count = 0;

	snprintf(path, sizeof(path), "%s/MESSAGES", dir);
	messages = read_file(path, &length);
	if (!ok(messages != NULL, "%s is there", path))
		return 0;
	messages[length] = '\0';
	for (rest = messages; (row = strsep(&rest, "\n"));) {
		if (!row[0] || row[0] == '#')
			continue;
		name = strsep(&row, "\t");
		message = strsep(&row, "\t");
		check_refusal(take, dir, name, message);
		count++;
	}
	is_int((long long)count_files(dir), (long long)count, "every bad file has its row");
	return count;
}

static void check_corpus(take_fn *take, const char *root, const char *kind, size_t good_min,
			 size_t bad_min)
{
	char dir[2048];
	size_t count;

	snprintf(dir, sizeof(dir), "%s/%s/good", root, kind);
	count = check_good(take, dir);
	ok(count >= good_min, "%zu good files of kind %s, at least %zu", count, kind, good_min);
	snprintf(dir, sizeof(dir), "%s/%s/bad", root, kind);
	count = check_bad(take, dir);
	ok(count >= bad_min, "%zu bad files of kind %s, at least %zu", count, kind, bad_min);
}

/* The names that the schema offers are those that the parser knows. */
static void check_names(const struct json *schema, const char *definition, enum name_table table)
{
	const struct json *list = json_get(json_get(json_get(schema, "$defs"), definition), "enum");
	const struct name *rows;
	size_t count;

	rows = names_all(table, &count);
	if (!ok(list && list->n_items == count, "%s: as many names in the schema as in the parser",
		definition))
		return;
	for (size_t i = 0; i < count; i++)
		if (strcmp(list->items[i]->string, rows[i].name))
			is_str(list->items[i]->string, rows[i].name, "the same name");
}

static void check_schema(const char *root)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_json_ struct json *schema = NULL;
	struct error err = {0};
	char path[4096];
	size_t length;

	snprintf(path, sizeof(path), "%s/../policy.schema.json", root);
	text = read_file(path, &length);
	if (!ok(text && json_parse(text, length, NULL, &schema, &err) == 0, "%s is JSON", path)) {
		diag("%s", err.text);
		return;
	}
	check_names(schema, "errnoName", NAMES_ERRNO);
	check_names(schema, "family", NAMES_FAMILY);
	check_names(schema, "socketType", NAMES_TYPE);
	check_names(schema, "protocol", NAMES_PROTOCOL);
	check_names(schema, "dscpName", NAMES_DSCP);
}

int main(int argc, char **argv)
{
	const char *root = argc > 1 ? argv[1] : getenv("CORPUS");
	char examples[4096];

	if (!root)
		root = "schemas/test";
	check_corpus(take_policy, root, "policy", 25, 80);
	check_corpus(take_config, root, "config", 6, 12);
	snprintf(examples, sizeof(examples), "%s/../examples", root);
	ok(check_good(take_policy, examples) >= 8, "at least eight examples");
	check_schema(root);
	return tap_done();
}
