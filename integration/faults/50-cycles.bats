#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Containers come and go, and what the kernel has of ours does not grow: 100 of them here, 2,000 with FAULTS=all.

load ../lib/common

@test "after many containers everything is as it was" {
	run "$TOP/integration/faults/cycles" "$([ -z "${FAULTS:-}" ] && echo 100 || echo 2000)"
	echo "$output"
	[ -z "${FAULTS:-}" ] || sed 's/^/# /' <<<"$output" >&3
	expect_status 0
}
