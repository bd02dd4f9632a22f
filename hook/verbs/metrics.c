// SPDX-License-Identifier: Apache-2.0
/* `sockoptctl metrics`: the counters as Prometheus text, to standard output or to a file. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>

#include "base/file.h"
#include "base/log.h"
#include "verbs/exposition.h"

#define SERIES_CEILING 10000000

struct request {
	const char *textfile, *max_series;
	size_t most;
};

static bool read_number(const char *text, size_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(text, &end, 10);
	return *text && strspn(text, "0123456789") == strlen(text) && !errno &&
	       *ret <= SERIES_CEILING;
}

/* Where another than a file of ours may stand, a rename would take its place: "/dev/stdout". */
static int check_target(int folder, const char *name, struct error *err)
{
	struct stat st;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : error_errno(err, errno, "stat");
	return S_ISREG(st.st_mode)
		       ? 0
		       : error_set(err, EINVAL, "is there and is no regular file: give another");
}

static int write_textfile(const char *path, const char *text, size_t length, struct error *err)
{
	_cleanup_free_ char *folder = strdup(path);
	char *slash = folder ? strrchr(folder, '/') : NULL;
	const char *name = slash ? path + (slash - folder) + 1 : path;
	_cleanup_close_ int fd = -1;
	int r;

	if (!folder)
		return error_set(err, ENOMEM, "out of memory");
	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return error_set(err, EINVAL, "--textfile \"%s\": names no file", path);
	if (slash)
		slash[slash == folder] = '\0';
	fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, errno, "--textfile \"%s\": folder \"%s\"", path,
				   slash ? folder : ".");
	r = check_target(fd, name, err);
	r = r ?: file_write_mode_at(fd, name, text, length, 0644, err);
	return r ? error_prefix(err, "--textfile \"%s\"", path) : 0;
}

static void tell_trouble(const struct readings *readings)
{
	for (size_t i = 0; i < readings->n; i++) {
		const struct reading *reading = &readings->items[i];

		if (reading->trouble && !reading->expected)
			log_line(LOG_WARNING, "%s: %s", entry_id(reading->entry), reading->trouble);
	}
}

/* Into memory first: what is written is whole. */
static int expose(const struct request *request, const struct exposition *exposition, FILE *out,
		  struct error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t length = 0;
	FILE *f;

	if (!request->textfile) {
		exposition_print(exposition, out);
		return 0;
	}
	f = open_memstream(&text, &length);
	if (!f)
		return error_set(err, ENOMEM, "out of memory");
	exposition_print(exposition, f);
	if (fclose(f))
		return error_set(err, ENOMEM, "out of memory");
	return write_textfile(request->textfile, text, length, err);
}

static int metrics_run(struct verb_call *call, int argc, char **argv)
{
	struct request request = {.most = EXPOSITION_SERIES};
	const struct verb_option options[] = {{"textfile", &request.textfile, NULL},
					      {"max-series", &request.max_series, NULL}};
	struct exposition exposition = {0};
	struct readings readings = {0};
	struct inventory inv = {0};
	struct error err = {0};
	bool unknown;
	int status, r;

	if (!verb_read_options(call, options, ARRAY_SIZE(options), &argc, &argv, &status))
		return status;
	if (argc)
		return verb_usage(call, "takes no \"%s\"", argv[0]);
	if (request.max_series && !read_number(request.max_series, &request.most))
		return verb_usage(call, "--max-series takes a number from 0 to %d", SERIES_CEILING);
	status = verb_open_host(call);
	if (status)
		return status;
	r = inventory_read(&call->config, &inv, &err);
	r = r ?: readings_take(&call->config, &inv, NULL, 0, &readings, &unknown, &err);
	r = r ?: exposition_plan(&inv, &readings, request.most, &exposition, &err);
	r = r ?: expose(&request, &exposition, call->out, &err);
	status = r ? verb_refuse(&err) : VERB_DONE;
	if (!r)
		tell_trouble(&readings);
	exposition_done(&exposition);
	readings_done(&readings);
	inventory_done(&inv);
	return status;
}

const struct verb verb_metrics = {
	.name = "metrics",
	.summary = "Print the counters as Prometheus text, or write them to a file",
	.usage = "[--textfile PATH] [--max-series N]",
	.help = "  --textfile PATH  write to this file instead, whole or not at all, for the\n"
		"                   textfile collector of node_exporter; its name ends in\n"
		"                   \".prom\" there. The folder must exist.\n"
		"  --max-series N   how many series there may be (10000). Beyond it the rules of\n"
		"                   the largest policies are summed under rule=\"*\", and\n"
		"                   oci_sockopt_policies_summed tells of how many.\n\n"
		"Counters begin at 0 when a policy is put in force or updated: rate() and\n"
		"increase() expect that. Policies whose counters cannot be read are told on\n"
		"standard error and counted in oci_sockopt_policies_unreadable; the status is 0.\n"
		"\"sockoptctl stats --json\" prints the same numbers as JSON.\n",
	.run = metrics_run,
};
