#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# doctor: what it says of a good host, of mounts, kernel and files, and whether its remedies are remedies.

load ../lib/common
load ../lib/doctor

# ---- the good case ----

@test "a good host: nothing fails, and nothing stays" {
	local before
	before=$(cat /proc/self/mountinfo)
	podman_tree
	doctor --root "$ROOT"
	expect_status 0
	expect_equal "$(jq .ok <<<"$output")" true ok
	expect_equal "$(jq -r '[.checks[].state] | unique | map(select(. != "ok" and . != "warn")) | length' <<<"$output")" 0 "other states"
	expect_found attach ok "attach to a cgroup by links, and are called"
	expect_found load ok "small and large"
	expect_found cgroup2 ok "$CGROUP_MOUNT"
	expect_found bpffs ok "$BPFFS"
	expect_found podman ok "2 files" /usr/local/libexec/oci/hooks.d/oci-sockopt-hook
	expect_equal "$(cat /proc/self/mountinfo)" "$before" "mounts"
	expect_equal "$(find "$CGROUP_MOUNT$TEST_CGROUP" -name 'oci-sockopt-hook-*')" "" "cgroups of probes"
	[ ! -e "$PINS" ] || fail "pins: $(find "$PINS")"
	[ ! -e "$RUN_DIR" ] || fail "$RUN_DIR was made"
}

@test "the text says what the JSON says" {
	local text
	podman_tree
	rm "$HOOKS/oci-sockopt-hook-poststop.json"
	text=$("$CTL" doctor --root "$ROOT")
	doctor --root "$ROOT"
	expect_equal "$(tail -n +2 <<<"$text" | sed 's/  */ /g')" \
		"$(jq -r '.checks[] | "\(.state) \(.check) \(.found)" + if .remedy then " -> \(.remedy)" else "" end' <<<"$output" | sed 's/  */ /g')" lines
}

@test "this host without --root: what is in force is told too" {
	doctor
	expect_found policies ok "0 in force"
	expect_found generations ok "$(strings "$HOOK" | grep -m1 -xE 'g[0-9a-f]{12}')"
	doctor --root "$T"
	expect_equal "$(found policies)$(found generations)$(found pins)" "" "lines about this host"
}

@test "used wrongly" {
	run "$CTL" doctor more
	expect_status 2
	run "$CTL" doctor --root
	expect_status 2
	run "$CTL" doctor --root "$T/nothing"
	expect_status 1
	expect_text "$T/nothing"
}

# ---- the host's files ----

@test "a broken configuration, below the root and named" {
	mkdir -p "$ROOT/etc/oci-sockopt-hook"
	echo '{"runDir": "x"}' > "$ROOT/etc/oci-sockopt-hook/config.json"
	doctor --root "$ROOT"
	expect_status 1
	expect_found config fail "$ROOT/etc/oci-sockopt-hook/config.json: runDir"
	expect_found run-dir ok
	echo '{}' > "$ROOT/etc/oci-sockopt-hook/config.json"
	doctor --root "$ROOT"
	expect_found config ok
	chmod 666 "$ROOT/etc/oci-sockopt-hook/config.json"
	doctor --root "$ROOT"
	expect_found config fail "chmod go-w"
	run "$CTL" --config "$T/nothing.json" doctor --json
	expect_status 1
	expect_found config fail "$T/nothing.json"
}

@test "profiles: good, broken with file and place, too open, the default one missing" {
	local folder=$ROOT/etc/oci-sockopt-hook/profiles.d
	mkdir -p "$folder"
	deny_mark > "$folder/good.json"
	doctor --root "$ROOT"
	expect_found profiles ok "$folder: 1 profile, all good"
	policy "$(rule a SO_RCVBUFF deny)" > "$folder/bad.json"
	doctor --root "$ROOT"
	expect_status 1
	expect_found profiles fail "$folder/bad.json" "rules[0].options[0]" "did you mean SO_RCVBUF?" "sockoptctl check $folder/bad.json"
	deny_mark > "$folder/bad.json"
	doctor --root "$ROOT"
	expect_found profiles ok "2 profiles"
	chmod 777 "$folder"
	doctor --root "$ROOT"
	expect_status 0
	expect_text "warn $folder: others than root" "$(found profiles)"
	bash -c "$(remedy profiles)"
	doctor --root "$ROOT"
	expect_found profiles ok
	chmod 666 "$folder/bad.json"
	doctor --root "$ROOT"
	expect_status 1
	expect_found profiles fail "$folder/bad.json" "chmod go-w"
	chmod 644 "$folder/bad.json"
	echo '{"defaultProfile": "base"}' > "$ROOT/etc/oci-sockopt-hook/config.json"
	doctor --root "$ROOT"
	expect_status 1
	expect_text 'fail the default profile "base" is not in' "$(found profiles)"
	deny_mark > "$folder/base.json"
	doctor --root "$ROOT"
	expect_found profiles ok "3 profiles"
}

