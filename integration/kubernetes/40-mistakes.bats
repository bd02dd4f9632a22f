#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The lines of doctor that README.md shows are what doctor says of these nodes.

load ../lib/common
README=$TOP/integration/kubernetes/README.md

teardown() {
	mountpoint -q /sys/fs/bpf || mount -t bpf -o mode=700 bpf /sys/fs/bpf
	common_teardown
}

# A node with the hook where the DaemonSet puts it, and a handler: [LINES of its table].
node() {
	NODE=$T/node
	mkdir -p "$NODE/usr/bin" "$NODE/etc/containerd" "$NODE/opt/oci-sockopt-hook/bin"
	install -m 755 /dev/null "$NODE/usr/bin/containerd"
	cp "$HOOK" "$NODE/opt/oci-sockopt-hook/bin/"
	jq '(.hooks[][] | .path) = "/opt/oci-sockopt-hook/bin/oci-sockopt-hook"' "$TOP/integration/runc/hooks.json" \
		> "$NODE/etc/containerd/sockopt-base-spec.json"
	printf '%s\n' 'version = 3' '[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.sockopt]' "$@" \
		> "$NODE/etc/containerd/config.toml"
}

SPEC='base_runtime_spec = "/etc/containerd/sockopt-base-spec.json"'

# Each line of doctor about $1, as on the node itself; README shows the first of them.
expect_in_readme() { # CHECK STATE
	local line
	line=$("$CTL" doctor --root "$NODE" | sed "s,$NODE,,g" | grep -m1 -E "^$2 +$1 ")
	[ -n "$line" ] || fail "doctor says nothing of $1 in the state $2"
	grep -qxF -e "$line" "$README" || fail "README.md does not show:" "$line"
}

@test "the handler is right" {
	node "$SPEC" 'pod_annotations = ["*.sockopt.oci", "*.sockopt.oci/*"]' 'container_annotations = ["*.sockopt.oci", "*.sockopt.oci/*"]'
	expect_in_readme containerd ok
}

@test "the patterns do not match" {
	node "$SPEC" 'pod_annotations = ["*.sockopt.oci"]' 'container_annotations = ["*.sockopt.oci"]'
	expect_in_readme containerd fail
}

@test "no handler calls the hook" {
	node 'runtime_type = "io.containerd.runc.v2"'
	expect_in_readme containerd warn
}

@test "bpffs is not mounted" {
	node
	umount /sys/fs/bpf
	expect_in_readme bpffs fail
}

@test "the message of the API server" {
	local message
	message=$("$B/kubernetes/kube" admit "$TOP/integration/kubernetes/admission.yaml" \
		"$TOP/integration/kubernetes/admission-bounds.yaml" -- "$TOP/integration/kubernetes/kube/cases.yaml" |
		sed -n 's/^the handler is not selected: refused: //p')
	grep -qxF -e "$message" "$README" || fail "README.md does not show: $message"
}
