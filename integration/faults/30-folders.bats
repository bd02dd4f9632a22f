#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What lies in our folders, or in their place, and is not ours: links that lead elsewhere, folders of other users,
# damaged records, things that nobody knows. Nothing elsewhere is read, written or removed, and no container is left free
# that asked for a policy.

load ../lib/common

setup() {
	common_setup
	rm -rf "${PINS:?}" $RUN_DIR # of what ran before
	ELSEWHERE=/run/elsewhere
	mkdir -p -m 700 $ELSEWHERE
	echo theirs > $ELSEWHERE/file
	begin_x
}

begin_x() {
	process_in x
	PID=$!
	STATE=$(state x "$PID" "$(annotations "$(deny_mark)")")
}

# As a runtime does before poststop.
end_x() {
	kill -KILL "$PID"
	wait_for rmdir "$CGROUP_MOUNT$CG/x"
}

teardown() {
	umount $BPFFS/inner 2>/dev/null || true
	chmod 700 $BPFFS
	rm -rf "${PINS:?}" $RUN_DIR $ELSEWHERE /var/lib/oci-sockopt-hook
	common_teardown
}

as_nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

expect_denied() {
	run in_cgroup "$CG/${1:-x}" "$PROBE" socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: EACCES'
}

expect_free() {
	run in_cgroup "$CG/x" "$PROBE" socket inet stream : set socket SO_MARK int 5
	expect_line 'set socket SO_MARK int 5: ok'
}

# The key of container x, which has none yet.
key_of_x() {
	hook createRuntime "$STATE"
	expect_status 0
	container_pins
	hook poststop "$STATE"
	expect_status 0
}

expect_untouched() {
	expect_equal "$(find $ELSEWHERE -type f -printf '%P ')" "${1:-file }" "files elsewhere"
	expect_equal "$(< $ELSEWHERE/file)" theirs "the file elsewhere"
}

# Each call is refused, with $1 in its words, and the host is as it was.
expect_all_refuse() {
	hook createRuntime "$STATE"
	expect_failure
	expect_text "$1"
	expect_free
	run "$CTL" gc
	expect_failure
	expect_text "$1"
	hook poststop "$STATE"
	expect_untouched "${2:-}"
}

# ---- in the place of a folder ----

@test "a link where the run folder should be" {
	ln -s $ELSEWHERE $RUN_DIR
	expect_all_refuse $RUN_DIR
}

@test "a run folder of another user, and one that others may write to" {
	mkdir -m 755 $RUN_DIR
	chown nobody $RUN_DIR
	expect_all_refuse "belongs to user 65534"
	chown root $RUN_DIR
	chmod 777 $RUN_DIR
	expect_all_refuse "has mode 0777"
	expect_equal "$(ls -A $RUN_DIR)" "" "what was written there"
}

@test "a link where our folder in bpffs should be" {
	mkdir -p $ELSEWHERE/containers
	ln -s $ELSEWHERE "$PINS"
	expect_all_refuse "$PINS"
}

# The kernel mounts bpffs with mode 1777 where no other is asked for: any user can be there first, and knows the key.
@test "another user was first in a bpffs that all may write to" {
	local key
	key=$(key_of_x)
	rm -rf "${PINS:?}"
	chmod 1777 $BPFFS
	as_nobody mkdir -p "$PINS/containers"
	as_nobody ln -s $ELSEWHERE "$PINS/containers/$key"
	hook poststop "$STATE"
	expect_failure
	expect_text "$PINS"
	expect_all_refuse "$PINS"
	expect_equal "$(stat -c %U "$PINS")" nobody "owner of what is there"
}

@test "a bpffs that all may write to, without the sticky bit: refused" {
	chmod 0777 $BPFFS
	hook createRuntime "$STATE"
	expect_failure
	expect_text "chmod 0700 $BPFFS"
	expect_free
}

@test "a link where a key's folder should be, and where a generation's should be" {
	local key generation
	key=$(key_of_x)
	ln -s $ELSEWHERE "$PINS/containers/$key"
	hook createRuntime "$STATE"
	expect_untouched
	[ "$status" = 0 ] || expect_free
	rm -f "$PINS/containers/$key" 2>/dev/null || rm -rf "$PINS/containers/$key"
	generation=$(cd "$PINS" && echo g*)
	rm -rf "${PINS:?}/$generation" $RUN_DIR
	ln -s $ELSEWHERE "$PINS/$generation"
	hook createRuntime "$STATE"
	expect_failure
	expect_text "$generation"
	expect_free
	expect_untouched
}

