// SPDX-License-Identifier: Apache-2.0
/* What an event says, beneath its numbers. Prints nothing. */
#include "verbs/event.h"

#include "base/cleanup.h"
#include "sockopt-engine.h"

unsigned int event_call(const struct sockopt_event *e)
{
	return e->get ? CALL_GETSOCKOPT : CALL_SETSOCKOPT;
}

const char *event_action(const struct sockopt_event *e)
{
	static const char *const names[] = {
		[SOCKOPT_OP_ALLOW] = "allow",	[SOCKOPT_OP_DENY] = "deny",
		[SOCKOPT_OP_IGNORE] = "ignore", [SOCKOPT_OP_CLAMP] = "clamp",
		[SOCKOPT_OP_MASK] = "mask",	[SOCKOPT_OP_REPLACE] = "replace",
		[SOCKOPT_OP_ANSWER] = "answer", [SOCKOPT_OP_EMULATE] = "emulate",
	};

	/* A redirection that sets or bounds nothing ends as "allow". */
	if (event_is_redirected(e) && e->op != SOCKOPT_OP_DENY)
		return "redirect";
	return e->op < ARRAY_SIZE(names) && names[e->op] ? names[e->op] : "unknown";
}

bool event_is_redirected(const struct sockopt_event *e)
{
	return e->level != e->to_level || e->optname != e->to_optname;
}

bool event_has_before(const struct sockopt_event *e)
{
	/* Where the kernel failed, getsockopt has reported no value. */
	return e->optlen != SOCKOPT_SKIP_KERNEL && !(e->get && e->retval < 0);
}

bool event_has_after(const struct sockopt_event *e)
{
	if (!e->changes || e->op == SOCKOPT_OP_DENY || e->to_optlen == SOCKOPT_SKIP_KERNEL)
		return false;
	/* What a socket keeps is not looked up where it is not handed out. */
	return !(e->audit && e->op == SOCKOPT_OP_EMULATE);
}

struct event_value event_before(const struct sockopt_event *e, const struct owner *owner)
{
	return (struct event_value){owner_type(owner, e->rule, e->level, e->optname, event_call(e)),
				    e->before, e->before_length, e->optlen};
}

struct event_value event_after(const struct sockopt_event *e, const struct owner *owner)
{
	return (struct event_value){owner_type(owner, e->rule, e->to_level, e->to_optname,
					       event_call(e)),
				    e->after, e->after_length, e->to_optlen};
}
