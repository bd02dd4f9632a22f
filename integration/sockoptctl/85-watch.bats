#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# watch: events for people and for programs, one reader and two.

load ../lib/common

SCHEMA=$TOP/schemas/event.schema.json

loud_policy() {
	policy "$(rule mark SO_MARK deny '"errno": "EACCES"')" "$(rule buffers SO_RCVBUF clamp '"max": 60000, "log": true')" \
		"$(rule linger SO_LINGER clamp '"field": "l_linger", "max": 5, "log": true')" \
		"$(rule device SO_BINDTODEVICE deny)" "$(rule gone SO_DEBUG ignore '"log": true')" \
		"$(rule own 200/1:int emulate '"log": true')" "$(rule force SO_RCVBUFFORCE redirect '"to": "SO_RCVBUF", "log": true')" \
		'{"id": "prio", "calls": ["getsockopt"], "options": ["SO_PRIORITY"], "action": "clamp", "max": 2, "log": true}'
}

# Steps of the probe under the loud policy: ID STEPS…
loud() {
	local id=$1
	shift
	loud_policy > "$T/policy.json"
	captured "$CTL" run --policy "$T/policy.json" --id "$id" -- "$PROBE" socket inet stream : "$@"
	expect_status 0
}

mark() {
	loud "$1" set socket SO_MARK int 5
}

# A watch in the background, its output in $T/NAME.out and $T/NAME.err: NAME [ARG…]. The process id is in $!.
watch_into() {
	local name=$1
	shift
	"$CTL" watch "$@" </dev/null >"$T/$name.out" 2>"$T/$name.err" 3>&- &
	BACKGROUND+=($!)
}

# The ids of the JSON lines in $T/NAME.out.
ids() {
	jq -r 'select(.type == "verdict") | .id' "$T/$1.out" | xargs
}

has_ids() { # NAME IDS
	[ "$(ids "$1")" = "$2" ]
}

ended() {
	! kill -0 "$1" 2>/dev/null
}

# What a watch of so many events prints, which are there already.
read_only() {
	run timeout 20 "$CTL" watch "$@"
}

@test "what waits is printed, once" {
	mark one
	mark two
	read_only --json --count 1
	expect_status 0
	expect_equal "$(jq -r .id <<<"$output")" one "the first"
	read_only --json --count 1
	expect_equal "$(jq -r .id <<<"$output")" two "the second"
}

@test "a line for people" {
	loud web set socket SO_MARK int 5 : set socket SO_RCVBUF int 90000 : get socket SO_PRIORITY int : set socket 1 int 1 : set 200 1 int 7 : \
		set socket 33 int 80000 : set socket 13 hex 0100000064000000
	read_only --count 7
	expect_status 0
	expect_equal "$(sed -n 1p <<<"$output" | xargs)" "TIME WHO RULE OPTION VALUE ACTION PROCESS" "headings"
	expect_text "web "
	expect_text "set SO_MARK"
	expect_text "deny EACCES"
	expect_text "90000 -> 60000"
	expect_text "set SO_RCVBUFFORCE -> SO_RCVBUF"
	expect_text "{l_onoff=1 l_linger=100} -> {l_onoff=1 l_linger=5}"
	expect_no_text $'\033'
}

@test "values that would move a terminal do not" {
	loud web set socket 25 hex 611b5b324a
	read_only --count 1
	expect_text '"a\x1b[2J"'
	expect_no_text $'\033'
}

