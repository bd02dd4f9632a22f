# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The operator's verbs on a live container: bodies of the tests that all runtimes share. A runtime's file gives
#   live NAME POLICY [MODE]   make and start a container; sets $ID to what sockoptctl knows it by
#   live_probe NAME STEPS…    run the probe in it; sets $status and $output
#   live_end NAME             end and remove it

MARK=(socket inet stream : set socket SO_MARK int 5)

expect_mark_of() { # NAME RESULT
	live_probe "$1" "${MARK[@]}"
	expect_line "set socket SO_MARK int 5: $2"
}

# One field of the rule "mark" in `stats --json` of $ID.
counted() {
	"$CTL" stats --json "$ID" | jq -r --arg field "$1" '[.. | objects | select(.rule? == "mark")][0][$field]'
}

has_events() {
	[ "$(wc -l < "$T/background.out")" -ge "$1" ]
}

case_see() {
	live c1 "$(deny_mark)"
	expect_mark_of c1 EACCES
	expect_equal "$("$CTL" list --json | jq -r '.[] | "\(.kind) \(.id) \(.mode) \(.state)"')" \
		"container $ID enforce in force" "list"
	expect_equal "$("$CTL" show --json "$ID" | jq -r .policy.rules[0].id)" mark "show"
	run "$CTL" verify "$ID"
	expect_status 0
	expect_equal "$(counted hits) $(counted denials)" "1 1" "hits and denials"
	run "$CTL" metrics
	expect_status 0
	expect_text "oci_sockopt_rule_denials_total"
	live_end c1
	expect_nothing_left
}

case_watch() {
	local seen
	background "$CTL" watch --json --new
	live c1 "$(deny_mark)"
	expect_mark_of c1 EACCES
	wait_for has_events 1
	seen=$(head -1 "$T/background.out")
	expect_equal "$(jq -r '"\(.id) \(.rule) \(.call) \(.option) \(.errno) \(.audit)"' <<<"$seen")" \
		"$ID mark setsockopt SO_MARK EACCES false" "event"
}

case_audit() {
	live c1 "$(deny_mark)" audit
	expect_mark_of c1 ok
	expect_equal "$(counted hits) $(counted denials)" "1 1" "hits, and denials that would have been"
	captured timeout 20 "$CTL" watch --json --count 1 "$ID"
	expect_status 0
	expect_equal "$(jq -r '"\(.rule) \(.errno) \(.audit)"' <<<"$output")" "mark EACCES true" "event"
	run "$CTL" update "$ID" --mode enforce
	expect_status 0
	expect_mark_of c1 EACCES
}

case_update() {
	live c1 "$(deny_mark)"
	policy "$(rule mark SO_MARK deny '"errno":"EXDEV"')" > "$T/new.json"
	run "$CTL" update "$ID" --policy "$T/new.json"
	expect_status 0
	expect_mark_of c1 EXDEV
	run "$CTL" verify "$ID"
	expect_status 0
	live_end c1
	expect_nothing_left
}

case_detach() {
	live c1 "$(deny_mark)"
	run "$CTL" detach "$ID"
	expect_status 0
	expect_mark_of c1 ok
	expect_nothing_left
	live_end c1
	run "$CTL" gc
	expect_status 0
}
