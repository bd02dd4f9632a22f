#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# doctor: what it says of a good host, of each thing that is wrong, and whether its remedies are remedies.

load ../lib/common

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

# ---- podman ----

@test "podman: nothing of ours; then what the remedy says" {
	install -D -m 755 /dev/null "$ROOT/usr/bin/podman"
	doctor --root "$ROOT"
	expect_status 0
	expect_found podman warn "run without policies" "$HOOKS"
	podman_tree
	doctor --root "$ROOT"
	expect_found podman ok "2 files"
}

@test "podman: poststop is missing" {
	podman_tree
	rm "$HOOKS/oci-sockopt-hook-poststop.json"
	doctor --root "$ROOT"
	expect_status 0
	expect_found podman warn "no file calls the hook at poststop" "install oci-sockopt-hook-poststop.json in $HOOKS"
}

@test "podman: createRuntime is missing" {
	podman_tree
	rm "$HOOKS/oci-sockopt-hook-createRuntime.json"
	doctor --root "$ROOT"
	expect_status 1
	expect_equal "$(jq .ok <<<"$output")" false ok
	expect_found podman fail "no file calls the hook at createRuntime" "run without one" "install oci-sockopt-hook-createRuntime.json"
}

@test "podman: a pattern without scopes; then the pattern of the remedy" {
	podman_tree
	edit_hook createRuntime '.when.annotations = {"^(policy|profile|mode)\\.sockopt\\.oci$": ".*"}'
	doctor --root "$ROOT"
	expect_status 1
	expect_found podman fail "at createRuntime" policy.sockopt.oci/pod policy.sockopt.oci/web mode.sockopt.oci/container.web
	expect_no_text "policy.sockopt.oci," "$(found podman)"
	edit_hook createRuntime --argjson annotations "{$(remedy podman | grep -o '".*": ".*"' | sed 's/ under .*//')}" '.when.annotations = $annotations'
	doctor --root "$ROOT"
	expect_found podman ok
}

@test "podman: a pattern that cannot be understood, and a wrong one" {
	podman_tree
	edit_hook createRuntime '.when.annotations = {"(?i)sockopt": ".*"}'
	doctor --root "$ROOT"
	expect_status 0
	expect_found podman warn "oci-sockopt-hook-createRuntime.json" '"(?i)sockopt"' "not understood"
	edit_hook createRuntime '.when.annotations = {"(sockopt": ".*"}'
	doctor --root "$ROOT"
	expect_status 1
	expect_found podman fail '"(sockopt"'
}

@test "podman: the hook is named by a relative path, is missing, cannot be executed, is another program, a script" {
	podman_tree
	edit_hook createRuntime '.hook.path = "oci-sockopt-hook"'
	doctor --root "$ROOT"
	expect_status 1
	expect_found podman fail "oci-sockopt-hook-createRuntime.json" "not absolute"
	edit_hook createRuntime '.hook.path = "/opt/oci-sockopt-hook"'
	doctor --root "$ROOT"
	expect_status 1
	expect_found podman fail "/opt/oci-sockopt-hook" "No such file"
	install -D -m 644 "$HOOK" "$ROOT/opt/oci-sockopt-hook"
	doctor --root "$ROOT"
	expect_status 1
	expect_found podman fail "cannot be executed (mode 0644)"
	bash -c "$(remedy podman)"
	doctor --root "$ROOT"
	expect_found podman ok
	cp "$(command -v busybox)" "$ROOT/opt/oci-sockopt-hook"
	doctor --root "$ROOT"
	expect_status 1
	expect_found podman fail "another program"
	printf '#!/bin/sh\n' > "$ROOT/opt/oci-sockopt-hook"
	doctor --root "$ROOT"
	expect_status 0
	expect_found podman warn "is a script"
	sed "s/$(strings "$HOOK" | grep -m1 -xE 'g[0-9a-f]{12}')/g000000000000/" "$HOOK" > "$ROOT/opt/oci-sockopt-hook"
	doctor --root "$ROOT"
	expect_status 0
	expect_found podman warn "another build"
}

@test "podman: others may write the hook; then the remedy" {
	podman_tree
	chmod 777 "$LIBEXEC/oci-sockopt-hook"
	doctor --root "$ROOT"
	expect_status 0
	expect_found podman warn "others than root may write"
	bash -c "$(remedy podman)"
	doctor --root "$ROOT"
	expect_found podman ok
}

