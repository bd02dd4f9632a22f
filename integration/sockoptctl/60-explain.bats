#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# explain, and the warnings of check. What explain says of a call is held against the kernel: a program under the policy
# sees what the same program sees without it when it makes the call that explain predicts.

load ../lib/common

bats_require_minimum_version 1.5.0 # run --separate-stderr

policy_of_rules() {
	policy "$(rule rcvbuf SO_RCVBUF clamp '"max": 65536')" \
		"$(rule mark SO_MARK deny '"errno": "EACCES", "where": {"value": {"min": 5}}')" \
		"$(rule tos IP_TOS mask '"keep": 3, "set": {"dscp": "AF21"}')" \
		"$(rule force SO_RCVBUFFORCE redirect '"to": "SO_SNDBUF", "max": 16384')" \
		"$(rule cc TCP_CONGESTION deny '"errno": "ENOENT", "where": {"value": {"not": {"oneOf": ["cubic"]}}}')" \
		"$(rule nodelay TCP_NODELAY ignore)" \
		"$(rule linger SO_LINGER clamp '"field": "l_linger", "max": 5')" \
		"$(rule dgram SO_PRIORITY replace '"value": 2, "sockets": {"types": ["SOCK_DGRAM"]}')" \
		"$(rule ttl IP_TTL clamp '"max": 10')" \
		'{"id": "vendor", "calls": ["setsockopt", "getsockopt"], "options": ["200/1:int"], "action": "emulate", "initial": 7}' \
		'{"id": "type", "calls": ["getsockopt"], "options": ["SO_TYPE"], "action": "replace", "value": 42}' \
		'{"id": "domain", "calls": ["getsockopt"], "options": ["SO_DOMAIN"], "action": "deny", "errno": "EACCES"}' \
		'{"id": "maxseg", "calls": ["getsockopt"], "options": ["TCP_MAXSEG"], "action": "clamp", "max": 100}' \
		'{"id": "absent", "calls": ["getsockopt"], "options": ["200/2:int"], "action": "answer", "value": 3}'
}

# explained ARGUMENTS…: into $json
explained() {
	json=$("$CTL" explain --json "$T/policy.json" "$@") || fail "explain $*: status $?"
}

j() {
	jq -r "$1 // empty" <<<"$json"
}

# probed STEPS…: what the steps end in, without their words
probed() {
	"$PROBE" "$@" | sed 's/.*: //'
}

under_policy() {
	"$CTL" run --policy "$T/policy.json" -- "$PROBE" "$@" | sed 's/.*: //'
}

socket_options() { # FAMILY TYPE, as the probe names them
	printf '%s\n' --family "AF_${1^^}" --type "SOCK_${2^^}"
}

# One setsockopt: SOCKET | OPTION | VALUE | LENGTH | steps that read what it left behind
check_set() {
	local sock option value length gets more=() predicted real
	IFS='|' read -r sock option value length gets <<<"$1"
	# shellcheck disable=SC2086,SC2206  # words are meant
	{
		mapfile -t more < <(socket_options $sock)
		sock=(socket $sock) gets=($gets)
	}
	[ -z "$length" ] || more+=(--length "$length")
	explained --option "$option" --value "$value" "${more[@]}"
	real=$(under_policy "${sock[@]}" : set "$(j .level)" "$(j .optname)" hex "$(j .hex)" len "$(j .optlen)" : "${gets[@]}")
	case $(j .result.end) in
	kernel)
		# The kernel reads the caller's own memory where explain tells no value.
		predicted=$(probed "${sock[@]}" : set "$(j .result.level)" "$(j .result.optname)" hex \
			"$(jq -r '.result.hex // .hex' <<<"$json")" len "$(j .result.optlen)" : "${gets[@]}")
		;;
	denied) predicted=$(probed "${sock[@]}" : "${gets[@]}" | sed "1a$(j .result.errno)") ;;
	done | kept) predicted=$(probed "${sock[@]}" : "${gets[@]}" | sed 1aok) ;;
	*) fail "explain does not say how it ends: $json" ;;
	esac
	expect_equal "$real" "$predicted" "$1, explained as $json; under the policy"
}

