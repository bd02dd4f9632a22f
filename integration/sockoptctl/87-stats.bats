#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# stats and metrics: every call is counted, once, where it was decided.

load ../lib/common
load ../lib/unpacked

bats_require_minimum_version 1.5.0 # run --separate-stderr
RUNTIME=crun

teardown() {
	umount "$T/disk" 2>/dev/null || true
	common_teardown
}

# One rule of each kind; SO_KEEPALIVE and TCP_NODELAY are nobody's.
every_kind() {
	policy "$(rule mark SO_MARK deny '"errno": "EACCES"')" \
		"$(rule buffer SO_RCVBUF clamp '"max": 65536')" \
		"$(rule force SO_RCVBUFFORCE redirect '"to": "SO_RCVBUF"')" \
		"$(rule prio SO_PRIORITY allow)" \
		"$(rule quiet SO_REUSEADDR ignore)" \
		'{"id": "kept", "calls": ["setsockopt", "getsockopt"], "options": ["200/1:int"], "action": "emulate", "initial": 0}' \
		'{"id": "seg", "calls": ["getsockopt"], "options": ["TCP_MAXSEG"], "action": "answer", "value": 1400}'
}

# What every_kind meets: each rule another number of calls.
CALLS=(socket inet stream
	: set socket SO_MARK int 1 : set socket SO_MARK int 2 : set socket SO_MARK int 3
	: set socket SO_RCVBUF int 4096 : set socket SO_RCVBUF int 1000000
	: set socket SO_RCVBUFFORCE int 8192
	: set socket SO_PRIORITY int 1 : set socket SO_PRIORITY int 2
	: set socket SO_REUSEADDR int 1
	: set 200 1 int 5 : get 200 1 int : get 200 1 int
	: get tcp TCP_MAXSEG int
	: set socket SO_KEEPALIVE int 1 : set tcp TCP_NODELAY int 1
	: get socket SO_KEEPALIVE int : get socket SO_PRIORITY int : get socket SO_MARK int)

# rules ID: "RULE HITS DENIALS CHANGES" a line, from stats --json.
rules() {
	"$CTL" stats --json "$1" | jq -r '.[].rules[] | "\(.rule) \(.hits) \(.denials) \(.changes)"'
}

expect_rules() { # ID LINE…
	local id=$1
	shift
	expect_equal "$(rules "$id")" "$(printf '%s\n' "$@")" "counters of $id"
}

expect_every_kind() { # ID
	expect_rules "$1" "mark 3 3 0" "buffer 2 0 1" "force 1 0 1" "prio 2 0 0" "quiet 1 0 1" "kept 3 0 3" "seg 1 0 1" \
		"default 5 0 0"
}

# A container by hand: NAME POLICY [ANNOTATIONS]
container() {
	local more=${3:-"{}"}
	process_in "$1"
	hook createRuntime "$(state "$1" $! "$(annotations "$2" | jq -c ". + $more")")"
	expect_status 0
}

in_container() { # NAME STEP…
	local name=$1
	shift
	run in_cgroup "$CG/$name" "$PROBE" "$@"
	expect_status 0
}

mark() { # NAME
	in_container "$1" socket inet stream : set socket SO_MARK int 5
}

@test "run: every kind of rule, exactly; the same again counts again" {
	every_kind > "$T/policy.json"
	# shellcheck disable=SC2016
	captured "$CTL" run --policy "$T/policy.json" --id mine -- sh -c '
		ctl=$1; shift
		"$@" && "$ctl" stats --json >"$0/once" && "$@" && "$ctl" stats --json >"$0/twice" && "$ctl" stats mine' \
		"$T" "$CTL" "$PROBE" "${CALLS[@]}"
	expect_status 0
	expect_text "RULE"
	expect_equal "$(grep -Ec '^mine +enforce ' <<<"$output")" 8 "rows of the table"
	expect_equal "$(grep -E '^mine +enforce +mark ' <<<"$output" | tr -s ' ')" "mine enforce mark deny 6 6 0" "a row"
	expect_equal "$(jq -c '[.[].rules[] | [.hits, .denials, .changes]]' "$T/once")" \
		'[[3,3,0],[2,0,1],[1,0,1],[2,0,0],[1,0,1],[3,0,3],[1,0,1],[5,0,0]]' "once"
	expect_equal "$(jq -c '[.[].rules[] | [.hits, .denials, .changes]]' "$T/twice")" \
		'[[6,6,0],[4,0,2],[2,0,2],[4,0,0],[2,0,2],[6,0,6],[2,0,2],[10,0,0]]' "twice"
	expect_equal "$(jq -c '.[].unmatched' "$T/once")" '{"setsockopt":2,"getsockopt":3}' "calls that no rule names"
}

