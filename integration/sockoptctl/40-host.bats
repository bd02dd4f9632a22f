#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# host attach, detach, list: a policy of the host on a cgroup.

load ../lib/common

setup() {
	common_setup
	mkdir "$CGROUP_MOUNT$CG/slice"
	mkdir "$CGROUP_MOUNT$CG/slice/child"
	deny_mark > "$T/host.json"
}

expect_mark() {
	run in_cgroup "$CG/slice/child" "$PROBE" socket inet stream : set socket SO_MARK int 5
	expect_line "set socket SO_MARK int 5: $1"
}

@test "attach, list, detach" {
	run "$CTL" host attach "$CG/slice" --policy "$T/host.json"
	expect_status 0
	expect_mark EACCES
	run "$CTL" host list --json
	expect_status 0
	expect_equal "$(jq -r '.[] | "\(.kind) \(.id)"' <<<"$output")" "host $CG/slice" "entries"
	run "$CTL" host list
	expect_text "$CG/slice"
	run "$CTL" host detach "$CG/slice"
	expect_status 0
	expect_mark ok
	expect_nothing_left
}

@test "a path without a leading slash, and with the mount in front" {
	run "$CTL" host attach "${CG#/}/slice" --policy "$T/host.json"
	expect_status 0
	expect_mark EACCES
	run "$CTL" host detach "$CGROUP_MOUNT$CG/slice"
	expect_status 0
	expect_nothing_left
}

@test "a profile" {
	profile base < "$T/host.json"
	run "$CTL" host attach "$CG/slice" --profile base
	expect_status 0
	expect_mark EACCES
}

@test "refused: no such cgroup, the root cgroup, a second policy, a bad one" {
	run "$CTL" host attach "$CG/nothing" --policy "$T/host.json"
	expect_status 1
	expect_text "$CG/nothing"
	run "$CTL" host attach / --policy "$T/host.json"
	expect_status 1
	expect_text "root cgroup"
	policy "$(rule a SO_RCVBUFF deny)" > "$T/bad.json"
	run "$CTL" host attach "$CG/slice" --policy "$T/bad.json"
	expect_status 1
	expect_text "$T/bad.json"
	expect_nothing_left
	run "$CTL" host attach "$CG/slice" --policy "$T/host.json"
	expect_status 0
	policy "$(rule ttl IP_TTL deny)" > "$T/second.json"
	run "$CTL" host attach "$CG/slice" --policy "$T/second.json"
	expect_status 1
	expect_mark EACCES
	run "$CTL" host detach "$CG/nothing"
	expect_status 1
}

@test "refused below an OVERRIDE program, which stays in force" {
	local id
	id=$(foreign "$CG" set override deny 1 36)
	run "$CTL" host attach "$CG/slice" --policy "$T/host.json"
	expect_status 1
	expect_text "$id"
	expect_text foreign
	expect_mark EPERM
	expect_nothing_left
}

@test "a policy on a parent and one on its child: the child's comes first" {
	policy "$(rule a SO_PRIORITY replace '"value": 3')" > "$T/child.json"
	policy "$(rule a SO_PRIORITY clamp '"max": 2')" > "$T/parent.json"
	run "$CTL" host attach "$CG/slice" --policy "$T/parent.json"
	expect_status 0
	run "$CTL" host attach "$CG/slice/child" --policy "$T/child.json"
	expect_status 0
	run in_cgroup "$CG/slice/child" "$PROBE" socket inet stream : set socket SO_PRIORITY int 6 : get socket SO_PRIORITY int
	expect_line 'get socket SO_PRIORITY int: 2 len 4'
}

@test "a container at a cgroup that has a policy of another size already is refused" {
	local keys
	keys=$(seq 0 199 | jq -cR '"300/\(.)"' | jq -cs .)
	jq -cn --argjson keys "$keys" '{version: 1, rules: [range(4) as $n | {calls: ["setsockopt"], action: "deny",
		options: [$keys[] | sub("300"; "30\($n)")]}]}' > "$T/large.json"
	run "$CTL" check "$T/large.json"
	expect_text "(medium)"
	run "$CTL" host attach "$CG/slice/child" --policy "$T/large.json"
	expect_status 0
	process_in slice/child
	hook createRuntime "$(state other $! "$(annotations "$(deny_mark)")")"
	expect_status 1
	expect_text "has a policy of ours already, under"
	hook createRuntime "$(state other $! '{"mode.sockopt.oci": "record"}')"
	expect_status 1
	expect_text "has a policy of ours already, under"
}
