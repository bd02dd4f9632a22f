#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A host that cannot give what the hook asks for: no room, no right to write, limits reached, memory short. The container
# is refused with a reason and nothing is left of it, or it is under its policy; the host's program decides as before.

load ../lib/common

setup() {
	common_setup
	rm -rf "${PINS:?}" $RUN_DIR # of what ran before
	MOUNTS=()
	foreign "$CG" set multi deny 1 12 > "$T/parent" # SO_PRIORITY
	process_in x
	STATE=$(state x $! "$(annotations "$(deny_mark)")")
}

teardown() {
	local place
	for place in "${MOUNTS[@]}"; do
		while umount "$place" 2>/dev/null; do :; done
	done
	mountpoint -q $BPFFS || mount -t bpf -o mode=700 bpf $BPFFS
	common_teardown
}

# mount(8) that the teardown undoes: its words, the place last.
mounted() {
	MOUNTS+=("${!#}")
	mount "$@"
}

expect_denied() {
	run in_cgroup "$CG/x" "$PROBE" socket inet stream : set socket SO_MARK int 5 : set socket SO_PRIORITY int 3
	expect_line 'set socket SO_MARK int 5: EACCES'
	expect_line 'set socket SO_PRIORITY int 3: EPERM'
}

# Each further word is in what a person is told.
expect_refused() {
	local text
	expect_failure
	for text in "$@"; do
		expect_text "$text"
	done
	expect_equal "$(attached_at x)" "" "programs at the container's cgroup"
	run in_cgroup "$CG/x" "$PROBE" socket inet stream : set socket SO_PRIORITY int 3
	expect_line 'set socket SO_PRIORITY int 3: EPERM'
}

attached_at() {
	bpftool -j cgroup show "$CGROUP_MOUNT$CG/$1" | jq -r '.[]? | select(.attach_type | test("sockopt")) | .id'
}

expect_starts() {
	hook createRuntime "$STATE"
	expect_status 0
	expect_denied
}

@test "bpffs is missing: refused with the remedy; poststop succeeds; mounted, it starts" {
	umount $BPFFS
	hook createRuntime "$STATE"
	expect_refused 'mount -t bpf bpf'
	hook poststop "$STATE"
	expect_status 0
	mount -t bpf -o mode=700 bpf $BPFFS
	expect_starts
}

@test "bpffs is unmounted under a container: its policy ends, poststop and the next start succeed" {
	local before
	expect_starts
	umount $BPFFS
	hook poststop "$STATE"
	expect_status 0
	expect_equal "$(run_records)" "" "run records"
	mount -t bpf -o mode=700 bpf $BPFFS
	expect_starts
}

@test "bpffs is read-only: refused; what is in force stays so, and can be ended later" {
	expect_starts
	process_in y
	mount -o remount,ro $BPFFS
	hook createRuntime "$(state y $! "$(annotations "$(deny_mark)")")"
	expect_failure
	expect_text "Read-only file system"
	expect_equal "$(attached_at y)" "" "programs at y"
	expect_denied
	hook poststop "$STATE"
	expect_failure
	expect_text "Read-only file system"
	mount -o remount,rw $BPFFS
	hook poststop "$STATE"
	expect_status 0
	expect_nothing_left
}

@test "another file system where bpffs should be: refused" {
	mounted -t tmpfs tmpfs /run/elsewhere 2>/dev/null || { mkdir /run/elsewhere && mounted -t tmpfs tmpfs /run/elsewhere; }
	echo '{"bpffs": "/run/elsewhere"}' > "$ETC/config.json"
	hook createRuntime "$STATE"
	expect_refused /run/elsewhere 'no bpf file system is mounted there'
	expect_equal "$(ls -A /run/elsewhere)" "" "what was made there"
}

@test "no room in /run: refused, nothing of it in force; with room it starts" {
	mkdir -p $RUN_DIR
	mounted -t tmpfs -o size=4k,mode=700 tmpfs $RUN_DIR
	head -c 4096 /dev/zero > $RUN_DIR/full
	hook createRuntime "$STATE"
	expect_refused $RUN_DIR 'No space left on device'
	expect_equal "$(container_pins)" "" "pins"
	expect_equal "$(ls -A $RUN_DIR)" full "files in the run folder"
	rm $RUN_DIR/full
	expect_starts
}

@test "no inode left in /run: refused, nothing of it in force" {
	mkdir -p $RUN_DIR
	mounted -t tmpfs -o nr_inodes=1,mode=700 tmpfs $RUN_DIR
	hook createRuntime "$STATE"
	expect_refused $RUN_DIR 'No space left on device'
	expect_equal "$(container_pins)$(ls -A $RUN_DIR)" "" "pins and files in the run folder"
}

@test "/run is read-only: refused; the end of a container fails aloud, and succeeds later" {
	expect_starts
	process_in y
	mounted --bind $RUN_DIR $RUN_DIR
	mount -o remount,bind,ro $RUN_DIR
	hook createRuntime "$(state y $! "$(annotations "$(deny_mark)")")"
	expect_failure
	expect_text 'Read-only file system'
	expect_equal "$(attached_at y)" "" "programs at y"
	hook poststop "$STATE"
	expect_failure
	umount $RUN_DIR
	hook poststop "$STATE"
	expect_status 0
	expect_nothing_left
}

