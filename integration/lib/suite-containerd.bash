# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Bodies of the tests that all versions of containerd share: pods and their containers, through the CRI.
# The .bats file sets SUITE (of Debian) and VERSION (of containerd).

load ../lib/common
load ../lib/containerd
load ../lib/suite-containerd-node

setup_file() {
	D=$BATS_FILE_TMPDIR
	has_containerd || skip_or_fail "containerd of $SUITE is not there: run \`make deps-containerd\`"
	runtime_wrapper crun
	containerd_configure
	{
		handler crun "s,$D/runc,$D/crun,"
		handler narrow 's/, "\*\.sockopt\.oci\/\*"//'
	} >> "$D/config.toml"
	containerd_start
	containerd_images
}

teardown_file() {
	D=$BATS_FILE_TMPDIR
	has_containerd || true
	containerd_clear
}

setup() {
	common_setup
	D=$BATS_FILE_TMPDIR
	has_containerd
	KUBEPODS=$CG/kubepods
	PODS=()
}

teardown() {
	[ ${#PODS[@]} = 0 ] || all_pods 5 remove-pod
	common_teardown
}

# ---- words of the tests ----

# A policy that says which one it is: SO_MARK fails with errno $1.
marked() {
	policy "$(rule mark SO_MARK deny "\"errno\": \"$1\"")"
}

# An annotation for each pair KEY VALUE, as a JSON object.
annotate_with() {
	jq -cn '$ARGS.positional as $w | [range(0; $w | length; 2) | {key: $w[.], value: $w[. + 1]}] | from_entries' --args -- "$@"
}

# In the container with id $1, SO_MARK gives $2 (an errno, or "ok").
expect_mark() {
	run cri exec "$1" /probe socket inet stream : set socket SO_MARK int 5
	expect_line "set socket SO_MARK int 5: $2"
}

# Refused by containerd with an error that says $1.
expect_refused() {
	expect_status 1
	expect_text "rpc error"
	expect_text "$1"
}

states() { # of the containers of all pods, as the CRI tells
	cri call ListContainers | jq -r '.containers[]? | "\(.metadata.name) \(.state)"' | sort
}

attempts() { # the same with their numbers, of the pod $1
	cri call ListContainers "$(jq -cn --arg pod "$(< "$T/$1.pod.id")" '{filter: {pod_sandbox_id: $pod}}')" |
		jq -r '.containers[]? | "\(.metadata.name) \(.metadata.attempt // 0) \(.state)"' | sort
}

# ---- enforcement ----

case_enforce() {
	pod shop "$(annotate_with policy.sockopt.oci "$(deny_mark)")"
	expect_status 0
	start_in shop "$(container web)" \
		"$(container db null /bin/sh -c '/probe socket inet stream : set socket SO_MARK int 5; exec sleep 1000')"
	expect_status 0
	expect_mark "${IDS[0]}" EACCES
	wait_for grep -qF SO_MARK "$T/shop.logs/db.log"
	expect_equal "$(log_of shop db | tail -1)" "set socket SO_MARK int 5: EACCES" "the first process"
	# A link for each container, none for the sandbox.
	expect_equal "$(our_links | wc -l)" 2 "links"
	expect_equal "$(container_pins | sed 's/@.*//')" "$(printf '%s\n' "${IDS[@]}" | sort)" "pins"
	remove_pods shop
	expect_status 0
	expect_nothing_left
}

# Containers of one pod, at the same time. The scopes from the nearest on; each loses against the one before it.
case_scopes() {
	pod shop "$(annotate_with policy.sockopt.oci/container.web "$(marked EACCES)" policy.sockopt.oci/web "$(marked ENOENT)" \
		policy.sockopt.oci/db "$(marked EINVAL)" policy.sockopt.oci/pod "$(marked EBUSY)" policy.sockopt.oci "$(marked E2BIG)")"
	start_in shop "$(container web)" "$(container db)" "$(container log)"
	expect_status 0
	expect_mark "${IDS[0]}" EACCES
	expect_mark "${IDS[1]}" EINVAL
	expect_mark "${IDS[2]}" EBUSY
	expect_equal "$(our_links | wc -l)" 3 "links"
	pod other "$(annotate_with policy.sockopt.oci/container.web "$(marked EACCES)" policy.sockopt.oci "$(marked E2BIG)")"
	start_in other "$(container web)" "$(container db)"
	expect_mark "${IDS[0]}" EACCES
	expect_mark "${IDS[1]}" E2BIG
}

# Only the one container is named: the others of the pod are free.
case_scope_alone() {
	pod shop "$(annotate_with policy.sockopt.oci/web "$(marked EACCES)")"
	start_in shop "$(container web)" "$(container db)"
	expect_mark "${IDS[0]}" EACCES
	expect_mark "${IDS[1]}" ok
	expect_equal "$(our_links | wc -l)" 1 "links"
}

# A profile and an inline policy answer one question; the mode is another.
case_scopes_profile_mode() {
	marked ENOENT | profile web
	marked EBUSY | profile base
	pod shop "$(annotate_with profile.sockopt.oci/container.web web policy.sockopt.oci/web "$(marked EACCES)" \
		profile.sockopt.oci base policy.sockopt.oci/db "$(marked EINVAL)" \
		mode.sockopt.oci/container.log audit mode.sockopt.oci/pod enforce mode.sockopt.oci audit)"
	start_in shop "$(container web)" "$(container db)" "$(container log)" "$(container other)"
	expect_status 0
	expect_mark "${IDS[0]}" ENOENT
	expect_mark "${IDS[1]}" EINVAL
	expect_mark "${IDS[2]}" ok
	expect_mark "${IDS[3]}" EBUSY
	run "$CTL" list --json
	expect_equal "$(jq -r '.[] | "\(.container) \(.mode)"' <<<"$output" | sort | xargs)" \
		"db enforce log audit other enforce web enforce" "modes"
}

# The host's word for containers that ask for nothing; the handler sees them too.
case_default_profile() {
	marked EBUSY | profile base
	echo '{"defaultProfile": "base"}' > "$ETC/config.json"
	pod shop "$(annotate_with policy.sockopt.oci/web "$(marked EACCES)")"
	start_in shop "$(container web)" "$(container db)"
	expect_status 0
	expect_mark "${IDS[0]}" EACCES
	expect_mark "${IDS[1]}" EBUSY
	expect_equal "$(our_links | wc -l)" 2 "links"
}

# As a kubelet does it: one after the other, each to its end, before the others start.
case_init_containers() {
	local init
	pod shop "$(annotate_with policy.sockopt.oci/setup "$(marked EACCES)" policy.sockopt.oci "$(marked EBUSY)")"
	start_in shop "$(container setup null /probe socket inet stream : set socket SO_MARK int 5)"
	expect_status 0
	init=${IDS[0]}
	expect_equal "$(cri wait "$init")" 0 "the init container's exit status"
	expect_equal "$(log_of shop setup | tail -1)" "set socket SO_MARK int 5: EACCES" "the init container"
	expect_no_links
	expect_equal "$(container_pins)" "" "pins after the init container"
	start_in shop "$(container web)"
	expect_mark "${IDS[0]}" EBUSY
	expect_equal "$(our_links | wc -l)" 1 "links"
}

# A container that ended is followed by another of the same name; the dead one is still known.
case_restart() {
	local first
	pod shop "$(annotate_with policy.sockopt.oci/web "$(marked EACCES)")"
	start_in shop "$(container web null /bin/false)"
	first=${IDS[0]}
	expect_equal "$(cri wait "$first")" 1 "the first one's exit status"
	start_in shop "$(ATTEMPT=1 container web)"
	expect_status 0
	expect_mark "${IDS[0]}" EACCES
	expect_equal "$(attempts shop | xargs)" "web 0 CONTAINER_EXITED web 1 CONTAINER_RUNNING" "containers"
	expect_equal "$(our_links | wc -l)" 1 "links"
	cri remove "$first"
	expect_mark "${IDS[0]}" EACCES
	remove_pods shop
	expect_nothing_left
}

# Nothing to a container that runs. One that starts later is under what the pod says then, also when it joins a running pod
# (kubectl debug).
case_changed() {
	local first
	pod shop "$(annotate_with policy.sockopt.oci "$(marked EACCES)")"
	start_in shop "$(container web)"
	first=${IDS[0]}
	pod_file shop "$(annotate_with policy.sockopt.oci/pod "$(marked ENOENT)")"
	start_in shop "$(container debug)"
	expect_mark "${IDS[0]}" ENOENT
	expect_mark "$first" EACCES
	cri remove "$first"
	start_in shop "$(ATTEMPT=1 container web)"
	expect_mark "${IDS[0]}" ENOENT
	cri remove "${IDS[0]}"
	pod_file shop
	start_in shop "$(ATTEMPT=2 container web)"
	expect_status 0
	expect_mark "${IDS[0]}" ok
	expect_equal "$(our_links | wc -l)" 1 "links"
}

# Shims keep containers, links keep policies: containerd is needed for neither.
case_containerd_restarts() {
	pod shop "$(annotate_with policy.sockopt.oci "$(deny_mark)")"
	start_in shop "$(container web)"
	containerd_end KILL
	expect_equal "$(our_links | wc -l)" 1 "links without containerd"
	containerd_start
	expect_mark "${IDS[0]}" EACCES
	remove_pods shop
	expect_status 0
	expect_nothing_left
}

# ---- whose annotation ----

# The request for one container may carry annotations too, which win over the pod's; an image's labels are nothing.
case_container_annotations() {
	pod shop "$(annotate_with policy.sockopt.oci "$(marked EACCES)" mode.sockopt.oci enforce)"
	start_in shop "$(container web "$(annotate_with policy.sockopt.oci "$(marked ENOENT)")")" "$(container db)"
	expect_status 0
	expect_mark "${IDS[0]}" ENOENT
	expect_mark "${IDS[1]}" EACCES
	expect_equal "$(cri spec "${IDS[0]}" | jq -r '.annotations | keys[] | select(endswith("sockopt.oci"))' | xargs)" \
		"mode.sockopt.oci policy.sockopt.oci" "annotations that arrived"
	# A nearer scope of the pod is nearer all the same.
	pod other "$(annotate_with policy.sockopt.oci/container.web "$(marked EACCES)")"
	start_in other "$(container web "$(annotate_with policy.sockopt.oci "$(marked ENOENT)")")"
	expect_mark "${IDS[0]}" EACCES
}

# Who a container is, containerd says itself.
case_forged_name() {
	pod shop "$(annotate_with policy.sockopt.oci/db "$(marked EACCES)" policy.sockopt.oci/web "$(marked ENOENT)" \
		io.kubernetes.cri.container-name db io.kubernetes.cri.container-type sandbox)"
	start_in shop "$(container web "$(annotate_with io.kubernetes.cri.container-name db \
		io.kubernetes.cri.container-type sandbox)")"
	expect_status 0
	expect_mark "${IDS[0]}" ENOENT
}
