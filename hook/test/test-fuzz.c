// SPDX-License-Identifier: Apache-2.0
/*
 * Seeds and found cases through the targets of fuzzing, without libFuzzer: each comes to an end. With
 * "--seeds DIR", write the seeds that are no files of the tree there, a folder a target.
 */
#include "test/fuzz/fuzz.h"
#include "test/recorded.h"

#include <limits.h>
#include <sys/stat.h>

#define INPUT_MAX (1 << 20)
#define CORPUS	  "hook/test/fuzz/corpus/"

static const struct target {
	const char *name;
	fuzz_fn *run;
	const char *seeds[3]; /* folders beside the corpus */
	size_t least;	      /* files of all of them */
} targets[] = {
	{"state", fuzz_state, {CORPUS "annotations"}, 5},
	{"annotations", fuzz_annotations, {CORPUS "state"}, 5},
	{"bundle", fuzz_bundle, {NULL}, 3},
	{"config", fuzz_config, {"schemas/test/config/good", "schemas/test/config/bad"}, 18},
	{"policy",
	 fuzz_policy,
	 {"schemas/test/policy/good", "schemas/test/policy/bad", "schemas/examples"},
	 100},
	{"recording", fuzz_recording, {NULL}, 0},
	{"merge", fuzz_merge, {NULL}, 0},
	{"record", fuzz_record, {NULL}, 2},
	{"hooks", fuzz_hooks, {"integration/podman", "integration/containerd"}, 6},
	{"engine", fuzz_engine, {NULL}, 0},
};

/* Run each file of @folder, or none where it is missing. Returns how many. */
static size_t replay(const struct target *target, const char *folder)
{
	_cleanup_closedir_ DIR *files = opendir(folder);
	static uint8_t input[INPUT_MAX];
	struct dirent *entry;
	size_t n = 0;

	while (files && (entry = readdir(files))) {
		_cleanup_fclose_ FILE *file = NULL;
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (entry->d_type != DT_REG || !(file = fopen(path, "re")))
			continue;
		target->run(input, fread(input, 1, sizeof(input), file));
		n++;
	}
	return n;
}

static void check_target(const struct target *target)
{
	char own[PATH_MAX];
	size_t n;

	snprintf(own, sizeof(own), CORPUS "%s", target->name);
	n = replay(target, own);
	for (size_t i = 0; i < ARRAY_SIZE(target->seeds) && target->seeds[i]; i++)
		n += replay(target, target->seeds[i]);
	ok(n >= target->least, "%zu inputs of target %s come to an end", n, target->name);
}

/* ---- seeds ---- */

static void write_seed(const char *folder, const char *target, size_t number, const void *bytes,
		       size_t length)
{
	_cleanup_fclose_ FILE *file = NULL;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, target);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/%s/%03zu", folder, target, number);
	file = fopen(path, "we");
	if (!file || fwrite(bytes, 1, length, file) != length) {
		perror(path);
		exit(1);
	}
}

static void give_engine(const char *folder, size_t number, const char *text)
{
	static uint8_t bytes[8192];
	size_t length = fuzz_engine_seed(text, strlen(text), bytes, sizeof(bytes));

	if (!length)
		return;
	write_seed(folder, "engine", number, bytes, length);
}

static void give_engine_files(const char *folder, const char *from)
{
	_cleanup_closedir_ DIR *files = opendir(from);
	struct dirent *entry;
	size_t n = 100;

	while (files && (entry = readdir(files))) {
		_cleanup_fclose_ FILE *file = NULL;
		char path[PATH_MAX], text[8192] = "";

		snprintf(path, sizeof(path), "%s/%s", from, entry->d_name);
		file = entry->d_type == DT_REG ? fopen(path, "re") : NULL;
		if (file && fread(text, 1, sizeof(text) - 1, file))
			give_engine(folder, n++, text);
	}
}

/* Recordings of few calls and many, raw and as policies. */
static void give_recordings(const char *folder)
{
	static struct made m;

	for (size_t i = 0; i < 12; i++) {
		_cleanup_free_ char *first = NULL, *second = NULL, *both = NULL;
		struct recording r;
		int length;

		seed = (i + 1) * 0x9e3779b97f4a7c15u;
		made_fill(&m, 1 + (uint32_t)i);
		r = made_recording(&m);
		write_seed(folder, "recording", i, r.seen, r.n * sizeof(*r.seen));
		first = must_record(&r, BOUNDS_EXACT);
		made_fill(&m, 1 + (uint32_t)i);
		r = made_recording(&m);
		second = must_record(&r, BOUNDS_RANGE);
		length = asprintf(&both, "%s%c%s", first, 0, second);
		if (length > 0)
			write_seed(folder, "merge", i, both, (size_t)length);
		give_engine(folder, i, first);
	}
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "--seeds")) {
		give_recordings(argv[2]);
		give_engine_files(argv[2], "schemas/test/policy/good");
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
		check_target(&targets[i]);
	return tap_done();
}
