#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The hook itself: what it may do in each phase, whom it believes, what becomes of text that others wrote, two of it at
# once, and two builds of it on one host.

load ../lib/common
load ../lib/stopped

NEXT=$B/next/oci-sockopt-hook

setup() {
	common_setup
	rm -rf "${PINS:?}" $RUN_DIR # of what ran before
	process_in x
	STATE=$(state x $! "$(annotations "$(deny_mark)")")
}

expect_denied() {
	run in_cgroup "$CG/${1:-x}" "$PROBE" socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EACCES'
}

# End what process_in began in NAME, as a runtime does before poststop.
end_of() { # NAME PID
	kill -KILL "$2"
	wait_for rmdir "$CGROUP_MOUNT$CG/$1"
}

# ---- capabilities ----

@test "capabilities, phase by phase, as the kernel tells them" {
	local loads="bpf dac_override net_admin perfmon" raised=" sys_admin"
	! has_sys_resource || loads+=" sys_resource" raised=" sys_admin sys_resource"
	run "$TOP/integration/faults/phases"
	expect_status 0
	expect_equal "$(grep -v 'inherited none, ambient none$' <<<"$output")" "" "inheritable or ambient"
	expect_equal "$(sed 's/; inherited.*//; s/: /|/; s/; kept /|/' <<<"$output")" "$(sed "s/LOADS/$loads/; s/RAISED/$raised/" <<-'END'
		reads the state|bpf net_admin|bpf dac_override net_admin perfmonRAISED
		takes the lock|bpf net_admin|bpf dac_override net_admin perfmonRAISED
		makes its folders|bpf net_admin|bpf dac_override net_admin perfmonRAISED
		asks what is attached|bpf net_admin|bpf dac_override net_admin perfmonRAISED
		attaches|bpf net_admin|bpf dac_override net_admin perfmonRAISED
		writes the policy|bpf net_admin|bpf dac_override net_admin perfmonRAISED
		pins|bpf net_admin|bpf dac_override net_admin perfmonRAISED
		writes the run record|bpf net_admin|bpf dac_override net_admin perfmonRAISED
		is done, and says so|none|none
		loads programs|LOADS|bpf dac_override net_admin perfmonRAISED
		pins programs|bpf net_admin|bpf dac_override net_admin perfmonRAISED
		takes the lock, at the end|bpf|bpf
		unpins|bpf|bpf
		removes the run record|bpf|bpf
	END
	)" "capabilities: phase, effective, permitted"
}

# With these capabilities and no other: CAPABILITIES STAGE STATE
with_only() {
	run setpriv --bounding-set "-all${1:+,$1}" env -i "$HOOK" "$2" <<<"$3"
}

@test "capabilities: these are enough, and with fewer nothing is half done" {
	with_only +bpf,+net_admin,+perfmon,+sys_admin createRuntime "$STATE" # loads
	expect_status 0
	expect_denied
	with_only +bpf poststop "$STATE"
	expect_status 0
	expect_nothing_left
	with_only +bpf,+net_admin createRuntime "$STATE" # the programs are there
	expect_status 0
	expect_denied
	hook poststop "$STATE"
	with_only +bpf createRuntime "$STATE"
	expect_failure
	expect_nothing_left
	rm -rf "${PINS:?}"
	for caps in +net_admin,+perfmon +bpf,+perfmon +bpf,+net_admin ''; do
		with_only "$caps" createRuntime "$STATE"
		expect_failure
		expect_nothing_left
	done
}

# ---- whom it believes ----

kill_and_reap() {
	kill -KILL "$1"
	wait "$1" 2>/dev/null || true
	! kill -0 "$1" 2>/dev/null || fail "process $1 is still there"
}

@test "a process that ends while the hook looks at it: refused" {
	local pid=${BACKGROUND[-1]}
	while_stopped pidfd_open 1 kill_and_reap "$pid"
	expect_failure
	expect_text "$pid"
	expect_nothing_left
}

@test "a process that ends after its cgroup was read: refused, whoever gets its number" {
	local pid=${BACKGROUND[-1]} at
	# The last call before the pidfd is asked again is the one that opens the cgroup's folder.
	strace -o "$T/trace" -e trace=openat,pidfd_send_signal env -i "$HOOK" createRuntime <<<"$STATE"
	hook poststop "$STATE"
	at=$(sed -n '/pidfd_send_signal/q; /openat/p' "$T/trace" | grep -c openat)
	grep -q "/proc/$pid/cgroup" "$T/trace" || fail "the process's cgroup is read nowhere: $(cat "$T/trace")"
	while_stopped openat "$at" kill_and_reap "$pid"
	expect_failure
	expect_text "process $pid"
	expect_nothing_left
}

