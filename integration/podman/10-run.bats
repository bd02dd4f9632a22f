#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load ../lib/podman

@test "without our annotations podman's containers are free" {
	podman_start c1 --annotation some.other=thing
	expect_status 0
	run podman_ exec c1 /probe socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: ok'
	[ ! -e "$PINS" ] || fail "made without need: $(find "$PINS")"
}

@test "an inline policy, quoted as a CSV field" {
	captured podman_ run --rm --cgroup-parent "$CG" "${ALONE[@]}" --annotation "$(csv policy.sockopt.oci "$(deny_mark)")" \
		probe /probe socket inet stream : set socket SO_MARK int 5
	expect_status 0
	expect_line 'set socket SO_MARK int 5: EACCES'
	expect_nothing_left
}

@test "a profile, for exec too, and the teardown" {
	deny_mark | profile no-mark
	podman_start c1 --annotation profile.sockopt.oci=no-mark
	expect_status 0
	run podman_ exec c1 /probe socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EACCES'
	podman_ rm -f -t 0 c1
	expect_nothing_left
}

@test "a restarted container is under its policy again" {
	deny_mark | profile no-mark
	podman_start c1 --annotation profile.sockopt.oci=no-mark
	expect_status 0
	captured podman_ restart -t 0 c1
	expect_status 0
	run podman_ exec c1 /probe socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EACCES'
	expect_equal "$(our_links | awk '$2 != 0' | wc -l)" 1 "links of living cgroups"
}

@test "a bad policy: the container does not start" {
	captured podman_ run --rm --cgroup-parent "$CG" "${ALONE[@]}" \
		--annotation "$(csv policy.sockopt.oci "$(policy "$(rule a SO_RCVBUFF deny)")")" probe echo "it ran"
	expect_failure
	expect_no_text "it ran"
	expect_message 'rules[0].options[0]'
	expect_nothing_left
}

@test "a missing profile: the container does not start" {
	podman_start c1 --annotation profile.sockopt.oci=no-such-profile
	expect_failure
	expect_message no-such-profile
	expect_nothing_left
}

@test "a key scoped to a named container is ours too" {
	# podman tells no container name of a pod: such a key cannot be decided, and is refused rather than overlooked.
	podman_start c1 --annotation "$(csv policy.sockopt.oci/web "$(deny_mark)")"
	expect_failure
	expect_message policy.sockopt.oci/web
	expect_nothing_left
}

@test "a key of ours that is mistyped is refused, not overlooked" {
	podman_start c1 --annotation polcy.sockopt.oci=web
	expect_failure
	expect_message polcy.sockopt.oci
	expect_nothing_left
}
