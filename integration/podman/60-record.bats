#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Recordings of podman's containers, whose poststop podman runs itself.

load ../lib/podman
load ../lib/record

one_recording() {
	[ "$(find "$RECORDINGS" -name '*.json' 2>/dev/null | wc -l)" = 1 ]
}

@test "a container's recording, and the same container under it" {
	recordings_go
	captured podman_ run --rm --cgroup-parent "$CG" "${ALONE[@]}" --annotation mode.sockopt.oci=record \
		probe /probe "${STEPS[@]}"
	expect_status 0
	expect_line "set socket SO_PRIORITY int 3: ok"
	wait_for one_recording
	expect_recording "$RECORDINGS"/*.json "${STEPS_RECORDED[@]}"
	expect_nothing_left
	profile learned < "$(echo "$RECORDINGS"/*.json)"
	captured podman_ run --rm --cgroup-parent "$CG" "${ALONE[@]}" --annotation profile.sockopt.oci=learned \
		probe /probe "${STEPS[@]}" : set socket SO_MARK int 5
	expect_line "set socket SO_PRIORITY int 3: ok"
	expect_line "set tcp TCP_NODELAY int 1: ok"
	expect_line "set tcp TCP_CONGESTION string cubic: ok"
	expect_line "get socket SO_TYPE int: 1 len 4"
	expect_line "set socket SO_MARK int 5: EPERM"
}

@test "the recording is called by the container's id" {
	local id
	recordings_go
	podman_start c1 --annotation mode.sockopt.oci=record
	expect_status 0
	id=$(podman_ inspect c1 | jq -r '.[0].Id')
	run podman_ exec c1 /probe "${STEPS[@]}"
	expect_status 0
	podman_ rm -f -t 0 c1
	wait_for one_recording
	expect_recording "$RECORDINGS/$id.json" "${STEPS_RECORDED[@]}"
	expect_nothing_left
}

@test "a restarted container begins another recording, and the first is kept" {
	recordings_go
	podman_start c1 --annotation mode.sockopt.oci=record
	expect_status 0
	run podman_ exec c1 /probe "${STEPS[@]}"
	captured podman_ restart -t 0 c1
	expect_status 0
	wait_for one_recording
	podman_ rm -f -t 0 c1
	expect_nothing_left
	expect_recording "$RECORDINGS"/*.json.old "${STEPS_RECORDED[@]}"
	expect_recording "$RECORDINGS"/*.json ""
}

@test "mode record where the host does not allow it" {
	recordings_go '"allowedModes": ["enforce"]'
	podman_start c1 --annotation mode.sockopt.oci=record
	expect_failure
	expect_message 'mode "record" is not allowed'
	expect_nothing_left
}