@test "our folders with wrong rights; then the remedies" {
	local name folder
	mkdir -p "$ROOT/run/oci-sockopt-hook" "$ROOT/var/lib/oci-sockopt-hook/recordings"
	chmod 777 "$ROOT/run/oci-sockopt-hook" "$ROOT/var/lib/oci-sockopt-hook/recordings"
	doctor --root "$ROOT"
	expect_status 1
	expect_found run-dir fail "$ROOT/run/oci-sockopt-hook" "mode 0777"
	expect_found record-dir warn "$ROOT/var/lib/oci-sockopt-hook/recordings" "mode 0777"
	for name in run-dir record-dir; do
		bash -c "$(remedy $name | sed 's/;.*//')"
	done
	doctor --root "$ROOT"
	expect_found run-dir ok
	expect_found record-dir ok
	rm -r "$ROOT/run/oci-sockopt-hook"
	ln -s /var/lib "$ROOT/run/oci-sockopt-hook"
	doctor --root "$ROOT"
	expect_status 1
	expect_found run-dir fail
}

# ---- mounts ----

@test "no bpffs; then the command of the remedy" {
	doctor
	expect_found bpffs ok "$BPFFS"
	# shellcheck disable=SC2016  # the inner shell expands
	run unshare --mount --propagation private bash -c '
		umount "$0"
		"$1" doctor --json && exit 9
		eval "$("$1" doctor --json | jq -r ".checks[] | select(.check == \"bpffs\") | .remedy | sub(\";.*\"; \"\")")"
		"$1" doctor --json' "$BPFFS" "$CTL"
	expect_equal "$status" 0 "status after the remedy; output: $output"
	expect_equal "$(jq -rs '[.[] | .checks[] | select(.check == "bpffs") | .state] | join(" ")' <<<"$output")" "fail ok" "bpffs before and after"
	expect_text "/etc/fstab: bpf $BPFFS bpf mode=0700 0 0"
}

@test "the fstab line of the remedy is one that mount takes" {
	# shellcheck disable=SC2016  # the inner shell expands
	run unshare --mount --propagation private bash -c '
		umount "$0"
		"$1" doctor --json | jq -r ".checks[] | select(.check == \"bpffs\") | .remedy | sub(\".*: \"; \"\")" > /etc/fstab
		mount "$0" && findmnt -n -o FSTYPE,OPTIONS "$0"' "$BPFFS" "$CTL"
	expect_status 0
	expect_text bpf
	expect_text mode=700
}

# By default the kernel mounts it with mode 1777. Without the sticky bit the hook refuses it.
@test "bpffs that others may write to; then the command of the remedy" {
	local mode
	for mode in 1777 0777; do
		# shellcheck disable=SC2016  # the inner shell expands
		run unshare --mount --propagation private bash -c '
			umount "$0"
			mount -t bpf -o mode=$2 bpf "$0"
			chmod $2 "$0"
			"$1" doctor --json
			eval "$("$1" doctor --json | jq -r ".checks[] | select(.check == \"bpffs\") | .remedy | sub(\";.*\"; \"\")")"
			"$1" doctor --json' "$BPFFS" "$CTL" $mode
		expect_status 0
		expect_equal "$(jq -rs '[.[] | .checks[] | select(.check == "bpffs") | .state] | join(" ")' <<<"$output")" \
			"$([ $mode = 1777 ] && echo warn || echo fail) ok" "mode $mode: bpffs before and after"
	done
}

@test "no cgroup v2" {
	# shellcheck disable=SC2016  # the inner shell expands
	run unshare --mount --propagation private bash -c 'umount -l "$0"; exec "$1" doctor --json' "$CGROUP_MOUNT" "$CTL"
	expect_status 1
	expect_found cgroup2 fail "not mounted" "mount -t cgroup2"
	expect_found attach fail
}

@test "net_cls in use: no matter on this kernel, unknown without its types" {
	printf '#subsys_name\thierarchy\tnum_cgroups\tenabled\nnet_cls\t5\t3\t1\nnet_prio\t5\t1\t1\n' > "$T/cgroups"
	# shellcheck disable=SC2016  # the inner shell expands
	run unshare --mount --propagation private bash -c 'mount --bind "$0" /proc/cgroups; exec "$1" doctor --json' "$T/cgroups" "$CTL"
	[ ! -e /sys/kernel/btf/vmlinux ] || expect_found net-classes ok "net_cls is in use"
	mkdir "$T/empty"
	# shellcheck disable=SC2016  # the inner shell expands
	run unshare --mount --propagation private bash -c '
		mount --bind "$0" /proc/cgroups; mount --bind "$2" /sys/kernel/btf; exec "$1" doctor --json' "$T/cgroups" "$CTL" "$T/empty"
	expect_found net-classes warn "types are not shown" "cgroup_no_v1=net_cls,net_prio"
	expect_found btf warn
}

# ---- the kernel ----