# One getsockopt: SOCKET | OPTION | LENGTH | LEVEL | NUMBER. What the kernel reports is asked of it first.
check_get() {
	local sock option length level number more=() answer predicted real
	IFS='|' read -r sock option length level number <<<"$1"
	# shellcheck disable=SC2086,SC2206
	{
		mapfile -t more < <(socket_options $sock)
		sock=(socket $sock)
	}
	answer=$(probed "${sock[@]}" : get "$level" "$number" hex len "$length" | tail -1)
	case $answer in
	E*) more+=(--fails "$answer") ;;
	*) more+=(--value "{\"hex\":\"${answer% len *}\"}") ;;
	esac
	explained --call getsockopt --option "$option" --length "$length" "${more[@]}"
	case $(j .result.end) in
	denied | fails) predicted=$(j .result.errno) ;;
	reports | kept) predicted="$(j .result.hex) len $(j .result.optlen)" ;;
	*) fail "explain does not say how it ends: $json" ;;
	esac
	real=$(under_policy "${sock[@]}" : get "$level" "$number" hex len "$length" | tail -1)
	expect_equal "$real" "$predicted" "$1, explained as $json; under the policy"
}

@test "setsockopt: what explain says is what the kernel does" {
	local row
	policy_of_rules > "$T/policy.json"
	for row in \
		'inet stream|SO_RCVBUF|1048576||get socket SO_RCVBUF int' \
		'inet stream|SO_RCVBUF|4096||get socket SO_RCVBUF int' \
		'inet stream|SO_RCVBUF|1048576|3|get socket SO_RCVBUF int' \
		'inet stream|SO_RCVBUF|1048576|8192|get socket SO_RCVBUF int' \
		'inet stream|SO_MARK|5||get socket SO_MARK int' \
		'inet stream|SO_MARK|4||get socket SO_MARK int' \
		'inet stream|SO_MARK|4|0|get socket SO_MARK int' \
		'inet stream|SO_KEEPALIVE|1|5000|get socket SO_KEEPALIVE int' \
		'inet dgram|IP_TOS|{"dscp":"EF"}||get ip IP_TOS int' \
		'inet6 stream|IP_TOS|{"hex":"b9"}||get ip IP_TOS int' \
		'inet stream|IP_TTL|200|2|get ip IP_TTL int' \
		'inet stream|SO_RCVBUFFORCE|1048576||get socket SO_SNDBUF int : get socket SO_RCVBUF int' \
		'inet stream|TCP_CONGESTION|reno||get tcp TCP_CONGESTION string' \
		'inet stream|TCP_CONGESTION|cubic||get tcp TCP_CONGESTION string' \
		'inet stream|TCP_NODELAY|1||get tcp TCP_NODELAY int' \
		'inet stream|SO_LINGER|{"l_onoff":1,"l_linger":60}||get socket SO_LINGER hex len 8' \
		'inet dgram|SO_PRIORITY|6||get socket SO_PRIORITY int' \
		'inet stream|SO_PRIORITY|6||get socket SO_PRIORITY int' \
		'inet stream|200/1|42||get socket SO_PRIORITY int' \
		'inet stream|200/1|42|2|get socket SO_PRIORITY int'; do
		check_set "$row"
	done
}

@test "getsockopt: what explain says is what the caller sees" {
	local row
	policy_of_rules > "$T/policy.json"
	for row in \
		'inet stream|SO_TYPE|4|1|3' \
		'inet stream|SO_TYPE|2|1|3' \
		'inet stream|SO_DOMAIN|4|1|39' \
		'inet stream|TCP_MAXSEG|4|6|2' \
		'inet stream|TCP_MAXSEG|3|6|2' \
		'inet dgram|TCP_MAXSEG|4|6|2' \
		'inet stream|200/1|4|200|1' \
		'inet stream|200/2|8|200|2' \
		'inet stream|SO_RCVBUF|4|1|8'; do
		check_get "$row"
	done
}

