/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The patterns that runtimes' configurations hold against annotations: Go's regexp (hooks.d files
 * of podman and CRI-O) and Go's path.Match (containerd). Where a pattern cannot be understood that
 * is said, and nothing is guessed.
 */
#ifndef OCI_PATTERN_H
#define OCI_PATTERN_H

#include <stdbool.h>

#include "base/error.h"

/*
 * Whether Go's regexp.MatchString(@pattern, @text) holds; the match may be anywhere in @text unless
 * the pattern is anchored. Translated to an extended regular expression of POSIX: classes, groups,
 * alternatives, repetitions and anchors are; flags, \p, \b and the like are -EOPNOTSUPP. -EINVAL:
 * the pattern is wrong.
 */
int pattern_regexp(const char *pattern, const char *text, bool *ret, struct error *err);

/*
 * Whether Go's path.Match(@pattern, @text) holds: of all of @text; `*` and `?` do not match "/".
 * -EINVAL: the pattern is wrong.
 */
int pattern_glob(const char *pattern, const char *text, bool *ret, struct error *err);

#endif
