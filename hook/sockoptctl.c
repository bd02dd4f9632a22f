// SPDX-License-Identifier: Apache-2.0
/*
 * The operator's tool: `sockoptctl [--config FILE] VERB …`. A table of verbs; each
 * has a file in verbs/. What a verb prints is collected and written at its end, so
 * that a full disk is an exit status.
 */
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/log.h"
#include "verbs/verbs.h"

/* A row each. */
/* clang-format off */
static const struct verb *const verbs[] = {
	&verb_check,
	&verb_explain,
	&verb_options,
	&verb_run,
	&verb_record,
	&verb_merge,
	&verb_list,
	&verb_show,
	&verb_verify,
	&verb_stats,
	&verb_watch,
	&verb_metrics,
	&verb_update,
	&verb_detach,
	&verb_gc,
	&verb_host,
	&verb_doctor,
};
/* clang-format on */

static void print_help(FILE *out)
{
	fputs("usage: sockoptctl [--config FILE] VERB …\n\n"
	      "Socket option policies for containers, commands and cgroups.\n\n",
	      out);
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(out, "  %-8s  %s\n", verbs[i]->name, verbs[i]->summary);
	fputs("\n  --config FILE  the host's configuration (" CONFIG_PATH ")\n"
	      "  --help         this text; behind a verb: the verb's\n"
	      "  --version      the version\n\n"
	      "The status is 0 where it is done, 1 where it is refused, 2 where it is used "
	      "wrongly.\n",
	      out);
}

static int usage(const char *what, const char *word)
{
	log_line(LOG_ERR,
		 "%s%s; usage: sockoptctl [--config FILE] VERB …; \"sockoptctl --help\" lists the "
		 "verbs",
		 what, word);
	return VERB_USAGE;
}

static int run(struct verb_call *call, int argc, char **argv)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'v'},
		{0},
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:h", options, NULL)) != -1) {
		if (c == 'c') {
			call->config_path = optarg;
			continue;
		}
		if (c == 'h')
			print_help(call->out);
		else if (c == 'v')
			fputs("sockoptctl " VERSION "\n", call->out);
		else
			return usage(c == ':' ? "this option needs a value: " : "unknown option ",
				     argv[optind - 1]);
		return VERB_DONE;
	}
	if (optind == argc)
		return usage("no verb is given", "");
	return verb_dispatch(call, verbs, ARRAY_SIZE(verbs), "", argc - optind, argv + optind);
}

/* Where 0, 1 or 2 is closed, a file of ours would get its number, and our text. */
static void guard_standard_fds(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", O_RDONLY | O_CLOEXEC) != fd)
			_exit(VERB_REFUSED);
	}
}

int main(int argc, char **argv)
{
	struct verb_call call = {0};
	char *text = NULL;
	size_t length = 0;
	int status, written;

	guard_standard_fds();
	log_open("sockoptctl", false);
	call.out = open_memstream(&text, &length);
	if (!call.out) {
		log_line(LOG_ERR, "out of memory");
		return VERB_REFUSED;
	}
	/* A reader of our messages that has gone must not end us in the middle of an undo. */
	call.old_sigpipe = signal(SIGPIPE, SIG_IGN);
	status = run(&call, argc, argv);
	if (fclose(call.out)) {
		log_line(LOG_ERR, "out of memory");
		return VERB_REFUSED;
	}
	written = verb_write(text, length, NULL);
	free(text);
	host_config_done(&call.config);
	return status ?: written;
}
