# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Containers for suite-verbs.bash as runc and crun make them.

load ../lib/common
load ../lib/suite-verbs
RUNTIME=$(basename "$BATS_TEST_DIRNAME")

live() { # NAME POLICY [MODE]
	local bundle
	bundle=$(policy_bundle "$1" "$2")
	[ -z "${3:-}" ] || annotate "$bundle" mode.sockopt.oci "$3"
	start "$1" "$bundle"
	expect_status 0
	ID=$1
}

live_probe() {
	probe_in "$@"
}

live_end() {
	delete "$1"
	expect_status 0
}