@test "every line is as the schema says" {
	loud web set socket SO_MARK int 5 : set socket SO_RCVBUF int 90000 : set socket 1 int 1 : set 200 1 int 7 : \
		get 200 1 int : set socket 33 int 80000 : set socket 13 hex 0100000064000000 : set socket 25 hex 611bff
	captured "$CTL" run --mode audit --policy "$T/policy.json" --id audited -- "$PROBE" socket inet stream : set socket SO_MARK int 5 : \
		set socket SO_RCVBUF int 90000 : set socket 1 int 1 : set socket 33 int 80000
	process_in live
	captured "$CTL" host attach "$CG/live" --policy "$T/policy.json"
	expect_status 0
	in_cgroup "$CG/live" "$PROBE" socket inet6 dgram : set socket SO_MARK int 5
	read_only --json --count 12
	expect_status 0
	expect_equal "$(wc -l <<<"$output")" 12 "lines"
	printf '%s\n' "$output" > "$T/lines"
	run python3 - "$SCHEMA" "$T/lines" <<-'PYTHON'
		import json, sys
		from jsonschema import Draft202012Validator
		validator = Draft202012Validator(json.load(open(sys.argv[1])))
		for line in open(sys.argv[2]):
		    for error in validator.iter_errors(json.loads(line)):
		        sys.exit(f"{error.json_path}: {error.message}: {line}")
	PYTHON
	expect_status 0
	expect_equal "$(tail -n 1 "$T/lines" | jq -c '[.kind, .rule, .option, .errno, .before.value, .socket.familyName, .socket.typeName]')" \
		'["host","mark","SO_MARK","EACCES",5,"AF_INET6","SOCK_DGRAM"]' "the last line"
	captured "$CTL" host detach "$CG/live"
}

@test "follows what starts later, and its rules have names" {
	watch_into all --json
	loud_policy > "$T/policy.json"
	background "$CTL" run --policy "$T/policy.json" --id later -- sh -c \
		'while [ ! -e "$1" ]; do sleep 0.02; done; "$0" socket inet stream : set socket SO_MARK int 5; sleep 1000' "$PROBE" "$T/go"
	wait_for sh -c '"$0" list | grep -q later' "$CTL"
	touch "$T/go"
	wait_for has_ids all later
	expect_equal "$(jq -r '"\(.rule) \(.kind)"' "$T/all.out")" "mark run" "the rule and the kind"
}

@test "only those that are named" {
	watch_into some --json web batch-1
	watch_into all --json
	wait_for grep -q 'another watch' "$T/all.err" "$T/some.err"
	mark web-1
	mark other
	mark batch-10
	mark batch-1
	mark end
	wait_for has_ids all "web-1 other batch-10 batch-1 end"
	wait_for sh -c 'grep -q "\"batch-1\"" "$0"' "$T/some.out"
	expect_equal "$(ids some)" "web-1 batch-10 batch-1" "what begins with web or batch-1"
}

@test "--new leaves out what waits" {
	local pid
	mark old
	watch_into fresh --json --new
	wait_for test -e "$RUN_DIR/.watch"
	# It may begin behind the first of these, yet never before the old one.
	wait_for sh -c '"$0" run --policy "$1" --id new -- "$2" socket inet stream : set socket SO_MARK int 5 >/dev/null; grep -q "\"new\"" "$3"' \
		"$CTL" "$T/policy.json" "$PROBE" "$T/fresh.out"
	! grep -q '"old"' "$T/fresh.out" || fail "what waited is printed:" "$(< "$T/fresh.out")"
}

@test "a second reader sees the same, and takes over" {
	local first second
	watch_into first --json
	first=$!
	mark warm
	wait_for has_ids first warm
	watch_into second --json
	second=$!
	wait_for grep -qF "another watch (process $first) reads the events already" "$T/second.err"
	expect_equal "$(cat "$T/first.err")" "" "what the first says"
	mark one
	mark two
	wait_for has_ids first "warm one two"
	wait_for has_ids second "one two"
	kill -TERM "$first"
	wait_for grep -qF "the other watch has ended: this one reads on in its place" "$T/second.err"
	mark three
	wait_for has_ids second "one two three"
	kill -TERM "$second"
	wait_for ended "$second"
	mark four
	read_only --json --count 1
	expect_equal "$(jq -r .id <<<"$output")" four "what a third finds"
	expect_no_text "another watch"
}

