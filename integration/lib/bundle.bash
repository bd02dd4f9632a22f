# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Policies, bundles and runtimes, for the tests and for the demo. Knows no bats. Runs inside the sandbox, which gives
# CGROUP_MOUNT and TEST_CGROUP. The caller sets RUNTIME (runc or crun), T (a folder to work in) and CG (a cgroup
# of its own, as a path below CGROUP_MOUNT).

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
B=$(realpath -m "${B:-$TOP/build}")
HOOK=$B/oci-sockopt-hook
PROBE=$B/probe
PATH=$PATH:/usr/sbin:/sbin

# ---- policies ----

# A policy of the given rules (JSON objects, one an argument).
policy() {
	printf '%s\n' "$@" | jq -cs '{version: 1, name: "test", rules: .}'
}

# A rule for setsockopt: ID OPTION ACTION [further JSON members].
rule() {
	jq -cn --arg id "$1" --arg option "$2" --arg action "$3" --argjson more "{${4:-}}" \
		'{id: $id, calls: ["setsockopt"], options: [$option], action: $action} + $more'
}

deny_mark() {
	policy "$(rule mark SO_MARK deny '"errno": "EACCES"')"
}

# ---- bundles ----

rootfs() {
	local root=${BATS_RUN_TMPDIR:-$T}/rootfs applet
	if [ ! -d "$root" ]; then
		mkdir -p "$root"/{bin,proc,sys,dev,tmp,etc}
		cp "$(command -v busybox)" "$root/bin/busybox"
		for applet in sh cat sleep true false echo ls tail; do
			ln -s busybox "$root/bin/$applet"
		done
		cp "$PROBE" "$root/probe"
	fi
	echo "$root"
}

# Make bundle $1 for the given command (default: sleep until killed), without hooks; prints its path. The command may use
# raw sockets and change network settings, so that a refusal comes from a policy and from nothing else.
plain_bundle() {
	local bundle=$T/$1
	shift
	[ $# -gt 0 ] || set -- sleep 1000
	mkdir -p "$bundle"
	(cd "$bundle" && runtime spec 2>/dev/null)
	jq --arg root "$(rootfs)" --arg path "$CG/$(basename "$bundle")" '
		.root = {path: $root, readonly: true}
		| .process.terminal = false
		| .process.args = $ARGS.positional
		| .process.capabilities = ((.process.capabilities // {})
			| .bounding += ["CAP_NET_ADMIN", "CAP_NET_RAW"]
			| .effective += ["CAP_NET_ADMIN", "CAP_NET_RAW"]
			| .permitted += ["CAP_NET_ADMIN", "CAP_NET_RAW"])
		| del(.process.rlimits, .linux.resources, .linux.seccomp)
		| .linux.cgroupsPath = $path' --args -- "$@" < "$bundle/config.json" > "$bundle/new.json"
	mv "$bundle/new.json" "$bundle/config.json"
	echo "$bundle"
}

# As plain_bundle, with the hooks that a user of this runtime installs.
make_bundle() {
	local bundle
	bundle=$(plain_bundle "$@")
	edit_bundle "$bundle" --slurpfile install "$TOP/integration/$RUNTIME/hooks.json" --arg hook "$HOOK" \
		'. * $install[0] | (.hooks[][] | .path) = $hook'
	echo "$bundle"
}

# Apply a jq program to the bundle's config.json: BUNDLE JQ-ARGUMENT…
edit_bundle() {
	local file=$1/config.json
	shift
	jq "$@" "$file" > "$file.new" && mv "$file.new" "$file"
}

annotate() { # BUNDLE KEY VALUE
	edit_bundle "$1" --arg key "$2" --arg value "$3" '.annotations[$key] = $value'
}

# A bundle under an inline policy: NAME POLICY [COMMAND…]
policy_bundle() {
	local name=$1 text=$2 bundle
	shift 2
	bundle=$(make_bundle "$name" "$@")
	annotate "$bundle" policy.sockopt.oci "$text"
	echo "$bundle"
}

# ---- runtimes ----

has_sys_resource() {
	(((0x$(awk '/^CapEff/ { print $2 }' /proc/self/status) >> 24) & 1))
}

# The words that call the runtime, in COMMAND.
runtime_command() {
	COMMAND=("$RUNTIME")
	[ "$RUNTIME" != crun ] || has_sys_resource || COMMAND=(env "LD_PRELOAD=$B/rlimit-shim.so" crun)
}

runtime() {
	local COMMAND
	runtime_command
	"${COMMAND[@]}" "$@"
}
