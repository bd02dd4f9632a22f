#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What others do at the same moment: a second configuration on the same bpffs, an end that comes late, a program that the
# host attaches between our look and our attach. Nobody loses by it what was in force.

load ../lib/common
load ../lib/stopped

OTHER=/run/other-hook

setup() {
	common_setup
	rm -rf "${PINS:?}" $RUN_DIR $OTHER # of what ran before
	process_in x
	PID=$!
	STATE=$(state x "$PID" "$(annotations "$(deny_mark)")")
	mkdir "$T/x" && echo '{}' > "$T/x/config.json"
	echo "{\"runDir\": \"$OTHER\"}" > "$T/other.json"
}

teardown() {
	common_teardown
	rm -rf $OTHER
}

deny_mark_otherwise() {
	policy "$(rule mark SO_MARK deny '"errno": "EXDEV"')"
}

mark_is() { # EXPECTED [NAME]
	run in_cgroup "$CG/${2:-x}" "$PROBE" socket inet stream : set socket SO_MARK int 5
	expect_line "set socket SO_MARK int 5: $1"
}

# ---- two configurations with one bpffs ----

# STAGE STATE
other_hook() {
	run env -i "$HOOK" --config "$T/other.json" "$1" 3>&- <<<"$2"
}

start_other() {
	other_hook createRuntime "$(state y "$PID" "$(annotations "$(deny_mark_otherwise)")")"
	OTHERS=$status
}

# The one that came second once wrote its policy into the storage of the first, was refused afterwards, and left it there.
@test "two at one cgroup at the same moment: one is refused, and the other's policy is in force" {
	local at
	at=$(nth_call bpf BPF_LINK_CREATE)
	hook poststop "$(state x 0)"
	expect_nothing_left
	mkdir "$T/y" && echo '{}' > "$T/y/config.json"
	while_stopped bpf $((at - 1)) start_other
	echo "the first: $status $output"
	case $status:$OTHERS in
	0:0) fail "both are in force" ;;
	0:*) mark_is EACCES ;;
	*:0) mark_is EXDEV ;;
	*) mark_is ok ;;
	esac
}

@test "the same id again: what is in force for it stays" {
	hook createRuntime "$STATE"
	expect_status 0
	other_hook createRuntime "$(state x "$PID" "$(annotations "$(deny_mark_otherwise)")")"
	expect_failure
	expect_text "$OTHER"
	expect_text "$RUN_DIR"
	mark_is EACCES
	run "$CTL" verify x
	expect_status 0
}

@test "recordings: gc forgets none of another's" {
	hook createRuntime "$(jq -c '.annotations = {"mode.sockopt.oci": "record"}' <<<"$STATE")"
	expect_status 0
	mark_is ok
	run "$CTL" --config "$T/other.json" gc
	kill -KILL "$PID"
	wait_for rmdir "$CGROUP_MOUNT$CG/x"
	run "$CTL" --config "$T/other.json" gc
	hook poststop "$STATE"
	expect_status 0
	grep -q SO_MARK /var/lib/oci-sockopt-hook/recordings/x.json || fail "the recording is lost"
	rm -r /var/lib/oci-sockopt-hook
	expect_nothing_left
}

# ---- the end of an earlier container of the same id ----

# It is told from the end of this one by its run record. $1: what becomes of that.
late_poststop() {
	hook createRuntime "$STATE"
	expect_status 0
	"$@"
	hook poststop "$(jq -c '.status = "stopped" | .pid = 0' <<<"$STATE")"
	echo "poststop: $status $output"
	expect_text "its policy stays"
	mark_is EACCES
	kill -KILL "$PID"
	wait_for rmdir "$CGROUP_MOUNT$CG/x"
	hook poststop "$(jq -c '.status = "stopped" | .pid = 0' <<<"$STATE")"
	expect_status 0
	expect_nothing_left
}

damage_record() {
	echo '{' > "$(ls $RUN_DIR/x@*.json)"
}

remove_record() {
	rm "$(ls $RUN_DIR/x@*.json)"
}

@test "a poststop while processes are in the cgroup, the run record damaged: the policy stays" { late_poststop damage_record; }
@test "a poststop while processes are in the cgroup, the run record gone: the policy stays" { late_poststop remove_record; }

# ---- a program of the host that comes between our look and our attach ----

override_comes() {
	foreign "$CG" set override deny 1 12 > "$T/foreign"
}

@test "the host attaches with ALLOW_OVERRIDE after our look: refused, and its program decides" {
	local at
	at=$(nth_call bpf BPF_LINK_CREATE)
	hook poststop "$(state x 0)"
	expect_nothing_left
	while_stopped bpf $((at - 1)) override_comes
	expect_failure
	expect_text "BPF_F_ALLOW_OVERRIDE"
	expect_nothing_left
	run in_cgroup "$CG/x" "$PROBE" socket inet stream : set socket SO_PRIORITY int 3
	expect_line 'set socket SO_PRIORITY int 3: EPERM'
	"$HOSTPROG" detach "$CGROUP_MOUNT$CG" set "$(< "$T/foreign")"
}
