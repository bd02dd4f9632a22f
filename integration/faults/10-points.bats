#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A fault at each system call of the hook, and of the verbs that change what is in force, in the short form: of each system
# call the first fails, and the last kills. FAULTS=all: every one of them, and several errors (make check-faults), which
# prints what came of each, and the ways of an update that the short form leaves out.

load ../lib/common

points() {
	run "$TOP/integration/faults/points" ${FAULTS:+"--$FAULTS"} "$@"
	echo "$output"
	[ -z "${FAULTS:-}" ] || sed 's/^/# /' <<<"$output" >&3
	expect_status 0
}

@test "the first start after boot, which loads the programs" { points first-load; }
@test "the first start that records" { points first-load-record; }
@test "a start" { points create; }
@test "a start that finds what crashes left, of others and of its own id" { points create-and-sweep; }
@test "a second call for a container that is under its policy" { points create-after-prestart; }
@test "a start that records" { points record; }
@test "the end" { points poststop; }
@test "the late end of an earlier container of an id that lives again" { points poststop-late; }
@test "the end of a recording" { points poststop-recording; }
@test "the late end, and the run record is damaged" { points poststop-unrecorded; }

@test "update: over the old policy, and by other programs" {
	points update update-moves-calls ${FAULTS:+update-adds update-drops update-moves update-loads update-next-build}
}

@test "detach" { points detach ${FAULTS:+detach-recording}; }
@test "gc" { points gc; }

# A fault there once made programs that answer every refusal with EPERM, until the next boot.
@test "no memory while the kernel is asked what it can do: refused, and the next start has the policy's errno" {
	local at
	process_in x
	state x $! "$(annotations "$(deny_mark)")" > "$T/state"
	mkdir "$T/x" && echo '{}' > "$T/x/config.json"
	strace -o "$T/trace" -e trace=bpf "$HOOK" createRuntime < "$T/state"
	at=$(grep '^bpf(' "$T/trace" | grep -n -m1 probe_retval | cut -d: -f1)
	"$HOOK" poststop < "$T/state"
	rm -rf "${PINS:?}"
	run strace -o "$T/trace" -e trace=bpf -e "inject=bpf:error=ENOMEM:when=$at" "$HOOK" createRuntime < "$T/state"
	grep -q 'probe_retval.*INJECTED' "$T/trace" || fail "not where it should be: $(grep INJECTED "$T/trace")"
	expect_status 1
	expect_text "finding what this kernel has: Cannot allocate memory"
	expect_nothing_left
	"$HOOK" createRuntime < "$T/state"
	run in_cgroup "$CG/x" "$PROBE" socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EACCES'
}

# What this file is to find, once: without it a test that finds nothing proves nothing.
@test "the harness sees a hook that undoes nothing, and one that says done too early" {
	local real=$B/oci-sockopt-hook
	mkdir "$T/b"
	ln -s "$B/sockoptctl" "$B/hostprog" "$T/b/"
	printf '#!/bin/sh\n%s "$@"\nexit 0\n' "$real" > "$T/b/oci-sockopt-hook"
	chmod 755 "$T/b/oci-sockopt-hook"
	B=$T/b run "$TOP/integration/faults/points" create
	expect_status 1
	expect_text "started, and the kernel says"
}

@test "the harness sees an update that says done and was refused" {
	local real=$B/sockoptctl
	mkdir "$T/b"
	ln -s "$B/oci-sockopt-hook" "$B/hostprog" "$T/b/"
	printf '#!/bin/sh\n%s "$@" || [ "$1" = update ]\n' "$real" > "$T/b/sockoptctl"
	chmod 755 "$T/b/sockoptctl"
	B=$T/b run "$TOP/integration/faults/points" update
	expect_status 1
	expect_text "status 0: the kernel says"
}
