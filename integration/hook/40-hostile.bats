#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a caller may leave behind for the hook, and what may stand where it looks for a file: it comes to an end in each
# case, and says "done" only of a policy that is in force.
# shellcheck disable=SC2016  # what is in single quotes is for another shell

load ../lib/common

setup() {
	common_setup
	process_in x
	mkdir -p "$T/x"
	echo '{}' > "$T/x/config.json"
	state x $! "$(annotations "$(deny_mark)")" > "$T/state"
}

# by_hand STATE CMD…: the hook with that file as its input, in the way that CMD calls it. Sixty seconds are for ever.
by_hand() {
	local input=$1
	shift
	status=0
	timeout -s KILL 60 "$@" < "$input" >"$T/captured" 2>&1 3>&- || status=$?
	output=$(< "$T/captured")
	case $status in
	124 | 137) fail "no end of: $*" "$output" ;;
	esac
}

mark() {
	run in_cgroup "$CG/x" "$PROBE" socket inet stream : set socket SO_MARK int 5
	echo "${lines[1]#*: }"
}

expect_enforced() {
	expect_status 0
	expect_equal "$(mark)" EACCES "the denied option"
	by_hand "$T/state" env -i "$HOOK" poststop
	expect_status 0
	expect_nothing_left
}

expect_refused() {
	expect_failure
	expect_equal "$(mark)" ok "the denied option, of a container that was refused"
	expect_nothing_left
}

@test "a umask that takes every right away: nothing is left that stops a later start" {
	by_hand "$T/state" sh -c 'umask 0777 && exec env -i "$0" createRuntime' "$HOOK"
	expect_enforced
	by_hand "$T/state" env -i "$HOOK" createRuntime
	expect_enforced
}

@test "closed standard descriptors: no file of ours takes the place of standard error" {
	by_hand "$T/state" sh -c 'exec env -i "$0" createRuntime >&- 2>&-' "$HOOK"
	expect_enforced
	# What it says of 32-bit calls, or of the record that it cannot write, stays out of what it opens.
	by_hand "$T/state" strace -f -o "$T/trace" -e trace=openat sh -c 'exec env -i "$0" createRuntime >&- 2>&-' "$HOOK"
	expect_enforced
	grep -q '"/dev/null", O_RDWR.* = 1$' "$T/trace" || fail "standard output was not filled: $(< "$T/trace")"
	grep -q '"/dev/null", O_RDWR.* = 2$' "$T/trace" || fail "standard error was not filled: $(< "$T/trace")"
	by_hand /dev/null sh -c 'exec env -i "$0" createRuntime <&-' "$HOOK"
	expect_refused
	expect_text "is empty"
}

@test "a limit on the size of files: refused, and undone" {
	by_hand "$T/state" sh -c 'ulimit -f 0 && exec env -i "$0" createRuntime 2>/dev/null' "$HOOK"
	expect_equal "$status" 1 "exit status"
	expect_refused
	# The end of a container writes nothing.
	by_hand "$T/state" env -i "$HOOK" createRuntime
	expect_status 0
	by_hand "$T/state" sh -c 'ulimit -f 0 && exec env -i "$0" poststop 2>/dev/null' "$HOOK"
	expect_status 0
	expect_nothing_left
}

@test "a small stack: in force, or refused" {
	local size
	for size in 8 32 48 64 96 128; do
		by_hand "$T/state" sh -c 'ulimit -s $1 && exec env -i "$0" createRuntime' "$HOOK" $size
		if [ "$status" = 0 ]; then
			expect_enforced
		else
			expect_refused
		fi
	done
}

@test "signals ignored and blocked by the caller" {
	by_hand "$T/state" env --ignore-signal --block-signal -i "$HOOK" createRuntime
	expect_enforced
}

@test "an environment that leads elsewhere" {
	mkfifo "$T/fifo"
	by_hand "$T/state" env -i TZ="$T/fifo" TZDIR="$T" LOCPATH="$T/fifo" LANG=xx LC_ALL=xx LIBBPF_LOG_LEVEL=debug \
		LIBBPF_STRICT_MODE=0xffff TMPDIR=/nonexistent "$HOOK" createRuntime
	expect_no_text libbpf
	expect_enforced
	by_hand "$T/state" env -i TZ=":$T/fifo" "$HOOK" nothing
	expect_equal "$status" 2 "exit status of an unknown stage"
}

@test "an empty list of arguments, and too many" {
	by_hand "$T/state" bash -c 'exec -c -a "" "$0"' "$HOOK"
	expect_equal "$status" 2 "exit status"
	by_hand "$T/state" env -i "$HOOK" createRuntime createRuntime
	expect_equal "$status" 2 "exit status"
	expect_equal "$(mark)" ok "the denied option"
}

@test "standard input that is no state, and one without an end" {
	local input
	for input in / /dev/zero /dev/null "$HOOK"; do
		by_hand "$input" env -i "$HOOK" createRuntime
		expect_refused
		expect_text "container state"
	done
	mkfifo "$T/slow"
	background sh -c 'exec 3>"$0" && head -c 40 "$1" >&3 && exec sleep 1000' "$T/slow" "$T/state"
	# The half minute of patience is over at once: poll() says so.
	by_hand "$T/slow" strace -o "$T/trace" -e trace=poll -e inject=poll:retval=0:when=2+ env -i "$HOOK" createRuntime
	expect_refused
	expect_text "did not come to its end in time"
}

