#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# stats: every call is counted, once, where it was decided.

load ../lib/common
load ../lib/unpacked
load ../lib/counted

bats_require_minimum_version 1.5.0 # run --separate-stderr
RUNTIME=crun

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

# Both may be missing of a record that is whole otherwise; stats and metrics once ended by a signal then.
@test "a run record without generation, and one without size class" {
	local record key
	container one "$(deny_mark)"
	container two "$(deny_mark)"
	record=$(find "$RUN_DIR" -name "one@*.json")
	cp "$record" "$T/record"
	for key in generation sizeClass; do
		jq --arg key "$key" 'del(.[$key])' "$T/record" > "$record"
		run --separate-stderr "$CTL" stats
		expect_status 1
		expect_text "one: run record: generation" "$stderr"
		expect_text "two  "
		run --separate-stderr "$CTL" metrics
		expect_status 0
		expect_line 'oci_sockopt_policies_unreadable 1'
	done
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
