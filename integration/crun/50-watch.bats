#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load ../lib/suite-watch

@test "events of containers that start later" { case_later_containers; }
@test "a container by its id, and as its pod calls it" { case_named_container; }
