#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The verbs that touch no kernel: check, options; and how every verb is called.

load ../lib/common

@test "check: good policies" {
	deny_mark > "$T/good.json"
	run "$CTL" check "$T/good.json"
	expect_status 0
	expect_text "$T/good.json: ok"
	run "$CTL" check --json "$T/good.json"
	expect_status 0
	expect_equal "$(jq -r '.[0] // . | "\(.file) \(.ok) \(.rules) \(.name)"' <<<"$output")" "$T/good.json true 1 test" "JSON"
}

@test "check: bad policies, each with its place" {
	policy "$(rule a SO_RCVBUFF deny)" > "$T/bad.json"
	deny_mark > "$T/good.json"
	run "$CTL" check "$T/good.json" "$T/bad.json"
	expect_status 1
	expect_text "$T/bad.json: "
	expect_text 'rules[0].options[0]: unknown socket option "SO_RCVBUFF" (did you mean SO_RCVBUF?)'
	run "$CTL" check "$T/missing.json"
	expect_status 1
	expect_text "$T/missing.json"
}

@test "check: every example of the project" {
	run "$CTL" check "$TOP"/schemas/examples/*.json
	expect_status 0
}

@test "options: names, groups, levels, JSON" {
	run "$CTL" options SO_MARK
	expect_status 0
	expect_text SO_MARK
	expect_text SOL_SOCKET
	run "$CTL" options @dscp
	expect_status 0
	expect_text IP_TOS
	expect_text IPV6_TCLASS
	run "$CTL" options --groups
	expect_status 0
	expect_text @buffers
	run "$CTL" options --json
	expect_status 0
	expect_equal "$(jq -r '[.. | objects | select(.name? == "SO_MARK" and .level?) | "\(.level)/\(.optname)"] | first' <<<"$output")" \
		1/36 "SO_MARK in JSON"
	run "$CTL" options SO_NONSENSE
	expect_status 1
	expect_text SO_NONSENSE
}

@test "help of every verb, and usage errors" {
	local verb
	run "$CTL" --help
	expect_status 0
	for verb in check explain options run record merge list show verify update detach gc host doctor; do
		expect_text "$verb" "$("$CTL" --help)"
		run "$CTL" "$verb" --help
		expect_status 0
		expect_text "usage: sockoptctl [--config FILE] $verb"
		run "$CTL" "$verb" --no-such-option
		expect_status 2
	done
	for verb in '' check explain show detach 'host attach' 'host detach' host 'list more' 'gc more' 'doctor more' 'run -- true' record merge; do
		# shellcheck disable=SC2086  # words are meant
		run "$CTL" $verb
		expect_status 2
		expect_text usage
	done
}

@test "a broken configuration is named" {
	echo '{"allowInlin": 1}' > "$T/config.json"
	run "$CTL" --config "$T/config.json" list
	expect_status 1
	expect_text "$T/config.json"
	expect_text allowInlin
	run "$CTL" --config "$T/missing.json" list
	expect_status 1
	expect_text "$T/missing.json"
}
