// SPDX-License-Identifier: Apache-2.0
/*
 * `sockoptctl host`: a policy on a cgroup of the host's, above containers.
 * It sees what theirs let through.
 */
#include <string.h>

#include "enforce.h"
#include "verbs/inventory.h"
#include "verbs/list.h"
#include "verbs/table.h"
#include "verbs/verbs.h"

static void tell(struct verb_call *call, const char *id, const char *what)
{
	table_print_clean(call->out, id);
	fprintf(call->out, ": %s\n", what);
}

static int name_record(struct enforcement *e, struct error *err)
{
	struct run_record *record = &e->record;

	record->kind = strdup("host");
	record->id = strdup(e->cgroup.path);
	record->bundle = strdup("");
	if (!record->kind || !record->id || !record->bundle)
		return error_set(err, ENOMEM, "out of memory");
	return record_key(record->id, record->bundle, &record->key, err);
}

static int attach(struct verb_call *call, const char *cgroup, const char *file, const char *profile,
		  struct enforcement *e, struct error *err)
{
	size_t length;
	int r = policy_text_choose(&call->config, file, profile, &e->record.policy, &length,
				   &e->record.source, err);

	if (r)
		return r;
	r = cgroup_at(cgroup, &e->cgroup, err);
	r = r ?: name_record(e, err);
	r = r ?: enforce_all(e, length, err);
	/* cgroup_at() names it already. */
	return r && e->cgroup.path ? error_prefix(err, "%s", e->cgroup.path) : r;
}

static int attach_run(struct verb_call *call, int argc, char **argv)
{
	const char *file = NULL, *profile = NULL;
	const struct verb_option options[] = {{"policy", &file, NULL}, {"profile", &profile, NULL}};
	struct enforcement e = ENFORCEMENT_NONE;
	struct error err = {0};
	int status;

	if (!verb_read_options(call, options, ARRAY_SIZE(options), &argc, &argv, &status))
		return status;
	if (argc != 1)
		return verb_usage(call, argc ? "one cgroup at a time" : "which cgroup?");
	if (!file == !profile)
		return verb_usage(call, "give one of --policy and --profile");
	status = verb_open_host(call);
	if (status)
		return status;
	e.config = &call->config;
	e.live = true;
	if (attach(call, argv[0], file, profile, &e, &err))
		status = verb_refuse(&err);
	else
		tell(call, e.record.id, e.already ? "already in force" : "in force");
	enforce_done(&e);
	return status;
}

/*
 * The id under which a policy of the cgroup @path is recorded. One that is gone is
 * found by its path as it stands.
 */
static char *id_of(const char *path)
{
	struct cgroup cgroup = CGROUP_NONE;
	char *id = NULL;

	if (!cgroup_at(path, &cgroup, NULL))
		id = strdup(cgroup.path);
	else if (asprintf(&id, "/%s", path + strspn(path, "/")) < 0)
		id = NULL;
	cgroup_done(&cgroup);
	return id;
}

/* No beginnings here: "/a" must not take the policy of "/a/b" away. */
static int find_exactly(const struct inventory *inv, const char *id, const struct entry **ret,
			struct error *err)
{
	for (size_t i = 0; i < inv->n; i++) {
		const struct entry *e = &inv->entries[i];

		if (e->has_record && !strcmp(e->record.kind, "host") && !strcmp(e->record.id, id)) {
			*ret = e;
			return 0;
		}
	}
	return error_set(
		err, ENOENT,
		"cgroup %s has no policy of \"host attach\"; \"sockoptctl host list\" shows all",
		id);
}

static int detach_run(struct verb_call *call, int argc, char **argv)
{
	_cleanup_free_ char *id = NULL;
	struct inventory inv = {0};
	const struct entry *e = NULL;
	struct error err = {0};
	int status, r;

	if (!verb_read_options(call, NULL, 0, &argc, &argv, &status))
		return status;
	if (argc != 1)
		return verb_usage(call, argc ? "one cgroup at a time" : "which cgroup?");
	status = verb_open_host(call);
	if (status)
		return status;
	id = id_of(argv[0]);
	r = id ? inventory_read(&call->config, &inv, &err)
	       : error_set(&err, ENOMEM, "out of memory");
	r = r ?: find_exactly(&inv, id, &e, &err);
	r = r ?: enforce_remove(&call->config, e->key, e->record.id, e->record.bundle, NULL, &err);
	if (r)
		status = verb_refuse(&err);
	else
		tell(call, id, "detached");
	inventory_done(&inv);
	return status;
}

static int host_list_run(struct verb_call *call, int argc, char **argv)
{
	int status;

	if (!verb_read_options(call, NULL, 0, &argc, &argv, &status))
		return status;
	if (argc)
		return verb_usage(call, "takes no \"%s\"", argv[0]);
	return verb_open_host(call) ?: list_print(call, "host");
}

static const struct verb verb_attach = {
	.name = "host attach",
	.summary = "Put a policy in force at a cgroup of the host",
	.usage = "CGROUP --policy FILE | --profile NAME",
	.help = "CGROUP is a path below the cgroup v2 hierarchy (\"kubepods.slice\"), or the\n"
		"folder itself. The root cgroup is refused. The policy holds for the cgroup and\n"
		"all below it. Policies of containers below run first: this one sees what they\n"
		"let through, and has the last word. It stays until it is detached or the\n"
		"cgroup is removed; sockets that exist already keep the cgroup that they were\n"
		"made in. FILE \"-\" is standard input.\n",
	.run = attach_run,
};

static const struct verb verb_host_detach = {
	.name = "host detach",
	.summary = "Take the policy of a host's cgroup away",
	.usage = "CGROUP",
	.help = "CGROUP is named as for \"host attach\".\n",
	.run = detach_run,
};

static const struct verb verb_host_list = {
	.name = "host list",
	.summary = "List the policies of the host's cgroups",
	.usage = "[--json]",
	.help = "The columns are those of \"sockoptctl list\".\n",
	.has_json = true,
	.run = host_list_run,
};

static const struct verb *const parts[] = {&verb_attach, &verb_host_detach, &verb_host_list};

static int host_run(struct verb_call *call, int argc, char **argv)
{
	int status;

	if (argc > 1 && argv[1][0] != '-')
		return verb_dispatch(call, parts, ARRAY_SIZE(parts), "host ", argc - 1, argv + 1);
	if (!verb_read_options(call, NULL, 0, &argc, &argv, &status))
		return status;
	return verb_usage(call, "attach, detach or list?");
}

const struct verb verb_host = {
	.name = "host",
	.summary = "Attach a policy to a cgroup of the host, detach it, list them",
	.usage = "attach|detach|list …",
	.help = "  host attach CGROUP --policy FILE | --profile NAME\n"
		"  host detach CGROUP\n"
		"  host list [--json]\n\n"
		"\"sockoptctl host attach --help\" tells more, and so do the others.\n",
	.run = host_run,
};