@test "capabilities: one that is demanded, one that is not" {
	run setpriv --bounding-set=-bpf,-sys_admin "$CTL" doctor --json
	expect_status 1
	expect_text "fail CAP_BPF is missing" "$(found capabilities)"
	expect_text "warn CAP_SYS_ADMIN is missing" "$(found capabilities)"
	expect_found attach warn "not tried"
	expect_equal "$(found errno)$(found large)$(found guard)" "" "features that were not tried"
	run setpriv --bounding-set=-sys_admin "$CTL" doctor --json
	expect_found capabilities warn CAP_SYS_ADMIN
	expect_found attach ok
	expect_found load warn "not tried"
	run setpriv --bounding-set=-net_admin "$CTL" doctor --json
	expect_status 1
	expect_found capabilities fail CAP_NET_ADMIN
}

@test "an exclusive program of the host above: attaching is refused" {
	mkdir "$CGROUP_MOUNT$CG/inner"
	foreign "$CG" set none deny 1 36
	run in_cgroup "$CG/inner" "$CTL" doctor --json
	expect_status 1
	expect_found attach fail "attaching a setsockopt program" "bpftool cgroup tree"
}

# ---- what is in force ----

@test "pins that others may use; then the remedy" {
	mkdir "$CGROUP_MOUNT$CG/slice"
	deny_mark > "$T/p.json"
	"$CTL" host attach "$CG/slice" --policy "$T/p.json"
	doctor
	expect_found pins ok "root's alone"
	expect_found policies ok "1 in force"
	chmod 755 "$PINS"
	doctor
	expect_status 1
	expect_found pins fail "$PINS can be used by others"
	bash -c "$(remedy pins)"
	doctor
	expect_found pins ok
	chmod 666 "$(find "$PINS/containers" -type f | head -n 1)"
	doctor
	expect_status 1
	expect_found pins fail "$PINS/containers/"
	bash -c "$(remedy pins)"
	doctor
	expect_found pins ok
}

@test "what is left of a cgroup that is gone, and a policy without a record; then the remedies" {
	mkdir "$CGROUP_MOUNT$CG/one" "$CGROUP_MOUNT$CG/two"
	deny_mark > "$T/p.json"
	"$CTL" host attach "$CG/one" --policy "$T/p.json"
	"$CTL" host attach "$CG/two" --policy "$T/p.json"
	rmdir "$CGROUP_MOUNT$CG/one"
	doctor
	expect_status 0
	expect_found policies warn "1 left of cgroups that are gone" "sockoptctl gc"
	"$CTL" gc
	doctor
	expect_found policies ok "1 in force"
	rm "$RUN_DIR"/*.json
	doctor
	expect_status 0
	expect_found policies warn "damaged (no run record)" "sockoptctl detach"
	bash -c "$(remedy policies | sed "s|^sockoptctl|$CTL|; s/,.*//")"
	doctor
	expect_found policies ok "0 in force"
}

@test "another configuration's policies: no word of detaching them" {
	mkdir "$CGROUP_MOUNT$CG/one"
	deny_mark > "$T/p.json"
	echo "{\"runDir\": \"$T/other\"}" > "$T/other.json"
	"$CTL" host attach "$CG/one" --policy "$T/p.json"
	run "$CTL" --config "$T/other.json" doctor --json
	expect_status 1
	expect_found policies fail "have their run records in $RUN_DIR, and runDir is $T/other" "or the same runDir"
	expect_equal "$(found policies | grep -c detach)" 0 "words of detaching"
	echo "{\"runDir\": \"${RUN_DIR%/*}//${RUN_DIR##*/}\"}" > "$T/same.json"
	run "$CTL" --config "$T/same.json" doctor --json
	expect_found policies ok "1 in force"
	"$CTL" host detach "$CG/one"
	run "$CTL" --config "$T/other.json" doctor --json
	expect_found policies ok "0 in force"
}

@test "another build's programs: with a policy that runs them, and without" {
	local ours
	mkdir "$CGROUP_MOUNT$CG/slice" "$CGROUP_MOUNT$CG/later"
	deny_mark > "$T/p.json"
	"$CTL" host attach "$CG/slice" --policy "$T/p.json"
	ours=$(basename "$PINS"/g*)
	mv "$PINS/$ours" "$PINS/g000000000000"
	sed -i "s/$ours/g000000000000/" "$RUN_DIR"/*.json
	"$CTL" host attach "$CG/later" --policy "$T/p.json"
	# Nothing is known of what has no generation in its record.
	sed -i '/"generation"/d' "$RUN_DIR"/*later*.json
	doctor
	expect_status 0
	expect_found generations warn "under another build (g000000000000): $CG/slice -> " "$ours"
	"$CTL" host detach "$CG/slice"
	doctor
	expect_found generations warn "programs of another build (g000000000000), which nothing runs" "sockoptctl gc"
	"$CTL" gc
	doctor
	expect_found generations ok
}
