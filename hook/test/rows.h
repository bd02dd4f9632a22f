/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of calls against policies, and short words for writing them. */
#ifndef TEST_ROWS_H
#define TEST_ROWS_H

#include "test/engine.h"

#define RULES(...) "{'version':1,'rules':[" __VA_ARGS__ "]}"
#define SET	   "{'calls':['setsockopt'],"
#define GET	   "{'calls':['getsockopt'],"

/* One row of a test's table: what became of the call, as outcome_text() says it. */
struct row {
	const char *name, *policy;
	struct call call; /* `value` may be left out for @hex */
	const char *hex, *expected;
};

static inline void run_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct compiled compiled = compile_text(rows[i].policy);
		struct call call = rows[i].call;
		char text[OUTCOME_MAX] = "";
		uint8_t bytes[512];
		struct outcome o;

		if (!call.value) {
			call.length = from_hex(rows[i].hex ?: "", bytes, sizeof(bytes));
			call.value = bytes;
		}
		run_call(&compiled, &call, &o);
		if (!is_str(outcome_text(&o, call.get, text), rows[i].expected, rows[i].name))
			diag("policy %s, optlen %d", rows[i].policy, call.optlen);
		compiled_done(&compiled);
	}
}

#endif
