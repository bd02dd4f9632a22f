#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What `sockoptctl doctor` says of a hooks.d file is what podman does with it.

load ../lib/podman

# A condition under which podman calls the hook (JSON of "when"): does the annotation "policy.sockopt.oci/pod" reach it?
expect_agreement() {
	local when=$1 expected=$2 hooks=$BATS_FILE_TMPDIR/hooks.d file said saw
	for file in "$hooks"/*.json; do
		jq --argjson when "$when" '.when = $when' "$file" > "$T/edited" && cp "$T/edited" "$file"
	done
	said=$("$CTL" doctor --json | jq -r '[.checks[] | select(.check == "podman" and .state == "fail")
		| .found | test("policy\\.sockopt\\.oci/pod[,:]")] | if any then "free" else "denied" end')
	captured podman_ run --rm --cgroup-parent "$CG" "${ALONE[@]}" --annotation "$(csv policy.sockopt.oci/pod "$(deny_mark | jq .)")" \
		probe /probe socket inet stream : set socket SO_MARK int 5
	expect_status 0
	case $output in
	*'SO_MARK int 5: ok'*) saw=free ;;
	*'SO_MARK int 5: EACCES'*) saw=denied ;;
	*) fail "neither: $output" ;;
	esac
	expect_equal "$said $saw" "$expected $expected" "what doctor says and what podman does with $when"
}

@test "doctor and podman agree on which annotations reach the hook" {
	printf '[engine]\nhooks_dir = ["%s"]\n' "$BATS_FILE_TMPDIR/hooks.d" >> /etc/containers/containers.conf
	expect_agreement "$(jq -c .when "$TOP/integration/podman/oci-sockopt-hook-createRuntime.json")" denied
	expect_agreement '{"annotations": {"^policy\\.sockopt\\.oci$": ".*"}}' free
	expect_agreement '{"annotations": {"^\\w+[.]sockopt\\.[^/]+/p.d$": ""}}' denied
	expect_agreement '{"annotations": {"^policy": "^.+$"}}' free # of several lines
	expect_agreement '{"annotations": {"^policy": ".*", "^profile": ".*"}}' free
	expect_agreement '{"or": true, "annotations": {"^policy": ".*", "^profile": ".*"}}' free # no word of hooks.d files
	expect_agreement '{"annotations": {"^policy": ".*"}, "commands": ["^/nothing$"]}' free
	expect_agreement '{"always": false, "annotations": {"^policy": ".*"}}' free
	expect_agreement '{"always": true}' denied
}

@test "a file that doctor calls broken: podman refuses every container" {
	local file=$BATS_FILE_TMPDIR/hooks.d/oci-sockopt-hook-poststop.json change
	cp "$file" "$T/good.json"
	printf '[engine]\nhooks_dir = ["%s"]\n' "$BATS_FILE_TMPDIR/hooks.d" > /etc/containers/containers.conf
	for change in '.version = "0.1.1"' 'del(.hook.path)' '.stages = []' '.stages = ["later"]' '.hook.path = "oci-sockopt-hook"' '.hook.path = "/nothing"' \
		'.when.annotations = {"(sockopt": ".*"}'; do
		jq "$change" "$T/good.json" > "$file"
		run "$CTL" doctor --json
		expect_equal "$(jq -r '.checks[] | select(.check == "podman") | .state' <<<"$output" | sort -u)" fail "$change: $output"
		captured podman_ run --rm --cgroup-parent "$CG" "${ALONE[@]}" --annotation a=b probe /bin/true
		[ "$status" != 0 ] || fail "podman takes $change"
	done
	cp "$T/good.json" "$file"
}

@test "podman looks where doctor says, and nowhere else" {
	CONTAINERS_CONF=/dev/null run podman --help
	expect_text "(default [/usr/share/containers/oci/hooks.d])"
}
