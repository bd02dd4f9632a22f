// SPDX-License-Identifier: Apache-2.0
/* Numbers of an event by the kernel's names, or as numbers where they have none. */
#include <string.h>
#include <sys/socket.h>

#include "policy/names.h"
#include "verbs/event.h"

const char *event_option(uint32_t level, uint32_t optname, unsigned int call,
			 char text[EVENT_NAME_MAX])
{
	const struct option *option = option_by_number(level, optname, call);
	const char *name = level_name(level);

	if (option)
		return option->name;
	if (name)
		snprintf(text, EVENT_NAME_MAX, "%s/%u", name, optname);
	else
		snprintf(text, EVENT_NAME_MAX, "%u/%u", level, optname);
	return text;
}

const char *event_errno(uint32_t number, char text[EVENT_NAME_MAX])
{
	const char *name = name_of(NAMES_ERRNO, number);

	if (!name)
		snprintf(text, EVENT_NAME_MAX, "%u", number);
	return name ?: text;
}

/* Protocols of AF_NETLINK and of the others share numbers; the table has the others first. */
const char *event_protocol(const struct sockopt_event *e)
{
	size_t count;
	const struct name *all = names_all(NAMES_PROTOCOL, &count);

	for (size_t i = 0; i < count; i++) {
		bool netlink = !strncmp(all[i].name, "NETLINK_", strlen("NETLINK_"));

		if (all[i].number == e->protocol && netlink == (e->family == AF_NETLINK))
			return all[i].name;
	}
	return NULL;
}
