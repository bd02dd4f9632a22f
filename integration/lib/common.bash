# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What all .bats files share: the life of a test, assertions that print what they got, and what we leave on a host.
# bats runs inside integration/lib/sandbox, which gives CGROUP_MOUNT, TEST_CGROUP and SYSLOG.
# RUNTIME names the runtime (runc or crun) where a file needs one.

# shellcheck source=integration/lib/bundle.bash
. "$(dirname "${BASH_SOURCE[0]}")/bundle.bash"
CTL=$B/sockoptctl
HOSTPROG=$B/hostprog
BPFFS=/sys/fs/bpf
PINS=$BPFFS/oci-sockopt-hook
RUN_DIR=/run/oci-sockopt-hook
ETC=/etc/oci-sockopt-hook

# ---- assertions ----

fail() {
	printf '%s\n' "$@" >&2
	return 1
}

# A test that cannot run here. With STRICT=1 that is a failure.
skip_or_fail() {
	if [ "${STRICT:-0}" = 1 ]; then
		fail "skipped in strict mode: $*"
	else
		skip "$*"
	fi
}

expect_equal() { # GOT EXPECTED WHAT
	[ "$1" = "$2" ] || fail "$3:" "got:      $1" "expected: $2"
}

# Of the last `run` or runtime wrapper.
expect_status() {
	[ "$status" = "$1" ] || fail "exit status: got $status, expected $1" "output: $output"
}

expect_failure() {
	[ "$status" != 0 ] || fail "exit status: got 0, expected a failure" "output: $output"
}

# A whole line of $output.
expect_line() {
	grep -qxF -e "$1" <<<"$output" || fail "no line \"$1\" in:" "$output"
}

# Part of $output (or of $2).
expect_text() {
	grep -qF -e "$1" <<<"${2-$output}" || fail "no text \"$1\" in:" "${2-$output}"
}

expect_no_text() {
	! grep -qF -e "$1" <<<"${2-$output}" || fail "unwelcome text \"$1\" in:" "${2-$output}"
}

# Poll until the command succeeds.
wait_for() {
	local i
	for ((i = 0; i < 500; i++)); do
		"$@" && return 0
		sleep 0.02
	done
	fail "waited in vain for: $*"
}

# ---- life of a test ----

common_setup() {
	[ -n "${TEST_CGROUP:-}" ] || fail "run this through integration/lib/sandbox (make check does)"
	CG=$TEST_CGROUP/t$BATS_SUITE_TEST_NUMBER
	T=$BATS_TEST_TMPDIR
	CONTAINERS=()
	BACKGROUND=()
	mkdir -p "$CGROUP_MOUNT$CG" "$ETC/profiles.d"
	SYSLOG_START=$(($(wc -c < "$SYSLOG") + 1))
}

common_teardown() {
	local id pid
	for id in "${CONTAINERS[@]}"; do
		runtime delete -f "$id" >/dev/null 2>&1 3>&- || true
	done
	for pid in "${BACKGROUND[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
		# sockoptctl run, when killed, leaves its cgroup to gc.
		remove_cgroup "$CGROUP_MOUNT$TEST_CGROUP/caller/sockopt-run-$pid"
	done
	remove_cgroup "$CGROUP_MOUNT$CG"
	rm -rf "$ETC"
	# What this test left, on purpose or not, must not decide the next one.
	rm -rf "${PINS:?}" "$RUN_DIR"
}

setup() { common_setup; }
teardown() { common_teardown; }

# What this test's programs sent to syslog, without their process ids.
syslog() {
	tail -c "+$SYSLOG_START" "$SYSLOG" | sed 's/\[[0-9]*\]: /: /'
}

syslog_has() {
	syslog | grep -qF -e "$1"
}

# Run a program (no shell function) in the background; ended with the test. The process id is in $!.
background() {
	"$@" </dev/null >"$T/background.out" 2>&1 3>&- &
	BACKGROUND+=($!)
}

# ---- cgroups ----

# Kill what runs below folder $1 and remove it.
remove_cgroup() {
	local dir pid
	for ((i = 0; i < 500; i++)); do
		[ -d "$1" ] || return 0
		while read -r dir; do
			while read -r pid; do
				kill -KILL "$pid" 2>/dev/null || true
			done < <(cat "$dir/cgroup.procs" 2>/dev/null)
			rmdir "$dir" 2>/dev/null || true
		done < <(find "$1" -depth -type d 2>/dev/null)
		sleep 0.02
	done
	fail "cgroup $1 is still in use: $(cat "$1/cgroup.procs" 2>&1)"
}

# Run a command in the cgroup at path $1 below the mount.
in_cgroup() {
	local folder=$CGROUP_MOUNT$1
	shift
	sh -c 'echo $$ > "$0" && exec "$@"' "$folder/cgroup.procs" "$@"
}

# A program that is not ours, on the cgroup at path $1: hostprog's further words follow. Prints its id.
foreign() {
	local path=$1
	shift
	"$HOSTPROG" attach "$CGROUP_MOUNT$path" "$@"
}

# ---- what we leave on the host ----

