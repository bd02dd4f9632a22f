#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# record: a policy from what a command or a container does, and where it goes when something is missing.

load ../lib/common
load ../lib/record

setup() {
	common_setup
	recordings_go
}

# A container by hand that is being recorded: NAME [further annotations as JSON members]
recorded() {
	process_in "$1"
	hook createRuntime "$(state "$1" $! "{\"mode.sockopt.oci\": \"record\"${2:+, $2}}")"
	expect_status 0
}

# The probe in it: NAME STEPS…
probe_at() {
	local name=$1
	shift
	run in_cgroup "$CG/$name" "$PROBE" "$@"
	expect_status 0
}

gone() {
	"$CTL" list --json | jq -e --arg id "$1" '.[] | select(.id == $id and .state == "gone")' >/dev/null
}

# The container ends as runtimes end it: the cgroup first.
ended() {
	remove_cgroup "$CGROUP_MOUNT$CG/$1"
	wait_for gone "$1"
}

@test "a command: its policy, under which it is refused nothing, and all else is" {
	captured "$CTL" record -o "$T/p.json" -- "$PROBE" "${STEPS[@]}"
	expect_status 0
	expect_line "set socket SO_PRIORITY int 3: ok"
	expect_recording "$T/p.json" "${STEPS_RECORDED[@]}"
	expect_equal "$(jq -r '.name' < "$T/p.json")" probe "the policy's name"
	expect_nothing_left
	expect_equal "$(recorded_entries)" 0 "entries in the kernel"
	[ ! -e "$RECORDINGS" ] || fail "made without need: $RECORDINGS"
	captured "$CTL" run --policy "$T/p.json" -- "$PROBE" "${STEPS[@]}" : set socket SO_MARK int 5 : set socket SO_PRIORITY int 4
	expect_no_text "SO_TYPE int: E"
	expect_line "set socket SO_PRIORITY int 3: ok"
	expect_line "set tcp TCP_NODELAY int 1: ok"
	expect_line "set tcp TCP_CONGESTION string cubic: ok"
	expect_line "set socket SO_MARK int 5: EPERM"
	expect_line "set socket SO_PRIORITY int 4: EPERM"
}

in_force() {
	"$CTL" list --json | jq -e '.[] | select(.state == "in force")' >/dev/null
}

@test "a lock that another holds at the end: all stays as it is, and gc writes it" {
	local pid lock
	mkfifo "$T/end"
	"$CTL" record -o "$T/p.json" -- cat "$T/end" > "$T/out" 2> "$T/err" 3>&- &
	pid=$!
	wait_for in_force
	exec {lock}< "$RUN_DIR"
	flock "$lock"
	: > "$T/end"
	wait "$pid" || true
	expect_text 'the recording stays, and "sockoptctl gc" writes it: ' "$(< "$T/err")"
	expect_equal "$("$CTL" list --json | jq -r '.[].state')" gone "state"
	[ ! -e "$RECORDINGS" ] || fail "written without the lock: $RECORDINGS"
	exec {lock}<&-
	run "$CTL" gc
	expect_status 0
	expect_equal "$(find "$RECORDINGS" -name '*.json' | wc -l)" 1 "recordings"
	expect_nothing_left
}

@test "without -o: the policy on standard output, what the command writes on standard error" {
	"$CTL" record -- "$PROBE" "${STEPS[@]}" > "$T/out" 2> "$T/err" 3>&-
	expect_recording "$T/out" "${STEPS_RECORDED[@]}"
	expect_text "set socket SO_PRIORITY int 3: ok" "$(< "$T/err")"
}

@test "exit status" {
	captured "$CTL" record -o "$T/p.json" -- sh -c 'exit 37'
	expect_status 37
	expect_recording "$T/p.json" ""
	captured "$CTL" record -o "$T/p.json" -- /no/such/command
	expect_status 127
	for words in "" "--values some true" "--of x true" "--of x --id y"; do
		# shellcheck disable=SC2086
		run "$CTL" record $words
		expect_status 2
	done
	run "$CTL" record --of nobody
	expect_status 1
	expect_text nobody
}

