#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Recordings joined into one policy that works: sockoptctl merge.

load ../lib/common

# recorded RULE…: a policy as record makes them, denying what no rule allows
recorded() {
	local IFS=,
	echo "{\"version\": 1, \"name\": \"web\", \"description\": \"Recorded: 5 calls.\", \"defaultAction\": \"deny\", \"rules\": [$*]}"
}

# rule CALL OPTION FAMILY [MORE]
rule_for() {
	echo "{\"calls\": [\"$1\"], \"options\": [\"$2\"], \"sockets\": {\"families\": [\"$3\"]}, \"action\": \"allow\", \"description\": \"5 calls, optlen 4\"${4:+, $4}}"
}

two_recordings() {
	recorded "$(rule_for setsockopt SO_PRIORITY AF_INET '"where": {"value": {"min": 1, "max": 2}}')" \
		"$(rule_for getsockopt SO_PRIORITY AF_INET)" > "$T/a.json"
	recorded "$(rule_for setsockopt SO_PRIORITY AF_INET '"where": {"value": {"min": 4, "max": 5}}')" \
		"$(rule_for getsockopt SO_TYPE AF_UNIX)" > "$T/b.json"
}

@test "what either allows the joined policy allows, in the kernel" {
	two_recordings
	run "$CTL" merge -o "$T/all.json" "$T/a.json" "$T/b.json"
	expect_status 0
	expect_equal "$output" "" "output"
	run "$CTL" check "$T/all.json"
	expect_status 0
	run "$CTL" run --policy "$T/all.json" -- "$PROBE" socket inet stream \
		: set socket SO_PRIORITY int 1 : set socket SO_PRIORITY int 5 : set socket SO_PRIORITY int 6 \
		: get socket SO_PRIORITY int : get socket SO_TYPE int
	expect_status 0
	expect_line 'set socket SO_PRIORITY int 1: ok'
	expect_line 'set socket SO_PRIORITY int 5: ok'
	expect_line 'set socket SO_PRIORITY int 6: EPERM'
	expect_line 'get socket SO_PRIORITY int: 5 len 4'
	expect_line 'get socket SO_TYPE int: EPERM'
	run "$CTL" run --policy "$T/all.json" -- "$PROBE" socket unix stream : get socket SO_TYPE int
	expect_line 'get socket SO_TYPE int: 1 len 4'
}

@test "in either order, to a file or to standard output, it is the same" {
	two_recordings
	run "$CTL" merge --output "$T/ab.json" "$T/a.json" "$T/b.json"
	expect_status 0
	"$CTL" merge "$T/b.json" - < "$T/a.json" > "$T/ba.json"
	cmp "$T/ab.json" "$T/ba.json"
	expect_equal "$(jq -r .name "$T/ab.json")" web "name"
	expect_equal "$(jq -r .description "$T/ab.json")" 'Merged from 2 recordings: 20 calls.' "description"
	expect_equal "$(jq -r '.rules[] | select(.calls[0] == "setsockopt").description' "$T/ab.json")" \
		'10 calls, optlen 4, values 1 to 5, any type, any protocol' "description of a rule"
}

@test "--values makes bounds wider" {
	recorded "$(rule_for setsockopt SO_PRIORITY AF_INET '"where": {"value": {"oneOf": [1, 5]}}')" > "$T/a.json"
	expect_equal "$("$CTL" merge "$T/a.json" | jq -c '.rules[0].where.value')" '{"oneOf":[1,5]}' "exact"
	expect_equal "$("$CTL" merge --values range "$T/a.json" | jq -c '.rules[0].where.value')" '{"min":1,"max":5}' "range"
	expect_equal "$("$CTL" merge --values any "$T/a.json" | jq -c '.rules[0].where.value')" null "any"
	run "$CTL" merge --values some "$T/a.json"
	expect_status 2
	expect_text 'merge: --values: "some" is neither "exact" nor "range" nor "any"'
}

@test "another policy is refused with its place, and nothing is written" {
	two_recordings
	policy "$(rule mark SO_MARK deny)" > "$T/hand.json"
	run "$CTL" merge -o "$T/all.json" "$T/a.json" "$T/hand.json"
	expect_status 1
	expect_line "sockoptctl: $T/hand.json: defaultAction: allows setsockopt; merge joins what record and merge write, which deny"
	[ ! -e "$T/all.json" ] || fail "written: $(cat "$T/all.json")"
	jq '.rules[1].action = "deny"' "$T/b.json" > "$T/c.json"
	echo before > "$T/all.json"
	run "$CTL" merge -o "$T/all.json" "$T/a.json" "$T/c.json"
	expect_status 1
	expect_line "sockoptctl: $T/c.json: rules[1]: action: \"deny\"; merge joins what record and merge write, which allow alone"
	expect_equal "$(cat "$T/all.json")" before "the file that was there"
	echo '{' > "$T/broken.json"
	run "$CTL" merge "$T/a.json" "$T/broken.json"
	expect_status 1
	expect_text "$T/broken.json: "
	expect_equal "$(find "$T" -name '.tmp-*')" "" "temporary files"
}

@test "only a regular file is replaced" {
	two_recordings
	ln -s a.json "$T/link"
	mkdir "$T/folder"
	local path
	for path in "$T/link" "$T/folder" /dev/stdout; do
		run "$CTL" merge -o "$path" "$T/a.json" "$T/b.json"
		expect_status 1
		expect_line "sockoptctl: $path: is not a regular file; without this option the text goes to standard output"
	done
	run "$CTL" merge -o "$T/none/file" "$T/a.json"
	expect_status 1
	expect_line "sockoptctl: $T/none/: No such file or directory"
	run "$CTL" merge -o "$T/folder/" "$T/a.json"
	expect_status 1
	expect_line "sockoptctl: $T/folder/: is a folder; name a file in it"
	expect_equal "$(jq -r .rules[0].where.value.max "$T/a.json")" 2 "what the link points at"
}

@test "usage" {
	run "$CTL" merge
	expect_status 2
	expect_text 'merge: which recordings?'
	run "$CTL" merge -o
	expect_status 2
	expect_text 'merge: option -o needs a value'
	run "$CTL" merge -x
	expect_status 2
	expect_text 'merge: option -x is not known'
	run "$CTL" merge --help
	expect_status 0
	expect_text 'usage: sockoptctl [--config FILE] merge [-o FILE]'
}
