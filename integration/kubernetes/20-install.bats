#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the DaemonSet's image does to a node. Its containers run confined as daemonset.yaml confines them.

load image

@test "the image holds what was laid out, and it is all static or brings its libraries" {
	local id=$BATS_TEST_NUMBER
	podman_ create --name "all-$id" hook:1 >/dev/null
	podman_ export "all-$id" | tar -t | grep -vE '/$|^(etc|dev|proc|sys|run)/' | sort > "$T/files"
	expect_equal "$(cat "$T/files")" "$(cd "$B/image/rootfs" && find . ! -type d -printf '%P\n' | sort)" "files of the image"
}

@test "a node gets hook, tool, configuration and profiles; they work from where they lie" {
	on_node 1 node
	expect_status 0
	expect_programs 1
	expect_no_temporary
	expect_equal "$(cd "$NODE/etc/oci-sockopt-hook" && find . -type f -printf '%P %m %u\n' | sort)" \
		$'config.json 644 root\nprofiles.d/empty.json 644 root\nprofiles.d/no-mark.json 644 root' "configuration"
	run "$OPT/bin/sockoptctl" --config "$NODE/etc/oci-sockopt-hook/config.json" check "$PROFILES/no-mark.json"
	expect_status 0
	expect_text "no-mark.json: ok: 1 rule"
	expect_equal "$(ldd "$OPT/bin/oci-sockopt-hook" 2>&1 | grep -c '=>')" 0 "libraries of the hook"
}

@test "again: nothing is written, nothing is said" {
	local before
	on_node 1 node
	before=$(listing "$NODE")
	on_node 1 node
	expect_status 0
	expect_equal "$output" "" "output of the second run"
	expect_equal "$(listing "$NODE")" "$before" "files, modes and inodes"
}

@test "four at once" {
	local i pids=()
	for i in 1 2 3 4; do
		on_node_meanwhile "at-once-$i" 1 node
		pids+=($!)
	done
	for i in 0 1 2 3; do
		wait "${pids[i]}" || fail "run $i failed: $(cat "$T"/at-once-*)"
	done
	expect_programs 1
	expect_no_temporary
	expect_equal "$(ls "$NODE/etc/oci-sockopt-hook/profiles.d")" $'empty.json\nno-mark.json' "profiles"
}

# The image, with a hook that comes through a pipe: whole where its checksum is asked, then half of it and no more.
half_a_hook() { # ROOTFS
	cp -r "$1/image" "$T/image"
	rm "$T/image/bin/oci-sockopt-hook"
	mkfifo "$T/image/bin/oci-sockopt-hook"
	cat > "$T/feed" <<'SCRIPT'
#!/bin/bash
cat "$1" > "$2"
until compgen -G "$3/.new.*" >/dev/null; do sleep 0.02; done
exec 9> "$2"
head -c 900000 "$1" >&9
sleep 1000
SCRIPT
	background bash "$T/feed" "$1/image/bin/oci-sockopt-hook" "$T/image/bin/oci-sockopt-hook" "$OPT/bin"
	MORE=(-v "$T/image:/image:ro")
}

half_is_there() {
	[ -n "$(find "$OPT/bin" -name '.new.*' -size +800k)" ]
}

killed_in_the_middle() { # VERSION
	local root=$B/image/rootfs
	[ "$1" = 1 ] || root=$B/next/image/rootfs
	mkdir -p "$OPT/bin"
	half_a_hook "$root"
	on_node_meanwhile "killed-$BATS_TEST_NUMBER" "$1" node
	wait_for half_is_there
	podman_ kill -s KILL "killed-$BATS_TEST_NUMBER" >/dev/null
	wait $! || true
	MORE=()
	half_is_there || fail "it was not killed in the middle: $(ls -la "$OPT/bin")"
}

teardown() {
	umount "$OPT/bin" 2>/dev/null || true
	podman_ rm -f -a -t 0 >/dev/null 2>&1 || true
	common_teardown
}

@test "killed in the middle of a copy: no half hook is ever seen" {
	killed_in_the_middle 1
	expect_equal "$(ls "$OPT/bin")" "" "programs after the kill"
	on_node 1 node
	expect_status 0
	(cd "$OPT" && sha256sum --quiet -c "$B/image/rootfs/image/SHA256SUMS")
}

