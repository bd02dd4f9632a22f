#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Every example of the man pages does what the page shows. README.md says how they are found, and how to add one.

load ../lib/common

RUNTIME=crun
EXAMPLES=$TOP/integration/lib/man-examples

# Run a command where examples run, in the cgroup namespace of this test's cgroup.
on_stage() {
	# shellcheck disable=SC2016
	B=$B in_cgroup "$CG" unshare --cgroup --mount --propagation private -- \
		bash "$TOP/integration/man/stage.bash" "$T" "$@" 3>&-
}

blocks() { # KIND
	"$EXAMPLES" list "$TOP"/hook/man/*.scd | jq -c --arg kind "$1" 'select(.kind == $kind)'
}

# Give each block of KIND to COMMAND, as the file $T/example.json, and say which were wrong. COMMAND runs where a
# failure does not end it: its steps are joined by &&.
each_block() { # KIND LEAST COMMAND…
	local kind=$1 least=$2 count=0 block wrong=
	shift 2
	while read -r block; do
		((++count))
		jq -r .text <<<"$block" > "$T/example.json"
		"$@" >"$T/each.out" 2>&1 </dev/null || wrong+="$(jq -r .place <<<"$block"): $(< "$T/each.out")"$'\n'
	done < <(blocks "$kind")
	[ -z "$wrong" ] || fail "$wrong"
	[ "$count" -ge "$least" ] || fail "only $count examples of the kind $kind were found"
}

# FILE against schemas/SCHEMA.schema.json, each value of it.
schema() { # SCHEMA FILE
	python3 - "$TOP/schemas/$1.schema.json" "$2" <<-'END'
		import json, sys
		from jsonschema import Draft202012Validator
		schema, text = (open(path, encoding="utf-8").read() for path in sys.argv[1:])
		decoder = json.JSONDecoder()
		text = text.strip()
		while text:
		    value, end = decoder.raw_decode(text)
		    Draft202012Validator(json.loads(schema)).validate(value)
		    text = text[end:].strip()
	END
}

check_policy() {
	"$CTL" check "$T/example.json" && schema policy "$T/example.json"
}

check_rule() {
	jq '{version: 1, rules: [.]}' "$T/example.json" > "$T/rule.json" && mv "$T/rule.json" "$T/example.json" && check_policy
}

check_config() {
	"$CTL" --config "$T/example.json" list && schema config "$T/example.json"
}

# A container with that much of a config.json, under the hook that was built here; SO_MARK must be refused to it.
run_bundle() {
	local bundle
	bundle=$(plain_bundle example /probe socket inet stream : set socket SO_MARK int 5)
	edit_bundle "$bundle" --slurpfile shown "$T/example.json" --arg hook "$HOOK" '. * $shown[0] | (.hooks[][] | .path) = $hook'
	run_container example "$bundle"
	expect_status 0 && expect_line 'set socket SO_MARK int 5: EPERM' && delete example
}

# Each on a stage of its own: what one does to the container is nothing to the next.
@test "sessions: each command prints what is shown" {
	local place count=0 wrong=
	while read -r place; do
		((++count))
		remove_cgroup "$CGROUP_MOUNT$CG"
		mkdir "$CGROUP_MOUNT$CG"
		rm -rf "$ETC" "$T/web" "$T/session" "${PINS:?}" "$RUN_DIR"
		captured on_stage "$EXAMPLES" sessions "$TOP/hook/man/$place"
		[ "$output" = "1 sessions, 0 wrong" ] || wrong+="$output"$'\n'
	done < <(blocks session | jq -r .place)
	[ -z "$wrong" ] || fail "$wrong"
	[ "$count" -ge 6 ] || fail "only $count sessions were found"
}

@test "policies pass check and the schema" {
	each_block policy 5 check_policy
	each_block rule 0 check_rule
}

@test "host configurations are read, and pass the schema" {
	each_block config 1 check_config
}

@test "bundles: a container with that config.json is under its policy" {
	each_block bundle 1 run_bundle
}

@test "no block is half an example; JSON that is declared passes its schema" {
	local broken block
	broken=$("$EXAMPLES" list "$TOP"/hook/man/*.scd | jq -r 'select(.kind | startswith("broken")) | "\(.place): \(.kind)"')
	expect_equal "$broken" "" "blocks"
	while read -r block; do
		jq -r .text <<<"$block" > "$T/example.json"
		schema "$(jq -r '.json[0]' <<<"$block")" "$T/example.json" || fail "$(jq -r .place <<<"$block")"
	done < <(blocks json)
}

@test "a page that shows something else fails, and so does one that is broken" {
	local case
	for case in '# echo a|b' '# echo a|a|b' '# echo a' '# false'; do
		{ echo '```'; tr '|' '\n' <<<"$case"; echo '```'; } > "$T/page.scd"
		(cd "$T" && ! "$EXAMPLES" sessions page.scd) || fail "passed: $case"
	done
	printf '%s\n' '```' '# echo run-12 a b' 'run-7 … b' '# seq 9' 1 … 9 '# printf "PID  X\n1234  2\n"' 'PID    X' '9      2' '# echo up; sleep 1000' up ^C '```' > "$T/page.scd"
	(cd "$T" && "$EXAMPLES" sessions page.scd)
	printf '%s\n' '; example: no-such' '```' x '```' > "$T/page.scd"
	run "$EXAMPLES" list "$T/page.scd"
	expect_failure
}
