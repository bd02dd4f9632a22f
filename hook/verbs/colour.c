// SPDX-License-Identifier: Apache-2.0
/* Colours for people. The eight that every terminal has, none for a background. */
#include "verbs/colour.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct colours some = {
	.red = "\033[31m",
	.green = "\033[32m",
	.yellow = "\033[33m",
	.cyan = "\033[36m",
	.bold = "\033[1m",
	.faint = "\033[2m",
	.end = "\033[0m",
};

static const struct colours none = {
	.red = "",
	.green = "",
	.yellow = "",
	.cyan = "",
	.bold = "",
	.faint = "",
	.end = "",
};

/* The value of @name; NULL where it is empty. */
static const char *setting(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

bool colour_wanted(FILE *out)
{
	const char *term = setting("TERM");
	/* A stream in memory has no descriptor. */
	int fd = fileno(out);

	return fd >= 0 && isatty(fd) && term && strcmp(term, "dumb") && !setting("NO_COLOR");
}

const struct colours *colour_set(bool wanted)
{
	return wanted ? &some : &none;
}
