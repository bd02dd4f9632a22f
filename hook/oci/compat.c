// SPDX-License-Identifier: Apache-2.0
/*
 * The seccomp part of a bundle's configuration: which architectures it lets through. Reads nothing
 * else of it, and leaves its validity to the runtime.
 */
#include "oci/compat.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "policy/json-scan.h"
#include "policy/json.h"

/* A runtime reads it whole as well; with many mounts, hooks and annotations it may be large. */
#define BUNDLE_CONFIG_MAX (16 << 20)

/* The 32-bit architectures of this host's kernel, as seccomp profiles call them. */
static const char *const compat_archs[] = {
#if defined(__x86_64__)
	"SCMP_ARCH_X86",
	"SCMP_ARCH_X32",
#elif defined(__aarch64__)
	"SCMP_ARCH_ARM",
#endif
	NULL,
};

static bool is_compat(const struct json *arch)
{
	for (size_t i = 0; compat_archs[i]; i++)
		if (arch->kind == JSON_STRING && !strcmp(arch->string, compat_archs[i]))
			return true;
	return false;
}

/*
 * Without a list a profile covers the native architecture, and the calls of others end the process.
 */
static bool lets_through(const struct json *seccomp)
{
	const struct json *archs;

	if (!seccomp || seccomp->kind != JSON_OBJECT)
		return true;
	archs = json_get(seccomp, "architectures");
	for (size_t i = 0; archs && archs->kind == JSON_ARRAY && i < archs->n_items; i++)
		if (is_compat(archs->items[i]))
			return true;
	return false;
}

static int parse(const char *text, size_t length, bool *ret_open, struct error *err)
{
	_cleanup_json_ struct json *root = NULL;
	int r = json_parse(text, length, NULL, &root, err);

	if (r == 0)
		*ret_open = lets_through(json_get(json_get(root, "linux"), "seccomp"));
	return r;
}

static bool lists_compat(const struct json_span *archs)
{
	char quoted[32];

	for (size_t i = 0; compat_archs[i]; i++) {
		int n = snprintf(quoted, sizeof(quoted), "\"%s\"", compat_archs[i]);

		if (memmem(archs->at, archs->length, quoted, (size_t)n))
			return true;
	}
	return false;
}

/*
 * The same as parse() without a tree of what may be thousands of values, of which one is wanted.
 * -EINVAL: parse() has to say.
 */
static int scan(const char *text, size_t length, bool *ret_open)
{
	struct json_span linux_part, seccomp, archs;
	int r = json_scan(text, length, "linux", &linux_part);

	r = r ?: json_scan(linux_part.at, linux_part.length, "seccomp", &seccomp);
	if (r == -ENOENT || (!r && *seccomp.at != '{')) {
		*ret_open = true;
		return 0;
	}
	r = r ?: json_scan(seccomp.at, seccomp.length, "architectures", &archs);
	if (r == -ENOENT || (!r && *archs.at != '[')) {
		*ret_open = false;
		return 0;
	}
	if (r || memchr(archs.at, '\\', archs.length))
		return -EINVAL;
	*ret_open = lists_compat(&archs);
	return 0;
}

int compat_open_text(const char *text, size_t length, bool *ret_open, struct error *err)
{
	return scan(text, length, ret_open) ? parse(text, length, ret_open, err) : 0;
}

static int read_config(const char *path, bool *ret_open, struct error *err)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *text = NULL;
	size_t length;
	int r = file_open_at(AT_FDCWD, path, false, &fd, err);

	if (r == 0)
		r = file_read_fd(fd, BUNDLE_CONFIG_MAX, &text, &length, err);
	return r < 0 ? r : compat_open_text(text, length, ret_open, err);
}

int compat_open(const char *bundle, bool *ret_open, struct error *err)
{
	_cleanup_free_ char *path = NULL;
	int r;

	if (!compat_archs[0]) {
		*ret_open = false;
		return 0;
	}
	if (asprintf(&path, "%s/config.json", bundle) < 0) {
		path = NULL;
		return error_set(err, ENOMEM, "out of memory");
	}
	r = read_config(path, ret_open, err);
	return r < 0 ? error_prefix(err, "%s", path) : 0;
}
