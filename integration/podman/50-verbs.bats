#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load ../lib/podman
load ../lib/suite-verbs

live() { # NAME POLICY [MODE]
	local mode=()
	[ -z "${3:-}" ] || mode=(--annotation "mode.sockopt.oci=$3")
	podman_start "$1" --annotation "$(csv policy.sockopt.oci "$2")" "${mode[@]}"
	expect_status 0
	ID=$(podman_ inspect -f "{{.Id}}" "$1")
}

live_probe() {
	local name=$1
	shift
	run podman_ exec "$name" /probe "$@"
}

live_end() {
	podman_ rm -f -t 0 "$1"
}

@test "list, show, verify, stats, metrics" { case_see; }
@test "watch follows a container that starts later" { case_watch; }
@test "audit changes nothing, and tells; update enforces" { case_audit; }
@test "update" { case_update; }
@test "detach" { case_detach; }
