// SPDX-License-Identifier: Apache-2.0
/*
 * Events as text and as JSON: values by type, names, what is cut, what would move a terminal, whose
 * an event is. The verbs are no part of the library, so their files are included.
 */
#include "verbs/colour.c"
#include "verbs/event-json.c"
#include "verbs/event-names.c"
#include "verbs/event-text.c"
#include "verbs/event-value.c"
#include "verbs/event.c"
#include "verbs/owners.c"

#include <stdlib.h>

#include "tap.h"

static const struct value_case {
	const char *option; /* NULL: not known */
	const char *bytes;
	size_t length;
	int32_t whole;
	const char *text, *json;
} value_cases[] = {
	{"TCP_LINGER2", "\xff\xff\xff\xff", 4, 4, "-1", "\"value\":-1"},
	{"SO_RCVBUF", "\1\1", 2, 2, "0x0101", NULL},
	{"SO_MARK", "\xff\xff\xff\xff", 4, 4, "4294967295", "\"value\":4294967295"},
	{"IP_TOS", "\xb8", 1, 1, "184", "\"value\":184"},
	{"IP_TOS", "", 0, 0, "empty", NULL},
	{"SO_MAX_PACING_RATE", "\0\0\0\0\1\0\0\0", 8, 8, "4294967296", "\"value\":4294967296"},
	{"TCP_CONGESTION", "cubic\0xx", 8, 8, "\"cubic\"", "\"value\":\"cubic\""},
	{"TCP_CONGESTION", "bbr", 3, 3, "\"bbr\"", "\"value\":\"bbr\""},
	{"TCP_CONGESTION", "abcdefghijklmnop", 16, 40, "\"abcdefghijklmnop\"\u2026", NULL},
	{"TCP_CONGESTION",
	 "a\xe2\x80\xae\xe2\x80\xa8"
	 "b",
	 8, 8, "\"a\\xe2\\x80\\xae\\xe2\\x80\\xa8b\"", "\"value\":\"a"},
	{"TCP_CONGESTION", "a\" -> \"\\x", 9, 9, "\"a\\x22 -> \\x22\\x5cx\"", "\"value\":\"a"},
	{"TCP_CONGESTION", "a\x1b[2J\xff\xc2\x9b", 8, 8, "\"a\\x1b[2J\\xff\\xc2\\x9b\"",
	 "\"value\":\"a\\u001B[2J"},
	{"SO_LINGER", "\1\0\0\0\5\0\0\0", 8, 8, "{l_onoff=1 l_linger=5}",
	 "\"value\":{\"l_onoff\":1,\"l_linger\":5}"},
	{"SO_LINGER", "\1\0\0\0", 4, 4, "0x01000000", NULL},
	{"IPV6_ADD_MEMBERSHIP", "0123456789abcdef", 16, 20, "{\u2026}", "\"value\":{}"},
	{"SO_RCVBUF", "", 0, 2, "?", NULL},
	{NULL, "\1\2\3", 3, 3, "0x010203", NULL},
	{NULL, "0123456789abcdef", 16, 17, "0x30313233343536373839616263646566\u2026", NULL},
};

static char *value_text(const struct event_value *v)
{
	char *text = NULL;
	size_t length;
	FILE *f = open_memstream(&text, &length);

	event_value_text(f, v);
	fclose(f);
	return text;
}

static void test_values(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(value_cases); i++) {
		const struct value_case *c = &value_cases[i];
		const struct option *option = c->option ? option_by_name(c->option, NULL) : NULL;
		struct event_value v = {option ? option->type : NULL, (const uint8_t *)c->bytes,
					c->length, c->whole};
		_cleanup_json_writer_ struct json_writer *w = json_writer_new(false);
		_cleanup_free_ char *text = value_text(&v);
		const char *json;

		is_str(text, c->text, c->option ?: "unknown option");
		json_open_object(w, NULL);
		event_value_json(w, "before", &v);
		json_close_object(w);
		json = json_writer_text(w, NULL);
		if (!ok(json && (c->json ? strstr(json, c->json) != NULL
					 : !strstr(json, "\"value\"")),
			"%s: JSON", c->option ?: "unknown option"))
			diag("got %s", json);
	}
}

/* ---- lines ---- */

static struct sockopt_event event(void)
{
	struct sockopt_event e = {.level = SOL_SOCKET,
				  .optname = SO_RCVBUF,
				  .to_level = SOL_SOCKET,
				  .to_optname = SO_RCVBUF,
				  .optlen = 4,
				  .to_optlen = 4,
				  .pid = 7,
				  .tid = 8,
				  .family = AF_NETLINK,
				  .type = SOCK_RAW,
				  .op = SOCKOPT_OP_CLAMP,
				  .changes = 1,
				  .before_length = 4,
				  .after_length = 4};

	memcpy(e.before, "\x90\x5f\1", 4);
	memcpy(e.after, "\x60\xea", 3);
	return e;
}

/* The second line, behind the headings and the time. */
static char *line(const struct sockopt_event *e, const struct owner *owner, bool colour)
{
	const struct timespec when = {0};
	char *text = NULL, *second;
	struct event_text t;
	size_t length;
	FILE *f = open_memstream(&text, &length);

	event_text_open(&t, f, colour, NULL);
	event_text_print(&t, e, owner, &when);
	event_text_done(&t);
	fclose(f);
	second = strdup(strchr(text, '\n') + 1 + strlen("Jan 01 00:00:00.000  "));
	free(text);
	second[strcspn(second, "\n")] = '\0';
	return second;
}

