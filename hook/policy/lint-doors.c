// SPDX-License-Identifier: Apache-2.0
/*
 * Options that reach the same thing as a restricted one. A group names what belongs together; only
 * those of its options are doors here that really do the same, so that a rule for one timer or for
 * one kind of multicast call is no alarm.
 */
#include <string.h>

#include "base/cleanup.h"
#include "policy/lint-private.h"

#define LEVEL_IPV6     41
#define FAMILY_INET6   10
#define DOOR_NAMES_MAX 512

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

/* clang-format off */
static const struct door doors[] = {
	{"@buffers", false, NAMES("SO_RCVBUF"), NAMES("SO_RCVBUFFORCE"),
	 "the same size, past the host's own limit"},
	{"@buffers", false, NAMES("SO_SNDBUF"), NAMES("SO_SNDBUFFORCE"),
	 "the same size, past the host's own limit"},
	{"@dscp", false, NAMES("IP_TOS", "IPV6_TCLASS"), NULL,
	 "the same for the other IP version"},
	/* ip_sock_set_tos() sets the priority that belongs to the byte. */
	{"@dscp", true, NAMES("SO_PRIORITY"), NAMES("IP_TOS"), "a priority comes with the byte that it sets"},
	{"@ttl", false, NAMES("IP_TTL", "IPV6_UNICAST_HOPS"), NULL,
	 "the same for the other IP version"},
	{"@ttl", false, NAMES("IP_MULTICAST_TTL", "IPV6_MULTICAST_HOPS"), NULL,
	 "the same for the other IP version"},
	{"@device", false, NAMES("SO_BINDTODEVICE", "SO_BINDTOIFINDEX"), NULL,
	 "another way to tie a socket to an interface"},
	{"@device", true, NAMES("SO_BINDTODEVICE", "SO_BINDTOIFINDEX"),
	 NAMES("IP_UNICAST_IF", "IPV6_UNICAST_IF"), "another way to choose the interface of what is sent"},
	{"@device", false, NAMES("IP_UNICAST_IF", "IPV6_UNICAST_IF"), NULL,
	 "the same for the other IP version"},
	{"@transparent", false, NAMES("IP_TRANSPARENT", "IPV6_TRANSPARENT"), NULL,
	 "the same flag of the socket"},
	{"@transparent", false, NAMES("IP_FREEBIND", "IPV6_FREEBIND"), NULL,
	 "the same flag of the socket"},
	{"@raw-headers", false, NAMES("IP_HDRINCL", "IPV6_HDRINCL"), NULL,
	 "the same for the other IP version"},
	{"@pmtu", false, NAMES("IP_MTU_DISCOVER", "IPV6_MTU_DISCOVER"), NULL,
	 "the same for the other IP version"},
	{"@multicast", true, NAMES("IP_ADD_MEMBERSHIP"),
	 NAMES("MCAST_JOIN_GROUP", "IP_ADD_SOURCE_MEMBERSHIP", "MCAST_JOIN_SOURCE_GROUP"),
	 "another way to join a group"},
	{"@multicast", true, NAMES("IPV6_ADD_MEMBERSHIP"),
	 NAMES("MCAST_JOIN_GROUP", "MCAST_JOIN_SOURCE_GROUP"), "another way to join a group"},
	{"@multicast", true, NAMES("MCAST_JOIN_GROUP"),
	 NAMES("IP_ADD_MEMBERSHIP", "IPV6_ADD_MEMBERSHIP", "IP_ADD_SOURCE_MEMBERSHIP",
	       "MCAST_JOIN_SOURCE_GROUP"), "another way to join a group"},
	{"@filters", true, NAMES("SO_ATTACH_FILTER"), NAMES("SO_ATTACH_BPF"),
	 "a program in another form"},
	{"@filters", true, NAMES("SO_ATTACH_REUSEPORT_CBPF"), NAMES("SO_ATTACH_REUSEPORT_EBPF"),
	 "a program in another form"},
	{"@tcp-signatures", false, NAMES("TCP_MD5SIG", "TCP_MD5SIG_EXT"), NULL,
	 "the same keys"},
	{"@ipsec", true, NAMES("IP_IPSEC_POLICY", "IP_XFRM_POLICY", "IPV6_IPSEC_POLICY",
			       "IPV6_XFRM_POLICY"), NULL, "another way to set a policy of the socket"},
};
/* clang-format on */

const struct door *lint_doors_all(size_t *count)
{
	*count = ARRAY_SIZE(doors);
	return doors;
}

/* On a socket of another family the option does not exist. */
static bool is_settable(const struct policy_rule *rule, uint32_t level)
{
	uint64_t families = rule->sockets.families;

	return level != LEVEL_IPV6 || !families || families >> FAMILY_INET6 & 1;
}

