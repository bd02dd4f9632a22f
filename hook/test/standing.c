// SPDX-License-Identifier: Apache-2.0
/* Policies in force for the root programs: see standing.h. */
#include "test/standing.h"

#include <string.h>

#include "base/cleanup.h"

static char *json_of(const char *text)
{
	char *json = strdup(text);

	for (char *p = json; p && *p; p++) {
		if (*p == '\'')
			*p = '"';
	}
	return json;
}

void standing_open(struct standing *s, const char *id)
{
	struct error err = {0};

	*s = (struct standing){.id = id};
	if (host_config_parse("{}", strlen("{}"), &s->config, &err))
		bail_out("%s", err.text);
	site_make(&s->site, NULL);
	site_enter(&s->site);
}

void standing_close(struct standing *s)
{
	site_close(&s->site);
	host_config_done(&s->config);
}

static void begin(const struct standing *s, const char *policy, struct enforcement *e)
{
	*e = (struct enforcement)ENFORCEMENT_NONE;
	e->config = &s->config;
	if (record_key(s->id, "", &e->record.key, NULL))
		bail_out("no memory");
	e->record.policy = policy ? json_of(policy) : NULL;
	e->record.source = policy ? strdup("test") : NULL;
}

int standing_attach(const struct standing *s, const char *policy, bool guard, struct enforcement *e,
		    struct error *err)
{
	begin(s, policy, e);
	e->record.kind = strdup("run");
	e->record.id = strdup(s->id);
	e->record.bundle = strdup("");
	e->guard = guard;
	if (cgroup_at(s->site.cgroup.path, &e->cgroup, err))
		bail_out("%s", err->text);
	return enforce_all(e, strlen(e->record.policy), err);
}

int standing_update(const struct standing *s, const char *policy, const enum policy_mode *mode,
		    struct error *err)
{
	struct enforcement e;
	int r;

	begin(s, policy, &e);
	r = enforce_update(&e, mode, err);
	enforce_done(&e);
	return r;
}

void standing_detach(const struct standing *s)
{
	_cleanup_free_ char *key = NULL;
	struct error err = {0};

	if (record_key(s->id, "", &key, &err) ||
	    enforce_remove(&s->config, key, s->id, "", NULL, &err))
		bail_out("%s", err.text);
}
