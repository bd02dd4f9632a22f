// SPDX-License-Identifier: Apache-2.0
/* "sockets": families, types and protocols, each by name or, where it has none here, by number. */
#include "policy/parse.h"

#include <inttypes.h>
#include <string.h>

#define FAMILY_MAX   63	   /* they are bits of a word; the kernel has fewer */
#define TYPE_MAX     15	   /* SOCK_TYPE_MASK */
#define PROTOCOL_MAX 65535 /* sk_protocol */

struct kind {
	enum name_table names;
	const char *what;
	uint64_t max;
	int (*add)(struct parse *p, const struct json *json, const struct place *place,
		   struct socket_filter *sockets, uint32_t number);
};

static int add_family(struct parse *p, const struct json *json, const struct place *place,
		      struct socket_filter *sockets, uint32_t number)
{
	(void)p, (void)json, (void)place;
	sockets->families |= UINT64_C(1) << number;
	return 0;
}

static int add_type(struct parse *p, const struct json *json, const struct place *place,
		    struct socket_filter *sockets, uint32_t number)
{
	(void)p, (void)json, (void)place;
	sockets->types |= UINT64_C(1) << number;
	return 0;
}

static int add_protocol(struct parse *p, const struct json *json, const struct place *place,
			struct socket_filter *sockets, uint32_t number)
{
	uint64_t netlink = UINT64_C(1) << name_find(NAMES_FAMILY, "AF_NETLINK")->number;
	uint32_t *protocols;

	/* NETLINK_ROUTE is 0 like IPPROTO_IP, NETLINK_XFRM 6 like IPPROTO_TCP */
	if (json->kind == JSON_STRING && !strncmp(json->string, "NETLINK_", strlen("NETLINK_")) &&
	    sockets->families != netlink)
		return place_error(p, place,
				   "%s shares its number with other families' protocols; give "
				   "\"families\": [\"AF_NETLINK\"] too",
				   json->string);
	protocols = reallocarray(sockets->protocols, sockets->n_protocols + 1, sizeof(*protocols));
	if (!protocols)
		return no_memory(p);
	sockets->protocols = protocols;
	protocols[sockets->n_protocols++] = number;
	return 0;
}

static int read_one(struct parse *p, const struct json *json, const struct place *place,
		    const struct kind *kind, struct socket_filter *sockets)
{
	uint64_t number;
	uint32_t named;
	int rc;

	if (json->kind == JSON_STRING) {
		rc = parse_name(p, json, place, kind->names, kind->what, &named);
		number = named;
	} else if (json->kind == JSON_INT) {
		rc = parse_number(p, json, place, 0, kind->max, &number);
	} else {
		return place_error(p, place, "expected %s %s by name or number, got %s",
				   strchr("aeiou", *kind->what) ? "an" : "a", kind->what,
				   json_kind_name(json->kind));
	}
	return rc < 0 ? rc : kind->add(p, json, place, sockets, (uint32_t)number);
}

/* A name and its number beside each other are allowed, as two names of one number are. */
static int refuse_repeated(struct parse *p, const struct json *array, size_t index,
			   const struct place *place)
{
	const struct json *item = array->items[index];
	char clip[NAME_CLIP_MAX];

	for (size_t i = 0; i < index; i++) {
		if (array->items[i]->kind != item->kind)
			continue;
		if (item->kind == JSON_STRING && !strcmp(array->items[i]->string, item->string))
			return place_error(p, place, "\"%s\" is given twice",
					   name_clip(item->string, clip));
		if (item->kind == JSON_INT && array->items[i]->magnitude == item->magnitude)
			return place_error(p, place, "%" PRIu64 " is given twice", item->magnitude);
	}
	return 0;
}

static int read_array(struct parse *p, const struct json *json, const struct place *place,
		      const struct kind *kind, struct socket_filter *sockets)
{
	int rc = expect(p, json, JSON_ARRAY, place);

	if (rc == 0 && !json->n_items)
		rc = place_error(p, place, "is empty; name at least one");
	for (size_t i = 0; rc == 0 && i < json->n_items; i++) {
		const struct place *item = PLACE_INDEX(place, i);

		rc = refuse_repeated(p, json, i, item);
		if (rc == 0)
			rc = read_one(p, json->items[i], item, kind, sockets);
	}
	return rc;
}

static int read_families(struct parse *p, const struct json *json, const struct place *place,
			 void *to)
{
	static const struct kind kind = {NAMES_FAMILY, "address family", FAMILY_MAX, add_family};

	return read_array(p, json, place, &kind, to);
}

static int read_types(struct parse *p, const struct json *json, const struct place *place, void *to)
{
	static const struct kind kind = {NAMES_TYPE, "socket type", TYPE_MAX, add_type};

	return read_array(p, json, place, &kind, to);
}

static int read_protocols(struct parse *p, const struct json *json, const struct place *place,
			  void *to)
{
	static const struct kind kind = {NAMES_PROTOCOL, "protocol", PROTOCOL_MAX, add_protocol};

	return read_array(p, json, place, &kind, to);
}

int parse_sockets(struct parse *p, const struct json *json, const struct place *place,
		  struct socket_filter *ret)
{
	/* families first: what a protocol's name means depends on them */
	static const struct member members[] = {
		{"families", false, read_families},
		{"types", false, read_types},
		{"protocols", false, read_protocols},
	};

	if (json->kind == JSON_OBJECT && !json->n_items)
		return place_error(p, place,
				   "names neither families, types nor protocols; leave the key "
				   "away for any socket");
	return parse_members(p, json, place, members, ARRAY_SIZE(members), ret);
}