@test "what the command leaves running is recorded until it is killed" {
	captured "$CTL" record -o "$T/p.json" -- sh -c '"$0" "$@" & wait' "$PROBE" "${STEPS[@]}"
	expect_status 0
	expect_recording "$T/p.json" "${STEPS_RECORDED[@]}"
}

@test "values: exact, range, any" {
	local values
	for values in exact range any; do
		captured "$CTL" record --values $values -o "$T/$values" -- "$PROBE" socket inet stream \
			: set socket SO_PRIORITY int 2 : set socket SO_PRIORITY int 5
		expect_status 0
		captured "$CTL" run --policy "$T/$values" -- "$PROBE" socket inet stream : set socket SO_PRIORITY int 2 \
			: set socket SO_PRIORITY int 3 : set socket SO_PRIORITY int 5 : set socket SO_PRIORITY int 6
		grep -o '[^ ]*$' <<<"$output" | xargs > "$T/$values.results"
	done
	expect_equal "$(< "$T/exact.results")" "ok ok EPERM ok EPERM" "exact"
	expect_equal "$(< "$T/range.results")" "ok ok ok ok EPERM" "range"
	expect_equal "$(< "$T/any.results")" "ok ok ok ok ok" "any"
	captured "$CTL" record -o "$T/p.json" -- "$PROBE" socket inet stream : set socket SO_PRIORITY int 2
	expect_equal "$(jq -c '.rules[0].where.value | [.min, .max]' < "$T/p.json")" "[2,2]" "range is the default"
}

@test "FILE cannot be written: the recording is in the host's folder, and a message says so" {
	captured "$CTL" record --id mine -o "$T/no/such/folder/p.json" -- "$PROBE" "${STEPS[@]}"
	expect_status 1
	expect_text "$T/no/such/folder"
	expect_text "$RECORDINGS/mine.json"
	expect_recording "$RECORDINGS/mine.json" "${STEPS_RECORDED[@]}"
	expect_nothing_left
}

@test "--of: what was recorded so far, and nothing is forgotten" {
	recorded one
	probe_at one "${STEPS[@]}"
	run "$CTL" record --of one -o "$T/1.json"
	expect_status 0
	expect_recording "$T/1.json" "${STEPS_RECORDED[@]}"
	"$CTL" record --of one > "$T/2.json"
	expect_equal "$(< "$T/2.json")" "$(< "$T/1.json")" "the same again, on standard output"
	probe_at one socket inet dgram : set ip IP_TTL int 9
	"$CTL" record --of one > "$T/3.json"
	expect_recording "$T/3.json" "getsockopt SO_TYPE" "setsockopt IP_TTL" "${STEPS_RECORDED[@]:1}"
	process_in other
	hook createRuntime "$(state other $! "$(annotations "$(deny_mark)")")"
	run "$CTL" record --of other
	expect_status 1
	expect_text 'mode "enforce"'
}

@test "list and show know a recording" {
	recorded one
	run "$CTL" list
	expect_status 0
	expect_text record
	run "$CTL" show one
	expect_status 0
	run "$CTL" list --json
	expect_equal "$(jq -r '.[0] | "\(.mode) \(.state)"' <<<"$output")" "record in force" "as JSON"
}

@test "poststop writes the recording, private, and keeps one older" {
	local n
	for n in 1 2 3; do
		recorded one
		probe_at one socket inet stream : set socket SO_PRIORITY int $n
		ended one
		hook poststop "$(state one 0)"
		expect_status 0
		expect_nothing_left
	done
	expect_equal "$(stat -c '%a %n' "$T/lib" "$RECORDINGS" "$RECORDINGS"/*)" "700 $T/lib
700 $RECORDINGS
600 $RECORDINGS/one.json
600 $RECORDINGS/one.json.old" "files"
	expect_equal "$(jq .rules[0].where.value.max < "$RECORDINGS/one.json")" 3 "the last"
	expect_equal "$(jq .rules[0].where.value.max < "$RECORDINGS/one.json.old")" 2 "the one before"
	expect_equal "$(recorded_entries)" 0 "entries in the kernel"
	hook poststop "$(state one 0)"
	expect_status 0
	expect_equal "$(jq .rules[0].where.value.max < "$RECORDINGS/one.json")" 3 "after a second poststop"
}