@test "podman: a wrong stage, no stage in the arguments, a stage that is not ours" {
	podman_tree
	edit_hook createRuntime '.hook.args = ["oci-sockopt-hook", "poststop"]'
	doctor --root "$ROOT"
	expect_status 1
	expect_text 'at stage createRuntime the hook is told "poststop"' "$(found podman)"
	edit_hook createRuntime '.hook.args = ["oci-sockopt-hook"]'
	doctor --root "$ROOT"
	expect_status 1
	expect_text "no argument tells the hook its stage" "$(found podman)"
	edit_hook createRuntime '.hook.args = ["oci-sockopt-hook", "createContainer"] | .stages = ["createContainer"]'
	doctor --root "$ROOT"
	expect_status 1
	expect_text "not for stage createContainer" "$(found podman)"
	expect_text "no file calls the hook at createRuntime" "$(found podman)"
	# prestart is createRuntime to the hook.
	edit_hook createRuntime '.hook.args = ["oci-sockopt-hook", "prestart"] | .stages = ["prestart"]'
	doctor --root "$ROOT"
	expect_found podman ok
}

@test "podman: files that are no hooks.d files, ours and another's" {
	podman_tree
	echo '{' > "$HOOKS/other.json"
	doctor --root "$ROOT"
	expect_status 0
	expect_text "warn $HOOKS/other.json" "$(found podman)"
	rm "$HOOKS/other.json"
	echo '{"version": "0.1.0"}' > "$HOOKS/oci-sockopt-hook-createRuntime.json"
	doctor --root "$ROOT"
	expect_status 1
	expect_found podman fail "oci-sockopt-hook-createRuntime.json" 'must be "1.0.0"'
	rm "$HOOKS/oci-sockopt-hook-createRuntime.json"
	mkfifo "$HOOKS/oci-sockopt-hook-createRuntime.json"
	doctor --root "$ROOT"
	expect_status 1
	expect_found podman fail "not a regular file"
	jq -n '{version: "1.0.0", hook: {path: "/bin/other"}, when: {always: true}, stages: ["poststop"]}' > "$HOOKS/other.json"
	rm "$HOOKS/oci-sockopt-hook-createRuntime.json"
	cp "$TOP"/integration/podman/*.json "$HOOKS"
	doctor --root "$ROOT"
	expect_found podman ok "2 files"
}

@test "podman: files where it does not look; then the remedy, and the later folder hides the first" {
	local etc=$ROOT/etc/containers/oci/hooks.d
	podman_tree
	mkdir -p "$etc"
	mv "$HOOKS"/*.json "$etc"
	doctor --root "$ROOT"
	expect_status 0
	expect_text "warn $etc has files of ours, and podman does not look there" "$(found podman)"
	expect_text "[engine] of $ROOT/etc/containers/containers.conf" "$(found podman)"
	expect_text "no hooks.d file of ours" "$(found podman)"
	printf '[engine]\nhooks_dir = ["/usr/share/containers/oci/hooks.d", "/etc/containers/oci/hooks.d"]\n' > "$ROOT/etc/containers/containers.conf"
	doctor --root "$ROOT"
	expect_found podman ok "2 files"
	podman_tree
	jq '.when.annotations = {"^profile": ".*"}' "$HOOKS/oci-sockopt-hook-createRuntime.json" > "$etc/oci-sockopt-hook-createRuntime.json"
	doctor --root "$ROOT"
	expect_status 1
	expect_found podman fail policy.sockopt.oci
}

@test "podman: containers.conf names the folders; an image's links are its own" {
	podman_tree
	mkdir -p "$ROOT/etc/containers/containers.conf.d" "$ROOT/opt"
	mv "$HOOKS" "$ROOT/opt/real.d"
	ln -s /opt/real.d "$ROOT/opt/hooks.d"
	printf '[engine]\nhooks_dir = [ # ours\n  "/opt/hooks.d",\n]\n' > "$ROOT/etc/containers/containers.conf"
	doctor --root "$ROOT"
	expect_found podman ok "2 files"
	printf '[engine]\nhooks_dir = ["/nowhere"]\n' > "$ROOT/etc/containers/containers.conf.d/50.conf"
	doctor --root "$ROOT"
	expect_found podman warn "no hooks.d file of ours" "$ROOT/nowhere"
	printf '[engine]\nhooks_dir = {}\n' > "$ROOT/etc/containers/containers.conf.d/50.conf"
	doctor --root "$ROOT"
	expect_found podman warn "containers.conf.d/50.conf" "line 2 is not understood"
	printf '[engine\n' > "$ROOT/etc/containers/containers.conf.d/50.conf"
	doctor --root "$ROOT"
	expect_found podman warn "line 1 is not understood"
}

@test "CRI-O: its own folders" {
	podman_tree
	mkdir -p "$ROOT/etc/crio/crio.conf.d"
	doctor --root "$ROOT"
	expect_found cri-o ok "2 files"
	printf '[crio.runtime]\nhooks_dir = ["/opt/hooks.d"]\n' > "$ROOT/etc/crio/crio.conf.d/10.conf"
	doctor --root "$ROOT"
	expect_status 0
	expect_text "warn no hooks.d file of ours" "$(found cri-o)"
	expect_text "warn $HOOKS has files of ours, and CRI-O does not look there" "$(found cri-o)"
	expect_text "[crio.runtime]" "$(found cri-o)"
	expect_found podman ok
}

# ---- containerd ----

@test "containerd: a handler that calls the hook, as versions 2 and 3 write it, and in an imported file" {
	good_handler | containerd_tree
	doctor --root "$ROOT"
	expect_found containerd ok "handler runc" "every annotation"
	good_handler | sed "s/version = 2/version = 3/; s/\"io.containerd.grpc.v1.cri\"/'io.containerd.cri.v1.runtime'/" | containerd_tree
	doctor --root "$ROOT"
	expect_found containerd ok "handler runc"
	mkdir "$ROOT/etc/containerd/conf.d"
	good_handler > "$ROOT/etc/containerd/conf.d/10-sockopt.toml"
	printf 'version = 2\nimports = ["/etc/containerd/conf.d/*.toml"]\n' > "$ROOT/etc/containerd/config.toml"
	doctor --root "$ROOT"
	expect_found containerd ok "handler runc"
	printf 'version = 2\nimports = ["/etc/*/conf.d/1*"]\n' > "$ROOT/etc/containerd/config.toml"
	doctor --root "$ROOT"
	expect_found containerd warn "\"imports\"" "see yourself"
}