# ---- text that others wrote ----

hostile() { # every kind of byte that a terminal, a shell, a log or a format may act upon
	printf '%%s%%n%%999999d $(touch %s/ran) `touch %s/ran` ;touch %s/ran\n\033[2J\a\b\r\177\302\233x"'"'"'\\' "$T" "$T" "$T"
}

expect_one_clean_line() {
	expect_equal "$(tr -cd '\0-\011\013-\037\177' <<<"$output" | od -An -tx1)" "" "control bytes"
	expect_equal "$(LC_ALL=C grep -c $'\302[\200-\237]' <<<"$output")" 0 "lines with C1 controls"
	expect_equal "$(grep -c . <<<"$output")" 1 "lines: $output"
	[ "$(wc -c <<<"$output")" -lt 2000 ] || fail "a line of $(wc -c <<<"$output") bytes"
	expect_equal "$(syslog | grep -v '^.* oci-sockopt-hook:')" "" "lines in syslog that do not begin as ours"
	[ ! -e "$T/ran" ] || fail "a shell ran it"
}

@test "annotation text reaches no shell, no format and no terminal" {
	local text where
	text=$(hostile)
	for where in '{"policy.sockopt.oci": $t}' '{"profile.sockopt.oci": $t}' '{"mode.sockopt.oci": $t}' \
		'{("policy.sockopt.oci/" + $t): "{}"}' '{($t + ".sockopt.oci"): "{}"}' \
		'{"policy.sockopt.oci": "{}", "profile.sockopt.oci": $t}' '{"policy.sockopt.oci": ({version: 1, ($t): 1} | tojson)}' \
		'{"policy.sockopt.oci": ({version: 1, rules: [{id: "a", calls: ["setsockopt"], options: [$t], action: "deny"}]} | tojson)}' \
		'{"policy.sockopt.oci": ({version: 1, name: $t, rules: []} | tojson)}' '{"policy.sockopt.oci": ($t * 3000)}'; do
		hook createRuntime "$(jq -c --arg t "$text" ".annotations = $where" <<<"$STATE")"
		expect_failure
		expect_one_clean_line
		expect_nothing_left
	done
}

@test "other text of a state: id, bundle, container name" {
	local text where
	text=$(hostile)
	for where in '.id = $t' '.bundle = $t' '.bundle = "/" + $t' '.annotations."io.kubernetes.cri.container-name" = $t' \
		'.annotations."io.kubernetes.cri.sandbox-name" = $t' '.status = $t' '.pid = $t' '.ociVersion = $t'; do
		run env -i "$HOOK" createRuntime 3>&- <<<"$(jq -c --arg t "$text" "$where" <<<"$STATE")"
		expect_one_clean_line
		if [ "$status" = 0 ]; then
			expect_denied
			run "$CTL" list
			expect_no_text $'\033'
			expect_no_text $'\a'
			run env -i "$HOOK" poststop <<<"$(jq -c --arg t "$text" "$where" <<<"$STATE")"
			expect_status 0
		fi
		expect_nothing_left
	done
	[ ! -e "$T/ran" ] || fail "a shell ran it"
}

@test "the hook starts no program and opens no network socket" {
	rm -rf "${PINS:?}"
	strace -f -o "$T/trace" -e trace=%process,socket,connect "$HOOK" createRuntime <<<"$STATE"
	expect_equal "$(grep -c execve "$T/trace")" 1 "programs that were started, itself among them"
	expect_equal "$(grep 'socket(' "$T/trace" | grep -v AF_UNIX)" "" "sockets"
	expect_equal "$(grep 'connect(' "$T/trace" | grep -v /dev/log)" "" "connections"
}

# ---- two at once ----

# Start both at once, the first one slowed down at system call $1; their statuses are in $first and $second.
both() { # CALL WHEN STATE STATE
	local one
	strace -f -o /dev/null -e "trace=$1" -e "inject=$1:delay_enter=30000:when=$2" \
		env -i "$HOOK" createRuntime <<<"$3" >"$T/one" 2>&1 3>&- &
	one=$!
	first=0 second=0
	env -i "$HOOK" createRuntime <<<"$4" >"$T/two" 2>&1 3>&- || second=$?
	wait $one || first=$?
}

