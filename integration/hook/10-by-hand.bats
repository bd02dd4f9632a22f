#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The hook called by hand with states of every runtime's form: what holds whatever the runtime.

load ../lib/common

@test "no annotation of ours: exit 0 and no bpf() call" {
	process_in x
	state x $! '{"io.kubernetes.cri.container-name": "web"}' > "$T/state"
	mkdir "$T/x"
	strace -f -o "$T/trace" -e trace=bpf "$HOOK" createRuntime < "$T/state"
	run grep 'bpf(' "$T/trace"
	expect_equal "$output" "" "bpf calls"
	# The same trace does see them where there are some.
	state x $! "$(annotations "$(deny_mark)")" > "$T/state"
	strace -f -o "$T/trace" -e trace=bpf "$HOOK" createRuntime < "$T/state"
	grep -q 'bpf(' "$T/trace" || fail "no bpf call with a policy either"
}

@test "the root cgroup is refused" {
	[ "$(sed -n 's/^0:://p' /proc/1/cgroup)" = / ] || skip_or_fail "process 1 is not in the root cgroup"
	hook createRuntime "$(state x 1 "$(annotations "$(deny_mark)")")"
	expect_failure
	expect_text "root cgroup"
	expect_nothing_left
}

@test "the caller's own cgroup is refused" {
	background sleep 1000
	hook createRuntime "$(state x $! "$(annotations "$(deny_mark)")")"
	expect_failure
	expect_text "$TEST_CGROUP/caller"
	expect_nothing_left
}

@test "a process that is gone" {
	sh -c 'echo $$' > "$T/pid"
	hook createRuntime "$(state x "$(cat "$T/pid")" "$(annotations "$(deny_mark)")")"
	expect_failure
	expect_text "$(cat "$T/pid")"
	expect_nothing_left
}

@test "poststop: with pid 0, without pid, twice, and of an unknown id" {
	process_in x
	hook createRuntime "$(state x $! "$(annotations "$(deny_mark)")")"
	expect_status 0
	hook poststop "$(state x '' "$(annotations "$(deny_mark)")")"
	expect_status 0
	expect_nothing_left
	hook poststop "$(state x 0)"
	expect_status 0
	hook poststop "$(state unknown '')"
	expect_status 0
	expect_equal "$output" "" "output"
}

@test "states in the forms of other runtimes" {
	local form
	process_in x
	for form in '.' '.status = "created" | .root = "/x"' '.ociVersion = "1.0"' '. + {extra: [{"a": 1}]}'; do
		state x $! "$(annotations "$(deny_mark)")" | jq "$form" | sed 's,/,\\/,g' > "$T/state"
		mkdir -p "$T/x"
		run env -i "$HOOK" createRuntime < "$T/state"
		expect_status 0
		run in_cgroup "$CG/x" "$PROBE" socket inet stream : set socket SO_MARK int 5
		expect_line 'set socket SO_MARK int 5: EACCES'
		run env -i "$HOOK" poststop < "$T/state"
		expect_status 0
		expect_nothing_left
	done
}

@test "ids that are no ids" {
	local id
	process_in x
	for id in '../x' 'a/b' '.x' '' 'a b'; do
		run env -i "$HOOK" createRuntime <<<"$(state x $! "$(annotations "$(deny_mark)")" | jq --arg id "$id" '.id = $id')"
		expect_failure
		expect_nothing_left
	done
}

@test "ids with every character that ids may have" {
	local id
	process_in x
	for id in 'a.b.c' 'A_b+c-1.2' "$(printf 'l%.0s' $(seq 255))"; do
		mkdir -p "$T/$id"
		hook createRuntime "$(state "$id" $! "$(annotations "$(deny_mark)")")"
		expect_status 0
		expect_equal "$(run_records | wc -l)" 1 "run records"
		hook poststop "$(state "$id" 0)"
		expect_status 0
		expect_nothing_left
	done
}

@test "one id in two bundles: two policies" {
	local one two
	mkdir "$T/other"
	process_in x
	one=$(state x $! "$(annotations "$(deny_mark)")")
	hook createRuntime "$one"
	expect_status 0
	process_in y
	two=$(state x $! "$(annotations "$(policy "$(rule ttl IP_TTL deny)")")" | jq -c --arg bundle "$T/other" '.bundle = $bundle')
	hook createRuntime "$two"
	expect_status 0
	run in_cgroup "$CG/x" "$PROBE" socket inet stream : set socket SO_MARK int 5 : set ip IP_TTL int 9
	expect_line 'set socket SO_MARK int 5: EACCES'
	expect_line 'set ip IP_TTL int 9: ok'
	run in_cgroup "$CG/y" "$PROBE" socket inet stream : set socket SO_MARK int 5 : set ip IP_TTL int 9
	expect_line 'set socket SO_MARK int 5: ok'
	expect_line 'set ip IP_TTL int 9: EPERM'
	hook poststop "$two"
	run in_cgroup "$CG/x" "$PROBE" socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EACCES'
	hook poststop "$one"
	expect_nothing_left
}

