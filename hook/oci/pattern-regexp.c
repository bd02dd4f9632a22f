// SPDX-License-Identifier: Apache-2.0
/* Go's regexp by way of regcomp(3): what both write alike is copied, the rest translated. */
#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "oci/pattern.h"

/* Go's classes, as they stand inside of brackets. */
static const struct {
	char letter;
	const char *members;
} classes[] = {
	{'d', "0-9"},
	{'w', "0-9A-Za-z_"},
	{'s', "\t\n\f\r "},
};

/* What is translated: @p moves on, @out grows. */
struct translation {
	const char *pattern, *p;
	size_t groups; /* that are open */
	FILE *out;
};

static int not_understood(const struct translation *t, const char *what, struct error *err)
{
	return error_set(err, EOPNOTSUPP, "\"%s\": %s is not understood here", t->pattern, what);
}

static int wrong(const struct translation *t, const char *what, struct error *err)
{
	return error_set(err, EINVAL, "\"%s\" is no regular expression: %s", t->pattern, what);
}

static const char *class_members(char letter)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		if (classes[i].letter == letter)
			return classes[i].members;
	}
	return NULL;
}

static int escape(struct translation *t, struct error *err)
{
	char c = t->p[1];
	const char *members = class_members((char)tolower(c));

	if (!c)
		return wrong(t, "it ends in \"\\\"", err);
	if (members)
		fprintf(t->out, "[%s%s]", isupper((unsigned char)c) ? "^" : "", members);
	else if (c == 'A')
		fputc('^', t->out);
	else if (c == 'z')
		fputc('$', t->out);
	else if (isalnum((unsigned char)c))
		return not_understood(t, "a \"\\\" before that letter or digit", err);
	else if (strchr(".[]{}()*+?^$|\\", c))
		fprintf(t->out, "\\%c", c);
	else
		fputc(c, t->out);
	t->p += 2;
	return 0;
}

/*
 * In brackets of POSIX "\" is a character like any other, and "]", "^" and "-" stand for themselves
 * by their place alone: they are collected and put there.
 */
struct bracket {
	bool negated, closing, caret, dash;
	char *rest;
	size_t length;
	FILE *out;
};

static int bracket_escape(struct translation *t, struct bracket *b, struct error *err)
{
	char c = t->p[1];
	const char *members = class_members(c);

	if (!c)
		return wrong(t, "\"[\" without \"]\"", err);
	if (members)
		fputs(members, b->out);
	else if (isalnum((unsigned char)c))
		return not_understood(t, "a \"\\\" before that letter in brackets", err);
	else if (c == ']')
		b->closing = true;
	else if (c == '^')
		b->caret = true;
	else if (c == '-')
		b->dash = true;
	else
		fputc(c, b->out);
	t->p += 2;
	return 0;
}

static int bracket_item(struct translation *t, struct bracket *b, struct error *err)
{
	const char *end;

	if (*t->p == '\\')
		return bracket_escape(t, b, err);
	if (t->p[0] == '[' && t->p[1] == ':') {
		end = strstr(t->p, ":]");
		if (!end || t->p[2] == '^')
			return not_understood(t, "that class", err);
		fprintf(b->out, "%.*s", (int)(end + 2 - t->p), t->p);
		t->p = end + 2;
		return 0;
	}
	if (t->p[0] == '[' && (t->p[1] == '.' || t->p[1] == '='))
		return not_understood(t, "\"[\" in brackets", err);
	if (*t->p == '^')
		b->caret = true;
	else if (*t->p == '-' && (t->p[1] == ']' || !b->length))
		b->dash = true;
	else
		fputc(*t->p, b->out);
	fflush(b->out);
	t->p++;
	return 0;
}

static void bracket_print(const struct bracket *b, FILE *out)
{
	if (b->caret && !b->negated && !b->closing && !b->length)
		fputs(b->dash ? "[-^]" : "\\^", out);
	else
		fprintf(out, "[%s%s%s%s%s]", b->negated ? "^" : "", b->closing ? "]" : "", b->rest,
			b->caret ? "^" : "", b->dash ? "-" : "");
}

