#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The demo and the sandbox leave nothing behind, also when interrupted.

load common

setup() {
	common_setup
	mkdir "$T/tmp"
	# A sandbox of their own: what it removes at its end is what is tested.
	SANDBOX=(env -u TEST_CGROUP TMPDIR="$T/tmp" B="$B")
}

expect_clean() {
	expect_equal "$(diff "$T/before" <("$TOP/integration/lib/leftovers"))" "" "left (>) or taken away (<)"
	expect_equal "$(ls -A "$T/tmp")" "" "temporary files"
}

# Process 1 lets go of an orphan a moment later than we do.
settle() {
	local i
	for ((i = 0; i < 20; i++)); do
		diff -q "$T/before" <("$TOP/integration/lib/leftovers") >/dev/null && return
		sleep 0.05
	done
}

@test "the demo shows what it promises and leaves nothing" {
	captured "$TOP/integration/lib/leftovers" -- "${SANDBOX[@]}" "$TOP/integration/lib/demo"
	expect_status 0
	expect_text 'set SO_MARK to 5                  ok              EACCES'
	expect_equal "$(ls -A "$T/tmp")" "" "temporary files"
}

@test "the demo leaves nothing when it is interrupted, at any moment" {
	local moment
	"$TOP/integration/lib/leftovers" > "$T/before"
	for moment in 0.05 0.2 0.5 0.9; do
		background "${SANDBOX[@]}" "$TOP/integration/lib/demo"
		# A pause, not a wait: wherever the demo is by then, this is the moment.
		sleep $moment
		kill -TERM $! 2>/dev/null || true
		wait $! || true
		settle
		expect_clean
	done
}

@test "a command in the sandbox that leaves processes and cgroups behind" {
	captured "$TOP/integration/lib/leftovers" -- "${SANDBOX[@]}" "$TOP/integration/lib/sandbox" sh -c '
		mkdir -p "$CGROUP_MOUNT$TEST_CGROUP/a/b" /run/oci-sockopt-hook /etc/oci-sockopt-hook /sys/fs/bpf/oci-sockopt-hook
		setsid sh -c "echo \$\$ > $CGROUP_MOUNT$TEST_CGROUP/a/b/cgroup.procs; exec sleep 1000" </dev/null >/dev/null 2>&1 3>&- &
		exit 5'
	expect_status 5
}
