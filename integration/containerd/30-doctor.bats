#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# doctor takes the handlers that containerd takes: its view of configurations in several files, held against `containerd
# config dump` of each version.

load ../lib/common
load ../lib/doctor

SUITES="bookworm trixie sid"
SHIPPED=$TOP/integration/containerd
OLD='io.containerd.grpc.v1.cri'
NEW='io.containerd.cri.v1.runtime'

setup() {
	common_setup
	ROOT=$T/root
	ETC=$ROOT/etc/containerd
	install -D -m 755 "$HOOK" "$ROOT/usr/local/libexec/oci/hooks.d/oci-sockopt-hook"
	mkdir -p "$ETC/conf.d" "$ROOT/usr/bin"
	jq '{ociVersion: "1.1.0", hooks: .hooks}' "$TOP/integration/runc/hooks.json" > "$ETC/sockopt.json"
}

teardown() {
	rm -rf /etc/containerd
	common_teardown
}

# A file below /etc/containerd: NAME VERSION LINE…; version 0: it names none.
file() {
	local name=$1 version=$2
	shift 2
	{
		[ "$version" = 0 ] || echo "version = $version"
		printf '%s\n' "$@"
	} > "$ETC/$name"
}

# A handler below the plugin $1 with the hook; further lines: PLUGIN NAME [LINE…].
handler() {
	printf '[plugins."%s".containerd.runtimes.%s]\nruntime_type = "io.containerd.runc.v2"\n' "$1" "$2"
	printf 'base_runtime_spec = "/etc/containerd/sockopt.json"\n'
	printf 'pod_annotations = ["*.sockopt.oci", "*.sockopt.oci/*"]\ncontainer_annotations = ["*.sockopt.oci", "*.sockopt.oci/*"]\n' |
		if [ "$#" = 2 ]; then cat; else sed "$3"; fi
}

IMPORTS='imports = ["/etc/containerd/conf.d/*.toml"]'
NARROW='s/, "\*.sockopt.oci\/\*"//'

# The handlers that containerd takes, with what its words make of each: "NAME ok" or "NAME fail".
dumped() {
	local text
	rm -rf /etc/containerd
	cp -r "$ETC" /etc/containerd
	text=$("$B/containerd/$1/usr/bin/containerd" -c /etc/containerd/config.toml config dump 2>"$T/dump-errors") ||
		{ echo "does not start" && return; }
	tr \' '"' <<<"$text" | awk -F '= ' '
		/^ *\[/ { name = "" }
		/runtimes\.[a-z]+\]/ { match($0, /runtimes\.[a-z]+\]/); name = substr($0, RSTART + 9, RLENGTH - 10) }
		/^ *base_runtime_spec = "\/etc\/containerd\/sockopt.json"/ && name { spec[name] = 1 }
		/^ *pod_annotations = / && name { pod[name] = $2 }
		END { for (name in spec) print name, pod[name] == "[\"*.sockopt.oci\", \"*.sockopt.oci/*\"]" ? "ok" : "fail" }' | sort
}

# The same by doctor, for the containerd of the suite $1.
by_doctor() {
	cp "$B/containerd/$1/usr/bin/containerd" "$ROOT/usr/bin/containerd"
	doctor --root "$ROOT"
	if found containerd | grep -q 'does not start'; then
		echo "does not start"
		return
	fi
	found containerd | sed -nE -e 's/^ok handler ([a-z]+): .*/\1 ok/p' -e 's/^fail handler ([a-z]+): pod_annotations: .*/\1 fail/p' | sort
}

# Both, of each version: EXPECTED of 1.6, of 1.7, of 2.1.
expect_same() {
	local suite real
	for suite in $SUITES; do
		[ -x "$B/containerd/$suite/usr/bin/containerd" ] ||
			skip_or_fail "containerd of $suite is not there: run \`make deps-containerd\`"
		real=$(dumped "$suite")
		expect_equal "$(xargs <<<"$real")" "$1" "containerd of $suite"
		expect_equal "$(by_doctor "$suite" | xargs)" "$1" "doctor for containerd of $suite"
		shift
	done
}

@test "one file" {
	file config.toml 2 "$(handler $OLD sockopt)" "$(handler $OLD narrow "$NARROW")"
	expect_same "narrow fail sockopt ok" "narrow fail sockopt ok" "narrow fail sockopt ok"
}

@test "another handler in an imported file: 1.x forgets the first, 2.x joins" {
	file config.toml 2 "$IMPORTS" "$(handler $OLD sockopt)"
	file conf.d/10.toml 2 "$(handler $OLD other)"
	expect_same "other ok" "other ok" "other ok sockopt ok"
}

@test "an imported file with another key of the plugin, and with none" {
	file config.toml 2 "$IMPORTS" "$(handler $OLD sockopt)"
	file conf.d/10.toml 2 "[plugins.\"$OLD\"]" 'sandbox_image = "localhost/pause:1"'
	expect_same "" "" "sockopt ok"
	by_doctor bookworm > /dev/null
	run found containerd
	expect_text "fail handler sockopt: $ETC/config.toml: containerd 1.x passes over it"
	expect_text "write all of that section into one file"
	file conf.d/10.toml 2 "[plugins.\"$OLD\"]"
	expect_same "" "" "sockopt ok"
	file conf.d/10.toml 2 '[plugins."io.containerd.internal.v1.opt"]' 'path = "/opt/containerd"'
	expect_same "sockopt ok" "sockopt ok" "sockopt ok"
}

