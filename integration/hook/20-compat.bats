#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# onCompat: what the hook does where the container's seccomp profile lets 32-bit calls through. What the companion does
# with them is for hook/test/root-compat.c and, on kernels that have it, integration/kernels.

load ../lib/common

# A process in a cgroup, and the state of a container whose profile lists the given architectures.
container() { # ARCHITECTURE…
	local list
	process_in x
	mkdir -p "$T/x"
	list=$(printf '%s\n' "$@" | jq -R . | jq -cs .)
	echo "{\"linux\": {\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": $list}}}" > "$T/x/config.json"
	STATE=$(state x $! "$(annotations "$(deny_mark)")")
}

configured() { # onCompat
	echo "{\"onCompat\": \"$1\"}" > "$ETC/config.json"
}

expect_native_denial() {
	run in_cgroup "$CG/x" "$PROBE" socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EACCES'
}

needs_door() {
	run in_cgroup "$CG" "$PROBE" socket inet stream : int80-set socket SO_MARK int 5
	[ "${lines[1]:-}" = 'int80-set socket SO_MARK int 5: ok' ] || skip_or_fail "no 32-bit calls here: $output"
}

companion_pins() {
	find "$PINS/containers" -name 'compat-*'
}

@test "the native architecture alone: no word, no companion, whatever is configured" {
	local way
	container SCMP_ARCH_X86_64
	for way in guard warn refuse ignore; do
		configured $way
		hook createRuntime "$STATE"
		expect_status 0
		expect_equal "$output" "" "output"
		expect_equal "$(companion_pins)" "" "pins of a companion"
		hook poststop "$STATE"
	done
	expect_nothing_left
}

@test "refuse: the container is refused, with the remedy" {
	needs_door
	container SCMP_ARCH_X86_64 SCMP_ARCH_X86
	configured refuse
	hook createRuntime "$STATE"
	expect_failure
	expect_text "linux.seccomp.architectures"
	expect_nothing_left
}

@test "warn and ignore: native calls alone are under the policy" {
	needs_door
	container SCMP_ARCH_X86_64 SCMP_ARCH_X32 SCMP_ARCH_X86
	for way in warn ignore; do
		configured $way
		hook createRuntime "$STATE"
		expect_status 0
		[ $way = ignore ] || expect_text "32-bit system calls, which this policy does not see"
		[ $way = warn ] || expect_equal "$output" "" "output"
		expect_native_denial
		run in_cgroup "$CG/x" "$PROBE" socket inet stream : int80-set socket SO_MARK int 5
		expect_line 'int80-set socket SO_MARK int 5: ok'
		expect_equal "$(companion_pins)" "" "pins of a companion"
		hook poststop "$STATE"
	done
}

@test "guard: a companion, or the reason why there is none" {
	needs_door
	container SCMP_ARCH_X86_64 SCMP_ARCH_X86
	hook createRuntime "$STATE"
	expect_status 0
	expect_native_denial
	if [ -n "$output" ] && [ -z "$(companion_pins)" ]; then
		hook poststop "$STATE"
		# Found once, and remembered.
		hook createRuntime "$STATE"
		expect_status 0
		expect_text "does not see: this kernel"
		run "$CTL" verify x
		expect_status 0
		expect_text "lets 32-bit calls through, which no policy sees"
	else
		run in_cgroup "$CG/x" "$PROBE" socket inet stream : int80-set socket SO_MARK int 5
		expect_line 'int80-set socket SO_MARK int 5: EACCES'
		run "$CTL" verify x
		expect_status 0
		expect_text "the companion holds 32-bit calls"
	fi
	hook poststop "$STATE"
	expect_nothing_left
	run "$CTL" gc
	expect_equal "$(ls "$PINS")" "containers" "what gc leaves"
}
