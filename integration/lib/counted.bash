# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Calls of every kind, and what they count. Loaded by the tests of stats and metrics, after common.bash.

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
