// SPDX-License-Identifier: Apache-2.0
/* Sites that are recorded, for the tests of recording. */
#include "test/tape.h"

struct pins tape_pins;
int tape_map = -1;

void must_be(int r, const struct error *err)
{
	if (r)
		bail_out("%s", err->text);
}

void tape_open(struct site *site)
{
	struct error err = {0};

	site_make(site, NULL);
	site_enter(site);
	must_be(programs_open(&tape_pins, &programs_recording, &site->programs, &err), &err);
	if (tape_map < 0)
		must_be(recordings_open(&tape_pins, NULL, &tape_map, &err), &err);
	must_be(attachment_link(&site->attachment, &site->cgroup, &site->programs,
				CALL_SETSOCKOPT | CALL_GETSOCKOPT, &err),
		&err);
	must_be(recordings_begin(tape_map, site->cgroup.id, &err), &err);
	must_be(attachment_write_recorder(&site->cgroup, &site->programs, &err), &err);
}

void tape_close(struct site *site)
{
	struct error err = {0};

	must_be(recordings_drop(tape_map, site->cgroup.id, &err), &err);
	site_close(site);
}

struct recorded_all tape_read(const struct site *site)
{
	struct recorded_all all = {0};
	struct error err = {0};

	must_be(recordings_read(tape_map, site->cgroup.id, &all, &err), &err);
	return all;
}

struct recorded_calls tape_find(const struct recorded_all *all, unsigned int call, int level,
				int optname)
{
	struct recorded_calls found = {0};
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct sockopt_recorded_key *key = &all->calls[i].key;

		if (key->call != call || key->level != (uint32_t)level ||
		    key->optname != (uint32_t)optname)
			continue;
		found = all->calls[i];
		n++;
	}
	if (n != 1)
		is_int((long long)n, 1, "entries of one kind");
	return found;
}
