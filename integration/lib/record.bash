# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Recordings, for .bats files: where they go, what they say, what is left of them in the kernel. After lib/common.

RECORDINGS=unset # set by recordings_go, below the test's own folder

# The host's configuration with a record folder of the test's own, whose parent is missing too: [further JSON members]
recordings_go() {
	RECORDINGS=$T/lib/recordings
	jq -cn --arg dir "$RECORDINGS" "{recordDir: \$dir${1:+, $1}}" > "$ETC/config.json"
}

# "CALL OPTION" a line, sorted: what the policy in file $1 allows.
allowed() {
	jq -r '.rules[] | select(.action == "allow") | .calls[] as $call | .options[] | "\($call) \(.)"' < "$1" | sort -u
}

expect_recording() { # FILE LINE…
	local file=$1
	shift
	[ -f "$file" ] || fail "no recording $file; there is: $(find "$(dirname "$file")" 2>&1)"
	expect_equal "$(allowed "$file")" "$(printf '%s\n' "$@")" "allowed by $file"
	run "$CTL" check "$file"
	expect_status 0
}

# Entries in the kernel's map, of all containers.
recorded_entries() {
	bpftool -j map dump pinned "$(echo "$PINS"/g*/record/recordings)" | jq length
}

# What a container or command does here, as steps of the probe, and what is recorded of it.
STEPS=(socket inet stream : set socket SO_PRIORITY int 3 : set tcp TCP_NODELAY int 1 : set tcp TCP_CONGESTION string cubic
	: get socket SO_TYPE int)
STEPS_RECORDED=("getsockopt SO_TYPE" "setsockopt SO_PRIORITY" "setsockopt TCP_CONGESTION" "setsockopt TCP_NODELAY")
