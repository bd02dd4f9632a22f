# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Bodies of the tests that runc and crun share: containers in mode record, and the policies that come of them.

load ../lib/common
load ../lib/record
RUNTIME=$(basename "$BATS_TEST_DIRNAME")

# A bundle with nothing but mode record: NAME COMMAND…
record_bundle() {
	local bundle
	bundle=$(make_bundle "$@")
	annotate "$bundle" mode.sockopt.oci record
	echo "$bundle"
}

# From a container's recording to the same container under it.
case_record_then_enforce() {
	recordings_go
	run_container c1 "$(record_bundle c1 /probe "${STEPS[@]}")"
	expect_status 0
	expect_line "set socket SO_PRIORITY int 3: ok"
	delete c1
	expect_recording "$RECORDINGS/c1.json" "${STEPS_RECORDED[@]}"
	expect_nothing_left
	run_container c2 "$(policy_bundle c2 "$(< "$RECORDINGS/c1.json")" /probe "${STEPS[@]}" : set socket SO_MARK int 5)"
	expect_line "set socket SO_PRIORITY int 3: ok"
	expect_line "set tcp TCP_NODELAY int 1: ok"
	expect_line "set tcp TCP_CONGESTION string cubic: ok"
	expect_line "get socket SO_TYPE int: 1 len 4"
	expect_line "set socket SO_MARK int 5: EPERM"
}

case_record_exec() {
	recordings_go
	start c1 "$(record_bundle c1)"
	expect_status 0
	probe_in c1 "${STEPS[@]}"
	expect_status 0
	"$CTL" record --of c1 > "$T/so-far.json"
	expect_recording "$T/so-far.json" "${STEPS_RECORDED[@]}"
	delete c1
	expect_recording "$RECORDINGS/c1.json" "${STEPS_RECORDED[@]}"
	expect_nothing_left
}

# A container whose poststop hook nobody calls, at its end: NAME
forgotten() {
	local bundle
	bundle=$(record_bundle "$1")
	edit_bundle "$bundle" 'del(.hooks.poststop)'
	start "$1" "$bundle"
	expect_status 0
	probe_in "$1" "${STEPS[@]}"
	delete "$1"
	[ ! -e "$RECORDINGS" ] || fail "written without poststop: $(ls "$RECORDINGS")"
}

case_record_sweep() {
	recordings_go
	forgotten c1
	wait_for is_gone c1
	start c2 "$(record_bundle c2)"
	expect_status 0
	expect_recording "$RECORDINGS/c1.json" "${STEPS_RECORDED[@]}"
}

case_record_gc() {
	recordings_go
	forgotten c1
	wait_for is_gone c1
	run "$CTL" gc
	expect_status 0
	expect_recording "$RECORDINGS/c1.json" "${STEPS_RECORDED[@]}"
	expect_nothing_left
}

is_gone() {
	our_links | awk '$2 == 0 { found = 1 } END { exit !found }'
}

case_record_unwritable() {
	recordings_go
	echo '{"recordDir": "/proc/nowhere"}' > "$ETC/config.json"
	start c1 "$(record_bundle c1)"
	expect_status 0
	probe_in c1 "${STEPS[@]}"
	delete c1
	expect_message "the recording of c1 stays in the kernel"
	expect_message /proc/nowhere
	expect_equal "$(container_pins | sed 's/@.*//')" c1 "pins"
	recordings_go
	run "$CTL" gc
	expect_status 0
	expect_recording "$RECORDINGS/c1.json" "${STEPS_RECORDED[@]}"
	expect_nothing_left
}

case_record_forbidden() {
	recordings_go '"allowedModes": ["enforce"]'
	run_container c1 "$(record_bundle c1 echo "it ran")"
	expect_failure
	expect_no_text "it ran"
	expect_message 'mode "record" is not allowed'
	expect_nothing_left
}

case_record_twice() {
	local n
	recordings_go
	for n in 1 2; do
		run_container c1 "$(record_bundle c1 /probe socket inet stream : set socket SO_PRIORITY int $n)"
		expect_status 0
		delete c1
	done
	expect_equal "$(find "$RECORDINGS" -type f -printf '%f\n' | sort | xargs)" "c1.json c1.json.old" "files"
	expect_equal "$(jq '.rules[0].where.value.max' "$RECORDINGS/c1.json" "$RECORDINGS/c1.json.old" | xargs)" "2 1" "values"
}
