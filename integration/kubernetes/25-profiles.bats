#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Configuration and profiles: from a ConfigMap's volume to the node, as long as the DaemonSet's pod runs.

load image

# A ConfigMap's volume: the kubelet makes a folder whole and then turns the link ..data to it.
configmap() { # FOLDER, its new files in $T/next
	local version
	version=..$(date +%s%N)
	mkdir "$1/$version"
	cp "$T/next"/* "$1/$version/" 2>/dev/null || true
	ln -sfn "$version" "$1/..data.new"
	mv -T "$1/..data.new" "$1/..data"
	find "$1" -maxdepth 1 -type l -name '*.json' -delete
	for file in "$1/..data"/*; do
		[ ! -e "$file" ] || ln -s "..data/${file##*/}" "$1/${file##*/}"
	done
}

keep() {
	NAME=keep-$BATS_TEST_NUMBER
	on_node_meanwhile "$NAME" 1 keep
	wait_for [ -e "$T/status/said" ]
}

on_the_node() {
	(cd "$NODE/etc/oci-sockopt-hook/profiles.d" && echo *)
}

has() { # FILE TEXT
	grep -qF -e "$2" "$NODE/etc/oci-sockopt-hook/$1" 2>/dev/null
}

ready() {
	podman_ exec "$NAME" /bin/install ready
}

not_ready() {
	! ready
}

said() {
	grep -qF -e "$1" "$T/$NAME"
}

