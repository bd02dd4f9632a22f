#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load ../lib/suite-enforce

@test "without the hook every call of these tests succeeds" { case_no_hook; }
@test "the hook without an annotation changes nothing" { case_no_annotation; }
@test "every action, for the container's first process" { case_inside; }
@test "every action, for exec" { case_exec; }
@test "a profile of the host" { case_profile; }
@test "--config names another configuration" { case_config_option; }
@test "other containers and the host are free" { case_others_free; }
@test "defaultAction deny" { case_default_deny; }
@test "an accepted socket inherits an emulated option" { case_emulate_accept; }
@test "only the links that the policy needs" { case_needed_links; }
