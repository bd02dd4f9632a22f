#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# No way around a rule: every length, every family, a second thread, io_uring, programs of nested cgroups.

load ../lib/common

# under POLICY STEPS…: run the probe
under() {
	echo "$1" > "$T/policy.json"
	shift
	run "$CTL" run --policy "$T/policy.json" -- "$PROBE" "$@"
	expect_status 0
}

LENGTHS=(0 1 3 4 5 4096 4097 20000)

@test "deny holds for every length" {
	local n steps=(socket inet stream)
	for n in "${LENGTHS[@]}"; do
		steps+=(: set socket SO_MARK int 5 len "$n")
	done
	under "$(deny_mark)" "${steps[@]}" : get socket SO_MARK int
	expect_equal "$(grep -c 'EACCES$' <<<"$output")" ${#LENGTHS[@]} "denials in: $output"
	expect_line 'get socket SO_MARK int: 0 len 4'
}

@test "replace, clamp and where hold for every length" {
	local n text
	text=$(policy "$(rule priority SO_PRIORITY replace '"value": 3')" "$(rule ttl IP_TTL clamp '"max": 10')" \
		"$(rule mark SO_MARK deny '"where": {"value": {"min": 4}}')")
	for n in "${LENGTHS[@]}"; do
		under "$text" socket inet stream : set socket SO_PRIORITY int 6 len "$n" : get socket SO_PRIORITY int \
			: set ip IP_TTL int 200 len "$n" : get ip IP_TTL int : set socket SO_MARK int 5 len "$n" : get socket SO_MARK int
		expect_no_text 'get socket SO_PRIORITY int: 6'
		expect_no_text 'get ip IP_TTL int: 200'
		expect_line 'get socket SO_MARK int: 0 len 4'
		[ "$n" -lt 4 ] || expect_line 'get socket SO_PRIORITY int: 3 len 4'
		[ "$n" -lt 1 ] || expect_line 'get ip IP_TTL int: 10 len 4'
	done
}

@test "a second thread that rewrites the value" {
	local n
	for n in 4 4097 20000; do
		under "$(policy "$(rule mark SO_MARK deny '"where": {"value": {"oneOf": [2]}}')")" \
			socket inet stream : race socket SO_MARK 1 2 50000 len "$n"
		expect_line "race socket SO_MARK 1 2 50000 len $n: 0 of 50000"
	done
	# Without a policy the forbidden value does get through, so that the 0 above means something.
	run "$PROBE" socket inet stream : race socket SO_MARK 1 2 50000 len 20000
	expect_no_text ": 0 of 50000"
}

@test "io_uring" {
	run "$PROBE" socket inet stream : uring-set socket SO_MARK int 5
	[ "${lines[1]}" = 'uring-set socket SO_MARK int 5: ok' ] || skip_or_fail "no socket options through io_uring: $output"
	under "$(policy "$(rule mark SO_MARK deny '"errno": "EACCES"')" "$(rule priority SO_PRIORITY replace '"value": 3')" \
		'{"id": "type", "calls": ["getsockopt"], "options": ["SO_TYPE"], "action": "replace", "value": 42}')" \
		socket inet stream : uring-set socket SO_MARK int 5 : uring-set socket SO_PRIORITY int 6 \
		: uring-get socket SO_PRIORITY int : uring-get socket SO_TYPE int
	expect_line 'uring-set socket SO_MARK int 5: EACCES'
	expect_line 'uring-get socket SO_PRIORITY int: 3 len 4'
	expect_line 'uring-get socket SO_TYPE int: 42 len 4'
}

@test "sockets of every family" {
	local sock
	for sock in 'unix stream' 'unix dgram' 'netlink raw 0' 'packet raw 0' 'inet raw 1' 'inet dgram' 'inet6 stream' 'inet stream 262'; do
		# shellcheck disable=SC2086  # words are meant
		under "$(deny_mark)" socket $sock : set socket SO_MARK int 5
		expect_line "socket $sock: ok"
		expect_line 'set socket SO_MARK int 5: EACCES'
	done
}

@test "IP options on IPv6 sockets" {
	under "$(policy "$(rule dscp @dscp deny '"errno": "EACCES"')")" socket inet6 stream \
		: set ip IP_TOS int 32 : set ip IP_TOS u8 32 : set ipv6 IPV6_TCLASS int 32
	expect_line 'set ip IP_TOS int 32: EACCES'
	expect_line 'set ip IP_TOS u8 32: EACCES'
	expect_line 'set ipv6 IPV6_TCLASS int 32: EACCES'
}

@test "strings: with NUL, without, a prefix, a longer one" {
	local text
	text=$(policy "$(rule cc TCP_CONGESTION deny '"errno": "EACCES", "where": {"value": {"not": {"oneOf": ["cubic"]}}}')")
	under "$text" socket inet stream : set tcp TCP_CONGESTION string cubic : set tcp TCP_CONGESTION string cubic len 6 \
		: set tcp TCP_CONGESTION string cubic len 16 : set tcp TCP_CONGESTION string cub \
		: set tcp TCP_CONGESTION string cubicle : set tcp TCP_CONGESTION string reno
	expect_line 'set tcp TCP_CONGESTION string cubic: ok'
	expect_line 'set tcp TCP_CONGESTION string cubic len 6: ok'
	expect_line 'set tcp TCP_CONGESTION string cubic len 16: ok'
	expect_line 'set tcp TCP_CONGESTION string cub: EACCES'
	expect_line 'set tcp TCP_CONGESTION string cubicle: EACCES'
	expect_line 'set tcp TCP_CONGESTION string reno: EACCES'
}

@test "getsockopt buffers of 0 to 3 bytes" {
	local n
	for n in 0 1 2 3; do
		under "$(policy '{"id": "type", "calls": ["getsockopt"], "options": ["SO_TYPE"], "action": "replace", "value": 42}')" \
			socket inet stream : get socket SO_TYPE int len "$n"
		expect_no_text 'get socket SO_TYPE int len '"$n"': 1 '
	done
	expect_line 'get socket SO_TYPE int len 3: 42 len 3'
}

@test "a nested cgroup's program that says ignore, or another option" {
	deny_mark > "$T/policy.json"
	mkdir "$CGROUP_MOUNT$CG/x"
	run "$CTL" host attach "$CG" --policy "$T/policy.json"
	expect_status 0
	# Below us: SO_PRIORITY becomes SO_MARK, SO_RCVBUF is ignored, and so is SO_MARK itself.
	foreign "$CG/x" set multi rename 1 12 1 36
	foreign "$CG/x" set multi optlen 1 8 -1
	foreign "$CG/x" set multi optlen 1 36 -1
	run in_cgroup "$CG/x" "$PROBE" socket inet stream : set socket SO_PRIORITY int 5 : get socket SO_MARK int \
		: set socket SO_RCVBUF int 4096 : set socket SO_MARK int 5 : get socket SO_MARK int
	expect_line 'set socket SO_PRIORITY int 5: EACCES'
	expect_line 'set socket SO_RCVBUF int 4096: ok'
	expect_line 'set socket SO_MARK int 5: EACCES'
	expect_line 'get socket SO_MARK int: 0 len 4'
}
