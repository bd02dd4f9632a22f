/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding one value in JSON text without a tree: for what every start of a container reads, of which
 * one member is wanted. Says nothing of the text's validity.
 */
#ifndef POLICY_JSON_SCAN_H
#define POLICY_JSON_SCAN_H

#include <stddef.h>

/* A value as it stands in the text, which it points into: begins with '{', '[', '"' and so on. */
struct json_span {
	const char *at;
	size_t length;
};

/*
 * The value of member @key of the object that @text is. -ENOENT: there is no such member, or @text
 * is no object. -EINVAL: the text cannot be followed, or holds that member twice, or a key with an
 * escape in it, which may be any: json_parse() knows.
 */
int json_scan(const char *text, size_t length, const char *key, struct json_span *ret);

#endif
