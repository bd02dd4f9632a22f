# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the scripts in measure/ share. They run inside integration/lib/sandbox, print lines of CSV on standard output and
# nothing else there: measure,variant,x,round,value,unit. QUICK=1: as few rounds as show that it still runs.

set -euo pipefail
# shellcheck source=integration/lib/common.bash
. "$(dirname "${BASH_SOURCE[0]}")/../lib/common.bash"
BENCH=$B/bench
T=$(mktemp -d)
CG=$TEST_CGROUP/bench
CONTAINERS=()
BACKGROUND=()
# The last processor: the first one takes most interrupts.
BENCH_CPU=${BENCH_CPU:-$(($(nproc) - 1))}

bench_finish() {
	local pid
	for pid in "${BACKGROUND[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	remove_cgroup "$CGROUP_MOUNT$CG" || true
	rm -rf "$T" "${PINS:?}" "$RUN_DIR" "$ETC"
}
mkdir -p "$CGROUP_MOUNT$CG"
trap bench_finish EXIT
trap 'exit 130' INT TERM

# A number of rounds, calls or containers: NUMBER QUICK_NUMBER
quick() {
	[ "${QUICK:-0}" = 1 ] && echo "$2" || echo "$1"
}

# call.c, on one processor.
call() {
	taskset -c "$BENCH_CPU" "$BENCH/call" -r "$(quick 200 2)" -n "$(quick 2000 500)" "$@"
}

# The folder of cgroup $CG/NAME.
folder() {
	echo "$CGROUP_MOUNT$CG/$1"
}

new_folder() {
	mkdir -p "$(folder "$1")"
}

# A cgroup whose setsockopt and getsockopt programs return 1 and do no more: NAME
empty_folder() {
	new_folder "$1"
	foreign "$CG/$1" set multi empty 0 0 > /dev/null
	foreign "$CG/$1" get multi empty 0 0 > /dev/null
}

# A cgroup under a policy: NAME POLICY
our_folder() {
	new_folder "$1"
	"$CTL" host attach "$CG/$1" --policy /dev/stdin <<<"$2" > /dev/null
}

# A policy of COUNT rules of which the last one is RULE; each of the others is for an option of its own.
policy_of() {
	local count=$1 calls=${3:-'["setsockopt"]'}
	jq -cn --argjson count "$count" --argjson rule "$2" --argjson calls "$calls" '
		{version: 1, name: "bench", rules: ([range(1; $count) |
			{id: "other-\(.)", calls: $calls, options: ["200/\(.)"], action: "deny"}] + [$rule])}'
}

clamp_rcvbuf() {
	rule buffers SO_RCVBUF clamp '"max": 65536'
}

# ---- many containers, as the hook sees them ----

# Have COUNT cgroups $CG/live/1 … COUNT, a process in each, and for each a state, $T/states/NUMBER, that a runtime would
# send to the hook: COUNT POLICY. The hook has not been called.
crowd_begin() {
	local count=$1 template pid i=0
	mkdir -p "$T/states" "$T/bundle"
	# A seccomp profile for native calls alone, as the documentation advises; any other is told in syslog.
	echo "{\"linux\": {\"seccomp\": {\"architectures\": [\"SCMP_ARCH_$(uname -m | tr '[:lower:]' '[:upper:]')\"]}}}" > "$T/bundle/config.json"
	template=$(state @ID@ 424242 "$(annotations "$2")" | jq -c --arg bundle "$T/bundle" '.bundle = $bundle')
	seq -f "$(folder live)/%.0f" "$count" | xargs mkdir -p
	: > "$T/pids"
	# shellcheck disable=SC2046  # a list of words is meant
	"$BENCH/crowd" $(seq -f "$(folder live)/%.0f" "$count") >> "$T/pids" &
	CROWD=$!
	BACKGROUND+=("$CROWD")
	wait_for crowd_is "$count"
	while read -r pid; do
		i=$((i + 1))
		template_at "$template" "$i" "$pid"
	done < "$T/pids"
}

crowd_is() {
	[ "$(wc -l < "$T/pids")" = "$1" ]
}

template_at() { # TEMPLATE NUMBER PID
	local text=${1//@ID@/live-$2}
	printf '%s' "${text//424242/$3}" > "$T/states/$2"
}

crowd_end() {
	kill -KILL "$CROWD"
	wait "$CROWD" 2>/dev/null || true
	BACKGROUND=()
	remove_cgroup "$(folder live)"
	rm -rf "$T/states"
}

# spawn.c, on one processor: a table on standard input, lines of CSV on standard output. The names in the table are
# "measure,variant,x,round".
spawn() {
	taskset -c "$BENCH_CPU" "$BENCH/spawn" | awk '{ printf "%s,%.4f,ms\n", $1, $2 / 1000 }'
}
