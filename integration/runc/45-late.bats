#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What runc alone does at a container's end; all else is in 40-life.bats, for crun too.

load ../lib/suite-life

# runc frees an id before it runs the poststop hooks: the old container's end comes when the new one is alive.
@test "a late poststop leaves the next container's policy in force" {
	local bundle deleting
	bundle=$(policy_bundle c1 "$(deny_mark)")
	edit_bundle "$bundle" --arg wait "$T/wait" \
		'.hooks.poststop |= [{path: "/bin/sh", args: ["sh", "-c", "touch " + $wait + ".on; while [ -e " + $wait + " ]; do sleep 0.05; done"]}] + .'
	touch "$T/wait"
	start c1 "$bundle"
	expect_status 0
	runtime delete -f c1 3>&- &
	deleting=$!
	wait_for test -e "$T/wait.on"
	start c1 "$bundle"
	expect_status 0
	rm "$T/wait"
	wait $deleting
	expect_denied c1
	delete c1
	expect_nothing_left
}