container_pins() {
	ls "$PINS/containers" 2>/dev/null || true
}

run_records() {
	find $RUN_DIR -name '*.json' -printf '%f\n' 2>/dev/null | sort
}

# The ids of the shared programs, pinned outside of containers/.
shared_programs() {
	local pin
	find "$PINS" -path "$PINS/containers" -prune -o -type f -print 2>/dev/null | while read -r pin; do
		bpftool -j prog show pinned "$pin" 2>/dev/null | jq -r '.id // empty'
	done | sort -n
}

# The links that hold one of the shared programs: "ID CGROUP_ID ATTACH_TYPE" a line.
our_links() {
	bpftool -j link show | jq -r --argjson ours "[$(shared_programs | paste -sd,)]" '
		.[] | select(.prog_id as $p | $ours | index($p)) | "\(.id) \(.cgroup_id) \(.attach_type)"'
}

no_links() {
	[ -z "$(our_links)" ]
}

# The names and numbers of the processes that hold link $1.
link_holders() {
	local pid
	grep -sl "^link_id:[[:space:]]*$1\$" /proc/[0-9]*/fdinfo/* | cut -d/ -f3 | sort -nu | while read -r pid; do
		echo "$(< "/proc/$pid/comm") ($pid)"
	done 2>/dev/null | paste -sd,
}

# The same as our_links for a reader: where each is, and who holds it beside pins.
tell_links() {
	local id cgroup type folder holders
	our_links | while read -r id cgroup type; do
		folder=$(find "$CGROUP_MOUNT" -inum "$cgroup" -type d -printf '/%P' -quit)
		holders=$(link_holders "$id")
		echo "link $id, $type, cgroup $cgroup ${folder:-(gone)}, held by ${holders:-no process}"
	done
	find "$PINS/containers" -type f -printf 'pin %P\n' 2>/dev/null || true
}

# The kernel releases a link's program some time after its pin.
expect_no_links() {
	wait_for no_links || fail "links that are left:" "$(tell_links)"
}

# After a teardown: no pin, no run record, no link.
expect_nothing_left() {
	expect_equal "$(container_pins)" "" "pins of containers"
	expect_equal "$(run_records)" "" "run records"
	expect_no_links
}

# ---- the hook by hand ----

profile() { # NAME, the policy on standard input
	mkdir -p "$ETC/profiles.d"
	cat > "$ETC/profiles.d/$1.json"
}

# A state as a runtime would send it: ID PID [ANNOTATIONS as a JSON object]; pid "" leaves the key out.
state() {
	local annotations=${3:-}
	jq -cn --arg id "$1" --arg pid "$2" --arg bundle "$T/$1" --argjson annotations "${annotations:-"{}"}" '
		{ociVersion: "1.0.2", id: $id, status: "creating", bundle: $bundle, annotations: $annotations}
		+ if $pid == "" then {} else {pid: ($pid | tonumber)} end'
}

# hook STAGE STATE, as a runtime calls it: no environment, no other descriptors.
hook() {
	local bundle
	bundle=$(jq -r ".bundle // empty" <<<"$2")
	[ -z "$bundle" ] || [ -e "$bundle/config.json" ] || { mkdir -p "$bundle" && echo "{}" > "$bundle/config.json"; }
	run env -i "$HOOK" "$1" 3>&- <<<"$2"
}

annotations() { # POLICY
	jq -cn --arg policy "$1" '{"policy.sockopt.oci": $policy}'
}

# A process in a cgroup of its own, $CG/NAME; its id is in $!.
process_in() {
	mkdir -p "$CGROUP_MOUNT$CG/$1"
	# shellcheck disable=SC2016
	background sh -c 'echo $$ > "$0" && exec sleep 1000' "$CGROUP_MOUNT$CG/$1/cgroup.procs"
	wait_for grep -qx $! "$CGROUP_MOUNT$CG/$1/cgroup.procs"
}

# ---- runtimes ----

# The wrappers below set $status and $output; they may not be called through `run`, which would forget the container.

# create and start: ID BUNDLE
start() {
	CONTAINERS+=("$1")
	captured runtime run -d -b "$2" "$1"
}

# until its command exits: ID BUNDLE
run_container() {
	CONTAINERS+=("$1")
	captured runtime run -b "$2" "$1"
}

create() {
	CONTAINERS+=("$1")
	captured runtime create -b "$2" "$1"
}

delete() {
	captured runtime delete -f "$1"
}

# Into a file, because a container holds on to a pipe as long as it lives.
captured() {
	status=0
	"$@" >"$T/captured" 2>&1 3>&- </dev/null || status=$?
	output=$(< "$T/captured")
}

# Run the probe in a running container: ID STEPS…
probe_in() {
	local id=$1
	shift
	run runtime exec "$id" /probe "$@"
}

container_exists() {
	runtime state "$1" >/dev/null 2>&1
}

# The message reached a person: on standard error, or in syslog where the runtime shows no hook's stderr.
expect_message() {
	case $output in
	*"$1"*) return 0 ;;
	esac
	syslog_has "$1" || fail "no text \"$1\" in output:" "$output" "or syslog:" "$(syslog)"
}
