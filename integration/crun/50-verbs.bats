#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load ../lib/live-bundle

@test "list, show, verify, stats, metrics" { case_see; }
@test "watch follows a container that starts later" { case_watch; }
@test "audit changes nothing, and tells; update enforces" { case_audit; }
@test "update" { case_update; }
@test "detach" { case_detach; }
