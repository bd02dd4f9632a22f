#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What every verb does alike. The verbs are those that "sockoptctl --help" lists, so a new one is held to this by itself.

load ../lib/common
load ../lib/verbs

# Verbs that run until they are stopped. All that is asked of them here is their help.
ENDLESS=(watch)

# Each verb that ends by itself, one a line.
ending_verbs() {
	all_verbs | grep -vxF -f <(printf '%s\n' "${ENDLESS[@]}")
}

# Run a verb for $status, and its output in $T/out and $T/err: VERB [WORD…]. Descriptor 1 may be given as $STDOUT.
ctl() {
	local verb=$1
	shift
	status=0
	# shellcheck disable=SC2086  # "host attach" is two words
	timeout 30 "$CTL" $verb "$@" >"${STDOUT:-$T/out}" 2>"$T/err" </dev/null 3>&- || status=$?
	output="sockoptctl $verb $*: $(head -c 4000 "$T/err")"
}

# One file that is there and has nothing in it: FILE VERB
expect_empty() {
	[ ! -s "$1" ] || fail "sockoptctl $2: unexpected text on ${1##*/}:" "$(head -c 1000 "$1")"
}

expect_no_escape() { # FILE VERB
	! grep -q $'\033' "$1" || fail "sockoptctl $2: escape bytes:" "$(cat -v "$1")"
}

# Run a command at a terminal, which is written to $T/out: WORD…
at_terminal() {
	status=0
	timeout 30 script -qec "$*" /dev/null >"$T/out" 2>"$T/err" </dev/null 3>&- || status=$?
}

setup() {
	common_setup
	expect_verbs
}

@test "--help: usage on standard output, nothing on standard error, status 0" {
	local verb
	while read -r verb; do
		ctl "$verb" --help
		expect_status 0
		expect_equal "$(head -1 "$T/out" | cut -d' ' -f1-5)" "usage: sockoptctl [--config FILE] ${verb%% *}" "first line"
		expect_text "] $verb" "$(head -1 "$T/out")"
		[ "$(wc -l < "$T/out")" -ge 3 ] || fail "sockoptctl $verb --help explains nothing:" "$(< "$T/out")"
		expect_empty "$T/err" "$verb --help"
		cp "$T/out" "$T/long"
		ctl "$verb" -h
		expect_status 0
		cmp "$T/out" "$T/long"
	done < <(all_verbs)
}

@test "an unknown option: status 2, a message, nothing on standard output" {
	local verb
	while read -r verb; do
		ctl "$verb" --no-such-option
		expect_status 2
		expect_empty "$T/out" "$verb --no-such-option"
		expect_text no-such-option
		expect_text usage
	done < <(all_verbs)
}

@test "an option behind -- is an operand" {
	local verb
	while read -r verb; do
		ctl "$verb" -- --help
		expect_no_text usage: "$(< "$T/out")"
		[ "$status" != 0 ] || fail "sockoptctl $verb -- --help: status 0"
	done < <(ending_verbs)
}

@test "standard output is full or closed: status 1 and a message" {
	local verb
	while read -r verb; do
		STDOUT=/dev/full ctl "$verb" --help
		expect_status 1
		expect_text "standard output: No space left on device"
		status=0
		# shellcheck disable=SC2086
		"$CTL" $verb --help >&- 2>"$T/err" || status=$?
		output=$(< "$T/err")
		expect_status 1
		expect_text "sockoptctl: standard output: "
	done < <(all_verbs)
	STDOUT=/dev/full ctl options
	expect_status 1
}

@test "a pipe that nobody reads: quiet" {
	all_verbs | python3 -c '
import os, subprocess, sys
for verb in sys.stdin.read().splitlines():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([sys.argv[1], *verb.split(), "--help"], stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    if done.returncode != 0 or done.stderr:
        sys.exit(f"{verb}: status {done.returncode}, {done.stderr}")
' "$CTL"
}

@test "--json, where the help names it, is JSON" {
	local verb operand count=0
	deny_mark > "$T/policy.json"
	process_in web
	hook createRuntime "$(state web-1 $! "$(annotations "$(deny_mark)")")"
	expect_status 0
	while read -r verb; do
		options_of "$verb" | grep -qx -e --json || continue
		ctl "$verb" --json
		# It wants operands.
		operand=web-1
		# shellcheck disable=SC2086  # "host attach" is two words
		! grep -q "^usage:.*] FILE" <("$CTL" $verb --help) || operand=$T/policy.json
		[ "$status" != 2 ] || ctl "$verb" --json "$operand"
		[ "$status" -le 1 ] || fail "sockoptctl $verb --json: status $status" "$output"
		jq -es 'length > 0' "$T/out" >/dev/null || fail "sockoptctl $verb --json: no JSON:" "$(head -c 2000 "$T/out")" "$output"
		expect_no_escape "$T/out" "$verb --json"
		((++count))
	done < <(ending_verbs)
	[ "$count" -ge 5 ] || fail "only $count verbs name --json"
}

@test "no escape bytes off a terminal, nor with NO_COLOR at one" {
	local verb
	process_in web
	hook createRuntime "$(state web-1 $! "$(annotations "$(deny_mark)")")"
	expect_status 0
	export TERM=xterm-256color
	unset NO_COLOR
	while read -r verb; do
		ctl "$verb"
		expect_no_escape "$T/out" "$verb"
		expect_no_escape "$T/err" "$verb"
		NO_COLOR=1 at_terminal "$CTL $verb"
		[ -s "$T/out" ] || fail "sockoptctl $verb prints nothing at a terminal (status $status)" "$(< "$T/err")"
		expect_no_escape "$T/out" "$verb"
	done < <(ending_verbs)
	while read -r verb; do
		NO_COLOR=1 at_terminal "$CTL $verb --help"
		expect_equal "$status" 0 "$verb --help at a terminal"
		expect_no_escape "$T/out" "$verb --help"
	done < <(all_verbs)
}

# Whoever may make cgroups below one of the host's may name them so; a folder of policies may come from anywhere.
@test "names of cgroups and files that would move a terminal do not" {
	local name=$'a\033[31mb' verb
	mkdir "$CGROUP_MOUNT$CG/$name"
	deny_mark > "$T/$name"
	for verb in "check $T/$name" "explain $T/$name" "host attach $CG/$name --policy $T/$name" list "show $CG/$name" verify \
		"update $CG/$name --mode audit" stats metrics "host list" "host detach $CG/$name" \
		"host attach $CG/$name --policy $T/$name" "detach $CG/$name" gc; do
		# shellcheck disable=SC2086  # no word has a space
		ctl $verb
		expect_status 0
		expect_no_escape "$T/out" "${verb%% *}"
		[ -s "$T/out" ] || fail "sockoptctl $verb printed nothing"
	done
	ctl check "$T/$name-missing"
	expect_status 1
	expect_no_escape "$T/err" check
}

@test "the library of tables is for sockoptctl, and not for the hook" {
	expect_text smartcols "$(readelf -d "$CTL")"
	expect_no_text smartcols "$(readelf -d "$HOOK")"
}
