# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Trees for doctor to look at, and what it says of them. Loaded by its tests, after common.bash.

setup() {
	common_setup
	ROOT=$T/root
	HOOKS=$ROOT/usr/share/containers/oci/hooks.d
	LIBEXEC=$ROOT/usr/local/libexec/oci/hooks.d
}

# A tree with podman and what a user installs for it.
podman_tree() {
	install -D -m 755 "$HOOK" "$LIBEXEC/oci-sockopt-hook"
	install -D -m 755 /dev/null "$ROOT/usr/bin/podman"
	install -D -m 644 -t "$HOOKS" "$TOP"/integration/podman/*.json
}

# Change one of the two files: STAGE JQ-ARGUMENT…
edit_hook() {
	local file=$HOOKS/oci-sockopt-hook-$1.json
	shift
	jq "$@" "$file" > "$T/edited" && mv "$T/edited" "$file"
}

# A tree with containerd and one handler that calls the hook: [CONFIG on standard input].
containerd_tree() {
	install -D -m 755 "$HOOK" "$LIBEXEC/oci-sockopt-hook"
	mkdir -p "$ROOT/etc/containerd"
	jq '{ociVersion: "1.1.0", hooks: .hooks}' "$TOP/integration/runc/hooks.json" > "$ROOT/etc/containerd/sockopt.json"
	cat > "$ROOT/etc/containerd/config.toml"
}

good_handler() {
	cat <<-'END'
		version = 2
		[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
		  runtime_type = "io.containerd.runc.v2"
		  base_runtime_spec = "/etc/containerd/sockopt.json"
		  pod_annotations = ["*.sockopt.oci", "*.sockopt.oci/*"]
		  container_annotations = ["*.sockopt.oci", "*.sockopt.oci/*"]
	END
}

# Sets $status and $output (JSON).
doctor() {
	run "$CTL" doctor --json "$@"
	jq -e . <<<"$output" >/dev/null || fail "no JSON: $output"
}

# The lines of a check: "STATE FOUND -> REMEDY".
found() {
	jq -r --arg check "$1" '.checks[] | select(.check == $check)
		| "\(.state) \(.found)" + if .remedy then " -> \(.remedy)" else "" end' <<<"$output"
}

remedy() {
	jq -r --arg check "$1" 'first(.checks[] | select(.check == $check and .remedy) | .remedy)' <<<"$output"
}

# CHECK STATE TEXT…: one line, and these in it.
expect_found() {
	local check=$1 state=$2 text
	expect_equal "$(found "$check" | wc -l)" 1 "lines of $check: $(found "$check")"
	expect_equal "$(found "$check" | cut -d' ' -f1)" "$state" "state of $check: $(found "$check")"
	shift 2
	for text; do
		expect_text "$text" "$(found "$check")"
	done
}
