#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# doctor: what it says of the runtimes' hook files, of each thing that is wrong there, and whether its remedies are remedies.

load ../lib/common
load ../lib/doctor

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

# Which containerd reads them is not known here: no program is there. ../containerd asks the real ones.
@test "containerd: two files with a section of the plugin; then what the remedy says" {
	local old='"io.containerd.grpc.v1.cri"' new='"io.containerd.cri.v1.runtime"' imports='imports = ["/etc/containerd/conf.d/*.toml"]'
	{ echo "$imports" && good_handler; } | containerd_tree
	mkdir "$ROOT/etc/containerd/conf.d"
	printf 'version = 2\n[plugins.%s]\nsandbox_image = "pause"\n' "$old" > "$ROOT/etc/containerd/conf.d/image.toml"
	doctor --root "$ROOT"
	expect_status 1
	expect_found containerd fail "handler runc: $ROOT/etc/containerd/config.toml" "passes over it" \
		"plugins.$old" "all of that section into one file"
	good_handler > "$ROOT/etc/containerd/conf.d/image.toml"
	doctor --root "$ROOT"
	expect_found containerd ok "handler runc"
	{ echo "$imports" && good_handler | sed "s/= 2/= 3/; s/$old/$new/"; } | containerd_tree
	printf 'version = 3\n[plugins.%s]\nx = 1\n' "$new" > "$ROOT/etc/containerd/conf.d/image.toml"
	doctor --root "$ROOT"
	expect_found containerd ok "handler runc"
	printf 'version = 2\n' > "$ROOT/etc/containerd/conf.d/image.toml"
	doctor --root "$ROOT"
	expect_text "warn $ROOT/etc/containerd/conf.d/image.toml: is of another version than /etc/containerd/config.toml" "$(found containerd)"
	expect_text "write all files for one version" "$(found containerd)"
}

@test "containerd: the plugin of another version, an inline table, a file that is not there" {
	good_handler | sed 's/version = 2/version = 3/' | containerd_tree
	doctor --root "$ROOT"
	expect_status 1
	expect_found containerd fail "handler runc: $ROOT/etc/containerd/config.toml" "reads no handlers of plugins.\"io.containerd.grpc.v1.cri\"" \
		'write it below [plugins."io.containerd.cri.v1.runtime".containerd.runtimes]'
	{ good_handler && echo '[plugins.x.containerd]' && echo 'runtimes = {}'; } | containerd_tree
	doctor --root "$ROOT"
	expect_text "warn $ROOT/etc/containerd/config.toml: has an inline table" "$(found containerd)"
	{ echo 'imports = ["more.toml"]' && good_handler; } | containerd_tree
	doctor --root "$ROOT"
	expect_status 1
	expect_text "fail $ROOT/etc/containerd/config.toml imports /etc/containerd/more.toml, which is not there" "$(found containerd)"
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
	expect_found containerd fail "$spec" "once containerd starts again, no pod of this node starts"
	rm "$spec"
	doctor --root "$ROOT"
	expect_status 1
	expect_found containerd fail "$spec"
	printf '[plugins\n' > "$ROOT/etc/containerd/config.toml"
	doctor --root "$ROOT"
	expect_found containerd warn "$ROOT/etc/containerd/config.toml: line 1 is not understood"
}
