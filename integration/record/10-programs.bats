#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Real programs: a recording holds what strace saw of the very same run, exactly; and under the recorded policy a second
# run is refused nothing.

load ../lib/common
load ../lib/unpacked

HERE=$TOP/integration/record
# shellcheck disable=SC2054  # the commas are for strace
TRACE=(strace -ff -qq -y -X raw -e signal=none -e trace=socket,socketpair,accept,accept4,setsockopt,getsockopt)

setup() {
	common_setup
	need_program redis-server redis-benchmark nginx haproxy memcached iperf3 unbound strace
}

# CMD in a network namespace of its own: nothing leaves the machine, and all ports are free.
alone() {
	unshare --net sh -c 'ip link set lo up && exec "$@"' sh "$@"
}

# traced FOLDER NAME CTL-WORD…: the workload NAME under sockoptctl and, inside of that, under strace. What strace saw
# is in FOLDER/calls. With LAST, that command runs at the end, not traced, while the policy is still there.
traced() {
	local name=$2
	mkdir "$T/$1"
	cd "$T/$1" || return
	shift 2
	# shellcheck disable=SC2016  # expanded by that shell
	captured alone "$CTL" "$@" -- sh -c '"$@" && eval "$0"' "${LAST:-true}" \
		"${TRACE[@]}" -o strace env B="$B" timeout 60 "$UNPACKED" "$HERE/workload" "$name"
	expect_status 0
	"$HERE/strace-set" strace >calls 2>left-out || fail "$(< left-out)"
}

# record_and_enforce NAME VALUES
record_and_enforce() {
	traced first "$1" record -o "$T/recording.json" --values "$2"
	run "$CTL" check "$T/recording.json"
	expect_status 0
	"$CTL" options --json >"$T/options.json"
	run "$HERE/compare" "$T/first/calls" "$T/recording.json" "$T/options.json"
	[ "$status" = 0 ] || fail "$output" "the recording:" "$(< "$T/recording.json")"

	# An error that no program meets otherwise tells a refusal from a failure of its own.
	jq '.defaultErrno = "EXFULL"' "$T/recording.json" >"$T/policy.json"
	LAST="'$CTL' stats --json second >stats" traced second "$1" run --id second --policy "$T/policy.json"
	expect_equal "$(diff "$T/first/calls" "$T/second/calls")" "" "calls, recorded (<) and under the policy (>)"
	expect_equal "$(jq '[.[].rules[].denials] | add' "$T/second/stats")" 0 "denials"
	expect_nothing_left
}

@test "redis-server, exact values" { record_and_enforce redis-server exact; }
@test "nginx, exact values" { record_and_enforce nginx exact; }
@test "nginx, ranges" { record_and_enforce nginx range; }
@test "haproxy, exact values" { record_and_enforce haproxy exact; }
@test "memcached, ranges" { record_and_enforce memcached range; }
@test "iperf3, any values" { record_and_enforce iperf3 any; }
@test "unbound, exact values" { record_and_enforce unbound exact; }

@test "a refusal shows in what strace saw" {
	policy "$(rule defer TCP_DEFER_ACCEPT deny '"errno": "EXFULL"')" >"$T/policy.json"
	traced refused nginx run --policy "$T/policy.json"
	grep -qx 'setsockopt 6 9 AF_INET SOCK_STREAM EXFULL' "$T/refused/calls" || fail "not in:" "$(< "$T/refused/calls")"
}

@test "the comparison itself: a call too few, a call too many, a family too many" {
	"$CTL" options --json >"$T/options.json"
	compare() { # OPTIONS FAMILIES, as JSON
		jq -n --argjson options "$1" --argjson families "$2" '{rules: [{calls: ["setsockopt"], options: $options,
			sockets: {families: $families, types: ["SOCK_STREAM"]}, action: "allow"}]}' >"$T/recording.json"
		run "$HERE/compare" "$T/calls" "$T/recording.json" "$T/options.json"
	}
	printf 'setsockopt %s AF_INET SOCK_STREAM ok\n' '1 9' '6 1' '1 20' '200 1' >"$T/calls"

	compare '["SO_KEEPALIVE", "TCP_NODELAY", "SO_RCVTIMEO", "200/1:int"]' '["AF_INET"]'
	expect_equal "$output" "" "differences"
	expect_status 0
	compare '["SO_KEEPALIVE", "SO_RCVTIMEO", "200/1:int"]' '["AF_INET"]'
	expect_status 1
	expect_equal "$output" "not recorded: setsockopt 6/1 AF_INET SOCK_STREAM" "differences"
	compare '["SO_KEEPALIVE", "TCP_NODELAY", "TCP_CORK", "SO_RCVTIMEO", "200/1:int"]' '["AF_INET"]'
	expect_equal "$output" "recorded, not seen by strace: setsockopt TCP_CORK AF_INET SOCK_STREAM" "differences"
	compare '["SO_KEEPALIVE", "TCP_NODELAY", "SO_RCVTIMEO", "200/1:int"]' '["AF_INET", "AF_INET6"]'
	expect_line "recorded, not seen by strace: setsockopt SO_KEEPALIVE AF_INET6 SOCK_STREAM"
}
