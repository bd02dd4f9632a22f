#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load ../lib/suite-record

@test "a container's recording, and the same container under it" { case_record_then_enforce; }
@test "what exec does is recorded, and can be told while the container runs" { case_record_exec; }
@test "poststop skipped: the next start writes the recording" { case_record_sweep; }
@test "poststop skipped: gc writes the recording" { case_record_gc; }
@test "the record folder cannot be written: nothing is lost" { case_record_unwritable; }
@test "mode record where the host does not allow it" { case_record_forbidden; }
@test "a second recording of the same id" { case_record_twice; }
