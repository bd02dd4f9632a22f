#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# list, show, detach, gc: what an operator sees of containers and does to them. The containers are cgroups with a process.

load ../lib/common

# A container by hand: its name; under deny_mark.
container() {
	process_in "$1"
	hook createRuntime "$(state "$1" $! "$(annotations "$(deny_mark)")")"
	expect_status 0
}

# MARK tells what becomes of SO_MARK in container $1.
expect_mark() { # NAME RESULT
	run in_cgroup "$CG/$1" "$PROBE" socket inet stream : set socket SO_MARK int 5
	expect_line "set socket SO_MARK int 5: $2"
}

@test "list: nothing, then what there is" {
	run "$CTL" list --json
	expect_status 0
	expect_equal "$(jq -r length <<<"$output")" 0 "entries"
	container one
	container two
	run "$CTL" list
	expect_status 0
	expect_text one
	expect_text "$CG/two"
	run "$CTL" list --json
	expect_status 0
	expect_equal "$(jq -r '[.[].id] | sort | join(" ")' <<<"$output")" "one two" "ids"
	expect_equal "$(jq -r '.[0] | "\(.kind) \(.cgroup) \(.mode)"' <<<"$output")" "container $CG/one enforce" "first entry"
}

@test "show: the order of programs, ours before the host's" {
	local foreign
	foreign=$(foreign "$CG" set multi pass 1 36)
	container one
	run "$CTL" show one
	expect_status 0
	expect_text "$CG/one"
	expect_text foreign
	run "$CTL" show --json one
	expect_status 0
	expect_equal "$(jq -c '[.. | objects | select(has("ours")) | .ours]' <<<"$output")" "[true,false]" "ours, in order"
	expect_equal "$(jq '[.. | objects | select(.ours? == false) | .program] | first' <<<"$output")" "$foreign" "the host's program"
}

@test "show and detach: an id that is unknown, an id that is ambiguous" {
	local state
	run "$CTL" show nobody
	expect_status 1
	expect_text nobody
	run "$CTL" detach nobody
	expect_status 1
	container one
	process_in other
	mkdir "$T/elsewhere"
	echo '{}' > "$T/elsewhere/config.json"
	state=$(state one $! "$(annotations "$(deny_mark)")" | jq -c --arg bundle "$T/elsewhere" '.bundle = $bundle')
	hook createRuntime "$state"
	expect_status 0
	run "$CTL" detach one
	expect_status 1
	expect_text "$(container_pins | head -1)"
	expect_mark one EACCES
	run "$CTL" detach "$(container_pins | head -1)"
	expect_status 0
	expect_equal "$(container_pins | wc -l)" 1 "pins"
}

@test "detach: at once, and poststop afterwards is content" {
	container one
	expect_mark one EACCES
	run "$CTL" detach one
	expect_status 0
	expect_mark one ok
	expect_nothing_left
	hook poststop "$(state one 0)"
	expect_status 0
}

# The kernel lets go of a cgroup's links some time after the cgroup went.
gc_removes() {
	run "$CTL" gc
	[ "$status" = 0 ] && grep -qF -e "$1" <<<"$output"
}

@test "gc: removes what is dead, leaves what lives, drops programs that nobody uses" {
	container dead
	container live
	remove_cgroup "$CGROUP_MOUNT$CG/dead"
	wait_for sh -c '"$0" list --json | jq -e ".[] | select(.id == \"dead\" and .state == \"gone\")" >/dev/null' "$CTL"
	wait_for gc_removes dead
	expect_no_text live
	expect_equal "$(container_pins | sed 's/@.*//')" live "pins"
	expect_mark live EACCES
	run "$CTL" detach live
	run "$CTL" gc
	expect_status 0
	expect_equal "$(shared_programs)" "" "programs after gc"
	run "$CTL" gc
	expect_status 0
	expect_text "nothing to remove"
	# And the next one finds its way from nothing.
	container again
	expect_mark again EACCES
}