@test "a policy beside mode record is checked, and not applied" {
	recorded one "\"policy.sockopt.oci\": $(deny_mark | jq -c tostring)"
	probe_at one socket inet stream : set socket SO_MARK int 5
	expect_line "set socket SO_MARK int 5: ok"
	process_in two
	hook createRuntime "$(state two $! "$(jq -cn --arg policy "$(policy "$(rule a SO_RCVBUFF deny)")" \
		'{"mode.sockopt.oci": "record", "policy.sockopt.oci": $policy}')")"
	expect_status 1
	expect_text 'rules[0].options[0]'
}

@test "prestart and createRuntime both: one recording" {
	recorded one
	probe_at one "${STEPS[@]}"
	hook createRuntime "$(state one $! '{"mode.sockopt.oci": "record"}')"
	expect_status 0
	"$CTL" record --of one > "$T/p.json"
	expect_recording "$T/p.json" "${STEPS_RECORDED[@]}"
}

@test "the record folder cannot be written: poststop says so, nothing is lost, gc tries again" {
	jq -c '.recordDir = "/proc/nowhere"' < "$ETC/config.json" > "$T/bad" && cp "$T/bad" "$ETC/config.json"
	recorded one
	process_in two
	hook createRuntime "$(state two $! "$(annotations "$(deny_mark)")")"
	probe_at one "${STEPS[@]}"
	ended one
	ended two
	hook poststop "$(state one 0)"
	expect_status 1
	expect_text /proc/nowhere
	expect_text "sockoptctl gc"
	expect_equal "$(container_pins | sed 's/@.*//' | xargs)" "one two" "pins"
	run "$CTL" gc
	expect_status 1
	expect_text /proc/nowhere
	expect_text "removed policy two"
	expect_equal "$(container_pins | sed 's/@.*//' | xargs)" one "pins after gc"
	recordings_go
	run "$CTL" gc
	expect_status 0
	expect_recording "$RECORDINGS/one.json" "${STEPS_RECORDED[@]}"
	expect_nothing_left
}

@test "detach writes the recording, and ends it" {
	recorded one
	probe_at one "${STEPS[@]}"
	run "$CTL" detach one
	expect_status 0
	probe_at one socket inet stream : set ip IP_TTL int 9
	hook poststop "$(state one 0)"
	expect_status 0
	expect_recording "$RECORDINGS/one.json" "${STEPS_RECORDED[@]}"
	expect_nothing_left
}

@test "poststop never ran: the next start writes the recording" {
	recorded one
	probe_at one "${STEPS[@]}"
	ended one
	recorded two
	expect_recording "$RECORDINGS/one.json" "${STEPS_RECORDED[@]}"
	expect_equal "$(container_pins | sed 's/@.*//')" two "pins"
}

@test "pins lost: gc finds the recording by the run record" {
	recorded one
	probe_at one "${STEPS[@]}"
	rm -r "$PINS"/containers/one@*
	run "$CTL" gc
	expect_status 0
	expect_recording "$RECORDINGS/one.json" "${STEPS_RECORDED[@]}"
	expect_nothing_left
}

@test "the map lost: gc says that the recording is, and goes on" {
	recorded one
	probe_at one "${STEPS[@]}"
	rm -r "$PINS"/containers/one@* "$PINS"/g*/record
	run "$CTL" gc
	expect_status 0
	expect_text "the recording of one is lost"
	[ ! -e "$RECORDINGS" ] || fail "written: $(ls "$RECORDINGS")"
	expect_equal "$(run_records)" "" "run records"
}