@test "it ends well: interrupted, or its reader gone" {
	local signal status
	for signal in INT TERM; do
		# A shell lets its background commands ignore SIGINT; not so through env.
		env --default-signal=INT "$CTL" watch >"$T/out" 2>&1 3>&- &
		BACKGROUND+=($!)
		wait_for grep -q TIME "$T/out"
		kill -$signal $!
		status=0
		wait $! || status=$?
		expect_status 0
	done
	mark one
	# No second event comes: the pipe alone tells that nobody reads.
	captured sh -c 'set -e; { "$0" watch --json; echo "status $?" >&2; } | head -n 1' "$CTL"
	expect_text '"id":"one"'
	expect_line "status 0"
}

@test "what could not be written is not lost" {
	mark one
	captured sh -c '"$0" watch --json > /dev/full' "$CTL"
	expect_status 1
	expect_text "standard output: No space left on device"
	read_only --json --count 1
	expect_equal "$(jq -r .id <<<"$output")" one "what is there for the next"
}

@test "colour on a terminal alone" {
	mark one
	mark two
	mark three
	TERM=xterm captured script -qec "$CTL watch --count 1" /dev/null
	expect_text $'\033[31mdeny EACCES\033[0m'
	expect_equal "$(sed 's/\o033\[[0-9;]*m//g' <<<"$output" | grep -c $'\033')" 0 "lines with other sequences"
	NO_COLOR=1 TERM=xterm captured script -qec "$CTL watch --count 1" /dev/null
	expect_text "deny EACCES"
	expect_no_text $'\033'
	TERM=dumb captured script -qec "$CTL watch --count 1" /dev/null
	expect_no_text $'\033'
}

@test "losses are told" {
	echo '{"eventsPerSecond": 1, "eventsBurst": 1}' > "$ETC/config.json"
	loud_policy > "$T/policy.json"
	watch_into json --json
	watch_into text
	# More than one a second, as long as it takes.
	background "$CTL" run --policy "$T/policy.json" --id loud -- sh -c \
		'while :; do "$0" socket inet stream : set socket SO_MARK int 5 : set socket SO_MARK int 5; done' "$PROBE"
	wait_for grep -q '"lost"' "$T/json.out"
	wait_for grep -q 'events lost: [0-9]* beyond its limit of events' "$T/text.out"
	expect_equal "$(grep '"lost"' "$T/json.out" | head -n 1 | jq -c '[.id, .full, .rate > 0]')" '["loud",0,true]' "the loss"
}

@test "gc removes the ring, and the next one is found" {
	watch_into all --json
	mark one
	wait_for has_ids all one
	captured "$CTL" gc
	expect_status 0
	expect_equal "$(find "$PINS" -name events)" "" "the ring's pin"
	mark two
	wait_for has_ids all "one two"
}

@test "containers of another build: said once" {
	local record
	loud_policy > "$T/policy.json"
	background "$CTL" run --policy "$T/policy.json" --id elder -- sleep 1000
	wait_for sh -c '"$0" list | grep -q "elder.*in force"' "$CTL"
	record=$(find "$RUN_DIR" -name 'elder@*.json')
	jq -c '.generation = "g0123456789ab"' "$record" > "$record.new"
	chmod 600 "$record.new"
	mv "$record.new" "$record"
	watch_into all --json
	wait_for grep -q "elder and perhaps others were put under their policies by another build" "$T/all.err"
	mark one
	mark two
	wait_for has_ids all "one two"
	expect_equal "$(grep -c 'another build' "$T/all.err")" 1 "times that it is said"
}

@test "used wrongly" {
	local word
	for word in 0 -1 x 1x ''; do
		run "$CTL" watch --count "$word"
		expect_status 2
		expect_text "is no number of events"
	done
	run "$CTL" watch --help
	expect_status 0
	expect_text "--new"
}
