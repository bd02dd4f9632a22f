/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The targets of fuzzing: each takes any bytes at all. What must not happen, beside what the
 * sanitizers see, ends the process. libFuzzer drives one target a program; test-fuzz.c replays
 * seeds and found cases without it.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void fuzz_fn(const uint8_t *data, size_t size);

fuzz_fn fuzz_state;	  /* what the runtime writes to the hook */
fuzz_fn fuzz_annotations; /* the same, and which policy its annotations ask for */
fuzz_fn fuzz_bundle;	  /* a bundle's config.json */
fuzz_fn fuzz_config;	  /* the host's configuration */
fuzz_fn fuzz_policy;	  /* a policy, down to what the programs walk */
fuzz_fn fuzz_recording;	  /* `struct observed` after `struct observed` */
fuzz_fn fuzz_merge;	  /* two recordings as policies, a NUL between them */
fuzz_fn fuzz_record;	  /* a run record */
fuzz_fn fuzz_hooks;	  /* hooks.d files and TOML of other programs */
fuzz_fn fuzz_engine;	  /* struct engine_input and a compiled policy */

/* What a call of fuzz_engine() begins with; a policy follows, zeros follow that. */
struct engine_input {
	uint32_t level, optname;
	int32_t optlen, retval, nested;
	uint8_t get, class, family, type;
	uint8_t length; /* of the value, at most sizeof(value) */
	uint8_t intact; /* odd: the policy is given the magic */
	uint16_t protocol;
	uint8_t value[32];
};

/*
 * Fill @to (at most @room bytes) with the input that is @text, a policy, compiled, and a call of one
 * of the options that it names. Returns the length; 0 where it is refused or does not fit.
 */
size_t fuzz_engine_seed(const char *text, size_t length, uint8_t *to, size_t room);

/* Ends the process with @what where @held is false. */
void fuzz_demand(bool held, const char *what);

#endif