@test "sandbox containers are left alone" {
	process_in x
	hook createRuntime "$(state x $! "$(annotations "$(deny_mark)" | jq '."io.kubernetes.cri.container-type" = "sandbox"')")"
	expect_status 0
	expect_nothing_left
}

@test "the nearer scope wins" {
	process_in x
	hook createRuntime "$(state x $! "$(jq -cn --arg near "$(deny_mark)" --arg far "$(policy "$(rule ttl IP_TTL deny)")" '
		{"policy.sockopt.oci/web": $near, "policy.sockopt.oci": $far, "io.kubernetes.cri.container-name": "web"}')")"
	expect_status 0
	run in_cgroup "$CG/x" "$PROBE" socket inet stream : set socket SO_MARK int 5 : set ip IP_TTL int 9
	expect_line 'set socket SO_MARK int 5: EACCES'
	expect_line 'set ip IP_TTL int 9: ok'
}

@test "husks go in time, also more of them than a start looks at" {
	local i
	for i in $(seq 12); do
		process_in "husk-$i"
		hook createRuntime "$(state "husk-$i" $! "$(annotations "$(deny_mark)")")"
		expect_status 0
	done
	expect_equal "$(container_pins | wc -l)" 12 "pins of containers"
	for i in $(seq 12); do
		remove_cgroup "$CGROUP_MOUNT$CG/husk-$i"
	done
	process_in x
	# One start in eight looks at more than four.
	for i in $(seq 400); do
		hook createRuntime "$(state x $! "$(annotations "$(deny_mark)")")"
		expect_status 0
		hook poststop "$(state x 0)"
		[ -n "$(container_pins)" ] || break
	done
	expect_nothing_left
}

@test "nonsense on standard input, unknown stages" {
	hook createRuntime '{"id": 1}'
	expect_failure
	run env -i "$HOOK" createRuntime </dev/null
	expect_failure
	run env -i "$HOOK" teardown <<<"$(state x 0)"
	expect_failure
	run env -i "$HOOK" </dev/null
	expect_failure
}

@test "--help: the usage on standard output, nothing in syslog" {
	local text
	: > "$SYSLOG"
	text=$(env -i "$HOOK" --help </dev/null 2>"$T/err") || fail "exit status $?: $(< "$T/err")"
	expect_text "usage: oci-sockopt-hook" "$text"
	expect_equal "$(cat "$T/err" "$SYSLOG")" "" "standard error and syslog"
}

@test "an id that looks like something of ours is not swept" {
	process_in x
	mkdir -p "$T/+pending-x"
	hook createRuntime "$(state +pending-x $! "$(annotations "$(deny_mark)")")"
	expect_status 0
	process_in y
	hook createRuntime "$(state y $! "$(annotations "$(deny_mark)")")"
	expect_status 0
	run in_cgroup "$CG/x" "$PROBE" socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EACCES'
}

@test "a link that was detached meanwhile is not taken for one in force" {
	local state
	process_in x
	state=$(state x $! "$(annotations "$(deny_mark)")")
	hook prestart "$state"
	expect_status 0
	bpftool link detach pinned "$PINS"/containers/x@*/setsockopt
	hook createRuntime "$state"
	expect_status 0
	run in_cgroup "$CG/x" "$PROBE" socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EACCES'
}

@test "one id and bundle at a second cgroup: the live first one stays" {
	process_in x
	hook createRuntime "$(state x $! "$(annotations "$(deny_mark)")")"
	expect_status 0
	process_in y
	hook createRuntime "$(state x $! "$(annotations "$(deny_mark)")")"
	expect_failure
	expect_text "$CG/x"
	run in_cgroup "$CG/x" "$PROBE" socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EACCES'
}

@test "a broken configuration refuses annotated containers only" {
	process_in x
	echo '{' > "$ETC/config.json"
	hook createRuntime "$(state x $! '{}')"
	expect_status 0
	hook createRuntime "$(state x $! "$(annotations "$(deny_mark)")")"
	expect_failure
	expect_text "$ETC/config.json"
	expect_nothing_left
}
