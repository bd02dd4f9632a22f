# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Bodies of the tests that runc and crun share: what is refused, with which words, and that nothing is left of it.

load ../lib/common
RUNTIME=$(basename "$BATS_TEST_DIRNAME")

# Start bundle $1 as container c1; it must not run, and each further word must have reached a person.
expect_refused() {
	local bundle=$1 text
	shift
	edit_bundle "$bundle" '.process.args = ["echo", "it ran"]'
	run_container c1 "$bundle"
	expect_failure
	expect_no_text "it ran"
	expect_message "oci-sockopt-hook: c1: "
	for text in "$@"; do
		expect_message "$text"
	done
	! container_exists c1 || fail "the container is still there"
	expect_nothing_left
}

case_broken_json() {
	expect_refused "$(policy_bundle c1 '{"version": 1, "rules": [')" policy.sockopt.oci
}

case_unknown_option() {
	expect_refused "$(policy_bundle c1 "$(policy "$(rule a SO_RCVBUFF deny)")")" \
		policy.sockopt.oci 'rules[0].options[0]' 'unknown socket option "SO_RCVBUFF"' SO_RCVBUF
}

case_unknown_key() {
	expect_refused "$(policy_bundle c1 "$(deny_mark | jq -c '.rules[0].acton = "deny"')")" 'rules[0].acton'
}

case_wrong_version() {
	expect_refused "$(policy_bundle c1 "$(deny_mark | jq -c '.version = 2')")" version
}

case_missing_profile() {
	local bundle
	bundle=$(make_bundle c1)
	annotate "$bundle" profile.sockopt.oci no-such-profile
	expect_refused "$bundle" no-such-profile "$ETC/profiles.d"
}

case_escaping_profile() {
	local bundle
	bundle=$(make_bundle c1)
	deny_mark > "$ETC/outside.json"
	annotate "$bundle" profile.sockopt.oci ../outside
	expect_refused "$bundle" profile.sockopt.oci '../outside'
}

case_broken_profile() {
	local bundle
	bundle=$(make_bundle c1)
	deny_mark | jq -c '.rules[0].action = "forbid"' | profile broken
	annotate "$bundle" profile.sockopt.oci broken
	expect_refused "$bundle" broken 'rules[0].action' forbid
}

case_both() {
	local bundle
	bundle=$(policy_bundle c1 "$(deny_mark)")
	deny_mark | profile web
	annotate "$bundle" profile.sockopt.oci web
	expect_refused "$bundle" policy.sockopt.oci profile.sockopt.oci
}

case_unknown_annotation() {
	local bundle
	bundle=$(policy_bundle c1 "$(deny_mark)")
	annotate "$bundle" polcy.sockopt.oci web
	expect_refused "$bundle" polcy.sockopt.oci
}

case_unknown_mode() {
	local bundle
	bundle=$(policy_bundle c1 "$(deny_mark)")
	annotate "$bundle" mode.sockopt.oci maybe
	expect_refused "$bundle" mode.sockopt.oci maybe
}

case_inline_forbidden() {
	echo '{"allowInline": false}' > "$ETC/config.json"
	expect_refused "$(policy_bundle c1 "$(deny_mark)")" policy.sockopt.oci
}

case_broken_config() {
	echo '{"allowInlin": false}' > "$ETC/config.json"
	expect_refused "$(policy_bundle c1 "$(deny_mark)")" "$ETC/config.json" allowInlin
}

# No bpffs: nowhere to keep the links.
case_no_bpffs() {
	local bundle COMMAND
	bundle=$(policy_bundle c1 "$(deny_mark)" echo "it ran")
	CONTAINERS+=(c1)
	runtime_command
	captured unshare --mount --propagation private sh -c 'while umount /sys/fs/bpf 2>/dev/null; do :; done; exec "$@"' sh \
		"${COMMAND[@]}" run -b "$bundle" c1
	expect_failure
	expect_no_text "it ran"
	expect_message 'mount -t bpf'
	expect_nothing_left
}

case_syslog() {
	local bundle
	bundle=$(make_bundle c1)
	annotate "$bundle" profile.sockopt.oci no-such-profile
	run_container c1 "$bundle"
	expect_failure
	wait_for syslog_has "oci-sockopt-hook: c1: "
	expect_text no-such-profile "$(syslog)"
}
