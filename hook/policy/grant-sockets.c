// SPDX-License-Identifier: Apache-2.0
/* Sets of sockets, as products of families, types and protocols: compared, and joined. */
#include <string.h>
#include <sys/socket.h>

#include "policy/grant.h"

static int order(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_protocols(const struct grant *a, const struct grant *b)
{
	int o = order(a->n_protocols, b->n_protocols);

	for (size_t i = 0; i < a->n_protocols && !o; i++)
		o = order(a->protocols[i], b->protocols[i]);
	return o;
}

int grant_compare_sockets(const struct grant *a, const struct grant *b)
{
	return order(a->families, b->families) ?: order(a->types, b->types)
		       ?: compare_protocols(a, b);
}

enum protocol_space grant_protocols(uint64_t families)
{
	const uint64_t inet = UINT64_C(1) << AF_INET | UINT64_C(1) << AF_INET6;

	if (families && !(families & ~inet))
		return SPACE_INET;
	return families == UINT64_C(1) << AF_NETLINK ? SPACE_NETLINK : SPACE_OTHER;
}

static bool bits_hold(uint64_t a, uint64_t b)
{
	return !a || (b && !(b & ~a));
}

static bool protocols_hold(const struct grant *a, const struct grant *b)
{
	size_t k = 0;

	if (!a->n_protocols)
		return true;
	for (size_t i = 0; i < b->n_protocols; i++) {
		while (k < a->n_protocols && a->protocols[k] < b->protocols[i])
			k++;
		if (k == a->n_protocols || a->protocols[k] != b->protocols[i])
			return false;
	}
	return b->n_protocols > 0;
}

bool grant_holds_sockets(const struct grant *a, const struct grant *b)
{
	return bits_hold(a->families, b->families) && bits_hold(a->types, b->types) &&
	       protocols_hold(a, b);
}

bool grant_sockets_meet(const struct grant *a, const struct grant *b)
{
	bool met = !a->n_protocols || !b->n_protocols;

	for (size_t i = 0; i < a->n_protocols && !met; i++)
		for (size_t k = 0; k < b->n_protocols && !met; k++)
			met = a->protocols[i] == b->protocols[k];
	return met && (!a->families || !b->families || a->families & b->families) &&
	       (!a->types || !b->types || a->types & b->types);
}

static bool unite_protocols(struct grant *to, const struct grant *from)
{
	struct grant all = *to;
	size_t a = 0, b = 0, n = 0;

	if (!to->n_protocols || !from->n_protocols) {
		to->n_protocols = 0;
		return true;
	}
	while (a < to->n_protocols || b < from->n_protocols) {
		bool left = b == from->n_protocols ||
			    (a < to->n_protocols && to->protocols[a] <= from->protocols[b]);
		uint32_t next = left ? to->protocols[a++] : from->protocols[b++];

		if (n && all.protocols[n - 1] == next)
			continue;
		if (n == GRANT_PROTOCOLS)
			return false;
		all.protocols[n++] = next;
	}
	memcpy(to->protocols, all.protocols, sizeof(all.protocols));
	to->n_protocols = n;
	return true;
}

static uint64_t unite_bits(uint64_t a, uint64_t b)
{
	return a && b ? a | b : 0;
}

bool grant_join_sockets(struct grant *to, const struct grant *from)
{
	bool families = to->families == from->families, types = to->types == from->types;
	bool protocols = !compare_protocols(to, from);

	if (types && protocols) {
		if (to->n_protocols &&
		    grant_protocols(to->families) != grant_protocols(from->families))
			return false;
		to->families = unite_bits(to->families, from->families);
		return true;
	}
	if (families && types)
		return unite_protocols(to, from);
	if (families && protocols)
		to->types = unite_bits(to->types, from->types);
	return families && protocols;
}
