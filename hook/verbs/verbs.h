/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the verbs of sockoptctl share: how a verb is described, its options, its exit status, its
 * output. Private to sockoptctl.c and the files beside this one.
 */
#ifndef VERBS_VERBS_H
#define VERBS_VERBS_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "oci/config.h"
#include "policy/json.h"

struct policy;
struct table;

enum verb_status {
	VERB_DONE,
	VERB_REFUSED,
	VERB_USAGE
};

struct verb_call {
	const struct verb *verb;
	const char *config_path;   /* NULL: the default place, which may be missing */
	struct host_config config; /* after verb_open_host() */
	bool json;
	sighandler_t old_sigpipe; /* as a command that we start is to find it */
	/*
	 * Collects what goes to standard output at the end, whole or with an error. A verb that
	 * prints as it goes uses verb_write().
	 */
	FILE *out;
};

struct verb {
	const char *name;    /* "run", or "host attach" */
	const char *summary; /* one line */
	const char *usage;   /* what follows the name */
	const char *help;    /* paragraphs, ended by a newline; --help and --json are told by all */
	bool has_json;
	bool stops; /* options end at the first operand: what follows is a command's */
	/* @argv[0] is the verb. Returns an exit status. */
	int (*run)(struct verb_call *call, int argc, char **argv);
};

/* In the order in which the help lists them. */
extern const struct verb verb_check;
extern const struct verb verb_explain;
extern const struct verb verb_options;
extern const struct verb verb_run;
extern const struct verb verb_record;
extern const struct verb verb_merge;
extern const struct verb verb_list;
extern const struct verb verb_show;
extern const struct verb verb_verify;
extern const struct verb verb_stats;
extern const struct verb verb_watch;
extern const struct verb verb_metrics;
extern const struct verb verb_update;
extern const struct verb verb_detach;
extern const struct verb verb_gc;
extern const struct verb verb_host;
extern const struct verb verb_doctor;

/* One option of a verb: with a value, or a flag. A name of one letter is taken as "-x" too. */
struct verb_option {
	const char *name;
	const char **value;
	bool *flag;
};

/*
 * Read the options of @call's verb, --help and --json among them. On true *@argc and *@argv are the
 * operands; on false the verb returns *@ret_status: help was printed, or an option is wrong and
 * that has been said.
 */
bool verb_read_options(struct verb_call *call, const struct verb_option *options, size_t n,
		       int *argc, char ***argv, int *ret_status);

/* Find @name in a table of @n verbs, dispatch, or say what is wrong. @prefix: "" or "host ". */
int verb_dispatch(struct verb_call *call, const struct verb *const *verbs, size_t n,
		  const char *prefix, int argc, char **argv);

/* Say how the verb is used. Returns VERB_USAGE. */
int verb_usage(const struct verb_call *call, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Say what went wrong. Returns VERB_REFUSED. */
int verb_refuse(const struct error *err);

/*
 * For verbs that touch the host: root is needed; the host's configuration. Returns
 * 0, or a status after saying why.
 */
int verb_open_host(struct verb_call *call);

/*
 * Write @text to standard output now. Returns VERB_DONE, or VERB_REFUSED after saying why. A reader
 * that has gone has seen all it wanted: that is done, too, and *@ret_gone (or NULL) is set.
 */
int verb_write(const char *text, size_t length, bool *ret_gone);

/* The text of @w to the output. Returns VERB_DONE, or VERB_REFUSED where memory ran out. */
int verb_print_json(struct verb_call *call, struct json_writer *w);
/* The same with @table, which is released: table_done(). */
int verb_print_table(struct verb_call *call, struct table *table);

/* ---- policy-text.c ---- */

/*
 * Read the policy in @path ("-": standard input), checked. Errors begin with the path. The caller
 * frees *@ret: policy_free().
 */
int policy_text_parse(const char *path, struct policy **ret, struct error *err);

/*
 * The policy of --policy or --profile, of which exactly one is not NULL, checked: errors begin with
 * its file. *@ret_source is as in run records: "file F" or "profile P (F)". The caller frees both.
 */
int policy_text_choose(const struct host_config *config, const char *file, const char *profile,
		       char **ret, size_t *ret_length, char **ret_source, struct error *err);

/*
 * Make @path hold @text and a newline behind it, whole or not at all. It may be new or a regular
 * file, which is replaced. NULL or "-": to the output. Errors begin with the path.
 */
int policy_text_deliver(struct verb_call *call, const char *path, const char *text,
			struct error *err);

/* The policy's own name in its JSON @text, or NULL. The caller frees it. */
char *policy_text_name(const char *text);
/*
 * Print the JSON @text over several lines; as it is where it is no JSON. Bytes
 * that move a terminal are replaced.
 */
void policy_text_print(FILE *out, const char *text);
/* Add the JSON @text to @w as a value; as a string where it is no JSON; null for NULL. */
void policy_text_add(struct json_writer *w, const char *key, const char *text);

#endif