@test "the same container at once, wherever the first one is: both succeed, one policy" {
	local place
	for place in flock:1 bpf:1+ renameat2:1 renameat:1 mkdir:1+ openat:10+ newfstatat:1+; do
		rm -rf "${PINS:?}"
		both "${place%:*}" "${place#*:}" "$STATE" "$STATE"
		expect_equal "$first $second" "0 0" "statuses at $place: $(cat "$T/one" "$T/two")"
		expect_denied
		expect_equal "$(our_links | wc -l)" 1 "links"
		hook poststop "$STATE"
		expect_status 0
		expect_nothing_left
	done
}

@test "one id and bundle for two live containers at once: one is in force, the other is refused" {
	local place other
	process_in y
	other=$(jq -c --argjson pid $! '.pid = $pid' <<<"$STATE")
	for place in flock:1 bpf:1+ renameat2:1 renameat:1; do
		both "${place%:*}" "${place#*:}" "$STATE" "$other"
		expect_equal "$((first + second))" 1 "sum of statuses at $place: $(cat "$T/one" "$T/two")"
		if [ $first = 0 ]; then expect_denied x; else expect_denied y; fi
		expect_equal "$(our_links | wc -l)" 1 "links"
		hook poststop "$STATE"
		expect_nothing_left
	done
}

@test "start and end of one container at once: in force or gone, nothing in between" {
	local place starting
	for place in flock:1 bpf:1+ renameat2:1 renameat:1; do
		strace -f -o "$T/slow" -e "trace=openat,${place%:*}" -e "inject=${place%:*}:delay_enter=20000:when=${place#*:}" \
			env -i "$HOOK" createRuntime <<<"$STATE" >"$T/one" 2>&1 3>&- &
		starting=$!
		wait_for grep -q "$RUN_DIR" "$T/slow"
		hook poststop "$STATE"
		expect_status 0
		wait $starting || fail "the start: $(< "$T/one")"
		hook createRuntime "$STATE"
		expect_status 0
		expect_denied
		expect_equal "$(our_links | wc -l)" 1 "links"
		hook poststop "$STATE"
		expect_nothing_left
	done
}

# ---- two builds ----

next() { # STAGE STATE
	run env -i "$NEXT" "$1" 3>&- <<<"$2"
}

@test "two builds: each ends what the other began, in either order" {
	local pid
	hook createRuntime "$STATE"
	expect_status 0
	next createRuntime "$STATE" # prestart by the old one, createRuntime by the new
	expect_status 0
	expect_denied
	expect_equal "$(cd "$PINS" && ls -d g* | wc -l)" 1 "generations: what is in force was taken over"
	next poststop "$STATE"
	expect_status 0
	expect_nothing_left
	next createRuntime "$STATE" # a downgrade
	expect_status 0
	expect_denied
	hook poststop "$STATE"
	expect_status 0
	expect_nothing_left
}

@test "two builds: a recording that the old one began is written by the new one" {
	local pid=${BACKGROUND[-1]}
	STATE=$(jq -c '.annotations = {"mode.sockopt.oci": "record"}' <<<"$STATE")
	hook createRuntime "$STATE"
	expect_status 0
	run in_cgroup "$CG/x" "$PROBE" socket inet stream : set socket SO_MARK int 5
	end_of x "$pid"
	next poststop "$STATE"
	expect_status 0
	grep -q SO_MARK /var/lib/oci-sockopt-hook/recordings/x.json || fail "the recording is lost"
	rm -r /var/lib/oci-sockopt-hook
	expect_nothing_left
}

@test "two builds: the new one sweeps husks of the old one, and leaves its living containers" {
	local pid
	process_in husk
	pid=$!
	hook createRuntime "$(state husk $pid "$(annotations "$(deny_mark)")")"
	expect_status 0
	hook createRuntime "$STATE"
	expect_status 0
	end_of husk $pid
	process_in y
	pid=$!
	wait_for next_sweeps $pid
	expect_denied x
	expect_denied y
	"$B/next/sockoptctl" gc
	expect_denied x
	expect_denied y
	expect_equal "$(cd "$PINS" && ls -d g* | wc -l)" 2 "generations"
	run "$B/next/sockoptctl" verify
	expect_status 0
}

# Start and end y under the next build until the husk is gone, which the kernel has to let go of first.
next_sweeps() {
	next createRuntime "$(state y "$1" "$(annotations "$(deny_mark)")")"
	expect_status 0
	container_pins | grep -q '^husk@' || return 0
	next poststop "$(state y 0 "$(annotations "$(deny_mark)")")"
	return 1
}
