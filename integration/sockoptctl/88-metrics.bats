#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# metrics: what stats knows as Prometheus wants it, within bounds, whole or not at all.

load ../lib/common
load ../lib/unpacked
load ../lib/counted

bats_require_minimum_version 1.5.0 # run --separate-stderr
RUNTIME=crun

@test "metrics: promtool has nothing to say, also of names that break lines" {
	container one "$(every_kind)" \
		"$(jq -cn '{"io.kubernetes.pod.namespace": "a\"b\\c\nd", "io.kubernetes.pod.name": "\u001b[2Jp\u009b",
			"io.kubernetes.container.name": "web"}')"
	in_container one "${CALLS[@]}"
	run "$CTL" metrics
	expect_status 0
	echo "$output" > "$T/metrics"
	promtool_check < "$T/metrics"
	expect_line 'oci_sockopt_rule_denials_total{id="one",namespace="a\"b\\c\nd",pod="�[2Jp�",container="web",rule="mark"} 3'
	expect_line 'oci_sockopt_rule_changes_total{id="one",namespace="a\"b\\c\nd",pod="�[2Jp�",container="web",rule="kept"} 3'
	expect_line 'oci_sockopt_unmatched_calls_total{id="one",namespace="a\"b\\c\nd",pod="�[2Jp�",container="web",call="getsockopt"} 3'
	expect_line 'oci_sockopt_policy_info{id="one",namespace="a\"b\\c\nd",pod="�[2Jp�",container="web",policy="test",mode="enforce",kind="container"} 1'
	expect_line 'oci_sockopt_policies{kind="container",mode="enforce",state="in force"} 1'
}

@test "metrics: two containers of one id are told apart, and no series is there twice" {
	local state
	container one "$(deny_mark)"
	process_in other
	mkdir "$T/elsewhere"
	echo '{}' > "$T/elsewhere/config.json"
	state=$(state one $! "$(annotations "$(deny_mark)")" | jq -c --arg bundle "$T/elsewhere" '.bundle = $bundle')
	hook createRuntime "$state"
	expect_status 0
	run "$CTL" metrics
	expect_status 0
	expect_equal "$(grep -o '^oci_sockopt_policy_info{id="[^"]*' <<<"$output" | cut -d'"' -f2 | sort)" \
		"$(container_pins | sort)" "the label id"
	expect_equal "$(grep -v '^#' <<<"$output" | sed 's/ [^ ]*$//' | sort | uniq -d)" "" "series that are there twice"
	echo "$output" > "$T/metrics"
	promtool_check < "$T/metrics"
}

@test "metrics: beyond --max-series the largest policies are summed" {
	container large "$(every_kind)"
	container small "$(deny_mark)"
	in_container large "${CALLS[@]}"
	mark small
	# 5 for each policy, and 3 for each of 8 and of 2 rules.
	run "$CTL" metrics --max-series 40
	expect_equal "$(grep -c '{id="' <<<"$output")" 40 "series of policies"
	expect_equal "$(grep -v '^#' <<<"$output" | grep -vc '{id="')" 33 "series of the host"
	expect_line 'oci_sockopt_policies_summed 0'
	run "$CTL" metrics --max-series 39
	expect_line 'oci_sockopt_policies_summed 1'
	expect_line 'oci_sockopt_rule_calls_total{id="large",namespace="",pod="",container="",rule="*"} 18'
	expect_line 'oci_sockopt_rule_denials_total{id="large",namespace="",pod="",container="",rule="*"} 3'
	expect_no_text 'id="large",namespace="",pod="",container="",rule="mark"'
	expect_line 'oci_sockopt_rule_denials_total{id="small",namespace="",pod="",container="",rule="mark"} 1'
	run "$CTL" metrics --max-series 0
	expect_line 'oci_sockopt_policies_summed 2'
	echo "$output" > "$T/metrics"
	promtool_check < "$T/metrics"
}

@test "metrics --textfile: whole, readable by all, and nothing else in the folder" {
	mkdir "$T/collector"
	container one "$(deny_mark)"
	(umask 077 && "$CTL" metrics --textfile "$T/collector/sockopt.prom") > "$T/out"
	expect_equal "$(< "$T/out")" "" "standard output"
	expect_equal "$(stat -c %a "$T/collector/sockopt.prom")" 644 "mode"
	"$CTL" metrics > "$T/direct"
	cmp "$T/collector/sockopt.prom" "$T/direct"
	promtool_check < "$T/collector/sockopt.prom"
	cd "$T/collector"
	run "$CTL" metrics --textfile sockopt.prom
	expect_status 0
	expect_equal "$(ls -A "$T/collector")" sockopt.prom "files"
}

# refused PATH TEXT
refused() {
	run "$CTL" metrics --textfile "$1"
	expect_status 1
	expect_text "$2"
}

@test "metrics --textfile: what it refuses" {
	mkdir "$T/folder"
	ln -s folder/sockopt.prom "$T/link.prom"
	refused "$T/nowhere/sockopt.prom" "No such file or directory"
	refused "$T/folder/" "names no file"
	refused "$T/folder" "no regular file"
	refused "$T/link.prom" "no regular file"
	refused /dev/null "no regular file"
	refused "" "names no file"
	refused .. "names no file"
	[ -c /dev/null ] || fail "/dev/null was replaced"
	expect_equal "$(ls -A "$T/folder")" "" "files"
}

@test "metrics --textfile: a full disk leaves the old file" {
	mkdir "$T/disk"
	mount -t tmpfs -o size=16k tmpfs "$T/disk"
	echo old > "$T/disk/sockopt.prom"
	head -c 8192 /dev/zero > "$T/disk/filler"
	container one "$(every_kind)"
	run "$CTL" metrics --textfile "$T/disk/sockopt.prom"
	expect_status 1
	expect_text "No space left on device"
	expect_equal "$(< "$T/disk/sockopt.prom")" old "the file"
	expect_equal "$(ls -A "$T/disk")" "$(printf 'filler\nsockopt.prom')" "files"
}

@test "a reader that goes is no error" {
	container one "$(every_kind)"
	# shellcheck disable=SC2016
	run bash -c 'set -o pipefail; "$0" metrics | true' "$CTL"
	expect_status 0
}