static int bracket(struct translation *t, struct error *err)
{
	struct bracket b = {0};
	int r = 0;

	b.out = open_memstream(&b.rest, &b.length);
	if (!b.out)
		return error_set(err, ENOMEM, "out of memory");
	t->p++;
	b.negated = *t->p == '^';
	t->p += b.negated;
	for (bool first = true; !r && (*t->p != ']' || first); first = false) {
		if (!*t->p)
			r = wrong(t, "\"[\" without \"]\"", err);
		else if (*t->p == ']' && t->p++)
			b.closing = true;
		else
			r = bracket_item(t, &b, err);
	}
	fclose(b.out);
	if (!r) {
		t->p++;
		bracket_print(&b, t->out);
	}
	free(b.rest);
	return r;
}

static int group(struct translation *t, struct error *err)
{
	if (t->p[1] == '?' && t->p[2] != ':')
		return not_understood(t, "\"(?\"", err);
	fputc('(', t->out);
	t->groups++;
	t->p += t->p[1] == '?' ? 3 : 1;
	return 0;
}

/* The length of "{2}", "{2,}" or "{2,3}" at @p; 0: Go takes the brace for itself. */
static size_t count_length(const char *p)
{
	size_t n = 1 + strspn(p + 1, "0123456789");

	if (n == 1)
		return 0;
	if (p[n] == ',')
		n += 1 + strspn(p + n + 1, "0123456789");
	return p[n] == '}' ? n + 1 : 0;
}

/* "a*?" matches as much text as "a*" where only yes or no is asked. */
static int repetition(struct translation *t, size_t length, struct error *err)
{
	if (t->p == t->pattern || strchr("(|^", t->p[-1]))
		return t->p > t->pattern + 1 && t->p[-2] == '\\'
			       ? not_understood(t, "a repetition of that", err)
			       : wrong(t, "it repeats nothing", err);
	fprintf(t->out, "%.*s", (int)length, t->p);
	t->p += length;
	if (*t->p == '?')
		t->p++;
	if (*t->p && strchr("*+?", *t->p))
		return wrong(t, "it repeats a repetition", err);
	return 0;
}

static int next(struct translation *t, struct error *err)
{
	size_t length;

	switch (*t->p) {
	case '\\':
		return escape(t, err);
	case '[':
		return bracket(t, err);
	case '(':
		return group(t, err);
	case '*':
	case '+':
	case '?':
		return repetition(t, 1, err);
	case '{':
		length = count_length(t->p);
		if (length)
			return repetition(t, length, err);
		fputs("\\{", t->out);
		break;
	case ')': /* which POSIX takes for itself where no group is open */
		if (!t->groups)
			return wrong(t, "\")\" without \"(\"", err);
		t->groups--;
		fputc(')', t->out);
		break;
	case '.': /* without (?s) no newline */
		fputs("[^\n]", t->out);
		break;
	default:
		fputc(*t->p, t->out);
	}
	t->p++;
	return 0;
}

static int translate(const char *pattern, char **ret, struct error *err)
{
	struct translation t = {.pattern = pattern, .p = pattern};
	size_t length;
	int r = 0;

	t.out = open_memstream(ret, &length);
	if (!t.out)
		return error_set(err, ENOMEM, "out of memory");
	while (!r && *t.p)
		r = next(&t, err);
	fclose(t.out);
	return r;
}

int pattern_regexp(const char *pattern, const char *text, bool *ret, struct error *err)
{
	_cleanup_free_ char *translated = NULL;
	char words[128];
	regex_t regex;
	int r = translate(pattern, &translated, err);

	if (r)
		return r;
	r = regcomp(&regex, translated, REG_EXTENDED | REG_NOSUB);
	if (r) {
		regerror(r, &regex, words, sizeof(words));
		return error_set(err, EINVAL, "\"%s\" is no regular expression: %s", pattern,
				 words);
	}
	*ret = !regexec(&regex, text, 0, NULL, 0);
	regfree(&regex);
	return 0;
}
