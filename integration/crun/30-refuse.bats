#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load ../lib/suite-refuse

@test "refused: JSON that breaks off" { case_broken_json; }
@test "refused: an option that nobody knows, with the nearest one" { case_unknown_option; }
@test "refused: a key that nobody knows" { case_unknown_key; }
@test "refused: another version" { case_wrong_version; }
@test "refused: a profile that is not there" { case_missing_profile; }
@test "refused: a profile outside its folder" { case_escaping_profile; }
@test "refused: a broken profile" { case_broken_profile; }
@test "refused: policy and profile in one scope" { case_both; }
@test "refused: an annotation that nobody knows" { case_unknown_annotation; }
@test "refused: a mode that nobody knows" { case_unknown_mode; }
@test "refused: an inline policy where the host forbids it" { case_inline_forbidden; }
@test "refused: everything under a broken configuration" { case_broken_config; }
@test "refused: no bpffs" { case_no_bpffs; }
@test "the refusal is in syslog" { case_syslog; }