static void is_line(const struct sockopt_event *e, const struct owner *owner, bool colour,
		    const char *expected, const char *name)
{
	_cleanup_free_ char *text = line(e, owner, colour);

	is_str(text, expected, name);
}

static void test_lines(void)
{
	struct owner web = {.id = "web\x1b"};
	struct sockopt_event e = event();

	is_line(&e, &web, false,
		"web\\x1b       rules[0]  set SO_RCVBUF       90000 -> 60000        clamp               pid 7/8 uid 0",
		"an owner without a record; its id moves no terminal");
	is_line(&e, &web, true,
		"web\\x1b       rules[0]  set SO_RCVBUF       90000 -> 60000        \033[33mclamp\033[0m        "
		"       pid 7/8 uid 0",
		"colour, and the padding outside of it");
	e.op = SOCKOPT_OP_DENY;
	e.error = EACCES;
	e.rule = SOCKOPT_NO_RULE;
	e.audit = 1;
	e.pid = 0;
	web = (struct owner){
		.has_record = true,
		.record = {.id = "x", .namespace = "shop", .pod = "p", .container = "c"}};
	is_line(&e, &web, false,
		"shop/p/c      default   set SO_RCVBUF       90000                 deny EACCES (audit)  uid 0",
		"a pod's container, the default action, audit, no pid");
	e = event();
	e.get = 1;
	e.level = e.to_level = 200;
	e.optname = e.to_optname = 1;
	e.retval = -EOPNOTSUPP;
	e.op = SOCKOPT_OP_ANSWER;
	is_line(&e, &web, false,
		"shop/p/c      rules[0]  get 200/1           (EOPNOTSUPP) -> 0x60ea0000  answer              pid 7/8 "
		"uid 0",
		"the kernel had failed");
	e = event();
	e.optname = SO_RCVBUFFORCE;
	e.op = SOCKOPT_OP_ALLOW;
	memcpy(e.after, e.before, 4);
	is_line(&e, &web, false,
		"shop/p/c      rules[0]  set SO_RCVBUFFORCE -> SO_RCVBUF  90000                 redirect     "
		"       pid 7/8 uid 0",
		"a redirection that changes no value");
	is_str(event_protocol(&e), "NETLINK_ROUTE", "protocol 0 of AF_NETLINK");
	e.family = AF_INET;
	is_str(event_protocol(&e), "IPPROTO_IP", "protocol 0 of AF_INET");
}

/* ---- owners ---- */

static void test_owners(void)
{
	struct owner one = {.number = 1,
			    .has_record = true,
			    .record = {.id = "web", .key = "web@1"}};
	struct owner two = {.number = 2, .id = "web-2"}, host = {.number = 3, .id = "/a/b"};
	struct owner *all[] = {&one, &two, &host};
	struct owners owners = {.all = all, .n = 3};
	char *web[] = {"web"}, *we[] = {"we"}, *key[] = {"web@1"}, *path[] = {"a/b"}, *no[] = {""};

	is_int(owner_is_wanted(&owners, &one, NULL, 0), true, "no words: all");
	is_int(owner_is_wanted(&owners, &one, web, 1), true, "its id");
	is_int(owner_is_wanted(&owners, &two, web, 1), false,
	       "begins with it, but one is called so");
	is_int(owner_is_wanted(&owners, &two, we, 1), true, "begins with it");
	is_int(owner_is_wanted(&owners, &one, key, 1), true, "its key");
	is_int(owner_is_wanted(&owners, &host, path, 1), true, "a path without its first slash");
	is_int(owner_is_wanted(&owners, &host, no, 1), false, "the empty word means nothing");
}

static void test_types(void)
{
	static const char policy[] =
		"{\"version\":1,\"rules\":[{\"id\":\"own\",\"calls\":[\"setsockopt\"],\"options\":"
		"[\"200/1:u8\"],\"action\":\"emulate\"}]}";
	struct owner owner = {0};
	char text[OWNER_RULE_MAX];
	const struct option_type *type;

	policy_parse(policy, strlen(policy), &owner.policy, NULL);
	type = owner_type(&owner, 0, 200, 1, CALL_SETSOCKOPT);
	is_str(type ? type->name : NULL, "u8", "a type that only the policy knows");
	ok(!owner_type(&owner, 0, 200, 1, CALL_GETSOCKOPT), "not for the other call");
	ok(!owner_type(&owner, 7, 200, 1, CALL_SETSOCKOPT), "not by a rule that is not there");
	is_str(owner_rule(&owner, 0, text), "own", "a rule's id");
	is_str(owner_rule(&owner, 7, text), "rules[7]", "a rule that the policy has not");
	is_str(owner_rule(&owner, SOCKOPT_NO_RULE, text), "default", "the default action");
	policy_free(owner.policy);
}

int main(void)
{
	setenv("TZ", "UTC", 1);
	test_values();
	test_lines();
	test_owners();
	test_types();
	return tap_done();
}