@test "what an imported file says of the same handler" {
	file config.toml 2 "$IMPORTS" "$(handler $OLD sockopt)"
	file conf.d/10.toml 2 "[plugins.\"$OLD\".containerd.runtimes.sockopt]" 'pod_annotations = ["*.sockopt.oci"]'
	expect_same "" "" "sockopt fail"
	file conf.d/10.toml 2 "[plugins.\"$OLD\".containerd.runtimes.sockopt]" 'pod_annotations = []'
	expect_same "" "" "sockopt fail"
	file conf.d/10.toml 2 "[plugins.\"$OLD\".containerd.runtimes.sockopt]" 'base_runtime_spec = ""'
	expect_same "" "" ""
}

@test "files are read in the order of breadth, hidden ones too" {
	file config.toml 2 'imports = ["/etc/containerd/conf.d/1.toml", "conf.d/2.toml"]'
	file conf.d/1.toml 2 'imports = ["/etc/containerd/conf.d/3.toml", "/etc/containerd/config.toml"]' "$(handler $OLD sockopt)"
	file conf.d/2.toml 2 "$(handler $OLD sockopt)"
	file conf.d/3.toml 2 "$(handler $OLD sockopt "$NARROW")"
	expect_same "sockopt fail" "sockopt fail" "sockopt fail"
	file config.toml 2 "$IMPORTS"
	rm "$ETC"/conf.d/*
	file conf.d/.1.toml 2 "$(handler $OLD sockopt)"
	expect_same "sockopt ok" "sockopt ok" "sockopt ok"
}

@test "an imported file that is not there" {
	file config.toml 2 'imports = ["/etc/containerd/conf.d/1.toml"]' "$(handler $OLD sockopt)"
	expect_same "does not start" "does not start" "sockopt ok"
	file config.toml 2 "$IMPORTS" "$(handler $OLD sockopt)"
	expect_same "sockopt ok" "sockopt ok" "sockopt ok"
}

@test "the plugin of the other version" {
	file config.toml 2 "$(handler $NEW sockopt)"
	expect_same "" "" "sockopt ok"
	by_doctor trixie > /dev/null
	run found containerd
	expect_text "fail handler sockopt: $ETC/config.toml: containerd 1.x reads no handlers of plugins.\"$NEW\" here"
	expect_text "write it below [plugins.\"$OLD\".containerd.runtimes]"
	file config.toml 2 "$(handler $NEW new)" "$(handler $OLD old)"
	expect_same "old ok" "old ok" "new ok"
	file config.toml 0 "$(handler cri sockopt)"
	expect_same "sockopt ok" "sockopt ok" ""
	file config.toml 0 "$IMPORTS"
	file conf.d/1.toml 2 "$(handler $OLD sockopt)"
	expect_same "sockopt ok" "sockopt ok" "sockopt ok"
}

# 1.6 takes version 3 for version 2, and so reads none of these handlers; doctor does not tell it from 1.7.
@test "version 3" {
	SUITES=sid
	file config.toml 3 "$IMPORTS" "$(handler $NEW sockopt)"
	expect_same "sockopt ok"
	file conf.d/1.toml 3 "$(handler $NEW other)"
	expect_same "other ok sockopt ok"
	file conf.d/1.toml 0 "$(handler $NEW other)" "[plugins.\"$NEW\"]" "drain_exec_sync_io_timeout = '0s'"
	expect_same "other ok sockopt ok"
	file config.toml 3 "$(handler $OLD sockopt)"
	expect_same ""
	file config.toml 3 "$(handler $NEW sockopt)"
	SUITES=trixie
	expect_same "does not start"
}

@test "the lines of doctor that README.md shows" {
	local shown line said
	mapfile -t shown < <(grep -oE '`(ok|warn|fail) containerd [^`]*`' "$SHIPPED/README.md" | tr -d '`')
	[ ${#shown[@]} -ge 4 ] || fail "README.md shows ${#shown[@]} lines of doctor"
	said=$(
		file config.toml 2 "$(handler $OLD narrow "$NARROW")"
		by_doctor trixie > /dev/null && found containerd
		file config.toml 2 "$IMPORTS" "$(handler $OLD sockopt)"
		file conf.d/10.toml 2 "[plugins.\"$OLD\"]"
		by_doctor trixie > /dev/null && found containerd
		file config.toml 3 "$(handler $OLD sockopt)"
		rm "$ETC/conf.d/10.toml"
		by_doctor sid > /dev/null && found containerd
		file config.toml 3
		by_doctor sid > /dev/null && found containerd
	)
	said=$(sed "s,$ROOT,,g; s/ / containerd /" <<<"$said")
	for line in "${shown[@]}"; do
		expect_text "${line%…}" "$said"
	done
}