@test "a real container: the same" {
	start web "$(policy_bundle web "$(every_kind)")"
	expect_status 0
	expect_rules web "mark 0 0 0" "buffer 0 0 0" "force 0 0 0" "prio 0 0 0" "quiet 0 0 0" "kept 0 0 0" "seg 0 0 0" "default 0 0 0"
	probe_in web "${CALLS[@]}"
	expect_status 0
	expect_every_kind web
}

@test "the default action: what it refuses, and one for each call" {
	container one "$(policy "$(rule prio SO_PRIORITY allow)" | jq -c '.defaultAction = {setsockopt: "deny", getsockopt: "allow"}')"
	in_container one socket inet stream : set socket SO_MARK int 5 : set socket SO_PRIORITY int 5 : set socket SO_KEEPALIVE int 1
	expect_rules one "prio 1 0 0" "default 2 2 0"
	run "$CTL" stats one
	expect_status 0
	expect_text "setsockopt deny, getsockopt allow"
	# No program looks at getsockopt, and none counts it.
	in_container one socket inet stream : get socket SO_KEEPALIVE int
	expect_rules one "prio 1 0 0" "default 2 2 0"
}

@test "a policy that needs no program counts nothing" {
	container one "$(policy)"
	in_container one socket inet stream : set socket SO_KEEPALIVE int 1
	expect_rules one "default 0 0 0"
	run "$CTL" metrics
	expect_status 0
	expect_line 'oci_sockopt_policies_unreadable 0'
	expect_text 'oci_sockopt_rule_calls_total{id="one",namespace="",pod="",container="",rule="default"} 0'
}

@test "audit: would-be denials and changes, and it says so" {
	container one "$(every_kind)" '{"mode.sockopt.oci": "audit"}'
	in_container one "${CALLS[@]}"
	expect_line 'set socket SO_MARK int 3: ok'
	expect_every_kind one
	run "$CTL" stats
	expect_status 0
	expect_equal "$(grep -E '^one +audit +mark ' <<<"$output" | tr -s ' ')" "one audit mark deny 3 3 0" "a row"
	expect_text "Mode audit: nothing is refused or changed"
	container two "$(deny_mark)"
	run "$CTL" stats two
	expect_no_text "Mode audit"
}

@test "four processes at once: no call is lost" {
	local i pids=()
	container one "$(policy "$(rule mark SO_MARK deny)" "$(rule prio SO_PRIORITY clamp '"max": 1')" \
		'{"calls": ["getsockopt"], "options": ["TCP_MAXSEG"], "action": "deny"}')"
	for i in 1 2 3 4; do
		# Each COUNT sets and gets; what is set is 1 or 2.
		# shellcheck disable=SC2016
		background sh -c 'echo $$ > "$0" && exec "$@"' "$CGROUP_MOUNT$CG/one/cgroup.procs" "$PROBE" socket inet stream \
			: race socket SO_PRIORITY 1 1 2000 : race socket SO_MARK 1 1 1000 : race tcp TCP_MAXSEG 1 1 500
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
	expect_rules one "mark 4000 4000 0" "prio 8000 0 0" "rules[2] 2000 2000 0" "default 14000 0 0"
	expect_equal "$("$CTL" stats --json one | jq -c '.[].unmatched')" '{"setsockopt":2000,"getsockopt":12000}' "unmatched"
}