@test "things in the place of files: FIFOs, devices, folders" {
	local thing
	for thing in 'mkfifo' 'ln -s /dev/zero' 'mkdir' 'ln -s fifo-that-is-not-there' 'ln -s /proc/self/mem'; do
		rm -rf "$T/x/config.json"
		$thing "$T/x/config.json"
		by_hand "$T/state" env -i "$HOOK" createRuntime
		expect_enforced
		echo '{"onCompat": "refuse"}' > "$ETC/config.json"
		by_hand "$T/state" env -i "$HOOK" createRuntime
		expect_refused
		expect_text "$T/x/config.json"
		rm "$ETC/config.json"
		$thing "$ETC/config.json"
		by_hand "$T/state" env -i "$HOOK" createRuntime
		[ "$status" = 0 ] || expect_text "$ETC/config.json"
		[ "$status" != 0 ] || expect_enforced # a link to nothing is no configuration
		rm -rf "$ETC/config.json"
		$thing "$ETC/profiles.d/p.json"
		jq -c '.annotations = {"profile.sockopt.oci": "p"}' "$T/state" > "$T/profile"
		by_hand "$T/profile" env -i "$HOOK" createRuntime
		expect_refused
		expect_text p.json
		rm -rf "$ETC/profiles.d/p.json"
	done
}

@test "a bundle's path through links, and one that is no folder" {
	ln -s "$T/x" "$T/link"
	mkfifo "$T/fifo"
	jq -c --arg b "$T/link" '.bundle = $b' "$T/state" > "$T/s"
	by_hand "$T/s" env -i "$HOOK" createRuntime
	expect_status 0
	expect_equal "$(mark)" EACCES "the denied option"
	by_hand "$T/s" env -i "$HOOK" poststop
	expect_nothing_left
	jq -c --arg b "$T/fifo" '.bundle = $b' "$T/state" > "$T/s"
	echo '{"onCompat": "refuse"}' > "$ETC/config.json"
	by_hand "$T/s" env -i "$HOOK" createRuntime
	expect_refused
	expect_text "$T/fifo/config.json"
}

# odd NAME: a state from the good one, by the Python expression of bytes t, and of s before its end.
odd() {
	python3 - "$T/state" "$T/odd" "$1" <<-'END'
		import json, sys
		t = open(sys.argv[1], "rb").read().strip()
		s = t[:-1]
		head = b'"annotations":{'
		open(sys.argv[2], "wb").write(eval(sys.argv[3]))
	END
}

@test "odd states: refused, and the reason named" {
	local expression reason
	while IFS='|' read -r expression reason; do
		odd "$expression"
		by_hand "$T/odd" env -i "$HOOK" createRuntime
		expect_refused
		expect_text "$reason"
		by_hand "$T/odd" env -i "$HOOK" poststop
		expect_failure
	done <<-'END'
		s|premature EOF
		s[:60]|premature EOF
		t + b"\0"|trailing garbage
		t + t|trailing garbage
		s + b', "annotations": {}}'|duplicate key
		t.replace(head, head + b'"policy.sockopt.oci":"{}",')|duplicate key
		s + b', "z": ' + b"[" * 100000 + b"]" * 100000 + b"}"|nested more than
		s + b', "z": ' + b'{"a":' * 1000 + b"1" + b"}" * 1000 + b"}"|nested more than
		t.replace(b'"id":"x"', b'"id":"x\\u0000y"')|U+0000
		t.replace(b'"bundle":"', b'"bundle":"/\\u0000')|U+0000
		t.replace(head, head + b'"a":"\\u0000",')|U+0000
		t.replace(head, head + b'"a":"\xff\xfe",')|UTF
		t.replace(head, head + b'"a":"\xed\xa0\x80",')|UTF
		t.replace(b'"id":"x"', b'"id":"x\\u202e"')|no container id
		t.replace(b'"id":"x"', b'"id":"' + b"x" * 256 + b'"')|256 bytes
		t.replace(b'"bundle":"/', b'"bundle":"')|absolute path
		t.replace(b'"pid":', b'"pid":-')|pid
		t.replace(b'"pid":', b'"pid":99999999999')|pid
		t.replace(b'"pid":', b'"pid":1e3,"q":')|pid
		t.replace(head, head + b'"a":' + b'"' + b"x" * (5 << 20) + b'",')|is larger than
	END
}

@test "large states: in force" {
	local expression
	while read -r expression; do
		odd "$expression"
		by_hand "$T/odd" env -i "$HOOK" createRuntime
		expect_enforced
	done <<-'END'
		t.replace(head, head + b"".join(b'"k%d":"v",' % i for i in range(60000)))
		t.replace(head, head + b'"a":"' + b"x" * (1 << 20) + b'",')
		t.replace(b"policy.sockopt.oci", b"policy\\u002esockopt\\u002eoci")
		t.replace(b"policy.sockopt.oci", b"\\u0070olicy.sockopt.oci")
		t.replace(b"{", b"{\r\n\t ", 1)
	END
}
