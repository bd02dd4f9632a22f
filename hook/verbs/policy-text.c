// SPDX-License-Identifier: Apache-2.0
/* A policy as text: from a file or a profile, to a file, and to people. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "oci/profile.h"
#include "policy/compile.h"
#include "verbs/table.h"
#include "verbs/verbs.h"

static int read_text(const char *path, char **ret, size_t *ret_length, struct error *err)
{
	bool is_stdin = !strcmp(path, "-");
	_cleanup_close_ int fd = -1;
	int r;

	/* Not only regular files: the shell's <(command) is a pipe. */
	if (!is_stdin) {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd < 0)
			return error_errno(err, errno, "%s", path);
	}
	r = file_read_fd(is_stdin ? STDIN_FILENO : fd, POLICY_JSON_MAX, ret, ret_length, err);
	return r ? error_prefix(err, "%s", is_stdin ? "standard input" : path) : 0;
}

int policy_text_parse(const char *path, struct policy **ret, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	int r = read_text(path, &text, &length, err);

	if (r)
		return r;
	r = policy_parse(text, length, ret, err);
	return r ? error_prefix(err, "%s", strcmp(path, "-") ? path : "standard input") : 0;
}

/*
 * By the words of the checker alone, with the file in front; what is in force is
 * compiled from the text once more.
 */
static int check(const char *path, const char *text, size_t length, struct error *err)
{
	_cleanup_policy_ struct policy *policy = NULL;
	struct compiled compiled = {0};
	int r = policy_parse(text, length, &policy, err);

	r = r ?: policy_compile(policy, &compiled, err);
	compiled_done(&compiled);
	return r ? error_prefix(err, "%s", strcmp(path, "-") ? path : "standard input") : 0;
}

int policy_text_choose(const struct host_config *config, const char *file, const char *profile,
		       char **ret, size_t *ret_length, char **ret_source, struct error *err)
{
	_cleanup_free_ char *text = NULL, *path = NULL;
	int r;

	if (file)
		r = read_text(file, &text, ret_length, err);
	else
		r = profile_read(config, profile, &text, ret_length, &path, err);
	r = r ?: check(file ?: path, text, *ret_length, err);
	if (r)
		return r;
	if ((file ? asprintf(ret_source, "file %s", file)
		  : asprintf(ret_source, "profile %s (%s)", profile, path)) < 0)
		return error_set(err, ENOMEM, "out of memory");
	*ret = TAKE_PTR(text);
	return 0;
}

static int write_file(const char *path, const char *text, struct error *err)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	_cleanup_free_ char *folder = NULL, *line = NULL;
	_cleanup_close_ int fd = -1;
	size_t length = strlen(text);
	struct stat st;
	int r;

	folder = slash ? strndup(path, (size_t)(name - path)) : strdup(".");
	if (!folder ||
	    asprintf(&line, "%s%s", text, length && text[length - 1] == '\n' ? "" : "\n") < 0)
		return error_set(err, ENOMEM, "out of memory");
	if (!*name)
		return error_set(err, EISDIR, "%s: is a folder; name a file in it", path);
	fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, errno, "%s", folder);
	/* A rename would put a file in the place of a device, or of a link to one. */
	if (!fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) && !S_ISREG(st.st_mode))
		return error_set(err, EINVAL,
				 "%s: is not a regular file; without this option the text goes to "
				 "standard output",
				 path);
	r = file_write_at(fd, name, line, strlen(line), err);
	return r ? error_prefix(err, "%s", path) : 0;
}

int policy_text_deliver(struct verb_call *call, const char *path, const char *text,
			struct error *err)
{
	if (path && strcmp(path, "-"))
		return write_file(path, text, err);
	fputs(text, call->out);
	if (!*text || text[strlen(text) - 1] != '\n')
		fputc('\n', call->out);
	return 0;
}

static struct json *parse(const char *text)
{
	const struct json_limits limits = {.depth = POLICY_DEPTH_MAX};
	struct json *json = NULL;

	if (!text || json_parse(text, strlen(text), &limits, &json, NULL))
		return NULL;
	return json;
}

char *policy_text_name(const char *text)
{
	_cleanup_json_ struct json *json = parse(text);
	const char *name = json_get_string(json, "name");

	return name ? strdup(name) : NULL;
}

/* Recursion is safe: parse() limits the depth. */
static void add(struct json_writer *w, const char *key, const struct json *json)
{
	switch (json->kind) {
	case JSON_NULL:
		json_add_string(w, key, NULL);
		break;
	case JSON_BOOL:
		json_add_bool(w, key, json->boolean);
		break;
	case JSON_INT:
		if (json->negative)
			json_add_int(w, key, (int64_t)(0 - json->magnitude));
		else
			json_add_uint(w, key, json->magnitude);
		break;
	case JSON_NUMBER: /* no policy holds one */
	case JSON_STRING:
		json_add_string(w, key, json->string);
		break;
	case JSON_ARRAY:
		json_open_array(w, key);
		for (size_t i = 0; i < json->n_items; i++)
			add(w, NULL, json->items[i]);
		json_close_array(w);
		break;
	case JSON_OBJECT:
		json_open_object(w, key);
		for (size_t i = 0; i < json->n_items; i++)
			add(w, json->items[i]->key, json->items[i]);
		json_close_object(w);
		break;
	}
}

void policy_text_add(struct json_writer *w, const char *key, const char *text)
{
	_cleanup_json_ struct json *json = parse(text);

	if (json)
		add(w, key, json);
	else
		json_add_string(w, key, text);
}

void policy_text_print(FILE *out, const char *text)
{
	_cleanup_json_writer_ struct json_writer *w = json_writer_new(true);
	_cleanup_json_ struct json *json = parse(text);
	const char *pretty = NULL;

	if (w && json) {
		add(w, NULL, json);
		pretty = json_writer_text(w, NULL);
	}
	table_print_clean(out, pretty ?: text);
	if (!pretty)
		fputc('\n', out);
}