@test "containerd: patterns that miss scoped keys; then those of the remedy" {
	good_handler | sed '/pod_annotations/s/=.*/= ["*.sockopt.oci*"]/' | containerd_tree
	doctor --root "$ROOT"
	expect_status 1
	expect_found containerd fail "handler runc: pod_annotations" policy.sockopt.oci/pod mode.sockopt.oci/container.web 'does not match "/"'
	expect_no_text "policy.sockopt.oci," "$(found containerd)"
	good_handler | sed "s|.*pod_annotations.*|$(remedy containerd | sed 's/^write //; s/ for this handler.*//')|" | containerd_tree
	doctor --root "$ROOT"
	expect_found containerd ok
	good_handler | sed '/pod_annotations/d; /container_annotations/s/=.*/= ["["]/' | containerd_tree
	doctor --root "$ROOT"
	expect_status 1
	expect_text "fail handler runc: pod_annotations: these annotations of pods" "$(found containerd)"
	expect_text 'warn handler runc: container_annotations: "[" is no pattern' "$(found containerd)"
}

@test "containerd: the base specification is missing, calls no hook, calls it at the wrong stage" {
	good_handler | containerd_tree
	local spec=$ROOT/etc/containerd/sockopt.json
	jq 'del(.hooks.poststop)' "$spec" > "$T/spec"
	cp "$T/spec" "$spec"
	doctor --root "$ROOT"
	expect_status 0
	expect_found containerd warn "nothing calls the hook at poststop"
	good_handler | containerd_tree
	jq '.hooks = {poststop: .hooks.poststop}' "$spec" > "$T/spec"
	cp "$T/spec" "$spec"
	doctor --root "$ROOT"
	expect_status 1
	expect_found containerd fail "nothing calls the hook at createRuntime"
	good_handler | containerd_tree
	jq '.hooks = {createRuntime: .hooks.poststop}' "$spec" > "$T/spec"
	cp "$T/spec" "$spec"
	doctor --root "$ROOT"
	expect_status 1
	expect_text 'at stage createRuntime the hook is told "poststop"' "$(found containerd)"
	echo '{}' > "$spec"
	doctor --root "$ROOT"
	expect_found containerd warn "no handler has a base_runtime_spec that calls our hook"
	echo '{' > "$spec"
	doctor --root "$ROOT"
	expect_status 1
	expect_found containerd fail "$spec" "no container of this handler starts"
	rm "$spec"
	doctor --root "$ROOT"
	expect_status 1
	expect_found containerd fail "$spec"
	printf '[plugins\n' > "$ROOT/etc/containerd/config.toml"
	doctor --root "$ROOT"
	expect_found containerd warn "$ROOT/etc/containerd/config.toml: line 1 is not understood"
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

@test "another build's programs: with a policy that runs them, and without" {
	local ours
	mkdir "$CGROUP_MOUNT$CG/slice" "$CGROUP_MOUNT$CG/later"
	deny_mark > "$T/p.json"
	"$CTL" host attach "$CG/slice" --policy "$T/p.json"
	ours=$(basename "$PINS"/g*)
	mv "$PINS/$ours" "$PINS/g000000000000"
	sed -i "s/$ours/g000000000000/" "$RUN_DIR"/*.json
	"$CTL" host attach "$CG/later" --policy "$T/p.json"
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