@test "two policies count apart" {
	container one "$(deny_mark)"
	container two "$(deny_mark)"
	mark one
	mark one
	mark two
	expect_rules one "mark 2 2 0" "default 0 0 0"
	expect_rules two "mark 1 1 0" "default 0 0 0"
	run "$CTL" stats
	expect_status 0
	expect_equal "$(grep -Ec '^(one|two) ' <<<"$output")" 4 "rows"
}

@test "a host's policy above a container: both count" {
	policy "$(rule all-mark SO_MARK allow)" "$(rule buffer SO_RCVBUF clamp '"max": 2048')" > "$T/host.json"
	run "$CTL" host attach "$CG" --policy "$T/host.json"
	expect_status 0
	container one "$(every_kind)"
	in_container one "${CALLS[@]}"
	expect_every_kind one
	# The redirected call arrives as SO_RCVBUF; what the container's policy settled is seen all the same.
	expect_rules "$CG" "all-mark 3 0 0" "buffer 3 0 3" "default 6 0 0"
	run "$CTL" host detach "$CG"
	expect_status 0
}

@test "a policy put in force anew begins at 0, in the same cgroup too" {
	local i
	deny_mark > "$T/host.json"
	for i in 1 2; do
		run "$CTL" host attach "$CG" --policy "$T/host.json"
		expect_status 0
		expect_rules "$CG" "mark 0 0 0" "default 0 0 0"
		run in_cgroup "$CG" "$PROBE" socket inet stream : set socket SO_MARK int 1 : set socket SO_KEEPALIVE int 1
		expect_rules "$CG" "mark 1 1 0" "default 1 0 0"
		run "$CTL" host detach "$CG"
		expect_status 0
	done
}

@test "a policy that is updated begins at 0, in storage of its size and of another" {
	local i
	deny_mark > "$T/small.json"
	for ((i = 0; i < 200; i++)); do
		rule "r$i" "$((300 + i))/1" deny
	done | jq -s '{version: 1, rules: .}' > "$T/large.json"
	container one "$(every_kind)"
	for i in small large small; do
		in_container one "${CALLS[@]}"
		run "$CTL" update one --policy "$T/$i.json"
		expect_status 0
		expect_equal "$(rules one | cut -d' ' -f2- | sort -u)" "0 0 0" "counters after the update to $i"
	done
	mark one
	expect_rules one "mark 1 1 0" "default 0 0 0"
}

@test "lost events are told" {
	echo '{"eventsPerSecond": 1, "eventsBurst": 1}' > "$ETC/config.json"
	container one "$(deny_mark)"
	in_container one socket inet stream : race socket SO_MARK 1 1 1000
	run "$CTL" stats one
	expect_status 0
	grep -qE '^one: events lost: [1-9][0-9]* over its rate, 0 because the ring was full$' <<<"$output" || fail "no lost events:" "$output"
	expect_rules one "mark 1000 1000 0" "default 0 0 0"
	run "$CTL" metrics
	grep -qE '^oci_sockopt_events_lost_total\{id="one",.*,reason="rate"\} [1-9]' <<<"$output" || fail "no lost events:" "$output"
}

# Make the record of $1 be of another build.
forge_generation() {
	local record
	record=$(find "$RUN_DIR" -name "$1@*.json")
	jq -c '.generation = "g000000000000"' "$record" > "$T/forged" && cat "$T/forged" > "$record"
}