@test "a link where the folder of recordings should be: the recording stays until it can be written" {
	STATE=$(jq -c '.annotations = {"mode.sockopt.oci": "record"}' <<<"$STATE")
	mkdir -p /var/lib/oci-sockopt-hook
	ln -s $ELSEWHERE /var/lib/oci-sockopt-hook/recordings
	hook createRuntime "$STATE"
	expect_status 0
	run in_cgroup "$CG/x" "$PROBE" socket inet stream : set socket SO_MARK int 5
	kill -KILL "${BACKGROUND[-1]}"
	wait_for rmdir "$CGROUP_MOUNT$CG/x"
	hook poststop "$STATE"
	expect_failure
	expect_text recordings
	expect_untouched
	rm /var/lib/oci-sockopt-hook/recordings
	run "$CTL" gc
	expect_status 0
	grep -q SO_MARK /var/lib/oci-sockopt-hook/recordings/x.json || fail "the recording is lost"
}

# ---- in the place of a file ----

@test "a link where the run record should be" {
	local key
	key=$(key_of_x)
	hook createRuntime "$STATE"
	expect_status 0
	cp $RUN_DIR/"$key.json" $ELSEWHERE/record
	ln -sf $ELSEWHERE/record $RUN_DIR/"$key.json"
	hook createRuntime "$STATE" # as prestart and createRuntime would be
	[ "$status" = 0 ] || expect_text "$key.json"
	expect_denied
	end_x
	hook poststop "$STATE"
	expect_status 0
	expect_nothing_left
	expect_untouched "$(find $ELSEWHERE -type f -printf '%P ')"
	[ -f $ELSEWHERE/record ] || fail "the file that the link led to is gone"
}

@test "a profile that leads out of its folder, also while it is exchanged" {
	local i swapper seen=
	policy "$(rule ttl IP_TTL deny)" > $ELSEWHERE/free.json
	deny_mark | profile inside
	STATE=$(jq -c '.annotations = {"profile.sockopt.oci": "p"}' <<<"$STATE")
	ln -s $ELSEWHERE/free.json "$ETC/profiles.d/p.json"
	hook createRuntime "$STATE"
	expect_failure
	expect_text "leads out of"
	expect_free
	background bash -c 'while :; do ln -sfn inside.json "$0/t" && mv -T "$0/t" "$0/p.json"; ln -sfn "$1" "$0/t" && mv -T "$0/t" "$0/p.json"; done' \
		"$ETC/profiles.d" $ELSEWHERE/free.json
	swapper=$!
	for ((i = 0; i < 300; i++)); do
		hook createRuntime "$STATE"
		if [ "$status" = 0 ]; then
			seen+=i
			expect_denied
			hook poststop "$STATE"
		else
			seen+=o
			expect_free
		fi
		case $seen in *i*o*i* | *o*i*o*) [ $i -lt 40 ] || break ;; esac
	done
	kill -KILL $swapper
	case $seen in *i*) ;; *) fail "never the profile inside: $seen" ;; esac
}

@test "profile names that are paths" {
	local name
	policy > "$ETC/outside.json"
	for name in ../outside /etc/oci-sockopt-hook/outside ./p p/../../outside '..' '.' '' "$(printf 'a/%.0s' $(seq 40))" $'p\nq' '%n%n' '$(id)'; do
		hook createRuntime "$(jq -c --arg name "$name" '.annotations = {"profile.sockopt.oci": $name}' <<<"$STATE")"
		expect_failure
		expect_text profile.sockopt.oci
		expect_free
	done
}

# ---- damaged ----

@test "damaged run records: the second call and the end, and another container is as before" {
	local key damage record
	process_in y
	hook createRuntime "$(state y $! "$(annotations "$(deny_mark)")")"
	expect_status 0
	key=$(key_of_x | grep -v ^y@)
	for damage in ': >' 'truncate -s 40' 'rm -f' 'echo "{}" >' 'echo null >' 'head -c 2000000 /dev/zero >' \
		'head -c 300 /dev/urandom >' 'cp '$RUN_DIR'/y@*.json'; do
		record=$RUN_DIR/$key.json
		hook createRuntime "$STATE"
		expect_status 0
		eval "$damage $record"
		hook createRuntime "$STATE"
		[ "$status" = 0 ] || expect_text "$key"
		expect_denied
		run "$CTL" list
		eval "$damage $record"
		end_x
		hook poststop "$STATE"
		expect_status 0
		begin_x
		expect_free
		expect_equal "$(container_pins | grep -v ^y@)" "" "pins after: $damage"
		expect_equal "$(run_records | grep -v ^y@)" "" "run records after: $damage"
		expect_denied y
	done
	mkdir "$RUN_DIR/$key.json"
	hook createRuntime "$STATE"
	expect_failure
	expect_text "$key.json"
	expect_free
	run "$CTL" gc
	expect_failure
	expect_text "$key.json"
	rmdir "$RUN_DIR/$key.json"
	hook createRuntime "$STATE"
	expect_status 0
	expect_denied
	expect_denied y
}