@test "the run record lost: gc drops what nobody can name" {
	recorded keep
	recorded lost
	probe_at lost "${STEPS[@]}"
	probe_at keep socket inet stream : set socket SO_PRIORITY int 1
	rm "$RUN_DIR"/lost@*.json
	ended lost || true
	remove_cgroup "$CGROUP_MOUNT$CG/lost"
	run "$CTL" gc
	expect_status 0
	expect_equal "$(recorded_entries)" 2 "entries, those of the other one"
	[ ! -e "$RECORDINGS" ] || fail "written: $(ls "$RECORDINGS")"
	"$CTL" record --of keep > "$T/p.json"
	expect_recording "$T/p.json" "setsockopt SO_PRIORITY"
}

@test "the run record cannot be read: gc leaves the recording alone and says so; then what the remedy says" {
	local record
	recorded one
	probe_at one "${STEPS[@]}"
	record=$(echo "$RUN_DIR"/one@*.json)
	cp "$record" "$T/record"
	echo '{' > "$record"
	run "$CTL" gc
	expect_status 1
	expect_text "$record"
	expect_text "recordings that have no name are kept"
	cp "$T/record" "$record"
	"$CTL" record --of one > "$T/p.json"
	expect_recording "$T/p.json" "${STEPS_RECORDED[@]}"
	echo '{' > "$record"
	run "$CTL" gc
	expect_status 1
	run "$CTL" detach "$(basename "$record" .json)"
	run "$CTL" gc
	expect_status 0
	expect_nothing_left
}

@test "record killed: gc writes what it recorded" {
	local pid
	# shellcheck disable=SC2016
	background "$CTL" record --id mine -o "$T/p.json" -- sh -c '"$0" "$@" && echo ready && exec sleep 1000' "$PROBE" "${STEPS[@]}"
	pid=$!
	wait_for grep -q ready "$T/background.out"
	kill -KILL $pid
	wait_for sh -c '[ "$(grep populated "$0"/cgroup.events)" = "populated 0" ]' \
		"$(find "$CGROUP_MOUNT$TEST_CGROUP" -type d -name "sockopt-run-$pid")"
	run "$CTL" gc
	expect_status 0
	[ ! -e "$T/p.json" ] || fail "written without end"
	expect_recording "$RECORDINGS/mine.json" "${STEPS_RECORDED[@]}"
	expect_nothing_left
}

@test "run --mode record: another verb does that" {
	deny_mark > "$T/policy.json"
	run "$CTL" run --mode record --policy "$T/policy.json" -- echo "it ran"
	expect_status 2
	expect_text '"sockoptctl record"'
	expect_no_text "it ran"
}

@test "verify and update: a recording is what it says, and becomes no policy" {
	recorded one
	run "$CTL" verify one
	expect_status 0
	deny_mark > "$T/policy.json"
	run "$CTL" update --policy "$T/policy.json" one
	expect_status 1
	expect_text "a recording cannot become a policy"
	probe_at one "${STEPS[@]}"
	"$CTL" record --of one > "$T/p.json"
	expect_recording "$T/p.json" "${STEPS_RECORDED[@]}"
}

@test "detach, and the folder cannot be written: what came before it is recorded" {
	recorded one
	probe_at one "${STEPS[@]}"
	echo '{"recordDir": "/proc/nowhere"}' > "$ETC/config.json"
	run "$CTL" detach one
	expect_status 1
	expect_text /proc/nowhere
	probe_at one socket inet stream : set ip IP_TTL int 9
	recordings_go
	run "$CTL" gc
	expect_status 0
	expect_recording "$RECORDINGS/one.json" "${STEPS_RECORDED[@]}"
	expect_nothing_left
}

@test "mode record where the host does not allow it" {
	recordings_go '"allowedModes": ["enforce", "audit"]'
	process_in one
	hook createRuntime "$(state one $! '{"mode.sockopt.oci": "record"}')"
	expect_status 1
	expect_text 'mode "record" is not allowed'
	expect_nothing_left
}
