#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# CRI-O is not run. What is tested: the hook files are podman's, which are run, and doctor finds CRI-O set up by them.

load ../lib/common
C=$TOP/integration/cri-o

# A root with CRI-O, our files in the places that the README names, and the hook.
lay_out() {
	mkdir -p "$T/root/usr/bin" "$T/root/etc/containers/oci/hooks.d" "$T/root/etc/crio/crio.conf.d" "$T/root/opt/oci-sockopt-hook/bin"
	touch "$T/root/usr/bin/crio"
	chmod +x "$T/root/usr/bin/crio"
	cp "$HOOK" "$T/root/opt/oci-sockopt-hook/bin/"
	cp "$C"/*.json "$T/root/etc/containers/oci/hooks.d/"
	cp "$C"/*.conf "$T/root/etc/crio/crio.conf.d/"
}

doctor() {
	run "$CTL" doctor --json --root "$T/root"
	output=$(jq -r '.. | objects | select(.check? == "cri-o") | "\(.state) \(.found)"' <<<"$output")
}

@test "the hook files are podman's, with another path" {
	local file
	for file in "$C"/*.json; do
		expect_equal "$(jq -S . "$file")" "$(jq -S '.hook.path = "/opt/oci-sockopt-hook/bin/oci-sockopt-hook"' \
			"$TOP/integration/podman/${file##*/}")" "${file##*/}"
	done
}

@test "doctor finds the hook by these files, and misses it without either" {
	lay_out
	doctor
	expect_equal "$(cut -d' ' -f1 <<<"$output" | sort -u)" ok "states: $output"
	rm "$T/root/etc/containers/oci/hooks.d/oci-sockopt-hook-createRuntime.json"
	doctor
	expect_equal "$(cut -d' ' -f1 <<<"$output" | sort -u)" fail "states: $output"
	lay_out
	rm "$T/root/etc/crio/crio.conf.d/50-oci-sockopt-hook.conf"
	doctor
	expect_equal "$(cut -d' ' -f1 <<<"$output" | sort -u)" warn "states: $output"
}