# The hook has no right to pass over a file's mode, so this is what a fault of the file system would be.
@test "a run record that cannot be read for now protects a recording, and a later container of that id" {
	local pid=${BACKGROUND[-1]} record
	STATE=$(jq -c '.annotations = {"mode.sockopt.oci": "record"}' <<<"$STATE")
	hook createRuntime "$STATE"
	expect_status 0
	run in_cgroup "$CG/x" "$PROBE" socket inet stream : set socket SO_MARK int 5
	kill -KILL "$pid"
	wait_for rmdir "$CGROUP_MOUNT$CG/x"
	record=$(echo $RUN_DIR/x@*.json)
	chmod 000 "$record"
	hook poststop "$STATE"
	expect_failure
	expect_text "$record"
	chmod 600 "$record"
	hook poststop "$STATE"
	expect_status 0
	grep -q SO_MARK /var/lib/oci-sockopt-hook/recordings/x.json || fail "the recording is lost"
	process_in x
	STATE=$(state x $! "$(annotations "$(deny_mark)")")
	hook createRuntime "$STATE"
	expect_status 0
	chmod 000 "$record"
	hook poststop "$(state x 0 "$(annotations "$(deny_mark)")")"
	expect_failure
	expect_denied
	chmod 600 "$record"
	hook poststop "$STATE"
	expect_nothing_left
}

@test "programs of our generation that somebody unpinned: refused with the remedy, or loaded again" {
	local pin name
	for name in setsockopt policies events; do
		hook createRuntime "$STATE"
		hook poststop "$STATE"
		pin=$(find "$PINS"/g* -name $name -print -quit)
		rm "$pin"
		hook createRuntime "$STATE"
		if [ "$status" != 0 ]; then
			expect_text "sockoptctl gc"
			expect_free
			"$CTL" gc
			hook createRuntime "$STATE"
		fi
		expect_status 0
		expect_denied
		hook poststop "$STATE"
		expect_nothing_left
	done
}

# ---- unknown ----

@test "things that nobody knows in our folders keep no container from starting, and gc from nothing" {
	local foreign
	foreign=$(foreign "$CG" set multi deny 1 12)
	hook createRuntime "$STATE"
	hook poststop "$STATE"
	mkdir -p "$PINS/containers/stranger" "$PINS/containers/other@0123456789abcdef/folder" "$PINS/gother" "$PINS/zother" \
		"$PINS/containers/name with blanks"
	bpftool prog pin id "$foreign" "$PINS/containers/stranger/setsockopt"
	ln -s nowhere "$PINS/containers/link"
	mkdir "$RUN_DIR/folder" "$RUN_DIR/folder@0123456789abcdef.json"
	echo x > "$RUN_DIR/notes.txt"
	echo x > "$RUN_DIR/%s%n@1.json"
	mkfifo "$RUN_DIR/fifo@0123456789abcdef.json"
	leave_husk
	hook createRuntime "$STATE"
	expect_status 0
	expect_denied
	run "$CTL" gc
	expect_no_text 'removed policy x'
	expect_equal "$(container_pins | grep '^husk@')" "" "pins of the husk"
	expect_equal "$(ls "$RUN_DIR" | grep '^husk@')" "" "run record of the husk"
	expect_equal "$(< "$RUN_DIR/notes.txt")" x "a file of others"
	expect_denied
	run in_cgroup "$CG/x" "$PROBE" socket inet stream : set socket SO_PRIORITY int 3
	expect_line 'set socket SO_PRIORITY int 3: EPERM'
	hook poststop "$STATE"
	expect_status 0
	rm -rf "$RUN_DIR" && rm -rf "${PINS:?}"
}

leave_husk() {
	local pid
	process_in husk
	pid=$!
	hook createRuntime "$(state husk $pid "$(annotations "$(deny_mark)")")"
	expect_status 0
	kill -KILL $pid
	wait_for rmdir "$CGROUP_MOUNT$CG/husk"
	wait_for husk_is_dead
}

husk_is_dead() {
	bpftool -j link show pinned "$PINS"/containers/husk@*/setsockopt | grep -q '"cgroup_id":0,'
}

@test "modes: pins, records and their folders are root's alone, whatever the umask" {
	(umask 0; hook createRuntime "$STATE"; expect_status 0)
	expect_equal "$(find "$PINS" -type d ! -perm 700; find "$PINS" -type f ! -perm 600; find $RUN_DIR -type d ! -perm 700; \
		find $RUN_DIR -type f ! -perm 600; find "$PINS" $RUN_DIR ! -user root)" "" "files with other modes or owners"
	run as_nobody ls "$PINS" $RUN_DIR
	expect_failure
}
