#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

SUITE=sid
VERSION=2
load ../lib/suite-containerd

@test "this is the containerd that the file speaks of" { case_version; }
@test "the base specification adds the hooks and changes nothing else" { case_base_spec; }
@test "the generator refuses what containerd would refuse later" { case_generator; }
@test "the generator writes a whole file or none" { case_generator_file; }
@test "a base specification that is not there: no pod of any handler" { case_no_base_spec; }
@test "the handler as shipped, in containerd's own words" { case_shipped; }
@test "an imported file with the handler joins the other handlers" { case_imported; }
@test "a pod's policy holds for all containers, first process and exec; the sandbox has none" { case_enforce; }
@test "scopes: the nearest wins, containers of one pod under different policies at once" { case_scopes; }
@test "scopes: a policy for one container leaves the others free" { case_scope_alone; }
@test "scopes of profile and mode" { case_scopes_profile_mode; }
@test "the host's default profile, for containers that no annotation speaks of" { case_default_profile; }
@test "init containers, one after the other" { case_init_containers; }
@test "a container starts again in the same pod" { case_restart; }
@test "annotations that change while the pod runs" { case_changed; }
@test "containerd starts again: policies stay in force" { case_containerd_restarts; }
@test "a container's own annotation wins over the pod's; an image's labels do not count" { case_container_annotations; }
@test "annotations that name another container, or a sandbox, do not reach the hook" { case_forged_name; }
@test "mistake: the handler is not selected, no policy" { case_other_handler; }
@test "mistake: a handler that does not exist, no pod" { case_unknown_handler; }
@test "mistake: patterns that do not match, no policy, and doctor says so" { case_narrow_patterns; }
@test "refused: the error says why, the pod's other containers go on" { case_refused; }
@test "refused: annotations that do not parse" { case_refused_forms; }
@test "refused, and mended annotations at the next try" { case_mended; }
@test "refused: no bpffs, and started again when it is there" { case_no_bpffs; }
@test "a policy on the kubepods cgroup has the last word" { case_parents; }
@test "list, show, stats and metrics name namespace, pod and container" { case_verbs; }
@test "twenty pods" { case_many; }
@test "crun: scopes and teardown" { case_crun; }
@test "crun: refused, and syslog says why" { case_crun_refused; }
