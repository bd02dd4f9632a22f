// SPDX-License-Identifier: Apache-2.0
/* The content of a run record: one table of its texts, a few numbers. Knows no files. */
#include "oci/record-json.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/utc.h"
#include "policy/json.h"

#define RECORD_DEPTH_MAX 8
#define TIME_FORMAT	 "%Y-%m-%dT%H:%M:%SZ"

#define TEXT(member) offsetof(struct run_record, member)

static const struct {
	const char *key;
	size_t offset;
	bool required; /* others may be null */
} texts[] = {
	{"key", TEXT(key), true},
	{"kind", TEXT(kind), true},
	{"id", TEXT(id), true},
	{"bundle", TEXT(bundle), true},
	{"container", TEXT(container), false},
	{"pod", TEXT(pod), false},
	{"namespace", TEXT(namespace), false},
	{"cgroup", TEXT(cgroup), true},
	{"mode", TEXT(mode), true},
	{"source", TEXT(source), false},
	{"policy", TEXT(policy), false},
	{"generation", TEXT(generation), false},
	{"sizeClass", TEXT(size_class), false},
	{"digest", TEXT(digest), false},
};

static const char *const call_names[] = {"setsockopt", "getsockopt"};

static char **text_of(const struct run_record *record, size_t i)
{
	return (char **)((char *)record + texts[i].offset);
}

void record_done(struct run_record *record)
{
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		free(*text_of(record, i));
	*record = (struct run_record){};
}

/* ---- writing ---- */

static void write_ids(struct json_writer *w, const char *key, const uint32_t ids[2])
{
	json_open_object(w, key);
	for (size_t i = 0; i < ARRAY_SIZE(call_names); i++)
		json_add_uint(w, call_names[i], ids[i]);
	json_close_object(w);
}

static int write_time(struct json_writer *w, const char *key, int64_t seconds, struct error *err)
{
	char text[64];
	struct tm tm;

	if (utc_split(seconds, &tm) < 0 || !strftime(text, sizeof(text), TIME_FORMAT, &tm))
		return error_set(err, ERANGE, "%s: %lld is no time of ours", key,
				 (long long)seconds);
	json_add_string(w, key, text);
	return 0;
}

static int write_texts(struct json_writer *w, const struct run_record *record, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *text = *text_of(record, i);

		if (!text && texts[i].required)
			return error_set(err, EINVAL, "%s: is missing", texts[i].key);
		json_add_string(w, texts[i].key, text);
	}
	return 0;
}

static int write_root(struct json_writer *w, const struct run_record *record, struct error *err)
{
	int r;

	json_open_object(w, NULL);
	r = write_texts(w, record, err);
	json_add_int(w, "pid", record->pid);
	json_add_int(w, "maker", record->maker);
	json_add_int(w, "madeAt", record->made_at);
	json_add_uint(w, "cgroupId", record->cgroup_id);
	write_ids(w, "links", record->link_ids);
	write_ids(w, "programs", record->prog_ids);
	json_add_bool(w, "guarded", record->guarded);
	if (r == 0)
		r = write_time(w, "created", record->created, err);
	json_close_object(w);
	return r;
}

int record_to_json(const struct run_record *record, char **ret, size_t *ret_length,
		   struct error *err)
{
	_cleanup_json_writer_ struct json_writer *w = json_writer_new(true);
	const char *text;
	int r;

	if (!w)
		return error_set(err, ENOMEM, "out of memory");
	r = write_root(w, record, err);
	if (r < 0)
		return r;
	text = json_writer_text(w, ret_length);
	*ret = text ? strdup(text) : NULL;
	return *ret ? 0 : error_set(err, ENOMEM, "out of memory");
}

/* ---- reading ---- */

static int expected(const char *key, const char *what, struct error *err)
{
	return error_set(err, EBADMSG, "%s: expected %s", key, what);
}

static int read_texts(const struct json *root, struct run_record *record, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const struct json *value = json_get(root, texts[i].key);

		if (!texts[i].required && (!value || value->kind == JSON_NULL))
			continue;
		if (!value || value->kind != JSON_STRING)
			return expected(texts[i].key, "a string", err);
		*text_of(record, i) = strdup(value->string);
		if (!*text_of(record, i))
			return error_set(err, ENOMEM, "out of memory");
	}
	return 0;
}

static int read_number(const struct json *object, const char *key, uint64_t max, uint64_t *ret,
		       struct error *err)
{
	const struct json *value = json_get(object, key);

	if (!value || value->kind != JSON_INT || value->negative || value->magnitude > max)
		return expected(key, "an integer in range", err);
	*ret = value->magnitude;
	return 0;
}

static int read_ids(const struct json *root, const char *key, uint32_t ret[2], struct error *err)
{
	const struct json *object = json_get(root, key);
	uint64_t id;

	for (size_t i = 0; i < ARRAY_SIZE(call_names); i++) {
		if (read_number(object, call_names[i], UINT32_MAX, &id, err) < 0)
			return error_prefix(err, "%s", key);
		ret[i] = (uint32_t)id;
	}
	return 0;
}

static int read_time(const struct json *root, const char *key, int64_t *ret, struct error *err)
{
	const char *text = json_get_string(root, key);
	struct tm tm = {};
	const char *end = text ? strptime(text, TIME_FORMAT, &tm) : NULL;

	*ret = utc_join(&tm);
	/* A time that cannot be written again would fail an update later on. */
	if (!end || *end || utc_split(*ret, &tm) < 0)
		return expected(key, "a time such as \"2026-01-31T12:00:00Z\"", err);
	return 0;
}

static int read_numbers(const struct json *root, struct run_record *record, struct error *err)
{
	uint64_t pid = 0, maker = 0, made_at = 0;
	const struct json *guarded;
	int r = read_number(root, "pid", INT64_MAX, &pid, err);

	/* Records of earlier builds lack these. */
	if (r == 0 && json_get(root, "maker"))
		r = read_number(root, "maker", INT64_MAX, &maker, err);
	if (r == 0 && json_get(root, "madeAt"))
		r = read_number(root, "madeAt", INT64_MAX, &made_at, err);
	guarded = json_get(root, "guarded");
	record->guarded = guarded && guarded->kind == JSON_BOOL && guarded->boolean;
	record->pid = (int64_t)pid;
	record->maker = (int64_t)maker;
	record->made_at = (int64_t)made_at;
	if (r == 0)
		r = read_number(root, "cgroupId", UINT64_MAX, &record->cgroup_id, err);
	if (r == 0)
		r = read_ids(root, "links", record->link_ids, err);
	if (r == 0)
		r = read_ids(root, "programs", record->prog_ids, err);
	return r < 0 ? r : read_time(root, "created", &record->created, err);
}

int record_from_json(const char *text, size_t length, struct run_record *ret, struct error *err)
{
	static const struct json_limits limits = {.depth = RECORD_DEPTH_MAX};
	_cleanup_json_ struct json *root = NULL;
	int r = json_parse(text, length, &limits, &root, err);

	*ret = (struct run_record){};
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return error_prefix(err, "is damaged"), -EBADMSG;
	r = read_texts(root, ret, err);
	return r < 0 ? r : read_numbers(root, ret, err);
}