@test "profiles come, change and go with the ConfigMap" {
	rm "$PROFILES"/*
	mkdir "$T/next"
	deny_mark > "$T/next/a.json"
	policy > "$T/next/b.json"
	configmap "$PROFILES"
	keep
	wait_for ready
	expect_equal "$(on_the_node)" "a.json b.json" "profiles"
	rm "$T/next/b.json"
	policy "$(rule changed SO_PRIORITY deny)" > "$T/next/a.json"
	policy > "$T/next/c.json"
	configmap "$PROFILES"
	wait_for has profiles.d/a.json changed
	wait_for has profiles.d/c.json version
	wait_for [ ! -e "$NODE/etc/oci-sockopt-hook/profiles.d/b.json" ]
	expect_equal "$(on_the_node)" "a.json c.json" "profiles"
	wait_for said "profiles.d/b.json is removed"
	wait_for ready
}

@test "a broken profile does not replace a good one; the log says why, and the pod is not ready until it is mended" {
	keep
	wait_for ready
	policy "$(rule changed SO_RCVBUFF deny)" > "$PROFILES/no-mark.json"
	policy > "$PROFILES/other.json"
	wait_for not_ready
	wait_for said 'rules[0].options[0]: unknown socket option "SO_RCVBUFF" (did you mean SO_RCVBUF?)'
	wait_for has profiles.d/other.json version
	has profiles.d/no-mark.json SO_MARK || fail "the good one is gone"
	deny_mark > "$PROFILES/no-mark.json"
	wait_for ready
	# It was wrong for several rounds, and told once.
	expect_equal "$(grep -c SO_RCVBUFF "$T/$NAME")" 1 "lines about it"
}

@test "a broken profile is no reason for a node to have no hook" {
	echo '{' > "$PROFILES/broken.json"
	on_node 1 node
	expect_status 0
	expect_text "the ConfigMap's profile broken.json is wrong"
	expect_programs 1
	expect_equal "$(on_the_node)" "empty.json no-mark.json" "profiles"
}

@test "a broken configuration does not replace a good one" {
	keep
	wait_for ready
	echo '{"allowInlin": false}' > "$CONFIG/config.json"
	wait_for not_ready
	wait_for said 'unknown key "allowInlin" (did you mean allowInline?)'
	has config.json '{"allowInline": true}' || fail "the good one is gone"
	echo '{"allowInline": false}' > "$CONFIG/config.json"
	wait_for ready
	has config.json '{"allowInline": false}'
	rm "$CONFIG/config.json"
	wait_for [ ! -e "$NODE/etc/oci-sockopt-hook/config.json" ]
}

@test "a profile that someone else put there is neither replaced nor removed" {
	mkdir -p "$NODE/etc/oci-sockopt-hook/profiles.d"
	policy "$(rule theirs SO_MARK deny)" > "$NODE/etc/oci-sockopt-hook/profiles.d/no-mark.json"
	policy > "$NODE/etc/oci-sockopt-hook/profiles.d/theirs.json"
	keep
	wait_for said "no-mark.json was put there by someone else and is left alone"
	expect_failure_of ready
	has profiles.d/no-mark.json theirs || fail "it was replaced"
	rm "$NODE/etc/oci-sockopt-hook/profiles.d/no-mark.json"
	wait_for ready
	has profiles.d/no-mark.json EACCES
	expect_equal "$(on_the_node)" "empty.json no-mark.json theirs.json" "profiles"
}

expect_failure_of() {
	! "$@" || fail "succeeded: $*"
}

@test "names that no annotation could name" {
	local name
	for name in .hidden -dash 'sp ace' "$(printf 'a%.0s' {1..65})"; do
		rm -f "$PROFILES"/* "$PROFILES"/.h*
		policy > "$PROFILES/$name.json"
		on_node 1 node
		expect_status 0
		[ "$name" = .hidden ] || expect_text "the ConfigMap's $name.json is no name of a profile"
		expect_equal "$(on_the_node)" "*" "profiles"
	done
}

# ---- containerd's configuration, by choice ----

# As containerd-config.yaml makes the files, but for what containerd itself says in the specification.
with_containerd() {
	mkdir -p "$NODE/etc/containerd/conf.d" "$T/containerd"
	jq '(.hooks[][] | .path) = "/opt/oci-sockopt-hook/bin/oci-sockopt-hook"' "$TOP/integration/runc/hooks.json" \
		> "$T/containerd/sockopt.spec.json"
	{
		echo 'version = 3'
		sed 's,/etc/containerd/sockopt-base-spec.json,/opt/oci-sockopt-hook/containerd/sockopt.spec.json,' \
			"$TOP/integration/containerd/config-3.toml"
	} > "$T/containerd/sockopt.toml"
	echo 'theirs = 1' > "$NODE/etc/containerd/conf.d/theirs.toml"
	MORE=(-v "$NODE/etc/containerd/conf.d:/node/etc/containerd/conf.d" -v "$T/containerd:/containerd:ro")
}

for_containerd() { # FILES of ours that containerd reads
	expect_equal "$(cd "$NODE" && find opt/oci-sockopt-hook/containerd etc/containerd/conf.d -type f ! -name theirs.toml \
		-printf '%f\n' 2>/dev/null | sort | xargs)" "$1" "files for containerd"
}

@test "containerd's configuration is written where it was mounted, and a restart asked for" {
	with_containerd
	on_node 1 node
	expect_status 0
	expect_text "restart containerd on this node"
	cmp "$T/containerd/sockopt.toml" "$NODE/etc/containerd/conf.d/sockopt.toml"
	cmp "$T/containerd/sockopt.spec.json" "$OPT/containerd/sockopt.spec.json"
	expect_equal "$(find "$NODE" -name '.new*')" "" "temporary files"
	on_node 1 node
	expect_equal "$output" "" "output of the second run"
	rm "$T/containerd"/*
	on_node 1 node
	expect_text "restart containerd on this node"
	for_containerd ""
	on_node 1 uninstall
	expect_equal "$(find "$NODE" -type f -printf '%P\n')" etc/containerd/conf.d/theirs.toml "files on the node"
}

@test "a file for containerd 1, which would wipe out the CRI section, is refused" {
	with_containerd
	printf 'version = 2\n[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.sockopt]\n' > "$T/containerd/sockopt.toml"
	on_node 1 node
	expect_text "sockopt.toml is for containerd 1"
	for_containerd ""
}

# Each would leave a node without any pod at the next start of containerd.
@test "files that would take the node down are refused, and do not replace good ones" {
	local name=keep-$BATS_TEST_NUMBER good
	with_containerd
	cp -r "$T/containerd" "$T/good"
	head -c 100 "$T/good/sockopt.spec.json" > "$T/containerd/sockopt.spec.json"
	on_node 1 node
	expect_text "the ConfigMap's files for containerd are wrong"
	expect_text "sockopt.spec.json: line 5"
	expect_text "no pod of this node starts"
	for_containerd ""
	rm "$T/containerd/sockopt.spec.json"
	on_node 1 node
	expect_text "sockopt.spec.json: open: No such file or directory"
	for_containerd ""
	cp "$T/good"/* "$T/containerd/"
	echo '[plugins' >> "$T/containerd/sockopt.toml"
	on_node 1 node
	expect_text "are wrong, the node keeps what it has: /etc/containerd/conf.d/sockopt.toml: line "
	for_containerd ""
	cp "$T/good"/* "$T/containerd/"
	NAME=$name
	on_node_meanwhile "$NAME" 1 keep
	wait_for ready
	for_containerd "sockopt.spec.json sockopt.toml"
	good=$(listing "$OPT/containerd" && listing "$NODE/etc/containerd/conf.d")
	rm "$T/containerd/sockopt.spec.json"
	wait_for not_ready
	wait_for said "sockopt.spec.json: open: No such file or directory"
	sed 's,/sockopt.spec.json,/other.spec.json,' "$T/good/sockopt.toml" > "$T/containerd/sockopt.toml"
	wait_for said "other.spec.json: open: No such file or directory"
	expect_equal "$(listing "$OPT/containerd" && listing "$NODE/etc/containerd/conf.d")" "$good" "files for containerd"
	cp "$T/good/sockopt.spec.json" "$T/containerd/other.spec.json"
	wait_for ready
	for_containerd "other.spec.json sockopt.toml"
}

# The folder of the one that must come, or go, first cannot be written.
@test "the base specification comes before the handler, and goes after it" {
	with_containerd
	mkdir -p "$OPT/containerd"
	chmod 555 "$OPT/containerd"
	on_node 1 node
	expect_text "sockopt.spec.json could not be written"
	for_containerd ""
	chmod 755 "$OPT/containerd"
	on_node 1 node
	for_containerd "sockopt.spec.json sockopt.toml"
	chmod 555 "$NODE/etc/containerd/conf.d"
	on_node 1 uninstall
	expect_status 1
	expect_text "sockopt.toml could not be removed"
	for_containerd "sockopt.spec.json sockopt.toml"
	[ -x "$OPT/bin/oci-sockopt-hook" ] || fail "the hook is gone, and the handler is there"
	chmod 755 "$NODE/etc/containerd/conf.d"
	on_node 1 uninstall
	expect_status 0
	for_containerd ""
}
