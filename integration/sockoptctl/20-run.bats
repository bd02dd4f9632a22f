#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run: a command under a policy, without any container.

load ../lib/common

# ctl_run POLICY CMD…
ctl_run() {
	echo "$1" > "$T/policy.json"
	shift
	captured "$CTL" run --policy "$T/policy.json" -- "$@"
}

# The caller's cgroup lies below the test folder of the sandbox; whatever run makes must be gone again.
expect_no_new_cgroup() {
	expect_equal "$(find "$CGROUP_MOUNT$TEST_CGROUP" -type d -name 'sockopt-run-*')" "" "cgroups"
}

@test "the policy holds, and nothing is left" {
	ctl_run "$(deny_mark)" "$PROBE" socket inet stream : set socket SO_MARK int 5 : set socket SO_PRIORITY int 3
	expect_status 0
	expect_line 'set socket SO_MARK int 5: EACCES'
	expect_line 'set socket SO_PRIORITY int 3: ok'
	expect_nothing_left
	expect_no_new_cgroup
}

@test "children are under it too, the caller is not" {
	ctl_run "$(deny_mark)" sh -c '"$0" "$@"; exit 0' "$PROBE" socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EACCES'
	run "$PROBE" socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: ok'
}

@test "exit status" {
	ctl_run "$(deny_mark)" sh -c 'exit 37'
	expect_status 37
	ctl_run "$(deny_mark)" sh -c 'kill -TERM $$'
	expect_status 143
	ctl_run "$(deny_mark)" /no/such/command
	expect_status 127
	ctl_run "$(deny_mark)" /etc/passwd
	expect_status 126
	expect_nothing_left
	expect_no_new_cgroup
}

@test "standard input and output are the command's" {
	deny_mark > "$T/policy.json"
	expect_equal "$(echo through | "$CTL" run --policy "$T/policy.json" -- cat)" through "output"
}

@test "signals are passed on" {
	local pid
	deny_mark > "$T/policy.json"
	# shellcheck disable=SC2016
	background "$CTL" run --policy "$T/policy.json" -- \
		sh -c 'trap "echo got it; exit 9" TERM; echo ready; while :; do sleep 0.05; done'
	pid=$!
	wait_for grep -q ready "$T/background.out"
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	output=$(< "$T/background.out")
	expect_status 9
	expect_line "got it"
	expect_nothing_left
	expect_no_new_cgroup
}

@test "a profile" {
	deny_mark | profile no-mark
	captured "$CTL" run --profile no-mark -- "$PROBE" socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EACCES'
}

@test "a bad policy: the command does not run" {
	ctl_run "$(policy "$(rule a SO_RCVBUFF deny)")" echo "it ran"
	expect_status 1
	expect_no_text "it ran"
	expect_text "$T/policy.json"
	expect_text 'rules[0].options[0]'
	expect_nothing_left
	expect_no_new_cgroup
}

@test "list and show know a running command" {
	deny_mark > "$T/policy.json"
	background "$CTL" run --policy "$T/policy.json" --id mine -- sleep 1000
	wait_for sh -c '"$0" list | grep -q mine' "$CTL"
	run "$CTL" show --json mine
	expect_status 0
	expect_equal "$(jq -r .kind <<<"$output")" run "kind"
}

# The other form of the programs, for kernels before 5.17, is tried last, and its trouble is no news here.
@test "without CAP_PERFMON: refused, and told of the programs that this kernel should have taken" {
	deny_mark > "$T/policy.json"
	run setpriv --bounding-set=-perfmon,-sys_admin "$CTL" run --policy "$T/policy.json" -- true
	expect_status 1
	expect_text "(needs CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON): libbpf: prog 'sockopt_set':"
	expect_nothing_left
	expect_no_new_cgroup
}