@test "killed in the middle of an upgrade: the old hook is whole; what the killed run left goes later" {
	on_node 1 node
	killed_in_the_middle 2
	expect_equal "$(sha256sum < "$OPT/bin/oci-sockopt-hook")" "$(sha256sum < "$B/image/rootfs/image/bin/oci-sockopt-hook")" \
		"the hook"
	# A young temporary file may be that of a run that still copies.
	on_node 2 node
	expect_equal "$(find "$OPT/bin" -name '.new.*' | wc -l)" 1 "temporary files, young"
	find "$OPT/bin" -name '.new.*' -exec touch -d '2 hours ago' {} +
	on_node 2 node
	expect_programs 2
	expect_no_temporary
}

@test "a full disk: the old hook stays, and the pod fails" {
	on_node 1 node
	mv "$OPT/bin" "$OPT/old"
	mkdir "$OPT/bin"
	mount -t tmpfs -o size=3m,mode=755 tmpfs "$OPT/bin"
	cp -p "$OPT/old"/* "$OPT/bin/"
	on_node 2 node
	expect_status 1
	expect_text "could not be written"
	expect_programs_of_hook 1
	expect_no_temporary
}

expect_programs_of_hook() {
	expect_equal "$(sha256sum < "$OPT/bin/oci-sockopt-hook")" "$(sha256sum < "$B/image/rootfs/image/bin/oci-sockopt-hook")" \
		"the hook on the node"
	"$OPT/bin/sockoptctl" --help >/dev/null || fail "sockoptctl does not run"
}

@test "a damaged image: nothing is installed" {
	cp -r "$B/image/rootfs/image" "$T/image"
	truncate -s 900000 "$T/image/bin/oci-sockopt-hook"
	MORE=(-v "$T/image:/image:ro")
	on_node 1 node
	expect_status 1
	expect_text "this image is damaged"
	expect_equal "$(ls "$OPT/bin")" "" "programs"
}

@test "damaged files on the node are mended" {
	on_node 1 node
	truncate -s 1000 "$OPT/bin/oci-sockopt-hook" "$OPT"/lib/*/libc.so.6
	on_node 1 node
	expect_status 0
	expect_programs 1
	expect_no_temporary
}

@test "an upgrade under a running container: its policy holds, the new hook ends it, gc drops the old programs" {
	local bundle id
	on_node 1 node
	HOOK=$OPT/bin/oci-sockopt-hook
	id=k8s-$BATS_TEST_NUMBER
	bundle=$(policy_bundle "$id-old" "$(deny_mark)")
	start "$id-old" "$bundle"
	expect_status 0
	on_node 2 node
	expect_status 0
	expect_programs 2
	probe_in "$id-old" socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EACCES'
	bundle=$(policy_bundle "$id-new" "$(deny_mark)")
	start "$id-new" "$bundle"
	expect_status 0
	probe_in "$id-new" socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EACCES'
	expect_equal "$(cd "$PINS" && ls -d g* | wc -l)" 2 "generations"
	run "$OPT/bin/sockoptctl" verify
	expect_status 0
	# Nothing of the old build is unused yet.
	"$OPT/bin/sockoptctl" gc
	expect_equal "$(cd "$PINS" && ls -d g* | wc -l)" 2 "generations after gc, while the old container runs"
	delete "$id-old"
	expect_status 0
	expect_equal "$(container_pins | grep -c old)" 0 "pins of the old container"
	"$OPT/bin/sockoptctl" gc
	expect_equal "$(cd "$PINS" && ls -d g*)" gffffffffffff "generations after gc"
	probe_in "$id-new" socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EACCES'
}

@test "uninstall: all that is ours goes, what is not stays; again it finds nothing" {
	local bundle id=k8s-$BATS_TEST_NUMBER
	on_node 1 node
	policy > "$NODE/etc/oci-sockopt-hook/profiles.d/theirs.json"
	HOOK=$OPT/bin/oci-sockopt-hook
	bundle=$(policy_bundle "$id" "$(deny_mark)")
	start "$id" "$bundle"
	expect_status 0
	on_node 1 uninstall
	expect_status 0
	expect_equal "$(find "$NODE" -type f -printf '%P\n')" etc/oci-sockopt-hook/profiles.d/theirs.json "files on the node"
	probe_in "$id" socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EACCES'
	on_node 1 uninstall
	expect_status 0
	# And a handler whose hook is gone starts nothing. crun does not always say so by its exit status.
	bundle=$(policy_bundle "$id-late" "$(deny_mark)")
	start "$id-late" "$bundle"
	! container_exists "$id-late" || fail "there is a container without its hook: $output"
	expect_equal "$(cat "$CGROUP_MOUNT$CG/$id-late/cgroup.procs" 2>/dev/null)" "" "processes of the container"
}