@test "what cannot be read is named, and the rest is printed" {
	container one "$(deny_mark)"
	container two "$(deny_mark)"
	mark two
	forge_generation one
	run --separate-stderr "$CTL" stats
	expect_status 1
	expect_equal "$(grep -Ec '^two ' <<<"$output")" 2 "rows of the other"
	expect_text "one: it was put in force by another build (g000000000000" "$stderr"
	run --separate-stderr "$CTL" stats --json
	expect_status 1
	expect_equal "$(jq -c '[.[] | [.id, .trouble == null, (.rules | length)]]' <<<"$output")" '[["one",false,0],["two",true,2]]' "JSON"
	run --separate-stderr "$CTL" metrics
	expect_status 0
	expect_line 'oci_sockopt_policies_unreadable 1'
	expect_text "one: it was put in force by another build" "$stderr"
	expect_no_text 'oci_sockopt_rule_calls_total{id="one"'
	echo "$output" > "$T/metrics"
	promtool_check < "$T/metrics"
}

@test "a run record that is missing, and a policy and a storage that do not fit" {
	local record
	container one "$(deny_mark)"
	container two "$(deny_mark)"
	rm "$RUN_DIR"/one@*.json
	record=$(find "$RUN_DIR" -name "two@*.json")
	jq -c --arg policy "$(policy "$(rule a SO_MARK deny)" "$(rule b SO_PRIORITY deny)")" '.policy = $policy' "$record" > "$T/forged"
	cat "$T/forged" > "$record"
	run --separate-stderr "$CTL" stats
	expect_status 1
	expect_text "$(container_pins | head -1): it has no run record" "$stderr"
	expect_text "two: the kernel counts for 1 rules, and its policy has 2" "$stderr"
	expect_equal "$(wc -l <<<"$output")" 1 "lines"
	run --separate-stderr "$CTL" metrics
	expect_status 0
	expect_line 'oci_sockopt_policies_unreadable 2'
	expect_line 'oci_sockopt_policies{kind="unknown",mode="unknown",state="damaged"} 1'
	echo "$output" > "$T/metrics"
	promtool_check < "$T/metrics"
}

@test "what is gone is no trouble, unless it was asked for" {
	container one "$(deny_mark)"
	container two "$(deny_mark)"
	remove_cgroup "$CGROUP_MOUNT$CG/one"
	run --separate-stderr "$CTL" stats
	expect_status 0
	expect_equal "$stderr" "" "messages"
	expect_no_text one
	run "$CTL" stats one two
	expect_status 1
	expect_text "one: its cgroup is gone"
	expect_text "two  "
	run "$CTL" metrics
	expect_status 0
	expect_line 'oci_sockopt_policies{kind="container",mode="enforce",state="gone"} 1'
	expect_line 'oci_sockopt_policies_unreadable 0'
}

@test "what records decides nothing, and is no trouble either" {
	local record
	container one "$(deny_mark)"
	record=$(find "$RUN_DIR" -name "one@*.json")
	jq -c '.mode = "record"' "$record" > "$T/forged" && cat "$T/forged" > "$record"
	run "$CTL" stats
	expect_status 0
	expect_equal "$(wc -l <<<"$output")" 1 "lines"
	run "$CTL" stats one
	expect_status 1
	expect_text "one: it records: nothing is decided"
	run "$CTL" metrics
	expect_status 0
	expect_line 'oci_sockopt_policies_unreadable 0'
	expect_line 'oci_sockopt_policies{kind="container",mode="record",state="in force"} 1'
	expect_text 'oci_sockopt_policy_info{id="one"'
}

@test "stats: nothing in force, unknown ids, wrong use" {
	run "$CTL" stats
	expect_status 0
	expect_equal "$(wc -l <<<"$output")" 1 "lines"
	run "$CTL" stats --json
	expect_equal "$(jq -c . <<<"$output")" "[]" "JSON"
	container one "$(deny_mark)"
	run "$CTL" stats nobody one one
	expect_status 1
	expect_text 'no policy is known as "nobody"'
	expect_equal "$(grep -c '^one ' <<<"$output")" 2 "rows: named twice, shown once"
	run "$CTL" stats -- --json
	expect_status 1
	run "$CTL" stats --nix
	expect_status 2
	run "$CTL" metrics one
	expect_status 2
	for number in x "" -1 1.5 99999999999999999999; do
		run "$CTL" metrics --max-series "$number"
		expect_status 2
	done
}

# ---- metrics ----

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
