#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load ../lib/suite-life

@test "teardown leaves no pin, no link, no run record" { case_teardown; }
@test "programs are loaded once and shared" { case_shared_programs; }
@test "a command that ends by itself" { case_natural_end; }
@test "a command that cannot start" { case_command_missing; }
@test "poststop skipped: the next start sweeps" { case_skipped_poststop; }
@test "the runtime killed: the next start sweeps" { case_killed_runtime; }
@test "the same id again, with another policy" { case_same_id; }
@test "the same id again, poststop skipped" { case_same_id_skipped_poststop; }
@test "create, start, kill, delete" { case_create_start_kill; }
@test "prestart and createRuntime both configured" { case_both_stages; }
@test "prestart alone" { case_prestart_alone; }
@test "a second call does not replace a policy in force" { case_live_key; }
@test "a failure after attaching undoes all of it" { case_undo; }
@test "fifty containers created at once" { case_fifty; }
