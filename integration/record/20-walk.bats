#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The walk through record, check, audit and enforce that README shows, on a real nginx.

load ../lib/common
load ../lib/unpacked

@test "nginx: record, check, audit, enforce" {
	local audited refused='failed, ignored (1: Operation not permitted)'
	need_program nginx curl
	captured env B="$B" "$TOP/integration/lib/demo-nginx"
	expect_status 0
	expect_equal "$(grep -cx 'it works' <<<"$output")" 3 "answers of nginx: recorded, audited, enforced"
	expect_no_text "sockoptctl: "
	expect_text "nginx.json: ok:"
	audited=${output%%$'\n4. '*}
	expect_no_text '[alert]' "$audited"
	expect_text "setsockopt(SO_RCVBUF, 4194304) 127.0.0.1:8080 $refused"
	expect_text "setsockopt(TCP_FASTOPEN, 64) 127.0.0.1:8080 $refused"
	# What was recorded goes on working.
	expect_equal "$(grep -c '\[alert\]' <<<"$output")" 2 "refusals in: $output"
	expect_equal "$(grep -cE '^nginx +(audit|enforce) +default +deny +2 +2 ' <<<"$output")" 2 "counters in: $output"
	expect_nothing_left
}