@test "the table and its JSON" {
	policy_of_rules > "$T/policy.json"
	run "$CTL" explain "$T/policy.json"
	expect_status 0
	expect_text 'value not in {"cubic"}'
	expect_text 'becomes SO_SNDBUF, at most 16384'
	expect_equal "$(grep -c '(default)$' <<<"$output")" 5 "rows of the default in: $output"
	run "$CTL" explain --json - < "$T/policy.json"
	expect_status 0
	expect_equal "$(jq -r '.[] | select(.option == "SO_MARK") | "\(.call) \(.level)/\(.optname) \(.condition): \(.effect) (\(.rule))"' <<<"$output")" \
		$'setsockopt 1/36 value >= 5: deny EACCES (mark)\nsetsockopt 1/36 null: allow (null)' "SO_MARK in JSON"
	expect_equal "$(jq -c '[.[] | select(.option == "*") | [.call, .action, .rule, .index]]' <<<"$output")" \
		'[["setsockopt","allow",null,null],["getsockopt","allow",null,null]]' "the rest in JSON"
}

@test "one call in words; the status is 0 whatever the verdict" {
	policy_of_rules > "$T/policy.json"
	run "$CTL" explain "$T/policy.json" --option SO_MARK --value 5
	expect_status 0
	expect_line 'verdict   deny, by rules[1] "mark"'
	expect_line 'caller    fails with EACCES; the kernel is not asked'
	run "$CTL" explain "$T/policy.json" --call getsockopt --option SO_DOMAIN --value 2
	expect_line 'caller    fails with EACCES; but the kernel has written its value by then'
	run "$CTL" explain "$T/policy.json" --call getsockopt --option 200/1 --fails EOPNOTSUPP
	expect_text 'which is not known here'
	run "$CTL" explain "$T/policy.json" --option SO_RCVTIMEO --value '{"tv_sec":1}'
	expect_text 'the first of 2 numbers of that name'
}

@test "a call that is asked for wrongly" {
	local words
	deny_mark > "$T/policy.json"
	for words in '--value 1' '--option SO_MARK' '--option SO_MARK --call set --value 1' '--option SO_MARK --value 1 --fails EPERM' \
		'--option SO_MARK --call getsockopt' 'another'; do
		# shellcheck disable=SC2086
		run "$CTL" explain "$T/policy.json" $words
		expect_status 2
		expect_text usage
	done
	for words in 'SO_MARKK --value 1' 'SO_MARK --value x' 'SO_MARK --value 1 --family AF_X' 'SO_MARK --value 1 --length -1'; do
		# shellcheck disable=SC2086
		run "$CTL" explain "$T/policy.json" --option $words
		expect_status 1
		expect_text 'sockoptctl: --'
	done
	run "$CTL" explain "$T/missing.json"
	expect_status 1
	policy "$(rule a SO_RCVBUFF deny)" > "$T/bad.json"
	run "$CTL" explain "$T/bad.json"
	expect_status 1
	expect_text "$T/bad.json: rules[0].options[0]"
}

@test "check: warnings, strict, JSON" {
	policy "$(rule tos IP_TOS deny)" > "$T/door.json"
	deny_mark > "$T/good.json"
	run --separate-stderr "$CTL" check "$T/door.json" "$T/good.json"
	expect_status 0
	expect_text 'door.json: ok: 1 rule'
	expect_text "sockoptctl: $T/door.json: warning: rules[0] \"tos\": IP_TOS is restricted, IPV6_TCLASS is not" "$stderr"
	expect_text '@dscp' "$stderr"
	expect_no_text 'good.json' "$stderr"
	run --separate-stderr "$CTL" check --strict "$T/door.json" "$T/good.json"
	expect_status 1
	expect_no_text 'door.json' "$output"
	expect_text 'good.json: ok' "$output"
	expect_text "sockoptctl: $T/door.json: rules[0] \"tos\": IP_TOS" "$stderr"
	run --separate-stderr "$CTL" check --strict --json "$T/door.json" "$T/good.json"
	expect_status 1
	expect_equal "$(jq -c '[.[] | [.ok, (.warnings[] | .lint, .rule, .index, .remedy)]]' <<<"$output")" \
		'[[false,"sideways-door","tos",0,"@dscp"],[true]]' "JSON"
}

@test "check: the project's examples have no warnings" {
	run "$CTL" check --strict "$TOP"/schemas/examples/*.json
	expect_status 0
}
