# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The hook, stopped in the middle: what others do meanwhile comes when a test wants it. $STATE is what the hook reads.

# The hook, stopped after system call $1 (number $2, of those that match); the rest runs meanwhile, then it goes on.
# STAGE: which stage, createRuntime where it is not set. Its exit status is in $status, its words in $output.
while_stopped() {
	local tracer pid
	: > "$T/stopped"
	strace -o "$T/stopped" -e "trace=$1" -e "inject=$1:signal=STOP:when=$2" \
		env -i "$HOOK" "${STAGE:-createRuntime}" <<<"$STATE" >"$T/words" 2>&1 3>&- &
	tracer=$!
	shift 2
	wait_for grep -q 'stopped by SIGSTOP' "$T/stopped"
	pid=$(cat "/proc/$tracer/task/$tracer/children")
	"$@"
	kill -CONT "$pid"
	status=0
	wait $tracer || status=$?
	output=$(< "$T/words")
}

# How often the hook makes system call $1 until the line of it that holds $2, that one included, when its programs are
# loaded already. $STATE is in force afterwards.
nth_call() {
	local stage
	for stage in createRuntime poststop; do
		env -i "$HOOK" $stage <<<"$STATE" >/dev/null 2>&1
	done
	strace -f -o "$T/nth" -e "trace=$1" env -i "$HOOK" createRuntime <<<"$STATE" >/dev/null 2>&1
	grep "$1(" "$T/nth" | grep -n -m1 -e "$2" | cut -d: -f1
}
