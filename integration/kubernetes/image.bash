# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The image on a node, for the tests: built by podman, run as the DaemonSet runs it, with the folders of a made-up node.

load ../lib/podman
eval "$(declare -f setup_file | sed '1s/setup_file/podman_setup_file/')"

setup_file() {
	podman_setup_file
	build_image "$B/image" hook:1
	build_image "$B/next/image" hook:2
}

build_image() { # FOLDER NAME
	podman_ build -q -t "$2" "$1" >/dev/null
}

setup() {
	common_setup
	NODE=$T/node
	OPT=$NODE/opt/oci-sockopt-hook
	CONFIG=$T/config PROFILES=$T/profiles
	mkdir -p "$OPT" "$NODE/etc/oci-sockopt-hook" "$CONFIG" "$PROFILES" "$T/status"
	echo '{"allowInline": true}' > "$CONFIG/config.json"
	deny_mark > "$PROFILES/no-mark.json"
	policy > "$PROFILES/empty.json"
	MORE=()
}

# What daemonset.yaml says, in podman's words: 10-manifests.bats holds the two together.
AS_THE_DAEMONSET=(--network=none --user 0:0 --cap-drop=all --security-opt=no-new-privileges --read-only
	--read-only-tmpfs=false --memory-swap=-1)

# Words for podman: NAME VERSION VERB. MORE takes further options.
node_words() {
	WORDS=(--name "$1" --cgroup-parent "$CG" "${AS_THE_DAEMONSET[@]}"
		-v "$OPT:/node/opt/oci-sockopt-hook" -v "$NODE/etc/oci-sockopt-hook:/node/etc/oci-sockopt-hook"
		-v "$CONFIG:/config:ro" -v "$PROFILES:/profiles:ro" -v "$T/status:/status" -e INTERVAL=1
		"${MORE[@]}" "hook:$2" "$3")
}

on_node() { # VERSION VERB
	local WORDS
	# A name is free again some time after podman has returned.
	RUNS=$((${RUNS:-0} + 1))
	node_words "node-$BATS_TEST_NUMBER-$RUNS" "$@"
	captured podman_ run --rm "${WORDS[@]}"
}

# In the background; its process is in $!, its output in $T/NAME.
on_node_meanwhile() { # NAME VERSION VERB
	local WORDS
	node_words "$@"
	podman_ run "${WORDS[@]}" </dev/null >"$T/$1" 2>&1 3>&- &
	BACKGROUND+=($!)
}

# The files of a folder with their content, modes and, to tell an old file from a new one, inodes.
listing() {
	find "$1" -type f -printf '%P %m %i\n' | sort
}

# All programs of version $1's image are on the node, whole, and nothing else is in their folders.
expect_programs() {
	local image=$B/image
	[ "$1" = 1 ] || image=$B/next/image
	(cd "$OPT" && sha256sum --quiet -c "$image/rootfs/image/SHA256SUMS") || fail "not those of version $1"
	expect_equal "$(cd "$OPT" && find bin lib -type f | sort)" \
		"$(cd "$image/rootfs/image" && find bin lib -type f | sort)" "programs on the node"
	expect_equal "$(find "$OPT/bin" -type f ! -perm 755)" "" "programs with other modes than 755"
}

expect_no_temporary() {
	expect_equal "$(find "$NODE" -name '.new*')" "" "temporary files"
}
