/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runtimes' configurations of hooks, as far as they call ours: would a container's annotation
 * reach it, at the stages that it has, with arguments that it takes? Looks at text alone, at no
 * file.
 */
#ifndef OCI_HOOKS_H
#define OCI_HOOKS_H

#include <stdbool.h>

#include "base/error.h"
#include "oci/toml.h"
#include "policy/json.h"

#define HOOK_NAME "oci-sockopt-hook"

/* One annotation of each kind and scope that scope.h knows. Sets of them are bits 1 << index. */
#define HOOK_KEYS 12
struct hook_key {
	const char *key, *value;
};
extern const struct hook_key hook_keys[HOOK_KEYS];
#define HOOK_KEYS_ALL ((1u << HOOK_KEYS) - 1)

/* The keys of @set, with commas between them. Returns @text. */
#define HOOK_KEYS_TEXT_MAX 512
const char *hook_keys_text(unsigned int set, char text[HOOK_KEYS_TEXT_MAX]);

enum hook_stage {
	HOOK_STAGE_OTHER, /* one that our hook is not for */
	HOOK_STAGE_START, /* prestart, createRuntime */
	HOOK_STAGE_STOP,  /* poststop */
};
enum hook_stage hook_stage(const char *name);

/*
 * Whether @args (the name and then the arguments, as OCI has it; NULL: none) tell our hook the @stage
 * at which it is called. -EINVAL with what is wrong and what to write.
 */
int hook_args_check(const struct json *args, const char *stage, struct error *err);

/* Whether @path or @args[0] are those of our hook, by name. */
bool hook_is_ours(const char *path, const struct json *args);

/* ---- hooks.d files of podman and CRI-O, version 1.0.0: hooksd.c ---- */

struct hooksd {
	struct json *json;
	const char *path;	   /* of the hook */
	const struct json *args;   /* or NULL */
	const struct json *stages; /* strings, at least one */
};

/* -EINVAL where podman refuses the file, and with it every container. Freed by hooksd_done(). */
int hooksd_parse(const char *text, size_t length, struct hooksd *ret, struct error *err);
void hooksd_done(struct hooksd *file);

/*
 * Which of hook_keys the file calls the hook for, whatever else a container is. -EOPNOTSUPP where a
 * pattern is not understood, -EINVAL where it is wrong.
 */
int hooksd_keys(const struct hooksd *file, unsigned int *ret, struct error *err);
/* The member of "when.annotations" to write. */
#define HOOKSD_PATTERN "\"(^|\\\\.)sockopt\\\\.oci(/.*)?$\": \".*\""

/* ---- containerd ---- */

/* Which of hook_keys the patterns of @list let through; NULL: none. As hooksd_keys(). */
int hook_glob_keys(const struct toml_entry *list, unsigned int *ret, struct error *err);
#define HOOK_GLOBS "[\"*.sockopt.oci\", \"*.sockopt.oci/*\"]"

#endif
