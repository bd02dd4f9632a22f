// SPDX-License-Identifier: Apache-2.0
/* Options, help and refusals of all verbs alike. Knows no verb by name. */
#include <getopt.h>
#include <stdarg.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/log.h"
#include "policy/names.h"
#include "verbs/table.h"
#include "verbs/verbs.h"

#define OPTIONS_MAX 16

enum {
	OPT_OWN = 256, /* the first of the verb's own */
	OPT_HELP = 512,
	OPT_JSON
};

static void print_help(const struct verb_call *call)
{
	const struct verb *verb = call->verb;

	fprintf(call->out, "usage: sockoptctl [--config FILE] %s%s%s\n\n%s.\n\n%s", verb->name,
		*verb->usage ? " " : "", verb->usage, verb->summary, verb->help);
	if (verb->has_json)
		fprintf(call->out, "\n  --json  print JSON instead of text\n");
}

int verb_usage(const struct verb_call *call, const char *fmt, ...)
{
	const struct verb *verb = call->verb;
	char *text;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n >= 0) {
		log_line(LOG_ERR, "%s: %s", verb->name, text);
		free(text);
	}
	log_line(LOG_ERR, "usage: sockoptctl [--config FILE] %s%s%s", verb->name,
		 *verb->usage ? " " : "", verb->usage);
	return VERB_USAGE;
}

int verb_refuse(const struct error *err)
{
	log_line(LOG_ERR, "%s", err->text);
	return VERB_REFUSED;
}

static size_t fill_long(const struct verb_call *call, const struct verb_option *options, size_t n,
			struct option table[OPTIONS_MAX])
{
	size_t used = 0;

	for (size_t i = 0; i < n && used < OPTIONS_MAX - 3; i++)
		table[used++] = (struct option){options[i].name,
						options[i].value ? required_argument : no_argument,
						NULL, OPT_OWN + (int)i};
	table[used++] = (struct option){"help", no_argument, NULL, OPT_HELP};
	if (call->verb->has_json)
		table[used++] = (struct option){"json", no_argument, NULL, OPT_JSON};
	table[used] = (struct option){0};
	return used;
}

/* The short options for getopt_long(), which returns their letters. */
static void fill_short(const struct verb_call *call, const struct verb_option *options, size_t n,
		       char letters[2 * OPTIONS_MAX + 8])
{
	char *at = stpcpy(letters, call->verb->stops ? "+:h" : ":h");

	for (size_t i = 0; i < n && i < OPTIONS_MAX; i++) {
		if (options[i].name[1])
			continue;
		*at++ = options[i].name[0];
		if (options[i].value)
			*at++ = ':';
	}
	*at = '\0';
}

/* @c as it is for the long form of the same option. */
static int long_form(const struct verb_option *options, size_t n, int c)
{
	for (size_t i = 0; i < n; i++)
		if (!options[i].name[1] && options[i].name[0] == c)
			return OPT_OWN + (int)i;
	return c == 'h' ? OPT_HELP : c;
}

/* Returns whether to go on; otherwise *@ret_status is set. */
static bool take_option(struct verb_call *call, const struct verb_option *options, int c,
			const char *word, int *ret_status)
{
	if (c == OPT_HELP) {
		print_help(call);
		*ret_status = VERB_DONE;
		return false;
	}
	if (c == '?' || c == ':') {
		*ret_status =
			verb_usage(call,
				   c == ':' ? "option %s needs a value" : "option %s is not known",
				   word);
		return false;
	}
	if (c == OPT_JSON)
		call->json = true;
	else if (options[c - OPT_OWN].value)
		*options[c - OPT_OWN].value = optarg;
	else
		*options[c - OPT_OWN].flag = true;
	return true;
}

bool verb_read_options(struct verb_call *call, const struct verb_option *options, size_t n,
		       int *argc, char ***argv, int *ret_status)
{
	char letters[2 * OPTIONS_MAX + 8];
	struct option table[OPTIONS_MAX];
	int c;

	fill_long(call, options, n, table);
	fill_short(call, options, n, letters);
	opterr = 0;
	optind = 0; /* glibc: start anew, whatever was read before */
	while ((c = getopt_long(*argc, *argv, letters, table, NULL)) != -1) {
		const char *word = (*argv)[optind > 1 ? optind - 1 : 1];

		if (!take_option(call, options, long_form(options, n, c), word, ret_status))
			return false;
	}
	*ret_status = VERB_DONE;
	*argc -= optind;
	*argv += optind;
	return true;
}

static const struct verb *find(const struct verb *const *verbs, size_t n, const char *prefix,
			       const char *name, struct nearest *nearest)
{
	for (size_t i = 0; i < n; i++) {
		const char *word = verbs[i]->name + strlen(prefix);

		if (!strcmp(word, name))
			return verbs[i];
		nearest_offer(nearest, word);
	}
	return NULL;
}

int verb_dispatch(struct verb_call *call, const struct verb *const *verbs, size_t n,
		  const char *prefix, int argc, char **argv)
{
	struct nearest nearest = {.wanted = argv[0]};
	char clip[NAME_CLIP_MAX], hint[NAME_HINT_MAX];
	const struct verb *verb = find(verbs, n, prefix, argv[0], &nearest);

	if (!verb) {
		log_line(LOG_ERR, "unknown verb \"%s%s\"%s; \"sockoptctl --help\" lists them",
			 prefix, name_clip(argv[0], clip), nearest_hint(&nearest, hint));
		return VERB_USAGE;
	}
	call->verb = verb;
	return verb->run(call, argc, argv);
}

int verb_open_host(struct verb_call *call)
{
	struct error err = {0};

	if (geteuid() != 0) {
		error_set(&err, EPERM,
			  "%s: must be run as root: policies in force, and their records, are "
			  "root's alone",
			  call->verb->name);
		return verb_refuse(&err);
	}
	if (host_config_read(call->config_path ?: CONFIG_PATH, !!call->config_path, &call->config,
			     &err))
		return verb_refuse(&err);
	return 0;
}

int verb_print_json(struct verb_call *call, struct json_writer *w)
{
	const char *text = w ? json_writer_text(w, NULL) : NULL;

	if (!text) {
		log_line(LOG_ERR, "out of memory");
		return VERB_REFUSED;
	}
	fputs(text, call->out);
	if (!*text || text[strlen(text) - 1] != '\n')
		fputc('\n', call->out);
	return VERB_DONE;
}

int verb_print_table(struct verb_call *call, struct table *table)
{
	int r = table_print(table, call->out);

	table_done(table);
	if (r)
		log_line(LOG_ERR, "out of memory");
	return r ? VERB_REFUSED : VERB_DONE;
}

int verb_write(const char *text, size_t length, bool *ret_gone)
{
	while (length > 0) {
		ssize_t n = write(STDOUT_FILENO, text, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EPIPE) {
			if (ret_gone)
				*ret_gone = true;
			return VERB_DONE;
		}
		if (n < 0) {
			log_line(LOG_ERR, "standard output: %s", strerror(errno));
			return VERB_REFUSED;
		}
		text += n;
		length -= (size_t)n;
	}
	return VERB_DONE;
}
