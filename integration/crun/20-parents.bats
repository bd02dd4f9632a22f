#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load ../lib/suite-parents

@test "the container's policy comes first, a host's program sees the rewritten value" { case_child_first; }
@test "a host's program has the last word" { case_parent_last; }
@test "a host's policy by sockoptctl has the last word" { case_host_attach; }
@test "a host's OVERRIDE program is not displaced: refused" { case_override; }
@test "a host's exclusive program: refused" { case_exclusive; }
@test "an OVERRIDE program above a MULTI one: refused" { case_override_above_multi; }
@test "an OVERRIDE program for getsockopt leaves a policy for setsockopt alone" { case_other_call; }
@test "without an annotation an OVERRIDE program refuses nobody" { case_no_annotation_override; }
@test "bpftool shows our link below the host's program" { case_bpftool; }
