// SPDX-License-Identifier: Apache-2.0
/* From what was observed to grants, and what the policy made of them says of itself. */
#include "policy/recording.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "policy/grant.h"

#define FAMILY_BITS  64
#define TYPE_MAX     15
#define PROTOCOL_MAX 65535

static const char *const bounds_names[] = {
	[BOUNDS_EXACT] = "exact", [BOUNDS_RANGE] = "range", [BOUNDS_ANY] = "any"};

int bounds_by_name(const char *word, enum bounds *ret, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(bounds_names); i++) {
		if (!strcmp(bounds_names[i], word)) {
			*ret = (enum bounds)i;
			return 0;
		}
	}
	return error_set(err, EINVAL, "\"%s\" is neither \"exact\" nor \"range\" nor \"any\"",
			 word);
}

/* An option that the table lacks: a number, where its length is that of one. */
static const struct option_type *guess_type(const struct observed *o)
{
	if (o->length == 4)
		return option_type_by_name("int");
	if (o->length == 8)
		return option_type_by_name("u64");
	return o->length == 1 ? option_type_by_name("u8") : NULL;
}

static const struct option_type *type_of(const struct observed *o)
{
	const struct option *row = option_by_number(o->level, o->optname, o->call);

	if (!row)
		return guess_type(o);
	return row->type->kind == VALUE_NONE ? NULL : row->type;
}

/* Options that take the number of an open file, which says nothing of the next run. */
static bool takes_descriptor(const struct observed *o)
{
	return o->level == SOL_SOCKET &&
	       (o->optname == SO_ATTACH_BPF || o->optname == SO_ATTACH_REUSEPORT_EBPF);
}

/* What has no number in "sockets" is left open. AF_UNIX has one protocol, called 0 or 1. */
static void set_sockets(struct grant *grant, const struct observed *o)
{
	if (o->family < FAMILY_BITS)
		grant->families = UINT64_C(1) << o->family;
	if (o->type <= TYPE_MAX)
		grant->types = UINT64_C(1) << o->type;
	if (o->protocol <= PROTOCOL_MAX && o->family != AF_UNIX) {
		grant->protocols[0] = o->protocol;
		grant->n_protocols = 1;
	}
}

static int add(struct grants *g, const struct observed *o, struct error *err)
{
	struct grant grant = {
		.level = o->level,
		.optname = o->optname,
		.call = o->call,
		.type = type_of(o),
		.count = o->count,
		.lengths = grant_length_bit(o->length),
	};

	set_sockets(&grant, o);
	if (o->call == CALL_SETSOCKOPT && takes_descriptor(o))
		span_set_any(&grant.span, "any value: the number of an open file");
	else if (o->call == CALL_SETSOCKOPT)
		span_of_observed(o, grant.type, &grant.span);
	return grants_add(g, &grant, err);
}

/* @name with what no policy's name may hold replaced, and cut where it is too long. */
static void make_name(const char *name, char ret[POLICY_NAME_MAX + 1])
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t n = 0;

	if (!name || !*name)
		name = "recording";
	for (; name[n] && n < POLICY_NAME_MAX; n++)
		ret[n] = strchr(allowed, name[n]) ? name[n] : '_';
	ret[n] = '\0';
}

static bool same_option(const struct grant *a, const struct grant *b)
{
	return a->level == b->level && a->optname == b->optname && a->call == b->call;
}

/*
 * Keep as many options as a policy can name: several processors that took the last places at once
 * may have kept some more. Returns how many calls were of the others.
 */
static uint64_t cut(struct grants *g)
{
	size_t kept = 0, options = 0;
	uint64_t lost = 0;

	for (size_t i = 0; i < g->n; i++) {
		options += !i || !same_option(&g->list[i], &g->list[i - 1]);
		if (options > POLICY_KEYS_MAX)
			lost += g->list[i].count;
		else
			kept = i + 1;
	}
	g->n = kept;
	return lost;
}

static void describe(uint64_t missed, uint64_t calls, uint64_t nameless, struct grants_head *head)
{
	_cleanup_fclose_ FILE *f = fmemopen(head->description, sizeof(head->description), "w");

	if (!f)
		return;
	fprintf(f, "Recorded: %" PRIu64 " call%s.", calls, calls == 1 ? "" : "s");
	if (missed)
		fprintf(f,
			" NOT COMPLETE: %" PRIu64
			" more call%s, of more kinds than could be kept; they "
			"are denied here.",
			missed, missed == 1 ? "" : "s");
	if (nameless)
		fprintf(f,
			" LEFT OUT: %" PRIu64 " call%s with a negative level or option, which no "
			"policy can name.",
			nameless, nameless == 1 ? "" : "s");
}

int recording_policy(const struct recording *r, enum bounds bounds, char **ret_text,
		     struct error *err)
{
	_cleanup_grants_ struct grants g = {0};
	char name[POLICY_NAME_MAX + 1];
	struct grants_head head = {.name = name};
	uint64_t calls = 0, nameless = 0, lost;
	int rc = 0;

	for (size_t i = 0; i < r->n && !rc; i++) {
		const struct observed *o = &r->seen[i];

		calls += o->count;
		if (o->level > INT32_MAX || o->optname > INT32_MAX)
			nameless += o->count;
		else
			rc = add(&g, o, err);
	}
	if (rc)
		return rc;
	grants_unite(&g);
	lost = cut(&g);
	make_name(r->name, name);
	describe(r->missed + lost, calls - lost, nameless, &head);
	rc = grants_write(&g, &head, bounds, ret_text, err);
	return rc ? error_prefix(err, "recording \"%s\"", name) : 0;
}