/* Whether setsockopt of @name stays open to those whom @rule restricts. */
static bool is_open(const struct policy *policy, const struct policy_rule *rule, const char *name)
{
	const struct option *row = NULL;

	while ((row = option_by_name(name, row))) {
		const struct policy_key key = {.kind = PATTERN_OPTION,
					       .call = CALL_SETSOCKOPT,
					       .level = row->level,
					       .optname = row->optname};

		if (row->calls & CALL_SETSOCKOPT && is_settable(rule, row->level) &&
		    !lint_is_closed(policy, rule, &key))
			return true;
	}
	return false;
}

/* Not an option that came with a whole level, since it answers at another one too. */
static bool is_named(const struct policy_rule *rule, const struct policy_key *key)
{
	if (key->kind != PATTERN_OPTION)
		return false;
	for (size_t k = 0; k < rule->n_keys; k++) {
		if (rule->keys[k].entry == key->entry && rule->keys[k].kind == PATTERN_LEVEL)
			return false;
	}
	return true;
}

static bool names_option(const struct policy_rule *rule, const char *name)
{
	const struct option *row = NULL;

	while ((row = option_by_name(name, row))) {
		for (size_t k = 0; k < rule->n_keys; k++) {
			const struct policy_key *key = &rule->keys[k];

			if (key->call == CALL_SETSOCKOPT && key->level == row->level &&
			    key->optname == row->optname && is_named(rule, key))
				return true;
		}
	}
	return false;
}

/* Another name into @list, with "and" between two. */
static void join(char list[DOOR_NAMES_MAX], size_t *n, const char *name)
{
	size_t used = strlen(list);

	snprintf(list + used, DOOR_NAMES_MAX - used, "%s%s", (*n)++ ? " and " : "", name);
}

static bool takes_away(const struct policy_rule *rule)
{
	return !rule->has_where && (rule->action == ACTION_DENY || rule->action == ACTION_IGNORE);
}

static void check_door(struct lint_run *run, size_t index, const struct door *door)
{
	const struct policy_rule *rule = &run->policy->rules[index];
	char from[DOOR_NAMES_MAX] = "", to[DOOR_NAMES_MAX] = "";
	size_t n_from = 0, n_to = 0;

	if (door->whole && !takes_away(rule))
		return;
	for (const char *const *name = door->from; *name; name++) {
		if (names_option(rule, *name))
			join(from, &n_from, *name);
	}
	if (!n_from)
		return;
	for (const char *const *name = door->to ?: door->from; *name; name++) {
		if (is_open(run->policy, rule, *name))
			join(to, &n_to, *name);
	}
	if (n_to)
		lint_add(run, "sideways-door", index, door->group,
			 "%s %s restricted, %s %s not: %s; %s names all of them", from,
			 n_from > 1 ? "are" : "is", to, n_to > 1 ? "are" : "is", door->how,
			 door->group);
}

void lint_doors(struct lint_run *run)
{
	for (size_t i = 0; i < run->policy->n_rules; i++) {
		for (size_t d = 0; d < ARRAY_SIZE(doors) && lint_restricts(&run->policy->rules[i]);
		     d++)
			check_door(run, i, &doors[d]);
	}
}

/* One of the numbers of an option that has several. */
static void check_pair(struct lint_run *run, size_t index, const struct policy_key *key)
{
	const struct policy_rule *rule = &run->policy->rules[index];
	const struct option *known = option_by_number(key->level, key->optname, key->call);
	const struct option *row = NULL;

	while (known && (row = option_by_name(known->name, row))) {
		struct policy_key other = *key;

		other.level = row->level;
		other.optname = row->optname;
		if ((row->level == key->level && row->optname == key->optname) ||
		    !(row->calls & key->call) || !is_settable(rule, row->level) ||
		    lint_is_closed(run->policy, rule, &other))
			continue;
		lint_add(
			run, "half-of-a-pair", index, known->name,
			"%s of %u/%u is restricted, of %u/%u not, and it is the same option; the name "
			"%s stands for both",
			call_name(key->call), key->level, key->optname, row->level, row->optname,
			known->name);
	}
}

void lint_pairs(struct lint_run *run)
{
	for (size_t i = 0; i < run->policy->n_rules; i++) {
		const struct policy_rule *rule = &run->policy->rules[i];

		for (size_t k = 0; k < rule->n_keys && lint_restricts(rule); k++) {
			if (is_named(rule, &rule->keys[k]))
				check_pair(run, i, &rule->keys[k]);
		}
	}
}
