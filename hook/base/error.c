// SPDX-License-Identifier: Apache-2.0
/* The error object: formatting, escaping, prefixing. Knows nobody. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * Text comes from annotations and files of others: no byte of it may move a terminal or end a line.
 */
static void clean(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p; p++) {
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
		/* C1 control characters, which are U+0080 to U+009F, in UTF-8 */
		if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
			p[0] = p[1] = '?';
	}
}

/* Replace the end of a text that was cut by a mark, without leaving half a UTF-8 character. */
static void mark_cut(char *text, int wanted)
{
	size_t end = ERROR_MAX - sizeof("…");

	if (wanted < ERROR_MAX)
		return;
	while (end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80)
		end--;
	strcpy(text + end, "…");
}

static int fill(struct error *err, int code, const char *fmt, va_list args)
{
	if (!err)
		return -code;
	err->code = code;
	mark_cut(err->text, vsnprintf(err->text, sizeof(err->text), fmt, args));
	clean(err->text);
	return -code;
}

int error_set(struct error *err, int code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fill(err, code, fmt, args);
	va_end(args);
	return -code;
}

int error_errno(struct error *err, int code, const char *fmt, ...)
{
	va_list args;
	size_t used;

	va_start(args, fmt);
	fill(err, code, fmt, args);
	va_end(args);
	if (!err)
		return -code;
	used = strlen(err->text);
	mark_cut(err->text, (int)used + snprintf(err->text + used, sizeof(err->text) - used, ": %s",
						 strerror(code)));
	return -code;
}

int error_prefix(struct error *err, const char *fmt, ...)
{
	char prefix[ERROR_MAX], text[ERROR_MAX];
	va_list args;

	if (!err)
		return -EINVAL;
	va_start(args, fmt);
	vsnprintf(prefix, sizeof(prefix), fmt, args);
	va_end(args);
	memcpy(text, err->text, sizeof(text));
	return error_set(err, err->code, "%s: %s", prefix, text);
}
