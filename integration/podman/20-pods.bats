#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load ../lib/podman

@test "one member of a pod under a policy, the other free" {
	pod web
	deny_mark | profile no-mark
	captured podman_ run -d --pod web --name bound "${CREATE[@]}" --annotation profile.sockopt.oci=no-mark probe sleep 1000
	expect_status 0
	captured podman_ run -d --pod web --name free "${CREATE[@]}" probe sleep 1000
	expect_status 0
	run podman_ exec bound /probe socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EACCES'
	run podman_ exec free /probe socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: ok'
	podman_ pod rm -f -t 0 web
	expect_nothing_left
}

@test "members under different policies" {
	pod web
	captured podman_ run -d --pod web --name one "${CREATE[@]}" \
		--annotation "$(csv policy.sockopt.oci "$(deny_mark)")" probe sleep 1000
	expect_status 0
	captured podman_ run -d --pod web --name two "${CREATE[@]}" \
		--annotation "$(csv policy.sockopt.oci/pod "$(policy "$(rule ttl IP_TTL deny)")")" probe sleep 1000
	expect_status 0
	run podman_ exec one /probe socket inet stream : set socket SO_MARK int 5 : set ip IP_TTL int 9
	expect_line 'set socket SO_MARK int 5: EACCES'
	expect_line 'set ip IP_TTL int 9: ok'
	run podman_ exec two /probe socket inet stream : set socket SO_MARK int 5 : set ip IP_TTL int 9
	expect_line 'set socket SO_MARK int 5: ok'
	expect_line 'set ip IP_TTL int 9: EPERM'
}

# The pod's cgroup is a parent: a host's policy on it holds for every member and for nobody else.
@test "a host's policy on the pod's cgroup" {
	local path
	pod web
	captured podman_ run -d --pod web --name member "${CREATE[@]}" probe sleep 1000
	expect_status 0
	captured podman_ run -d --name other --cgroup-parent "$CG" "${ALONE[@]}" probe sleep 1000
	expect_status 0
	path=$(pod_cgroup web)
	deny_mark > "$T/host.json"
	run "$CTL" host attach "$path" --policy "$T/host.json"
	expect_status 0
	run podman_ exec member /probe socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EACCES'
	run podman_ exec other /probe socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: ok'
	run "$CTL" host detach "$path"
	expect_status 0
	expect_nothing_left
}