@test "64 programs are at the cgroup: refused with that number; one fewer, and it starts" {
	local id
	for _ in $(seq 64); do
		id=$(foreign "$CG/x" set multi pass 1 36)
	done
	hook createRuntime "$STATE"
	expect_failure
	expect_text "at most 64 setsockopt programs"
	expect_equal "$(attached_at x | wc -l)" 64 "programs at the container's cgroup"
	expect_nothing_left
	"$HOSTPROG" detach "$CGROUP_MOUNT$CG/x" set "$id"
	expect_starts
}

@test "64 programs for getsockopt: the link for setsockopt is taken back" {
	local both
	both=$(policy "$(rule mark SO_MARK deny '"errno": "EACCES"')" "$(rule type SO_TYPE deny | jq -c '.calls = ["getsockopt"]')")
	for _ in $(seq 64); do
		foreign "$CG/x" get multi pass 1 3 >/dev/null
	done
	hook createRuntime "$(jq -c --arg policy "$both" '.annotations."policy.sockopt.oci" = $policy' <<<"$STATE")"
	expect_failure
	expect_text "at most 64 getsockopt programs"
	expect_equal "$(attached_at x | wc -l)" 64 "programs at the container's cgroup"
	expect_nothing_left
}

# ---- limits of the process ----

# A command that reads the state, of whatever exit status; `run` would wonder about some.
with_state() {
	status=0
	"$@" <<<"$STATE" >"$T/words" 2>&1 3>&- || status=$?
	output=$(< "$T/words")
}

# In force or refused, and afterwards ended. Counts both. $1 says under which limit.
expect_either() {
	if [ "$status" = 0 ]; then
		started=$((started + 1))
		expect_denied
	else
		refused=$((refused + 1))
		# A kill leaves links until the kernel frees them.
		[ "$status" -ge 128 ] || expect_equal "$(attached_at x)" "" "programs with $1: $output"
	fi
	hook poststop "$STATE"
	expect_status 0
	expect_nothing_left
}

expect_both() {
	[ $started -gt 0 ] || fail "never in force: $output"
	[ $refused -gt 0 ] || fail "never refused: the limit is none"
}

@test "few descriptors: in force or refused, whatever the number" {
	local n started=0 refused=0
	for n in $(seq 3 24); do
		with_state sh -c 'ulimit -n "$1"; shift; exec env -i "$@"' sh "$n" "$HOOK" createRuntime
		expect_either "$n descriptors"
	done
	expect_both
}

@test "little address space: in force or refused, whatever the amount" {
	local kib started=0 refused=0
	for kib in $(seq 2000 300 8000) 12000 24000; do
		rm -rf "${PINS:?}" # loading takes more
		with_state sh -c 'ulimit -v "$1"; shift; exec env -i "$@"' sh "$kib" "$HOOK" createRuntime
		expect_either "$kib KiB"
	done
	expect_both
}

# ---- a memory cgroup too small ----

# A cgroup with the memory controller, at most $1 bytes; its folder in CHARGED, the file of its limit in LIMIT.
charged_begin() {
	local top=$CGROUP_MOUNT$TEST_CGROUP
	if grep -qw memory "$top/cgroup.controllers"; then
		echo +memory > "$top/cgroup.subtree_control"
		CHARGED=$top/charged$BATS_TEST_NUMBER LIMIT=memory.max
	else
		mkdir -p /run/memory
		mounted -t cgroup -o memory memory /run/memory 2>/dev/null || skip_or_fail "no memory controller"
		CHARGED=/run/memory/${TEST_CGROUP#/}.$BATS_TEST_NUMBER LIMIT=memory.limit_in_bytes
	fi
	mkdir "$CHARGED"
}

@test "a memory cgroup too small: in force, refused or killed, whatever the size" {
	local kib started=0 refused=0
	charged_begin
	for kib in 64 128 192 256 320 384 512 640 768 1024 1536 2048 4096 8192 16384 65536; do
		rm -rf "${PINS:?}" # programs and maps are charged too
		echo max > "$CHARGED/$LIMIT" 2>/dev/null || echo -1 > "$CHARGED/$LIMIT"
		echo ${kib}K > "$CHARGED/$LIMIT" || true
		with_state sh -c 'echo $$ > "$0/cgroup.procs" && exec env -i "$@"' "$CHARGED" "$HOOK" createRuntime
		expect_either "$kib KiB"
	done
	wait_for rmdir "$CHARGED" 2>/dev/null
	expect_both
}

# ---- clocks ----

# The hook reads the wall clock for the record's "created" alone, which no decision looks at; boot time for whose end a
# poststop is; the monotonic clock for where a sweep begins.
@test "clocks that jump between start and end: ended all the same" {
	local shift record
	for shift in 100000000 1000; do
		run unshare --time --boottime $shift --monotonic $shift env -i "$HOOK" createRuntime <<<"$STATE"
		expect_status 0
		expect_denied
		kill -KILL "${BACKGROUND[-1]}"
		wait_for rmdir "$CGROUP_MOUNT$CG/x"
		hook poststop "$STATE"
		expect_status 0
		expect_nothing_left
		process_in x
		STATE=$(jq -c --argjson pid $! '.pid = $pid' <<<"$STATE")
	done
	for record in 1970-01-01T00:00:00Z 9999-12-31T23:59:59Z; do
		expect_starts
		sed -i -E 's/("created": ?)"[^"]*"/\1"'$record'"/' $RUN_DIR/x@*.json
		grep -q "$record" $RUN_DIR/x@*.json || fail "the record says no time: $(cat $RUN_DIR/x@*.json)"
		hook createRuntime "$STATE"
		expect_status 0
		expect_denied
		run "$CTL" verify
		expect_status 0
		hook poststop "$STATE"
		expect_status 0
		expect_nothing_left
	done
}
