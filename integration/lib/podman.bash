# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# podman for the tests: its own storage, its own hooks folder with the files that a user installs, cgroups below the test's.

load ../lib/common
RUNTIME=${PODMAN_RUNTIME:-crun}

setup_file() {
	local hooks=$BATS_FILE_TMPDIR/hooks.d file
	mkdir "$hooks"
	for file in "$TOP"/integration/podman/*.json; do
		jq --arg hook "$HOOK" '.hook.path = $hook' < "$file" > "$hooks/$(basename "$file")"
	done
	# podman hands its environment on to conmon and the runtime.
	if [ "$RUNTIME" = crun ] && ! has_sys_resource; then
		printf '#!/bin/sh\nLD_PRELOAD=%s exec crun "$@"\n' "$B/rlimit-shim.so" > "$BATS_FILE_TMPDIR/crun"
	else
		printf '#!/bin/sh\nexec %s "$@"\n' "$RUNTIME" > "$BATS_FILE_TMPDIR/$RUNTIME"
	fi
	chmod +x "$BATS_FILE_TMPDIR/$RUNTIME"
	# For the infra containers of pods, which take no such options.
	printf '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]\npids_limit = 0\n' \
		> /etc/containers/containers.conf
	CG=$TEST_CGROUP/podman-setup
	tar -C "$(rootfs)" -c . | podman_ import - probe >/dev/null
}

teardown_file() {
	podman_ rm -f -a -t 0 >/dev/null 2>&1 || true
	podman_ pod rm -f -a -t 0 >/dev/null 2>&1 || true
}

teardown() {
	podman_ pod rm -f -a -t 0 >/dev/null 2>&1 || true
	podman_ rm -f -a -t 0 >/dev/null 2>&1 || true
	common_teardown
}

podman_() {
	podman --root "$BATS_FILE_TMPDIR/storage" --runroot "$BATS_FILE_TMPDIR/run" --tmpdir "$BATS_FILE_TMPDIR/tmp" \
		--storage-driver=vfs --cgroup-manager=cgroupfs --events-backend=file --runtime "$BATS_FILE_TMPDIR/$RUNTIME" \
		--hooks-dir "$BATS_FILE_TMPDIR/hooks.d" "$@" 3>&-
}

# What every container here is run with: nothing but a policy is to refuse a call. Outside of pods also no network set-up.
CREATE=(--cap-add NET_ADMIN --cap-add NET_RAW --security-opt seccomp=unconfined --security-opt apparmor=unconfined)
ALONE=(--network=none "${CREATE[@]}")

# Run in the background: NAME [podman's options…]; sets $status and $output.
podman_start() {
	local name=$1
	shift
	captured podman_ run -d --name "$name" --cgroup-parent "$CG" "${ALONE[@]}" "$@" probe sleep 1000
}

# As podman wants JSON in --annotation: a field of CSV.
csv() { # KEY VALUE
	printf '"%s=%s"' "$1" "${2//\"/\"\"}"
}

# A pod with a cgroup of its own, $CG/<pod's id>; prints nothing.
pod() {
	local folder id
	captured podman_ pod create --name "$1" --infra-image probe --infra-command "/bin/sleep 1000" --network none \
		--cgroup-parent "$CG"
	expect_status 0
	# podman 4.3 with cgroupfs gives the pod's cgroup a device program that refuses every device, so that no container
	# of the pod could start.
	folder=$CGROUP_MOUNT$(pod_cgroup "$1")
	for id in $(bpftool -j cgroup show "$folder" | jq '.[]? | select(.attach_type == "cgroup_device" or .attach_type == "device") | .id'); do
		bpftool cgroup detach "$folder" cgroup_device id "$id" || bpftool cgroup detach "$folder" device id "$id"
	done
}

pod_cgroup() {
	podman_ pod inspect "$1" | jq -r .CgroupPath
}
